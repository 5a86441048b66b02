"""`python -m seq2exp_py.runtime.prepare`: find or install all that a run needs, and print the path of `nextflow`."""

import sys

from seq2exp_py.errors import InputError
from seq2exp_py.progress import say
from seq2exp_py.runtime import nextflow, tools


def main() -> None:
    """Find or install Java, Nextflow and bedtools; say on standard error where each came from."""
    try:
        java, java_origin = tools.java()
        program = nextflow.find_or_install()
        bedtools, bedtools_origin = tools.bedtools()
    except InputError as error:
        say(f"error: {error}")
        sys.exit(2)
    say(f"Java from {java_origin} ({java})")
    say(f"Nextflow from {program.origin} ({program.command})")
    say(f"bedtools from {bedtools_origin} ({bedtools})")
    print(program.command)


if __name__ == "__main__":
    main()
