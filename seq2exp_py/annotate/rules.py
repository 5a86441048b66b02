"""What a user may choose of elements and tables; light, so that a help text can show the defaults."""

from pydantic import BaseModel, ConfigDict, Field

SCALE = 100.0  # counts per unit of expression in the HTSeq table: keeps two decimals of the expression unit


class Rules(BaseModel):
    """What makes an element.

    Attributes:
        threshold: least mask relative to the floor; 0.5 = nearer to kept than to an empty base.
        gap: bp; closer stretches are one element. 147 bp is a nucleosome: stretches that leave no room for one are one open region.
        min_width: bp; ENCODE's shortest candidate element is 150 bp, but a 1 bp mask can be cut finer: a third of that.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    threshold: float = Field(default=0.5, gt=0, le=1)
    gap: int = Field(default=147, ge=0)
    min_width: int = Field(default=50, ge=1)
