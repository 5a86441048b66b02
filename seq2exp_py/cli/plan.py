"""`seq2exp plan`: what a run will cost, before anyone pays for it."""

import click

from seq2exp_py.cli._options import options
from seq2exp_py.runtime.params import PipelineParams


@click.command()
@click.option("--cells", type=click.IntRange(1), default=1, show_default=True, help="Number of cells.")
@options(PipelineParams, "seeds", "gpus", "models", "preset", "contacts")
@click.option("--genes", type=click.IntRange(1), default=18377, show_default=True, help="Number of genes.")
@click.option("--gpu", type=click.Choice(["a100", "h100", "h200", "l4"]), default="h100", show_default=True, help="Kind of GPU.")
@click.option(
    "--precision", type=click.Choice(["fp32", "bf16"]), default="fp32", show_default=True, help="Arithmetic of the layers."
)
def command(
    cells: int, seeds: int, gpus: int, models: str, genes: int, preset: str, gpu: str, precision: str, contacts: str
) -> None:
    """Print the tasks, GPU hours, time, storage and network traffic that a run is expected to take.

    The figures follow from operation counts, the data sheets of the GPUs and an assumed utilisation; none was measured on a GPU.
    """
    from seq2exp_py.models.rows import MODELS
    from seq2exp_py.runtime import plan

    names = tuple(MODELS if models == "all" else dict.fromkeys(name.strip() for name in models.split(",") if name.strip()))
    request = plan.Request(cells, seeds, gpus, names, genes, preset, gpu, precision, contacts)
    click.echo(plan.text(request, plan.plan(request)))
