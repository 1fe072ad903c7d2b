"""The pipe to ffmpeg: as large as the system allows, and zero-copy where vmsplice(2) is available."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import sys
from collections.abc import Callable

CAPACITY = 1 << 20  # bytes; Linux allows this to any user
SET_PIPE_SIZE, GET_PIPE_SIZE = 1031, 1032  # see fcntl(2)
LINUX = sys.platform == "linux"


class Pipe:
    """A pipe that this process writes to. Raises: BrokenPipeError when the reader is gone."""

    def __init__(self) -> None:
        self.source = self._end = -1
        self._capacity = 0
        self._splice: Callable[[int, memoryview], int] | None = None

    def open(self, lend: bool = True) -> None:
        """Create the pipe; with `lend=False`, all buffers are copied. Raises: OSError."""
        self.source, self._end = os.pipe()  # not inheritable: an end open in a sibling would keep the reader waiting
        self._capacity = _enlarged(self._end)
        self._splice = _vmsplice() if lend and self._capacity else None

    def send(self, buffer: memoryview) -> None:
        """Send a buffer of bytes; one that fills the whole pipe is lent, if the system can: it is not copied.

        It must exist unchanged until another one as long has been sent, because then it has been read. The reader must
        copy its input, not pass it on by splice(2).
        """
        rest = memoryview(buffer)
        while rest and self._splice and len(buffer) >= self._capacity:
            try:
                rest = rest[self._splice(self._end, rest) :]
            except InterruptedError:
                continue  # the signal's handler has run
            except OSError:  # the reader is gone, which the next line reports; or the system forbids it
                self._splice = None
        while rest:
            rest = rest[os.write(self._end, rest) :]

    def close_source(self) -> None:
        """Close the reading end, once the reader has inherited it."""
        source, self.source = self.source, -1
        _close(source)

    def close(self) -> None:
        """Close both ends at once; never raises."""
        self.close_source()
        end, self._end = self._end, -1
        _close(end)


def _close(end: int) -> None:
    if end >= 0:
        with contextlib.suppress(OSError):
            os.close(end)


def _enlarged(end: int) -> int:
    """Enlarge a pipe, so that each side waits for the other less often.

    Units: its capacity in bytes; 0 where the system does not report it.
    """
    if not LINUX:
        return 0
    import fcntl

    with contextlib.suppress(OSError):
        fcntl.fcntl(end, SET_PIPE_SIZE, CAPACITY)
    with contextlib.suppress(OSError):
        return fcntl.fcntl(end, GET_PIPE_SIZE)
    return 0


class _IoVec(ctypes.Structure):
    _fields_ = (("start", ctypes.c_void_p), ("length", ctypes.c_size_t))


@functools.cache
def _vmsplice() -> Callable[[int, memoryview], int] | None:
    """vmsplice(2), which Python lacks: returns how many bytes the pipe has taken. Raises: OSError."""
    try:
        call = ctypes.CDLL(None, use_errno=True).vmsplice
    except (OSError, AttributeError):
        return None
    call.argtypes = [ctypes.c_int, ctypes.POINTER(_IoVec), ctypes.c_size_t, ctypes.c_uint]
    call.restype = ctypes.c_ssize_t

    def vmsplice(end: int, buffer: memoryview) -> int:
        start = ctypes.addressof(ctypes.c_char.from_buffer(buffer))
        taken: int = call(end, _IoVec(start, len(buffer)), 1, 0)
        if taken < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return taken

    return vmsplice
