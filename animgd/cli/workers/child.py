"""A film worker as its parent sees it: its pipe, its process, its crash report."""

from __future__ import annotations

import os
import re
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from animgd.cli.jobs import Summary, plain

BLOCK = 1 << 16


@dataclass
class Child:
    """A film worker."""

    number: int
    pid: int
    pipe: int
    crash: IO[bytes]  # what faulthandler writes
    handle: int  # a pidfd, readable when the process has ended; -1 if unsupported
    phase: str = "start"
    since: float = 0.0
    text: bytes = b""
    closed: bool = False  # whether its pipe is
    summary: Summary | None = None
    late: bool = False


def let_go(child: Child) -> None:
    """Close the files of a film worker."""
    os.close(child.pipe)
    child.crash.close()
    if child.handle >= 0:
        os.close(child.handle)


def place_in(words: str, path: Path) -> str | None:
    """The innermost line of the scene in a faulthandler report, as file:line."""
    name = str(path).encode("ascii", "backslashreplace").decode()
    found = re.search(rf'File "{re.escape(name)}", line (\d+)', words)
    return f"{plain(str(path))}:{found[1]}" if found else None


def called(number: int) -> str:
    """A signal's number and name."""
    try:
        name = signal.strsignal(number)
    except ValueError:
        name = None
    memory = "; perhaps out of memory" if number == signal.SIGKILL else ""
    return f"signal {number} ({name or 'unknown'}){memory}"
