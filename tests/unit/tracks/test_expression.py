import gzip
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.notes import kept
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


TOOLS = {
    "htseq-count": "ENSG00000000001.3\t9\nENSG00000000002.1_4\t99\n__no_feature\t5\n__ambiguous\t7\n",
    "featureCounts": (
        '# Program:featureCounts v2.0.3; Command:"featureCounts" "-a" "g.gtf"\n'
        "Geneid\tChr\tStart\tEnd\tStrand\tLength\tK562.bam\n"
        "ENSG00000000001.3\t1\t10\t20\t+\t11\t9\nENSG00000000002.1\t2\t10\t20\t-\t11\t99\n"
    ),
    "GCT": "#1.2\n2\t1\nName\tDescription\tSUM\nENSG00000000001.3\tMYC\t9\nENSG00000000002.1\tTP53\t99\n",
    "R": '"K562"\n"ENSG00000000001"\t9\n"ENSG00000000002"\t99\n',
    "pandas": ",K562\nENSG00000000001,9.0\nENSG00000000002,99.0\n",
    "spreadsheet": "Gene stable ID;K562\r\nENSG00000000001;9\r\nENSG00000000002;99\r\n",
}


@pytest.mark.parametrize("tool", TOOLS)
def test_tables_are_read_as_tools_write_them_whatever_their_suffix(tmp_path: Path, tool: str) -> None:
    found = expression.read(table(tmp_path, TOOLS[tool]))
    assert found.to_dict() == {"ENSG00000000001": 1.0, "ENSG00000000002": 2.0}


def test_what_is_left_out_or_guessed_is_noted(tmp_path: Path) -> None:
    with kept() as notes:
        expression.read(table(tmp_path, TOOLS["htseq-count"]))
        star = "N_unmapped\t1\t1\t1\nN_noFeature\t2\t2\t2\nENSG00000000001\t9\t5\t4\n"
        assert expression.read(table(tmp_path, star, "ReadsPerGene.out.tab"), "column 2").to_dict() == {"ENSG00000000001": 1.0}
    said = [line.split(": ", 1)[1] for line in notes]
    assert said[1:3] == [
        "2 rows count no gene and are left out: __no_feature, __ambiguous",
        "its only column of numbers, column 2, is taken as the expression",
    ]
    assert said[-1].startswith("2 rows count no gene") and "has no header" in said[0]


@pytest.mark.parametrize(
    ("text", "column", "sentence"),
    [
        ("gene_id\tK562\nA\t1,5\nB\t2,5\n", None, r"line 2: K562 is '1,5', expected a number \(a decimal point, not a comma\)"),
        ("gene_id;K562\nA;1\nB;2,5\n", "K562", "line 3: K562 is '2,5'"),
        ("gene_id,K562\nA,1,5\nB,2,5\n", None, "line 2 has 3 fields"),
        ("gene_id\tK562\nA\t1\n", "k562", "has no column 'k562'; its columns are gene_id, K562; did you mean K562"),
        ("gene_id\tsymbol\nA\tB\n", None, "no column holds numbers; expected the expression beside 'gene_id'"),
        ("gene_id\tK562\n\t1\n", None, "line 2: gene_id is '', expected a gene"),
    ],
)
def test_tables_that_would_give_wrong_numbers_are_refused(tmp_path: Path, text: str, column: str | None, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        expression.read(table(tmp_path, text), column)


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
