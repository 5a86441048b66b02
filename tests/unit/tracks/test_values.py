"""Values that no signal has: the same numbers for network, mask and every figure, and a note with their count."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyBigWig
import pytest
import torch

from seq2exp_py.genome.options import GenomeOptions
from seq2exp_py.models.parts.inputs import signals
from seq2exp_py.models.parts.mask_config import MaskConfig
from seq2exp_py.models.parts.mask_head import SignalBeta
from seq2exp_py.notes import kept
from seq2exp_py.store import Store
from seq2exp_py.store.build_cell import build_cell
from seq2exp_py.store.build_genome import build_genome
from seq2exp_py.tracks import check_files
from seq2exp_py.tracks.maps import LoopMap
from seq2exp_py.tracks.options import CellOptions
from seq2exp_py.tracks.samplesheet import Row
from seq2exp_py.tracks.signal import open_signal
from seq2exp_py.tracks.values import LARGEST

SIZES = {"chr1": 300_000, "chr2": 200_000}
ODD = {  # values of stretches of 10 bp from base 1000 on, and what a signal has for them
    "log ratio": ([-1.5, 2.0, -0.25, 0.5], [0.0, 2.0, 0.0, 0.5], (20, 0)),
    "p of 0": ([np.inf, 3.0, 7.5, np.inf], [7.5, 3.0, 7.5, 7.5], (0, 20)),
    "sentinel": ([1e30, 4.0, -3.4e38, 1.0], [4.0, 4.0, 0.0, 1.0], (10, 10)),
    "nothing usable": ([-np.inf, -1.0, np.inf, -2.0], [0.0, 0.0, 0.0, 0.0], (30, 10)),
    "missing": ([np.nan, 1.0, 2.0, np.nan], [0.0, 1.0, 2.0, 0.0], (0, 0)),
}


def bigwig(path: Path, values: list[float]) -> Path:
    with pyBigWig.open(str(path), "w") as out:
        out.addHeader(list(SIZES.items()))
        starts = [1000 + 10 * i for i in range(len(values))]
        out.addEntries(["chr1"] * len(values), starts, ends=[s + 10 for s in starts], values=values)
    return path


def bedgraph(path: Path, values: list[float]) -> Path:
    path.write_text("".join(f"chr1\t{1000 + 10 * i}\t{1010 + 10 * i}\t{value}\n" for i, value in enumerate(values)))
    return path


@pytest.mark.parametrize("write", [bigwig, bedgraph])
@pytest.mark.parametrize("kind", ODD)
def test_odd_values_are_put_within_bounds_and_counted(tmp_path: Path, write, kind: str) -> None:
    given, expected, (below, above) = ODD[kind]
    path = write(tmp_path / ("a.bw" if write is bigwig else "a.bedGraph"), given)
    with open_signal(path) as track:
        np.testing.assert_array_equal(track.values("chr1", 1000, 1040), np.repeat(expected, 10).astype(np.float32))
        assert not track.values("chr1", 0, 1000).any()
    with kept() as notes:
        check_files.signal(Row(cell="K562", assay="ATAC", path=path, format=write.__name__), SIZES)
    notes = [note for note in notes if "has nothing on" not in note]
    assert len(notes) == (below > 0) + (above > 0)
    assert all(f"{path}: {n} bases" in note for n, note in zip(filter(None, (below, above)), notes, strict=True))


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("variant", ["paper", "corrected"])
def test_network_and_mask_see_the_same_usable_numbers(pristine: Path, tmp_path: Path, kind: str, variant: str) -> None:
    values = np.tile(ODD[kind][0], 7500)
    bigwig(tmp_path / "a.bw", values.tolist())
    (tmp_path / "expression.tsv").write_text((pristine / "expression.tsv").read_text())
    (tmp_path / "sheet.csv").write_text("cell,assay,path\nK562,DNase,a.bw\nK562,H3K27ac,a.bw\nK562,expression,expression.tsv\n")
    given = {"fasta": pristine / "genome.fa", "genes": pristine / "genes.bed", "window": 20_000}
    build_genome(GenomeOptions(splits="train=chr1:0-150000;valid=chr1:150000-300000;test=chr2", **given), tmp_path / "g")
    build_cell(CellOptions(genome=tmp_path / "g", samplesheet=tmp_path / "sheet.csv", cell="K562"), tmp_path / "c")
    store = Store.open(tmp_path / "g", [tmp_path / "c"])
    batch = store.batch(store.samples(), 4096)
    assert torch.isfinite(batch.signals).all()
    assert batch.signals.min() >= 0 and batch.signals.max() <= LARGEST
    config = MaskConfig(window=4096, resolution=1, tracks=store.tracks, variant=variant)
    seen = signals(batch, config)
    alpha, beta = SignalBeta(config)(batch)
    assert torch.isfinite(seen).all() and seen.min() >= 0
    assert torch.isfinite(alpha).all() and alpha.min() > 0 and beta > 0
    unit = batch.signals / batch.scale[:, None] if variant == "corrected" else batch.signals
    torch.testing.assert_close(seen, torch.log1p(unit) if variant == "corrected" else unit)
    assert np.isfinite(store.cell_stores[0].promoter_activity).all()


@pytest.mark.parametrize(("count", "expected"), [("-3", 0.0), ("inf", LARGEST), ("1e300", LARGEST), ("nan", 0.0), ("2", 2.0)])
def test_contacts_are_counts_that_can_be(tmp_path: Path, count: str, expected: float) -> None:
    path = tmp_path / "a.bedpe"
    path.write_text(f"chr1\t0\t5000\tchr1\t10000\t15000\tp\t{count}\n")
    with LoopMap(path, 5000) as found:
        assert found.row("chr1", 0, 0, 4).tolist() == [0.0, 0.0, expected, 0.0]
        with kept() as notes:
            found.bounds.note_contacts(path)
    assert len(notes) == int(count not in ("nan", "2"))


def test_the_promoter_activity_of_a_gene_list_is_finite(tmp_path: Path) -> None:
    from seq2exp_py.errors import InputError
    from seq2exp_py.tracks import gene_list

    (tmp_path / "list.tsv").write_text("symbol\tH3K27ac.RPM.TSS1Kb\tDHS.RPM.TSS1Kb\nA\tinf\t1\n")
    with pytest.raises(InputError, match=r"line 2: H3K27ac\.RPM\.TSS1Kb is 'inf', expected a number"):
        gene_list.activity(tmp_path / "list.tsv", pd.DataFrame({"gene_id": ["A"], "gene_name": ["A"]}))
