"""How good the answers are on windows that a network did not learn from: fold by fold, cell by cell."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from seq2exp_py.pretrain.areas import HELD
from seq2exp_py.pretrain.examples import MATCHED, PEAK, Examples
from seq2exp_py.pretrain.network import WINDOW, Network, other_strand

BINS = 10  # of the predicted probability, equally wide
AT_ONCE = 512
Floats = NDArray[np.float64]


@torch.no_grad()
def logits(networks: Sequence[Network], found: Examples) -> Floats:
    """(n, cells) mean logits of some networks over both strands, windows unmoved."""
    spare = (found.codes.shape[1] - WINDOW) // 2
    out = [np.zeros((0, networks[0].cells))]
    for first in range(0, len(found), AT_ONCE):
        codes = torch.from_numpy(found.codes[first : first + AT_ONCE, spare : spare + WINDOW])
        both = [network(turned)[0] for network in networks for turned in (codes, other_strand(codes))]
        out.append(torch.stack(both).mean(0).double().numpy())
    return np.concatenate(out)


def held_out(networks: Sequence[Network], found: Examples) -> Floats:
    """(n, cells) logits of every window by a network that did not learn from its fold; by all where none learned from it."""
    out = np.zeros((len(found), networks[0].cells))
    for fold in (HELD, *range(len(networks))):
        mine = found.fold == fold
        out[mine] = logits(networks if fold == HELD else [networks[fold]], found.chosen(mine))
    return out


def metrics(found: Examples, answers: Floats, cells: Sequence[str]) -> list[dict[str, Any]]:
    """One row per fold (`held` for what no network learned from) and cell.

    `auroc`: peaks of the cell against background of the same GC content; `gc_alone`: the same told apart by GC alone, .5 where the
    background is well matched; `auroc_cells`: peaks of this cell alone against peaks of others alone, by the difference of the
    logits; `calibration`: mean distance of the predicted probability from the share that is open, over `BINS` bins weighed by
    windows. NaN where a side is empty.
    """
    rows = []
    for fold in sorted(set(found.fold.tolist()), key=lambda f: (f == HELD, f)):
        mine = found.fold == fold
        for i, cell in enumerate(cells):
            here, said = found.chosen(mine), answers[mine]
            peaks, alike = here.open[:, i], here.kind == MATCHED
            name = "held" if fold == HELD else str(fold + 1)
            shown = {"fold": name, "cell": cell, "peaks": int(peaks.sum()), "background": int((here.kind != PEAK).sum())}
            shown["auroc"] = auroc(said[peaks, i], said[alike, i])
            shown["gc_alone"] = auroc(here.gc[peaks], here.gc[alike])
            shown["auroc_cells"] = _between(here, said, i)
            table = calibration(said[:, i], peaks)
            weight = table[:, 2] / max(table[:, 2].sum(), 1)
            shown["calibration"] = float((weight * np.abs(table[:, 0] - table[:, 1])).sum()) if len(table) else float("nan")
            rows.append(shown)
    return rows


def auroc(positive: NDArray[np.floating[Any]], negative: NDArray[np.floating[Any]]) -> float:
    """Area under the ROC curve; NaN where a side is empty."""
    if not len(positive) or not len(negative):
        return float("nan")
    truth = np.repeat([1, 0], [len(positive), len(negative)])
    return float(roc_auc_score(truth, np.concatenate([positive, negative])))


def _between(here: Examples, said: Floats, cell: int) -> float:
    others = np.delete(here.open, cell, axis=1)
    if not others.shape[1]:
        return float("nan")
    difference = said[:, cell] - np.delete(said, cell, axis=1).mean(axis=1)
    own, theirs = here.open[:, cell] & ~others.any(axis=1), ~here.open[:, cell] & others.any(axis=1)
    return auroc(difference[own], difference[theirs])


def calibration(said: Floats, is_open: NDArray[np.bool_]) -> Floats:
    """(bins, 3) mean predicted probability, share that is open, windows; bins without windows are left out."""
    probability = 1 / (1 + np.exp(-said))
    index = np.minimum((probability * BINS).astype(int), BINS - 1)
    n = np.bincount(index, minlength=BINS).astype(np.float64)
    with np.errstate(invalid="ignore"):
        table = np.stack([np.bincount(index, x, BINS) / n for x in (probability, is_open.astype(np.float64))] + [n], axis=1)
    return np.asarray(table[n > 0], np.float64)
