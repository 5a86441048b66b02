"""The pipeline's shape, with empty files: which tasks run for which options."""

import re
from pathlib import Path

import pytest

from seq2exp_py.models import MODELS

pytestmark = pytest.mark.pipeline
STUB = ("-profile", "test", "-stub-run", "--outdir", "results")


def tasks(text: str) -> set[str]:
    return set(re.findall(r"Submitted process > SEQ2EXP:\w+:(\w+ \(.*?\))$", text, flags=re.MULTILINE))


def test_one_training_task_for_each_cell_model_and_seed_and_one_pretrain_whose_result_masks_and_hub_are_given(pipeline, tmp_path):
    done = pipeline(tmp_path, *STUB, "--seeds", "2", "--models", "ridge,seq2exp_soft")
    assert done.returncode == 0, done.stdout
    trained = {name for name in tasks(done.stdout) if name.startswith("TRAIN")}
    assert trained == {f"TRAIN ({c}.{m}.{s})" for c in "AB" for m in ("ridge", "seq2exp_soft") for s in (1, 2)}
    assert {name for name in tasks(done.stdout) if name.startswith("PRETRAIN")} == {"PRETRAIN (sim)"}
    assert {"HUB (sim)", "IGV (sim)", "MULTIQC (sim)", "ANNOTATE (A.ridge)"} <= tasks(done.stdout)
    assert (tmp_path / "results" / "A" / "masks" / "A.ridge.mean.bw").exists()
    assert (tmp_path / "results" / "sequence" / "sim" / "motifs.meme").exists()
    assert (folder(tmp_path, "HUB (sim)", done.stdout) / "sequence" / "sim" / "manifest.json").exists()
    pretrain = folder(tmp_path, "PRETRAIN (sim)", done.stdout)
    assert (pretrain / "genome" / "sim").is_symlink() and not (pretrain / "sim").is_symlink()
    for process in ("TRAIN", "PREDICT"):
        for cell in "AB":
            soft, ridge = (folder(tmp_path, f"{process} ({cell}.{m}.1)", done.stdout) for m in ("seq2exp_soft", "ridge"))
            assert (soft / "sequence" / "sim" / "manifest.json").exists() and not (ridge / "sequence").exists()


def test_all_trains_every_model_in_the_order_of_the_tables_and_cells_limits_the_run(pipeline, tmp_path):
    limits = ("--cells", " B, B", "--validate_params", "false", "--allow_unmeasured", "false")
    done = pipeline(tmp_path, *STUB, "--models", "all", *limits)
    assert done.returncode == 0, done.stdout
    assert {name for name in tasks(done.stdout) if name.startswith("TRAIN")} == {f"TRAIN (B.{model}.1)" for model in MODELS}
    assert "PREPARE_CELL (B)" in tasks(done.stdout) and "PREPARE_CELL (A)" not in tasks(done.stdout)
    assert "--allow-unmeasured" not in (folder(tmp_path, "CHECK (samplesheet)", done.stdout) / ".command.sh").read_text()


def test_train_cells_makes_one_model_for_all_cells_and_a_mask_is_given_no_p_where_it_learns_its_own(pipeline, tmp_path):
    done = pipeline(tmp_path, *STUB, "--train_cells", "A,B", "--models", "ridge,seq2exp_soft", "--sequence", "learned")
    assert {name for name in tasks(done.stdout) if name.startswith(("TRAIN", "PREDICT"))} == {
        f"{task}.{model}.1)" for task in ("TRAIN (A+B", "PREDICT (A", "PREDICT (B") for model in ("ridge", "seq2exp_soft")
    }
    assert not (folder(tmp_path, "TRAIN (A+B.seq2exp_soft.1)", done.stdout) / "sequence").exists()
    assert "PRETRAIN (sim)" in tasks(done.stdout)  # the browsers show it


ODD = "DNase.a b'$(touch hacked)\"é.bw"


