"""The predictor of Seq2Exp under a mask nobody learns: the cell's MACS3 peaks (Seq2Exp, comparison of regulatory elements)."""

from typing import Any

from torch import Tensor

from seq2exp_py.models.base import Model, Output
from seq2exp_py.models.parts.inputs import SequenceLayer, SignalLayer, pool
from seq2exp_py.models.parts.mask import allowed, force
from seq2exp_py.models.parts.mask_config import MaskConfig
from seq2exp_py.models.parts.predictor import Predictor
from seq2exp_py.store.batch import Batch

PAPER: dict[str, Any] = {"signals": "sum", "gate": "embedding", "init_depth": 64, "force_centre": False}


class Config(MaskConfig):
    """Of a mask's fields only `gate` and `init_depth` act here: nothing is drawn or penalised.

    `force_centre`: drop blacklisted bases and keep the centre, as every other mask does; the published runs did not.
    """

    force_centre: bool = True


class Network(Model):
    """Embeddings of sequence and signals, multiplied by the share of each token's bases in peaks; blocks; head."""

    config: Config

    def __init__(self, config: Config):
        super().__init__(config)
        self.sequence, self.signal = SequenceLayer(config), SignalLayer(config)
        self.predictor = Predictor(config)

    def forward(self, batch: Batch) -> Output:
        """Predict under the peaks."""
        free = self.peaks(batch)
        mask = force(free, batch, self.config) if self.config.force_centre else free
        expression = self.predictor.dense(self.sequence(batch) + self.signal(batch), mask, batch)
        return Output(expression, mask, free=free)

    def peaks(self, batch: Batch) -> Tensor:
        """(B, T) share of each token's bases in peaks; with a forced centre, 0 where blacklisted."""
        share = pool(batch.peaks.float(), self.resolution)
        return allowed(share, batch, self.config) if self.config.force_centre else share
