"""`seq2exp predict`: expression and masks of every gene in a cell."""

from pathlib import Path

import click

from seq2exp_py.cli._options import options
from seq2exp_py.models.options import TrainOptions


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--genome", type=click.Path(path_type=Path), required=True, help="Genome store.")
@click.option("--cell", type=click.Path(path_type=Path), required=True, help="Cell store; the model need not have seen it.")
@click.option("--checkpoint", type=click.Path(path_type=Path), required=True, help="Folder from `seq2exp train`.")
@click.option("--pretrained", type=click.Path(path_type=Path), help="Folder of `seq2exp pretrain`, for a mask that P multiplies.")
@click.option("--splits", default="all", help="all, or some of train,valid,test,none (genes in no split).")
@options(TrainOptions, "device")
@click.option("--batch", type=click.IntRange(min=1), default=4, help="Genes per forward pass.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Prediction folder to write.")
def command(
    genome: Path, cell: Path, checkpoint: Path, pretrained: Path | None, splits: str, device: str, batch: int, out: Path
) -> None:
    """Predict expression, and masks where the model has them, of every gene with a split, or of genes in no split too."""
    from seq2exp_py import machine

    machine.huge_pages()
    from seq2exp_py.errors import InputError
    from seq2exp_py.inference.predict import predict

    chosen = [] if splits == "all" else splits.split(",")
    if wrong := [s for s in chosen if s not in ("train", "valid", "test", "none")]:
        raise InputError(f"--splits {wrong[0]}: expected all, or some of train, valid, test, none")
    machine.keep_freed()
    predict(genome, cell, checkpoint, out, chosen, device, batch, pretrained)


if __name__ == "__main__":
    from seq2exp_py.cli import execute

    execute(command)
