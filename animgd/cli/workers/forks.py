"""Starts film workers, one for each scene module, so that no module affects the next.

For one module the worker is forked from this process, which has imported little and runs no thread. For several it is
forked from a fork server, which has imported all that films need, torch too, and has computed nothing: forking after
torch has computed hangs.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
from typing import Any, NoReturn

from animgd.cli.workers.entry import Work, fork, run_worker
from animgd.system import STOPPING

MESSAGE = 1 << 16


class Direct:
    """Forks from this process."""

    def __init__(self, work: Work, patience: float) -> None:
        self._work, self._patience = work, patience

    def start(self, number: int, pipe: int, crash: int) -> int:
        """Start a worker for module `number` that sends events to `pipe` and a crash report to `crash`; its pid."""
        return fork(lambda: run_worker(self._work, number, pipe, crash, self._patience, forked_trainer=False))

    def status(self, pid: int) -> int:
        """The exit status of a worker; negative is a signal."""
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def close(self) -> None:
        """Nothing to close."""


class ForkServer:
    """Forks from a fork server that has imported everything (Linux)."""

    def __init__(self, work: Work, patience: float) -> None:
        self._work, self._patience = work, patience
        self._ended: dict[int, int] = {}
        self._pid, self._line = self._opened()

    def _opened(self) -> tuple[int, socket.socket]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

        def serve() -> NoReturn:
            ours.close()
            _serve(theirs, self._work, self._patience)

        pid = fork(serve)
        theirs.close()
        return pid, ours

    def start(self, number: int, pipe: int, crash: int) -> int:
        """As `Direct.start`. Raises: OSError: the fork server died; the next call uses a new one."""
        try:
            socket.send_fds(self._line, [str(number).encode()], [pipe, crash])
            while True:
                message = self._receive()
                if "pid" in message:
                    return int(message["pid"])
        except OSError:
            self.close()
            self._pid, self._line = self._opened()
            raise

    def status(self, pid: int) -> int:
        """As `Direct.status`; a killed fork server kills its workers."""
        with contextlib.suppress(OSError):
            while pid not in self._ended:
                self._receive()
        return self._ended.pop(pid, -signal.SIGKILL)

    def _receive(self) -> dict[str, int]:
        data = self._line.recv(MESSAGE)
        if not data:
            raise OSError("the fork server is gone")
        message: dict[str, int] = json.loads(data)
        if "ended" in message:
            self._ended[message["ended"]] = message["status"]
        return message

    def close(self) -> None:
        """Kill the fork server and its workers."""
        self._line.close()
        with contextlib.suppress(OSError):
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)


def _serve(line: socket.socket, work: Work, patience: float) -> NoReturn:
    """The fork server: fork on request, and report how workers ended."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_DFL)
    _import_all()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready: list[Any] = select.select([line.fileno(), woken], [], [])[0]
        if woken in ready:
            os.read(woken, MESSAGE)
            _reap(line)
        if line.fileno() in ready:
            data, fds, _, _ = socket.recv_fds(line, MESSAGE, 2)
            if not data:
                os._exit(0)
            for each in fds:
                os.set_inheritable(each, False)  # child processes of a scene must not inherit them

            def body(number: int = int(data), pipe: int = fds[0], crash: int = fds[1]) -> NoReturn:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for each in (woken, wake, line.detach()):
                    os.close(each)
                run_worker(work, number, pipe, crash, patience, forked_trainer=True)

            pid = fork(body)
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


def _import_all() -> None:
    """Import what every film needs."""
    import gc
    import warnings

    warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*multi-threaded.*fork")
    with contextlib.suppress(ImportError):  # reported by the worker that needs it
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
    gc.freeze()  # garbage collection would copy every page
