"""Check a run's parameters as far as Python can, and start Nextflow with them."""

import importlib
import importlib.util
import os
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from seq2exp_py.errors import Fault, InputError, faults, meant
from seq2exp_py.models.rows import MODELS
from seq2exp_py.progress import say
from seq2exp_py.runtime import nextflow, tools
from seq2exp_py.runtime.params import PipelineParams
from seq2exp_py.runtime.schema import parameters

ENGINES = {"docker", "podman", "singularity", "apptainer", "conda"}


def pipeline_folder() -> Path:
    """Return the folder of main.nf: `SEQ2EXP_PIPELINE`, else the repository that this package is part of.

    Raises:
        InputError: there is no pipeline beside the package.
    """
    folder = Path(os.environ.get("SEQ2EXP_PIPELINE") or Path(__file__).parents[2])
    if not (folder / "main.nf").exists():
        raise InputError(f"{folder} has no main.nf: set SEQ2EXP_PIPELINE to the folder of the seq2exp repository")
    return folder


def check(given: Mapping[str, Any], profiles: Sequence[str]) -> PipelineParams:
    """Validate parameters and samplesheet, before Nextflow starts.

    Args:
        given: the parameters that the user gave, by name.
        profiles: Nextflow profiles; a test profile brings its own data.

    Returns:
        All parameters.

    Raises:
        InputError: one line for each problem.
    """
    try:
        params = PipelineParams(**given)
    except ValidationError as error:
        raise InputError("\n".join(_sentence(problem) for problem in faults(error))) from None
    problems = [
        f"--{name} '{given[name]}': there is no such file"
        for name, schema in parameters().items()
        if _absent(given.get(name), schema)
    ]
    problems += [f"--extra_track '{pair}': there is no such file" for pair in _absent_tracks(params.extra_track)]
    if not any(name.startswith("test") for name in profiles):  # those bring their own data, window and preset
        problems += params.contradictions()
        problems += [] if params.simulate or params.list_cells else _lacking(params)
    problems += _wrong_splits(params.splits)
    if problems:
        raise InputError("\n".join(problems))
    if params.input:
        _check_samplesheet(Path(params.input), names(params.cells), params.allow_unknown_assays)
    return params


def _lacking(params: PipelineParams) -> list[str]:
    if params.input:
        return [f"--{name} is missing: --input needs it" for name in ("fasta", "gtf") if getattr(params, name) is None]
    if params.cells:  # downloaded, with their genome
        return []
    return ["--input is missing: give it, or --cells K562 for public data, or --simulate demo for simulated data"]


def _sentence(problem: Fault) -> str:
    name, given = problem.place, str(problem.given)
    strange = [model for model in names(given) or [] if model not in ("all", *MODELS)] if name == "models" else []
    if strange:
        guess = meant(strange[0], MODELS).replace(";", ":") or ";"
        return f"--models '{given}': there is no {strange[0]}{guess} choose among all, {', '.join(MODELS)}"
    if problem.kind == "extra_forbidden":
        return f"--{name} is no parameter{meant(name, PipelineParams.model_fields)}"
    return problem.of(f"--{name}")


def _absent(value: object, schema: Mapping[str, Any]) -> bool:
    return value is not None and schema.get("exists", False) and "://" not in str(value) and not Path(str(value)).exists()


def _absent_tracks(text: str | None) -> list[str]:
    pairs = text.split(",") if text else []
    return [pair for pair in pairs if "://" not in pair and not Path(pair.partition("=")[2]).is_file()]


def _wrong_splits(text: str | None) -> list[str]:
    """What is wrong with chromosomes given by split; a table is a file, for `check` to read."""
    if text is None or "=" not in text:
        return []
    try:
        importlib.import_module("seq2exp_py.genome.splits").parse(text)
    except InputError as error:
        return [str(error)]
    return []


def _check_samplesheet(path: Path, cells: list[str] | None, unknown_assays: bool) -> None:
    if importlib.util.find_spec("seq2exp_py.tracks.samplesheet"):
        importlib.import_module("seq2exp_py.tracks.samplesheet").read(path, cells, unknown_assays, addresses=True)


def names(text: str | None) -> list[str] | None:
    """Return the names of 'a, b' without repeats, as the pipeline's own `names` does."""
    found = [name.strip() for name in (text or "").split(",")]
    return list(dict.fromkeys(name for name in found if name)) or None


def arguments(given: Mapping[str, Any]) -> list[str]:
    """Return parameters as Nextflow's command line takes them."""
    return [
        word
        for name, value in given.items()
        for word in (f"--{name}", str(value).lower() if isinstance(value, bool) else str(value))
    ]


def run(given: Mapping[str, Any], flags: Sequence[str], folder: Path) -> int:
    """Run the pipeline with Nextflow, its output on this terminal.

    Args:
        given: parameters by name.
        flags: options of Nextflow itself.
        folder: where to run; Nextflow keeps its work folder and history there.

    Returns:
        Nextflow's exit status; 128 + n where signal n ended it.
    """
    program = nextflow.find()
    profiles = set(flags[flags.index("-profile") + 1].split(",")) if "-profile" in flags else set()
    if not profiles & ENGINES:
        tools.bedtools()
    command = [program.command, "run", str(pipeline_folder()), *flags, *arguments(given)]
    say(f"Nextflow from {program.origin}: {shlex.join(command)}")
    return wait(subprocess.Popen(command, cwd=folder, env=program.env))


def wait(process: "subprocess.Popen[bytes]") -> int:
    """Wait for a child; an interrupt reaches it from the terminal, a termination is passed on."""
    before = {number: signal.signal(number, _forward(process, number)) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        status = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 128 - status if status < 0 else status


def _forward(process: "subprocess.Popen[bytes]", number: int) -> Any:
    def handler(*_: object) -> None:
        if number != signal.SIGINT:
            process.send_signal(number)

    return handler
