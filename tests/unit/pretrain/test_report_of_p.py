"""What P is worth to the evidence, where the answer is known: every other peak of the cell has P = 0.9, all else 0.1."""

import numpy as np
import pandas as pd
import pytest
from planted_peaks import SIZES, WIDTH, peaks_of

from seq2exp_py.cli.pretrain import shown
from seq2exp_py.evaluate.sequence import report
from seq2exp_py.files import sha256
from seq2exp_py.store import Store, contents
from seq2exp_py.store.sequence import SequenceManifest, SequenceStore

TRUE = peaks_of("A")[2:30:2]  # within 20 kb of the gene at 30,000 lie peaks of both kinds
FALSE = peaks_of("A")[3:30:2]


@pytest.fixture
def sequence(tmp_path):
    folder = tmp_path / "sequence" / "p" / "A"
    folder.mkdir(parents=True)
    for chrom, size in SIZES.items():
        values = np.full(-(-size // 20), 0.1, "<f2")
        for start in TRUE:
            values[start // 20 : (start + WIDTH) // 20] = 0.9
        values.tofile(folder / f"{chrom}.f2")
    manifest = SequenceManifest(
        genome=contents.GenomeRef(name="toy", chromosomes=SIZES),
        cells=("A",),
        step=20,
        window=362,
        seed=1,
        settings={},
        peaks={},
        areas=[],
        seq2exp="0",
        files={f"p/A/{chrom}.f2": sha256(folder / f"{chrom}.f2") for chrom in SIZES},
    )
    contents.write_manifest(tmp_path / "sequence", manifest)
    return SequenceStore(tmp_path / "sequence")


def test_against_a_simulation_s_truth(sequence, planted, tmp_path):
    rows = [("chr4", start, start + WIDTH, f"E{start}", 500, ".", "enhancer", "m") for start in TRUE]
    rows += [("chr4", start, start + WIDTH, f"E{start}", 500, ".", "decoy", ".") for start in FALSE]
    pd.DataFrame(rows).to_csv(tmp_path / "A.R_m.bed", sep="\t", index=False, header=False)
    pd.DataFrame(rows[: len(TRUE)]).to_csv(tmp_path / "R_g.bed", sep="\t", index=False, header=False)
    (tmp_path / "A.R_ag.bed").write_text("".join(f"chr4\t{s}\t{s + WIDTH}\tchr4_g\t900\n" for s in TRUE))
    tables = report(sequence, Store.open(planted[0], planted[1:]), None, tmp_path, 100)
    assert tables["decoys"].to_dict("records") == [
        {"cell": "A", "split": "test", "active": len(TRUE), "decoys": len(FALSE), "auroc": 1.0}
    ]
    found = tables["truth"].set_index(["source", "level", "scope"]).auprc
    assert found["evidence*P", "element", "distal"] > 0.95 > 0.8 > found["evidence", "element", "distal"]
    assert found["evidence*P*gate", "element", "distal"] == found["evidence*P", "element", "distal"]  # of one gene


@pytest.fixture
def tested(tmp_path):
    """A table of tested pairs: places with the motif regulate, those without it do not."""
    rows = [("chr4", start, start + WIDTH, start in TRUE) for start in (*TRUE, *FALSE)]
    table = pd.DataFrame(rows, columns=["chrom", "chromStart", "chromEnd", "Regulated"])
    table = table.assign(chrTSS="chr4", startTSS=30_000, endTSS=30_001, measuredGeneSymbol="g", measuredGeneEnsemblId="chr4_g")
    table.assign(CellType="A", Dataset="toy").to_csv(tmp_path / "pairs.tsv", sep="\t", index=False)
    return tmp_path / "pairs.tsv"


def test_on_tested_pairs_beside_the_gc_content(sequence, planted, tested):
    tables = report(sequence, Store.open(planted[0], planted[1:]), tested, None, 100)
    table = tables["crispri"]
    found = table[table.subset == "all"].set_index("score").auprc
    assert set(found.index) == {"evidence*P", "evidence", "evidence*GC^2", "P", "GC^2"}
    assert found["evidence*P"] > 0.8 > 0.7 > found["evidence"]  # distance decides as well
    assert {"evidence*P", "evidence"} <= set(tables["crispri_differences"].score)


def test_the_command_prints_the_tables_and_writes_them(sequence, planted, tested, tmp_path, capsys):
    (tmp_path / "sequence" / "metrics.csv").write_text("fold,cell,auroc\n1,A,0.9\n")
    shown(planted[0], planted[1:], tmp_path / "sequence", tested, None)
    printed = capsys.readouterr().out
    assert "1,A,0.9" in printed and "crispri_differences" in printed and "evidence*GC^2" in printed
    assert (tmp_path / "sequence" / "crispri.tsv").exists()
