"""What CHECK says of genome, genes, blacklist, splits and features is what PREPARE_GENOME does: both read `Reference`."""

import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.genome import annotation, blacklist, places
from seq2exp_py.genome.options import ReferenceOptions
from seq2exp_py.genome.reference import Reference
from seq2exp_py.notes import kept

SIZES = {"chr1": 10_000, "chr2": 5_000, "chrX": 3_000, "chrY": 3_000}


def given(folder, **texts):
    names = {"genes": "g.bed", "blacklist": "b.bed", "features": "f.tsv", "sizes": "s.sizes"}
    paths = {}
    for name, text in {"genes": "chr1\t10\t90\tA\t0\t+\n", **texts}.items():
        if name in names:
            paths[name] = folder / names[name]
            paths[name].write_text(text)
    options = {name: value for name, value in texts.items() if name not in names}
    return ReferenceOptions(fasta=folder / "x.fa", **paths, **options)


def read(folder, **texts):
    problems = []
    with kept() as notes:
        found = Reference.read(given(folder, **texts), SIZES, problems)
    return found, problems, notes


def test_everything_that_is_wrong_is_said_together(tmp_path):
    texts = {
        "genes": "chr1\t10\t90\tA\t0\t.\n",
        "blacklist": "chr1\t5\t4\n",
        "features": "gene_id\tx\nA\t1\n",
        "sizes": "chr1\t9\n",
    }
    _, problems, _ = read(tmp_path, **texts)
    assert [p.split(": ")[0].rsplit("/", 1)[1] for p in problems] == ["s.sizes", "g.bed", "b.bed", "f.tsv"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("chrom\tstart\tend\tgene_id\tstrand\ttss\nchr1\t10\t90\tA\t+\t10000\n", "line 2: gene A .* lies past the 10000 bp"),
        ("chr1\t9900\t10001\tA\t0\t-\n", "line 1: gene A .* lies past the 10000 bp"),
        ("1\t10\t90\tA\t0\t+\nchr2\t1\t9\tB\t0\t+\n", "give --chromosomes match"),
        ("Chr1\t10\t90\tA\t0\t+\nchr2\t1\t9\tB\t0\t+\n", "no chromosome 'Chr1'; did you mean chr1"),
    ],
)
def test_genes_that_do_not_fit_are_refused(tmp_path, text, words):
    _, problems, _ = read(tmp_path, genes=text)
    assert len(problems) == 1
    with pytest.raises(InputError, match=words):
        annotation.read_genes(given(tmp_path, genes=text).genes, sizes=SIZES)


def test_a_blacklist_is_put_on_the_genome_with_what_is_left_out_or_cut_said(tmp_path):
    text = "1\t100\t200\nchrUn\t5\t9\n2\t4900\t5100\n2\t5200\t5300\n"
    found, problems, notes = read(tmp_path, blacklist=text, chromosomes="match")
    assert not problems and found.excluded.values.tolist() == [["chr1", 100, 200], ["chr2", 4900, 5000]]
    said = [note.split(": ", 1)[1] for note in notes]
    assert said == [
        "1 of 4 regions are left out, on chrUn, which the genome lacks",
        "intervals run up to 300 bp past the end of chr2; they are cut there",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1\t100\t200\n", "its chromosomes are 1, the genome's are .*: give --chromosomes match"),
        ("contig7\t100\t200\n", "not one is the same"),
        ("chr1\t100\t200\nchr 2\t5\t9\n", "no chromosome 'chr 2'; did you mean chr2"),
        ("chr2\t4900\t5501\n", "chr2:4900-5501 ends past the 5000 bp of its chromosome"),
    ],
)
def test_a_blacklist_that_fits_nowhere_is_refused(tmp_path, text, words):
    with pytest.raises(InputError, match=words):
        places.on_genome(blacklist.read(given(tmp_path, blacklist=text).blacklist), SIZES, tmp_path)


def test_a_feature_table_is_counted_against_the_genes(tmp_path):
    columns = ["utr5_length", "cds_length", "intron_length", "utr3_length", "utr5_gc", "cds_gc", "utr3_gc", "exon_density"]
    table = "gene_id\t" + "\t".join(columns) + "\n{}" + "\t1" * 8 + "\n"
    genes = "chr1\t10\t90\tA\t0\t+\nchr1\t110\t190\tB\t0\t+\n"
    _, problems, notes = read(tmp_path, genes=genes, features=table.format("B"))
    assert not problems and notes[0].endswith("mRNA features of 1 of 2 genes; those of the others are the mean")
    _, problems, _ = read(tmp_path, genes=genes, features=table.format("C"))
    assert "none of its genes (C) is in" in problems[0]


def gtf(*rows):
    lines = []
    for chrom, feature, start, end, strand, gene, transcript in rows:
        said = f'gene_id "{gene}"; transcript_id "{transcript}"; gene_name "{gene}";'
        lines.append(f"{chrom}\tx\t{feature}\t{start + 1}\t{end}\t.\t{strand}\t.\t{said}\n")
    return "# made by hand\n" + "".join(lines)


