"""Every sentence of the preflight, as a user meets it: exit status 2, no traceback, the file and the field named."""

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Make = dict[str, Callable[..., None]]
REAL = Path(os.environ.get("SEQ2EXP_REAL_DATA", Path(__file__).parents[4] / "shared" / "data"))
SIZES = {"chr1": 300_000, "chr2": 200_000}
SPLITS = "train=chr1:0-150000;valid=chr1:150000-300000;test=chr2"


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def cut(path: Path, share: float = 0.7) -> None:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


def rows(world: Path, *lines: str) -> None:
    with (world / "samplesheet.csv").open("a") as out:
        out.write("".join(f"{line}\n" for line in lines))


def without(path: Path, gene: str) -> None:
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if not line.startswith(gene)))


def test_good_input_passes_and_says_what_will_be_done(world: Path, check: Callable[..., Any]) -> None:
    said = check(world)
    assert said.code == 0 and "5 files of 1 cells can be used (K562)" in said.out
    assert "map.cool: bins of 5000 bp, normalisation weight" in said.out
    assert "expression of 16 of 16 genes in K562" in said.out


def test_a_cell_without_expression_is_no_error_and_what_is_not_trained_is_said(world: Path, check: Callable[..., Any]) -> None:
    replace(world / "samplesheet.csv", "K562,expression,expression.tsv\n", "")
    said = check(world)
    assert said.code == 0 and "cell K562 has no row of assay 'expression': nothing is trained on it" in said.out


def test_out_holds_the_rows_with_full_paths(world: Path, check: Callable[..., Any], tmp_path: Path) -> None:
    assert check(world, out=str(tmp_path / "out")).code == 0
    found = json.loads((tmp_path / "out" / "samplesheet.json").read_text())
    assert [row["assay"] for row in found] == ["DNase", "H3K27ac", "HiC", "expression", "peaks"]
    assert found[0]["path"] == str(world / "dnase.bw") and found[2]["format"] == "cool"
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["samplesheet.json"]


def test_bad_input_leaves_nothing_behind(world: Path, check: Callable[..., Any], tmp_path: Path) -> None:
    cut(world / "dnase.bw")
    before = sorted(world.iterdir())
    assert check(world, out=str(tmp_path / "out")).code == 2
    assert not (tmp_path / "out").exists() and sorted(world.iterdir()) == before


def break_names(world: Path, make: Make) -> None:
    make["bigwig"](world / "dnase.bw", {"1": 300_000, "2": 200_000})


def break_cool_names(world: Path, make: Make) -> None:
    make["cool"](world / "map.cool", {"1": 300_000, "2": 200_000}, balance=False)


def break_gene_names(world: Path, make: Make) -> None:
    (world / "genes.bed").write_text((world / "genes.bed").read_text().replace("chr", ""))


def break_assembly(world: Path, make: Make) -> None:
    make["bigwig"](world / "h3k27ac.bw", {"chr1": 310_000, "chr2": 190_000})


def break_cool_assembly(world: Path, make: Make) -> None:
    make["cool"](world / "map.cool", {"chr1": 310_000, "chr2": 200_000}, balance=False)


def break_bam_assembly(world: Path, make: Make) -> None:
    make["bam"](world / "reads.bam", [("chr1", 100, 0)], {"chr1": 310_000})
    rows(world, "K562,ATAC,reads.bam")


def break_bedgraph_assembly(world: Path, make: Make) -> None:
    (world / "atac.bedgraph").write_text("chr1\t300100\t300700\t1\n")
    rows(world, "K562,ATAC,atac.bedgraph")


def break_bam(world: Path, make: Make) -> None:
    make["bam"](world / "reads.bam", [("chr1", 100, 0)])
    cut(world / "reads.bam", 0.9)
    rows(world, "K562,ATAC,reads.bam")


def break_order(world: Path, make: Make) -> None:
    make["bam"](world / "reads.bam", [("chr1", 5000, 0), ("chr1", 100, 0)], SIZES, "queryname")
    rows(world, "K562,ATAC,reads.bam")


