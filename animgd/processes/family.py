"""What descends from processes, also in sessions of its own (Linux only; elsewhere only their sessions are known)."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections import defaultdict
from pathlib import Path

from animgd.system import kill

PR_SET_CHILD_SUBREAPER = 36
ROUNDS = 9  # of looking for what was started meanwhile

_before: set[int] = set()  # what the shell had started before it became this program
_adopters: set[int] = set()  # this process, or those from which it was forked


def adopt() -> None:
    """Become the parent of what descends from this process and loses its own, so that it is still found."""
    if sys.platform == "linux" and os.getpid() not in _adopters:
        import ctypes

        _before.update(below(os.getpid()))
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
        _adopters.add(os.getpid())


def below(*pids: int) -> set[int]:
    """The living descendants of processes."""
    children, names = defaultdict(list), list[str]()
    with contextlib.suppress(OSError):
        names = os.listdir("/proc")  # noqa: PTH208 - quicker
    for name in names:
        with contextlib.suppress(OSError, ValueError):
            state, parent = Path(f"/proc/{int(name)}/stat").read_bytes().rpartition(b")")[2].split()[:2]
            children[int(parent)].append((int(name), state))
    found, pending = set[int](), list(pids)
    while pending:
        for child, state in children[pending.pop()]:
            pending.append(child)
            if state not in (b"Z", b"X"):  # it has not ended
                found.add(child)
    return found


def kill_adopted() -> None:
    """Kill what descends from this process, if it adopts."""
    if os.getpid() in _adopters:
        _kill_below(os.getpid())


def kill_family(*pids: int) -> None:
    """Kill processes, their sessions, and what descends from them; never raises."""
    for pid in pids if sys.platform == "linux" else ():
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGSTOP)  # it starts nothing meanwhile
    _kill_below(*pids)
    for pid in pids:
        kill(pid)


def _kill_below(*pids: int) -> None:
    """Kill what descends from processes, and what that has started meanwhile."""
    known = set(_before)
    for _ in range(ROUNDS):
        found = below(*pids) - known
        if not found:
            break
        for each in found:
            kill(each)
        known |= found
