"""How many promoters compete for the enhancers around a TSS.

s_g = 1 / (1 + sum over the other TSSs within `REACH` but not within `OWN` of (max(|distance|, ANCHOR) / ANCHOR)^-GAMMA): 1 where a
gene is alone, 1/2 where one other promoter lies within 5 kb. Compared on the K562 CRISPRi pairs (docs/method.md).
"""

import numpy as np
from numpy.typing import NDArray

from seq2exp_py.tracks.contacts import GAMMA

REACH = 600_000  # bp; what lies further adds little: 0.016 a promoter
OWN = 500  # bp; a TSS this near shares the promoter
ANCHOR = 5000  # bp below which a promoter competes no harder, the power law's


def crowding(tss: NDArray[np.int64]) -> NDArray[np.float64]:
    """s of every TSS of one chromosome, (n,) positions in any order -> (n,) in (0, 1]."""
    others = np.sort(tss)
    first, last = np.searchsorted(others, tss - REACH), np.searchsorted(others, tss + REACH, side="right")
    return np.array([crowding_at(place, others[a:b]) for place, a, b in zip(tss, first, last, strict=True)])


def crowding_at(tss: int, others: NDArray[np.int64]) -> float:
    """s of one TSS among others of its chromosome (its own may be among them)."""
    apart = np.abs(others - tss)
    apart = apart[(apart > OWN) & (apart <= REACH)]
    return float(1 / (1 + ((np.maximum(apart, ANCHOR) / ANCHOR) ** -GAMMA).sum()))
