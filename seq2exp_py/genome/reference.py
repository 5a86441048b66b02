"""What a run knows of its genome: chromosomes, genes, excluded regions, splits. CHECK and PREPARE_GENOME read it here, alike."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from seq2exp_py.errors import InputError
from seq2exp_py.genome import annotation, blacklist, chroms, mrna, places, splits
from seq2exp_py.genome.gene import Gene
from seq2exp_py.genome.options import ReferenceOptions
from seq2exp_py.notes import Note


@dataclass(frozen=True, slots=True)
class Reference:
    """The genome as its files say.

    Attributes:
        sizes: bp of each chromosome, of the FASTA and of the sizes file.
        genes: by the genome's chromosome names, sorted by chromosome, start and id.
        rows: the annotation that the genes come from, None where that is no GTF or GFF3.
        excluded: chrom, start, end of the blacklist (0-based, half-open), merged.
        features: mRNA features by gene out of a table, None where there is no table.
    """

    sizes: dict[str, int]
    genes: list[Gene]
    rows: pd.DataFrame | None
    excluded: pd.DataFrame
    features: pd.DataFrame | None

    @classmethod
    def read(cls, given: ReferenceOptions, fasta: Mapping[str, int], problems: list[str]) -> "Reference":
        """Read everything but the sequence; what cannot be used is empty here, and a sentence of `problems` says why.

        Args:
            given: the files and options.
            fasta: bp of each sequence of the FASTA; empty where it could not be read, then names and ends go unchecked.
            problems: sentences are added here.
        """
        sizes: dict[str, int] = {}
        genes: list[Gene] = []
        rows, excluded, features = None, blacklist.empty(), None
        with gathered(problems):
            sizes = read_sizes(given, fasta)
        with gathered(problems):
            found = annotation.locate(given.genes, given.kept_type, sizes, given.match)
            genes = annotation.genes(found, given.genes, sizes)
            rows = found if annotation.is_annotation(given.genes) else None
        with gathered(problems):
            excluded = _excluded(given, sizes)
        with gathered(problems):
            features = _features(given, genes)
        return cls(sizes, genes, rows, excluded, features)


@contextmanager
def gathered(problems: list[str]) -> Iterator[None]:
    """Turn an InputError of the block into problems, a sentence each, and go on."""
    try:
        yield
    except InputError as error:
        problems += str(error).splitlines()


def read_sizes(given: ReferenceOptions, fasta: Mapping[str, int]) -> dict[str, int]:
    """Sizes of the chromosomes of the FASTA, and of those that only the sizes file has.

    Raises:
        InputError: the two differ.
    """
    extra = chroms.read_sizes(given.sizes) if given.sizes else {}
    for name, size in extra.items():
        if fasta.get(name, size) != size:
            raise InputError(
                f"{given.sizes}: {name} has {size} bp, but {fasta[name]} bp in {given.fasta}; give one assembly's files"
            )
    return dict(fasta) | extra if fasta else {}


def _excluded(given: ReferenceOptions, sizes: Mapping[str, int]) -> pd.DataFrame:
    """The blacklist on the genome."""
    if given.blacklist is None:
        return blacklist.empty()
    found = blacklist.read(given.blacklist)
    return blacklist.merge(places.on_genome(found, sizes, given.blacklist, given.match)) if sizes and len(found) else found


def _features(given: ReferenceOptions, genes: Sequence[Gene]) -> pd.DataFrame | None:
    """The table of mRNA features, which must know some of the genes."""
    if given.features is None or annotation.is_annotation(given.features):
        return None
    found = mrna.from_table(given.features)
    known = sum(gene.gene_id in found.index for gene in genes)
    if genes and not known:
        raise InputError(
            f"{given.features}: none of its genes ({chroms.some(list(found.index))}) is in {given.genes}; expected its ids"
        )
    if known < len(genes):
        Note.FEATURES.add(path=given.features, n=known, total=len(genes))
    return found


def assign_splits(given: ReferenceOptions, genes: Sequence[Gene], sizes: Mapping[str, int], what: str = "") -> list[str]:
    """The split of every gene: train, valid, test or "" (unused).

    Args:
        given: the specification or table.
        genes: the genes to be split.
        sizes: the genome's chromosomes.
        what: which genes these are, for the message.

    Raises:
        InputError: the specification or table does not fit the genome, or a split that is asked for has no gene.
    """
    if "=" in given.splits:
        rules = splits.on_genome(splits.parse(given.splits), sizes, given.match)
        assigned = splits.assign(rules, genes, given.window)
        wanted = {rule.split for rule in splits.parse(given.splits)} | {"train"}
    elif Path(given.splits).is_file():
        assigned = splits.read_table(Path(given.splits), genes, given.split_column)
        wanted = set(splits.SPLITS)
    else:
        raise InputError(f"--splits: '{given.splits}' is neither a file nor a specification; {splits.EXAMPLE}")
    splits.check_filled(assigned, genes, [name for name in splits.SPLITS if name in wanted], f"--splits {given.splits}{what}")
    return assigned
