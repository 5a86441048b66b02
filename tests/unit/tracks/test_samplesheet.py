import json
from pathlib import Path

import jsonschema
import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.tracks import samplesheet

ROOT = Path(__file__).parents[3]


def sheet(folder: Path, text: str | bytes) -> Path:
    for name in ("a.bw", "b.bw", "e.tsv", "m.cool", "m.mcool", "x.bam", "x.bai"):
        (folder / name).touch()
    path = folder / "samplesheet.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(folder: Path, text: str | bytes, **options: object) -> list[str]:
    with pytest.raises(InputError) as error:
        samplesheet.read(sheet(folder, text), **options)  # type: ignore[arg-type]
    return str(error.value).splitlines()


def test_committed_schema_is_the_models() -> None:
    assert json.loads((ROOT / "assets/schema_input.json").read_text()) == samplesheet.schema()


def test_schema_is_draft_2020_12_and_accepts_and_refuses_rows() -> None:
    jsonschema.Draft202012Validator.check_schema(samplesheet.schema())
    validator = jsonschema.Draft202012Validator(samplesheet.schema())
    row = {"cell": "K562", "assay": "DNase", "path": "a.bw"}
    assert validator.is_valid([row, {**row, "path": "b.bw", "replicate": 2, "format": "bigwig", "chromosomes": "match"}])
    for wrong in ({"cell": "K 562"}, {"assay": ""}, {"format": "bw"}, {"replicate": 0}, {"chromosomes": "yes"}):
        assert not validator.is_valid([{**row, **wrong}])
    assert not validator.is_valid([{"cell": "K562", "assay": "DNase"}])


def test_every_column_of_the_schema_says_what_is_allowed() -> None:
    assert all(field["errorMessage"] for field in samplesheet.schema()["items"]["properties"].values())


def test_rows_have_absolute_paths_formats_and_lines(tmp_path: Path) -> None:
    found = samplesheet.read(sheet(tmp_path, "cell,assay,path\nK562,DNase,a.bw\n\nK562,HiC,m.mcool::/resolutions/5000\n"))
    dnase, hic = found.rows()
    assert (dnase.path, dnase.format, dnase.line, dnase.replicate) == (tmp_path / "a.bw", "bigwig", 2, 1)
    assert (str(hic.path), hic.format, hic.line) == (f"{tmp_path}/m.mcool::/resolutions/5000", "mcool", 4)


def test_mark_crlf_blank_lines_spaces_and_column_order_do_not_matter(tmp_path: Path) -> None:
    plain = samplesheet.read(sheet(tmp_path, "cell,assay,path,replicate\nK562,DNase,a.bw,2\nGM12878,DNase,b.bw,\n"))
    odd = b"\xef\xbb\xbfpath,replicate,assay,cell\r\n\r\n a.bw ,2,DNase,K562\r\n,,,\r\nb.bw,,DNase,GM12878\r\n"
    found = samplesheet.read(sheet(tmp_path, odd))
    assert [row.model_dump(exclude={"line"}) for row in found.rows()] == [row.model_dump(exclude={"line"}) for row in plain.rows()]
    assert [row.line for row in found.rows()] == [3, 5]


def test_columns_that_are_not_used_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samplesheet.read(sheet(tmp_path, "cell,assay,path,batch,lab\nK562,DNase,a.bw,1,x\n"))
    assert "batch, lab" in capsys.readouterr().err


def test_every_bad_row_has_its_own_sentence_with_line_column_value_and_rule(tmp_path: Path) -> None:
    rows = ["K 562,DNase,a.bw,,,", "K562,,a.bw,,,", "K562,DNase,a.bw,,0,maybe", "K562,DNase,b.bw,,,"]
    text = "\n".join(["cell,assay,path,format,replicate,chromosomes", *rows])
    lines = refusal(tmp_path, text)
    assert len(lines) == 4
    assert "line 2, column 'cell': 'K 562' is not allowed; expected a name of letters" in lines[0]
    assert "line 3, column 'assay': is empty; expected HiC, expression" in lines[1]
    assert "line 4, column 'replicate': '0' is not allowed; expected a whole number from 1" in lines[2]
    assert "line 4, column 'chromosomes': 'maybe' is not allowed; expected exact or match" in lines[3]
    assert all(line.startswith(str(tmp_path / "samplesheet.csv")) for line in lines)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty; expected a header"),
        ("cell,assay,path\n", "has a header and no rows"),
        ("cell,path\nK562,a.bw\n", "line 1: has no column 'assay'; its columns are cell, path"),
        ("cell;assay;path\nK562;DNase;a.bw\n", "its columns are cell;assay;path"),
        ("cell,assay,path,path\nK562,DNase,a.bw,a.bw\n", "names column 'path' twice"),
        ("cell,assay,path\nK562,DNase\n", "line 2: has 2 fields; expected 3"),
        ("cell,assay,path\nK562,DNase,a.bw,x\n", "line 2: has 4 fields; expected 3"),
        ("cell,assay,path\nK562,DNase,none.bw\n", "line 2, column 'path': 'none.bw' does not exist"),
        ("cell,assay,path\nK562,DNase,https://x.org/a.bw\n", "'https:/x.org/a.bw' is an address; download it first"),
        ("cell,assay,path,index\nK562,DNase,x.bam,y.bai\n", "line 2, column 'index': 'y.bai' does not exist"),
        ("cell,assay,path\nK562,DNase,m.cool\n", "column 'format': is empty, and the name 'm.cool' tells no format of assay DNase"),
        (
            "cell,assay,path,format\nK562,HiC,m.cool,bam\n",
            "'bam' is not a format of assay HiC; expected one of cool, mcool, hic, bedpe",
        ),
        ("cell,assay,path\nK562,DNase,a.bw\nK562,DNase,a.bw\n", "line 3: K562 DNase is already in line 2; remove one of them"),
        ("cell,assay,path\nK562,HiC,m.cool\nK562,HiC,m.mcool\n", "line 3: K562 HiC is already in line 2; expected one HiC file"),
        (b"cell,assay,path\nK562,DNase,\xff.bw\n", "is not a CSV text file in UTF-8"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path: Path, text: str | bytes, sentence: str) -> None:
    lines = refusal(tmp_path, text)
    assert len(lines) == 1 and sentence in lines[0]


