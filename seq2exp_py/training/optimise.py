"""The optimiser and its learning rate."""

import inspect
import math

import torch
from torch import nn

from seq2exp_py.training.settings import Settings

BETAS = (0.9, 0.95)
NO_DECAY_NAMES = ("A_log", "D")  # of the selective scan
NO_DECAY_LAYERS = (nn.LayerNorm, nn.BatchNorm1d, nn.BatchNorm2d, nn.Embedding)


class AdamW(torch.optim.AdamW):
    """torch's without what it wraps around itself for torch.compile, which imports the compiler: a second per training."""

    step = torch.no_grad()(inspect.unwrap(torch.optim.AdamW.step))
    zero_grad = inspect.unwrap(torch.optim.AdamW.zero_grad)
    add_param_group = inspect.unwrap(torch.optim.AdamW.add_param_group)
    state_dict = inspect.unwrap(torch.optim.AdamW.state_dict)
    load_state_dict = inspect.unwrap(torch.optim.AdamW.load_state_dict)


def adamw(model: nn.Module, settings: Settings) -> AdamW:
    """AdamW without decay on biases, LayerNorm and BatchNorm weights, embeddings, A and D; RMSNorm weights do decay (as published).

    A module or parameter with a true attribute `no_decay` is left out too.
    """
    kept: list[nn.Parameter] = []
    decayed: list[nn.Parameter] = []
    seen: set[int] = set()
    for module in model.modules():
        for name, parameter in module.named_parameters(recurse=False):
            if not parameter.requires_grad or id(parameter) in seen:
                continue
            seen.add(id(parameter))
            (kept if _spared(module, name, parameter) else decayed).append(parameter)
    groups = [{"params": decayed, "weight_decay": settings.weight_decay}, {"params": kept, "weight_decay": 0.0}]
    return AdamW(groups, lr=settings.lr, betas=BETAS)


def _spared(module: nn.Module, name: str, parameter: nn.Parameter) -> bool:
    marked = getattr(module, "no_decay", False) or getattr(parameter, "no_decay", False)
    return bool(marked) or name.endswith("bias") or name in NO_DECAY_NAMES or isinstance(module, NO_DECAY_LAYERS)


def learning_rate(step: int, steps: int, settings: Settings) -> float:
    """Learning rate of a step (0-based): linear from `warmup_lr` to `lr`, then a cosine to `min_lr` at step `steps`."""
    rising = round(settings.warmup * steps)
    if step < rising:
        return settings.warmup_lr + (settings.lr - settings.warmup_lr) * step / rising
    done = (step - rising) / max(1, steps - rising)
    return settings.min_lr + 0.5 * (settings.lr - settings.min_lr) * (1 + math.cos(math.pi * min(1.0, done)))
