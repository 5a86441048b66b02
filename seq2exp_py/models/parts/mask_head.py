"""From the generator's outputs and the signals to a Beta per token."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seq2exp_py.evidence import formula as f
from seq2exp_py.evidence.share import tau_of
from seq2exp_py.models.parts.inputs import CONTACT, outside, pool, zero_bias
from seq2exp_py.models.parts.mask import MaskBeta
from seq2exp_py.models.parts.mask_config import LEARNED, PRETRAINED, MaskConfig
from seq2exp_py.models.parts.odds import SignalOdds
from seq2exp_py.store.batch import Batch
from seq2exp_py.store.sequence import GATE

# Offset b and weight w of a signal (Seq2Exp, signal Beta; raw units). A track of another name gets OTHER; weights are renormalised.
SIGNALS = {"H3K27ac": (1.5, 0.4), "DNase": (0.2, 0.4), "ATAC": (0.2, 0.4), CONTACT: (1.0, 0.2)}
OTHER = (1.0, 0.4)
HALF = 0.5  # offset of every track but the contact in units of the cell's scale (`corrected`): half of a strong base's signal
Outputs = Callable[[Batch], Tensor | None]
EPSILON = 1e-8  # added to both parameters, as published
LIMIT = 8.0  # bound of the sequence's log-odds: a factor of 3,000 either way


class SignalBeta(nn.Module):
    """The fixed Beta of the signals: alpha = c (sum_i w_i x_i + floor), beta = c (sum_i w_i b_i + floor)."""

    weights: Tensor

    def __init__(self, config: MaskConfig):
        super().__init__()
        self.config = config
        offsets, weights = torch.tensor([SIGNALS.get(name, OTHER) for name in config.tracks]).T
        if config.variant == "corrected":
            offsets = torch.tensor(
                [offset if name == CONTACT else HALF for name, offset in zip(config.tracks, offsets, strict=True)]
            )
        self.register_buffer("weights", weights / weights.sum(), persistent=False)
        self.offset = float((offsets * weights).sum() / weights.sum())

    def forward(self, batch: Batch) -> tuple[Tensor, float]:
        """Return alpha, (B, T), and beta, the same everywhere."""
        x = pool(batch.signals, self.config.resolution).float()
        if self.config.variant == "corrected":
            x = x / batch.scale[:, None]
        c, floor = self.config.certainty, self.config.floor
        return c * (x @ self.weights + floor) + EPSILON, c * (self.offset + floor)


class SumHead(nn.Module):
    """Pseudo-counts added: softplus of a linear layer, plus the signal Beta. Channel 1 is alpha, channel 0 is beta."""

    def __init__(self, config: MaskConfig):
        super().__init__()
        self.config = config
        self.project = nn.Linear(config.d_model, 2)
        self.signal = SignalBeta(config)
        self.prior = (config.prior_scale, config.prior_scale * (1 - config.prior_mean) / config.prior_mean)
        zero_bias(self.project)

    def forward(self, outputs: Tensor, batch: Batch) -> MaskBeta:
        """(B, T, d_model) -> Beta per token, float32 whatever the autocast."""
        with torch.autocast(outputs.device.type, enabled=False):
            counts = self.config.sequence_certainty * F.softplus(self.project(outputs.float())) + self.config.floor + EPSILON
            a, b = self.signal(batch)
            minus = 1.0 if self.config.minus_one else 0.0
            a, b = counts[..., 1] + a - minus, counts[..., 0] + b - minus
            return MaskBeta.capped(a, b, self.config.cap, self.prior)

    def settle(self, batches: Iterable[Batch], outputs: Outputs | None = None) -> None:
        """Nothing here depends on the share of bases that is kept."""


class ProductHead(nn.Module):
    """Odds multiplied: those of the signals, times exp of the sequence's log-odds f.

    `sequence=learned`: f is a linear function of the generator's outputs, 0 at the start. `pretrained`: f = log P, fixed, and 0
    where P is not known. `none`: 0. The gene's total knows nothing of it.

    alpha = k (o + 0.001), beta = k; the prior is Beta(S m, S (1 - m)) with the mean m of that Beta by the signals alone.
    """

    tau: Tensor

    def __init__(self, config: MaskConfig):
        super().__init__()
        self.config, self.odds = config, SignalOdds(config)
        self.project = nn.Linear(config.d_model, 1)
        nn.init.zeros_(self.project.weight)
        nn.init.zeros_(self.project.bias)
        self.project.requires_grad_(config.sequence == LEARNED)
        self.register_buffer("tau", torch.tensor(config.tau))

    def forward(self, outputs: Tensor | None, batch: Batch) -> MaskBeta:
        """(B, T, d_model), or None without a generator -> Beta per token, float32 whatever the autocast."""
        with torch.autocast(batch.sequence.device.type, enabled=False):
            odds = self.given(batch) / self.tau
            return self.around(odds if outputs is None else odds * self.factor(outputs), f.mean(odds).detach())

    def given(self, batch: Batch) -> Tensor:
        """(B, T) odds at tau 1 by the signals, and by P where it is pretrained: all that is not learned from expression."""
        odds: Tensor = self.odds(batch)
        if self.config.sequence != PRETRAINED:
            return odds
        if batch.probability is None:
            raise ValueError("a mask with sequence=pretrained needs batches of a store that was opened with P")
        odds = odds * pool(batch.probability.nan_to_num(1.0), self.config.resolution)
        return odds * self.gate(batch.probability)[:, None] if self.config.tss_gate else odds

    def gate(self, probability: Tensor) -> Tensor:
        """(B,) highest P within `GATE` bp of the TSS of (B, L); 1 where none is known."""
        middle = probability.shape[1] // 2
        near = probability[:, max(middle - GATE, 0) : middle + GATE]
        return torch.where(near.isnan().all(1), 1.0, near.nan_to_num(0.0).amax(1))

    def around(self, odds: Tensor, mean: Tensor) -> MaskBeta:
        """Beta of some odds, (B, T), whose prior has the means `mean`."""
        certainty, prior = self.config.certainty, self.config.prior_certainty
        a = certainty * (odds + f.LEAST)
        return MaskBeta.capped(a, torch.full_like(a, certainty), self.config.cap, (prior * mean, prior * (1 - mean)))

    def factor(self, outputs: Tensor) -> Tensor:
        """(B, T) what the generator multiplies the odds by."""
        log_odds: Tensor = self.project(outputs.float()).squeeze(-1)
        return log_odds.clamp(-LIMIT, LIMIT).exp()

    @torch.no_grad()
    def settle(self, batches: Iterable[Batch], outputs: Outputs | None = None) -> None:
        """Set tau so that the share asked for has a mask of at least 0.5 in some windows.

        Args:
            batches: the windows.
            outputs: the generator's outputs of a batch; None while it says nothing, and without one.
        """
        if self.config.share is None:
            return
        tokens, found = outside(self.config), []
        for batch in batches:
            learned, odds = None if outputs is None else outputs(batch), self.given(batch)
            odds = odds if learned is None else odds * self.factor(learned)
            found.append(odds[:, tokens.to(odds.device)].flatten().cpu())
        self.tau.fill_(tau_of(torch.cat(found).numpy(), self.config.share))


Head = SumHead | ProductHead


def mask_head(config: MaskConfig) -> Head:
    """The head that the configuration asks for."""
    return ProductHead(config) if config.signals == "product" else SumHead(config)
