"""The evidence's odds of a batch's tokens: `evidence.formula` on tensors, its exponents learned where asked."""

import torch
from torch import Tensor, nn

from seq2exp_py.evidence import formula as f
from seq2exp_py.models.parts.inputs import pool
from seq2exp_py.models.parts.mask_config import MaskConfig
from seq2exp_py.store.batch import Batch
from seq2exp_py.tracks.contacts import BIN_SIZE

FAINT = 1e-6  # an activity below it is none, so that its power has a gradient


class SignalOdds(nn.Module):
    """Odds that a token acts on the gene by the signals alone, at tau 1; float32.

    With `learn_exponents` the activity's power (1 at the start), gamma and the quotient's exponent are parameters.
    """

    def __init__(self, config: MaskConfig):
        super().__init__()
        self.config, self.columns = config.model_copy(update={"tau": 1.0}), config.columns(config.tracks)
        if config.learn_exponents:
            self.exponents = nn.Parameter(torch.tensor([1.0, config.gamma, config.quotient]))

    def forward(self, batch: Batch) -> Tensor:
        """(B, T) odds."""
        evidence, distance = self.evidence(batch)
        total = f.total(evidence, distance, self.config)
        return f.odds(evidence, total[:, None], batch.crowding[:, None], self.config)

    def evidence(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """(B, T) evidence and (T,) distance of the tokens' middles from the TSS, in bp."""
        resolution, columns = self.config.resolution, self.columns
        middles = torch.arange(resolution // 2, batch.width, resolution, device=batch.signals.device)
        distance = (middles - batch.width // 2).abs()
        signals = pool(batch.signals[..., columns], resolution).float()
        activity = f.activity(signals, batch.scale[:, None, columns], batch.background[:, None, columns], self.config)
        banned = batch.excluded.view(len(batch), -1, resolution).any(2) & (distance >= self.config.near)
        contact = self.contact(distance.float(), quotient(batch, middles))
        return self.powered(activity).masked_fill(banned, 0.0) * contact, distance

    def powered(self, activity: Tensor) -> Tensor:
        """The activity to its power."""
        if not self.config.learn_exponents:
            return activity
        power: Tensor = activity.clamp(min=FAINT) ** self.exponents[0] * (activity > FAINT)
        return power

    def contact(self, distance: Tensor, quotient: Tensor) -> Tensor:
        """(B, T) contact with the TSS."""
        if not self.config.learn_exponents:
            return f.contact(distance, quotient, self.config)
        _, gamma, power = self.exponents
        near = (self.config.anchor / distance.clamp(min=self.config.nearest)) ** gamma
        found: Tensor = quotient.clamp(min=FAINT) ** power * near
        return found


def quotient(batch: Batch, middles: Tensor) -> Tensor:
    """(B, T) contact over the power law's, at some bases of the window."""
    tss = batch.start + batch.width // 2
    bins = (batch.start[:, None] + middles) // BIN_SIZE
    apart = (bins - (tss // BIN_SIZE)[:, None]).abs() * BIN_SIZE
    return f.over_power_law(batch.signals[:, middles, -1].float(), apart.float())
