"""All of a hub's folder."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from seq2exp_py.browser.catalogue import Catalogue
from seq2exp_py.browser.collect import collect
from seq2exp_py.browser.hub import hub_text
from seq2exp_py.browser.pages import write_pages
from seq2exp_py.files import whole

GROUPS = "name seq2exp\nlabel Seq2Exp\npriority 1\ndefaultIsClosed 0\n"


def build_hub(
    results: Path,
    genome: Path,
    cells: Sequence[Path],
    out: Path,
    email: str,
    evaluation: Path | None = None,
    extras: Mapping[str, Path] | None = None,
    sequence: Path | None = None,
) -> Catalogue:
    """Write hub.txt, tracks.json and what they name that `annotate` has not written.

    Args:
        results: folder that holds the cells' folders of `seq2exp annotate`.
        genome: genome store.
        cells: cell stores, for signals, peaks and observed expression.
        out: folder to write; it must come to lie beside the cells' folders.
        email: whom a user of the hub asks.
        evaluation: folder of `seq2exp evaluate`, for the metrics on the description pages.
        extras: BED or BEDPE files to show, by name.
        sequence: folder of `seq2exp pretrain`.
    """
    with whole(out) as folder:
        folder.mkdir()
        run = collect(results, genome, list(cells), extras or {}, folder, out.name, sequence)
        write_pages(run, evaluation, folder / "html")
        if not run.genome.native:
            (folder / "genome" / "groups.txt").write_text(GROUPS)
        run.write(folder)
        (folder / "hub.txt").write_text(hub_text(run, email, out.name))
    return run
