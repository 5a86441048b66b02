"""The C kernels: compiled for this processor when first needed, kept in the user's cache, left out without a compiler."""

import ctypes
import functools
import hashlib
import itertools
import os
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from seq2exp_py.files import whole
from seq2exp_py.kernels.recurrence import Gradients, Recurrence

HERE = Path(__file__).parent
SOURCES = [HERE / name for name in ("vectors.c", "scan.c", "conv.c")]
COMPILE = ("-O3", "-ffp-contract=fast", "-shared", "-fPIC")
MACHINE = ("-march=native", "-mcpu=native")  # x86 and gcc anywhere; clang on Arm
# Threads come from the OpenMP runtime that torch has loaded, so that one pool serves both; else from our own; else there is one.
THREADS = (("-fopenmp", "-nodefaultlibs", "-lc"), ("-fopenmp",), ())
KINDS = {"int64_t": ctypes.c_int64, "int32_t": ctypes.c_int32, "float": ctypes.c_void_p}  # C's floats are pointers to arrays


def _fields(source: str, struct: str) -> list[tuple[str, type]]:
    """Names and types of a struct's members, read from the C source that is compiled: there is no second list to keep equal."""
    text = re.sub(r"/\*.*?\*/", "", (HERE / source).read_text(), flags=re.DOTALL)
    body = re.search(r"typedef struct \{([^{}]*)\} " + struct + ";", text)
    assert body, f"{source} defines no struct {struct}"
    members = [member.strip().removeprefix("const ").split(None, 1) for member in body[1].split(";") if member.strip()]
    return [(name.strip(" *\n"), KINDS[kind]) for kind, names in members for name in names.split(",")]


class _Arguments(ctypes.Structure):
    """Arguments of a kernel; `arrays` are kept alive as long as their addresses."""

    arrays: Mapping[str, Tensor | None]

    def point(self, arrays: Mapping[str, Tensor | None]) -> None:
        """Write the addresses of the arrays."""
        self.arrays = arrays
        for name, x in arrays.items():
            setattr(self, name, None if x is None else x.data_ptr())


class _Scan(_Arguments):
    _fields_ = _fields("scan.c", "Scan")


class _Conv(_Arguments):
    _fields_ = _fields("conv.c", "Conv")


@functools.cache
def library() -> ctypes.CDLL | None:
    """Load the compiled kernels; None without a compiler, or where SEQ2EXP_NATIVE=0."""
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if not compiler or os.environ.get("SEQ2EXP_NATIVE") == "0":
        return None
    for more in itertools.product(MACHINE, THREADS):
        try:
            loaded = ctypes.CDLL(str(_built(compiler, (more[0], *more[1]))))
        except (OSError, subprocess.SubprocessError):
            continue
        _check(loaded)
        return loaded
    return None


def _check(kernels: ctypes.CDLL) -> None:
    """Hold the structs here against the compiled ones: a kernel that reads another layout corrupts memory without a word.

    Raises:
        RuntimeError: they differ in size.
    """
    for name, struct in (("scan_size", _Scan), ("conv_size", _Conv)):
        size = getattr(kernels, name)()
        if size != ctypes.sizeof(struct):
            raise RuntimeError(f"{kernels._name}: {name} is {size} bytes, {ctypes.sizeof(struct)} here; remove that file")


def _built(compiler: str, options: tuple[str, ...]) -> Path:
    """Return the shared library for this processor, compiling it if the cache lacks it."""
    key = hashlib.sha256(repr((compiler, options, COMPILE, _processor())).encode())
    for source in SOURCES:
        key.update(source.read_bytes())
    name = f"kernels-{key.hexdigest()[:16]}.so"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "seq2exp"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        return _compile(compiler, options, cache / name)
    except (OSError, RuntimeError):
        return _compile(compiler, options, Path(tempfile.mkdtemp(prefix="seq2exp-")) / name)


def _compile(compiler: str, options: tuple[str, ...], path: Path) -> Path:
    if not path.exists():
        with whole(path) as partial:
            command = [*compiler.split(), *COMPILE, *map(str, SOURCES[1:]), *options, "-o", str(partial)]
            subprocess.run(command, check=True, capture_output=True, timeout=300)
    return path


def _processor() -> str:
    """What `-march=native` depends on."""
    try:
        return next(line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith(("flags", "Features")))
    except (OSError, StopIteration):
        return f"{platform.machine()} {platform.processor()}"


