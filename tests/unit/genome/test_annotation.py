import gzip

import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.genome import Gene, Interval, Strand
from seq2exp_py.genome.annotation import read_genes, read_rows

PLUS = Gene("ENSG01", "AAA", Interval("chr1", 100, 200), Strand.PLUS, 100)
MINUS = Gene("ENSG02", "BBB", Interval("chr1", 300, 450), Strand.MINUS, 449)


def write(path, lines):
    text = "\n".join("\t".join(map(str, line)) if isinstance(line, tuple) else line for line in lines) + "\n"
    if path.name.endswith(".gz"):
        with gzip.open(path, "wt") as out:
            out.write(text)
    else:
        path.write_text(text)
    return path


def gtf(feature, start, end, strand, **attributes):
    return ("chr1", "x", feature, start, end, ".", strand, ".", " ".join(f'{k} "{v}";' for k, v in attributes.items()))


def gff(feature, start, end, strand, **attributes):
    return ("chr1", "x", feature, start, end, ".", strand, ".", ";".join(f"{k}={v}" for k, v in attributes.items()))


GTF = [
    "#!genome-build GRCh38",
    gtf("gene", 301, 450, "-", gene_id="ENSG02.11", gene_type="protein_coding", gene_name="BBB"),
    gtf("gene", 101, 200, "+", gene_id="ENSG01.3", gene_type="protein_coding", gene_name="AAA"),
    gtf("transcript", 101, 200, "+", gene_id="ENSG01.3", transcript_id="ENST01.1", gene_type="protein_coding", gene_name="AAA"),
    gtf("exon", 101, 200, "+", gene_id="ENSG01.3", transcript_id="ENST01.1", gene_type="protein_coding", gene_name="AAA"),
    gtf("gene", 501, 600, "+", gene_id="ENSG03.1", gene_type="lncRNA", gene_name="CCC"),
]


@pytest.mark.parametrize("name", ["g.gtf", "g.gtf.gz"])
def test_gtf_genes_have_the_tss_of_their_strand_and_ids_without_version(tmp_path, name):
    assert read_genes(write(tmp_path / name, GTF)) == [PLUS, MINUS]


def test_gene_type_chooses(tmp_path):
    path = write(tmp_path / "g.gtf", GTF)
    assert [g.gene_id for g in read_genes(path, gene_type=None)] == ["ENSG01", "ENSG02", "ENSG03"]
    assert [g.gene_id for g in read_genes(path, "lncRNA")] == ["ENSG03"]
    with pytest.raises(InputError, match="no gene of type tRNA; its types are lncRNA, protein_coding"):
        read_genes(path, "tRNA")


def test_an_id_with_gene_rows_of_two_types_is_the_gene_of_the_type_that_is_kept(tmp_path):
    other = gtf("gene", 101, 900, "+", gene_id="ENSG01", gene_type="lncRNA", gene_name="AAA")
    assert read_genes(write(tmp_path / "g.gtf", [other, *GTF])) == [PLUS, MINUS]


def test_a_gtf_without_gene_rows_gives_the_extent_of_each_gene(tmp_path):
    lines = [
        gtf("transcript", 101, 180, "+", gene_id="ENSG01", transcript_id="T1", gene_name="AAA"),
        gtf("transcript", 131, 200, "+", gene_id="ENSG01", transcript_id="T2", gene_name="AAA"),
        gtf("exon", 301, 450, "-", gene_id="ENSG02", transcript_id="T3", gene_name="BBB"),
    ]
    assert read_genes(write(tmp_path / "g.gtf", lines)) == [PLUS, MINUS]


def test_gff3_of_ensembl_and_of_gencode(tmp_path):
    ensembl = [
        "##gff-version 3",
        gff("gene", 101, 200, "+", ID="gene:ENSG01", Name="AAA", biotype="protein_coding", gene_id="ENSG01", version=3),
        gff("mRNA", 101, 200, "+", ID="transcript:ENST01", Parent="gene:ENSG01", biotype="protein_coding"),
        gff("exon", 101, 150, "+", Parent="transcript:ENST01", Name="E1"),
        gff("CDS", 111, 150, "+", ID="CDS:P1", Parent="transcript:ENST01"),
        gff("gene", 301, 450, "-", ID="gene:ENSG02", Name="BBB", biotype="protein_coding", gene_id="ENSG02"),
    ]
    path = write(tmp_path / "e.gff3", ensembl)
    assert read_genes(path) == [PLUS, MINUS]
    parts = read_rows(path).query("feature in ('exon', 'cds')")
    assert parts.gene_id.tolist() == ["ENSG01", "ENSG01"]
    assert parts.transcript_id.tolist() == ["transcript:ENST01"] * 2
    gencode = [
        gff("gene", 101, 200, "+", ID="ENSG01.3", gene_id="ENSG01.3", gene_type="protein_coding", gene_name="AAA"),
        gff("gene", 301, 450, "-", ID="ENSG02.1", gene_id="ENSG02.1", gene_type="protein_coding", gene_name="BBB"),
        gff("exon", 301, 450, "-", ID="exon:1", Parent="ENST02.1", gene_id="ENSG02.1", transcript_id="ENST02.1"),
    ]
    path = write(tmp_path / "g.gff3.gz", gencode)
    assert read_genes(path) == [PLUS, MINUS]
    assert read_rows(path).query("feature == 'exon'").gene_id.tolist() == ["ENSG02"]


