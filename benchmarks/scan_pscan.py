import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks import operands, peers
from benchmarks.row import Result, Row, interleaved, median_ratio
from seq2exp_py.kernels import selective_scan

ROW = Row(
    "scan forward, 200,000 × 256 × 16 without gate, against the same by mambapy's selective_scan with its pscan",
    "times faster",
    100,
    300,
    more=True,
)
PARTS = 4  # the peer goes through the channels in parts: its tensors for all of them take more than 24 GB


def measure() -> Result:
    x, peer = operands.scan(operands.GENE), peers.mambapy_scan()
    del x["z"]
    parts = [slice(low, low + operands.CHANNELS // PARTS) for low in range(0, operands.CHANNELS, operands.CHANNELS // PARTS)]

    def theirs(part: slice) -> Tensor:
        step = F.softplus(x["delta"][..., part] + x["delta_bias"][part])
        return peer(None, x["u"][..., part], step, x["A"][part], x["B"], x["C"], x["D"][part])

    with torch.inference_mode():
        work = {"ours": lambda: selective_scan(**x, delta_softplus=True), "peer": lambda: [theirs(part) for part in parts]}
        return median_ratio(interleaved(work, 3), "peer", "ours")
