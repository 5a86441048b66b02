"""`seq2exp run`: the pipeline, its inputs checked first."""

import sys
from pathlib import Path
from typing import Any

import click

from seq2exp_py.cli._options import TYPES
from seq2exp_py.runtime.params import GROUPS
from seq2exp_py.runtime.schema import parameters

HIDDEN = {"help", "version"}


def options() -> list[click.Parameter]:
    """Return one option for each parameter of the pipeline, in the order and with the text of its schema."""
    return [_option(name, schema) for name, schema in parameters().items() if name not in HIDDEN]


def _option(name: str, schema: dict[str, Any]) -> click.Option:
    kind = click.Choice(schema["enum"]) if "enum" in schema else TYPES[schema["type"]]
    default = schema.get("default")
    flag = schema["type"] == "boolean" and default is False
    text = schema["description"] + (
        "" if default is None or flag else f"  [{str(default).lower() if default is True else default}]"
    )
    shown: dict[str, Any] = {"metavar": "FILE" if schema["format"] == "file-path" else "FOLDER"} if "format" in schema else {}
    # No default here: what the user does not give stays with nextflow.config and the profiles
    return click.Option(
        [f"--{name}", *([f"--{name.replace('_', '-')}"] if "_" in name else []), name],
        type=kind,
        default=None,
        help=text,
        is_flag=flag,
        **shown,
    )


class RunCommand(click.Command):
    """A command that lists its options by the groups of the schema."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options group by group."""
        groups = {name: schema["group"] for name, schema in parameters().items()}
        for key, title in [*((name, title) for name, (title, _) in GROUPS.items()), ("", "Nextflow")]:
            records = [p.get_help_record(ctx) for p in self.get_params(ctx) if groups.get(p.name or "", "") == key]
            with formatter.section(title):
                formatter.write_dl([record for record in records if record])


@click.command(
    cls=RunCommand,
    params=[
        *options(),
        click.Option(["-profile", "--profile"], help="Nextflow profiles, e.g. docker,gpu or slurm,apptainer,gpu."),
        click.Option(["-resume", "--resume"], is_flag=True, help="Go on from an earlier run in this folder."),
        click.Option(["-work-dir", "--work-dir", "-w"], help="Folder for intermediate files.  [work]", metavar="FOLDER"),
        click.Option(["-stub-run", "--stub-run"], is_flag=True, help="Run the pipeline's shape with empty files."),
        click.Argument(["nextflow_options"], nargs=-1, type=click.UNPROCESSED, metavar="[-- NEXTFLOW OPTIONS]"),
    ],
)
def command(
    profile: str | None, resume: bool, work_dir: str | None, stub_run: bool, nextflow_options: tuple[str, ...], **given: Any
) -> None:
    """Run the pipeline: check the parameters and the samplesheet, then start Nextflow and pass on its output and exit status.

    Example: seq2exp run --input samplesheet.csv --fasta hg38.fa.gz --gtf genes.gtf.gz --outdir results -profile docker
    """
    from seq2exp_py.runtime import launch

    chosen = {name: value for name, value in given.items() if value is not None and value is not False}
    launch.check(chosen, (profile or "").split(","))
    flags = [*(["-profile", profile] if profile else []), *(["-resume"] if resume else []), *(["-stub-run"] if stub_run else [])]
    flags += ["-work-dir", work_dir] if work_dir else []
    sys.exit(launch.run(chosen, [*flags, *nextflow_options], Path.cwd()))