def test_unknown_cell_is_refused_with_the_cells_there_are(tmp_path: Path) -> None:
    (line,) = refusal(tmp_path, "cell,assay,path\nK562,DNase,a.bw\nGM12878,DNase,b.bw\n", cells=["HepG2"])
    assert "has no cell 'HepG2'; its cells are K562, GM12878" in line


def test_missing_samplesheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file; expected a samplesheet"):
        samplesheet.read(tmp_path / "none.csv")


def test_only_files_of_chosen_cells_need_to_exist(tmp_path: Path) -> None:
    found = samplesheet.read(sheet(tmp_path, "cell,assay,path\nK562,DNase,a.bw\nGM12878,DNase,none.bw\n"), cells=["K562"])
    assert found.cells == ("K562",) and len(found.rows()) == 1


def test_signals_come_in_canonical_order_and_replicates_together(tmp_path: Path) -> None:
    text = "cell,assay,path\nA,ATAC,a.bw\nA,DNase,a.bw\nA,H3K27ac,a.bw\nA,DNase,b.bw\nA,expression,e.tsv\nB,DNase,a.bw\n"
    found = samplesheet.read(sheet(tmp_path, text))
    assert found.signals("A") == ("H3K27ac", "DNase", "ATAC")
    assert [row.path.name for row in found.rows("A", "DNase")] == ["a.bw", "b.bw"]
    assert found.cells == ("A", "B")


@pytest.mark.parametrize(
    ("assay", "meant"),
    [
        *(("dnase", "DNase"), ("DNAse", "DNase"), ("DNase-seq", "DNase"), ("DHS", "DNase"), ("Dnsae", "DNase")),
        *(("H3K27AC", "H3K27ac"), ("h3k27ac", "H3K27ac"), ("H3K27ac_ChIP-seq", "H3K27ac"), ("H3K27a", "H3K27ac")),
        *(("hic", "HiC"), ("Hi-C", "HiC"), ("HIC", "HiC"), ("micro-c", "HiC"), ("atac-seq", "ATAC"), ("Atac", "ATAC")),
        *(("Expression", "expression"), ("expresion", "expression"), ("Peaks", "peaks"), ("peak", "peaks"), ("abc", "ABC")),
    ],
)
def test_near_misses_of_assays_are_refused_with_a_guess(tmp_path: Path, assay: str, meant: str) -> None:
    text = f"cell,assay,path,format\nK562,{assay},a.bw,bigwig\n"
    found = refusal(tmp_path, text)
    assert f"'{assay}' is no known assay; did you mean {meant}? Write it so, or give --allow-unknown-assays" in found[0]
    sheet(tmp_path, text)
    assert samplesheet.read(tmp_path / "samplesheet.csv", unknown_assays=True).signals() == (assay,)


@pytest.mark.parametrize(
    "assay", ["H3K9ac", "H3K27me3", "H3K4me1", "H3K23ac", "H3K18ac", "CTCF", "CAGE", "MNase", "FAIRE", "POLR2A", "RNA"]
)
def test_other_assays_are_tracks(tmp_path: Path, assay: str) -> None:
    assert samplesheet.read(sheet(tmp_path, f"cell,assay,path\nK562,{assay},a.bw\n")).signals() == (assay,)


def test_near_misses_of_cells_and_columns_are_refused(tmp_path: Path) -> None:
    two = refusal(tmp_path, "cell,assay,path\nK562,DNase,a.bw\nk562,H3K27ac,b.bw\n")
    assert two == [f"{tmp_path}/samplesheet.csv, line 3, column 'cell': 'k562' is 'K562' in line 2; name it one way"]
    (one,) = refusal(tmp_path, "cell,assay,path\nK562,DNase,a.bw\n", cells=["k562"])
    assert one.endswith("has no cell 'k562'; its cells are K562; did you mean K562?")
    (column,) = refusal(tmp_path, "cell,assay,path,replicates\nK562,DNase,a.bw,2\n")
    assert column.endswith("line 1: 'replicates' is no column of a samplesheet; did you mean replicate?")
    (missing,) = refusal(tmp_path, "Cell,assay,path\nK562,DNase,a.bw\n")
    assert missing.endswith("has no column 'cell'; its columns are Cell, assay, path; did you mean Cell?")
