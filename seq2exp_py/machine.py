"""What this machine computes with: its device, the number format in which it multiplies matrices, and memory that stays or goes.

torch is imported where it is asked, not with this module: some of it has to be said before torch begins.
"""

from __future__ import annotations

import ctypes
import functools
import os
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING

from seq2exp_py.errors import InputError
from seq2exp_py.progress import say

if TYPE_CHECKING:
    import torch

GAIN = 1.3  # bfloat16 has to be so many times faster, casts included, before its rounding is worth it
TOKENS, INNER, OUTER = 4096, 128, 512  # the in-projection of a block of width 128
REPEATS = 5
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # of glibc's mallopt
ROOM = 1.0  # kept memory raised the peak of a training step by 0.35 and 0.46 of itself; twice as much has to be free
HUGE_PAGES = "THP_MEM_ALLOC_ENABLE"  # torch looks when it first allocates


def find_device(name: str) -> torch.device:
    """The device of `auto`, `cpu` or `cuda`, named in the log; of several GPUs the one of this process, of too few a shared one.

    Raises:
        InputError: `cuda` is asked for and absent.
    """
    import torch

    present = torch.cuda.is_available()
    if name == "cuda" and not present:
        raise InputError("--device cuda: torch finds no CUDA device here; use --device cpu, or see `seq2exp doctor`")
    if name == "cpu" or not present:
        say(f"device: cpu, {torch.get_num_threads()} threads" + ("" if name == "cpu" else " (no CUDA device found)"))
        return torch.device("cpu")
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())
    torch.cuda.set_device(device)
    say(f"device: {device}, {torch.cuda.get_device_name(device)}")
    return device


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """Autocast of a precision: bfloat16, or none."""
    import torch

    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")


@functools.cache
def gemm_dtype(device: str = "cpu") -> torch.dtype:
    """Return bfloat16 where it multiplies matrices clearly faster than float32, else float32; measured once per process (30 ms).

    It is meant for `autocast`: products round their factors to 8 bits and add up in float32, the scan stays in float32. Nothing
    here switches it on by itself.

    Args:
        device: "cpu" or "cuda".
    """
    import torch

    if device == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    x, w = torch.ones(TOKENS, INNER), torch.ones(OUTER, INNER)
    plain = _seconds(x, w, torch.float32)
    return torch.bfloat16 if _seconds(x, w, torch.bfloat16) * GAIN < plain else torch.float32


def _seconds(x: torch.Tensor, w: torch.Tensor, dtype: torch.dtype) -> float:
    """The best of a few products, with the casts there and back."""
    best = float("inf")
    for _ in range(REPEATS + 1):  # the first one sets the library up
        start = time.perf_counter()
        (x.to(dtype) @ w.to(dtype).T).float()
        best = min(best, time.perf_counter() - start)
    return best


def huge_pages() -> None:
    """Let tensors lie in huge pages, unless the environment says otherwise; to be called before torch makes its first tensor.

    In small ones a third of a forward pass is page faults: what is larger than 32 MB goes back to the system each time.
    """
    os.environ.setdefault(HUGE_PAGES, "1")


def keep_freed() -> bool:
    """Let this process keep memory that it has freed, for its next tensors; return whether that is so.

    glibc gives every block over 32 MB back at once, and to touch new memory costs more than to multiply what lies in it: on a
    virtual machine, where the host has to find it too, that can be a third of a forward pass at 200 kb. Resident memory then stays
    at its peak, and the peak is higher, much higher where blocks of many sizes come and go: training Enformer takes 19 GB, not
    13. So training asks `keep_freed_if_room`. Nothing happens without glibc, or where MALLOC_TRIM_THRESHOLD_ or MALLOC_MMAP_MAX_ is
    set in the environment.
    """
    libc = _libc()
    if libc is None or {"MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_MAX_"} & set(os.environ):
        return False
    return bool(libc.mallopt(M_TRIM_THRESHOLD, -1) and libc.mallopt(M_MMAP_MAX, 0))


def keep_freed_if_room() -> bool:
    """Keep freed memory from here on where as much is free as this process needed at its peak, e.g. after a first training step."""
    peak, free = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, free_memory()
    return free is not None and ROOM * peak <= free and keep_freed()


def free_memory() -> float | None:
    """Bytes that this process may still take: of the machine, its control group and its Slurm job the least; None where not known.

    The processes that `torchrun` starts on one machine share them.
    """
    found = [*_of_machine(), *_of_group(Path("/sys/fs/cgroup")), *_of_job()]
    return min(found) / int(os.environ.get("LOCAL_WORLD_SIZE", "1")) if found else None


def _of_machine() -> list[float]:
    path = Path("/proc/meminfo")
    lines = path.read_text().splitlines() if path.exists() else []
    return [float(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]


def _of_group(root: Path) -> list[float]:
    """What the group's limit leaves, as version 2 of Linux's control groups has it, then version 1."""
    pairs = ("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes")
    texts = [[(root / name).read_text().strip() for name in pair] for pair in pairs if all((root / name).exists() for name in pair)]
    return [float(limit) - float(used) for limit, used in texts if limit != "max"]


def _of_job() -> list[float]:
    """What the job's memory (MB) leaves above this process's peak."""
    asked = os.environ.get("SLURM_MEM_PER_NODE", "")
    return [float(asked) * 2**20 - resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024] if asked.isdigit() else []


def give_back() -> None:
    """Return freed memory to the system, as far as nothing lies behind it."""
    libc = _libc()
    if libc is not None:
        libc.malloc_trim(0)


def _libc() -> ctypes.CDLL | None:
    libc = ctypes.CDLL(None) if os.name == "posix" else None
    return libc if hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim") else None
