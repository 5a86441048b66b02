"""Cells that cannot be used, beside others that can; cells without peaks, where MACS3 is to call them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def add_cell(world: Path) -> None:
    """H1: the files of K562, its DNase cut short."""
    (world / "short.bw").write_bytes((world / "dnase.bw").read_bytes()[:400])
    with (world / "samplesheet.csv").open("a") as out:
        out.write("H1,DNase,short.bw\nH1,expression,expression.tsv\n")


def drop(world: Path, assay: str) -> None:
    path = world / "samplesheet.csv"
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if f",{assay}," not in line))


def test_a_cell_that_cannot_be_used_is_left_out_and_the_reason_kept(world: Path, check: Callable[..., Any], tmp_path: Path) -> None:
    add_cell(world)
    assert check(world, out=str(tmp_path / "out")).code == 2
    assert not (tmp_path / "out").exists()
    said = check(world, "--keep-going", out=str(tmp_path / "out"))
    assert said.code == 0 and "5 files of 1 cells can be used (K562)" in said.out
    refused = json.loads((tmp_path / "out" / "refused.json").read_text())
    assert list(refused) == ["H1"] and "short.bw" in refused["H1"]
    rows = json.loads((tmp_path / "out" / "samplesheet.json").read_text())
    assert {row["cell"] for row in rows} == {"K562"}


def test_where_no_cell_can_be_used_every_reason_is_given(world: Path, check: Callable[..., Any]) -> None:
    add_cell(world)
    shutil.copy(world / "short.bw", world / "dnase.bw")
    said = check(world, "--keep-going")
    assert said.code == 2
    assert any("dnase.bw" in line for line in said.errors) and any("short.bw" in line for line in said.errors)


def test_good_cells_leave_no_list_of_refused_ones(world: Path, check: Callable[..., Any], tmp_path: Path) -> None:
    assert check(world, "--keep-going", out=str(tmp_path / "out")).code == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["samplesheet.json"]


def test_peaks_to_be_called_need_reads_or_an_accessibility_track(world: Path, check: Callable[..., Any]) -> None:
    drop(world, "peaks")
    drop(world, "DNase")
    assert check(world).code == 0
    said = check(world, "--call-peaks")
    assert said.code == 2
    (line,) = said.errors
    assert "cell K562 has no peaks, and no DNase or ATAC track" in line


def test_peaks_to_be_called_need_macs3(world: Path, check: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from seq2exp_py.tracks import macs3

    monkeypatch.setattr(macs3.shutil, "which", lambda name: None)
    monkeypatch.setattr(macs3.sys, "executable", "/nowhere/python")
    assert check(world, "--call-peaks").code == 0  # its peaks are given
    drop(world, "peaks")
    said = check(world, "--call-peaks")
    assert said.code == 2
    assert said.errors[0].startswith("macs3 is not installed")
