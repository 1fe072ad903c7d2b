"""Processes that answer messages: what is called is named by its module, so that they import nothing else."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import IO

from animgd.system import die_with_parent, sessions

START = """import sys; sys.path[:] = {path!r}
from animgd.encoders.workers import serve; from {module} import {name}; serve({name})"""
ROOT = str(Path(__file__).parents[2])  # where animgd is, also if it was found in the current folder
PATIENCE = 30.0  # seconds; a worker that answers later is killed
Answer = Callable[[bytes], bytes]


def start(answer: Answer) -> subprocess.Popen[bytes]:
    """Start a process that answers messages on its standard input. Raises: OSError."""
    text = START.format(path=[*sys.path, ROOT], module=answer.__module__, name=answer.__name__)
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", text],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    sessions.add(process.pid)
    return process


def serve(answer: Answer) -> None:
    """Answer until the input ends, because the parent has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # on Windows, Ctrl-C reaches a new session too
    die_with_parent()
    answers, sys.stdout = sys.stdout.buffer, sys.stderr
    with suppress(EOFError, OSError):
        while True:
            _send(answers, answer(_receive(sys.stdin.buffer)))


def _send(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(len(message).to_bytes(8, "big"))
    pipe.write(message)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes:
    head = pipe.read(8)
    message = pipe.read(int.from_bytes(head, "big"))
    if len(head) < 8 or len(message) < int.from_bytes(head, "big"):
        raise EOFError("the other process has ended")
    return message


class Workers:
    """A few processes, each fed by a thread. What they do not answer is answered here."""

    def __init__(self, answer: Answer, count: int) -> None:
        """`answer` is a function of a module; as many processes start as the system allows, up to `count`."""
        self._answer = answer
        self._processes: list[subprocess.Popen[bytes]] = []
        self._free: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        self._threads = ThreadPoolExecutor(max(1, count))  # starts threads when they are needed
        with suppress(OSError):
            for _ in range(count):
                self._processes.append(start(answer))
                self._free.put(self._processes[-1])

    def ask(self, message: bytes) -> Future[bytes] | None:
        """Send a message to the next free worker; None if there are no workers."""
        return self._threads.submit(self._exchange, message) if self._processes else None

    def result(self, message: bytes, asked: Future[bytes] | None) -> bytes:
        """The answer to a message. After the first failure of a worker, all answers are found here."""
        if asked is not None:
            try:
                return asked.result(PATIENCE)
            except (OSError, EOFError, CancelledError):  # TimeoutError is an OSError
                self.close()
        return self._answer(message)

    def close(self) -> None:
        """Kill the processes; never raises, may be called at any time."""
        for process in self._processes:
            sessions.discard(process.pid)
            process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in self._processes:
            with suppress(OSError), process:  # closes its pipes, then waits for it
                pass
        self._processes.clear()

    def _exchange(self, message: bytes) -> bytes:
        process = self._free.get()
        try:
            assert process.stdin is not None and process.stdout is not None
            _send(process.stdin, message)
            return _receive(process.stdout)
        finally:
            self._free.put(process)
