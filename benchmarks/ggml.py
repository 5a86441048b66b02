"""ggml's selective scan on a CPU, built from the source that llama-cpp-python brings; never part of our environment."""

import ctypes
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable

import torch
from torch import Tensor

from benchmarks import peers
from benchmarks.row import SkipError

PACKAGE, VERSION = "llama-cpp-python", "0.3.36"
FOLDER = peers.FOLDER.with_name("ggml") / VERSION
SOURCE = FOLDER / f"llama_cpp_python-{VERSION}" / "vendor" / "llama.cpp"
LIBRARY = FOLDER / "build" / "bin" / "libggml-cpu.so"
# What this scan does not pass through is left out: the server and its tools, and faster products of quantised matrices
OPTIONS = "LLAMA_CURL LLAMA_BUILD_TESTS LLAMA_BUILD_EXAMPLES LLAMA_BUILD_TOOLS LLAMA_BUILD_SERVER LLAMA_BUILD_COMMON".split()
OPTIONS += ["GGML_LLAMAFILE", "GGML_CPU_REPACK"]
F32, I32 = 0, 26  # of ggml's enum of types
ROOM = 64 << 20  # bytes for the graph and what threads need


class _Params(ctypes.Structure):
    _fields_ = (("mem_size", ctypes.c_size_t), ("mem_buffer", ctypes.c_void_p), ("no_alloc", ctypes.c_bool))


def scan(u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, threads: int) -> Callable[[], Tensor]:
    """Return a call of `ggml_ssm_scan` over (length, channels) operands, softplus included, whose tensors lie ready.

    The branch is that of Mamba-1: a decay for every channel and state, so that each channel is a head of its own.
    """
    g = _library()
    (length, channels), states = u.shape, A.shape[1]
    context = g.ggml_init(_Params(4 * (3 * u.numel() + 2 * B.numel()) + ROOM, None, False))

    def tensor(x: Tensor, *shape: int, kind: int = F32) -> int:
        x = x.contiguous()
        made: int = g.ggml_new_tensor(context, kind, len(shape), (ctypes.c_int64 * len(shape))(*shape))
        ctypes.memmove(g.ggml_get_data(made), x.data_ptr(), x.numel() * x.element_size())
        return made

    state = tensor(torch.zeros(channels, states), states, 1, channels, 1)
    inputs = tensor(u, 1, channels, length, 1), tensor(delta, channels, length, 1), tensor(A, states, channels)
    mixing = (tensor(x, states, 1, length, 1) for x in (B, C))
    out = g.ggml_ssm_scan(context, state, *inputs, *mixing, tensor(torch.zeros(1, dtype=torch.int32), 1, kind=I32), 1)
    graph = g.ggml_new_graph(context)
    g.ggml_build_forward_expand(graph, out)
    memory = (ctypes.c_float * u.numel()).from_address(g.ggml_get_data(out))
    y = torch.frombuffer(memory, dtype=torch.float32).view(length, channels)

    def run() -> Tensor:
        if g.ggml_graph_compute_with_ctx(context, graph, threads):
            raise RuntimeError("ggml could not compute its graph")
        return y

    return run


def _library() -> ctypes.CDLL:
    if not LIBRARY.exists():
        _build()
    base = ctypes.CDLL(str(LIBRARY.with_name("libggml-base.so")), mode=ctypes.RTLD_GLOBAL)
    g = ctypes.CDLL(str(LIBRARY), mode=ctypes.RTLD_GLOBAL)
    pointer, whole = ctypes.c_void_p, ctypes.c_int
    for name, result, kinds in (
        ("ggml_init", pointer, [_Params]),
        ("ggml_new_tensor", pointer, [pointer, whole, whole, pointer]),
        ("ggml_get_data", pointer, [pointer]),
        ("ggml_ssm_scan", pointer, [pointer] * 8 + [ctypes.c_int64]),
        ("ggml_new_graph", pointer, [pointer]),
        ("ggml_build_forward_expand", None, [pointer, pointer]),
        ("ggml_graph_compute_with_ctx", whole, [pointer, pointer, whole]),
    ):
        function = getattr(g if name.endswith("ctx") else base, name)
        function.restype, function.argtypes = result, kinds
        setattr(g, name, function)
    return g


def _build() -> None:
    """Fetch the source by pip, which needs the package's build tool for that, and compile ggml's part for a CPU: minutes, once."""
    tools, build = FOLDER / "tools", FOLDER / "build"
    FOLDER.mkdir(parents=True, exist_ok=True)
    pip = [str(tools / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    fetch = "download --no-deps --no-build-isolation --no-binary :all: --dest".split()
    _run([sys.executable, "-m", "venv", str(tools)])
    _run([*pip, "install", "scikit-build-core", "cmake", "ninja"])
    _run([*pip, *fetch, str(FOLDER), f"{PACKAGE}=={VERSION}"])
    with tarfile.open(FOLDER / f"{SOURCE.parents[1].name}.tar.gz") as packed:
        packed.extractall(FOLDER, filter="data")
    cmake = str(tools / "bin" / "cmake")
    options = ["-DCMAKE_BUILD_TYPE=Release", "-DBUILD_SHARED_LIBS=ON", "-DGGML_NATIVE=ON", *(f"-D{name}=OFF" for name in OPTIONS)]
    _run([cmake, "-S", str(SOURCE), "-B", str(build), *options])
    _run([cmake, "--build", str(build), "--target", "ggml-cpu", "-j", "2"])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ)
    if done.returncode:
        reason = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise SkipError(f"ggml could not be built: {reason[-1]}")
