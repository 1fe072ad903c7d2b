"""Limits of the author process, set once: nothing of a scene's surroundings is ever put back."""

from __future__ import annotations

import contextlib
import math
import os
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

MOST_OUTPUT = 1 << 16  # characters of a scene's output that are shown


class Left(SystemExit):
    """The scene called os._exit."""


def apply() -> None:
    """Limit output and memory, write no bytecode beside scenes, and let os._exit name its line."""
    sys.stdout = sys.stderr = Short(sys.stderr)
    sys.dont_write_bytecode = True
    limit_memory()
    original, pid = os._exit, os.getpid()

    def leave(status: int = 0) -> NoReturn:
        if os.getpid() != pid:  # a process that the scene forked
            original(status)
        main = threading.current_thread() is threading.main_thread()
        raise (Left if main else SystemExit)(status)  # SystemExit ends a thread silently

    os._exit = leave


class Short:
    """A stream that passes on the first part of a scene's output and marks that the rest is omitted."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._room = stream, MOST_OUTPUT

    def write(self, text: str) -> int:
        if self._stream is None or self._room <= 0:
            return len(text)
        shown, self._room = text[: self._room], self._room - len(text)
        with contextlib.suppress(OSError):
            self._stream.write(shown if self._room > 0 else f"{shown}\n(further output of the scene is omitted)\n")
        return len(text)

    def flush(self) -> None:
        if self._stream is not None:
            with contextlib.suppress(OSError):
                self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def limit_memory() -> None:
    """Limit memory to half of what is free: a scene gets a MemoryError before the system kills processes."""
    room = _room()
    if room is None:
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = min(limit for limit in (room, soft, hard) if limit != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def _room() -> int | None:
    """The limit of this process's data in bytes; None if it is unknown (not on Linux)."""
    try:
        free = _number("/proc/meminfo", "MemAvailable:")
        used = _number("/proc/self/status", "VmData:")
        group = Path("/sys/fs/cgroup/memory.max")
        limit = group.read_text().strip() if group.exists() else "max"
    except (OSError, ValueError):
        return None
    return used + int(min(free, float(limit) if limit.isdigit() else math.inf)) // 2


def _number(file: str, name: str) -> int:
    """A value of a file in /proc. Units: bytes, from a line in kilobytes."""
    for line in Path(file).read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) << 10
    raise ValueError(f"{file} has no {name}")
