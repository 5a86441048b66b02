import torch

from benchmarks import operands
from benchmarks.row import Result, Row, interleaved, median_ratio
from seq2exp_py.kernels import selective_scan

ROW = Row("scan forward, 200,000 × 256 × 16, against one float32 GEMM 200,000 × 128 × 512", "of its time", 1.5, 0.5)


def measure() -> Result:
    x = operands.scan(operands.GENE)
    tokens, weight = torch.randn(operands.GENE, 128), torch.randn(128, 512)
    work = {"ours": lambda: selective_scan(**x, delta_softplus=True), "gemm": lambda: tokens @ weight}
    return median_ratio(interleaved(work, 9), "ours", "gemm")
