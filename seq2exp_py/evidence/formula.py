"""The evidence that a base regulates a gene: activity times contact, in shares of the gene's total; its odds and its mask.

For token t at d_t bp from the TSS of gene g, with activity tracks x_i in units of the cell's scale, their background b_i, contact
c_t and the power law P(d):

    A_t = prod_i (max(x_ti - b_i, 0) + epsilon)^(1/n) - epsilon           activity: geometric mean of the n activity tracks
    C_t = (c_t / P(d_t))^quotient (anchor / max(d_t, nearest))^gamma      contact: the map over the power law, times a power law
    E_t = A_t C_t                                                         evidence
    Z_g = mean_t w_t E_t + quiet, w = `promoter` in `near` bp, else 1     the gene's total
    o_t = s_g E_t exp(f_t) / (tau Z_g)                                    odds; s_g crowding, f_t log-odds by the sequence, else 0
    m_t = (o_t + 0.001) / (1 + o_t + 0.001)                               mask: mean of Beta(certainty (o_t + 0.001), certainty)

A, C and the division by a total are those of the ABC model (Fulco 2019, Nasser 2021). If expression follows log sum_t E_t, the loss
from removing t is close to E_t / sum E: the mask reads as the effect of a knock-out. Every function takes NumPy arrays or tensors.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from seq2exp_py.tracks.activity import ACTIVITY, EPSILON, NEAR, SPREADS, columns
from seq2exp_py.tracks.activity import activity as activity_of
from seq2exp_py.tracks.contacts import GAMMA, NEAREST, PSEUDOCOUNT, SCALE

if TYPE_CHECKING:
    from torch import Tensor

    Values = TypeVar("Values", NDArray[Any], Tensor)
else:
    Values = TypeVar("Values")

LEAST = 1e-3  # odds of a token without evidence; keeps Beta's first parameter above 0


class Formula(BaseModel):
    """The constants of the formula.

    Those marked "K562" were compared on 10,356 CRISPRi pairs of K562 (471 positive, genome-wide, no label was used to train); the
    mask's ranking does not hang on the others.

    Attributes:
        gamma: decay of contact with distance; 0.87 in the ABC model's power law (Nasser 2021).
        nearest: bp below which the decay stops; 500 (K562: below ABC's 5,000, which it replaces).
        anchor: bp at which the decay is 1; cancels in shares. 5,000, the bin of the contacts.
        quotient: exponent of the map's contact over the power law; 1 takes the map as it is, 0 leaves it out.
        promoter: weight of the bases within `near` of the TSS in the gene's total; 4 (K562).
        near: bp on either side of the TSS that count as its promoter there; 1,000, the centre of the models.
        quiet: added to the total, in units of the evidence: in a gene whose window is all but empty, the little there is must not
            be everything. 0.005 is about a tenth of the median gene's total; K562's tested genes are hardly changed by it.
        epsilon: in units of the cell's scale; what keeps a base with one of two tracks from nothing. 0.05 is about one unit of
            signalValue; a tenth to five times as much makes no difference (K562).
        spreads: how many standard deviations above a track's level its background reaches; 2 (K562 with simulated background).
            None: no background is taken off.
        crowded: whether promoters nearby, which compete, lower the odds, most of genes whose own is closed (`store.crowding`).
        activity_tracks: tracks whose geometric mean is the activity; None: those of `ACTIVITY` that the cell has, else all.
        tau: share of the total at which the odds are 1; sets the scale of the mask, not its order. `evidence.share` gives the tau
            that keeps a share of the bases.
        certainty: pseudo-counts of the Beta at odds 0, k.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    gamma: float = Field(default=0.87, ge=0)
    nearest: float = Field(default=500.0, gt=0)
    anchor: float = Field(default=5000.0, gt=0)
    quotient: float = Field(default=1.0, ge=0)
    promoter: float = Field(default=4.0, ge=0)
    near: float = Field(default=float(NEAR), ge=0)
    quiet: float = Field(default=0.005, gt=0)
    epsilon: float = Field(default=EPSILON, gt=0)
    spreads: float | None = Field(default=SPREADS, ge=0)
    crowded: bool = True
    activity_tracks: tuple[str, ...] | None = None
    tau: float = Field(default=3.0, gt=0)
    certainty: float = Field(default=10.0, gt=0)

    def columns(self, tracks: Sequence[str]) -> list[int]:
        """Indices, among a cell's tracks, of those that make the activity; `tracks` may name the contact, which is none of them."""
        return columns(tracks, ACTIVITY if self.activity_tracks is None else self.activity_tracks)


def activity(signals: Values, scale: Values, background: Values, formula: Formula) -> Values:
    """Activity of tokens, by the formula's constants; arguments and result as of `tracks.activity.activity`."""
    return activity_of(signals, scale, background, formula.spreads, formula.epsilon)


def over_power_law(stored: Values, apart: Values) -> Values:
    """What a map says beside the power law, c / P(d); 1 where there is no map, or it has nothing, and in the TSS's own bin.

    A map's diagonal holds fragments that were joined to themselves or never cut. K562's is 3 times the power law, and 0.8 times at
    10 to 100 kb: with it, a promoter that has a map would be three times as strong as one that has none. The ABC model does not use
    the diagonal either (it takes the larger neighbour).

    Args:
        stored: (...) contacts as the store has them, log10(c + pseudocount + 1); 0 where nothing is known.
        apart: (...) bp between the token's bin and the TSS's bin.
    """
    expected = math.exp(SCALE) * (apart.clip(min=NEAREST) + 1.0) ** -GAMMA + PSEUDOCOUNT
    known = (stored > 0) & (apart > 0)
    return (10.0**stored - 1) / expected * known + ~known


def contact(distance: Values, quotient: Values, formula: Formula) -> Values:
    """Contact of tokens with the TSS, relative to that at the anchor by the power law.

    Args:
        distance: (...) bp from the TSS, at least 0.
        quotient: (...) `over_power_law` there.
        formula: the constants.
    """
    found: Values = quotient**formula.quotient * (formula.anchor / distance.clip(min=formula.nearest)) ** formula.gamma
    return found


def total(evidence: Values, distance: Values, formula: Formula) -> Values:
    """Total of each gene, Z: (..., T) evidence and distances -> (...) weighted mean over the window, above 0."""
    weighted: Values = evidence * (1 + (formula.promoter - 1) * (distance < formula.near))
    whole: Values = weighted.mean(-1) + formula.quiet
    return whole


def odds(evidence: Values, total: Values, crowding: Values, formula: Formula) -> Values:
    """Odds that a token acts on the gene, without the sequence's part; arguments of shapes that broadcast.

    Args:
        evidence: E. total: Z of its gene. crowding: s of its gene. formula: the constants.
    """
    share: Values = evidence / (total * formula.tau)
    return share * crowding if formula.crowded else share


def mean(odds: Values) -> Values:
    """The mask at some odds: the mean of Beta(certainty (o + 0.001), certainty), between 0.001 and 1."""
    mask: Values = (odds + LEAST) / (1 + LEAST + odds)
    return mask