def test_peaks_are_called_for_cells_that_have_none_where_a_model_needs_them_and_odd_names_reach_tasks_whole(pipeline, tmp_path):
    files = {"A": (ODD, "reads.bam", "expression.tsv"), "B": ("DNase.bw", "peaks.bed", "expression.tsv")}
    rows = []
    for cell, names in files.items():
        (tmp_path / cell).mkdir()
        for name in names:
            (tmp_path / cell / name).write_text("")
            quoted = '"' + f"{cell}/{name}".replace('"', '""') + '"'
            rows.append(f"{cell},{'DNase' if name == 'reads.bam' else name.split('.')[0]},{quoted}\n")
    rows.append("T,fragments,fragments.tsv.gz,labels.tsv::type,CD4 T\n")
    (tmp_path / "sheet.csv").write_text("cell,assay,path,barcodes,label\n" + "".join(rows), encoding="utf-8")
    for name in ("genome.fa", "genes.gtf", "fragments.tsv.gz", "labels.tsv"):
        (tmp_path / name).write_text("")
    given = ("-stub-run", "--input", "sheet.csv", "--fasta", "genome.fa", "--gtf", "genes.gtf", "--outdir", "results")
    done = pipeline(tmp_path, *given, "--models", "macs3")
    assert done.returncode == 0, done.stdout
    assert {name for name in tasks(done.stdout) if name.startswith("CALL_PEAKS")} == {"CALL_PEAKS (A)", "CALL_PEAKS (T)"}
    assert not [name for name in tasks(done.stdout) if name.startswith("PRETRAIN")]  # of real genomes, where it is asked for
    assert list((tmp_path / "work").rglob(ODD)) and not list(tmp_path.rglob("hacked"))
    named = {folder(tmp_path, name, done.stdout): name for name in ("PREPARE_CELL (A)", "PREPARE_CELL (B)", "CALL_PEAKS (A)")}
    for task, name in named.items():
        lines = next(task.glob("sheet/*.csv")).read_text().splitlines()[1:]
        staged = {line.split(",")[1]: task / line.split(",")[2] for line in lines}
        assert all(path.exists() for path in staged.values())
        assert set(staged) == ({"DNase"} if name.startswith("CALL") else {"DNase", "peaks", "expression"})
    task = folder(tmp_path, "CALL_PEAKS (T)", done.stdout)
    row = (task / "sheet/T.csv").read_text().splitlines()[1].replace('"', "")
    cell, assay, path, _, form, _, _, barcodes, label = row.split(",")
    assert (cell, assay, form, label) == ("T", "ATAC", "fragments", "CD4 T")
    assert (task / path).exists() and barcodes.endswith("::type") and (task / barcodes.split("::")[0]).exists()


def folder(run: Path, task: str, text: str) -> Path:
    """Work folder of a task by the name that Nextflow prints."""
    start = re.search(rf"^\[(\S+)\] Submitted process > \S+:{re.escape(task)}$", text, flags=re.MULTILINE)[1]
    return next((run / "work").glob(f"{start}*"))


@pytest.mark.slow
def test_a_hundred_cells_are_one_run(pipeline, tmp_path):
    for name in ("genome.fa", "genes.gtf", "signal.bw", "expression.tsv"):
        (tmp_path / name).write_text("")
    cells = [f"cell{number}" for number in range(100)]
    rows = "".join(f"{cell},DNase,signal.bw\n{cell},expression,expression.tsv\n" for cell in cells)
    (tmp_path / "sheet.csv").write_text("cell,assay,path\n" + rows)
    files = ("--input", "sheet.csv", "--fasta", "genome.fa", "--gtf", "genes.gtf", "--outdir", "results", "--on_error", "continue")
    (tmp_path / "small.config").write_text("process { withName: '.*' { cpus = 1; memory = 100.MB } }\n")
    done = pipeline(tmp_path, "-stub-run", "-c", "small.config", *files, "--models", "ridge")
    assert done.returncode == 0, done.stdout
    assert {name for name in tasks(done.stdout) if name.startswith("ANNOTATE")} == {f"ANNOTATE ({cell}.ridge)" for cell in cells}
    check = folder(tmp_path, "CHECK (samplesheet)", done.stdout)
    staged = [check / line.split(",")[2] for line in (check / "check" / "samplesheet.csv").read_text().splitlines()[1:]]
    assert len(staged) == 200 and all(path.exists() for path in staged)
