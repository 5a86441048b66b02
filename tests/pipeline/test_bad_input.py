"""Bad input ends in one clear sentence and exit status 2, before any task."""

import json
import os
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.pipeline
SHEET = "cell,assay,path\nK562,DNase,signal.bw\nK562,expression,expression.tsv\n"


@pytest.fixture
def inputs(tmp_path):
    for name in ("genome.fa", "genes.gtf", "signal.bw", "expression.tsv"):
        (tmp_path / name).write_text("")
    (tmp_path / "sheet.csv").write_text(SHEET)
    return ["--input", "sheet.csv", "--fasta", "genome.fa", "--gtf", "genes.gtf", "--outdir", "results"]


FILES = {"input": "sheet.csv", "fasta": "genome.fa", "gtf": "genes.gtf", "outdir": "results"}
WRONG = [
    ({"modles": "ridge"}, "--modles is not a parameter of this pipeline: did you mean --models?"),
    ({"models": "rigde"}, "--models is 'rigde'"),
    ({"models": "ridge, rigde"}, "--models is 'ridge, rigde': there is no rigde: did you mean ridge? choose among all, "),
    ({"train_args": "--set learning_rat=0.1"}, "there is no setting learning_rat: did you mean learning_rate?"),
    ({"pretrain_args": "--set epoch=2"}, "there is no setting epoch: did you mean epochs?"),
    ({"window": "20000", "preset": "tiny"}, "--window is 20000, and models of --preset tiny read 32000 bases"),
    ({"simulate": "tiny"}, "--simulate makes data of its own and --input names some"),
    ({"validate_params": "false", "seeds": "two"}, "--seeds is 'two': give a whole number"),
    ({"seeds": "0"}, "--seeds is '0': give at least 1"),
    ({"keep": "1"}, "--keep is '1': give less than 1"),
    ({"keep": "0.1", "per_gene": "5"}, "--per_gene and --keep both say how many elements there are: give one of them"),
    ({"preset": "huge"}, "give one of paper, small, tiny"),
    ({"fasta": "absent.fa"}, "--fasta is 'absent.fa': there is no such file"),
    ({"fasta": "genome*.fa"}, "--fasta is 'genome*.fa': its path holds"),
    ({"input": None}, "--input is missing: give it, or --cells K562 for public data"),
    ({"sequence": "pretrained"}, "--sequence pretrained needs what --pretrain learns"),
    ({"sequence": "pretrained", "pretrain": "false"}, "--sequence pretrained needs what --pretrain learns"),
]
RIGHT = [({}, False), ({"pretrain": True}, True), ({"input": None, "simulate": "tiny"}, True)]
RIGHT += [({"input": None, "simulate": "tiny", "pretrain": "false"}, False)]


@pytest.fixture(scope="module")
def found(program, tmp_path_factory):
    """What the pipeline's own check finds in each set of parameters, in one start of Nextflow."""
    place = tmp_path_factory.mktemp("parameters")
    for name in ("genome.fa", "genes.gtf"):
        (place / name).write_text("")
    (place / "sheet.csv").write_text(SHEET)
    (place / "sets.json").write_text(json.dumps([{**FILES, **given} for given, _ in [*WRONG, *RIGHT]]))
    command = [program.command, "run", str(Path(__file__).parent / "check_params.nf"), "--sets", str(place / "sets.json")]
    done = subprocess.run(command, cwd=place, env=program.env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"set"')]


@pytest.mark.parametrize("number", range(len(WRONG)), ids=[sentence for _, sentence in WRONG])
def test_a_bad_parameter_is_one_sentence(number, found):
    (problem,) = found[number]["problems"]
    assert WRONG[number][1] in problem


@pytest.mark.parametrize("number", range(len(RIGHT)))
def test_what_fits_is_let_through(number, found):
    assert found[len(WRONG) + number] == {"set": len(WRONG) + number, "problems": [], "learns": RIGHT[number][1]}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--modles", "ridge"], "--modles is not a parameter of this pipeline: did you mean --models?"),
        (["--outdir", "genome.fa/results"], "--outdir is 'genome.fa/results': nothing can be written there"),
        (["--extra_track", "own=genes.gtf,pairs=absent.bedpe"], "--extra_track pairs: there is no file"),
        (["--cells", "HepG2"], "--cells names HepG2, and sheet.csv has K562"),
        (["--train_cells", "HepG2"], "--train_cells names HepG2"),
    ],
)
def test_bad_input_ends_the_run_with_status_2_before_any_task(inputs, options, sentence, pipeline, tmp_path):
    done = pipeline(tmp_path, *inputs, *options, "-stub-run")
    assert sentence in done.stdout
    assert done.returncode == 2
    assert "Submitted process" not in done.stdout


def test_what_only_the_files_tell_is_found_by_the_first_task(inputs, pipeline, tmp_path):
    done = pipeline(tmp_path, *inputs)
    assert "error: " in done.stdout
    assert "Stopped: the input cannot be used" in done.stdout
    assert done.returncode == 2
    assert "PREPARE_GENOME" not in done.stdout


@pytest.fixture
def read_only(tmp_path):
    """A folder that nobody can write to; root could, where only its permissions forbid it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid():
        disk.chmod(0o555)
        yield disk
    elif subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("root may write anywhere, and mounting is not allowed here")
    else:
        yield disk
        subprocess.run(["umount", str(disk)], check=True)


def test_output_folder_on_a_read_only_disk_is_found_before_any_task(inputs, read_only, pipeline, tmp_path):
    done = pipeline(tmp_path, *inputs[:-1], str(read_only / "results"), "-stub-run")
    assert f"--outdir is '{read_only}/results': nothing can be written there" in done.stdout
    assert done.returncode == 2
    assert "Submitted process" not in done.stdout
