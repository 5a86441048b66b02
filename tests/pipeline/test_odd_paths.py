"""Folders and files with names that a shell would trip over, through every task for real."""

import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from seq2exp_py.cli.simulate import command as simulate

pytestmark = pytest.mark.pipeline
ODD = 'a b;touch hacked;$(touch hacked)`touch hacked`&"é'  # a parameter may hold anything but ' and what the check refuses


def test_two_seeds_and_paths_with_spaces_quotes_commands_and_unicode_reach_every_task_whole(pipeline, tmp_path):
    world = tmp_path / ODD
    assert CliRunner().invoke(simulate, ["--preset", "tiny", "--cells", "cellA", "--out", str(world)]).exit_code == 0
    splits = yaml.safe_load((world / "params.yaml").read_text())["splits"]
    sheet = pd.read_csv(world / "samplesheet.csv", dtype=str)
    for row in sheet.index:
        old = world / sheet.loc[row, "path"]
        new = old.with_name(f"{row} '{ODD}'{''.join(old.suffixes)}")
        old.rename(new)
        sheet.loc[row, "path"] = str(new.relative_to(world))
    odd = {"input": f"{ODD}.csv", "fasta": f"{ODD}.fa", "gtf": f"{ODD}.gtf", "blacklist": f"{ODD}.bed", "splits": splits}
    sheet.to_csv(world / odd["input"], index=False)
    for old, name in (("genome.fa", "fasta"), ("genes.gtf", "gtf"), ("blacklist.bed", "blacklist")):
        (world / old).rename(world / odd[name])
    given = {name: value if name == "splits" else str(world / value) for name, value in odd.items()}
    given |= {"truth": str(world / "truth"), "outdir": str(tmp_path / f"out {ODD}"), "multiqc_title": f"About {ODD}"}
    given |= {"genome": "sim", "preset": "tiny", "window": "32000", "epochs": "1", "models": "ridge", "seeds": "2"}
    done = pipeline(tmp_path, *(word for name, value in given.items() for word in (f"--{name}", value)), observed=True)
    assert done.returncode == 0, done.stdout
    assert not list(tmp_path.rglob("hacked"))
    assert (tmp_path / f"out {ODD}" / "multiqc" / "multiqc_report.html").exists()
    metrics = pd.read_csv(tmp_path / f"out {ODD}" / "evaluation" / "metrics.tsv", sep="\t")
    assert sorted(metrics.query("model == 'ridge' and split == 'test'")["seed"]) == [1, 2]
