"""What training and predicting cost: every constant of `seq2exp plan`, each with where it comes from.

Nothing here was measured on a GPU, since none was at hand: times are arithmetic from operation and byte counts, the rates of the
GPUs' data sheets and an assumed utilisation; so is memory. [calculated], [measured on CPU] and [assumed] mark which is which, and
`SOURCES` says it to who asks for a plan.
"""

import math
from dataclasses import dataclass

from seq2exp_py.models.config import PRESETS
from seq2exp_py.models.rows import Cost, find
from seq2exp_py.training.settings import settings

GENES = 18_377  # genes of the published comparison
TRAIN_SHARE = 0.87  # 15,984 of them are in its training chromosomes
VALID_SHARE = 0.07  # chr3 and chr21
GENOME_BASES = 3.1e9  # hg38
TRACKS = 2  # signals stored per base: H3K27ac and DNase

UTILISATION = 0.4  # [assumed] share of a GPU's peak rates that a task reaches; time is inversely proportional to it
OVERHEAD_S = 60.0  # [assumed] submission, staging and imports of one task
BACKWARD = 3  # forward and backward pass in units of the forward pass [calculated]
BIGWIG_BYTES = 5.2  # per value of a dense bigWig [measured on CPU: 1.04 MB for 200 kb]
CHECKPOINT_BYTES = 10e6  # weights, configuration and metrics, an upper bound for the state-space models [calculated]
BIGWIG_DOWNLOAD, HIC_DOWNLOAD, GENOME_DOWNLOAD = 1e9, 20e9, 1e9  # bytes of a public file [assumed: orders of magnitude]
AVERAGE_DOWNLOAD = 54.1e9  # bytes of the average contact map, ENCFF134PUN [published, by those who use it]
CHUNK = 256  # tokens between the states that the scan keeps on a GPU [calculated: kernels.triton.launch]
TILE = 8  # tokens between those that its backward pass writes down meanwhile [calculated: the same]
BLOCK = 32  # channels whose sums of a gradient it writes as one [calculated: the same]
BASE_BYTES = 200.0  # of a base's inputs, mask and their gradients on a GPU [assumed]
SOURCES = {  # of every constant that an estimate rests on
    "measured on a GPU": (),
    "measured on CPU": ("bytes of a dense bigWig",),
    "calculated": ("operations", "memory traffic", "numbers kept for the backward pass", "checkpoints", "storage"),
    "data sheets": ("rates of GPUs",),
    "published": ("training schedules", "the average contact map"),
    "assumed": ("utilisation 40 %", "60 s to start a task", "downloads", "200 bytes of GPU memory a base beside the layers"),
}


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
    size = PRESETS[preset] | find(model).fixed
    return float(size["window"] / size["resolution"])


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
    size, cost = PRESETS[preset], find(model).cost
    if cost is None:
        return Work(0, 0)
    if cost.flop is not None:
        smaller = tokens(model, preset) / tokens(model, "paper") * (size["d_model"] / PRESETS["paper"]["d_model"]) ** 2
        return Work(cost.flop * smaller, 0)
    return layer(size["d_model"], size["d_state"], cost.both).times(tokens(model, preset) * size["layers"])


def samples(model: str, preset: str, genes: int) -> tuple[float, float]:
    """Genes seen by one training run, and passes over the data."""
    chosen, training = settings(model, preset, {}), genes * TRAIN_SHARE
    if chosen.steps is not None:
        return chosen.steps * chosen.batch, math.ceil(chosen.steps * chosen.batch / training)
    return (chosen.epochs or 1) * training, chosen.epochs or 1


def prediction(model: str, preset: str, genes: int) -> Work:
    """Predict every gene of a cell."""
    return forward(model, preset).times(genes * (find(model).cost or Cost()).run)


def training(model: str, preset: str, genes: int) -> Work:
    """Train one model on one cell, with a validation after every pass."""
    seen, passes = samples(model, preset, genes)
    cost = find(model).cost or Cost()
    often = seen * (cost.run - cost.learn + cost.learn * BACKWARD) + passes * genes * VALID_SHARE * cost.run
    return forward(model, preset).times(often)


def kept(d_model: int, d_state: int, both: bool = True) -> float:
    """Numbers a token that one Mamba layer keeps for its backward pass on a GPU.

    Of the layer: the normalised token before, after its norm and after the mask, the projected input (x and z), the mixer's output.
    Of a direction: the convolution's input, its output, that of SiLU, the steps; ranks, B and C; the scan's states between chunks.
    """
    inner, rank, ways = 2 * d_model, math.ceil(d_model / 16), 2 if both else 1
    return 3 * d_model + 3 * inner + ways * (4 * inner + rank + 2 * d_state + inner * (d_state + 1) / CHUNK)


def scratch(d_model: int, d_state: int) -> float:
    """Bytes a token that the scan's backward pass takes beside: states that enter tiles, sums over channels, gradients."""
    inner = 2 * d_model
    return 4 * (inner * d_state / TILE + 2 * d_state * inner / BLOCK + 4 * inner)


def vram(model: str, preset: str, batch: int, precision: str, recomputed: bool) -> float | None:
    """Bytes that a training step takes on a GPU; None for a model that is no stack of Mamba layers.

    Args:
        model, preset: which.
        batch: genes of a forward pass.
        precision: `fp32`, or `bf16`, in which the layers keep half as much.
        recomputed: whether only the tokens between blocks are kept (`--set checkpointing=true`).
    """
    size, cost = PRESETS[preset], find(model).cost
    if cost is None or cost.flop is not None:
        return None
    width, d_model = 2 if precision == "bf16" else 4, int(size["d_model"])
    one = kept(d_model, size["d_state"], cost.both) * width
    blocks = size["layers"] * cost.learn
    layers = blocks * d_model * 4 + one if recomputed else blocks * one
    beside = scratch(d_model, int(size["d_state"])) + BASE_BYTES * int(size["resolution"])
    return batch * tokens(model, preset) * float(layers + beside)
