"""The fields of every model with a mask."""

from typing import Any, Literal

from pydantic import Field, model_validator

from seq2exp_py.evidence.formula import Formula
from seq2exp_py.models.config import ModelConfig

PRESETS: dict[str, dict[str, Any]] = {"tiny": {"mask_ratio": 0.1}}  # as many bases of its 32 kb as 0.02 of 200 kb
LEARNED: Literal["learned"] = "learned"
PRETRAINED: Literal["pretrained"] = "pretrained"
SUM = {"mask_ratio": 0.1, "kl_weight": 0.01}  # other defaults of `signals=sum`


class MaskConfig(ModelConfig, Formula):
    """A model with a mask; the defaults are the `corrected` ones, each model's file has the published ones.

    The constants of the evidence, which act where `signals` is `product`, are those of `evidence.Formula`.

    Attributes:
        signals: how signals become a mask: `product`, by the odds of `evidence.formula`, which the sequence multiplies; `sum`, by
            pseudo-counts that are added (as published).
        mask_ratio: `product`: share of the bases outside the centre whose mask is at least 0.5; sets tau when training starts
            (None: tau stays as given); 0.02 are a handful of elements beside an expressed gene. `sum`: mean mask that training
            holds by a Lagrangian (None: left to the prior).
        sequence: what multiplies the odds: what a generator has `learned` from expression, P(open in this cell) of `pretrained`
            networks (`seq2exp pretrain`), or `none`. Where signals are a `sum`, only `learned`.
        tss_gate: `pretrained`: the odds are multiplied by the highest P within 200 bp of the gene's TSS as well. It helps on
            simulated genomes and was never tested on CRISPRi (docs/method.md).
        hold: `product`: hold that share by a Lagrangian while training.
        keep: `product`, masks of 0 and 1: whether each `gene` keeps that share of its own bases, those of highest mask, or `genes`
            keep what reaches 0.5, so that one threshold holds over genes.
        prior_certainty: `product`: certainty S of the prior Beta(S m, S (1 - m)), m a token's mask by the signals alone.
        learn_exponents: `product`: powers of activity and contact are learned from expression.
        certainty: pseudo-counts at odds 0 (`product`); per unit of signal, c (`sum`).
        sequence_certainty: `sum`: pseudo-counts per unit of the sequence's evidence (1 as published; as much as a signal's in
            `corrected`, so that the sequence can overrule a signal within a training; hard: 1).
        floor: `sum`: least pseudo-count that a signal or the sequence gives, beta_min.
        cap: largest sum of both parameters; a larger one is scaled down (None = unbounded).
        minus_one: `sum`: subtract 1 from the summed parameters, the true product of two Betas; needs `floor` >= 1, where it is
            defined.
        prior_mean, prior_scale: `sum`: the sparsity prior Beta(scale, scale (1 - mean) / mean).
        kl_weight: weight of the KL to the prior, averaged over tokens.
        gate: where the mask acts: `embedding` multiplies the embeddings, which the first RMSNorm undoes except in the residual
            stream; `blocks` multiplies the normalised input of every block too.
        init_depth: see `Stack`; None = the true number of layers.
    """

    signals: Literal["product", "sum"] = "product"
    mask_ratio: float | None = Field(0.02, gt=0, lt=1)
    sequence: Literal["pretrained", "learned", "none"] = LEARNED
    tss_gate: bool = False
    hold: bool = False
    keep: Literal["gene", "genes"] = "genes"
    prior_certainty: float = Field(100.0, gt=0)
    learn_exponents: bool = False
    certainty: float = Field(10.0, gt=0)
    sequence_certainty: float = Field(10.0, gt=0)
    floor: float = Field(0.05, ge=0)
    cap: float | None = Field(1000.0, gt=0)
    minus_one: bool = False
    prior_mean: float = Field(0.1, gt=0, lt=1)
    prior_scale: float = Field(10.0, gt=0)
    kl_weight: float = Field(0.1, ge=0)
    gate: Literal["embedding", "blocks"] = "blocks"
    init_depth: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_sum(cls, given: Any) -> Any:
        return {**SUM, **given} if isinstance(given, dict) and given.get("signals") == "sum" else given

    @model_validator(mode="after")
    def _product(self) -> "MaskConfig":
        if self.minus_one and self.floor < 1:
            raise ValueError(f"minus_one needs floor >= 1, where the product of two Betas is a Beta (floor is {self.floor})")
        if self.signals == "sum" and self.sequence != LEARNED:
            raise ValueError(
                f"sequence={self.sequence} needs signals=product: added pseudo-counts have no odds that P could multiply"
            )
        if self.tss_gate and self.sequence != PRETRAINED:
            raise ValueError("tss_gate=true needs sequence=pretrained: the gate is P at the TSS")
        return self

    @property
    def share(self) -> float | None:
        """Share of the bases outside the centre that the mask keeps; None where none is asked for."""
        return self.mask_ratio if self.signals == "product" else None
