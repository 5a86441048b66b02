"""Chromosomes of a file that are not the genome's."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.notes import kept
from seq2exp_py.tracks import names
from seq2exp_py.tracks.signal import open_replicates

Make = dict[str, Callable[..., None]]
GENOME = {"chr1": 2_000_000, "chr2": 1_000_000, "chrM": 16_569, "chrUn_7": 9_000}


class Row(NamedTuple):
    path: Path
    chromosomes: str = "exact"
    format: str = "bigwig"
    index: Path | None = None
    barcodes: Path | None = None
    label: str | None = None


@pytest.mark.parametrize(
    ("lengths", "left"),
    [
        ({"chr1": 2_000_000, "chr2": 1_000_000, "chrM": 16_571}, {"chr1", "chr2"}),
        ({"chr1": 2_000_000, "chrM": 16_569, "chrUn_7": 9_001}, {"chr1", "chrM"}),
        ({"chr2": 1_000_000, "chrM": 16_571, "chrUn_7": 1}, {"chr2"}),
        ({"chr1": 2_000_000, "chr9": 5}, {"chr1"}),
    ],
)
def test_a_small_chromosome_of_another_length_is_left_out_and_said(lengths: dict[str, int], left: set[str]) -> None:
    with kept() as notes:
        assert set(names.of_file(Row(Path("a.bw")), lengths, GENOME, lengths)) == left
    assert len(notes) == len(set(lengths) & set(GENOME)) - len(left)
    assert all("is another sequence than the FASTA's" in note for note in notes)


@pytest.mark.parametrize(
    "lengths",
    [{"chr1": 2_000_000, "chr2": 999_999}, {"chrM": 16_571}, {"chr1": 1_900_000, "chr2": 1_000_000, "chrM": 16_571}],
)
def test_a_large_one_refuses_the_file(lengths: dict[str, int]) -> None:
    with pytest.raises(InputError, match="belongs to another assembly"):
        names.of_file(Row(Path("a.bw")), lengths, GENOME, lengths)


def test_signal_and_check_leave_it_out_alike(world: Path, make: Make, check: Callable[..., Any]) -> None:
    sizes = {"chr1": 300_000, "chr2": 200_000, "chrM": 1_500}
    make["fasta"](world / "genome.fa", sizes)
    (world / "genome.fa.fai").unlink()
    make["bigwig"](world / "dnase.bw", {**sizes, "chrM": 1_700})
    said = check(world)
    assert said.code == 0 and "dnase.bw: its chrM of 1700 bp is another sequence than the FASTA's of 1500 bp" in said.out
    with open_replicates([Row(world / "dnase.bw")], sizes) as signal:  # type: ignore[list-item]
        assert signal.chroms == ("chr1", "chr2")
