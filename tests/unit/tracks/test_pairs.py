"""CRISPRi pairs and tracks of the user's own, against genome, genes and cells."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.notes import kept
from seq2exp_py.tracks import extra, pairs

SIZES = {"chr1": 10_000, "chr2": 5_000}
GENES = pd.DataFrame({"gene_id": ["ENSG00000000001", "ENSG00000000002"], "gene_name": ["MYC", "TP53"]})
COLUMNS = (
    "chrom chromStart chromEnd chrTSS startTSS endTSS measuredGeneSymbol measuredGeneEnsemblId Regulated ValidConnection CellType"
)


def row(**changed: object) -> str:
    plain = ("chr1", 100, 200, "chr1", 1000, 1001, "MYC", "ENSG00000000001.7", "TRUE", "TRUE", "K562")
    values = dict(zip(COLUMNS.split(), plain, strict=True)) | changed
    return "\t".join(map(str, values.values()))


def table(folder: Path, *rows: str, columns: str = COLUMNS) -> Path:
    path = folder / "pairs.tsv"
    path.write_text("\n".join(["\t".join(columns.split()), *rows]) + "\n")
    return path


def fitted(path: Path, *cells: str) -> tuple[dict[str, pairs.Pairs], list[str]]:
    with kept() as notes:
        found = pairs.fitted(path, cells or ["K562"], SIZES, GENES)
    return found, [note.split(": ", 1)[1] for note in notes]


@pytest.mark.parametrize("words", [("TRUE", "FALSE"), ("True", "False"), ("1", "0"), ("1.0", "0.0"), ("yes", "no"), ("T", "F")])
def test_truth_is_read_in_every_usual_spelling(tmp_path: Path, words: tuple[str, str]) -> None:
    yes, no = words
    path = table(tmp_path, row(Regulated=yes, ValidConnection=yes), row(Regulated=no, ValidConnection=yes))
    found, notes = fitted(path)
    assert found["K562"].table.regulated.tolist() == [True, False]
    assert notes == ["2 of 2 pairs are of genes of the genome, 1 of them regulated"]


def test_chromosomes_are_paired_with_and_without_chr_and_said(tmp_path: Path) -> None:
    found, notes = fitted(table(tmp_path, row(chrom="1"), row(chrom="2"), row(chrom="GL7")))
    assert found["K562"].table.chrom.tolist() == ["chr1", "chr2", "GL7"]
    assert notes[0] == "chromosomes are read by the genome's names: 1 as chr1, 2 as chr2"
    assert notes[1] == "1 of 3 pairs are on GL7, which the genome lacks; they rank lowest"


def test_pairs_without_a_valid_connection_or_an_answer_are_counted(tmp_path: Path) -> None:
    rows = [row(), row(ValidConnection="overlaps potential promoter"), row(Regulated="NA"), row(ValidConnection="FALSE")]
    found, notes = fitted(table(tmp_path, *rows))
    assert len(found["K562"].table) == 1
    assert notes[0] == "3 of 4 pairs are left out: no valid connection, or not said whether regulated"


def test_cells_and_genes_that_fit_in_part_are_named(tmp_path: Path) -> None:
    path = table(tmp_path, row(), row(measuredGeneSymbol="OTHER", measuredGeneEnsemblId="ENSG00000000009"), row(CellType="GM12878"))
    found, notes = fitted(path, "K562", "HepG2")
    assert list(found) == ["K562"] and found["K562"].table.gene_id.tolist() == ["ENSG00000000001", "ENSG00000000009"]
    assert notes == ["has no pairs of HepG2", "1 of 2 pairs are of genes of the genome, 1 of them regulated"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"CellType": "K-562"}, "has pairs of K-562 in column CellType, none of K562; did you mean K-562"),
        ({"CellType": "GM12878"}, r"has pairs of GM12878 in column CellType, none of K562$"),
        ({"chrom": "contig7"}, "its chromosomes are contig7, .* not one is the same"),
        ({"chrom": "Chr1"}, "no chromosome 'Chr1'; did you mean chr1"),
        ({"chromEnd": 90}, "line 2: chromEnd is 90, expected a number past chromStart"),
        ({"chromEnd": 20_000}, "line 2: chromEnd is 20000, expected an end on its chromosome"),
        ({"startTSS": "x"}, "line 2: startTSS is 'x', expected a whole number"),
        ({"Regulated": "maybe"}, "line 2: Regulated is 'maybe', expected TRUE or FALSE"),
        ({"ValidConnection": "FALSE"}, "no pair has ValidConnection TRUE"),
        (
            {"measuredGeneSymbol": "X", "measuredGeneEnsemblId": "ENSMUSG00000000001"},
            "none of its genes .* is a gene of the genome",
        ),
    ],
)
def test_a_table_that_fits_nowhere_is_refused(tmp_path: Path, changed: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        fitted(table(tmp_path, row(**changed)))


def test_a_missing_column_is_guessed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no column CellType; its columns are .*; did you mean cell_type"):
        fitted(table(tmp_path, row(), columns=COLUMNS.replace("CellType", "cell_type")))


def test_own_tracks_are_put_on_the_genome(tmp_path: Path) -> None:
    path = tmp_path / "a.bed"
    path.write_text("track name=a\n1\t5\t9\tx\n# half\nchrUn\t1\t2\nchr2\t4900\t5100\n")
    with kept() as notes:
        assert extra.read(path, SIZES) == [["chr1", "5", "9", "x"], ["chr2", "4900", "5000"]]
    assert [note.split(": ", 1)[1] for note in notes] == [
        "chromosomes are read by the genome's names: 1 as chr1",
        "1 of 3 regions are left out, on chrUn, which the genome lacks",
        "intervals run up to 100 bp past the end of chr2; they are cut there",
    ]


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.bed", "contig\t1\t2\n", "not one is the same"),
        ("a.bed", "chr1\t1\t2\nCHR2\t1\t2\n", "no chromosome 'CHR2'; did you mean chr2"),
        ("a.bed", "chr1\t1\t2\nchr2\t1\t9000\n", "line 2: chr2:1-9000 is not in the genome"),
        ("a.bedpe", "chr1\t1\t2\tchr2\t1\t2\n", "line 1: the ends lie on chr1 and chr2"),
        ("a.bedpe", "chr1\t1\t2\tchr1\t1\n", "line 1: expected chromosome, start and end"),
        ("a.bedpe", "chr2\t1\t2\tchr2\t1\t9000\n", "line 1: chr2:1-9000 is not in the genome"),
    ],
)
def test_own_tracks_that_fit_nowhere_are_refused(tmp_path: Path, name: str, text: str, sentence: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=sentence):
        extra.read(tmp_path / name, SIZES)


def test_check_looks_at_them_before_anything_runs(world: Path, check: Callable[..., Any]) -> None:
    (world / "own.bed").write_text("Chr1\t1\t2\n")
    path = table(world, row(CellType="k-562", measuredGeneEnsemblId="ENSG00000000003.1"))
    said = check(world, crispri=str(path), extra_track=f"own={world}/own.bed")
    assert said.code == 2 and len(said.errors) == 2
    assert "none of K562; did you mean k-562?" in said.errors[0] and "did you mean chr1?" in said.errors[1]
    (world / "own.bed").write_text("1\t1\t2\n")
    path = table(world, row(measuredGeneEnsemblId="ENSG00000000003.1"))
    good = check(world, crispri=str(path), extra_track=f"own={world}/own.bed")
    assert good.code == 0 and "1 of 1 pairs are of genes of the genome" in good.out and "1 as chr1" in good.out


def test_check_looks_at_the_truth_of_every_cell(world: Path, check: Callable[..., Any]) -> None:
    truth = world / "truth"
    truth.mkdir()
    assert "no truth for cell K562" in check(world, truth=str(truth)).errors[0]
    for name in ("R_g", "K562.R_m"):
        (truth / f"{name}.bed").write_text("chr1\t100\t200\te1\n")
    (truth / "K562.R_ag.bed").write_text("chr1\t100\t200\tno_gene\n")
    assert "none of its genes (no_gene) is a gene of the genome" in check(world, truth=str(truth)).errors[0]
    (truth / "K562.R_ag.bed").write_text("chr1\t100\t200\tENSG00000000003\n")
    assert check(world, truth=str(truth)).code == 0
