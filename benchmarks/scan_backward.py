import torch

from benchmarks import operands, peers
from benchmarks.row import Result, Row, interleaved, median_ratio
from seq2exp_py.kernels import selective_scan

ROW = Row(
    "scan forward + backward, 4,096 × 256 × 16, against autograd through selective_scan_ref", "times faster", 40, 150, more=True
)


def measure() -> Result:
    ours = operands.scan(operands.LENGTH, requires_grad=True)
    theirs, peer = operands.channels_first(ours), peers.mamba_reference()

    def run(scan, x):
        return torch.autograd.grad(scan(**x, delta_softplus=True).sum(), list(x.values()))

    work = {"ours": lambda: run(selective_scan, ours), "peer": lambda: run(peer, theirs)}
    work["ours"]()
    # The peer takes minutes: every step of its loop makes a gradient as large as all of them
    return median_ratio(interleaved(work, 1, warm=0), "peer", "ours")
