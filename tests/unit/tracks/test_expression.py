import gzip
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.tracks import expression

REAL = Path(os.environ.get("SEQ2EXP_REAL_DATA", Path(__file__).parents[4] / "shared" / "data"))


def table(folder: Path, text: str, name: str = "e.tsv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_raw_values_are_logged_and_versions_stripped(tmp_path: Path) -> None:
    found = expression.read(
        table(tmp_path, "gene_id\tx\nENSG00000000001.12\t9\nENSG00000000002.3_PAR_Y\t0\nENSG00000000002.3\t99\n")
    )
    assert found.to_dict() == {"ENSG00000000001": 1.0, "ENSG00000000002_PAR_Y": 0.0, "ENSG00000000002": 2.0}
    assert found.attrs["column"] == "x"


def test_values_declared_as_logged_are_kept(tmp_path: Path) -> None:
    found = expression.read(table(tmp_path, "gene_id\tx\nA\t1.25\nB\t0\n"), unit="log10p1")
    assert found.to_dict() == {"A": 1.25, "B": 0.0}


def test_column_is_chosen_by_name_by_cell_or_because_there_is_one(tmp_path: Path) -> None:
    path = table(tmp_path, "gene_id\tsymbol\tK562_rpm\tGM_rpm\nA\ta\t9\t99\n")
    assert expression.read(path, "GM_rpm")["A"] == 2
    assert expression.read(path, "{cell}_rpm", cell="K562")["A"] == 1
    assert expression.read(table(tmp_path, "gene_id\tsymbol\trpm\nA\ta\t9\n", "one.tsv"))["A"] == 1
    with pytest.raises(InputError, match=r"several columns.*--expression-column: K562_rpm, GM_rpm"):
        expression.read(path)
    with pytest.raises(InputError, match="has no column 'HepG2_rpm'; its columns are gene_id, symbol, K562_rpm, GM_rpm"):
        expression.read(path, "{cell}_rpm", cell="HepG2")


@pytest.mark.parametrize("head", ["ENSID", ""])
def test_xpresso_derived_csv_is_read_as_published(tmp_path: Path, head: str) -> None:
    text = (
        f"{head},UTR5LEN_log10zscore,K562_CAGE_128*3_sum,GM12878_CAGE_128*3_sum\nENSG00000000001,0.5,9,99\nENSG00000000002,-1,0,9\n"
    )
    path = table(tmp_path, text, "x.csv")
    assert expression.read(path, cell="K562").to_dict() == {"ENSG00000000001": 1.0, "ENSG00000000002": 0.0}
    assert expression.read(path, cell="GM12878")["ENSG00000000001"] == 2.0


def test_empty_fields_are_not_measured(tmp_path: Path) -> None:
    assert list(expression.read(table(tmp_path, "gene_id\tx\nA\t\nB\tNA\nC\t0\n")).index) == ["C"]


def test_gzip_is_read(tmp_path: Path) -> None:
    (tmp_path / "e.tsv.gz").write_bytes(gzip.compress(b"gene_name\tx\nMYC\t9\n"))
    assert expression.read(tmp_path / "e.tsv.gz").to_dict() == {"MYC": 1.0}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("gene_id\tx\nA\t1\nB\t-0.5\n", r"line 3: x is '-0\.5', expected 0 or more"),
        ("gene_id\tx\nA\t1\nB\thigh\n", "line 3: x is 'high', expected a number"),
        ("gene_id\tx\nA\t1\nB\tinf\n", "line 3: x is 'inf', expected a number"),
        ("gene_id\tx\nENSG1.1\t1\nB\t2\nENSG1.2\t3\n", "line 4: gene ENSG1 occurs a second time"),
        ("", "is empty"),
        ("gene_id\tx\nA\tlow\n", "several columns could hold|expected a number"),
    ],
)
def test_values_that_cannot_be_used_are_refused_by_line(tmp_path: Path, text: str, sentence: str) -> None:
    column = "x" if "x" in text else None
    with pytest.raises(InputError, match=sentence):
        expression.read(table(tmp_path, text), column)


def test_names_with_dots_are_not_versions(tmp_path: Path) -> None:
    found = expression.read(table(tmp_path, "gene_name\tx\nRP11-34P13.7\t0\nRP11-34P13.8\t9\n"))
    assert set(found.index) == {"RP11-34P13.7", "RP11-34P13.8"}


def test_genes_match_by_id_and_by_name() -> None:
    ids, names = pd.Series(["E1", "E2", "E3"]), pd.Series(["MYC", "TP53", "ACTB"])
    assert expression.match(pd.Series({"E3": 1.0, "E1": 2.0}), ids, names).tolist()[:1] == [2.0]
    by_name = expression.match(pd.Series({"TP53": 5.0}), ids, names)
    assert np.isnan(by_name[[0, 2]]).all() and by_name[1] == 5.0


@pytest.mark.real
@pytest.mark.skipif(not REAL.is_dir(), reason="the real data is not on this machine")
def test_real_table_gives_every_gene_of_both_cells() -> None:
    path = REAL / "expression/expression_18377_genes.tsv.gz"
    plain = pd.read_csv(path, sep="\t").set_index("gene_id")
    for cell in ("K562", "GM12878"):
        found = expression.read(path, "{cell}_RAMPAGE_RPM_384bp", cell=cell)
        assert len(found) == 18_377
        np.testing.assert_allclose(found, np.log10(plain.loc[found.index, f"{cell}_RAMPAGE_RPM_384bp"] + 1))
