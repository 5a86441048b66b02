"""Data-parallel processes as `torchrun` starts them, or just one."""

import os
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class World:
    """This process among `size`."""

    rank: int = 0
    size: int = 1

    @classmethod
    def start(cls, device: torch.device) -> "World":
        """Join the processes that `torchrun` announces in the environment."""
        size = int(os.environ.get("WORLD_SIZE", "1"))
        if size == 1:
            return cls()
        cards = torch.cuda.device_count() if device.type == "cuda" else 0
        dist.init_process_group(backends(cards, int(os.environ.get("LOCAL_WORLD_SIZE", size))))
        return cls(dist.get_rank(), size)

    @property
    def first(self) -> bool:
        """Whether this process writes the files and the log."""
        return self.rank == 0

    def total(self, values: Tensor) -> Tensor:
        """Sum over the processes."""
        if self.size > 1:
            dist.all_reduce(values)
        return values

    def any(self, mine: bool) -> bool:
        """Whether it is true in any process."""
        return mine if self.size == 1 else bool(self.total(torch.tensor(float(mine))) > 0)

    def gather(self, mine: list[Any]) -> list[Any]:
        """The lists of all processes, interleaved: the inverse of `items[rank::size]`."""
        if self.size == 1:
            return mine
        parts: list[list[Any]] = [[] for _ in range(self.size)]
        dist.all_gather_object(parts, mine)
        rounds = max(len(p) for p in parts)
        return [part[i] for i in range(rounds) for part in parts if i < len(part)]

    def add_gradients(self, model: nn.Module) -> None:
        """Sum every gradient over the processes."""
        if self.size == 1:
            return
        parameters = [p for p in model.parameters() if p.requires_grad]
        flat = torch.cat([(torch.zeros_like(p) if p.grad is None else p.grad).flatten() for p in parameters])
        self.total(flat)
        for parameter, part in zip(parameters, torch.split(flat, [p.numel() for p in parameters]), strict=True):
            parameter.grad = part.view_as(parameter)

    def wait(self) -> None:
        """Wait for all processes."""
        if self.size > 1:
            dist.barrier()

    def close(self) -> None:
        """Leave the group."""
        if self.size > 1:
            dist.destroy_process_group()


def backends(cards: int, processes: int) -> str:
    """What processes of one machine talk by: NCCL takes one process a card; flags and lists lie on the CPU in any case."""
    return "gloo" if not cards else "cpu:gloo,cuda:nccl" if processes <= cards else "cpu:gloo,cuda:gloo"
