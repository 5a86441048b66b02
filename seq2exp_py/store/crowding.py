"""How much of the enhancers around a TSS its promoter can have, among those that compete.

With r_j the strength of promoter j in the cell (its activity over the mean of all promoters, `store.promoter`):

    u_j = CLOSED + (1 - CLOSED) r_j                                        weight
    K_g = sum of u_j (max(|distance|, ANCHOR) / ANCHOR)^-GAMMA             over the other TSSs within `REACH` but not within `OWN`
    s_g = min(u_g, 1) / (min(u_g, 1) + K_g)

1 where a gene is alone, 1/2 where another typical promoter lies within 5 kb, little where it is closed and others are not. Its own
strength counts up to the typical: the evidence's total knows of a strong promoter. Compared on the K562 CRISPRi pairs and on
simulated genomes (docs/method.md).
"""

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.tracks.contacts import GAMMA

REACH = 600_000  # bp; what lies further adds little: 0.016 a promoter
OWN = 500  # bp; a TSS this near shares the promoter
ANCHOR = 5000  # bp below which a promoter competes no harder, the power law's
CLOSED = 0.2  # weight of a promoter without activity, of a typical one's 1; less of it costs on K562 (CRISPRi)

Floats = NDArray[np.float64]


def crowding(chrom: NDArray[np.str_], tss: NDArray[np.int64], strength: Floats) -> Floats:
    """s of every gene: chromosome, TSS and strength of the promoter, each (n,) in any order -> (n,) in (0, 1]."""
    found = np.ones(len(tss))
    for name in np.unique(chrom):
        here = np.flatnonzero(chrom == name)
        order = here[np.argsort(tss[here], kind="stable")]
        others, weight = tss[order], weights(strength[order])
        first, last = np.searchsorted(others, others - REACH), np.searchsorted(others, others + REACH, side="right")
        bounds = zip(others, weight, first, last, strict=True)
        found[order] = [crowding_at(place, others[a:b], weight[a:b], own) for place, own, a, b in bounds]
    return found


def weights(strength: Floats) -> Floats:
    """u of promoters, from their strengths."""
    return CLOSED + (1 - CLOSED) * strength


def crowding_at(tss: int, others: NDArray[np.int64], weight: Floats, own: float = 1.0) -> float:
    """s of one TSS whose promoter has weight `own`, among others of its chromosome (its own may be among them)."""
    apart = np.abs(others - tss)
    competes = (apart > OWN) & (apart <= REACH)
    taken = (weight[competes] * (np.maximum(apart[competes], ANCHOR) / ANCHOR) ** -GAMMA).sum()
    return float(min(own, 1.0) / (min(own, 1.0) + taken))
