"""What the filters look for, as position frequency matrices in MEME's format, with the name of the best-known motif like it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from seq2exp_py.errors import InputError
from seq2exp_py.pretrain.areas import HELD
from seq2exp_py.pretrain.examples import PEAK, Examples
from seq2exp_py.pretrain.network import MOTIF, WINDOW, Network
from seq2exp_py.store.batch import one_hot

Floats = NDArray[np.float64]
STRONG = 0.5  # share of a filter's strongest match from which a site counts (Alipanahi et al. 2015)
FEWEST = 20  # sites; a filter with fewer says nothing
MOST = 2000  # peaks that are searched
PSEUDO = 0.25  # sites of each base beside those found
NARROWEST = 5  # columns that two motifs must share to be compared


@dataclass(frozen=True, slots=True)
class Motif:
    """A motif: (width, 4) shares of A, C, G, T at each position, and the number of sites that they come from."""

    name: str
    shares: Floats
    sites: int


@torch.no_grad()
def found_by(network: Network, fold: int, found: Examples) -> list[Motif]:
    """The motif of each filter that has sites in the peaks that its network learned from, on either strand.

    A site is the strongest match of a peak, where that is at least half as strong as the strongest of all.
    """
    peaks = found.chosen((found.kind == PEAK) & (found.fold != fold) & (found.fold != HELD))
    spare = (peaks.codes.shape[1] - WINDOW) // 2
    codes = torch.from_numpy(peaks.codes[:MOST, spare : spare + WINDOW])
    best = [network.matches(part).flatten(1, 2).max(1) for part in torch.split(codes, 256)]
    matches, places = torch.cat([b.values for b in best]), torch.cat([b.indices for b in best])
    bases = one_hot(codes)
    out = []
    for number in range(matches.shape[1]):
        strong = torch.nonzero((matches[:, number] > 0) & (matches[:, number] >= STRONG * matches[:, number].max())).flatten()
        sites = [_site(bases[i], int(places[i, number])) for i in strong.tolist()]
        if len(sites) >= FEWEST:
            counts = torch.stack(sites).sum(0).double().numpy() + PSEUDO
            out.append(Motif(f"fold{fold + 1}_filter{number + 1}", counts / counts.sum(1, keepdims=True), len(sites)))
    return out


def _site(bases: torch.Tensor, place: int) -> torch.Tensor:
    at, other = divmod(place, 2)
    site = bases[at : at + MOTIF]
    return site.flip(0, 1) if other else site


def write(path: Path, motifs: Iterable[Motif], known: Sequence[Motif] = ()) -> None:
    """Write motifs in MEME's minimal format; the alternate name is the known motif most like each."""
    lines = ["MEME version 4", "", "ALPHABET= ACGT", "", "strands: + -", ""]
    lines += ["Background letter frequencies", "A 0.25 C 0.25 G 0.25 T 0.25", ""]
    for motif in motifs:
        lines.append(f"MOTIF {motif.name} {best_known(motif, known)}".rstrip())
        lines.append(f"letter-probability matrix: alength= 4 w= {len(motif.shares)} nsites= {motif.sites} E= 0")
        lines += [" ".join(f"{share:.6f}" for share in row) for row in motif.shares.tolist()] + [""]
    path.write_text("\n".join(lines))


def read(path: Path) -> list[Motif]:
    """Read the motifs of a file in MEME's minimal format, such as JASPAR offers, by their alternate names if they have any.

    Raises:
        InputError: the file is missing or holds no motif.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected motifs in MEME's format, e.g. JASPAR's")
    out: list[Motif] = []
    name, rows = "", list[list[float]]()
    for number, line in enumerate([*path.read_text().splitlines(), "MOTIF end"], 1):
        fields = line.split()
        if fields[:1] == ["MOTIF"]:
            if rows:
                out.append(Motif(name, np.array(rows), 0))
            name, rows = fields[-1], []
        elif name and len(fields) == 4 and line.lstrip()[0] in "0123456789.":
            try:
                rows.append([float(x) for x in fields])
            except ValueError:
                raise InputError(f"{path}, line {number}: expected four shares of A, C, G and T, found {line.strip()!r}") from None
    if not out:
        raise InputError(f"{path}: no motif in it; expected MEME's format, MOTIF lines with matrices of four columns")
    return out


def best_known(motif: Motif, known: Sequence[Motif]) -> str:
    """Name and correlation of the known motif most like one, `NAME(0.93)`; empty without any."""
    scores = {other.name: likeness(motif.shares, other.shares) for other in known}
    best = max(scores, key=lambda name: scores[name], default="")
    return f"{best}({scores[best]:.2f})" if best else ""


def likeness(one: Floats, other: Floats) -> float:
    """Highest Pearson correlation of two matrices over all shifts that keep most of the narrower one, and both strands.

    Columns beyond an end count as equal shares, so that a good match of a few columns does not beat one of the whole motif.
    """
    narrow, wide = sorted((one - 0.25, other - 0.25), key=len)
    least = max(NARROWEST, len(narrow) // 2 + 1)
    reach = max(len(narrow) - least, 0)
    padded = np.pad(wide, ((reach, reach), (0, 0)))
    best = 0.0
    if not narrow.any() or not wide.any():
        return best
    for turned in (narrow, narrow[::-1, ::-1]):
        for shift in range(len(padded) - len(turned) + 1):
            part = padded[shift : shift + len(turned)]
            inside = max(float((part**2).sum()), 0.5 * float((wide**2).sum()))
            best = max(best, float((part * turned).sum()) / float(np.sqrt((narrow**2).sum() * inside)))
    return best
