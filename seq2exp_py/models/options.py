"""What a user says of a model's training; light, so that a help text can show it."""

from typing import Literal

from pydantic import Field

from seq2exp_py.options import Options


class TrainOptions(Options):
    """How large a model is, how long it is trained, and on what device it computes."""

    preset: Literal["paper", "small", "tiny"] = Field("paper", description="Size of the models and length of their training.")
    seed: int = Field(1, ge=0, description="Seed of the first run; the others follow.")
    epochs: int | None = Field(None, ge=1, description="Passes over the training genes (default: the preset's).")
    mask_ratio: float | None = Field(
        None,
        gt=0,
        le=1,
        description="Share of bases that a mask is trained to keep (default: the preset's).",
        json_schema_extra={"more": "Ignored by models without a mask."},
    )
    promoter_activity: Literal["on", "off"] = Field("on", description="Whether models see the activity at the promoter.")
    sequence: Literal["pretrained", "learned", "none"] | None = Field(
        None,
        description="What multiplies a mask's odds (default: as in a checkpoint to start from, else pretrained where P is).",
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where to compute.")
