"""The ffmpeg process that encodes H.264: start, feed, watch, end."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from animgd import system
from animgd.encoders.mp4 import locate
from animgd.encoders.mp4.diagnosis import OTHERS, PROCESSES, READ, cannot_start, failure, reason
from animgd.encoders.mp4.pipe import Pipe
from animgd.errors import EncoderError


class Ffmpeg:
    """One ffmpeg process that reads its standard input and writes `output`.

    The thread that starts it must outlive it: on Linux, PR_SET_PDEATHSIG refers to the parent *thread*.

    Units: `patience` is in seconds; an ffmpeg that neither reads nor writes for so long is killed.
    Raises: EncoderError from every method but `abort`; the process has ended by then.
    """

    def __init__(self, arguments: Sequence[str], output: Path, patience: float = locate.PATIENCE) -> None:
        self.output = output
        self.patience = patience
        self._pipe = Pipe()
        self._stderr: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._sent = 0  # odd while a buffer is being sent
        self._late = False
        self._over = threading.Event()
        try:
            program = locate.executable()
            self._pipe.open(lend=locate.is_elf(program))
            self._begin([*locate.pdeathsig(), program, *arguments])
        except OSError as error:
            self.abort()
            raise cannot_start(error) from error
        except BaseException:
            self.abort()
            raise

    def send(self, buffer: memoryview) -> None:
        """Send a picture, which must not change until the next one has been sent: see `Pipe`."""
        self._sent += 1
        broken = False
        try:
            self._pipe.send(buffer)
        except BrokenPipeError:
            broken = True
        finally:
            self._sent += 1  # from here on `_wait` enforces the deadline, not the watchdog
        if broken:
            status = 0 if self._late else self._wait()
            raise self._hung("read no more input") if self._late else failure(status, self._reason())

    def finish(self) -> str:
        """End the input, wait for ffmpeg to complete its file, and return its first error message, if any.

        An exit status of 0 does not prove that the file is complete: read it back.
        """
        self._pipe.close()
        status = self._wait()
        if status:
            raise failure(status, self._reason())
        return self._reason()

    def abort(self) -> None:
        """Kill ffmpeg and release all resources at once; never raises, may be called at any time."""
        self._over.set()
        self._pipe.close()
        process, self._process = self._process, None
        if process is not None:
            _kill(process)
        output, self._stderr = self._stderr, None
        if output is not None:
            with contextlib.suppress(OSError):
                output.close()

    def _begin(self, command: list[str]) -> None:
        self._stderr = system.scratch()
        try:
            self._process = subprocess.Popen(
                _encoded(command),
                stdin=self._pipe.source,
                stdout=subprocess.DEVNULL,
                stderr=self._stderr,
                env=locate.environment(),
                start_new_session=True,  # so that Ctrl-C in the terminal does not reach ffmpeg
            )
        finally:
            self._pipe.close_source()
        try:
            threading.Thread(target=self._watch, args=[self._process], daemon=True).start()
        except RuntimeError as error:  # from `abort` on, nothing is watched
            raise EncoderError(f"cannot start a thread that watches ffmpeg; {PROCESSES}") from error

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """Kill ffmpeg when sending one buffer takes too long: the blocked write then fails.

        A non-blocking pipe would need no thread, but is slower: docs/decisions/pipe.md.
        """
        tick = min(1.0, self.patience / 4)
        seen, ticks = 0, 0  # not clock time, which passes while Ctrl-Z suspends the program
        while not self._over.wait(tick):
            ticks = ticks + 1 if self._sent == seen and seen % 2 else 0
            seen = self._sent
            if ticks * tick > self.patience:
                self._late = True
                _kill(process)
                return

    def _wait(self) -> int:
        """Wait for ffmpeg's exit status; the deadline is extended whenever its file changes."""
        if self._process is None:
            raise EncoderError("ffmpeg was stopped before the film was complete")
        seen, deadline = None, 0.0
        while not _ended(self._process, min(1.0, self.patience / 4)):
            now = _state(self.output)
            if now != seen:
                seen, deadline = now, time.monotonic() + self.patience
            elif time.monotonic() > deadline:
                raise self._hung("did not finish")
        return self._process.returncode

    def _hung(self, what: str) -> EncoderError:
        reason = self._reason()
        printed = f" and printed: {reason}" if reason else ""
        return EncoderError(f"ffmpeg {what} for {self.patience:g} s and was killed{printed}; try again; {OTHERS}")

    def _reason(self) -> str:
        """The reason in ffmpeg's standard error; kills ffmpeg first, so that it writes no more."""
        output, self._stderr = self._stderr, None
        self.abort()
        if output is None:
            return ""
        with contextlib.suppress(OSError), output:
            output.seek(0)
            text = output.read(READ).decode(errors="replace")
            return reason(text.replace(f"file:{self.output.absolute()}", "the film"))
        return ""


def _encoded(command: list[str]) -> list[str] | list[bytes]:
    """The command in UTF-8, which ffmpeg expects in every locale."""
    return command if sys.platform == "win32" else [word.encode("utf-8", "surrogateescape") for word in command]


def _state(path: Path) -> tuple[int, int] | None:
    """Size and time of a file, which change when it is written to."""
    with contextlib.suppress(OSError):
        status = path.stat()
        return status.st_size, status.st_mtime_ns
    return None


def _ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether a child ends within some seconds; noticed at once, where Popen.wait may take 50 ms longer."""
    if process.poll() is None and (end := system.handle(process.pid)) >= 0:
        try:
            system.readable(end, seconds)
        finally:
            os.close(end)
        return process.poll() is not None
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    return process.returncode is not None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a child with its whole session and reap it."""
    if process.poll() is None:
        system.kill(process.pid)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5.0)  # a process blocked in disk I/O cannot even be killed
