"""The arguments of the C kernels, as C lays them out."""

import ctypes
import re
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

HERE = Path(__file__).parent
ARRAYS = dict.fromkeys(("float", "uint8_t", "int16_t"), ctypes.c_void_p)  # members of these types are pointers to arrays
KINDS = {"int64_t": ctypes.c_int64, "int32_t": ctypes.c_int32, **ARRAYS}


def fields(source: str, struct: str) -> list[tuple[str, type]]:
    """Names and types of a struct's members, read from the C source that is compiled: there is no second list to keep equal."""
    text = re.sub(r"/\*.*?\*/", "", (HERE / source).read_text(), flags=re.DOTALL)
    body = re.search(r"typedef struct \{([^{}]*)\} " + struct + ";", text)
    assert body, f"{source} defines no struct {struct}"
    members = [member.strip().removeprefix("const ").split(None, 1) for member in body[1].split(";") if member.strip()]
    return [(name.strip(" *\n"), KINDS[kind]) for kind, names in members for name in names.split(",")]


class Arguments(ctypes.Structure):
    """Arguments of a kernel; `arrays` are kept alive as long as their addresses."""

    arrays: Mapping[str, Tensor | None]

    def point(self, arrays: Mapping[str, Tensor | None]) -> None:
        """Write the addresses of the arrays."""
        self.arrays = arrays
        for name, x in arrays.items():
            setattr(self, name, None if x is None else x.data_ptr())


class Scan(Arguments):
    """Arguments of `scan_forward` and `scan_backward`."""

    _fields_ = fields("scan.c", "Scan")


class Conv(Arguments):
    """Arguments of `conv_forward` and `conv_backward`."""

    _fields_ = fields("conv.c", "Conv")


class Match(Arguments):
    """Arguments of `match_forward` and `match_backward`."""

    _fields_ = fields("match.c", "Match")


def check(kernels: ctypes.CDLL) -> None:
    """Hold the structs here against the compiled ones: a kernel that reads another layout corrupts memory without a word.

    Raises:
        RuntimeError: they differ in size.
    """
    for name, struct in (("scan_size", Scan), ("conv_size", Conv), ("match_size", Match)):
        size = getattr(kernels, name)()
        if size != ctypes.sizeof(struct):
            raise RuntimeError(f"{kernels._name}: {name} is {size} bytes, {ctypes.sizeof(struct)} here; remove that file")
