"""The peak classifier: motifs on either strand, what stands near them, and one answer per cell."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seq2exp_py.kernels import best_match
from seq2exp_py.pretrain.settings import Settings

MOTIF, POOL, NEIGHBOURS = 13, 5, 9  # bp of a filter, bp pooled, pooled positions that the second convolution sees
START = 0.015  # sd of the filters' first weights: small, as the norm behind them makes their steps large
STRONGEST = 4.0  # sd above the mean from which a match is no stronger
POSITIONS = 70  # pooled positions of a window
WINDOW = POSITIONS * POOL + MOTIF - 1  # 362 bp: whole pools, so that a window and its reverse complement pool alike


class Network(nn.Module):
    """Two convolutions, the strongest and the mean of what they find, a small perceptron.

    Each filter of the first convolution is applied to both strands and the stronger answer is kept, so a motif is learned once. The
    second convolution sees which motif stands how far from which. The strongest match to each filter and the mean of all go to the
    perceptron as well: a single motif is then learned soon, and pairs grow from it.
    """

    def __init__(self, cells: int, chosen: Settings):
        super().__init__()
        self.cells = cells
        self.motifs = nn.Conv1d(4, chosen.filters, MOTIF)
        nn.init.normal_(self.motifs.weight, std=START)
        self.level = nn.BatchNorm1d(chosen.filters)
        self.pairs = nn.Conv1d(chosen.filters, chosen.channels, NEIGHBOURS)
        self.balance = nn.BatchNorm1d(chosen.channels)
        self.head = nn.Sequential(
            nn.Dropout(chosen.dropout),
            nn.Linear(2 * (chosen.channels + chosen.filters), chosen.hidden),
            nn.ReLU(),
            nn.Linear(chosen.hidden, 2 * cells),
        )

    def forward(self, codes: Tensor) -> tuple[Tensor, Tensor]:
        """Judge windows.

        Args:
            codes: (B, WINDOW) uint8, codes of `BASES`.

        Returns:
            (B, cells) logit "open in this cell", and (B, cells) log(1 + height of the peak in units of the cell's scale).
        """
        single = self.scan(codes)
        near = torch.relu(self.balance(self.pairs(single)))
        both = self.head(torch.cat([near.amax(-1), near.mean(-1), single.amax(-1), single.mean(-1)], 1))
        return both[:, : self.cells], both[:, self.cells :]

    def scan(self, codes: Tensor) -> Tensor:
        """(B, L) codes -> (B, filters, (L - MOTIF + 1) // POOL) the best match to each filter on either strand, pooled.

        An exponential sets what matches apart from what nearly does, and filters become motifs (Koo & Ploenzke 2021).
        """
        best = self.matches(codes, POOL).amax(2)
        return torch.exp(self.level(best.mT).clamp(max=STRONGEST)) - 1

    def matches(self, codes: Tensor, pool: int = 1) -> Tensor:
        """(B, L) codes -> (B, (L - MOTIF + 1) // pool, 2, filters): each filter's best, on the strand given and on the other."""
        weight, bias = self.motifs.weight, self.motifs.bias
        assert bias is not None
        both = torch.cat([weight, weight.flip(1, 2)])  # A C G T reversed: T G C A
        found = best_match(codes, both, bias.repeat(2), pool, same=False)
        return found.view(*found.shape[:2], 2, len(weight))

    @torch.no_grad()
    def read(self, codes: Tensor, step: int) -> Tensor:
        """Logits along a stretch, the mean of both strands: what `forward` gives for each window, without doing work twice.

        Args:
            codes: (L,) uint8, codes of `BASES`.
            step: bp between windows, a multiple of `POOL`; window i is `codes[i * step : i * step + WINDOW]`.

        Returns:
            (windows, cells), as many windows as lie wholly in the stretch.
        """
        found, every = self.scan(codes[None]), step // POOL
        strands = [self._along(pairs, found, every) for pairs in (self.pairs.weight, self.pairs.weight.flip(2))]
        return (strands[0] + strands[1]) / 2

    def _along(self, weight: Tensor, found: Tensor, every: int) -> Tensor:
        """(windows, cells) logits where the second convolution has the given weights; reversed ones read the other strand."""
        near = torch.relu(self.balance(F.conv1d(found, weight, self.pairs.bias)))
        wide = POSITIONS - NEIGHBOURS + 1
        pooled = [pool(x, width, every) for x, width in ((near, wide), (found, POSITIONS)) for pool in (strongest, mean)]
        return self.head(torch.cat(pooled, 1)[0].mT)[:, : self.cells]  # type: ignore[no-any-return]


def strongest(x: Tensor, width: int, every: int) -> Tensor:
    """The maximum of `width` positions at every so many: (B, C, L) -> (B, C, windows); each round sees twice as far as the last."""
    reach = 1
    while reach < width:
        further = min(reach, width - reach)
        x, reach = torch.maximum(x[..., :-further], x[..., further:]), reach + further
    return x[..., ::every]


def mean(x: Tensor, width: int, every: int) -> Tensor:
    """The mean of `width` positions at every so many: (B, C, L) -> (B, C, windows)."""
    sums = F.pad(x.double().cumsum(-1), (1, 0))
    return ((sums[..., width:] - sums[..., :-width])[..., ::every] / width).to(x.dtype)


def other_strand(codes: Tensor) -> Tensor:
    """(..., L) codes of `BASES` -> those of the reverse complement."""
    return COMPLEMENT[codes.flip(-1).int()]


COMPLEMENT = torch.tensor([3, 2, 1, 0, 4], dtype=torch.uint8)  # of the codes A C G T N
