"""The machine and the versions that a figure belongs to."""

import importlib.metadata
import os
import platform
from pathlib import Path

import torch

PACKAGES = ("torch", "numba", "numpy", "triton", "pyBigWig", "pyfaidx")


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def use_all_cores() -> None:
    """Give both sides every core, whatever OMP_NUM_THREADS says."""
    torch.set_num_threads(cores())


def describe() -> dict[str, object]:
    """Processor, cores, card and versions."""
    from seq2exp_py.kernels import c

    card = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {
        "processor": processor(),
        "cores": cores(),
        "card": card,
        "load_at_the_end": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "kernels": "numba" if c.library() is None else "C",
        "vectors": "AVX-512" if torch.backends.cpu.get_cpu_capability() == "AVX512" else torch.backends.cpu.get_cpu_capability(),
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor())


def version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
