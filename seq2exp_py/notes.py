"""Every note: what is allowed in the input but good to know. CHECK prints them, and the manifest of the store keeps them.

A reader that changes, leaves out or guesses anything says so with `Note.KIND.add(…)`; docs/usage.md has its table from here.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum

from seq2exp_py.progress import say

_kept: ContextVar[list[str] | None] = ContextVar("notes", default=None)


@contextmanager
def kept() -> Iterator[list[str]]:
    """Collect the notes of the block, each sentence once, instead of printing them."""
    found: list[str] = []
    token = _kept.set(found)
    try:
        yield found
    finally:
        _kept.reset(token)


def say_all(notes: Iterable[str]) -> None:
    """Print notes that were kept, on standard error."""
    for line in notes:
        say(f"note: {line}")


class Note(Enum):
    """A kind of note: the input that it is about, and its sentence with the facts in braces."""

    NO_HEADER = (
        "tables",
        "{path}: has no header: line {line} is one of data; its columns are called column 1 to column {columns}",
    )
    ROW_NAMES = "tables", "{path}: its header is one name short, as R leaves it: the first column is row names, then come {columns}"
    PLACES_ELSEWHERE = "intervals", "{path}: {n} of {total} regions are left out, on {chromosomes}, which the genome lacks"
    PAIRS = "CRISPRi", "{path}: {n} of {total} pairs are of genes of the genome, {positives} of them regulated"
    PAIRS_INVALID = "CRISPRi", "{path}: {n} of {total} pairs are left out: no valid connection, or not said whether regulated"
    PAIRS_OF_CELLS = "CRISPRi", "{path}: has no pairs of {cells}"
    RENAMED = "CRISPRi, extra tracks", "{path}: chromosomes are read by the genome's names: {chromosomes}"
    PAIRS_ELSEWHERE = "CRISPRi", "{path}: {n} of {total} pairs are on {chromosomes}, which the genome lacks; they rank lowest"
    FEATURES = "features", "{path}: mRNA features of {n} of {total} genes; those of the others are the mean"
    SPLITS_ELSEWHERE = "splits", "--splits: names {chromosomes}, which the genome lacks"
    SPLITS_LACK = "splits", "{path}: {n} of {total} genes are in no split, the table lacks them: {genes}"
    COLUMNS_UNUSED = "samplesheet", "{path}: columns not used: {columns}"
    NO_SIGNAL = "samplesheet", "{path}: cell {cell} has no signal track; models see its sequence and contacts alone"
    NO_EXPRESSION = "samplesheet", "{path}: cell {cell} has no row of assay 'expression': nothing is trained on it"
    NO_HIC = "samplesheet", "{path}: cell {cell} has no HiC; its contacts follow the power law"
    SEVERAL_PLACES = (
        "genes",
        "{path}: {n} names stand at several places (apart, or on both strands) and are several genes: {genes}",
    )
    FAI_ANEW = "FASTA", "{path}: {reason}; it is made anew in a temporary folder (samtools faidx makes one to keep)"
    GENES_ELSEWHERE = "genes", "{path}: {n} of {total} genes are left out, on {chromosomes}, which the FASTA lacks"
    NO_EXONS = "genes", "{path}: has no exons: the mRNA features are 0; give --features to have them"
    COLUMN_TAKEN = "expression", "{path}: its only column of numbers, {column}, is taken as the expression"
    SUMMARY_ROWS = "expression", "{path}: {n} rows count no gene and are left out: {rows}"
    EXPRESSION = "expression", "{path}: expression of {n} of {total} genes in {cell}"
    UNMEASURED = "expression", "{path}: {n} genes of the splits have no expression in any cell: {genes}"
    ACTIVITY = "ABC", "{path}: promoter activity of {n} of {total} genes; that of the others is 0"
    NO_INDEX = "reads", "{path}: has no index beside it; one is made in a temporary folder (samtools index makes one to keep)"
    INDEX_ANEW = "reads", "{path}: {reason}; it is made anew in a temporary folder (samtools index makes one to keep)"
    FRAGMENTS = "reads", "{path}: {n} of {total} fragments have one of the {barcodes} barcodes of {label}"
    OTHER_LENGTH = (
        "signals, HiC",
        "{path}: its {chromosome} of {bp} bp is another sequence than the FASTA's of {genome_bp} bp, and is left out",
    )
    BELOW_ZERO = "signals", "{path}: {n} bases have a value below 0; they are read as 0, as a signal says how much there is"
    ABOVE_LARGEST = "signals", "{path}: {n} bases are infinite or above {largest}; they are read as the file's largest other value"
    SIGNAL_LACKS = "signals", "{path}: has nothing on {chromosomes}; its signal is 0 there"
    PAST_END = "intervals", "{path}: intervals run up to {bases} bp past the end of {chromosomes}; they are cut there"
    CONTACTS_LACK = "HiC", "{path}: has nothing on {chromosomes}; contacts follow the power law there"
    NORMALISATION = "HiC", "{path}: bins of {bin_size} bp, normalisation {normalisation}"
    UNBALANCED = "HiC", "{path}: {normalisation} has no weights on {chromosomes}; contacts follow the power law there"
    ADDRESS = "downloads", "{name} is from {url}, since {reasons}"
    UNIT = (
        "downloads",
        "expression is {unit}, not {was}: {files}. Figures of such a run are no {was} figures: compare them with their own kind",
    )
    ODD_CONTACTS = (
        "HiC",
        "{path}: {n} contacts are below 0, infinite or above {largest}; they are read as the nearest count that can be",
    )
    PEAKS_LACK = "peaks", "{path}: has nothing on {chromosomes}; no peaks there"

    def __init__(self, about: str, sentence: str) -> None:
        self.about = about
        self.sentence = sentence

    def text(self, **facts: object) -> str:
        """The sentence with its facts; KeyError where one is missing."""
        return self.sentence.format_map(facts)

    def add(self, **facts: object) -> None:
        """Note it: for the block of `kept` around this call, or on standard error where there is none."""
        line, found = self.text(**facts), _kept.get()
        if found is None:
            say_all([line])
        elif line not in found:
            found.append(line)


def table() -> str:
    """All kinds as a Markdown table, facts in capitals."""
    rows = [(note.about, re.sub(r"\{(\w+)\}", lambda fact: f"_{fact[1].upper()}_", note.sentence)) for note in Note]
    rows = [("input", "note"), ("-----", "----"), *sorted(rows, key=lambda row: row[0])]
    return "".join(f"| {about} | {sentence} |\n" for about, sentence in rows)
