"""The structs that Python fills are those that C reads."""

import ctypes
import types

import pytest

from seq2exp_py.kernels import c
from seq2exp_py.kernels.c import structs


def test_members_come_from_the_source_that_is_compiled(tmp_path, monkeypatch):
    members = ["int64_t a, b; /* sizes; in order */", "const float *x, *y;", "float *z;", "int32_t flag;"]
    source = "/* int64_t no; */\ntypedef struct {\n    " + "\n    ".join(members) + "\n} Toy;\n"
    (tmp_path / "toy.c").write_text(source)
    monkeypatch.setattr(structs, "HERE", tmp_path)
    names, kinds = zip(*structs.fields("toy.c", "Toy"), strict=True)
    assert names == ("a", "b", "x", "y", "z", "flag")
    assert kinds == (*[ctypes.c_int64] * 2, *[ctypes.c_void_p] * 3, ctypes.c_int32)


def test_the_structs_hold_what_the_kernels_need():
    scan, conv = ([name for name, _ in struct._fields_] for struct in (structs.Scan, structs.Conv))
    assert scan[:7] == "batch length channels state rank groups threads".split() and scan[-2:] == ["softplus", "reverse"]
    assert len(scan) == 7 + 10 + 20 + 2
    assert conv[:7] == "batch length channels width first last threads".split() and conv[-1] == "reverse"
    assert len(conv) == 7 + 4 + 8 + 1


@pytest.mark.skipif(c.library() is None, reason="no C compiler")
def test_a_library_of_another_layout_is_refused():
    kernels = c.library()
    structs.check(kernels)
    other = types.SimpleNamespace(_name="old.so", scan_size=kernels.scan_size, conv_size=lambda: kernels.conv_size() + 8)
    with pytest.raises(RuntimeError, match=r"old\.so: conv_size is \d+ bytes"):
        structs.check(other)
