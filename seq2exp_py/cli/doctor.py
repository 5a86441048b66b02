"""`seq2exp doctor`: what this machine has, and what to do about the rest."""

import sys

import click

SIGNS = {"ok": "ok", "missing": "MISSING", "optional": "absent"}


@click.command()
def command() -> None:
    """Report Python, Java, Nextflow, torch, CUDA, mamba-ssm, bedtools, container engines, Slurm, free disk and memory.

    Exits with status 1 if something is missing without which nothing runs here.
    """
    from seq2exp_py.runtime.doctor import examine

    worst = 0
    for finding in examine():
        click.echo(f"{finding.name:<12} {SIGNS[finding.state]:<8} {finding.found}")
        if finding.advice:
            click.echo(f"{'':<12} {'':<8} -> {finding.advice}")
        worst |= finding.state == "missing"
    sys.exit(int(worst))
