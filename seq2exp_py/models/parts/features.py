"""Which of a gene's features a model sees."""

from seq2exp_py.models.config import ModelConfig
from seq2exp_py.store.contents import FEATURES

DENSITY, ACTIVITY = (FEATURES.index(name) for name in ("exon_density", "promoter_activity"))  # the last two: heavy tails


def seen(config: ModelConfig) -> int:
    """How many features it sees."""
    return len(FEATURES) if config.promoter_activity else ACTIVITY
