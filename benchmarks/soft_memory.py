import torch

from benchmarks import operands
from benchmarks.row import Result, Row, peak_over
from seq2exp_py import models

ROW = Row("Seq2Exp-soft forward, one gene, 200 kb, paper preset: peak memory over the weights", "GB", 4, 2, kept=True)


def measure() -> Result:
    small, gene = operands.batch(20_000), operands.batch()
    with torch.inference_mode():
        models.build("seq2exp_soft", window=20_000).eval()(small)  # what libraries set up once is not the model's
        model = models.build("seq2exp_soft").eval()
        return Result(peak_over(lambda: model(gene)), {})
