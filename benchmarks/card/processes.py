"""Part 4, second half: two processes on one card, NCCL with one, and a run that is stopped and goes on as if it had not been."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from benchmarks.card import store
from benchmarks.card.kernels import apart
from benchmarks.card.part import Part
from benchmarks.card.sizes import Sizes, sizes
from seq2exp_py.training import Clock, Request, loading
from seq2exp_py.training.clock import OutOfTimeError
from seq2exp_py.training.train import train

GENES, STEPS, SHORT = 16, 4, 20_000
CLOSE = 1e-3  # of the weights after training by one and by two processes, whose sums run in another order


def measure(part: Part) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        genome, cell = store.made(folder, sizes(part.dry).fields.get("window", SHORT), GENES)
        with part.attempt("exact resume"):
            part.add(**resumed(part, folder, genome, cell))
        with part.attempt("nccl with one process"):
            part.add(**alone(part, folder))
        with part.attempt("two processes on one card"):
            part.add(**together(part, folder))


def request(folder: Path, name: str, device: str, size: Sizes) -> Request:
    """A short training of Seq2Exp-soft by the stores of `folder`."""
    window: dict[str, Any] = {"window": SHORT} | size.fields
    fields = window | {"steps": STEPS, "epochs": None, "batch": 4, "save_steps": 1}
    out, state = folder / name, folder / f"{name}.state"
    return Request(folder / "genome", (folder / "cell",), "seq2exp_soft", out, state, size.preset, fields=fields, device=device)


class Stops(Clock):
    """Is over after some steps."""

    left = STEPS // 2

    def over(self, took: float) -> bool:
        """Count down."""
        self.left -= 1
        return self.left == 0


def resumed(part: Part, folder: Path, genome: Path, cell: Path) -> dict[str, object]:
    """Train at one go; train, stop half-way, go on; compare the weights bit by bit."""
    size = sizes(part.dry)
    train(request(folder, "whole", part.device.type, size), Clock())
    halves = request(folder, "halves", part.device.type, size)
    stopped = False
    try:
        train(halves, Stops())
    except OutOfTimeError:
        stopped = True
    train(halves, Clock())
    one, two = (loading.weights(folder / name) for name in ("whole", "halves"))
    return {
        "what": "resume",
        "stopped": stopped,
        "equal": all(torch.equal(one[k], two[k]) for k in one),
        "largest": largest(two, one),
    }


def largest(found: dict[str, Tensor], wanted: dict[str, Tensor]) -> float:
    """Largest relative difference of two sets of weights."""
    return max(apart(found[name].float(), wanted[name].float()) for name in wanted)


def alone(part: Part, folder: Path) -> dict[str, object]:
    """A sum over one process by the back end that several cards use."""
    kind = "gloo" if part.dry else "nccl"
    dist.init_process_group(kind, init_method=f"file://{folder}/one", rank=0, world_size=1)
    try:
        values = torch.arange(1000.0, device=part.device)
        dist.all_reduce(values)
        part.wait()
        return {"what": "one process", "backend": kind, "equal": torch.equal(values.cpu(), torch.arange(1000.0))}
    finally:
        dist.destroy_process_group()


def together(part: Part, folder: Path) -> dict[str, object]:
    """The training of `resumed` by two processes that share the card."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", __name__]
    done = subprocess.run([*command, str(folder), part.device.type], env=os.environ, capture_output=True, text=True, timeout=120)
    print(done.stderr[-3000:], flush=True)
    if done.returncode:
        raise RuntimeError(f"torchrun: exit status {done.returncode}")
    far = largest(loading.weights(folder / "two"), loading.weights(folder / "whole"))
    return {"what": "two processes", "backend": "gloo", "equal": far < CLOSE, "largest": far}


if __name__ == "__main__":
    train(request(Path(sys.argv[1]), "two", sys.argv[2], sizes(sys.argv[2] == "cpu")), Clock())
