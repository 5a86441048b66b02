"""Where genes lie, and their exons: both strands, divergent pairs, UTR and CDS."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.genome import Gene, Interval, Strand
from seq2exp_py.simulate.config import Config

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Transcript:
    """The one transcript of a gene; lengths in bp.

    Attributes:
        gene: where it is.
        exons: (exons, 2) genomic start and end of each, sorted by position.
        utr5: length of the 5' UTR in the mRNA; cds and utr3 alike, they sum to the length of the exons.
    """

    gene: Gene
    exons: IntArray
    utr5: int
    cds: int
    utr3: int

    def parts(self) -> list[tuple[str, int, int]]:
        """Genomic (`UTR5`|`CDS`|`UTR3`, start, end) pieces of the exons, sorted by position; they tile the exons."""
        lengths = (self.utr5, self.cds, self.utr3) if self.gene.strand is Strand.PLUS else (self.utr3, self.cds, self.utr5)
        names = ("UTR5", "CDS", "UTR3") if self.gene.strand is Strand.PLUS else ("UTR3", "CDS", "UTR5")
        edges = np.concatenate([[0], np.cumsum(lengths)])
        pieces, done = [], 0
        for start, end in self.exons:
            for name, first, last in zip(names, edges[:-1], edges[1:], strict=True):
                low, high = max(done, first), min(done + end - start, last)
                if low < high:
                    pieces.append((name, int(start + low - done), int(start + high - done)))
            done += end - start
        return pieces


def transcripts(config: Config) -> list[Transcript]:
    """Draw all genes, sorted by chromosome and position."""
    rng = config.rng("genes")
    inner = np.array([size - 2 * config.margin for size in config.chromosomes], dtype=float)
    counts = np.floor(config.genes * inner / inner.sum()).astype(int)
    counts[0] += config.genes - counts.sum()
    found: list[Transcript] = []
    for chrom, count, width in zip(config.sizes, counts, inner, strict=True):
        for start, end, strand in _places(config, int(count), int(width), rng):
            number = len(found) + 1
            body = Interval(chrom, start + config.margin, end + config.margin)
            tss = body.start if strand is Strand.PLUS else body.end - 1
            found.append(_transcript(Gene(f"SIMG{number:05d}", f"SIM{number}", body, strand, tss), rng))
    return found


def _places(config: Config, count: int, width: int, rng: np.random.Generator) -> list[tuple[int, int, Strand]]:
    """Bodies that do not overlap: log-normal lengths, exponential gaps, some pairs divergent from one promoter."""
    lengths = config.body_median * np.exp(config.body_sigma * rng.standard_normal(count))
    lengths = np.clip(lengths, 2_500, 5 * config.body_median)
    lengths *= min(1.0, 0.5 * width / lengths.sum())
    plus = rng.permutation(np.arange(count) % 2 == 0)
    pair = np.flatnonzero(rng.random(count - 1) < config.bidirectional / 2)
    plus[pair], plus[pair + 1] = False, True
    gaps = rng.exponential(1.0, count + 1)
    free = width - lengths.sum() - 1_500 * (count + 1)
    gaps = 1_500 + gaps * max(free, 0) / gaps.sum()
    divergent = pair[~plus[pair] & plus[pair + 1]] + 1
    gaps[divergent] = rng.integers(550, 1_000, len(divergent))  # promoters of 300 bp must not overlap
    starts = (np.cumsum(gaps[:-1]) + np.cumsum(lengths) - lengths).astype(int)
    return [
        (int(s), int(s + n), Strand.PLUS if p else Strand.MINUS) for s, n, p in zip(starts, lengths.astype(int), plus, strict=True)
    ]


def _transcript(gene: Gene, rng: np.random.Generator) -> Transcript:
    """Cut a gene into exons; medians as in human: 5' UTR 150, CDS 1,200, 3' UTR 900 bp, about 8 exons."""
    room = 0.6 * gene.body.width
    lengths = np.array([150, 1_200, 900]) * np.exp(np.array([0.7, 0.6, 0.8]) * rng.standard_normal(3))
    lengths = np.maximum(lengths * min(1.0, room / lengths.sum()), 30).astype(int)
    lengths[1] -= lengths[1] % 3
    total = int(lengths.sum())
    count = int(np.clip(1 + rng.poisson(7), 1, max(1, total // 120)))
    weights = rng.gamma(3.0, 1.0, count)
    inside = np.diff(np.concatenate([[0], np.round(np.cumsum(weights) / weights.sum() * (total - 40 * count))])).astype(int) + 40
    introns = rng.gamma(0.8, 1.0, max(count - 1, 1)) + 0.02
    spare = gene.body.width - total - 60 * (count - 1)
    gaps = 60 + np.floor(introns / introns.sum() * spare).astype(int)
    if count == 1:
        inside, gaps = np.array([total]), gaps[:0]
    starts = gene.body.start + np.concatenate([[0], np.cumsum(inside[:-1] + gaps[: count - 1])]).astype(np.int64)
    exons = np.stack([starts, starts + inside], axis=1)
    return _close(Transcript(gene, exons, *(int(n) for n in lengths)))


def _close(transcript: Transcript) -> Transcript:
    """Shift the last exon so that the transcript ends where the gene does (the last intron takes what rounding left)."""
    exons = transcript.exons.copy()
    gene = transcript.gene
    if len(exons) > 1:
        exons[-1] += gene.body.end - exons[-1, 1]
        return Transcript(gene, exons, transcript.utr5, transcript.cds, transcript.utr3)
    longer = gene.body.end - exons[0, 1]
    exons[0, 1] = gene.body.end
    return Transcript(gene, exons, transcript.utr5, transcript.cds, transcript.utr3 + int(longer))
