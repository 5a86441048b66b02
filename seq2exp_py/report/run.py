"""The whole report: every section that its input allows."""

from collections.abc import Callable, Iterator
from pathlib import Path

from seq2exp_py.progress import say
from seq2exp_py.report import crispri, findings, quality, running, unseen, words
from seq2exp_py.report.content import Section, write
from seq2exp_py.report.inputs import Inputs

PARTS: tuple[Callable[[Inputs], Iterator[Section]], ...] = (
    quality.general_statistics,
    quality.comparison,
    quality.metric_table,
    quality.scatter,
    quality.learning,
    unseen.unseen,
    findings.mask_ratio,
    findings.lengths,
    findings.classes,
    findings.agreement,
    findings.truth,
    crispri.figures,
    crispri.where,
    crispri.agreement,
    running.resources,
    running.failed,
    running.untrained,
    words.summary,
    running.problems,
)


def report(got: Inputs, out: Path, run: str = "") -> list[Path]:
    """Write the MultiQC files of a run.

    Args:
        got: everything that could be read.
        out: folder to write to.
        run: name that tells this run from others in one MultiQC report; may be empty.

    Returns:
        The files. A section that fails is named among the problems and does not stop the others.
    """
    sections: list[Section] = []
    for part in PARTS:
        try:
            sections += part(got)
        except Exception as error:
            got.problems.append((f"section {part.__name__}", f"{type(error).__name__}: {error}"))
            say(f"warning: section {part.__name__} of the report is left out: {type(error).__name__}: {error}")
    return [*write(sections, out, run), running.write_versions(got, out)]
