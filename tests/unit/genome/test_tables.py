"""Tables as the tools of the field leave them: read whole and right, or refused with the line."""

import gzip

import pytest

from seq2exp_py.errors import InputError, meant
from seq2exp_py.genome import lines, tables
from seq2exp_py.notes import kept


def table(folder, text, name="t.tsv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("GM12878\tK562\nENSG00000000001\t9\t1\nENSG00000000002\t8\t2\n", ["row names", "GM12878", "K562"]),
        ('"GM12878" "K562"\n"MYC" 9 1\n"TP53" 8 2\n', ["row names", "GM12878", "K562"]),
        ("gene_id,K562\n1,ENSG00000000001,1\n2,ENSG00000000002,2\n", ["row names", "gene_id", "K562"]),
        ('"symbol"\t"K562"\n"1"\t"MYC"\t1\n"2"\t"TP53"\t2\n', ["row names", "symbol", "K562"]),
    ],
)
def test_a_header_one_name_short_is_read_as_r_wrote_it_and_said(tmp_path, text, columns):
    with kept() as notes:
        found = tables.read(table(tmp_path, text))
    assert list(found.columns) == columns and found.K562.tolist() == ["1", "2"] and found.index.tolist() == [2, 3]
    assert len(notes) == 1 and "one name short, as R leaves it" in notes[0]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("gene_id,K562\nENSG00000000001,1,5\nENSG00000000002,2,5\n", r"line 2 has 3 fields, the header 2 .*a decimal comma\?"),
        ("gene_id,K562\nENSG00000000001,1\nENSG00000000002,2,5\n", r"line 3 has 3 fields, the header 2 \(gene_id, K562\)"),
        ("gene\tA\nENSG00000000001\t5\t7\nENSG00000000002\t6\t8\n", "line 2 has 3 fields, the header 2"),
        ("gene_id\tA\tB\n# half\nENSG00000000001\t5\n", "line 3 has 2 fields, the header 3"),
        ("A\tB\nx\t1\t2\nx\t3\t4\n", "line 2 has 3 fields"),  # row names are unlike each other
        ("A\tB\n1.5\t1\t2\n2.5\t3\t4\n", "line 2 has 3 fields"),  # and no numbers
        ("gene_id\tK562\tK562\nE\t1\t2\n", "names column 'K562' twice"),
        ('gene_id\tK562\nE\t1\n"F\t2\n', "line 3 has a quotation mark that does not pair"),
        (b"gene_id\tK562\nE\t1\nF\0\t2\n", "line 3 holds a NUL byte"),
        ("gene_id\tµ\nE\t1\n".encode("latin-1"), "line 1 is no UTF-8 text"),
        ("", "is empty"),
        ("\n\n", "is empty"),
    ],
)
def test_a_line_that_does_not_fit_its_header_is_refused(tmp_path, text, sentence):
    with pytest.raises(InputError, match=sentence):
        tables.read(table(tmp_path, text))


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbfgene_id,K562\r\nA,1\r\nB,2\r\n",
        b"gene_id\tK562\rA\t1\rB\t2\r",
        "gene_id\tK562\nA\t1\nB\t2\n".encode("utf-16"),
        gzip.compress(b"gene_id;K562\nA;1\nB;2", mtime=0),
        b"gene_id\tK562\t\nA\t1\t\nB\t2\t\n",
        b"# made by x\n#y\n\ngene_id\tK562\nA\t1\n# half\n\nB\t2\n",
        b"#gene_id\tK562\nA\t1\nB\t2\n",
        b'"gene_id", "K562"\n"A", 1\n "B",2\n',
    ],
)
def test_line_ends_encodings_separators_quotes_and_comments_do_not_matter(tmp_path, text):
    found = tables.read(table(tmp_path, text))
    assert found.gene_id.tolist() == ["A", "B"] and found.K562.tolist() == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("ENSG00000000001.3\t12\nENSG00000000002.1\t0\n", 2, [1, 2]),
        ("# counts\nMYC\t12\t3\nTP53\t0\t1\n", 3, [2, 3]),
        ("ENSG00000000001,train\nENSG00000000002,test\n", 2, [1, 2]),
    ],
)
def test_a_first_line_of_data_is_no_header(tmp_path, text, columns, lines):
    with kept() as notes:
        found = tables.read(table(tmp_path, text))
    assert list(found.columns) == [f"column {i + 1}" for i in range(columns)] and found.index.tolist() == lines
    assert "has no header" in notes[0]


