"""A gene as the model sees it: an id, a strand, and the base where transcription starts."""

from dataclasses import dataclass

from seq2exp_py.genome.interval import Interval, Strand


@dataclass(frozen=True, slots=True)
class Gene:
    """A gene on one chromosome.

    Attributes:
        gene_id: stable id without version (`ENSG00000136997`).
        name: symbol (`MYC`); the id where no symbol is known.
        body: from the first to one past the last base, whatever the strand.
        tss: 0-based index of the first transcribed base: `body.start` on `+`, `body.end - 1` on `-`, unless a table says otherwise.
    """

    gene_id: str
    name: str
    body: Interval
    strand: Strand
    tss: int

    def __post_init__(self) -> None:
        if self.strand is Strand.NONE:
            raise ValueError(f"gene {self.gene_id} has no strand")

    def window(self, width: int) -> Interval:
        """The `width` bases around the TSS; the TSS has index `width // 2` on either strand."""
        return Interval.around(self.body.chrom, self.tss, width)

    def distance(self, base: int) -> int:
        """Signed distance from the TSS to `base` in bp, positive downstream in the direction of transcription."""
        return base - self.tss if self.strand is Strand.PLUS else self.tss - base
