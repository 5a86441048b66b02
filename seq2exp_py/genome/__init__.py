"""Coordinates, genes, sequence and annotation. Imports nothing else of ours."""

from seq2exp_py.genome.gene import Gene
from seq2exp_py.genome.interval import Interval, Strand

__all__ = ["Gene", "Interval", "Strand"]
