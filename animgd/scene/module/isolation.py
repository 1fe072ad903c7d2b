"""What a scene's code may not do to the program: end it, take its time or memory, or change it for who comes after."""

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

PATIENCE = 60.0  # seconds; a scene module only declares
AGAIN = 1.0  # seconds until one that has caught `Late` and goes on gets it again
WORDS = 1 << 16  # characters of a scene's own words that are shown
STOPPING = ("SIGINT", "SIGTERM", "SIGHUP")


class Late(BaseException):
    """The scene's time is over; no error, so that a scene's `except Exception` does not catch it."""


class Left(SystemExit):
    """The scene called os._exit."""


@contextlib.contextmanager
def guarded(seconds: float = PATIENCE) -> Iterator[None]:
    """Run a scene's code inside; afterwards the program is what it was. Units: `seconds` until `Late` is raised."""
    with _streams(), _settings(), _no_exit(), _memory(), deadline(seconds):
        yield


class Short:
    """A stream for a scene's words that shows the beginning and says that there was more."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._room = stream, WORDS

    def write(self, text: str) -> int:
        if self._stream is None or self._room <= 0:
            return len(text)
        shown, self._room = text[: self._room], self._room - len(text)
        with contextlib.suppress(OSError):
            self._stream.write(shown if self._room > 0 else f"{shown}\n(what more the scene says is left out)\n")
        return len(text)

    def flush(self) -> None:
        if self._stream is not None:
            with contextlib.suppress(OSError):
                self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def _streams() -> Iterator[None]:
    """No scene writes to stdout, which is for results, nor reads what was typed."""
    before, words = (sys.stdin, sys.stdout, sys.stderr), Short(sys.stderr)
    with open(os.devnull, encoding="utf-8") as nothing:  # noqa: PTH123
        sys.stdin, sys.stdout, sys.stderr = nothing, words, words
        try:
            yield
        finally:
            sys.stdin, sys.stdout, sys.stderr = before


@contextlib.contextmanager
def _settings() -> Iterator[None]:
    """Folder, search path, environment, warnings and signals are ours again afterwards."""
    path, environment, bytecode = list(sys.path), dict(os.environ), sys.dont_write_bytecode
    depth, here, mask = sys.getrecursionlimit(), folder(), os.umask(0o077)
    os.umask(mask)
    heard, built_in, drawn = _heard(), dict(vars(builtins)), _drawn()
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
        _listen(heard)
        _calm(drawn)
        if here is not None:
            os.chdir(here)


def folder() -> Path | None:
    """The working folder, None if it is gone."""
    with contextlib.suppress(OSError):
        return Path.cwd()
    return None


def _heard() -> dict[int, Any]:
    if threading.current_thread() is not threading.main_thread():
        return {}
    known = [getattr(signal, name) for name in STOPPING if hasattr(signal, name)]
    return {number: signal.getsignal(number) for number in known}


def _listen(heard: dict[int, Any]) -> None:
    for number, handler in heard.items():
        if handler is not None and signal.getsignal(number) is not handler:
            signal.signal(number, handler)


def _drawn() -> dict[str, Any] | None:
    """Matplotlib's settings, where it is here already."""
    matplotlib = sys.modules.get("matplotlib")
    return None if matplotlib is None else dict(getattr(matplotlib, "rcParams", {}))


def _calm(drawn: dict[str, Any] | None) -> None:
    """What a scene says to the libraries that draw is for the scene alone, as numpy.seterr(all="raise")."""
    numpy, matplotlib = sys.modules.get("numpy"), sys.modules.get("matplotlib")
    if numpy is not None and hasattr(numpy, "seterr"):
        numpy.seterr(divide="warn", over="warn", under="ignore", invalid="warn")
    if matplotlib is None or not hasattr(matplotlib, "rcdefaults"):
        return
    if drawn is None:
        matplotlib.rcdefaults()
    elif dict(matplotlib.rcParams) != drawn:
        dict.update(matplotlib.rcParams, drawn)


@contextlib.contextmanager
def _no_exit() -> Iterator[None]:
    """os._exit would end the program without a word; in a process that the scene started it works."""
    right, ours = os._exit, os.getpid()

    def leave(status: int = 0) -> NoReturn:
        if os.getpid() != ours:
            right(status)
        main = threading.current_thread() is threading.main_thread()
        raise (Left if main else SystemExit)(status)  # the latter ends a thread without a word

    os._exit = leave
    try:
        yield
    finally:
        if os.getpid() != ours:  # the scene forked: there must not be two of us
            right(0)
        os._exit = right


_allowed = [PATIENCE]


def allow(seconds: float) -> None:
    """Set how long a scene's own loss, function or optimizer may take for one answer."""
    _allowed[0] = seconds


def allowed() -> float:
    """How long that is. Units: seconds."""
    return _allowed[0]


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise `Late` inside when time is over; only in the main thread, and not inside another deadline."""
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
    """Half of what is free: a scene that takes all gets a MemoryError before the system starts to kill."""
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
    """Bytes of data that this process may come to; None where it is not known (not on Linux)."""
    try:
        free = _number("/proc/meminfo", "MemAvailable:")
        held = _number("/proc/self/status", "VmData:")
        group = Path("/sys/fs/cgroup/memory.max")
        limit = group.read_text().strip() if group.exists() else "max"
    except (OSError, ValueError):
        return None
    return held + int(min(free, float(limit) if limit.isdigit() else math.inf)) // 2


def _number(file: str, name: str) -> int:
    """Units: bytes, from a line in kilobytes."""
    for line in Path(file).read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) << 10
    raise ValueError(f"{file} has no {name}")
