"""`seq2exp pretrain`: what the sequence says of being open, learned from the cells' own peaks."""

import sys
from pathlib import Path

import click

from seq2exp_py.cli._options import options
from seq2exp_py.cli.train import UNFINISHED, pairs
from seq2exp_py.models.options import TrainOptions
from seq2exp_py.progress import say

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--genome", type=click.Path(path_type=Path), required=True, help="Genome store, from `seq2exp prepare-genome`.")
@click.option("--cell", "cells", type=click.Path(path_type=Path), required=True, multiple=True, help="Cell store; repeatable.")
@options(TrainOptions, "preset", "seed")
@click.option("--set", "fields", multiple=True, callback=pairs, help="field=value of the settings, e.g. epochs=20; repeatable.")
@click.option("--motifs", type=click.Path(path_type=Path), help="Known motifs, in MEME's format, to name the found ones by.")
@click.option("--time-limit", type=float, help=f"Seconds after which to save the state and end with exit status {UNFINISHED}.")
@click.option("--state", type=click.Path(path_type=Path), help="Folder to go on from after a kill.  [default: OUT.state]")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write.")
@click.option("--report", is_flag=True, help="Print how good OUT is, which is made only if it is not there.")
@click.option("--crispri", type=FILE, help="With --report: table of the ENCODE CRISPR benchmark, to set P beside the GC content.")
@click.option("--truth", type=FOLDER, help="With --report: ground truth of a simulation.")
def command(
    genome: Path,
    cells: tuple[Path, ...],
    preset: str,
    seed: int,
    fields: dict[str, str],
    motifs: Path | None,
    time_limit: float | None,
    state: Path | None,
    out: Path,
    report: bool,
    crispri: Path | None,
    truth: Path | None,
) -> None:
    """Learn from peaks what sequence is open in which cell, and read it over the genome.

    One small network per fold of the training chromosomes; no base is read by a network that was trained on it, and what is held
    out for validation and test trains none. A run that was killed, or that met its --time-limit, goes on from its --state when
    the same command is given again, with the same result as if it had not been stopped.
    """
    from seq2exp_py import machine

    machine.huge_pages()
    from seq2exp_py.pretrain import Request, pretrain
    from seq2exp_py.training import Clock, OutOfTimeError

    clock = Clock(time_limit)
    clock.listen()
    place = state or out.with_name(f"{out.name}.state")
    try:
        if not (report and out.exists()):
            pretrain(Request(genome, cells, out, place, seed, dict(fields), motifs, preset), clock)
    except OutOfTimeError:
        say(f"stopped before the end; the same command goes on from {place}")
        sys.exit(UNFINISHED)
    if report:
        shown(genome, cells, out, crispri, truth)


def shown(genome: Path, cells: tuple[Path, ...], out: Path, crispri: Path | None, truth: Path | None) -> None:
    """Print the metrics of a folder, and what it is worth to the evidence; the new tables are written into it."""
    from seq2exp_py.evaluate.defaults import RESAMPLES
    from seq2exp_py.evaluate.sequence import report
    from seq2exp_py.store import Store
    from seq2exp_py.store.sequence import SequenceStore
    from seq2exp_py.writers.table import write_table

    store = Store.open(genome, cells)
    tables = report(SequenceStore(out, store.genome), store, crispri, truth, RESAMPLES)
    click.echo((out / "metrics.csv").read_text())
    for name, table in tables.items():
        write_table(table, out / f"{name}.tsv")
        click.echo(f"{name}\n{table.to_string(index=False, float_format='{:.3f}'.format)}\n")


if __name__ == "__main__":
    from seq2exp_py.cli import execute

    execute(command)
