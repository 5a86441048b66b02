"""A sound input of two small chromosomes in every format that is read, to be spoiled one file at a time."""

from pathlib import Path

import cooler
import numpy as np
import pandas as pd
import pyBigWig
import pysam

SIZES = {"chr1": 12_000, "chr2": 8_000}
SPLITS = "train=chr1:0-6000;valid=chr1:6000-12000;test=chr2"
GENES = [("chr1", 600 + 1100 * i, f"ENSG{i:011d}", f"NAME{i}", "+-"[i % 2]) for i in range(10)]
GENES += [("chr2", 600 + 1100 * i, f"ENSG{10 + i:011d}", f"NAME{10 + i}", "+-"[i % 2]) for i in range(6)]
END = 300  # bp of a gene
CODES = ("AAAC-1", "CCCA-1", "GGGT-1")  # barcodes: the first is of K562, the last of no label
FEATURES = "utr5_length cds_length intron_length utr3_length utr5_gc cds_gc utr3_gc exon_density".split()
BENCHMARK = "chrom chromStart chromEnd chrTSS startTSS endTSS measuredGeneSymbol measuredGeneEnsemblId Regulated CellType".split()


def text(path: Path, rows: list[list[object]]) -> None:
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))


def build(folder: Path) -> Path:
    """Write every file of the sound input."""
    rng = np.random.default_rng(0)
    bases = {chrom: "".join(rng.choice(list("ACGT"), size)) for chrom, size in SIZES.items()}
    lines = [f">{c}\n" + "".join(s[i : i + 60] + "\n" for i in range(0, len(s), 60)) for c, s in bases.items()]
    (folder / "genome.fa").write_text("".join(lines))
    genes_of(folder)
    text(folder / "blacklist.bed", [["chr1", 100, 300], ["chr1", 250, 400], ["chr2", 5000, 5100]])
    where = [(c, s) for c, size in SIZES.items() for s in range(50, size - 300, 400)]
    values = rng.gamma(2, 3, len(where)).round(3)
    with pyBigWig.open(str(folder / "signal.bw"), "w") as out:
        out.addHeader(list(SIZES.items()))
        out.addEntries([c for c, _ in where], [s for _, s in where], ends=[s + 90 for _, s in where], values=values.tolist())
    text(folder / "signal.bedGraph", [[c, s, s + 90, v] for (c, s), v in zip(where, values, strict=True)])
    text(folder / "reads.tagAlign", [[c, s, s + 36, "N", 1000, "+-"[s % 2]] for c, s in where])
    alignments(folder, where)
    text(folder / "fragments.tsv", [[c, s, s + 36 + i % 90, CODES[i % 3], 1 + i % 4] for i, (c, s) in enumerate(where)])
    text(folder / "labels.tsv", [["barcode", "label"], *([code, label] for code, label in zip(CODES, ("K562", "B"), strict=False))])
    text(folder / "peaks.narrowPeak", [[c, s, s + 150, f"p{s}", 10, ".", 3.5, 2.0, 1.0, 70] for c, s in where[::4]])
    text(folder / "pairs.bedpe", [[c, 0, 5000, c, 5000, 8000, f"q{i}", 3 + i] for i, c in enumerate(SIZES)])
    maps(folder, rng)
    text(folder / "expression.tsv", [["gene_id", "K562"], *([g[2], 1.5 * i] for i, g in enumerate(GENES))])
    gene_list = [["symbol", "H3K27ac.RPM.TSS1Kb", "DHS.RPM.TSS1Kb"], *([g[3], 1.0 + i, 2.0 + i] for i, g in enumerate(GENES))]
    text(folder / "list.tsv", gene_list)
    pairs = [["chr1", 100 + i, 200 + i, "chr1", g[1], g[1] + 1, g[3], g[2], "TRUE", "K562"] for i, g in enumerate(GENES[:8])]
    text(folder / "crispri.tsv", [list(BENCHMARK), *pairs])
    return folder


def genes_of(folder: Path) -> None:
    """Genes in four formats, splits and features of them."""
    text(folder / "genes.bed", [[c, s, s + END, g, 0, strand] for c, s, g, _, strand in GENES])
    gtf = 'gene_id "{g}.2"; gene_name "{n}"; gene_type "protein_coding";'
    gff = "ID=gene:{g};gene_id={g};Name={n};biotype=protein_coding"
    for name, form in (("genes.gtf", gtf), ("genes.gff3", gff)):
        text(folder / name, [[c, "x", "gene", s + 1, s + END, ".", d, ".", form.format(g=g, n=n)] for c, s, g, n, d in GENES])
    head = ["chrom", "start", "end", "gene_id", "strand", "gene_name"]
    text(folder / "genes.tsv", [head, *([c, s, s + END, g, d, n] for c, s, g, n, d in GENES)])
    split = ["train"] * 5 + ["valid"] * 5 + ["test"] * 6
    text(folder / "splits.tsv", [["gene_id", "split"], *([g[2], s] for g, s in zip(GENES, split, strict=True))])
    text(folder / "features.tsv", [["gene_id", *FEATURES], *([g[2], *(i + k / 8 for k in range(8))] for i, g in enumerate(GENES))])


def alignments(folder: Path, where: list[tuple[str, int]]) -> None:
    """Reads of 36 bp as BAM and CRAM."""
    header = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": c, "LN": n, "M5": "0" * 32} for c, n in SIZES.items()]}
    for name, mode in (("reads.bam", "wb"), ("reads.cram", "wc")):
        options = [b"no_ref=1"] if mode == "wc" else []
        with pysam.AlignmentFile(str(folder / name), mode, header=header, format_options=options) as out:
            for i, (chrom, start) in enumerate(where):
                read = pysam.AlignedSegment(out.header)
                read.query_name, read.flag, read.reference_id, read.reference_start = (
                    f"r{i}",
                    16 * (i % 2),
                    list(SIZES).index(chrom),
                    start,
                )
                read.mapping_quality, read.cigarstring, read.query_sequence = 60, "36M", "ACGT" * 9
                out.write(read)
        pysam.index(str(folder / name))


def maps(folder: Path, rng: np.random.Generator) -> None:
    """Contacts in bins of 5,000 bp as .cool and .mcool; a .hic that is none."""
    bins = cooler.binnify(pd.Series(SIZES), 5000)
    first, second = np.triu_indices(len(bins))
    pixels = pd.DataFrame({"bin1_id": first, "bin2_id": second, "count": rng.poisson(30, len(first)) + 1})
    cooler.create_cooler(str(folder / "map.cool"), bins, pixels, ordered=True)
    cooler.zoomify_cooler(str(folder / "map.cool"), str(folder / "map.mcool"), [5000], chunksize=1000)
    (folder / "map.hic").write_bytes(b"HIC\0" + np.array([8, 0, 0], "<i4").tobytes() + rng.bytes(500))
