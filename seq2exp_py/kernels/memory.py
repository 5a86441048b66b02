"""What becomes of memory that tensors no longer need: it stays with the process, or goes back to the system."""

import ctypes
import os

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # of glibc's mallopt


def keep_freed() -> bool:
    """Let this process keep memory that it has freed, for its next tensors; return whether that is so.

    glibc gives every block over 32 MB back at once, and to touch new memory costs more than to multiply what lies in it: on a
    virtual machine, where the host has to find it too, that can be a third of a forward pass at 200 kb. Resident memory then stays
    at its peak, and the peak is higher, much higher where blocks of many sizes come and go: training Enformer takes 19 GB, not
    13. So it is for prediction. Nothing happens without glibc, or where MALLOC_TRIM_THRESHOLD_ or MALLOC_MMAP_MAX_ is set in the
    environment.
    """
    libc = _libc()
    if libc is None or {"MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_MAX_"} & set(os.environ):
        return False
    return bool(libc.mallopt(M_TRIM_THRESHOLD, -1) and libc.mallopt(M_MMAP_MAX, 0))


def give_back() -> None:
    """Return freed memory to the system, as far as nothing lies behind it."""
    libc = _libc()
    if libc is not None:
        libc.malloc_trim(0)


def _libc() -> ctypes.CDLL | None:
    libc = ctypes.CDLL(None) if os.name == "posix" else None
    return libc if hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim") else None
