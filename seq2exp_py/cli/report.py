"""`seq2exp report`."""

from pathlib import Path

import click

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("report")
@click.option("--evaluation", "evaluations", required=True, multiple=True, type=FOLDER, help="Folder of seq2exp evaluate.")
@click.option("--annotation", "annotations", multiple=True, type=FOLDER, help="Folder of seq2exp annotate; any number of them.")
@click.option(
    "--checkpoint", "checkpoints", multiple=True, type=FOLDER, help="Checkpoint folder, for its learning curve; any number of them."
)
@click.option("--trace", type=FILE, help="Nextflow trace file, for run times, memory and failed tasks.")
@click.option(
    "--versions", multiple=True, type=FILE, help="versions.yml of the pipeline; without it, this environment's versions are listed."
)
@click.option("--name", default="", help="Name of the run, where one MultiQC report is to hold several.")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder for the *_mqc.json files.")
def command(
    evaluations: tuple[Path, ...],
    annotations: tuple[Path, ...],
    checkpoints: tuple[Path, ...],
    trace: Path | None,
    versions: tuple[Path, ...],
    name: str,
    out: Path,
) -> None:
    """Write the MultiQC sections of a run; a plain `multiqc` on the folder renders them."""
    from seq2exp_py.report.inputs import load
    from seq2exp_py.report.run import report

    files = report(load(evaluations, annotations, checkpoints, trace, versions), out, name)
    click.echo(f"{out}: {len(files)} files for MultiQC")
