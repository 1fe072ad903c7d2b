"""Isolation of a scene's code: no exit, a deadline, a memory limit, and global settings that are restored."""

from __future__ import annotations

import builtins
import contextlib
import math
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

PATIENCE = 60.0  # seconds that a scene module may run
AGAIN = 1.0  # seconds until `Late` is raised again in code that caught it
MOST_OUTPUT = 1 << 16  # characters of a scene's output that are shown
STOPPING = ("SIGINT", "SIGTERM", "SIGHUP")


class Late(BaseException):
    """The deadline has passed; a BaseException, so that a scene's `except Exception` does not catch it."""


class Left(SystemExit):
    """The scene called os._exit."""


@contextlib.contextmanager
def guarded(seconds: float = PATIENCE) -> Iterator[None]:
    """Run a scene's code in limits and restore global settings. Units: `seconds` until `Late` is raised."""
    with _streams(), _settings(), _no_exit(), _memory(), deadline(seconds):
        yield


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


@contextlib.contextmanager
def _streams() -> Iterator[None]:
    """Redirect stdout, which is for results, to stderr, and stdin to an empty file."""
    before, output = (sys.stdin, sys.stdout, sys.stderr), Short(sys.stderr)
    with open(os.devnull, encoding="utf-8") as empty:  # noqa: PTH123
        sys.stdin, sys.stdout, sys.stderr = empty, output, output
        try:
            yield
        finally:
            sys.stdin, sys.stdout, sys.stderr = before


@contextlib.contextmanager
def _settings() -> Iterator[None]:
    """Restore folder, search path, environment, warnings, signals and library settings."""
    path, environment, bytecode = list(sys.path), dict(os.environ), sys.dont_write_bytecode
    depth, here, mask = sys.getrecursionlimit(), folder(), os.umask(0o077)
    os.umask(mask)
    handlers, built_in, rc_params = _signal_handlers(), dict(vars(builtins)), _rc_params()
    sys.dont_write_bytecode = True
    try:
        with warnings.catch_warnings():
            yield
    finally:
        vars(builtins).update(built_in)
        sys.path[:], sys.dont_write_bytecode = path, bytecode
        if dict(os.environ) != environment:
            os.environ.clear()
            os.environ.update(environment)
        sys.setrecursionlimit(depth)
        os.umask(mask)
        _restore_handlers(handlers)
        _restore_libraries(rc_params)
        if here is not None:
            os.chdir(here)


def folder() -> Path | None:
    """The working folder, None if it is gone."""
    with contextlib.suppress(OSError):
        return Path.cwd()
    return None


def _signal_handlers() -> dict[int, Any]:
    if threading.current_thread() is not threading.main_thread():
        return {}
    known = [getattr(signal, name) for name in STOPPING if hasattr(signal, name)]
    return {number: signal.getsignal(number) for number in known}


def _restore_handlers(handlers: dict[int, Any]) -> None:
    for number, handler in handlers.items():
        if handler is not None and signal.getsignal(number) is not handler:
            signal.signal(number, handler)


def _rc_params() -> dict[str, Any] | None:
    """Matplotlib's settings, None while it is not imported."""
    matplotlib = sys.modules.get("matplotlib")
    return None if matplotlib is None else dict(getattr(matplotlib, "rcParams", {}))


def _restore_libraries(rc_params: dict[str, Any] | None) -> None:
    """Undo a scene's settings of NumPy and matplotlib, such as numpy.seterr(all="raise")."""
    numpy, matplotlib = sys.modules.get("numpy"), sys.modules.get("matplotlib")
    if numpy is not None and hasattr(numpy, "seterr"):
        numpy.seterr(divide="warn", over="warn", under="ignore", invalid="warn")
    if matplotlib is None or not hasattr(matplotlib, "rcdefaults"):
        return
    if rc_params is None:
        matplotlib.rcdefaults()
    elif dict(matplotlib.rcParams) != rc_params:
        dict.update(matplotlib.rcParams, rc_params)


@contextlib.contextmanager
def _no_exit() -> Iterator[None]:
    """Make os._exit raise `Left`; in a process that the scene forked it still exits."""
    original, pid = os._exit, os.getpid()

    def leave(status: int = 0) -> NoReturn:
        if os.getpid() != pid:
            original(status)
        main = threading.current_thread() is threading.main_thread()
        raise (Left if main else SystemExit)(status)  # SystemExit ends a thread silently

    os._exit = leave
    try:
        yield
    finally:
        if os.getpid() != pid:  # a process that the scene forked must not go on as animgd
            original(0)
        os._exit = original


_allowed = [PATIENCE]


def allow(seconds: float) -> None:
    """Set the time limit for one call of a scene's own loss, function or optimizer."""
    _allowed[0] = seconds


def allowed() -> float:
    """The time limit that `allow` has set. Units: seconds."""
    return _allowed[0]


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise `Late` in the block after a time; only in the main thread, and not inside another deadline."""
    main = threading.current_thread() is threading.main_thread()
    if not main or not hasattr(signal, "setitimer") or signal.getitimer(signal.ITIMER_REAL)[0] > 0:
        yield
        return

    def late(number: int, frame: FrameType | None) -> None:
        raise Late

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
        finally:
            signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _memory() -> Iterator[None]:
    """Limit memory to half of what is free: a scene gets a MemoryError before the system kills processes."""
    room = _room()
    if room is None:
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = min(limit for limit in (room, soft, hard) if limit != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


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
