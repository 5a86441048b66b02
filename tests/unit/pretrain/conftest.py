"""Stores with planted motifs."""

from pathlib import Path

import pytest
from planted_peaks import write_cell, write_genome


@pytest.fixture(scope="session")
def planted(tmp_path_factory) -> tuple[Path, Path, Path]:
    """Genome store, and stores of the cells A and B."""
    folder = tmp_path_factory.mktemp("planted")
    return write_genome(folder / "genome"), write_cell(folder / "A", "A"), write_cell(folder / "B", "B")
