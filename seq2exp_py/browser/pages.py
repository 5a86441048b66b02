"""The hub's description pages: what each track is, how it was made, and how good the predictions are."""

from importlib.resources import files
from pathlib import Path

import pandas as pd

from seq2exp_py.browser.catalogue import Catalogue, symbol
from seq2exp_py.models.rows import label
from seq2exp_py.writers.palette import CLASS_COLOUR, hexa


def metrics(evaluation: Path | None, cell: str | None) -> pd.DataFrame:
    """The test figures of `seq2exp evaluate`, mean over seeds, of one cell or of all; no row where there are none."""
    if evaluation is None:
        return pd.DataFrame()
    table = pd.read_csv(evaluation / "metrics.tsv", sep="\t", dtype={"cell": str})
    table = table[(table["split"] == "test") & (table["cell"].eq(cell) if cell else True)]
    found = table.groupby(["cell", "model"], as_index=False).agg(
        seeds=("seed", "nunique"), genes=("n", "max"), mse=("mse", "mean"), pearson=("pearson", "mean")
    )
    return found.assign(model=found["model"].map(label))


def shown(value: object) -> str:
    """A cell of the table."""
    if isinstance(value, float):
        return "" if pd.isna(value) else f"{value:.3f}"
    return str(value)


def write_pages(run: Catalogue, evaluation: Path | None, folder: Path) -> None:
    """Write `hub.html` and one page per cell.

    Args:
        run: all tracks.
        evaluation: folder of `seq2exp evaluate`, for metrics.tsv.
        folder: where to write.
    """
    from jinja2 import Environment

    look = Environment(autoescape=True, trim_blocks=True, keep_trailing_newline=True)
    look.filters |= {"symbol": symbol, "hexa": hexa, "shown": shown}
    page = look.from_string((files("seq2exp_py.browser") / "assets" / "page.html").read_text())
    folder.mkdir(parents=True)
    for cell in run.cells:
        tracks = [track.long for track in run.of(cell)]
        text = page.render(title=f"Seq2Exp in {cell}", tracks=tracks, classes=CLASS_COLOUR, metrics=metrics(evaluation, cell))
        (folder / f"{symbol(cell)}.html").write_text(text)
    title = f"Seq2Exp on {run.genome.name}"
    text = page.render(title=title, cells=run.cells, classes=CLASS_COLOUR, metrics=metrics(evaluation, None))
    (folder / "hub.html").write_text(text)
