"""From a genome store and its cells to the folder that `store.sequence` reads."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from safetensors.torch import save_file

from seq2exp_py import __version__, files
from seq2exp_py.pretrain import motifs, scores
from seq2exp_py.pretrain.areas import HELD, Area, areas
from seq2exp_py.pretrain.examples import PEAK, Examples, examples
from seq2exp_py.pretrain.fit import Fit
from seq2exp_py.pretrain.grid import STEP
from seq2exp_py.pretrain.network import WINDOW, Network
from seq2exp_py.pretrain.peaks import Source
from seq2exp_py.pretrain.reading import read_genome
from seq2exp_py.pretrain.settings import Settings, settings
from seq2exp_py.progress import say
from seq2exp_py.store import Store, contents
from seq2exp_py.store.sequence import SequenceManifest
from seq2exp_py.training.clock import Clock

WEIGHTS, MOTIFS, METRICS, CALIBRATION = "model.safetensors", "motifs.meme", "metrics.csv", "calibration.csv"


@dataclass(frozen=True)
class Request:
    """What to learn from.

    Attributes:
        genome: genome store. cells: stores of its cells.
        out: folder to write. state: folder of the state while the run is not finished.
        seed: of everything random. fields: settings that differ from their defaults.
        preset: a key of `settings.PRESETS`.
        known: file of known motifs to name the found ones by; None for none.
    """

    genome: Path
    cells: tuple[Path, ...]
    out: Path
    state: Path
    seed: int = 1
    fields: dict[str, Any] = field(default_factory=dict)
    known: Path | None = None
    preset: str = "paper"


def pretrain(request: Request, clock: Clock) -> None:
    """Learn, read the genome and write the folder; the state is removed once that is whole.

    Raises:
        InputError: something given cannot be used.
        OutOfTimeError: the state is saved; the same call goes on from it.
    """
    chosen, known = settings(request.fields, request.preset), motifs.read(request.known) if request.known else []
    store = Store.open(request.genome, request.cells)
    sources = [Source(cell) for cell in store.cell_stores]
    where = areas(store.genome, chosen.folds)
    found = examples(store.genome, sources, where, chosen, request.seed)
    _describe(found, where, store)
    run = _identity(request, chosen, store, found)
    states = [request.state / f"fold{fold + 1}.pt" for fold in range(chosen.folds)]
    networks = [Fit(found, fold, chosen, request.seed, place, run, clock).done() for fold, place in enumerate(states)]
    answers = scores.held_out(networks, found)
    rows = scores.metrics(found, answers, store.cells)
    _say(rows)
    codes = {chrom: store.genome.sequence(chrom) for chrom in dict.fromkeys(area.chrom for area in where)}
    read = read_genome(networks, {c: x for c, x in codes.items() if x is not None}, where, store.cells, request.state, clock)
    with files.whole(request.out) as folder:
        folder.mkdir()
        _move(request.state / "p", folder / "p")
        save_file(_weights(networks), folder / WEIGHTS)
        motifs.write(folder / MOTIFS, [m for i, n in enumerate(networks) for m in motifs.found_by(n, i, found)], known)
        pd.DataFrame(rows).to_csv(folder / METRICS, index=False, float_format="%.6g")
        _calibration(found, answers, store.cells).to_csv(folder / CALIBRATION, index=False, float_format="%.6g")
        contents.write_manifest(folder, _manifest(request, chosen, store, sources, where, folder, read))
    shutil.rmtree(request.state, ignore_errors=True)


def _move(source: Path, target: Path) -> None:
    """Link or copy the tracks that were read; the state keeps its own until the folder is whole."""
    try:
        shutil.copytree(source, target, copy_function=lambda a, b: Path(b).hardlink_to(a))
    except (OSError, shutil.Error):
        files.remove(target)
        shutil.copytree(source, target)


def _describe(found: Examples, where: Sequence[Area], store: Store) -> None:
    held = sum(a.end - a.start for a in where if a.fold == HELD)
    total = sum(a.end - a.start for a in where)
    peaks, of = found.kind == PEAK, found.fold != HELD
    say(
        f"{int((peaks & of).sum())} peaks of {', '.join(store.cells)} and {int((~peaks & of).sum())} background windows to learn "
        f"from; {held / 1e6:.1f} of {total / 1e6:.1f} Mb are held out, with {int((peaks & ~of).sum())} peaks"
    )


def _say(rows: list[dict[str, Any]]) -> None:
    table = pd.DataFrame(rows)
    for cell, part in table.groupby("cell", sort=False):
        between = f"; against peaks of other cells: {_list(part, 'auroc_cells')}" if part.auroc_cells.notna().any() else ""
        say(f"{cell}, AUROC by fold of peaks against background of the same GC content: {_list(part, 'auroc')}{between}")
        say(f"{cell}, the same background by GC content alone: {_list(part, 'gc_alone')}")


def _list(part: pd.DataFrame, column: str) -> str:
    return ", ".join(f"{fold} {value:.3f}" for fold, value in zip(part.fold, part[column], strict=True))


def _calibration(found: Examples, answers: scores.Floats, cells: Sequence[str]) -> pd.DataFrame:
    """predicted, open (share), windows by cell and bin, over all windows."""
    parts = []
    for i, cell in enumerate(cells):
        table = scores.calibration(answers[:, i], found.open[:, i])
        parts.append(pd.DataFrame(table, columns=["predicted", "open", "windows"]).assign(cell=cell))
    return pd.concat(parts)[["cell", "predicted", "open", "windows"]]


def _identity(request: Request, chosen: Settings, store: Store, found: Examples) -> dict[str, Any]:
    """What a state must agree with to be gone on from."""
    windows = [int(found.codes.sum(dtype=np.int64)), int(found.open.sum()), len(found)]
    return {"settings": chosen.model_dump(), "seed": request.seed, "cells": list(store.cells), "windows": windows}


def _weights(networks: Sequence[Network]) -> dict[str, torch.Tensor]:
    return {f"fold{i + 1}.{k}": v.contiguous() for i, network in enumerate(networks) for k, v in network.state_dict().items()}


def _manifest(
    request: Request,
    chosen: Settings,
    store: Store,
    sources: Sequence[Source],
    where: Sequence[Area],
    folder: Path,
    read: list[str],
) -> SequenceManifest:
    """What the folder says of itself; everything else in it must be written."""
    written = [*read, *(p.name for p in sorted(folder.iterdir()) if p.is_file())]
    return SequenceManifest(
        genome=contents.GenomeRef(name=store.genome.manifest.name, chromosomes=store.genome.chromosomes),
        bases=store.genome.bases,
        cells=store.cells,
        step=STEP,
        window=WINDOW,
        seed=request.seed,
        settings=chosen.model_dump(),
        peaks={s.cell.name: "peaks" if s.called else f"{s.track} above {s.least:.4g}" for s in sources},
        areas=[(a.chrom, a.start, a.end, a.fold) for a in where],
        seq2exp=__version__,
        files={name: files.sha256(folder / name) for name in written},
    )


def networks(weights: dict[str, torch.Tensor], cells: int, chosen: Settings) -> list[Network]:
    """The networks of a folder, fold by fold, in evaluation mode."""
    out = []
    for fold in range(chosen.folds):
        network = Network(cells, chosen)
        prefix = f"fold{fold + 1}."
        network.load_state_dict({k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)})
        out.append(network.eval())
    return out
