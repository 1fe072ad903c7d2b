"""Calls to the operating system that Python lacks or that differ between systems."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import sys
import tempfile
from typing import IO

PR_SET_PDEATHSIG = 1
STOPPING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT") if hasattr(signal, name))
films = 1  # made at a time, by film workers


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends (Linux only)."""
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def leave_removed_folder() -> None:
    """Go to the root if the current folder was removed: torch stops a process that has none."""
    try:
        os.getcwd()  # noqa: PTH109 - light
    except OSError:
        os.chdir(os.sep)


def cores() -> int:
    """How many cores this process may use, not counting those of the other films that are made at a time."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return usable // films


def scratch() -> IO[bytes]:
    """An unnamed file, in memory if possible, because the disk may be full. Raises: OSError."""
    if sys.platform == "linux":
        try:
            return os.fdopen(os.memfd_create("animgd"), "w+b")
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):  # tempfile would report a missing folder
                raise
    return tempfile.TemporaryFile()


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


def open_outside(name: str) -> None:
    """Open a file or an address with the system's program for it, and do not wait. Raises: OSError."""
    target = name if name.startswith("http://") else os.path.abspath(name)  # noqa: PTH100 - a path never begins with -
    if sys.platform == "win32":
        os.startfile(target)
        return
    program = "open" if sys.platform == "darwin" else "xdg-open"
    silent = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in range(3)]
    os.posix_spawnp(program, [program, target], os.environ, file_actions=silent, setpgroup=0)


sessions: set[int] = set()  # of the child processes that stop and go on with this one


def suspend(number: int, frame: object) -> None:
    """Stop, with all child processes, until this process is continued: a handler of SIGTSTP, which Ctrl-Z sends."""
    for send in (signal.SIGSTOP, signal.SIGCONT):
        for session in sessions:
            with contextlib.suppress(OSError):
                os.killpg(session, send)
        if send == signal.SIGSTOP:
            os.kill(os.getpid(), send)
