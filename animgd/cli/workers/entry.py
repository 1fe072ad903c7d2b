"""Entry point of a film worker: signals, standard streams, crash reports."""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any, NoReturn

from animgd.cli.jobs import Summary, Tell
from animgd.errors import Stopped
from animgd.system import STOPPING, die_with_parent

if TYPE_CHECKING:
    from animgd.training.author import Trainer

GRACE = 1.0  # seconds from the alarm that a scene could block to the deadline that it cannot
dumps = json.dumps  # a scene's code may replace it
Work = Callable[[int, Tell, "Trainer"], Summary]


def fork(body: Callable[[], NoReturn]) -> int:
    """Fork a child in a session of its own that calls `body` and dies with this process; its pid."""
    parent, pid = os.getpid(), os.fork()
    if pid:
        return pid
    leave = os._exit  # a scene's code may replace it
    try:
        os.setsid()  # Ctrl-C reaches the parent only, and killpg reaches all children
        die_with_parent()
        if os.getppid() == parent:
            body()
    finally:
        leave(70)


def run_worker(work: Work, number: int, pipe: int, crash: int, patience: float, forked_trainer: bool) -> NoReturn:
    """Film one module in this process, then exit."""
    leave = os._exit
    from animgd.scene.module.isolation import Short
    from animgd.training.author import Trainer

    trainer = Trainer(_ForkedTrainer(pipe)) if forked_trainer else Trainer()
    for each in STOPPING:
        signal.signal(each, _stop)
    _own_streams()
    sys.stdout = Short(sys.stderr)
    faulthandler.enable(crash, all_threads=False)
    tell = _teller(pipe, crash, patience)
    status = 70
    try:
        with trainer:
            summary = work(number, tell, trainer)
        tell("end", [summary.made, summary.failed])
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
    """Raise once: later signals must not interrupt the clean-up."""
    for each in STOPPING:
        signal.signal(each, signal.SIG_IGN)
    raise Stopped(number)


def _own_streams() -> None:
    """Send file descriptor 1 to stderr, and give stdin no input."""
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


class _ForkedTrainer:
    """A process that trains, forked before the scene's code runs."""

    def __init__(self, pipe: int) -> None:
        question, ask = os.pipe()
        hear, reply = os.pipe()

        from animgd.training.author import answer

        def body() -> NoReturn:
            for each in (pipe, ask, hear):
                os.close(each)
            with open(question, "rb") as questions, open(reply, "wb") as answers:  # noqa: PTH123
                answer(questions, answers)
            os._exit(0)

        self._status: int | None = None
        self._pid = fork(body)
        os.close(question)
        os.close(reply)
        self.stdin: IO[bytes] | None = open(ask, "wb")  # noqa: PTH123, SIM115
        self.stdout: IO[bytes] | None = open(hear, "rb")  # noqa: PTH123, SIM115

    def poll(self) -> int | None:
        """The exit status, None while it runs."""
        if self._status is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            self._status = os.waitstatus_to_exitcode(status) if pid else None
        return self._status

    def wait(self) -> int:
        """Wait for the exit status."""
        if self._status is None:
            self._status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return self._status

    def kill(self) -> None:
        """Kill it."""
        if self._status is None:
            with contextlib.suppress(OSError):
                os.kill(self._pid, signal.SIGKILL)
