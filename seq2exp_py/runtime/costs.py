"""What training and predicting cost: every constant of `seq2exp plan`, each with where it comes from.

Nothing here was measured on a GPU, since none was at hand: times are arithmetic from operation and byte counts, the rates of the
GPUs' data sheets and an assumed utilisation. [calculated], [measured on CPU] and [assumed] mark which is which.
"""

import math
from dataclasses import dataclass

from seq2exp_py.errors import InputError
from seq2exp_py.models.presets import PRESETS
from seq2exp_py.training.settings import settings

GENES = 18_377  # genes of the published comparison
TRAIN_SHARE = 0.87  # 15,984 of them are in its training chromosomes
VALID_SHARE = 0.07  # chr3 and chr21
GENOME_BASES = 3.1e9  # hg38
TRACKS = 2  # signals stored per base: H3K27ac and DNase

UTILISATION = 0.4  # [assumed] share of a GPU's peak rates that a task reaches; time is inversely proportional to it
OVERHEAD_S = 60.0  # [assumed] submission, staging and imports of one task
BACKWARD = 3  # forward and backward pass in units of the forward pass [calculated]
KEPT = 0.07  # share of bases that seq2exp_hard keeps (6.3 to 6.9 % published), on which its predictor runs
BIGWIG_BYTES = 5.2  # per value of a dense bigWig [measured on CPU: 1.04 MB for 200 kb]
CHECKPOINT_BYTES = 10e6  # weights, configuration and metrics, an upper bound for the state-space models [calculated]
BIGWIG_DOWNLOAD, HIC_DOWNLOAD, GENOME_DOWNLOAD = 1e9, 20e9, 1e9  # bytes of a public file [assumed: orders of magnitude]


@dataclass(frozen=True)
class Gpu:
    """Peak rates of a GPU's data sheet: FLOP/s in float32 and dense bf16, and bytes/s of its memory."""

    fp32: float
    bf16: float
    memory: float


GPUS = {
    "a100": Gpu(19.5e12, 312e12, 2.04e12),
    "h100": Gpu(67e12, 989e12, 3.35e12),
    "h200": Gpu(67e12, 989e12, 4.8e12),
    "l4": Gpu(30.3e12, 121e12, 0.3e12),
}

# How often the stack of BiMamba layers runs forward in prediction, and how often of these with a backward pass in training
STACKS = {
    "seq2exp_soft": (2.0, 2.0),
    "seq2exp_hard": (1 + KEPT, 1 + KEPT),
    "seq2exp_retrain": (2.0, 1.0),  # the generator of the mask is frozen
    "caduceus_signals": (1.0, 1.0),
    "caduceus": (1.0, 1.0),
    "caduceus_signals_2kb": (1.0, 1.0),
    "macs3": (1.0, 1.0),
    "mamba": (1.0, 1.0),
}
OTHERS = {"hyenadna": 0.345e12, "enformer": 3.25e12, "epinformer": 0.034e12}  # FLOP of a gene forward at preset paper [calculated]
ON_CPU = ("ridge", "gbm")  # seconds to minutes of one core
MASKED = ("seq2exp_soft", "seq2exp_hard", "seq2exp_retrain", "macs3")


@dataclass(frozen=True)
class Work:
    """FLOP and bytes of memory traffic."""

    flop: float
    moved: float

    def seconds(self, gpu: Gpu, precision: str) -> float:
        """Time on a GPU, bound by its arithmetic or by its memory, whichever takes longer."""
        rate = gpu.bf16 if precision == "bf16" else gpu.fp32
        return max(self.flop / rate, self.moved / gpu.memory) / UTILISATION

    def times(self, factor: float) -> "Work":
        """The work done `factor` times."""
        return Work(self.flop * factor, self.moved * factor)


def tokens(model: str, preset: str) -> float:
    """Tokens of one gene's window."""
    size = PRESETS[preset]
    window = 2_000 if model.endswith("2kb") else size["window"]
    return float(window / size["resolution"])


def layer(d_model: int, d_state: int, both: bool = True) -> Work:
    """One Mamba layer on one token, forward; both directions share the in- and out-projection.

    Products count 2 FLOP an element. Memory: what a direction keeps (projected input, steps and states' inputs, scan's output),
    written once and read once in float32.
    """
    inner, rank, ways = 2 * d_model, math.ceil(d_model / 16), 2 if both else 1
    shared = 2 * d_model * 2 * inner + 2 * inner * d_model
    own = 8 * inner + 2 * inner * (rank + 2 * d_state) + 2 * rank * inner + 9 * d_state * inner
    kept = 3 * inner + rank + 2 * d_state
    return Work(shared + ways * own, ways * kept * 2 * 4)


def forward(model: str, preset: str) -> Work:
    """One gene once through one stack of the model's layers.

    Raises:
        InputError: the model is unknown.
    """
    size = PRESETS[preset]
    if model in OTHERS:
        smaller = tokens(model, preset) / tokens(model, "paper") * (size["d_model"] / PRESETS["paper"]["d_model"]) ** 2
        return Work(OTHERS[model] * smaller, 0)
    if model not in STACKS:
        raise InputError(f"--models: '{model}' is unknown; choose from {', '.join([*STACKS, *OTHERS, *ON_CPU])}")
    return layer(size["d_model"], size["d_state"], both=model != "mamba").times(tokens(model, preset) * size["layers"])


def samples(model: str, preset: str, genes: int) -> tuple[float, float]:
    """Genes seen by one training run, and passes over the data."""
    chosen, training = settings(model, preset, {}), genes * TRAIN_SHARE
    if chosen.steps is not None:
        return chosen.steps * chosen.batch, math.ceil(chosen.steps * chosen.batch / training)
    return (chosen.epochs or 1) * training, chosen.epochs or 1


def prediction(model: str, preset: str, genes: int) -> Work:
    """Predict every gene of a cell."""
    return forward(model, preset).times(genes * STACKS.get(model, (1.0, 1.0))[0])


def training(model: str, preset: str, genes: int) -> Work:
    """Train one model on one cell, with a validation after every pass."""
    seen, passes = samples(model, preset, genes)
    run, learn = STACKS.get(model, (1.0, 1.0))
    return forward(model, preset).times(seen * (run - learn + learn * BACKWARD) + passes * genes * VALID_SHARE * run)
