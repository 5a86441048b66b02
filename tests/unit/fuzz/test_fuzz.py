"""Every input format, spoiled as people's files are: values equal to an independent reading, or status 2 and a sentence.

`SEQ2EXP_FUZZ_SEED` and `SEQ2EXP_FUZZ_CASES` choose other cases than the 2,000 of every run; a failure names the seed of its case.
"""

import contextlib
import io
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fuzz_spoil
import fuzz_told as told
import numpy as np
import pandas as pd
import pytest
from fuzz_world import BENCHMARK, CODES, FEATURES, GENES, SIZES, SPLITS, build

from seq2exp_py import cli
from seq2exp_py.errors import InputError
from seq2exp_py.genome import annotation, blacklist, mrna
from seq2exp_py.genome.fasta import BASES, Fasta
from seq2exp_py.genome.reference import Reference
from seq2exp_py.notes import kept
from seq2exp_py.tracks import barcodes, check_files, expression, gene_list, pairs, peaks, samplesheet
from seq2exp_py.tracks.contacts import open_contacts
from seq2exp_py.tracks.signal import open_signal

SEED = int(os.environ.get("SEQ2EXP_FUZZ_SEED", "20"))
CASES = int(os.environ.get("SEQ2EXP_FUZZ_CASES", "2000"))
LIMIT = 60  # s after which a case counts as hung
Check = Callable[[Path], None]


def same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    for chrom, values in expected.items():
        np.testing.assert_allclose(found[chrom], values, rtol=1e-5, atol=1e-6, err_msg=chrom)


def signals(reader: Callable[[Path], told.Arrays]) -> Check:
    def check(path: Path) -> None:
        with open_signal(path) as track:
            same({c: track.values(c, 0, n).astype(float) for c, n in SIZES.items()}, reader(path))

    return check


def fragments(path: Path) -> None:
    table = path.with_name("labels.tsv")
    with open_signal(path, "fragments", 1, None, table, "K562") as track:
        same({c: track.values(c, 0, n).astype(float) for c, n in SIZES.items()}, told.fragments(path, {CODES[0]}))


def labels(path: Path) -> None:
    assert barcodes.of_label(path, "K562") <= told.labelled(path)


def intervals(read: Callable[[Path], pd.DataFrame]) -> Check:
    def check(path: Path) -> None:
        found = told.painted([(str(r.chrom), int(r.start), int(r.end), 1.0) for r in read(path).itertuples()])
        same(found, told.places(path))

    return check


