"""`seq2exp train`: one model, one seed, one or several cells."""

import sys
from pathlib import Path

import click

from seq2exp_py.cli._options import options
from seq2exp_py.errors import InputError
from seq2exp_py.models import MODELS
from seq2exp_py.models.options import TrainOptions
from seq2exp_py.models.rows import find
from seq2exp_py.progress import say

UNFINISHED = 75  # EX_TEMPFAIL: the same command goes on from the state


def pairs(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Parse `field=value` options."""
    if wrong := [v for v in values if "=" not in v]:
        raise InputError(f"--set {wrong[0]}: expected field=value, e.g. --set lr=0.001")
    return dict(v.split("=", 1) for v in values)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--genome", type=click.Path(path_type=Path), required=True, help="Genome store, from `seq2exp prepare-genome`.")
@click.option("--cell", "cells", type=click.Path(path_type=Path), required=True, multiple=True, help="Cell store; repeatable.")
@click.option("--model", type=click.Choice(list(MODELS)), required=True, help="Model to train.")
@options(TrainOptions)
@click.option("--set", "fields", multiple=True, callback=pairs, help="field=value of the model or the training; repeatable.")
@click.option("--pretrained", type=click.Path(path_type=Path), help="Folder of `seq2exp pretrain`: P, for --sequence pretrained.")
@click.option("--init-from", type=click.Path(path_type=Path), help="Checkpoint or weights to start from.")
@click.option("--time-limit", type=float, help=f"Seconds after which to save the state and end with exit status {UNFINISHED}.")
@click.option("--state", type=click.Path(path_type=Path), help="Folder to go on from after a kill.  [default: OUT.state]")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Checkpoint folder to write.")
def command(
    genome: Path,
    cells: tuple[Path, ...],
    model: str,
    preset: str,
    seed: int,
    epochs: int | None,
    mask_ratio: float | None,
    promoter_activity: str,
    fields: dict[str, str],
    sequence: str | None,
    pretrained: Path | None,
    init_from: Path | None,
    device: str,
    time_limit: float | None,
    state: Path | None,
    out: Path,
) -> None:
    """Train a model and write its checkpoint.

    A run that was killed, or that met its --time-limit, goes on from its --state when the same command is given again, with the
    same result as if it had not been stopped. Under `torchrun` the processes share each batch.
    """
    from seq2exp_py import machine

    machine.huge_pages()
    from seq2exp_py.models import configure
    from seq2exp_py.training import Clock, OutOfTimeError, Request, train

    chosen: dict[str, object] = {"promoter_activity": promoter_activity == "on"}
    chosen |= {} if epochs is None else {"epochs": epochs}
    if mask_ratio is not None and "mask_ratio" in type(configure(model, preset)).model_fields:
        chosen["mask_ratio"] = mask_ratio
    if sequence is not None and find(model).mask == "odds":
        chosen["sequence"] = "none" if (model, sequence) == ("evidence", "learned") else sequence  # it has no generator
    clock = Clock(time_limit)
    clock.listen()
    place = state or out.with_name(f"{out.name}.state")
    try:
        train(Request(genome, cells, model, out, place, preset, seed, {**chosen, **fields}, device, init_from, pretrained), clock)
    except OutOfTimeError:
        say(f"stopped before the end; the same command goes on from {place}")
        sys.exit(UNFINISHED)


if __name__ == "__main__":
    from seq2exp_py.cli import execute

    execute(command)
