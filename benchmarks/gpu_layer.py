from benchmarks import gpu
from benchmarks.row import Result, Row, interleaved, median_ratio

ROW = Row("layer forward + backward at 200 kb, batch 1 and 8, against mamba_ssm's CUDA path as Caduceus calls it", "times faster", 1.3, 2, more=True)


def measure() -> Result:
    layers = gpu.layers()
    results = {}
    for batch in (1, 8):
        x = gpu.tokens(batch)
        results[batch] = median_ratio(interleaved({n: (lambda m=m: gpu.step(m, x)) for n, m in layers.items()}, 20, 3), "peer", "ours")
    return Result(min(r.value for r in results.values()), {f"batch {b}": r._asdict() for b, r in results.items()})
