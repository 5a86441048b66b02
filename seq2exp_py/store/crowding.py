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


def crowding(tss: NDArray[np.int64], reach: int = REACH, own: int = OWN) -> NDArray[np.float64]:
    """s of every TSS of one chromosome, (n,) positions in any order -> (n,) in (0, 1]."""
    order = np.argsort(tss, kind="stable")
    sorted_tss = tss[order]
    first = np.searchsorted(sorted_tss, sorted_tss - reach)
    last = np.searchsorted(sorted_tss, sorted_tss + reach, side="right")
    found = np.empty(len(tss))
    for row, (place, low, high) in enumerate(zip(sorted_tss, first, last, strict=True)):
        apart = np.abs(sorted_tss[low:high] - place)
        apart = apart[apart > own]
        found[order[row]] = 1 / (1 + ((np.maximum(apart, ANCHOR) / ANCHOR) ** -GAMMA).sum())
    return found
