"""Promoter activity out of ABC gene lists."""

from pathlib import Path

import pandas as pd
import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.notes import kept
from seq2exp_py.tracks import gene_list

GENES = pd.DataFrame({"gene_id": ["ENSG00000000001", "ENSG00000000002"], "gene_name": ["MYC", "TP53"]})


def written(folder: Path, *rows: str, header: str = "symbol\tH3K27ac.RPM.TSS1Kb\tDHS.RPM.TSS1Kb") -> Path:
    path = folder / "GeneList.txt"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.mark.parametrize(
    ("rows", "values", "known"),
    [
        (("MYC\t4\t9", "TP53\t1\t1"), [6, 1], 2),
        (("ENSG00000000002.7\t4\t9", "OTHER\t1\t1"), [0, 6], 1),
        (("TP53\t4\t9", "TP53\t4\t9", "OTHER\t1\t1", "OTHER\t2\t2"), [0, 6], 1),
    ],
)
def test_genes_by_id_or_name_are_counted(tmp_path: Path, rows: tuple[str, ...], values: list[float], known: int) -> None:
    with kept() as notes:
        found, rule = gene_list.activity(written(tmp_path, *rows), GENES)
    assert found.tolist() == values and rule == "sqrt(H3K27ac.RPM.TSS1Kb x DHS.RPM.TSS1Kb) of GeneList.txt"
    assert notes[-1].endswith(f"promoter activity of {known} of 2 genes; that of the others is 0")


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (("MYC\t4\t9", "MYC\t1\t1"), "line 3: gene MYC occurs a second time"),
        (("MYC\t-4\t9",), r"line 2: H3K27ac.RPM.TSS1Kb is '-4', expected 0 or more"),
        (("MYC\t4\tNA",), r"line 2: DHS.RPM.TSS1Kb is 'NA', expected a number"),
        (("MYC\t4\t1,5",), "a decimal point, not a comma"),
        (("MYC\t4\t9\t7",), "line 2 has 4 fields"),
        (("OTHER\t4\t9",), r"none of its genes \(column 'symbol': OTHER\) is in the gene list"),
    ],
)
def test_lists_that_would_give_wrong_activity_are_refused(tmp_path: Path, rows: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        gene_list.activity(written(tmp_path, *rows), GENES)
