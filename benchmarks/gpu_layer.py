from torch import nn

from benchmarks import gpu
from benchmarks.row import Result, Row, interleaved, median_ratio

ROW = Row(
    "layer forward + backward at 200 kb, batch 1 and 8, against mamba_ssm's CUDA path as Caduceus calls it",
    "times faster",
    1.3,
    2,
    more=True,
)
REPEATS = 20


def measure() -> Result:
    layers = gpu.layers()
    results = {batch: compare(layers, batch) for batch in gpu.BATCHES}
    return Result(min(r.value for r in results.values()), {f"batch {b}": r._asdict() for b, r in results.items()})


def compare(layers: dict[str, nn.Module], batch: int) -> Result:
    x = gpu.tokens(batch)
    work = {name: (lambda layer=layer: gpu.step(layer, x)) for name, layer in layers.items()}
    return median_ratio(interleaved(work, REPEATS, 3), "peer", "ours")
