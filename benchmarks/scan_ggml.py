import time
from collections.abc import Callable

import torch
from torch import Tensor

from benchmarks import ggml, operands
from benchmarks.row import Result, Row, interleaved, median_ratio
from seq2exp_py.kernels import selective_scan

ROW = Row(
    "scan forward, 200,000 × 256 × 16 without gate, D and bias, against ggml_ssm_scan's Mamba-1 branch",
    "times faster",
    30,
    60,
    more=True,
    kept=True,  # as the peer, which writes into one place again and again
)
REPEATS, NEAR = 3, 1e-3


def measure() -> Result:
    x, threads = operands.scan(operands.GENE), torch.get_num_threads()
    del x["z"], x["D"]
    x["delta"] += x.pop("delta_bias")
    theirs = ggml.scan(*(x[name][0] for name in ("u", "delta")), x["A"], x["B"][0], x["C"][0], threads=threads)
    spent: dict[str, list[float]] = {"ours": [], "peer": []}
    answers: dict[str, Tensor] = {}

    def run(name: str, scan: Callable[[], Tensor]) -> None:
        answers.pop(name, None)  # its memory is for the next
        start = time.process_time()
        answers[name] = scan()
        spent[name].append(time.process_time() - start)

    with torch.inference_mode():
        work = {
            "ours": lambda: run("ours", lambda: selective_scan(**x, delta_softplus=True)[0]),
            "peer": lambda: run("peer", theirs),
        }
        result = median_ratio(interleaved(work, REPEATS), "peer", "ours")
    far = float((answers["ours"] - answers["peer"]).abs().max() / answers["peer"].abs().max())
    if not far < NEAR:
        raise RuntimeError(f"the two scans differ by {far:.1e} of the largest value: they compute different things")
    how = {"threads_of_each": threads, "cpu_seconds": spent, "largest_difference": far, "peer": f"{ggml.PACKAGE} {ggml.VERSION}"}
    return Result(result.value, {**result.details, "how": how})
