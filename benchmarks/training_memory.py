from dataclasses import replace

import torch
from torch import nn

from benchmarks import operands
from benchmarks.row import Result, Row, peak_over
from seq2exp_py import models
from seq2exp_py.models.parts.backbone import Stack

ROW = Row("training step of Seq2Exp-soft, one gene, 200 kb, paper preset, checkpointed: peak memory", "GB", 12, 6)


def measure() -> Result:
    step(models.build("seq2exp_soft", window=20_000), 20_000)  # what libraries set up once is not the step's
    return Result(peak_over(lambda: step(models.build("seq2exp_soft"), operands.GENE)), {})


def step(model: nn.Module, width: int) -> None:
    model.train()
    for stack in (m for m in model.modules() if isinstance(m, Stack)):
        stack.checkpointing = True
    optimiser, batch = torch.optim.AdamW(model.parameters()), replace(operands.batch(width), noise=1)
    output = model(batch)
    loss = nn.functional.smooth_l1_loss(output.expression, batch.target)
    (loss if output.regulariser is None else loss + output.regulariser).backward()
    optimiser.step()
