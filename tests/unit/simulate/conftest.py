from pathlib import Path

import pytest

from seq2exp_py import simulate

FORMATS = ("bam", "bedgraph")


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[simulate.World, Path]:
    """The smallest preset on disk, and the world it was written from; the last cell in other formats."""
    out = tmp_path_factory.mktemp("simulated") / "data"
    return simulate.write(simulate.preset("tiny", formats=FORMATS), out), out


@pytest.fixture(scope="session")
def world(written: tuple[simulate.World, Path]) -> simulate.World:
    return written[0]


@pytest.fixture(scope="session")
def folder(written: tuple[simulate.World, Path]) -> Path:
    return written[1]
