import statistics

import torch

from benchmarks import operands
from benchmarks.row import Result, Row, interleaved, summary
from seq2exp_py import models

ROW = Row("Seq2Exp-soft forward from 50 kb to 800 kb: spread of the time per base", "% above the least", 10, kept=True)
WIDTHS = (50_000, 100_000, 200_000, 400_000, 800_000)


def measure() -> Result:
    with torch.inference_mode():
        runs = {w: (models.build("seq2exp_soft", window=w).eval(), operands.batch(w)) for w in WIDTHS}
        work = {str(w): (lambda model=model, batch=batch: model(batch)) for w, (model, batch) in runs.items()}
        seconds = interleaved(work, 3)
    per_base = [statistics.median(times) / int(width) for width, times in seconds.items()]
    return Result(100 * (max(per_base) / min(per_base) - 1), {name: summary(times) for name, times in seconds.items()})