def test_gct_says_how_many_rows_it_has(tmp_path):
    good = "#1.2\t\t\n2\t1\t\nName\tDescription\tK562\nENSG1.3\tMYC\t1\nENSG2.1\tTP53\t2\n"
    found = tables.read(table(tmp_path, good))
    assert list(found.columns) == ["Name", "Description", "K562"] and found.K562.tolist() == ["1", "2"]
    with pytest.raises(InputError, match="line 2 says 2 rows, the file has 1; copy it again"):
        tables.read(table(tmp_path, good.rsplit("\n", 2)[0] + "\n"))
    with pytest.raises(InputError, match="is no GCT"):
        tables.read(table(tmp_path, "#1.2\nName\tDescription\n"))


def test_versions_are_stripped_and_the_copies_on_chr_y_keep_their_name(tmp_path):
    ids = ["ENSG00000223972.5_2", "ENSG00000182378.15_PAR_Y", "ENSMUSG00000051951.6", "ENSG00000000003", "RP11-34P13.7", "ENSX.y"]
    found = tables.read(table(tmp_path, "gene_id\n" + "\n".join(ids)))
    assert tables.unversioned(found.gene_id).tolist() == [
        *("ENSG00000223972", "ENSG00000182378_PAR_Y", "ENSMUSG00000051951", "ENSG00000000003", "RP11-34P13.7", "ENSX.y")
    ]


def test_true_and_false_in_every_usual_spelling(tmp_path):
    yes, no = "TRUE True true T t 1 1.0 yes Y".split(), "FALSE False false F f 0 0.0 no N NA".split()
    frame = tables.read(table(tmp_path, "gene\tv\n" + "".join(f"g\t{word}\n" for word in [*yes, *no])))
    assert tables.truths(frame, "v", tmp_path).tolist() == [True] * len(yes) + [False] * len(no)
    frame = tables.read(table(tmp_path, "gene\tv\ng\tTRUE\ng\tmaybe\n"))
    with pytest.raises(InputError, match="line 3: v is 'maybe', expected TRUE or FALSE"):
        tables.truths(frame, "v", tmp_path)


def test_numbers_are_finite_or_missing_and_have_a_point(tmp_path):
    frame = tables.read(table(tmp_path, "gene\ta\tb\tc\ng\t1e3\t1,5\t1e999\nh\tNA\t2\t3\n"))
    assert tables.numbers(frame, "a", tmp_path).fillna(-1).tolist() == [1000, -1]
    with pytest.raises(InputError, match=r"line 2: b is '1,5', expected a number \(a decimal point, not a comma\)"):
        tables.numbers(frame, "b", tmp_path)
    with pytest.raises(InputError, match="line 2: c is '1e999', expected a number"):
        tables.numbers(frame, "c", tmp_path)
    with pytest.raises(InputError, match="line 2: c is '1e999', expected a whole number"):
        tables.integers(frame, "c", tmp_path)


def test_a_missing_column_is_guessed(tmp_path):
    frame = tables.read(table(tmp_path, "gene_id\tK562_rpm\nA\t1\n"))
    with pytest.raises(InputError, match="no column k562-rpm; its columns are gene_id, K562_rpm; did you mean K562_rpm"):
        tables.need(frame, tmp_path, "k562-rpm")
    assert meant("HepG2", ["K562", "GM12878"]) == ""


def test_truncated_and_missing_files(tmp_path):
    packed = gzip.compress(b"gene_id\tK562\nA\t1\n" * 1000)
    with pytest.raises(InputError, match="truncated or damaged"):
        tables.read(table(tmp_path, packed[:-20]))
    with pytest.raises(InputError, match="no such file"):
        tables.read(tmp_path / "absent.tsv")
    with pytest.raises(InputError, match="cannot be read"):
        tables.read(tmp_path)


def test_numbered_lines_keep_the_numbers_of_the_file(tmp_path):
    path = table(tmp_path, "track name=x\n\n#c\nchr1\t1\n#d\ntracker\t2\n")
    assert list(lines.numbered(path)) == [(4, "chr1\t1"), (6, "tracker\t2")]
