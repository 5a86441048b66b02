"""`seq2exp plan`: what a run will cost, before anyone pays for it."""

import click


@click.command()
@click.option("--cells", type=click.IntRange(1), default=1, show_default=True, help="Number of cells.")
@click.option("--seeds", type=click.IntRange(1), default=1, show_default=True, help="Runs of each model.")
@click.option("--gpus", type=click.IntRange(1), default=1, show_default=True, help="GPUs that work at once.")
@click.option("--models", default="seq2exp_soft,ridge", show_default=True, help="Models, with commas between them, or all.")
@click.option("--genes", type=click.IntRange(1), default=18377, show_default=True, help="Number of genes.")
@click.option(
    "--preset", type=click.Choice(["paper", "small", "tiny"]), default="paper", show_default=True, help="Size of the models."
)
@click.option("--gpu", type=click.Choice(["a100", "h100", "h200", "l4"]), default="h100", show_default=True, help="Kind of GPU.")
@click.option(
    "--precision", type=click.Choice(["fp32", "bf16"]), default="fp32", show_default=True, help="Arithmetic of the layers."
)
@click.option(
    "--contacts",
    type=click.Choice(["powerlaw", "average", "hic"]),
    default="powerlaw",
    show_default=True,
    help="Contact maps to download: none, one average, or each cell's.",
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