def places_of(path, **options):
    return {g.gene_id: (str(g.body), str(g.strand), g.tss) for g in annotation.read_genes(path, sizes=SIZES, **options)}


CASES = {
    "apart on both strands": (
        [("chr1", "exon", 0, 100, "+", "SSX4", "t1"), ("chr1", "exon", 900, 1000, "-", "SSX4", "t2")],
        {"SSX4": ("chr1:0-100", "+", 0), "SSX4_2": ("chr1:900-1000", "-", 999)},
    ),
    "apart on one strand": (
        [("chr1", "transcript", 0, 100, "+", "DUX", "t1"), ("chr1", "transcript", 900, 1000, "+", "DUX", "t2")],
        {"DUX": ("chr1:0-100", "+", 0), "DUX_2": ("chr1:900-1000", "+", 900)},
    ),
    "two chromosomes": (
        [("chr2", "exon", 0, 100, "+", "U6", "t1"), ("chr1", "exon", 0, 100, "+", "U6", "t2")],
        {"U6": ("chr2:0-100", "+", 0), "U6_2": ("chr1:0-100", "+", 0)},
    ),
    "X and Y": (
        [("chrX", "exon", 0, 100, "+", "PLCXD1", "t1"), ("chrY", "exon", 0, 100, "+", "PLCXD1", "t2")],
        {"PLCXD1": ("chrX:0-100", "+", 0), "PLCXD1_PAR_Y": ("chrY:0-100", "+", 0)},
    ),
    "an alternate contig": (
        [("chr6_alt", "exon", 0, 100, "-", "HLA", "t1"), ("chr1", "exon", 50, 100, "+", "HLA", "t2")],
        {"HLA": ("chr1:50-100", "+", 50)},
    ),
    "transcripts that overlap": (
        [
            ("chr1", "exon", 0, 100, "+", "MYC", "t1"),
            ("chr1", "exon", 300, 400, "+", "MYC", "t1"),
            ("chr1", "exon", 200, 500, "+", "MYC", "t2"),
        ],
        {"MYC": ("chr1:0-500", "+", 0)},
    ),
    "transcripts of one Ensembl gene": (
        [("chr1", "exon", 0, 100, "+", "ENSG00000000001.3", "t1"), ("chr1", "exon", 300, 400, "+", "ENSG00000000001.3", "t2")],
        {"ENSG00000000001": ("chr1:0-400", "+", 0)},
    ),
    "gene rows beside genes without one": (
        [
            ("chr1", "gene", 0, 100, "+", "A", ""),
            ("chr1", "exon", 0, 100, "+", "A", "t1"),
            ("chr1", "exon", 300, 400, "-", "B", "t2"),
        ],
        {"A": ("chr1:0-100", "+", 0), "B": ("chr1:300-400", "-", 399)},
    ),
    "gene rows of one name": (
        [
            ("chr1", "gene", 0, 100, "+", "A", ""),
            ("chr1", "gene", 500, 600, "+", "A", ""),
            ("chr1", "exon", 500, 600, "+", "A", "t"),
        ],
        {"A": ("chr1:0-100", "+", 0), "A_2": ("chr1:500-600", "+", 500)},
    ),
    "a name that is taken": (
        [
            ("chr1", "exon", 0, 100, "+", "A", "1"),
            ("chr2", "exon", 0, 9, "+", "A", "2"),
            ("chr1", "exon", 500, 600, "+", "A_2", "3"),
        ],
        {"A": ("chr1:0-100", "+", 0), "A_2": ("chr1:500-600", "+", 500), "A_3": ("chr2:0-9", "+", 0)},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_name_at_several_places_is_several_genes(tmp_path, case):
    rows, wanted = CASES[case]
    path = tmp_path / "g.gtf"
    path.write_text(gtf(*rows))
    with kept() as notes:
        assert places_of(path) == wanted
    several = len(wanted) > len({row[5] for row in rows if row[0] in SIZES})
    assert any("names stand at several places" in note for note in notes) == several


def test_the_exons_of_each_place_keep_to_it(tmp_path):
    path = tmp_path / "g.gtf"
    path.write_text(gtf(*CASES["gene rows of one name"][0]))
    rows = annotation.locate(path, None, SIZES)
    assert rows[rows.feature == "exon"].gene_id.tolist() == ["A_2"]
    assert {g.name for g in annotation.genes(rows, path)} == {"A"}  # both have the expression of the name


def test_lines_are_those_of_the_file_also_without_gene_rows(tmp_path):
    path = tmp_path / "g.gtf"
    path.write_text(gtf(("chr1", "exon", 0, 9, "+", "A", "t1"), ("chr2", "exon", 4000, 5001, "+", "B", "t2")))
    with pytest.raises(InputError, match=r"line 3: gene B .* lies past the 5000 bp"):
        places_of(path)


def test_attributes_without_quotation_marks_are_read(tmp_path):
    path = tmp_path / "g.gtf"
    path.write_text("chr1\tx\tgene\t1\t9\t.\t+\t.\tgene_id ENSG01.2; gene_name AAA; gene_type protein_coding\n")
    (gene,) = annotation.read_genes(path)
    assert (gene.gene_id, gene.name) == ("ENSG01", "AAA")
