"""The kernels compiled for cards that need not be there: registers, spills and shared memory, by Triton's own assembler.

python -m benchmarks.card.compiled    the table of docs/performance.md
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.card import page
from seq2exp_py.kernels.triton import launch, tiles, tiles_back

KERNELS = (tiles.advance, tiles.chain, tiles.forward, tiles_back.retreat, tiles_back.backward)
OPERANDS = {"u", "delta", "B", "C", "z", "y", "dy", "du", "dsteps", "dz"}  # in the model's format; all else is float32
SIZES = {"length", "channels", "states", "chunks", "cells", "z_batch", "z_step"}
SIXTEENTHS = SIZES - {"chunks"} - {"length"}  # Triton is told at a launch which are multiples of 16, as all pointers are
NAMES = {80: "A100 (sm_80)", 90: "H100, H200 (sm_90)"}


class Built(NamedTuple):
    """One kernel for one card; bytes."""

    kernel: str
    arch: int
    operands: str
    registers: int
    spilled: int
    shared: int
    shuffles: int


def all_kernels(archs: tuple[int, ...] = (80, 90), formats: tuple[str, ...] = ("fp32", "bf16")) -> Iterator[Built]:
    """Every kernel as the models launch it: softplus, gate; the last of the sequence first."""
    for kernel in KERNELS:
        for arch in archs:
            for name in formats:
                yield built(kernel, arch, name)


def built(kernel: Any, arch: int, operands: str) -> Built:
    """Compile a kernel."""
    from triton import compile
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    width = launch.BACK if kernel is tiles_back.backward else launch.WIDTH
    flags = {"CHUNK": launch.CHUNK, "TILE": launch.TILE, "WIDTH": width, "SOFTPLUS": True, "GATED": True, "REVERSE": True}
    names = list(kernel.arg_names)
    kinds = {n: "constexpr" if n in flags else "i32" if n in SIZES else f"*{operands if n in OPERANDS else 'fp32'}" for n in names}
    known = {(i,): [["tt.divisibility", 16]] for i, n in enumerate(names) if kinds[n].startswith("*") or n in SIXTEENTHS}
    source = ASTSource(kernel, kinds, {n: flags[n] for n in names if n in flags}, known)
    code = compile(source, target=GPUTarget("cuda", arch, 32), options={"num_warps": launch.WARPS}).asm
    registers, spilled, shared = usage(code["cubin"])
    return Built(kernel.__name__, arch, operands, registers, spilled, shared, code["ptx"].count("shfl.sync"))


def usage(cubin: bytes) -> tuple[int, int, int]:
    """Registers of a thread, bytes of its stack (which is where registers spill: the kernels have no arrays), shared bytes."""
    import triton

    tool = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(cubin)
        file.flush()
        said = subprocess.run([tool, "-res-usage", file.name], capture_output=True, text=True, check=True).stdout
    found = re.search(r"REG:(\d+) STACK:(\d+) SHARED:(\d+)", said)
    assert found is not None, said
    registers, spilled, shared = map(int, found.groups())
    return registers, spilled, shared


def table() -> str:
    """The table of docs/performance.md."""
    import triton

    rows = [f"| `{b.kernel}` | {NAMES[b.arch]} | {b.operands} | {b.registers} | {b.spilled} | {b.shared} |" for b in all_kernels()]
    head = [
        "| kernel | card | operands | registers of a thread | spilled, bytes | shared memory, bytes |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*head, *rows, "", f"Compiled ahead of time by Triton {triton.__version__}; run on no card."])


if __name__ == "__main__":
    os.environ.setdefault("TRITON_CACHE_DIR", tempfile.mkdtemp())
    page.write("compiled", table())
