import pytest

from seq2exp_py.errors import InputError
from seq2exp_py.genome import Gene, Interval, Strand, paper, splits
from seq2exp_py.notes import kept


def gene(name, chrom, tss):
    return Gene(name, name, Interval(chrom, tss, tss + 10), Strand.PLUS, tss)


GENES = [
    gene("ENSG1", "chr1", 1000),
    gene("b", "chr3", 1000),
    gene("c", "chr21", 1000),
    gene("d", "chr22", 1000),
    gene("e", "chrX", 1000),
]


def test_the_papers_split_is_the_default():
    assert splits.assign(splits.parse(paper.SPLITS), GENES, 100) == ["train", "valid", "valid", "test", "test"]


def test_what_trains_can_be_named():
    assert splits.assign(splits.parse("train=chr1; val=chr3; test=chrX"), GENES, 100) == ["train", "valid", "", "", "test"]


def test_a_stretch_overrides_its_chromosome():
    genes = [gene(str(t), "chrX", t) for t in (0, 999, 1000, 1999, 2000)]
    assert splits.assign(splits.parse("train=chrX;valid=chrX:1000-2000"), genes, 1) == ["train", "train", "valid", "valid", "train"]


def test_windows_are_never_seen_on_both_sides():
    genes = [gene(str(t), "chrX", t) for t in (0, 899, 901, 1000, 1500, 1999, 2000, 2098, 2099)]
    found = splits.assign(splits.parse("valid=chrX:1000-2000;train=chrX"), genes, 100)
    assert found == ["train", "train", "", "valid", "valid", "valid", "", "", "train"]


def test_validation_gives_way_to_test():
    genes = [gene(str(t), "chrX", t) for t in (0, 950, 1000, 2000)]
    assert splits.assign(splits.parse("train=chrX;valid=chrX:900-1000;test=chrX:1000-1100"), genes, 100) == [
        "train",
        "",
        "test",
        "train",
    ]


def test_separation_equals_a_slow_check():
    import numpy as np

    draw = np.random.default_rng(1)
    windows = [
        Interval(f"chr{c}", int(s), int(s) + 50) for c, s in zip(draw.integers(1, 3, 200), draw.integers(0, 9000, 200), strict=True)
    ]
    given = draw.choice(["train", "valid", "test", ""], 200, p=[0.8, 0.08, 0.08, 0.04]).tolist()
    expected = list(given)
    for held, against in (("test", ("train", "valid")), ("valid", ("train",))):
        kept = [w for w, s in zip(windows, expected, strict=True) if s == held]
        expected = ["" if s in against and any(w.overlap(k) for k in kept) else s for w, s in zip(windows, expected, strict=True)]
    assert splits.separate(given, windows) == expected != given


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("chr1,chr2", "does not name a split"),
        ("dev=chr1", "does not name a split"),
        ("", "names no chromosome"),
        ("test=chr1;valid=chr1", "chr1 is given to both test and valid"),
        ("test=chr1:5-10;valid=chr1:9-12", "chr1 is given to both test and valid"),
        ("test=chr1:10-5", "ends before it starts"),
        ("test=chr1:x-5", "is no place"),
    ],
)
def test_bad_specifications_get_a_sentence(spec, words):
    with pytest.raises(InputError, match=words):
        splits.parse(spec)


def test_a_published_split_table_by_column_name(tmp_path):
    path = tmp_path / "folds.csv"
    path.write_text(
        "ENSID,chrom,fold_1,fold_11,Gene name\nENSG1.2,chr1,test,train,A\nc,chr21,train,valid,C\n"
        "d,chr22,train,test,D\nzz,chr9,train,train,Z\n"
    )
    assert splits.read_table(path, GENES) == ["train", "", "valid", "test", ""]
    assert splits.read_table(path, GENES, "fold_1") == ["test", "", "train", "train", ""]
    with pytest.raises(InputError, match="no column fold_13"):
        splits.read_table(path, GENES, "fold_13")


def test_our_own_split_table(tmp_path):
    path = tmp_path / "s.tsv"
    path.write_text("gene_id\tsplit\nENSG1\ttrain\nb\tvalid\n\ne\t\n")
    assert splits.read_table(path, GENES) == ["train", "valid", "", "", ""]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gene_id\tsplit\nENSG1\ttrain\nb\tdev\n", "line 3: split is 'dev', expected train, valid or test"),
        ("gene_id\tsplit\nENSG1\ttrain\nENSG1.1\tvalid\n", "line 3: gene ENSG1 occurs a second time"),
        ("gene_id\tsplit\nzz\ttrain\n", "none of its genes"),
    ],
)
def test_bad_split_tables_get_a_sentence(tmp_path, text, words):
    path = tmp_path / "s.tsv"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        splits.read_table(path, GENES)


def test_an_empty_split_is_refused():
    splits.check_filled(["train", "valid"], GENES[:2], ["train", "valid"], "--splits x")
    with pytest.raises(InputError, match="--splits x: no gene is left in split test; usable genes lie on chr1, chr3"):
        splits.check_filled(["train", "valid"], GENES[:2], ["train", "valid", "test"], "--splits x")


def test_rules_take_the_names_of_the_genome_and_say_which_it_lacks():
    rules = splits.parse("train=1;valid=chr2:0-100;test=GL000")
    with kept() as notes:
        found = splits.on_genome(rules, ["chr1", "chr2"], match=True)
    assert [(rule.split, rule.chrom) for rule in found] == [("train", "chr1"), ("valid", "chr2")]
    assert notes == ["--splits: names GL000, which the genome lacks"]


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("valid=Chr1;test=chr2", "--splits: the genome has no chromosome 'Chr1'; did you mean chr1"),
        ("valid=chr1;test=CHRX", "no chromosome 'CHRX'; did you mean chrX"),
        ("valid=chr01;test=chr2", "no chromosome 'chr01'; did you mean chr1"),
        ("valid=chr1;test=2", "give --chromosomes match"),
        ("valid=scaffold_9", "not one is the same"),
    ],
)
def test_a_misspelt_chromosome_does_not_train(spec, words):
    with pytest.raises(InputError, match=words):
        splits.on_genome(splits.parse(spec), ["chr1", "chr2", "chrX"])