def forward(r: Recurrence, carry: Tensor, starts: Tensor | None = None, y: Tensor | None = None) -> None:
    """Move `carry` from the initial to the final state; fill `starts` and `y` (batch, length, channels) where they are given."""
    scan = _scan(r, carry, starts, r.groups(2), {"y": y})
    if y is not None:
        scan.y_batch, scan.y_step = y.stride(0), y.stride(1)
    _call("scan_forward", scan)


def backward(r: Recurrence, carry: Tensor, starts: Tensor, dy: Tensor) -> Gradients:
    """Return the gradients; move `carry` from the final state's gradient to the initial state's."""
    batch, length, channels, states = r.shape
    groups = r.groups(2)
    du, dsteps, dz = torch.empty(r.u.shape), torch.empty(r.u.shape), None if r.z is None else torch.empty(r.u.shape)
    sums = {name: torch.zeros(batch, groups, length, states) for name in ("dB", "dC")}
    sums |= {"dA": torch.zeros(batch, states, channels), "dD": torch.zeros(batch, channels)}
    _call("scan_backward", _scan(r, carry, starts, groups, {"dy": dy.contiguous(), "du": du, "dsteps": dsteps, "dz": dz, **sums}))
    dA, dB, dC, dD = sums["dA"].sum(0).T, sums["dB"].sum(1), sums["dC"].sum(1), sums["dD"].sum(0)
    return Gradients(du, dsteps, dA, dB, dC, dD, dz)


def conv_forward(x: Tensor, taps: Tensor, bias: Tensor, first: int, last: int, reverse: bool) -> Tensor:
    """Return SiLU(conv(x)) at positions [first, last) of x (batch, length, channels); taps (width, channels)."""
    u = torch.empty(x.shape[0], last - first, x.shape[2])
    _call("conv_forward", _conv(x, taps, bias, first, last, reverse, {"u": u}))
    return u


def conv_backward(
    x: Tensor, taps: Tensor, bias: Tensor, first: int, reverse: bool, du: Tensor, dx: Tensor, dtaps: Tensor, dbias: Tensor
) -> None:
    """Add to `dx`, `dtaps` and `dbias` what flows back from `du` at positions from `first` on."""
    arrays = {"du": du.contiguous(), "dx": dx, "dtaps": dtaps, "dbias": dbias}
    conv = _conv(x, taps, bias, first, first + du.shape[1], reverse, arrays)
    conv.dx_batch, conv.dx_step = dx.stride(0), dx.stride(1)
    _call("conv_backward", conv)


def _scan(r: Recurrence, carry: Tensor, starts: Tensor | None, groups: int, more: Mapping[str, Tensor | None]) -> _Scan:
    batch, length, channels, states = r.shape
    rank = 0 if r.lift is None else r.lift.shape[0]
    scan = _Scan(batch=batch, length=length, channels=channels, state=states, rank=rank, groups=groups)
    scan.threads = torch.get_num_threads()
    for name, x in (("u", r.u), ("z", r.z), ("steps", r.steps), ("bc", r.B)):
        if x is not None:
            setattr(scan, f"{name}_batch", x.stride(0))
            setattr(scan, f"{name}_step", x.stride(1))
    scan.softplus, scan.reverse = r.softplus, r.reverse
    arrays = {name: getattr(r, name) for name in "u steps lift rates B C D z bias".split()}
    scan.point(arrays | {"carry": carry, "starts": starts} | dict(more))
    return scan


def _conv(x: Tensor, taps: Tensor, bias: Tensor, first: int, last: int, reverse: bool, more: Mapping[str, Tensor | None]) -> _Conv:
    conv = _Conv(batch=x.shape[0], length=x.shape[1], channels=x.shape[2], width=taps.shape[0], first=first, last=last)
    conv.x_batch, conv.x_step = x.stride(0), x.stride(1)
    conv.threads, conv.reverse = torch.get_num_threads(), reverse
    conv.point({"x": x, "taps": taps, "bias": bias} | dict(more))
    return conv


def _call(name: str, arguments: _Arguments) -> None:
    kernels = library()
    if kernels is None or getattr(kernels, name)(ctypes.byref(arguments)):
        raise MemoryError(f"{name}: no room for the states of one segment")
