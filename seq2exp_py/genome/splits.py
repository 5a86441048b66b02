"""Which genes train, validate and test: by chromosomes, by stretches of them, or by a table."""

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seq2exp_py.errors import InputError
from seq2exp_py.genome import chroms, tables
from seq2exp_py.genome.gene import Gene
from seq2exp_py.genome.interval import Interval
from seq2exp_py.notes import Note

SPLITS = ("train", "valid", "test")
UNUSED = ""
NAMES = {"train": "train", "training": "train", "valid": "valid", "val": "valid", "validation": "valid", "test": "test"}
PLACE = re.compile(r"(?P<chrom>[^:]+)(?::(?P<start>\d+)-(?P<end>\d+))?$")
EXAMPLE = "expected e.g. 'train=chr1,chr2;valid=chr3:1-5000000;test=chr22'"


class Rule(NamedTuple):
    """Genes whose TSS lies in a place belong to a split; `end` None means the whole chromosome."""

    split: str
    chrom: str
    start: int = 0
    end: int | None = None

    def holds(self, gene: Gene) -> bool:
        """Whether the gene's TSS lies here."""
        return gene.body.chrom == self.chrom and self.start <= gene.tss and (self.end is None or gene.tss < self.end)

    def clashes(self, other: "Rule") -> bool:
        """Whether a gene could be claimed by both: they share bases and neither is the finer rule."""
        if self.split == other.split or self.chrom != other.chrom or (self.end is None) != (other.end is None):
            return False
        return self.end is None or other.end is None or (self.start < other.end and other.start < self.end)


def parse(spec: str) -> list[Rule]:
    """Read a specification such as `train=chrX;valid=chrX:40000000-71000000;test=chr22`; stretches are 0-based, half-open.

    Raises:
        InputError: a part that cannot be read, an unknown split, or a place given to two splits.
    """
    rules = []
    for part in filter(None, (p.strip() for p in spec.split(";"))):
        name, equals, places = part.partition("=")
        split = NAMES.get(name.strip().lower())
        if not equals or split is None:
            raise InputError(f"--splits: {part!r} does not name a split (train, valid or test); {EXAMPLE}")
        rules += [_rule(split, place.strip()) for place in places.split(",") if place.strip()]
    if not rules:
        raise InputError(f"--splits: {spec!r} names no chromosome; {EXAMPLE}")
    for i, rule in enumerate(rules):
        clash = next((r for r in rules[:i] if r.clashes(rule)), None)
        if clash:
            raise InputError(
                f"--splits: {rule.chrom} is given to both {clash.split} and {rule.split}; give every place to one split"
            )
    return rules


def _rule(split: str, place: str) -> Rule:
    found = PLACE.match(place)
    if not found:
        raise InputError(f"--splits: {place!r} is no place; {EXAMPLE}")
    if found["start"] is None:
        return Rule(split, found["chrom"])
    start, end = (int(found[k]) for k in ("start", "end"))
    if end <= start:
        raise InputError(f"--splits: {place!r} ends before it starts; {EXAMPLE}")
    return Rule(split, found["chrom"], start, end)


def on_genome(rules: Sequence[Rule], ours: Collection[str], match: bool = False) -> list[Rule]:
    """The rules by the genome's chromosome names; those on chromosomes that it lacks are left out with a note.

    Raises:
        InputError: a chromosome is misspelt, or the genome has none of them.
    """
    names = chroms.renames([rule.chrom for rule in rules], ours, "--splits", match)
    lost = dict.fromkeys(rule.chrom for rule in rules if rule.chrom not in names)
    if lost:
        Note.SPLITS_ELSEWHERE.add(chromosomes=chroms.some(list(lost)))
    return [rule._replace(chrom=names[rule.chrom]) for rule in rules if rule.chrom in names]


def assign(rules: Sequence[Rule], genes: Sequence[Gene], window: int) -> list[str]:
    """The split of every gene by the place of its TSS.

    A stretch overrides its chromosome. Chromosomes that no rule names train, unless the specification says what trains. Where two
    splits share a chromosome, a gene whose window of `window` bp overlaps the window of a test gene is dropped from training and
    validation, and one that overlaps a validation gene from training, so that no base is seen on both sides.

    Returns:
        `train`, `valid`, `test` or "" (unused) per gene.
    """
    rules = sorted(rules, key=lambda r: r.end is None)
    rest = UNUSED if any(r.split == "train" for r in rules) else "train"
    given = [next((r.split for r in rules if r.holds(g)), rest) for g in genes]
    return separate(given, [g.window(window) for g in genes])


def separate(splits: Sequence[str], windows: Sequence[Interval]) -> list[str]:
    """Drop genes whose windows overlap those of a split held out from them (test before validation before training)."""
    out = list(splits)
    for held, against in (("test", ("train", "valid")), ("valid", ("train",))):
        taken = {
            c: np.sort([w.start for w, s in zip(windows, out, strict=True) if s == held and w.chrom == c]) for c in _chroms(windows)
        }
        for i, window in enumerate(windows):
            starts = taken[window.chrom]
            nearest = np.searchsorted(starts, window.start - window.width, side="right")
            if out[i] in against and nearest < len(starts) and starts[nearest] < window.end:
                out[i] = UNUSED
    return out


def _chroms(windows: Sequence[Interval]) -> set[str]:
    return {w.chrom for w in windows}


def read_table(path: Path, genes: Sequence[Gene], column: str | None = None) -> list[str]:
    """The split of every gene by a table of gene ids; genes that it lacks are unused.

    Args:
        path: tab- or comma-separated, with a header; genes in column gene_id or ENSID, else in the first.
        genes: the genes.
        column: the column that says train, valid or test; None: `split`, else `fold_11` (the fold of the published tables).

    Raises:
        InputError: no such column, another word, a gene twice, or no gene of the list in the table.
    """
    table = tables.read(path)
    key = tables.column(table, "gene_id", "ENSID", "Ensembl_ID") or str(table.columns[0])
    said = table[tables.need(table, path, *([column] if column else ["split", "fold_11"]))].str.strip().str.lower()
    tables.refuse(~said.isin([*NAMES, UNUSED, "nan", "na"]), said, path, "train, valid or test")
    ids = tables.unversioned(table[key])
    tables.check_unique(ids, path)
    split = dict(zip(ids, said.map(NAMES).fillna(UNUSED), strict=True))
    if split.keys().isdisjoint(g.gene_id for g in genes):
        raise InputError(f"{path}: none of its genes ({chroms.some(list(ids))}) is in the gene list; expected Ensembl ids as there")
    lost = [g.gene_id for g in genes if g.gene_id not in split]
    if lost:
        Note.SPLITS_LACK.add(path=path, n=len(lost), total=len(genes), genes=chroms.some(lost))
    return [split.get(g.gene_id, UNUSED) for g in genes]


def check_filled(splits: Sequence[str], genes: Sequence[Gene], wanted: Sequence[str], what: str) -> None:
    """Refuse a split without a gene.

    Args:
        splits: split of every gene.
        genes: the genes.
        wanted: splits that must have genes.
        what: where the splits come from, for the message.
    """
    empty = [s for s in wanted if s not in splits]
    if empty:
        on = chroms.some(sorted({g.body.chrom for g in genes}), 8)
        raise InputError(
            f"{what}: no gene is left in split {' and '.join(empty)}; usable genes lie on {on}: choose other places or genes"
        )
