"""Stores of a simulated genome, as several studies measure on them."""

from collections.abc import Mapping
from pathlib import Path

from seq2exp_py import simulate
from seq2exp_py.genome.options import GenomeOptions
from seq2exp_py.store.build_cell import build_cell
from seq2exp_py.store.build_genome import build_genome
from seq2exp_py.tracks.options import CellOptions


def stores(configuration: simulate.Config, raw: Path, window: int, genome: Path, cells: Mapping[str, Path]) -> None:
    """Simulate into `raw`; make the genome's store, for windows of so many bases, and those of the cells. What is there stays."""
    if not genome.exists():
        simulate.write(configuration, raw)
        reference = {"fasta": raw / "genome.fa", "genes": raw / "genes.gtf", "blacklist": raw / "blacklist.bed"}
        build_genome(GenomeOptions(**reference, splits=configuration.splits, name="sim", min_sequence=0, window=window), genome)
    for cell, store in cells.items():
        if not store.exists():
            build_cell(CellOptions(genome=genome, samplesheet=raw / "samplesheet.csv", cell=cell), store)
