"""Seq2Exp-retrain: a fresh predictor on the top tokens of a trained, frozen Seq2Exp-soft mask."""

from collections.abc import Iterable

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from seq2exp_py.models import seq2exp_soft
from seq2exp_py.models.base import Model, Output
from seq2exp_py.models.parts.inputs import SequenceLayer, SignalLayer, centre
from seq2exp_py.models.parts.mask import THRESHOLD, MaskBeta, force, highest, single
from seq2exp_py.models.parts.mask_config import PRESETS, MaskConfig
from seq2exp_py.models.parts.mask_head import mask_head
from seq2exp_py.models.parts.predictor import Predictor, generator
from seq2exp_py.store.batch import Batch

PAPER = {**seq2exp_soft.PAPER, "mask_ratio": 0.1}
GENERATOR = ("sequence.", "generator.", "mask_head.")  # keys of Seq2Exp-soft that make its mask

__all__ = ["PAPER", "PRESETS", "Config", "Network"]


class Config(MaskConfig):
    """Seq2Exp-retrain; where signals are a sum, `mask_ratio` is the share of the window that is kept, the centre among it."""

    mask_ratio: float = Field(0.02, gt=0, lt=1)


class Masker(nn.Module):
    """The part of Seq2Exp-soft that makes the mask, frozen."""

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.sequence, self.generator, self.mask_head = SequenceLayer(config), generator(config), mask_head(config)
        self.requires_grad_(False)

    def forward(self, batch: Batch) -> Tensor:
        """(1, T) binary mask of one sample: the centre, and the tokens of highest mean or above one threshold."""
        distribution: MaskBeta = self.mask_head(self.outputs(batch), batch)
        mean = distribution.mean()
        if self.config.signals == "sum":
            return self.most(force(mean, batch, self.config, middle=2.0)).float()
        kept = highest(mean, batch, self.config) if self.config.keep == "gene" else mean >= THRESHOLD
        return force(kept.float(), batch, self.config)

    def outputs(self, batch: Batch) -> Tensor | None:
        """(B, T, d_model) the generator's outputs; None without one."""
        if self.generator is None:  # then nothing reads the sequence here
            return None
        seen: Tensor = self.generator(self.sequence(batch))
        return seen

    def most(self, rank: Tensor) -> Tensor:
        """(1, T) whether a token is among the highest, `mask_ratio` of the window, as published."""
        middle = centre(self.config)
        number = max(round(self.config.mask_ratio * rank.shape[1]), middle.stop - middle.start)
        return torch.zeros_like(rank, dtype=torch.bool).scatter_(1, rank.topk(number).indices, True)


class Network(Model):
    """Frozen mask, fresh predictor; a sample's mask is computed once, when it is first met, and kept as bits."""

    config: Config

    def __init__(self, config: Config):
        super().__init__(config)
        self.masker = Masker(config)
        self.sequence, self.signal = SequenceLayer(config), SignalLayer(config)
        self.predictor = Predictor(config)
        self.known: dict[tuple[str, str], np.ndarray] = {}

    def load_masker(self, soft: dict[str, Tensor]) -> None:
        """Take the mask from the weights of a trained Seq2Exp-soft of the same sizes."""
        self.masker.load_state_dict({k: v for k, v in soft.items() if k.startswith(GENERATOR)})
        self.known.clear()

    def forward(self, batch: Batch) -> Output:
        """Predict under the binary masks."""
        mask = self.masks(batch)
        expression = self.predictor.dense(self.sequence(batch) + self.signal(batch), mask, batch)
        return Output(expression, mask, torch.zeros_like(mask))

    @torch.no_grad()
    def masks(self, batch: Batch) -> Tensor:
        """(B, T) masks, one sample at a time, so that near ties do not depend on batch mates."""
        rows = []
        for i, key in enumerate(zip(batch.gene_id, batch.cell, strict=True)):
            if key not in self.known:
                with torch.autocast(batch.sequence.device.type, enabled=False):
                    self.known[key] = np.packbits(self.masker(single(batch, i))[0].bool().cpu().numpy())
            rows.append(np.unpackbits(self.known[key], count=batch.width // self.resolution))
        return torch.from_numpy(np.stack(rows)).to(batch.sequence.device, torch.float32)

    def settle(self, batches: Iterable[Batch]) -> None:
        """Set the scale of the odds anew, as the frozen generator has changed what is kept."""
        self.masker.mask_head.settle(batches, self.masker.outputs)
        self.known.clear()
