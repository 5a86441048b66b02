"""Measure one part and write its JSON to $OUT: `python -m benchmarks.card PART [--dry]`; `benchmarks/gpu.sh` runs all."""

import argparse
import importlib

from benchmarks.card.part import Part, folder
from benchmarks.card.rehearsal import mend_interpreter

PARTS = ("rates", "kernels", "steps", "training", "layer", "windows", "processes")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.card", description=__doc__)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--dry", action="store_true", help="rehearse on the CPU at small sizes")
    given = parser.parse_args()
    if given.dry:
        mend_interpreter()
    part = Part(given.part, folder(), given.dry)
    with part.attempt(given.part):
        importlib.import_module(f"benchmarks.card.{given.part}").measure(part)
    part.finish()


if __name__ == "__main__":
    main()
