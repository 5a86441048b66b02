"""The hub's description pages: what each track is, how it was made, and how good the predictions are."""

from html import escape
from pathlib import Path

import pandas as pd

from seq2exp_py.browser.catalogue import Catalogue, symbol
from seq2exp_py.models.rows import label
from seq2exp_py.writers.palette import CLASS_COLOUR, hexa

STYLE = (
    "body{font-family:sans-serif;max-width:50em;line-height:1.5}td,th{padding:.2em .8em;text-align:left}"
    ".swatch{display:inline-block;width:1em;height:1em}"
)
METHOD = """<h2>Method</h2>
<p>Seq2Exp learns, for each gene, a mask over the bases around its TSS from the sequence and the signals, and predicts the gene's
expression from what the mask lets through. A mask of 1 keeps a base, 0 drops it.
Windows of neighbouring genes overlap: the mask track is the maximum over the genes whose window holds the base.</p>
<p>Elements are stretches whose mask, relative to that of a base without any evidence, reaches a threshold.
Links lead from an element to the TSS of an expressed gene that it likely regulates (where expression is not measured, of one with
an active promoter); how likely was fitted to CRISPRi pairs, which are of expressed genes. Expression is log10(x + 1).
In the overlay, signals are drawn as a share of their scale, cut at 1, so that they fit the mask's 0 to 1.</p>"""


def legend() -> str:
    """The colours of the element classes, in words and colour."""
    items = (
        f'<li><span class="swatch" style="background:{hexa(c)}"></span> {escape(name)}</li>' for name, c in CLASS_COLOUR.items()
    )
    return "<h2>Colours of elements</h2>\n<ul>" + "".join(items) + "</ul>"


def metrics(evaluation: Path | None, cell: str | None) -> str:
    """A table of the test figures of `seq2exp evaluate`; a sentence where there are none."""
    table = pd.DataFrame()
    if evaluation is not None:
        table = pd.read_csv(evaluation / "metrics.tsv", sep="\t", dtype={"cell": str})
        table = table[(table["split"] == "test") & (table["cell"].eq(cell) if cell else True)]
    if table.empty:
        return "<h2>Accuracy</h2>\n<p>No figures of held-out genes were given.</p>"
    by = ["cell", "model"]
    shown = table.groupby(by, as_index=False).agg(
        seeds=("seed", "nunique"), genes=("n", "max"), mse=("mse", "mean"), pearson=("pearson", "mean")
    )
    shown["model"] = shown["model"].map(label)
    text = shown.to_html(index=False, border=0, float_format="{:.3f}".format, na_rep="")
    return f"<h2>Accuracy on held-out genes</h2>\n<p>Test split, mean over seeds.</p>\n{text}"


def page(title: str, body: str) -> str:
    """A whole HTML page."""
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head>\n"
        f"<body><h1>{escape(title)}</h1>\n{body}\n</body></html>\n"
    )


def write_pages(run: Catalogue, evaluation: Path | None, folder: Path) -> None:
    """Write `hub.html` and one page per cell.

    Args:
        run: all tracks.
        evaluation: folder of `seq2exp evaluate`, for metrics.tsv.
        folder: where to write.
    """
    folder.mkdir(parents=True)
    for cell in run.cells:
        names = "".join(f"<li>{escape(t.long)}</li>" for t in run.of(cell))
        body = f"<h2>Tracks</h2>\n<ul>{names}</ul>\n{METHOD}\n{legend()}\n{metrics(evaluation, cell)}"
        (folder / f"{symbol(cell)}.html").write_text(page(f"Seq2Exp in {cell}", body))
    cells = "".join(f'<li><a href="{symbol(c)}.html">{escape(c)}</a></li>' for c in run.cells)
    body = f"<ul>{cells}</ul>\n{METHOD}\n{legend()}\n{metrics(evaluation, None)}"
    (folder / "hub.html").write_text(page(f"Seq2Exp on {run.genome.name}", body))
