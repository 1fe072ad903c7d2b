"""Processes for scene modules: each its own, so that whatever one does, the next finds nothing of it.

A process is forked from this one, which has imported next to nothing and runs no thread. Where there are many
modules, the fork happens in a nursery: a process that has imported all that films need, torch too, and has run
nothing of it. (Forking after torch has computed hangs.)
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
from typing import Any, NoReturn

from animgd.cli.workers.entry import Work, fork, live

MESSAGE = 1 << 16


class Direct:
    """Forks from this process."""

    def __init__(self, work: Work, patience: float) -> None:
        self._work, self._patience = work, patience

    def born(self, number: int, pipe: int, crash: int) -> int:
        """A process that does piece `number` of the work, tells its news to `pipe` and its death to `crash`."""
        return fork(lambda: live(self._work, number, pipe, crash, self._patience, twin=False))

    def status(self, pid: int) -> int:
        """How a process ended; negative is a signal."""
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def close(self) -> None:
        """Nothing to close."""


class Nursery:
    """Forks from a process that has imported everything (Linux)."""

    def __init__(self, work: Work, patience: float) -> None:
        self._work, self._patience = work, patience
        self._ended: dict[int, int] = {}
        self._pid, self._line = self._opened()

    def _opened(self) -> tuple[int, socket.socket]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

        def tend() -> NoReturn:
            ours.close()
            _tend(theirs, self._work, self._patience)

        pid = fork(tend)
        theirs.close()
        return pid, ours

    def born(self, number: int, pipe: int, crash: int) -> int:
        """As `Direct.born`. Raises: OSError if the nursery is gone; the next call finds a new one."""
        try:
            socket.send_fds(self._line, [str(number).encode()], [pipe, crash])
            while True:
                told = self._told()
                if "pid" in told:
                    return int(told["pid"])
        except OSError:
            self.close()
            self._pid, self._line = self._opened()
            raise

    def status(self, pid: int) -> int:
        """As `Direct.status`; a process whose nursery was killed was killed with it."""
        with contextlib.suppress(OSError):
            while pid not in self._ended:
                self._told()
        return self._ended.pop(pid, -signal.SIGKILL)

    def _told(self) -> dict[str, int]:
        data = self._line.recv(MESSAGE)
        if not data:
            raise OSError("the nursery is gone")
        told: dict[str, int] = json.loads(data)
        if "ended" in told:
            self._ended[told["ended"]] = told["status"]
        return told

    def close(self) -> None:
        """End the nursery, and whoever it has borne."""
        self._line.close()
        with contextlib.suppress(OSError):
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)


def _tend(line: socket.socket, work: Work, patience: float) -> NoReturn:
    """Fork when asked to, and tell who ended how."""
    _quiet_signals()
    _import_all()
    awake, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready: list[Any] = select.select([line.fileno(), awake], [], [])[0]
        if awake in ready:
            os.read(awake, MESSAGE)
            _reap(line)
        if line.fileno() in ready:
            data, fds, _, _ = socket.recv_fds(line, MESSAGE, 2)
            if not data:
                os._exit(0)
            for each in fds:
                os.set_inheritable(each, False)  # what a scene starts shall not hold them

            def life(number: int = int(data), pipe: int = fds[0], crash: int = fds[1]) -> NoReturn:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for each in (awake, wake, line.detach()):
                    os.close(each)
                live(work, number, pipe, crash, patience, twin=True)

            pid = fork(life)
            for each in fds:
                os.close(each)
            line.send(json.dumps({"pid": pid}).encode())


def _reap(line: socket.socket) -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            line.send(json.dumps({"ended": pid, "status": os.waitstatus_to_exitcode(status)}).encode())


def _quiet_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def _import_all() -> None:
    """What every film needs; a scene that needs something else imports it itself."""
    import gc
    import warnings

    warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*multi-threaded.*fork")
    with contextlib.suppress(ImportError):  # whoever needs it says so
        from animgd.drawing import (
            background,
            renderer,  # noqa: F401
        )
        from animgd.encoders import encoder
        from animgd.output import render  # noqa: F401
        from animgd.training import record  # noqa: F401

        background.warm()
        for name in ("mp4", "gif", "png"):
            encoder(name)
    gc.freeze()  # so that looking for garbage does not copy every page