def break_gzip(world: Path, make: Make) -> None:
    packed = gzip.compress((world / "expression.tsv").read_bytes())
    (world / "e.tsv.gz").write_bytes(packed[:-20])
    replace(world / "samplesheet.csv", "expression.tsv", "e.tsv.gz")


def break_gene_ids(world: Path, make: Make) -> None:
    make["expression"](world / "expression.tsv", {f"ENSMUSG{i:011d}": 1.0 for i in range(16)})


def break_gene_list(world: Path, make: Make) -> None:
    (world / "GeneList.txt").write_text("chr\tstart\tend\tname\tDHS.RPM.TSS1Kb\nchr1\t20000\t24000\tENSG00000000000\t3\n")
    rows(world, "K562,ABC,GeneList.txt")


def sheet(old: str, new: str) -> Callable[[Path, Make], None]:
    return lambda world, make: replace(world / "samplesheet.csv", old, new)


def table(old: str, new: str) -> Callable[[Path, Make], None]:
    return lambda world, make: replace(world / "expression.tsv", old, new)


def shorten(name: str) -> Callable[[Path, Make], None]:
    return lambda world, make: cut(world / name)


def remove(name: str) -> Callable[[Path, Make], None]:
    return lambda world, make: (world / name).unlink()


def add(line: str) -> Callable[[Path, Make], None]:
    def spoil(world: Path, make: Make) -> None:
        (world / line.split(",")[2]).touch()
        rows(world, line)

    return spoil


def nothing(world: Path, make: Make) -> None: ...


