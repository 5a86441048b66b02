import torch

from benchmarks import operands
from benchmarks.row import Result, Row, interleaved, median_ratio
from seq2exp_py import models

ROW = Row(
    "predictor of Seq2Exp-hard on the 7 % of bases that are kept, 200 kb, against the dense predictor",
    "of its time",
    0.15,
    kept=True,
)
KEPT = 0.07


def measure() -> Result:
    model, batch = models.build("seq2exp_hard").eval(), operands.batch()
    mask = (torch.rand(1, operands.GENE, generator=torch.Generator().manual_seed(0)) < KEPT - 0.01).float()
    mask[:, operands.GENE // 2 - 1000 : operands.GENE // 2 + 1000] = 1
    with torch.inference_mode():
        tokens, _ = model.embeddings(batch)
        work = {
            "compact": lambda: model.predictor.compact(tokens, mask, batch, live=True),
            "dense": lambda: model.predictor.dense(tokens, mask, batch),
        }
        ratio, details = median_ratio(interleaved(work, 5), "compact", "dense")
    return Result(ratio, details | {"kept": float(mask.mean())})
