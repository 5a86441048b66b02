"""A dot plot with error bars as inline SVG: MultiQC's own plots have no error bars and cannot mark a value per row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from seq2exp_py.writers.palette import BLUE, VERMILION, hexa

ROW, LEFT, WIDTH, RIGHT = 26, 230, 760, 90  # px


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the plot.

    Attributes:
        name: shown at the left.
        value: mean over seeds; NaN where only published.
        sd: sd over seeds, NaN with one seed.
        seeds: value of each seed.
        published: published value, NaN where there is none; published_sd: its sd.
    """

    name: str
    value: float
    sd: float = float("nan")
    seeds: Sequence[float] = ()
    published: float = float("nan")
    published_sd: float = float("nan")


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round numbers that span an interval."""
    high = max(high, low + 1e-6)
    step = 10.0 ** np.floor(np.log10((high - low) / count))
    step *= next(m for m in (1, 2, 5, 10) if (high - low) / (step * m) <= count)
    return [float(v) for v in np.arange(np.floor(low / step), np.ceil(high / step) + 1) * step]


def _finite(*values: float) -> list[float]:
    return [v for v in values if np.isfinite(v)]


def extent(rows: Sequence[Row]) -> tuple[float, float]:
    """The interval that holds every mark and error bar."""
    seen = [v for r in rows for c, s in ((r.value, r.sd), (r.published, r.published_sd)) for v in _finite(c, c - s, c + s)]
    seen += [v for r in rows for v in r.seeds if np.isfinite(v)]
    low, high = (min(seen), max(seen)) if seen else (0.0, 1.0)
    pad = (high - low) * 0.05 or 0.05
    return low - pad, high + pad


def dot_plot(rows: Sequence[Row], axis: str, title: str) -> str:
    """Draw rows from top to bottom.

    Filled circles with whiskers are measured: mean ± 1 sd over seeds, small dots are seeds. Hollow diamonds on a dashed line
    are published figures. Text takes the page's colour, so the plot is legible on a dark page too.

    Args:
        rows: what to draw.
        axis: text of the axis.
        title: what a screen reader says.
    """
    marks = ticks(*extent(rows))
    low, high = marks[0], marks[-1]
    bottom = ROW * (len(rows) + 1)

    def x(value: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (value - low) / (high - low), 1)

    parts = [
        f'<text x="{x(m)}" y="{bottom + 18}" text-anchor="middle" fill="currentColor" font-size="12">{m:.4g}</text>' for m in marks
    ]
    parts += [f'<line x1="{x(m)}" x2="{x(m)}" y1="12" y2="{bottom}" stroke="currentColor" stroke-opacity="0.15"/>' for m in marks]
    middle = (x(low) + x(high)) / 2
    parts += [f'<text x="{middle}" y="{bottom + 38}" text-anchor="middle" fill="currentColor" font-size="13">{escape(axis)}</text>']
    for i, row in enumerate(rows):
        parts += _row(row, ROW * (i + 1), x)
    head = f'<svg role="img" aria-label="{escape(title, quote=True)}" viewBox="0 0 {WIDTH} {bottom + 46}" width="100%"'
    head += f' style="max-width:{WIDTH}px;display:block" font-family="sans-serif"><title>{escape(title)}</title>'
    return head + "".join(parts) + "</svg>"


def _row(row: Row, y: int, x: Callable[[float], float]) -> list[str]:
    name = f'<text x="{LEFT - 12}" y="{y + 4}" text-anchor="end" fill="currentColor" font-size="13">{escape(row.name)}</text>'
    out = [name]
    if np.isfinite(row.published):
        out += _published(row, y, x)
    for seed in row.seeds:
        if np.isfinite(seed):
            out.append(f'<circle cx="{x(seed)}" cy="{y}" r="2" fill="{hexa(BLUE)}" fill-opacity="0.5"/>')
    if np.isfinite(row.value):
        if np.isfinite(row.sd):
            ends = f'x1="{x(row.value - row.sd)}" x2="{x(row.value + row.sd)}"'
            out.append(f'<line {ends} y1="{y}" y2="{y}" stroke="{hexa(BLUE)}" stroke-width="2"/>')
        figure = f"{row.value:.4f}" + (f" ± {row.sd:.4f}" if np.isfinite(row.sd) else "")
        out.append(f'<circle cx="{x(row.value)}" cy="{y}" r="5" fill="{hexa(BLUE)}"><title>measured {figure}</title></circle>')
        out.append(f'<text x="{WIDTH - RIGHT + 10}" y="{y + 4}" fill="currentColor" font-size="12">{row.value:.3f}</text>')
    return out


def _published(row: Row, y: int, x: Callable[[float], float]) -> list[str]:
    colour, at = hexa(VERMILION), x(row.published)
    out = [f'<line x1="{at}" x2="{at}" y1="{y - 11}" y2="{y + 11}" stroke="{colour}" stroke-width="1.5" stroke-dasharray="3 2"/>']
    if np.isfinite(row.published_sd):
        ends = f'x1="{x(row.published - row.published_sd)}" x2="{x(row.published + row.published_sd)}"'
        out.append(f'<line {ends} y1="{y}" y2="{y}" stroke="{colour}" stroke-width="1"/>')
    shape = f"M{at} {y - 5}L{at + 5} {y}L{at} {y + 5}L{at - 5} {y}Z"
    out.append(
        f'<path d="{shape}" fill="none" stroke="{colour}" stroke-width="1.5"><title>published {row.published:.4f}</title></path>'
    )
    return out
