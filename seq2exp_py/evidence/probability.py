"""The probability that CRISPRi would call a link, from its strength: a logistic curve fitted to tested pairs.

    p = 1 / (1 + exp(-(intercept + slope ln(strength + LEAST)))),  strength = s_g E / Z_g

One input is enough: distance, activity and contact are in the strength. `k562.json` was fitted to the CRISPRi pairs of K562
(docs/real-data.md); another cell that uses it assumes that a share of a gene's evidence means there what it means in K562, and that
its links are as those that were tested: within about 1 Mb, of open chromatin, of genes that are expressed.
"""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from seq2exp_py.errors import InputError, fault
from seq2exp_py.files import whole

LEAST = 1e-3  # strength of a link without evidence
Floats = NDArray[np.float64]


class Calibration(BaseModel):
    """A fitted curve.

    Attributes:
        intercept, slope: of the curve.
        threshold: probability at which `recall` of the regulated pairs are called; links above it are drawn.
        recall, precision: of the pairs called there.
        brier: mean squared error of the probability, each chromosome by a curve fitted to the others; brier_base: that of one
            probability for all, the share of regulated pairs.
        provenance: what it was fitted to: cell, tracks, table, pairs, positives, formula.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    intercept: float
    slope: float = Field(gt=0)
    threshold: float = Field(ge=0, le=1)
    recall: float = Field(ge=0, le=1)
    precision: float = Field(ge=0, le=1)
    brier: float
    brier_base: float
    provenance: dict[str, Any]

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read a calibration; without a path the one that ships, of K562.

        Raises:
            InputError: the file is no calibration.
        """
        text = path.read_text() if path else (files("seq2exp_py.evidence") / "k562.json").read_text()
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            where, reason = fault(error, whole="the file")
            raise InputError(f"{path}: {where}: {reason}; give the calibration.json of `seq2exp calibrate`") from None

    def of(self, strength: Floats) -> Floats:
        """(n,) strengths to (n,) probabilities."""
        return logistic(self.intercept + self.slope * np.log(strength + LEAST))

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        with whole(path) as temporary:
            temporary.write_text(json.dumps(self.model_dump(), indent=1) + "\n")


def logistic(x: Floats) -> Floats:
    """1 / (1 + e^-x), without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(x / 2)))