CASES: dict[str, tuple[Callable[[Path, Make], object], dict[str, str], str]] = {
    "missing signal": (remove("dnase.bw"), {}, r"samplesheet\.csv, line 2, column 'path': 'dnase\.bw' does not exist"),
    "missing samplesheet": (remove("samplesheet.csv"), {}, r"samplesheet\.csv: no such file"),
    "missing fasta": (remove("genome.fa"), {}, r"genome\.fa: no such file"),
    "missing genes": (remove("genes.bed"), {}, r"genes\.bed: no such file"),
    "missing blacklist": (remove("blacklist.bed"), {}, r"blacklist\.bed: no such file"),
    "wrong samplesheet column": (
        sheet("cell,assay", "cell,essay"),
        {},
        r"line 1: has no column 'assay'; its columns are cell, e",
    ),
    "wrong expression column": (
        nothing,
        {"expression_column": "HepG2"},
        r"expression\.tsv: has no column 'HepG2'; its columns are",
    ),
    "unknown cell": (nothing, {"cells": "HepG2"}, r"samplesheet\.csv: has no cell 'HepG2'; its cells are K562"),
    "signal names": (
        break_names,
        {},
        r"dnase\.bw: its chromosomes are named 1, 2, the genome's chr1, chr2; write 'match' in column.* 1 as chr1",
    ),
    "names of another genome": (
        lambda world, make: make["bigwig"](world / "dnase.bw", {"scaffold7": 300_000}),
        {},
        r"dnase\.bw: its chromosomes are named scaffold7.* no two are the same",
    ),
    "map names": (break_cool_names, {}, r"map\.cool: its chromosomes are named 1, 2.*'match'"),
    "peak names": (
        lambda world, make: replace(world / "peaks.narrowPeak", "chr1", "1"),
        {},
        r"peaks\.narrowPeak: its chromosomes are named 1.*'match'",
    ),
    "gene names": (
        break_gene_names,
        {},
        r"genes\.bed: its chromosomes are 1, 2, .* give --chromosomes match",
    ),
    "signal assembly": (
        break_assembly,
        {},
        r"h3k27ac\.bw: chr1 has 310000 bp, but chr1 of the FASTA has 300000 bp \(and 1 more.*another assembly",
    ),
    "map assembly": (
        break_cool_assembly,
        {},
        r"map\.cool: chr1 has 310000 bp, but chr1 .*300000 bp; .*another assembly",
    ),
    "reads assembly": (break_bam_assembly, {}, r"reads\.bam: chr1 has 310000 bp, but chr1 of the FASTA has 300000"),
    "bedgraph assembly": (break_bedgraph_assembly, {}, r"atac\.bedgraph: an interval of chr1 ends at 300700, past the 300000 bp"),
    "peak assembly": (
        lambda world, make: replace(world / "peaks.narrowPeak", "\t700\t", "\t300501\t"),
        {},
        r"peaks\.narrowPeak: an interval of chr1 ends at 300501, past the 300000 bp",
    ),
    "gene assembly": (
        lambda world, make: replace(world / "genes.bed", "chr2\t145000\t149000", "chr2\t245000\t249000"),
        {},
        r"genes\.bed: line 16: gene ENSG00000000015 \(chr2:245000-249000\) lies past the 200000 bp",
    ),
    "blacklist assembly": (
        lambda world, make: replace(world / "blacklist.bed", "900", "900000"),
        {},
        r"blacklist\.bed: chr1:100-900000 ends past the 300000 bp of its chromosome in the FASTA",
    ),
    "gene without expression": (
        lambda world, make: without(world / "expression.tsv", "ENSG00000000003"),
        {},
        r"samplesheet\.csv: 1 genes of the splits have no expression in any cell: ENSG00000000003; take them out of .*genes\.bed",
    ),
    "no gene in the table": (
        break_gene_ids,
        {},
        r"expression\.tsv: measures 0 of 16 genes; its genes in column 'gene_id'",
    ),
    "empty split": (nothing, {"splits": "train=chr1;valid=chr3;test=chr2"}, r"--splits .*no gene is left in split valid"),
    "unreadable split": (nothing, {"splits": "train=chr1;exam=chr2"}, r"--splits: 'exam=chr2' does not name a split"),
    "no split file": (nothing, {"splits": "folds.csv"}, r"--splits: 'folds\.csv' is neither a file nor a specification"),
    "duplicate row": (add("K562,DNase,dnase.bw"), {}, r"line 7: K562 DNase is already in line 2; remove one of them"),
    "second map": (add("K562,HiC,map.hic"), {}, r"line 7: K562 HiC is already in line 4; expected one HiC file per cell"),
    "format": (add("K562,ATAC,map.cool"), {}, r"line 7, column 'format'.*tells no format of assay ATAC; expected one of bigwig"),
    "truncated bigwig": (shorten("dnase.bw"), {}, r"dnase\.bw: the bigWig file is truncated"),
    "truncated cool": (shorten("map.cool"), {}, r"map\.cool: is truncated or not a cooler file"),
    "truncated bam": (break_bam, {}, r"reads\.bam: is truncated or not a BAM/CRAM file"),
    "truncated gzip": (break_gzip, {}, r"e\.tsv\.gz: the compressed file is truncated"),
    "negative expression": (table("\t3.0\n", "\t-3.0\n"), {}, r"expression\.tsv: line 4: K562 is '-3\.0', expected 0 or more"),
    "expression that is no number": (
        table("\t3.0\n", "\tlow\n"),
        {"expression_column": "K562"},
        r"expression\.tsv: line 4: K562 is 'low'",
    ),
    "gene twice": (
        table("ENSG00000000001.3", "ENSG00000000000.3"),
        {},
        r"expression\.tsv: line 3: gene ENSG00000000000 occurs a second time",
    ),
    "unsorted bam": (break_order, {}, r"reads\.bam: its reads are not sorted by coordinate; sort them"),
    "bin size": (
        lambda world, make: make["cool"](world / "map.cool", SIZES, 2000, balance=False),
        {},
        r"map\.cool: has bins of 2000 bp; expected 5000 bp",
    ),
    "normalisation": (nothing, {"contact_norm": "KR"}, r"map\.cool: has no normalisation 'KR'; it has weight, NONE"),
    "peak line": (
        lambda world, make: replace(world / "peaks.narrowPeak", "\t700\t", "\tseven\t"),
        {},
        r"peaks\.narrowPeak, line 1, column 3 \(end\): 'seven' is not a whole number",
    ),
    "gene list column": (break_gene_list, {}, r"GeneList\.txt: no column H3K27ac\.RPM\.TSS1Kb; its columns are chr, start"),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_one_sentence_and_status_2(world: Path, make: Make, check: Callable[..., Any], case: str) -> None:
    spoil, options, sentence = CASES[case]
    spoil(world, make)
    said = check(world, **options)
    assert said.code == 2
    assert "Traceback" not in said.out
    assert len(said.errors) == 1, said.out
    assert re.search(sentence, said.errors[0]), said.out


def test_all_that_is_wrong_is_said_at_once(world: Path, check: Callable[..., Any]) -> None:
    cut(world / "dnase.bw")
    cut(world / "map.cool")
    replace(world / "expression.tsv", "\t3.0\n", "\t-3.0\n")
    (world / "blacklist.bed").unlink()
    said = check(world, splits="train=chr1;test=chr9")
    assert said.code == 2
    patterns = ["blacklist.bed", "split test", "dnase.bw", "map.cool", "expression.tsv"]
    assert len(said.errors) == len(patterns)
    assert all(pattern in line for pattern, line in zip(patterns, said.errors, strict=True))


def test_unmeasured_genes_can_be_allowed_and_are_then_counted(world: Path, check: Callable[..., Any]) -> None:
    without(world / "expression.tsv", "ENSG00000000003")
    said = check(world, "--allow-unmeasured")
    assert said.code == 0
    assert "note: " in said.out and "1 genes of the splits have no expression in any cell: ENSG00000000003" in said.out


def test_genes_measured_in_another_cell_are_measured(world: Path, make: Make, check: Callable[..., Any]) -> None:
    without(world / "expression.tsv", "ENSG00000000003")
    make["expression"](world / "other.tsv", {"ENSG00000000003": 2.0, "ENSG00000000004": 1.0})
    rows(world, "GM12878,DNase,dnase.bw", "GM12878,expression,other.tsv")
    assert check(world).code == 0


@pytest.mark.parametrize("how", ["samplesheet", "genes"])
def test_the_mapping_that_is_offered_works(world: Path, make: Make, check: Callable[..., Any], how: str) -> None:
    if how == "samplesheet":
        break_names(world, make)
        text = (world / "samplesheet.csv").read_text().splitlines()
        marked = [f"{line}{',chromosomes' if i == 0 else ',match' if 'dnase' in line else ','}" for i, line in enumerate(text)]
        (world / "samplesheet.csv").write_text("\n".join(marked) + "\n")
        assert check(world).code == 0
    else:
        break_gene_names(world, make)
        assert check(world, splits=SPLITS.replace("chr", ""), chromosomes="match").code == 0


def test_unindexed_bam_is_allowed_and_said(world: Path, make: Make, check: Callable[..., Any]) -> None:
    make["bam"](world / "reads.bam", [("chr1", 100, 0)])
    rows(world, "K562,ATAC,reads.bam")
    said = check(world)
    assert said.code == 0 and "reads.bam: has no index beside it; one is made in a temporary folder" in said.out


def test_what_a_file_lacks_is_a_note_with_its_rule(world: Path, make: Make, check: Callable[..., Any]) -> None:
    make["cool"](world / "map.cool", {"chr1": 300_000}, balance=False)
    said = check(world)
    assert said.code == 0 and "map.cool: has nothing on chr2; contacts follow the power law there" in said.out


def test_a_process_ends_with_status_2_and_one_line(world: Path, check_words: Callable[..., list[str]]) -> None:
    cut(world / "dnase.bw")
    program = "from seq2exp_py.cli import main; main()"
    ended = subprocess.run([sys.executable, "-c", program, *check_words(world)], capture_output=True, text=True, check=False)
    assert ended.returncode == 2 and ended.stdout == ""
    progress = re.compile(r"[a-z ]+: \d+ of \d+(, \d+ s left)?")  # every ten seconds, where the machine is slow
    said = [line for line in ended.stderr.splitlines() if not progress.fullmatch(line)]
    assert [line for line in said if "note: " not in line] == [
        f"error: {world}/dnase.bw: the bigWig file is truncated (its end is missing); copy it again"
    ]


@pytest.mark.real
@pytest.mark.skipif(not REAL.is_dir(), reason="the real data is not on this machine")
def test_real_files_pass_and_a_map_of_another_naming_is_refused(tmp_path: Path, check: Callable[..., Any]) -> None:
    files = {
        "DNase": "signals/K562_DNase_UwDukeUniPk.hg38lifted.peak_signalValue.bw",
        "H3K27ac": "signals/K562_H3K27ac_Broad.hg38lifted.peak_signalValue.bw",
        "HiC": "hic/K562_chr22.hg38.5kb.cool",
        "expression": "expression/expression_18377_genes.tsv.gz",
        "peaks": "peaks/K562_DNase_ENCFF860XAE.chr22.macs2_p0.1.narrowPeak.gz",
    }
    sheet = tmp_path / "samplesheet.csv"
    sheet.write_text("cell,assay,path\n" + "".join(f"K562,{assay},{REAL / file}\n" for assay, file in files.items()))
    options = {
        "input": str(sheet),
        "fasta": str(REAL / "genome/hg38.chr22_chrX.fa.gz"),
        "genes": str(REAL / "annotation/xpresso_18377_genes.hg38.tsv.gz"),
        "blacklist": str(REAL / "annotation/hg38-blacklist.v2.bed.gz"),
        "splits": "train=chrX:0-40000000;valid=chrX:40000000-71000000;test=chr22",
        "window": "200000",
        "expression_column": "{cell}_RAMPAGE_RPM_384bp",
    }
    good = check(tmp_path, **options)
    assert good.code == 0 and "has nothing on chrX; contacts follow the power law there" in good.out
    assert "expression of 1167 of 1167 genes in K562" in good.out
    replace(sheet, "hic/K562_chr22.hg38.5kb.cool", "formats/test_chr22.hic")
    other = check(tmp_path, **options)
    assert other.code == 2 and "write 'match' in column 'chromosomes' of the samplesheet to read 22 as chr22" in other.errors[0]
    replace(sheet, "cell,assay,path", "cell,assay,path,chromosomes")
    replace(sheet, "test_chr22.hic", "test_chr22.hic,match")
    assembly = check(tmp_path, **options)
    assert assembly.code == 2 and "22 has 51304566 bp, but chr22 of the FASTA has 50818468 bp" in assembly.errors[0]


@pytest.mark.parametrize(
    ("name", "text", "row"),
    [
        ("own.narrowPeak", "chr1\t299900\t300075\tp\t0\t.\t1\t1\t1\t5\n", "peaks"),
        ("own.bed", "chr2\t10\t200500\n", "peaks"),
        ("own.bedGraph", "chr1\t0\t10\t2\nchr1\t299990\t300001\t1\n", "ATAC"),
        ("own.tagAlign", "chr1\t299990\t300026\tN\t0\t+\n", "ATAC"),
    ],
)
def test_intervals_a_little_past_the_end_are_cut_there_and_noted(
    world: Path, check: Callable[..., Any], name: str, text: str, row: str
) -> None:
    (world / name).write_text(text)
    if row == "peaks":
        replace(world / "samplesheet.csv", "peaks.narrowPeak", name)
    else:
        rows(world, f"K562,{row},{name}")
    said = check(world)
    assert said.code == 0
    bases, chrom = {"own.narrowPeak": (75, 1), "own.bed": (500, 2), "own.bedGraph": (1, 1), "own.tagAlign": (26, 1)}[name]
    assert f"{name}: intervals run up to {bases} bp past the end of chr{chrom}; they are cut there" in said.out
