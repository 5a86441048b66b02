"""What is asked of a run, and what every model makes of it before it trains."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from seq2exp_py import files
from seq2exp_py.errors import InputError
from seq2exp_py.models import configure
from seq2exp_py.models.config import ModelConfig
from seq2exp_py.progress import say
from seq2exp_py.store import Store
from seq2exp_py.training import checkpoint
from seq2exp_py.training.adapt import Samples, few
from seq2exp_py.training.checkpoint import Checkpoint, Pretrained
from seq2exp_py.training.settings import Settings, divide, settings

FITTING_BATCH = 8  # samples that are read at once for a model that is fitted in one step


@dataclass(frozen=True)
class Request:
    """What to train.

    Attributes:
        genome: genome store. cells: stores of the cells whose genes are trained on together.
        model: row of the tables. preset: sizes. seed: of everything random.
        fields: fields of the model's or the training's configuration that differ from the preset.
        device: auto, cpu or cuda.
        init: checkpoint or weights to start from; for `seq2exp_retrain` the Seq2Exp-soft whose mask is frozen, which is trained
            first where none is given.
        pretrained: folder of `seq2exp pretrain`, for a mask with `sequence=pretrained`; others do not read it.
        state: folder of the state while the run is not finished. out: checkpoint folder.
    """

    genome: Path
    cells: tuple[Path, ...]
    model: str
    out: Path
    state: Path
    preset: str = "paper"
    seed: int = 1
    fields: dict[str, Any] = field(default_factory=dict)
    device: str = "auto"
    init: Path | None = None
    pretrained: Path | None = None

    def describe(self, config: ModelConfig, chosen: Settings, store: Store, parameters: int) -> Checkpoint:
        """What its checkpoint says of itself before the training."""
        return Checkpoint(
            model=self.model,
            preset=self.preset,
            config=config.model_dump(mode="json"),
            training=chosen.model_dump(mode="json"),
            tracks=store.tracks,
            cells=store.cells,
            seed=self.seed,
            samples_seen=0,
            best_epoch=0,
            pretrained=Pretrained.of(store),
            parameters=parameters,
        )


def resolve(request: Request, samples: Samples) -> tuple[dict[str, Any], Settings, Samples]:
    """Fields of the model's configuration, settings of the training, and the samples of `train` and `valid` that it leaves.

    Raises:
        InputError: a field is unknown or does not fit.
    """
    of_model, of_training = divide(request.fields, set(type(configure(request.model, request.preset)).model_fields))
    chosen = settings(request.model, request.preset, of_training)
    if chosen.parts == "head" and request.init is None:
        raise InputError("--set parts=head: trains the head of a checkpoint, and none is given; add --init-from")
    return of_model, chosen, samples if chosen.genes is None else few(samples, chosen.genes, request.seed)


def as_it_is(request: Request, store: Store, write: bool = True) -> None:
    """Take the checkpoint that is given as it is, where the cells have no expression that could train another.

    Raises:
        InputError: they have some, on other chromosomes; or there is no checkpoint of this model.
    """
    cells = ", ".join(store.cells)
    if any(np.isfinite(cell.observed).any() for cell in store.cell_stores):
        raise InputError(f"{request.genome}: no gene of split train has expression in {cells}; change --splits")
    if request.init is None:
        raise InputError(
            f"{cells}: no expression, so {request.model} cannot be trained; give --init-from a checkpoint of other cells"
        )
    found = checkpoint.read(request.init)
    if found.model != request.model:
        raise InputError(f"{request.init}: is a {found.model}, and {request.model} cannot be trained on {cells}: no expression")
    say(f"{cells}: no expression, so nothing is trained; {request.init}, trained on {', '.join(found.cells)}, is applied as it is")
    if write:
        with files.whole(request.out) as folder:
            shutil.copytree(request.init, folder)