def contacts(reader: Callable[[Path], dict[str, Any]] | None) -> Check:
    def check(path: Path) -> None:
        with open_contacts(path, "NONE") as opened:
            for chrom in [c for c in SIZES if c in opened.chroms]:
                n = -(-SIZES[chrom] // 5000)
                found = np.array([opened.row(chrom, i, 0, n) for i in range(n)], float)
                assert np.isfinite(found).all() and (found >= 0).all()
                if reader:
                    np.testing.assert_allclose(found, reader(path)[chrom], rtol=1e-6)

    return check


def sequence(path: Path) -> None:
    expected = told.fasta(path)
    with Fasta(path) as opened:
        assert opened.sizes == {name: len(bases) for name, bases in expected.items()}
        for name, bases in expected.items():
            found = "".join(BASES[code] for code in opened.codes(name, 0, len(bases)))
            assert found == "".join(base if base in "ACGT" else "N" for base in bases)


def on_a_line(path: Path, *words: object) -> None:
    """Some line of the file holds all the words, numbers by value."""
    wanted = {told.number(str(word)) for word in words}
    assert any(wanted <= line for line in told.lines_of(path)), f"no line holds {sorted(wanted)}"


def genes(path: Path) -> None:
    shift = int(annotation.is_annotation(path))
    for gene in annotation.read_genes(path):
        on_a_line(path, gene.gene_id, gene.body.chrom, gene.body.start + shift, gene.body.end, gene.strand.value)


def measured(path: Path) -> None:
    for gene, value in expression.read(path, cell="K562").items():
        on_a_line(path, gene, float(f"{10**value - 1:.10g}"))


def activity(path: Path) -> None:
    table = pd.DataFrame({"gene_id": [g[2] for g in GENES], "gene_name": [g[3] for g in GENES]})
    found, _ = gene_list.activity(path, table)
    lines = told.lines_of(path)
    for name, value in zip(table.gene_name, found, strict=True):
        here = [line for line in lines if name in line]
        products = {0.0} | {float(a) * float(b) for line in here for a in line for b in line if told.finite(a) and told.finite(b)}
        assert any(np.isclose(value**2, product) for product in products), name


def features(path: Path) -> None:
    found = mrna.from_table(path)
    for gene, row in found.iterrows():
        on_a_line(path, gene, *(float(f"{v:.12g}") for v in row[list(FEATURES)] if np.isfinite(v)))


def crispri(path: Path) -> None:
    for row in pairs.read(path).itertuples():
        on_a_line(path, row.chrom, row.start, row.end, row.cell, *filter(None, (row.gene_name, row.gene_id)))


def sheet(path: Path) -> None:
    for row in samplesheet.read(path).rows():
        on_a_line(path, row.cell, row.assay)
        assert row.path.is_file()


def splits(path: Path) -> None:
    from seq2exp_py.genome.splits import read_table

    listed = annotation.read_genes(path.with_name("genes.bed"))
    for gene, split in zip(listed, read_table(path, listed), strict=True):
        if split:
            assert any(gene.gene_id in line and {split, split.upper(), "val", "training"} & line for line in told.lines_of(path))


# By kind: the file, how the check is given it (an option, or an assay of the samplesheet), and what is compared
KINDS: dict[str, tuple[str, str, Check]] = {
    "samplesheet": ("sheet.csv", "--input", sheet),
    "gtf": ("genes.gtf", "--genes", genes),
    "gff3": ("genes.gff3", "--genes", genes),
    "bed of genes": ("genes.bed", "--genes", genes),
    "table of genes": ("genes.tsv", "--genes", genes),
    "fasta": ("genome.fa", "--fasta", sequence),
    "blacklist": ("blacklist.bed", "--blacklist", intervals(blacklist.read)),
    "splits": ("splits.tsv", "--splits", splits),
    "features": ("features.tsv", "--features", features),
    "expression": ("expression.tsv", "expression", measured),
    "bigwig": ("signal.bw", "DNase", signals(told.bigwig)),
    "bedgraph": ("signal.bedGraph", "DNase", signals(told.bedgraph)),
    "tagalign": ("reads.tagAlign", "DNase", signals(told.tagalign)),
    "fragments": ("fragments.tsv", "fragments", fragments),
    "labels": ("labels.tsv", "barcodes", labels),
    "bam": ("reads.bam", "DNase", signals(told.reads)),
    "cram": ("reads.cram", "DNase", signals(told.reads)),
    "narrowpeak": ("peaks.narrowPeak", "peaks", intervals(peaks.read)),
    "bedpe": ("pairs.bedpe", "HiC", contacts(told.pairs)),
    "cool": ("map.cool", "HiC", contacts(told.matrix)),
    "mcool": ("map.mcool", "HiC", contacts(told.matrix)),
    "hic": ("map.hic", "HiC", contacts(None)),
    "crispri": ("crispri.tsv", "--crispri", crispri),
    "abc": ("list.tsv", "ABC", activity),
}
OF_THE_GENOME = {"--fasta", "--genes", "--splits", "--blacklist", "--features"}
BINARY = {"bigwig", "bam", "cram", "cool", "mcool", "hic"}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("sound"))


@pytest.fixture(autouse=True, scope="module")
def imported(sound: Path) -> None:
    """Everything is imported before a case's time is counted."""
    run(
        [
            "seq2exp",
            "check",
            "--input",
            str(sound / "none.csv"),
            "--fasta",
            str(sound / "genome.fa"),
            "--genes",
            str(sound / "genes.bed"),
        ]
    )


@pytest.fixture
def world(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "world"))


