from benchmarks import operands, peers
from benchmarks.row import Result, Row, interleaved, median_ratio
from seq2exp_py.kernels import selective_scan

ROW = Row("scan forward, 4,096 × 256 × 16, against mamba_ssm's selective_scan_ref", "times faster", 60, 200, more=True)


def measure() -> Result:
    ours, theirs, peer = (
        operands.scan(operands.LENGTH),
        operands.channels_first(operands.scan(operands.LENGTH)),
        peers.mamba_reference(),
    )
    work = {"ours": lambda: selective_scan(**ours, delta_softplus=True), "peer": lambda: peer(**theirs, delta_softplus=True)}
    return median_ratio(interleaved(work, 9), "peer", "ours")
