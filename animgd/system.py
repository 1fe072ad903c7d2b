"""Calls to the operating system that Python lacks or that differ between systems."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import sys
import tempfile
from pathlib import Path
from typing import IO

from animgd.errors import CURES, told

PR_SET_PDEATHSIG = 1
STOPPING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends (Linux only)."""
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def scratch() -> IO[bytes]:
    """An unnamed file, in memory if possible, because the disk may be full. Raises: OSError."""
    if sys.platform == "linux":
        try:
            return os.fdopen(os.memfd_create("animgd"), "w+b")
        except OSError as error:
            if error.errno in CURES:
                raise
    temporary_folder()
    return tempfile.TemporaryFile()


def temporary_folder() -> Path:
    """The folder of temporary files. Raises: OSError, with the cause: tempfile reports each as a missing folder."""
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError:
        _try_limits()
        raise


def _try_limits() -> None:
    """Raises: OSError: no file can be opened, or none can be written."""
    Path(os.devnull).open("rb").close()
    if sys.platform != "win32":
        import resource

        if resource.getrlimit(resource.RLIMIT_FSIZE)[0] == 0:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))


def shortage(error: BaseException | None) -> str | None:
    """The reason and what to do if a limit caused an error, however it was reported; None if none did."""
    while error is not None:
        for number in CURES:
            imported = isinstance(error, ImportError) and os.strerror(number) in str(error)  # a shared library
            if imported or (isinstance(error, OSError) and error.errno == number):
                return told(OSError(number, os.strerror(number)))
        if isinstance(error, FileNotFoundError) and "No usable temporary directory" in str(error):
            try:
                _try_limits()
            except OSError as cause:
                return told(cause)
        error = error.__cause__ or error.__context__
    return None


def handle(pid: int) -> int:
    """A pidfd, readable when the process has ended; -1 if unsupported."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            return os.pidfd_open(pid)
    return -1


def readable(handle: int, seconds: float = 0) -> bool:
    """Whether a descriptor becomes readable within some seconds."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def kill(pid: int) -> None:
    """Kill a process and its session (a new process has none yet)."""
    for send in (getattr(os, "killpg", os.kill), os.kill):
        with contextlib.suppress(OSError):
            send(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
