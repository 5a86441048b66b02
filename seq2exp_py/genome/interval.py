"""Where things are on a genome: the one home of coordinate arithmetic. 0-based, half-open, everywhere."""

from dataclasses import dataclass
from enum import StrEnum

OVERHANG = 500  # bp that an interval may run past its chromosome, as extended reads do; more tells of another assembly


class Strand(StrEnum):
    """Strand of a feature; `NONE` where it has none."""

    PLUS = "+"
    MINUS = "-"
    NONE = "."


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A stretch `[start, end)` of a chromosome; `start` may be negative and `end` may run past the chromosome (a window)."""

    chrom: str
    start: int
    end: int

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"interval {self.chrom}:{self.start}-{self.end} ends before it starts")

    @property
    def width(self) -> int:
        """Number of bases."""
        return self.end - self.start

    @property
    def centre(self) -> int:
        """The base at half the width, rounded down."""
        return (self.start + self.end) // 2

    def overlap(self, other: "Interval") -> int:
        """Number of bases shared with `other`."""
        if self.chrom != other.chrom:
            return 0
        return max(0, min(self.end, other.end) - max(self.start, other.start))

    def clip(self, size: int) -> "Interval":
        """The part on a chromosome of `size` bases (empty, at the nearer end, where there is none)."""
        start = min(max(self.start, 0), size)
        return Interval(self.chrom, start, max(start, min(self.end, size)))

    def shift(self, by: int) -> "Interval":
        """The interval moved by `by` bases to the right."""
        return Interval(self.chrom, self.start + by, self.end + by)

    @classmethod
    def around(cls, chrom: str, base: int, width: int) -> "Interval":
        """A window of `width` bases in which `base` has index `width // 2`: `[base - width//2, base - width//2 + width)`."""
        return cls(chrom, base - width // 2, base - width // 2 + width)

    def __str__(self) -> str:
        return f"{self.chrom}:{self.start}-{self.end}"
