"""Nextflow and the package read one samplesheet alike: the same rows with the same files, or both refuse it."""

import json
import subprocess
from pathlib import Path

import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.tracks.samplesheet import read

pytestmark = pytest.mark.pipeline
SCRIPT = Path(__file__).parent / "read_sheets.nf"
HEAD = "cell,assay,path\n"
ROWS = "K562,DNase,signal.bw\nK562,expression,expression.tsv\n"
READ: dict[str, str | bytes] = {
    "plain": HEAD + ROWS,
    "no newline at the end": HEAD + ROWS.rstrip(),
    "crlf": (HEAD + ROWS).replace("\n", "\r\n"),
    "cr of old macs": (HEAD + ROWS).replace("\n", "\r"),
    "byte order mark": "\ufeff" + HEAD + ROWS,
    "blank lines": "\n" + HEAD + "\n   \n,,\n" + ROWS + "\n\n",
    "comments": "# made by hand\n" + HEAD + "#K562,ATAC,absent.bw\n # and\n" + ROWS + '"# quoted",DNase,absent.bw\n',
    "spaces around fields": "cell , assay, path\n" + ROWS.replace(",", " , "),
    "spaces inside quotes": HEAD + '" K562 ",DNase,signal.bw\n',
    "quotes": '"cell","assay","path"\n"K562","DNase","signal.bw"\n',
    "comma and quote in a name": HEAD + 'K562,DNase,"a ""b"", c.bw"\n',
    "other order and column": "path,note,assay,cell\nsignal.bw,x,DNase,K562\n",
    "short rows": "cell,assay,path,index,format\nK562,DNase,signal.bw\nK562,expression,expression.tsv,,\n",
    "replicates": "cell,assay,path,replicate\nK562,DNase,signal.bw,01\nK562,DNase,x y.bw,2\n",
    "letters of other scripts": HEAD + "K562,DNase,é ω.bw\n",
    "place in a file": HEAD + "K562,HiC,maps.mcool::/resolutions/5000\n",
    "fragments": "cell,assay,path,barcodes,label\nT,fragments,fragments.tsv.gz,labels.tsv::type,CD4 T\n"
    "B,fragments,fragments.tsv.gz,labels.tsv\n",
    "given index": "cell,assay,path,index\nK562,DNase,reads.bam,other.bai\n",
}
REFUSED: dict[str, str | bytes] = {
    "empty": "",
    "header alone": HEAD,
    "comments alone": "# cell,assay,path\n",
    "no header": ROWS,
    "semicolons": (HEAD + ROWS).replace(",", ";"),
    "tabs": (HEAD + ROWS).replace(",", "\t"),
    "column twice": "cell,assay,path,path\nK562,DNase,signal.bw,signal.bw\n",
    "too many fields": HEAD + "K562,DNase,signal.bw,\n",
    "too few fields": HEAD + "K562,DNase\n",
    "empty path": HEAD + "K562,DNase,\n",
    "cell with a space": HEAD + "K 562,DNase,signal.bw\n",
    "path of a variable": HEAD + "K562,DNase,a$HOME.bw\n",
    "path like an option": HEAD + "K562,DNase,-x.bw\n",
    "blank line before": HEAD + "\nK562,DNase,\n",
    "no assay": "cell,path\nK562,signal.bw\n",
    "quote after a space": HEAD + 'K562, "DNase",signal.bw\n',
    "quote left open": HEAD + 'K562,DNase,"signal.bw\n',
    "text after a quote": HEAD + 'K562,DNase,"signal".bw\n',
    "absent file": HEAD + "K562,DNase,absent.bw\n",
    "absent index": "cell,assay,path,index\nK562,DNase,reads.bam,absent.bai\n",
    "absent labels": "cell,assay,path,barcodes\nT,fragments,fragments.tsv.gz,absent.tsv\n",
    "replicate 0": "cell,assay,path,replicate\nK562,DNase,signal.bw,0\n",
    "replicate of words": "cell,assay,path,replicate\nK562,DNase,signal.bw,two\n",
    "unknown format": "cell,assay,path,format\nK562,DNase,signal.bw,BIGWIG\n",
    "latin-1": (HEAD + "K562,DNase,é.bw\n").encode("latin-1"),
    "utf-16": (HEAD + ROWS).encode("utf-16"),
}
FILES = (
    "signal.bw",
    "x y.bw",
    "é ω.bw",
    'a "b", c.bw',
    "expression.tsv",
    "maps.mcool",
    "reads.bam",
    "other.bai",
    "fragments.tsv.gz",
    "labels.tsv",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder for each samplesheet, with the files that it names; the last is a link to a sheet that lies elsewhere."""
    home = tmp_path_factory.mktemp("sheets")
    for name, text in {**READ, **REFUSED}.items():
        place = home / name
        place.mkdir()
        for file in FILES:
            (place / file).write_text("")
        (place / "sheet.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    (home / "link").mkdir()
    (home / "link" / "sheet.csv").symlink_to(home / "plain" / "sheet.csv")
    return home


@pytest.fixture(scope="module")
def by_nextflow(folder, program, tmp_path_factory):
    command = [program.command, "run", str(SCRIPT), "--sheets", str(folder)]
    place = tmp_path_factory.mktemp("read")
    done = subprocess.run(command, cwd=place, env=program.env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return {found["sheet"]: found for found in map(json.loads, (x for x in done.stdout.splitlines() if x.startswith('{"sheet"')))}


def by_package(sheet: Path) -> list[list[object]]:
    rows = read(sheet).rows()
    return [[row.cell, row.assay, str(row.path).split("::")[0], row.line] for row in rows]


@pytest.mark.parametrize("name", [*READ, "link"])
def test_both_read_the_same_rows(name, folder, by_nextflow):
    found = by_nextflow[name]
    assert not found["problems"]
    assert [[cell, assay, path, line] for cell, assay, path, _, line in found["rows"]] == by_package(folder / name / "sheet.csv")


def test_an_index_that_is_named_is_the_one_both_take(folder, by_nextflow):
    row = read(folder / "given index" / "sheet.csv").rows()[0]
    assert by_nextflow["given index"]["rows"][0][3] == str(row.index) == str(folder / "given index" / "other.bai")


@pytest.mark.parametrize("name", REFUSED)
def test_both_refuse(name, folder, by_nextflow):
    assert by_nextflow[name]["problems"] and not by_nextflow[name]["rows"]
    with pytest.raises(InputError):
        read(folder / name / "sheet.csv")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("no assay", "sheet.csv has no column assay"),
        ("absent file", "sheet.csv line 2: there is no file 'absent.bw'"),
        ("cell with a space", "sheet.csv line 2: cell 'K 562' is not allowed"),
        ("path of a variable", "sheet.csv line 2: 'a$HOME.bw': its path holds"),
        ("path like an option", "sheet.csv line 2: '-x.bw': its path holds"),
        ("blank line before", "sheet.csv line 3: column 'path' is empty"),
    ],
)
def test_the_sentence_names_the_line(name, sentence, by_nextflow):
    assert sentence in by_nextflow[name]["problems"][0]
