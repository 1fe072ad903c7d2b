"""Processes for scene modules: each its own, so that whatever one does, the next finds nothing of it.

A process is forked from this one, which has imported next to nothing and runs no thread. Where there are many
modules, the fork happens in a nursery: a process that has imported all that films need, torch too, and has run
nothing of it. (Forking after torch has computed hangs.)
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any, NoReturn

from animgd.errors import Stopped
from animgd.job import Tally, Tell
from animgd.leash import die_with_parent

if TYPE_CHECKING:
    from animgd.trainer import Trainer

GRACE = 1.0  # seconds between a scene's own alarm, and what no scene's code can hold up
dumps = json.dumps  # a scene's code may replace it
Work = Callable[[int, Tell, "Trainer"], Tally]
MESSAGE = 1 << 16


class Direct:
    """Forks from this process."""

    def __init__(self, work: Work, patience: float) -> None:
        self._work, self._patience = work, patience

    def born(self, number: int, pipe: int, crash: int) -> int:
        """A process that does piece `number` of the work, tells its news to `pipe` and its death to `crash`."""
        return _fork(lambda: _live(self._work, number, pipe, crash, self._patience, twin=False))

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

        pid = _fork(tend)
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


def _fork(life: Callable[[], NoReturn]) -> int:
    parent, pid = os.getpid(), os.fork()
    if pid:
        return pid
    leave = os._exit  # a scene's code may replace it
    try:
        os.setsid()  # a Ctrl-C in the terminal is for the parent, and all of us can be killed at once
        die_with_parent()
        if os.getppid() == parent:
            life()
    finally:
        leave(70)


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
                _live(work, number, pipe, crash, patience, twin=True)

            pid = _fork(life)
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
    from animgd import backdrop, film, recording, stage  # noqa: F401
    from animgd.encoders import encoder

    backdrop.warm()
    for name in ("mp4", "gif", "png"):
        encoder(name)
    gc.freeze()  # so that looking for garbage does not copy every page


def _live(work: Work, number: int, pipe: int, crash: int, patience: float, twin: bool) -> NoReturn:
    """The life of a process for one module."""
    leave = os._exit
    from animgd.guard import Short
    from animgd.trainer import Trainer

    trainer = Trainer(_Twin(pipe)) if twin else Trainer()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, _stop)
    _own_streams()
    sys.stdout = Short(sys.stderr)
    faulthandler.enable(crash, all_threads=False)
    tell = _teller(pipe, crash, patience)
    status = 70
    try:
        with trainer:
            tally = work(number, tell, trainer)
        tell("end", [tally.made, tally.failed])
        status = 0
    except BaseException as error:
        status = 128 + getattr(error, "signal", 0)
        if status == 128:
            import traceback

            tell("lost", traceback.format_exception_only(error)[-1].strip())
            if isinstance(error, Exception):
                tell("trace", traceback.format_exc())
    finally:
        leave(status)


def _stop(number: int, frame: object) -> NoReturn:
    """Once: cleaning up is not to be disturbed."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Stopped(number)


def _own_streams() -> None:
    """What is printed past Python goes to stderr too, and nobody reads what was typed."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)


def _teller(pipe: int, crash: int, patience: float) -> Tell:
    last = [0.0]

    def tell(kind: str, value: Any) -> None:
        if kind == "bar":
            now = time.monotonic()
            if now - last[0] < 0.1:
                return
            last[0] = now
        elif kind == "phase" and value == "load":
            faulthandler.dump_traceback_later(patience + GRACE, exit=True, file=crash)
        elif kind == "phase":
            faulthandler.cancel_dump_traceback_later()
        _send(pipe, dumps([kind, value]).encode() + b"\n")

    return tell


def _send(pipe: int, data: bytes) -> None:
    while data:
        data = data[os.write(pipe, data) :]


class _Twin:
    """A process that records, forked before the scene's code runs."""

    def __init__(self, pipe: int) -> None:
        question, ask = os.pipe()
        hear, reply = os.pipe()

        from animgd.trainer import answer

        def life() -> NoReturn:
            for each in (pipe, ask, hear):
                os.close(each)
            with open(question, "rb") as questions, open(reply, "wb") as answers:  # noqa: PTH123
                answer(questions, answers)
            os._exit(0)

        self._status: int | None = None
        self._pid = _fork(life)
        os.close(question)
        os.close(reply)
        self.stdin: IO[bytes] | None = open(ask, "wb")  # noqa: PTH123, SIM115
        self.stdout: IO[bytes] | None = open(hear, "rb")  # noqa: PTH123, SIM115

    def poll(self) -> int | None:
        """The status if it has ended."""
        if self._status is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            self._status = os.waitstatus_to_exitcode(status) if pid else None
        return self._status

    def wait(self) -> int:
        """The status, once it ends."""
        if self._status is None:
            self._status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return self._status

    def kill(self) -> None:
        """End it at once."""
        if self._status is None:
            with contextlib.suppress(OSError):
                os.kill(self._pid, signal.SIGKILL)
