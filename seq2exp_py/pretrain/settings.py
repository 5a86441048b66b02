"""How the peak classifier is trained."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from seq2exp_py.errors import InputError, fault

# Named as those of the models; tiny is half as long at least, so that a demonstration waits under a minute for it
PRESETS: dict[str, dict[str, Any]] = {"paper": {}, "small": {}, "tiny": {"batch": 16, "least_steps": 560}}


class Settings(BaseModel):
    """Settings of the networks of one genome. Lengths in bp.

    Attributes:
        folds: parts of the training chromosomes; each is read by a network trained on the others.
        filters, channels, hidden: of the first and the second convolution, and of the layer before the outputs.
        dropout: share of pooled features that are dropped in training.
        epochs: passes over the windows; more where those would be fewer than `least_steps`. batch: windows per step.
        lr, weight_decay: of AdamW; lr is the peak of one cycle over all steps.
        heights: weight of the squared error of the peaks' heights beside the cross-entropy.
        jitter: a training window is moved by up to as much on either side, anew in each epoch.
        merge: peaks of different cells whose summits are nearer than this are one window.
        random: background windows of any composition per peak, beside one of the peak's own GC.
        save_steps: steps between saves of the state that a killed run goes on from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    folds: int = Field(3, ge=2)
    filters: int = Field(64, gt=0)
    channels: int = Field(48, gt=0)
    hidden: int = Field(64, gt=0)
    dropout: float = Field(0.3, ge=0, lt=1)
    epochs: int = Field(5, gt=0)
    least_steps: int = Field(300, ge=0)
    batch: int = Field(64, gt=0)
    lr: float = Field(5e-3, gt=0)
    weight_decay: float = Field(0.02, ge=0)
    heights: float = Field(0.3, ge=0)
    jitter: int = Field(60, ge=0)
    merge: int = Field(150, ge=0)
    random: float = Field(0.5, ge=0)
    save_steps: int = Field(500, gt=0)


def settings(fields: dict[str, Any], preset: str = "paper") -> Settings:
    """The settings of a preset with single fields changed (strings are converted).

    Raises:
        InputError: an unknown field or a value that does not fit.
    """
    try:
        return Settings.model_validate({**PRESETS[preset], **fields})
    except ValidationError as error:
        name, reason = fault(error)
        raise InputError(f"--set {name}: {reason}; the fields are {', '.join(Settings.model_fields)}") from error
