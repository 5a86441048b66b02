"""What a user may choose of elements, links and tables; light, so that a help text can show it."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from seq2exp_py.evidence.defaults import REACH

SCALE = 100.0  # counts per unit of expression in the HTSeq table: keeps two decimals of the expression unit


class Rules(BaseModel):
    """What makes an element.

    Attributes:
        threshold: least mask relative to the floor; 0.5 = nearer to kept than to an empty base.
        per_gene: keep the elements of highest score, as many per gene, whatever the threshold; None for the threshold.
        keep: keep this share of each gene's bases (those within the window, the forced ones aside) by rank; None for the threshold.
        summit: bp on either side within which a higher value is the local maximum; 500 = an enhancer of a kilobase.
        gap: bp; closer stretches are one element. 147 bp is a nucleosome: stretches that leave no room for one are one open region.
        min_width: bp; ENCODE's shortest candidate element is 150 bp, but a 1 bp mask can be cut finer: a third of that.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    threshold: float = Field(
        default=0.5, gt=0, le=1, description="Least mask of an element, relative to the mask of an empty base."
    )
    per_gene: int | None = Field(
        default=None,
        ge=1,
        description="Elements of each gene, those of highest mask (default: all that have a mask of 0.5 or more).",
    )
    keep: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="Share of each gene's bases that are elements, those of highest mask (default: all that have a mask of 0.5 or "
        "more).",
    )
    summit: int = Field(default=500, ge=0)
    gap: int = Field(default=147, ge=0, description="bp; closer stretches are one element.")
    min_width: int = Field(default=50, ge=1, description="bp; shorter elements are dropped.")

    @model_validator(mode="after")
    def _one(self) -> "Rules":
        if self.per_gene is not None and self.keep is not None:
            raise ValueError("per_gene and keep both say how many elements there are: give one of them")
        return self


class LinkRules(BaseModel):
    """Which links there are.

    Attributes:
        reach: bp from the TSS to the middle of a place.
        least: probability below which a link is left out of the table, unless its element is the gene's own.
        threshold: probability from which on a link is drawn; None for the calibration's, which finds 70 % of the pairs that CRISPRi
            found, as ABC and ENCODE-rE2G set theirs.
        expressed: least expression, in the unit of the cell's table, of a gene that counts as expressed; 1 in the ABC model's code.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    reach: int = Field(
        default=REACH,
        ge=0,
        description="Bases from a TSS as far as which links go.",
        json_schema_extra={"more": "Beyond the model's window by the evidence alone."},
    )
    least: float = Field(default=0.05, ge=0, le=1)
    threshold: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Least probability of a link that is drawn (default: the one that finds 70 % of what CRISPRi found).",
    )
    expressed: float = Field(
        default=1.0, ge=0, description="Least expression, in the unit of the cell's table, of a gene that counts as expressed."
    )


class Settings(BaseModel):
    """How predictions become files.

    Attributes:
        elements: what makes an element. links: which links there are.
        calibration: file of `seq2exp calibrate`; None for the one of K562 that ships.
        abc_table: write the links once more with the column names of the ABC model.
        scale: pseudo-counts per unit of expression.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    elements: Rules = Rules()
    links: LinkRules = LinkRules()
    calibration: Path | None = None
    abc_table: bool = False
    scale: float = SCALE
