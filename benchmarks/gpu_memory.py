import torch

from benchmarks import gpu
from benchmarks.row import GIGA, Result, Row, SkipError

ROW = Row("layer forward + backward at 200 kb on a GPU, batch 8: peak memory against mamba_ssm's CUDA path", "of its memory", 0.6)


def measure() -> Result:
    peaks = {}
    for name, layer in gpu.layers().items():
        x = gpu.tokens(gpu.BATCHES[-1])
        if gpu.DEVICE == "cpu":
            gpu.step(layer, x)
            continue
        torch.cuda.reset_peak_memory_stats()
        gpu.step(layer, x)
        peaks[name] = torch.cuda.max_memory_allocated() / GIGA
    if not peaks:
        raise SkipError("rehearsed on the CPU, whose memory is not the card's")
    return Result(peaks["ours"] / peaks["peer"], {f"{name}_gb": peak for name, peak in peaks.items()})
