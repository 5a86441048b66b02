"""A store that is not what its manifest says is refused with one sentence."""

import json
import shutil

import pandas as pd
import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.store import Store, contents


@pytest.fixture
def copy(world, tmp_path):
    """A copy of both stores that a test may damage."""
    for path in (world.genome, world.cell):
        shutil.copytree(path, tmp_path / path.name)
    return tmp_path / world.genome.name, tmp_path / world.cell.name


def change(folder, **fields):
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def test_a_whole_store_is_verified(copy):
    genome, cell = copy
    Store.open(genome, [cell])
    contents.verify(genome, contents.read_manifest(genome, contents.GenomeManifest))
    contents.verify(cell, contents.read_manifest(cell, contents.CellManifest))


@pytest.mark.parametrize("name", ["genes.parquet", "contacts.npy", "contacts.json"])
def test_a_changed_table_is_found_on_opening(copy, name):
    genome, cell = copy
    data = bytearray((cell / name).read_bytes())
    data[len(data) // 2] ^= 1
    (cell / name).write_bytes(bytes(data))
    with pytest.raises(InputError, match=f"{name}: checksum differs"):
        Store.open(genome, [cell])


@pytest.mark.parametrize("name", ["signals/DNase/chrA.f32", "peaks/chrB.u8"])
def test_a_changed_base_is_found_by_verifying(copy, name):
    _, cell = copy
    with (cell / name).open("r+b") as handle:
        handle.seek(12_345)
        handle.write(b"\x07")
    with pytest.raises(InputError, match=f"{name}: checksum differs"):
        contents.verify(cell, contents.read_manifest(cell, contents.CellManifest))


@pytest.mark.parametrize("name", ["sequence/chrA.u8", "genes.parquet"])
def test_a_missing_file_is_found_on_opening(copy, name):
    genome, cell = copy
    (genome / name).unlink()
    with pytest.raises(InputError, match=f"{name}: missing, though the manifest lists it"):
        Store.open(genome, [cell])


def test_a_file_cut_short_is_found_on_opening(copy):
    genome, cell = copy
    with (cell / "signals/DNase/chrB.f32").open("r+b") as handle:
        handle.truncate(1000)
    with pytest.raises(InputError, match=r"chrB.f32: 1000 bytes, expected 129380: cut short"):
        Store.open(genome, [cell])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"version": 1}, "version 1 of the format, this program reads version 3"),
        (
            {"format": "seq2exp-cell"},
            "format is 'seq2exp-cell', expected 'seq2exp-genome'; give a folder made by `seq2exp prepare-genome`",
        ),
        ({"window": "wide"}, "field window"),
    ],
)
def test_another_manifest_is_refused(copy, fields, words):
    genome, cell = copy
    change(genome, **fields)
    with pytest.raises(InputError, match=words):
        Store.open(genome, [cell])


def test_folders_that_are_no_store_are_refused(copy, tmp_path):
    genome, _ = copy
    with pytest.raises(InputError, match=r"no manifest.json there; expected a folder made by `seq2exp prepare-cell`"):
        Store.open(genome, [tmp_path])
    (genome / "manifest.json").write_text('{"format": ')
    with pytest.raises(InputError, match="line 1 is not JSON"):
        Store.open(genome, [])


def test_cells_must_fit_the_genome_and_each_other(copy, tmp_path):
    genome, cell = copy
    with pytest.raises(InputError, match="cell K is given twice"):
        Store.open(genome, [cell, cell])
    other = tmp_path / "other"
    shutil.copytree(cell, other)
    tracks = json.loads((cell / "manifest.json").read_text())["tracks"]
    change(other, cell="L", tracks=tracks[:1])
    with pytest.raises(InputError, match=r"other: tracks H3K27ac, but .* has H3K27ac, DNase"):
        Store.open(genome, [cell, other])
    change(other, tracks=tracks, genome={"name": "x", "chromosomes": {"chrA": 1_200_003, "chrB": 32_345, "chrC": 1}})
    with pytest.raises(InputError, match="other chromosomes or genes"):
        Store.open(genome, [other])


def test_a_cell_of_other_genes_is_refused(copy):
    from seq2exp_py import files

    genome, cell = copy
    pd.read_parquet(cell / "genes.parquet").iloc[::-1].to_parquet(cell / "genes.parquet", index=False)
    sums = json.loads((cell / "manifest.json").read_text())["files"]
    change(cell, files=sums | {"genes.parquet": files.sha256(cell / "genes.parquet")})
    with pytest.raises(InputError, match="other chromosomes or genes"):
        Store.open(genome, [cell])


def test_two_cells_make_one_store(copy, tmp_path):
    genome, cell = copy
    other = tmp_path / "other"
    shutil.copytree(cell, other)
    change(other, cell="L")
    store = Store.open(genome, [cell, other])
    assert store.cells == ("K", "L")
    assert [(s.gene, s.cell) for s in store.samples("test")] == [(5, 0), (5, 1)]
    batch = store.batch(store.samples("test"), 100)
    assert batch.cell == ("K", "L") and batch.signals[0].equal(batch.signals[1])