def test_exons_shared_by_two_transcripts_count_for_both(tmp_path):
    lines = [
        gff("gene", 101, 200, "+", ID="gene:G", Name="G"),
        gff("mRNA", 101, 200, "+", ID="T1", Parent="gene:G"),
        gff("mRNA", 101, 200, "+", ID="T2", Parent="gene:G"),
        gff("exon", 101, 150, "+", Parent="T1,T2"),
    ]
    exons = read_rows(write(tmp_path / "g.gff3", lines)).query("feature == 'exon'")
    assert exons.transcript_id.tolist() == ["T1", "T2"]


def test_the_copies_on_chr_y_keep_their_name(tmp_path):
    lines = [gtf("gene", 101, 200, "+", gene_id="ENSG01.3"), gtf("gene", 101, 200, "+", gene_id="ENSG01.3_PAR_Y")]
    assert [g.gene_id for g in read_genes(write(tmp_path / "g.gtf", lines))] == ["ENSG01", "ENSG01_PAR_Y"]


@pytest.mark.parametrize("extra", [(), (100, 200, 0, 2, "10,20,", "0,80,")])
def test_bed_with_six_or_twelve_columns(tmp_path, extra):
    lines = ["track name=x", ("chr1", 300, 450, "ENSG02.9", 0, "-", *extra), "", ("chr1", 100, 200, "ENSG01", 0, "+", *extra)]
    found = read_genes(write(tmp_path / "g.bed.gz", lines))
    assert [(g.gene_id, g.tss, g.body.start, g.body.end) for g in found] == [("ENSG01", 100, 100, 200), ("ENSG02", 449, 300, 450)]


def test_tables_by_column_name_with_their_own_tss(tmp_path):
    header = ("chrom", "start", "end", "gene_id", "gene_name", "strand", "gene_type", "tss")
    lines = [
        header,
        ("chr1", 100, 200, "ENSG01", "AAA", "+", "protein_coding", 105),
        ("chr1", 300, 450, "ENSG02", "BBB", "-", "lncRNA", 450),
    ]
    assert read_genes(write(tmp_path / "g.tsv", lines)) == [Gene("ENSG01", "AAA", PLUS.body, Strand.PLUS, 105)]


def test_an_abc_gene_list_as_it_is(tmp_path):
    header = ("chr", "start", "end", "name", "score", "strand", "symbol", "tss", "H3K27ac.RPM.TSS1Kb", "DHS.RPM.TSS1Kb")
    lines = [header, ("chr1", 100, 200, "ENSG01", 0, "+", "ENSG01", "100.0", 1.5, 2.5)]
    assert read_genes(write(tmp_path / "GeneList.txt", lines)) == [Gene("ENSG01", "ENSG01", PLUS.body, Strand.PLUS, 100)]


def test_a_bed_with_a_commented_header_is_a_table(tmp_path):
    lines = [
        "#chr\tstart\tend\tname\tscore\tstrand\tEnsembl_ID\tgene_type",
        ("chr1", 100, 200, "AAA", 0, "+", "ENSG01", "protein_coding"),
    ]
    assert read_genes(write(tmp_path / "g.bed", lines)) == [PLUS]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (
            [("chr1", 1, 9, "ENSG7", 0, "+"), ("chr1", 2, 9, "RP.1", 0, "+"), ("chr1", 5, 9, "ENSG7.2", 0, "+")],
            r"line 3: gene ENSG7 occurs a second time \(first on line 1\)",
        ),
        (["#x", ("chr1", 1, 9, "A", 0, ".")], r"line 2: strand is '\.', expected \+ or -"),
        ([("chr1", 9, 9, "A", 0, "+")], "line 1: end is 9, expected a number past the start"),
        ([("chr1", "x", 9, "A", 0, "+")], "line 1: start is 'x', expected a whole number"),
        ([("chr1", 1, 9, "A")], "line 1 has 4 tab-separated fields, expected at least 6"),
        ([("chrom", "start", "end", "strand"), ("chr1", 1, 9, "+")], "no column gene_id or ENSID"),
        (["# nothing"], "holds no gene"),
    ],
)
def test_bad_lines_are_named(tmp_path, lines, words):
    path = write(tmp_path / "g.bed", lines)
    with pytest.raises(InputError, match=words) as error:
        read_genes(path)
    assert str(path) in str(error.value)


def test_a_gtf_that_names_a_gene_twice_is_refused_with_both_lines(tmp_path):
    path = write(tmp_path / "g.gtf", [*GTF, GTF[2]])
    with pytest.raises(InputError, match="line 7: gene ENSG01 occurs a second time \\(first on line 3\\)"):
        read_genes(path)


def test_missing_empty_and_truncated_files(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_genes(tmp_path / "g.gtf")
    with pytest.raises(InputError, match="is empty"):
        read_genes(write(tmp_path / "e.gtf", []))
    whole = write(tmp_path / "t.gtf.gz", GTF * 50).read_bytes()
    (tmp_path / "t.gtf.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="truncated or damaged"):
        read_genes(tmp_path / "t.gtf.gz")


def test_names_with_a_dot_are_no_versions(tmp_path):
    lines = [("chr1", 1, 9, "RP11-2.1", 0, "+"), ("chr1", 2, 9, "RP11-2.2", 0, "+")]
    assert [g.gene_id for g in read_genes(write(tmp_path / "g.bed", lines))] == ["RP11-2.1", "RP11-2.2"]


@pytest.mark.parametrize("name", ["x\x07y", "\x1b[31mred", "x\x7fy"])
def test_a_name_with_control_characters_is_refused(tmp_path, name):
    path = tmp_path / "genes.csv"
    path.write_text(f"chrom,start,end,gene_id,strand,gene_name\nchr1,1,9,A,+,{name}\n")
    with pytest.raises(InputError, match=r"line 2: gene_name is .*without tabs and control characters"):
        read_genes(path)
