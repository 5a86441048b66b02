import torch
from torch.nn import functional as F

from benchmarks import operands, peers
from benchmarks.row import Result, Row, interleaved, median_ratio
from seq2exp_py.kernels import selective_scan

ROW = Row(
    "scan forward, 4,096 × 256 × 16, against mambapy's pscan, which is given decays and inputs ready made",
    "times faster",
    100,
    300,
    more=True,
)


def measure() -> Result:
    x, peer = operands.scan(operands.LENGTH), peers.mambapy_scan()
    step = F.softplus(x["delta"] + x["delta_bias"])
    decays, inputs = torch.exp(step[..., None] * x["A"]), (step * x["u"])[..., None] * x["B"][:, :, None]
    work = {"ours": lambda: selective_scan(**x, delta_softplus=True), "peer": lambda: peer(decays, inputs)}
    return median_ratio(interleaved(work, 9), "peer", "ours")
