import torch
from torch.nn import functional as F

from benchmarks import operands
from benchmarks.row import Result, Row, interleaved, median_ratio
from seq2exp_py import models

ROW = Row(
    "Seq2Exp-soft forward, one gene, 200 kb, paper preset, against the sum of its GEMMs alone", "of their time", 2.5, 1.3, kept=True
)
WIDTH, INNER, RANK, LAYERS, CENTRE = 128, 256, 8, 4, 2000


def measure() -> Result:
    model, batch = models.build("seq2exp_soft").eval(), operands.batch()
    with torch.inference_mode():
        work = {"ours": lambda: model(batch), "gemms": gemms}
        return median_ratio(interleaved(work, 5), "ours", "gemms")


def gemms() -> None:
    """Every product of the two stacks with the shapes that the model uses; the predictor's last block only needs the centre."""
    full, half = operands.GENE, (operands.GENE + CENTRE) // 2
    blocks = [(full, full)] * (2 * LAYERS - 1) + [(half, CENTRE)]
    for mixed, out in blocks:
        product(full, WIDTH, 2 * INNER)
        for _ in "ahead", "back":
            product(mixed, INNER, RANK + 2 * operands.STATE)
            product(mixed, RANK, INNER)
        product(out, INNER, WIDTH)
    for inner, outer in ((4, WIDTH), (3, WIDTH), (WIDTH, 2)):
        product(full, inner, outer)


READY: dict[tuple[int, ...], torch.Tensor] = {}


def product(rows: int, inner: int, outer: int) -> None:
    x, w = (READY.setdefault(shape, torch.randn(shape)) for shape in ((rows, inner), (outer, inner)))
    F.linear(x, w)
