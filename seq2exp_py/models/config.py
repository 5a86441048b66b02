"""Sizes of the models, and how a name of a preset and some fields become a configuration."""

from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from seq2exp_py.errors import InputError, fault
from seq2exp_py.genome.paper import WINDOW

PRESETS: dict[str, dict[str, Any]] = {
    "paper": {"window": WINDOW, "centre": 2000, "d_model": 128, "layers": 4, "d_state": 16, "resolution": 1, "stem": 1},
    "small": {"window": WINDOW, "centre": 2000, "d_model": 32, "layers": 2, "d_state": 8, "resolution": 16, "stem": 11},
    "tiny": {"window": 32_000, "centre": 2000, "d_model": 16, "layers": 1, "d_state": 4, "resolution": 16, "stem": 11},
}


class ModelConfig(BaseModel):
    """What every model has; the defaults are the published sizes (Seq2Exp, appendix; preset `paper`).

    Attributes:
        variant: `paper` feeds raw signals and features as the published runs did; `corrected` divides signals by the cell's scale
            and takes log1p of heavy-tailed inputs, so that cells and depths are comparable.
        tracks: signals of the batches, the contact `HiC` last.
        promoter_activity: whether the ninth feature, which is epigenomic, reaches the head.
        window: bases read around the TSS. centre: central bases whose outputs are averaged, and where a mask is forced to 1.
        d_model, layers, d_state: width of a token, number of blocks, states per channel of the selective scan.
        resolution: bases per token. stem: width in bases of the convolution before pooling; 1 = a linear layer per base.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    variant: Literal["paper", "corrected"] = "corrected"
    tracks: tuple[str, ...] = ("H3K27ac", "DNase", "HiC")
    promoter_activity: bool = True
    window: int = Field(WINDOW, gt=0)
    centre: int = Field(2000, gt=0)
    d_model: int = Field(128, gt=0)
    layers: int = Field(4, gt=0)
    d_state: int = Field(16, gt=0)
    resolution: int = Field(1, gt=0)
    stem: int = Field(1, gt=0)

    @model_validator(mode="after")
    def _fits(self) -> "ModelConfig":
        if self.window % (2 * self.resolution):
            raise ValueError(f"window {self.window} is not a multiple of twice the resolution {self.resolution}")
        if self.centre > self.window or self.centre % 2:
            raise ValueError(f"centre {self.centre} must be even and at most the window {self.window}")
        if self.stem % 2 == 0:
            raise ValueError(f"stem {self.stem} must be odd")
        return self


ConfigType = TypeVar("ConfigType", bound=ModelConfig)


def resolve(config: type[ConfigType], preset: str, fields: dict[str, Any]) -> ConfigType:
    """Merge a preset with the fields that override it.

    Args:
        config: class of the configuration.
        preset: a key of `PRESETS`.
        fields: values of single fields; strings are converted (`--set layers=2`).

    Raises:
        InputError: unknown preset or field, or a value that does not fit.
    """
    if preset not in PRESETS:
        raise InputError(f"preset {preset!r} is unknown; choose one of {', '.join(PRESETS)}")
    try:
        return config.model_validate({**PRESETS[preset], **fields})
    except ValidationError as error:
        name, reason = fault(error, whole="configuration")
        raise InputError(f"model setting {name}: {reason}; the fields are {', '.join(config.model_fields)}") from error