def arguments(world: Path, name: str, given: str) -> list[str]:
    """The words of `seq2exp check` with a file in its place."""
    rows = ["K562,expression,expression.tsv"] if given != "expression" else []
    if given in ("fragments", "barcodes"):
        rows += ["K562,fragments,fragments.tsv,labels.tsv"]
    elif not given.startswith("--"):
        rows += [f"K562,{given},{name}"]
    if given != "--input":
        (world / "sheet.csv").write_text("\n".join(["cell,assay,path,barcodes", *rows]) + "\n")
    options = {"--input": "sheet.csv", "--fasta": "genome.fa", "--genes": "genes.bed", "--splits": SPLITS, "--window": "200"}
    options |= {given: name} if given.startswith("--") else {}
    files = {word: value if word == "--window" or "=" in value else str(world / value) for word, value in options.items()}
    return ["seq2exp", "check", "--allow-unmeasured", *(word for pair in files.items() for word in pair)]


@contextlib.contextmanager
def within(seconds: int) -> Iterator[None]:
    """Break off what hangs."""

    def late(*_: object) -> None:
        raise TimeoutError(f"still at work after {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def run(words: list[str]) -> tuple[int, str]:
    """Status and words of the program, through its entry point."""
    said, before = io.StringIO(), sys.argv
    sys.argv = words
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            cli.main()
        return 0, said.getvalue()
    except SystemExit as stop:
        return int(stop.code or 0), said.getvalue()
    finally:
        sys.argv = before


def judge(world: Path, kind: str) -> str:
    """What is wrong with how a spoiled file was taken; "" if nothing is."""
    name, given, compare = KINDS[kind]
    try:
        with within(LIMIT):
            status, said = run(arguments(world, name, given))
            if status == 0:
                try:
                    with kept():
                        compare(world / name)
                    return ""
                except InputError as error:  # what only shows when all of a file is read is refused by the stage that reads it
                    status, said = 2, f"error: {cli.printable(str(error))}"
    except BaseException as error:  # whatever comes is what a user would see
        return "".join(traceback.format_exception(error)[-3:])
    problems = said[said.find("error: ") :].strip().splitlines() if "error: " in said else []
    if status != 2 or not problems:
        return f"status {status}: {said}"
    odd = [line for line in problems if not line.strip() or len(line) > 1000 or any(not c.isprintable() for c in line)]
    return f"not a sentence: {odd[0][:300]!r}" if odd else ""


def once(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose first answer is that of every call."""
    kept: list[Any] = []

    def call(*given: Any) -> Any:
        if not kept:
            kept.append(function(*given))
        return kept[0]

    return call


def sound_files_once(given: str, patch: pytest.MonkeyPatch) -> None:
    """Read genes and expression in the first case of a kind alone, where that kind spoils neither."""
    if given not in OF_THE_GENOME:
        patch.setattr(Reference, "read", once(Reference.read))
        if given not in ("--input", "expression"):
            patch.setattr(check_files, "measured", once(check_files.measured))


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")  # Python prints it on the terminal
@pytest.mark.parametrize("kind", KINDS)
def test_a_spoiled_file_is_read_right_or_refused_in_a_sentence(world: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, given, _ = KINDS[kind]
    sound_files_once(given, monkeypatch)
    if given == "--input":
        (world / name).write_text(
            "cell,assay,path\nK562,DNase,signal.bw\nK562,peaks,peaks.narrowPeak\nK562,expression,expression.tsv\n"
        )
    whole = (world / name).read_bytes()
    assert judge(world, kind) == "", "the sound file"
    ways = fuzz_spoil.BINARY if kind in BINARY else fuzz_spoil.TEXT
    wrong: dict[str, str] = {}
    for case in range(CASES // len(KINDS)):
        seed = [SEED, list(KINDS).index(kind), case]
        rng = np.random.default_rng(seed)
        way = ways[int(rng.integers(len(ways)))]
        data = way(whole, rng)
        data = ways[int(rng.integers(len(ways)))](data, rng) if rng.random() < 0.2 and data else data
        (world / name).write_bytes(data)
        if found := judge(world, kind):
            wrong.setdefault(found[-160:], f"seed {seed}, {way.__name__}: {found}")
    print(f"{kind}: seed {SEED}, {CASES // len(KINDS)} cases")
    assert not wrong, f"{len(wrong)} kinds of fault\n" + "\n\n".join(wrong.values())


def test_the_benchmark_of_pairs_has_its_columns() -> None:
    assert set(pairs.NEEDED) <= set(BENCHMARK)
