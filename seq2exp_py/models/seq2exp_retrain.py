"""Seq2Exp-retrain: a fresh predictor on the top tokens of a trained, frozen Seq2Exp-soft mask."""

import numpy as np
import torch
from torch import Tensor, nn

from seq2exp_py.models.base import Model, Output
from seq2exp_py.models.parts.inputs import SequenceLayer, SignalLayer, centre
from seq2exp_py.models.parts.mask import MaskBeta, MaskConfig, MaskHead, force, single
from seq2exp_py.models.parts.predictor import Predictor, stack
from seq2exp_py.models.seq2exp_soft import PAPER
from seq2exp_py.store.batch import Batch

__all__ = ["PAPER", "Config", "Network"]
GENERATOR = ("sequence.", "generator.", "mask_head.")  # keys of Seq2Exp-soft that make its mask


class Config(MaskConfig):
    """Seq2Exp-retrain; `keep` is the share of the window's tokens that the binary mask keeps, the centre among them."""

    keep: float = 0.1


class Masker(nn.Module):
    """The part of Seq2Exp-soft that makes the mask, frozen."""

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.sequence, self.generator, self.mask_head = SequenceLayer(config), stack(config), MaskHead(config)
        self.requires_grad_(False)

    def forward(self, batch: Batch) -> Tensor:
        """(1, T) binary mask of one sample: the centre, then the tokens of highest mean, up to a share `keep` of the window."""
        distribution: MaskBeta = self.mask_head(self.generator(self.sequence(batch)), batch)
        rank = force(distribution.mean(), batch, self.config, middle=2.0)
        middle = centre(self.config)
        number = max(round(self.config.keep * rank.shape[1]), middle.stop - middle.start)
        return torch.zeros_like(rank).scatter_(1, rank.topk(number).indices, 1.0)


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
