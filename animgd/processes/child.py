"""A child process as its parent sees it: messages, a deadline, and how it ended."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from animgd.processes import context, family
from animgd.processes.context import stopping
from animgd.processes.entry import enter
from animgd.processes.message import MOST, Message, packed, unpacked
from animgd.system import STOPPING, sessions

SLICE = 0.2  # seconds between two looks at a child that says nothing
LAST = 1.0  # seconds that a child has for its last words, and to end when it is killed
GONE = 1.5  # seconds that all children together have to end when they are killed; one may be writing to a slow disk


alive: set[Child] = set()
lock = threading.Lock()  # around the start of a process, which changes the environment for a moment


class Lost(Exception):  # noqa: N818 - what is lost is a process
    """A child process that ended, or had to be ended, before it had answered."""

    def __init__(self, child: Child, status: int | None, crash: str, late: bool = False) -> None:
        """`status` is negative for a signal, and None if it closed its connection and went on."""
        super().__init__(f"lost with status {status}")
        self.child, self.status, self.crash, self.late = child, status, crash, late


class Child:
    """A process that calls `body(channel, *args)`; both must be picklable.

    Raises: OSError, if it cannot be started.
    """

    def __init__(self, body: Callable[..., None], *args: Any, several: bool = False) -> None:
        """`several`: it is one of several, which are forked from a process that has imported what they need."""
        if several:
            with lock:  # two at a time would need twice as many
                context.check_descriptors()
        made = context.of(several)
        self.connection, theirs = made.Pipe()
        self._crash, crash = made.Pipe(duplex=False)
        ignored = [number for number in STOPPING if signal.getsignal(number) is signal.SIG_IGN]
        with lock, theirs, crash:
            forked = made.get_start_method() == "fork"
            ours = (self.connection, self._crash) if forked else ()
            if forked:
                family.adopt()  # of several, the fork server does
            given = (theirs, crash, ours, dict(os.environ), ignored, body, args)
            self._process: Any = made.Process(target=enter, args=given)  # type: ignore[attr-defined]
            context.start(self._process, several)
        self.pid: int = self._process.pid  # and that of its session
        sessions.add(self.pid)
        alive.add(self)
        if stopping.is_set():
            self.close()
            raise InterruptedError("the program ends")

    def send(self, kind: str, value: Any = None, body: bytes = b"") -> None:
        """Send a message. Raises: Lost."""
        try:
            self.connection.send_bytes(packed(Message(kind, value, body)))
        except OSError:
            raise self.lost() from None

    def receive(self, patience: float | None, beside: Child | None = None) -> Message:
        """Wait for the next message.

        Raises: Lost, also after `patience` seconds without one, and if the child `beside` ends meanwhile.
        """
        silent, looked = 0.0, time.monotonic()
        try:
            while not self.connection.poll(SLICE):
                if self._process.exitcode is not None and not self.connection.poll():
                    raise self.lost()
                if beside and beside._process.exitcode is not None:
                    raise beside.lost()
                now = time.monotonic()
                silent, looked = silent + min(now - looked, 2 * SLICE), now  # not while this program is stopped
                if patience is not None and silent > patience:
                    raise self.lost(late=True)
            return unpacked(self.connection.recv_bytes(MOST))
        except (EOFError, OSError, ValueError):
            raise self.lost() from None

    def lost(self, late: bool = False) -> Lost:
        """End it, and say how it was; a late one is asked for its line first, by a signal that `faulthandler` knows."""
        started = family.below(self.pid)
        if late and hasattr(signal, "SIGKILL"):
            with contextlib.suppress(OSError):
                os.kill(self.pid, signal.SIGABRT)
                os.kill(self.pid, signal.SIGCONT)
        self._process.join(LAST)
        family.kill_family(*started)
        status = self._process.exitcode
        crash = b""
        with contextlib.suppress(OSError, EOFError):
            while self._crash.poll() and (part := os.read(self._crash.fileno(), 1 << 16)):
                crash += part
        self.close()
        return Lost(self, status, crash.decode("ascii", "replace"), late)

    def close(self) -> None:
        """Kill it, and all that it has started; never raises."""
        if self not in alive:
            return
        alive.discard(self)
        family.kill_family(self.pid)
        self._process.join(LAST)
        sessions.discard(self.pid)
        self.connection.close()
        self._crash.close()
        with contextlib.suppress(ValueError):  # it has not ended yet
            self._process.close()


def kill_all() -> set[int]:
    """Kill every child and the helpers of `multiprocessing`; who waits for one finds it lost, and no other starts.

    Returns the children's numbers: on a busy machine one may need longer to end than is waited for.
    """
    stopping.set()
    killed = {child.pid for child in list(alive)}
    helpers = [context.fork_server()]
    if hasattr(os, "fork"):
        from multiprocessing import resource_tracker

        helpers.append(getattr(resource_tracker._resource_tracker, "_pid", None))
    family.kill_family(*killed, *filter(None, helpers))
    family.kill_adopted()
    until = time.monotonic() + GONE
    while any(map(_exists, list(alive))) and time.monotonic() < until:
        time.sleep(0.01)
    return killed


def _exists(child: Child) -> bool:
    try:
        if child._process.is_alive():
            return True
    except ValueError:  # it was closed meanwhile
        return False
    try:
        os.kill(child.pid, 0)  # its parent, the fork server, may be gone before it
    except OSError:
        return False
    return True
