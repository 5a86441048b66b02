"""What a model learns of another cell where little of it is measured: few genes, or the head alone."""

import random
from typing import TYPE_CHECKING

from seq2exp_py.errors import InputError
from seq2exp_py.store import Sample

if TYPE_CHECKING:
    from seq2exp_py.models.base import Model

Samples = tuple[list[Sample], list[Sample]]  # of the splits train and valid


def few(samples: Samples, genes: int, seed: int) -> Samples:
    """The samples of some genes, as if no others were measured.

    Args:
        samples: of training and of validation; a gene may have one in each of several cells.
        genes: training genes to keep; of the validation genes the same share is kept, at least one.
        seed: of the choice.

    Raises:
        InputError: there are fewer training genes.
    """
    known = [sorted({sample.gene for sample in part}) for part in samples]
    if genes > len(known[0]):
        raise InputError(f"--set genes={genes}: only {len(known[0])} training genes are measured; give at most so many")
    numbers = genes, max(1, round(genes / len(known[0]) * len(known[1])))
    rng = random.Random(f"{seed} genes")
    kept = [set(rng.sample(part, min(number, len(part)))) for part, number in zip(known, numbers, strict=True)]
    train, valid = ([s for s in part if s.gene in chosen] for part, chosen in zip(samples, kept, strict=True))
    return train, valid


def head_alone(model: "Model") -> None:
    """Leave nothing to train but the layers that turn pooled outputs and features into expression.

    Raises:
        InputError: the model has no such layers of its own.
    """
    from seq2exp_py.models.parts.head import Head  # brings torch, which `few` does not need

    heads = [part for part in model.modules() if isinstance(part, Head)]
    if not heads:
        raise InputError("--set parts=head: this model has no head apart from the rest; train all of it, at a small rate")
    model.requires_grad_(False)
    for head in heads:
        head.requires_grad_(True)
