"""The pipeline's shape, with empty files: which tasks run for which options."""

import re

import pytest

pytestmark = pytest.mark.pipeline
STUB = ("-profile", "test", "-stub-run", "--outdir", "results")


def tasks(text: str) -> set[str]:
    return set(re.findall(r"Submitted process > SEQ2EXP:\w+:(\w+ \(.*?\))$", text, flags=re.MULTILINE))


def test_one_training_task_for_each_cell_model_and_seed(pipeline, tmp_path):
    done = pipeline(tmp_path, *STUB, "--seeds", "2", "--models", "ridge,caduceus")
    assert done.returncode == 0, done.stdout
    trained = {name for name in tasks(done.stdout) if name.startswith("TRAIN")}
    assert trained == {f"TRAIN ({c}.{m}.{s})" for c in "AB" for m in ("ridge", "caduceus") for s in (1, 2)}
    assert {"HUB (sim)", "IGV (sim)", "MULTIQC (sim)", "ANNOTATE (A.ridge)"} <= tasks(done.stdout)
    assert (tmp_path / "results" / "A" / "masks" / "A.ridge.mean.bw").exists()


def test_cells_limits_the_run(pipeline, tmp_path):
    done = pipeline(tmp_path, *STUB, "--cells", "B")
    assert "PREPARE_CELL (B)" in tasks(done.stdout)
    assert "PREPARE_CELL (A)" not in tasks(done.stdout)


def test_train_cells_makes_one_model_for_all_cells(pipeline, tmp_path):
    done = pipeline(tmp_path, *STUB, "--train_cells", "A,B", "--models", "ridge")
    assert {name for name in tasks(done.stdout) if name.startswith(("TRAIN", "PREDICT"))} == {
        "TRAIN (A+B.ridge.1)",
        "PREDICT (A.ridge.1)",
        "PREDICT (B.ridge.1)",
    }


def test_odd_file_names_reach_the_tasks_whole(pipeline, tmp_path):
    odd = "a b'$(touch hacked)\"é.bw"
    for name in ("genome.fa", "genes.gtf", odd, "expression.tsv"):
        (tmp_path / name).write_text("")
    quoted = '"' + odd.replace('"', '""') + '"'
    (tmp_path / "sheet.csv").write_text(f"cell,assay,path\nK562,DNase,{quoted}\nK562,expression,expression.tsv\n", encoding="utf-8")
    done = pipeline(
        tmp_path,
        "-stub-run",
        "--input",
        "sheet.csv",
        "--fasta",
        "genome.fa",
        "--gtf",
        "genes.gtf",
        "--outdir",
        "out",
        "--preset",
        "tiny",
    )
    assert done.returncode == 0, done.stdout
    assert not list(tmp_path.rglob("hacked"))
    assert list((tmp_path / "work").rglob(odd))
