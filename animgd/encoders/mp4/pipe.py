"""The pipe that pictures go through: as wide as it gets, and without a copy where the system can do that."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import sys
from collections.abc import Callable

WIDTH = 1 << 20  # bytes; Linux gives as much to any user
SET_PIPE_SIZE, GET_PIPE_SIZE = 1031, 1032  # see fcntl(2)
LINUX = sys.platform == "linux"


class Pipe:
    """A pipe whose writing end is ours. Raises: BrokenPipeError when nobody reads what is sent."""

    def __init__(self) -> None:
        self.source = self._end = -1
        self._width = 0
        self._splice: Callable[[int, memoryview], int] | None = None

    def open(self) -> None:
        """Make it. Raises: OSError."""
        self.source, self._end = os.pipe()  # not inheritable: a sibling that held it would keep the reader waiting
        self._width = _widened(self._end)
        self._splice = _vmsplice() if self._width else None

    def lends(self, length: int) -> bool:
        """Whether buffers of so many bytes can be lent: in turn with another one, see `lend`."""
        return self._splice is not None and length >= self._width

    def write(self, buffer: memoryview) -> None:
        """Send all of a buffer of bytes; it may change as soon as this returns."""
        rest = memoryview(buffer)
        while rest:
            rest = rest[os.write(self._end, rest) :]

    def lend(self, buffer: memoryview) -> None:
        """Send all of a buffer of bytes without copying it.

        It must live and not change until another one, no shorter than `lends` asks for, has been sent behind it: that
        one fills the whole pipe, so this one has been read. The reader must copy what it reads, not pass it on by
        splice(2).
        """
        rest = memoryview(buffer)
        while rest and self._splice:
            try:
                rest = rest[self._splice(self._end, rest) :]
            except InterruptedError:
                continue  # whoever handles the signal has done so by now
            except OSError:  # nobody reads, as `write` will say; or the system forbids it
                self._splice = None
        self.write(rest)

    def close_source(self) -> None:
        """Let go of the reading end, once the reader has it."""
        source, self.source = self.source, -1
        _close(source)

    def close(self) -> None:
        """Let go of both ends, at once; never raises."""
        self.close_source()
        end, self._end = self._end, -1
        _close(end)


def _close(end: int) -> None:
    if end >= 0:
        with contextlib.suppress(OSError):
            os.close(end)


def _widened(end: int) -> int:
    """Make a pipe as wide as it gets, so that neither side waits for the other more often than needed.

    Units: bytes that it now holds; 0 if the system does not tell.
    """
    if not LINUX:
        return 0
    import fcntl

    with contextlib.suppress(OSError):
        fcntl.fcntl(end, SET_PIPE_SIZE, WIDTH)
    with contextlib.suppress(OSError):
        return fcntl.fcntl(end, GET_PIPE_SIZE)
    return 0


class _Span(ctypes.Structure):
    _fields_ = (("start", ctypes.c_void_p), ("length", ctypes.c_size_t))


@functools.cache
def _vmsplice() -> Callable[[int, memoryview], int] | None:
    """vmsplice(2), of which Python knows nothing: how many bytes the pipe has taken. Raises: OSError."""
    try:
        call = ctypes.CDLL(None, use_errno=True).vmsplice
    except (OSError, AttributeError):
        return None
    call.argtypes = [ctypes.c_int, ctypes.POINTER(_Span), ctypes.c_size_t, ctypes.c_uint]
    call.restype = ctypes.c_ssize_t

    def vmsplice(end: int, buffer: memoryview) -> int:
        start = ctypes.addressof(ctypes.c_char.from_buffer(buffer))
        taken: int = call(end, _Span(start, len(buffer)), 1, 0)
        if taken < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return taken

    return vmsplice
