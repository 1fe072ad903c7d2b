"""A module's process as seen from outside: what it says, whether it lives, and what is found after its death."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from animgd.cli.jobs import Summary, plain

BLOCK = 1 << 16


@dataclass
class Child:
    """A module's process."""

    number: int
    pid: int
    pipe: int
    crash: IO[bytes]  # what Python says at a sudden death
    handle: int  # readable when the process has ended; -1 where there is no such thing
    phase: str = "born"
    since: float = 0.0
    text: bytes = b""
    tally: Summary | None = None
    late: bool = False


def scratch() -> IO[bytes]:
    """A file without a name, in memory if possible."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            return os.fdopen(os.memfd_create("crash"), "w+b")
    return tempfile.TemporaryFile()


def handle(pid: int) -> int:
    """What becomes readable when a process ends; -1 where there is no such thing."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            return os.pidfd_open(pid)
    return -1


def readable(handle: int, wait: int = 0) -> bool:
    """Whether there is something to read. Units: `wait` in milliseconds."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(wait))


def gone(child: Child) -> bool:
    """Whether a process holds its pipe no more."""
    with contextlib.suppress(BlockingIOError):
        while data := os.read(child.pipe, BLOCK):
            if len(data) < BLOCK:
                return False
        return True
    return False


def kill(pid: int) -> None:
    """Kill a process with its session; one that has just begun has none yet."""
    for send in (os.killpg, os.kill):
        with contextlib.suppress(OSError):
            send(pid, signal.SIGKILL)


def let_go(child: Child) -> None:
    """Close all that was kept of a process."""
    os.close(child.pipe)
    child.crash.close()
    if child.handle >= 0:
        os.close(child.handle)


def place_in(words: str, path: Path) -> str | None:
    """The innermost line of the scene in what faulthandler wrote."""
    name = str(path).encode("ascii", "backslashreplace").decode()
    found = re.search(rf'File "{re.escape(name)}", line (\d+)', words)
    return f"{plain(str(path))}:{found[1]}" if found else None


def called(number: int) -> str:
    """A signal as people know it."""
    try:
        name = signal.strsignal(number)
    except ValueError:
        name = None
    memory = "; perhaps there was no memory left" if number == signal.SIGKILL else ""
    return f"signal {number} ({name or 'unknown'}){memory}"
