"""Find or install all that a run needs beside Python: what `seq2exp setup` does."""

from seq2exp_py.progress import say
from seq2exp_py.runtime import nextflow, tools


def prepare() -> str:
    """Find or install Java, Nextflow and bedtools, and say where each came from.

    Returns:
        The path of `nextflow`.

    Raises:
        InputError: one of them is missing and cannot be installed; the sentence says how to.
    """
    program = nextflow.find_or_install()
    java, java_origin = tools.java()
    tools.install_bedtools()
    bedtools, bedtools_origin = tools.bedtools()
    say(f"Java from {java_origin} ({java})")
    say(f"Nextflow from {program.origin} ({program.command})")
    say(f"bedtools from {bedtools_origin} ({bedtools})")
    return program.command
