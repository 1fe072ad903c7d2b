"""The child process that makes H.264: started, fed, watched, and never left behind."""

from __future__ import annotations

import contextlib
import functools
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

from animgd.encoders.mp4.diagnosis import CURE, OTHERS, cure, reason
from animgd.encoders.mp4.pipe import Pipe
from animgd.errors import EncoderError, printable

PATIENCE = 20.0  # seconds without a sign of life
READ = 1 << 16  # bytes of ffmpeg's words that are looked at


def executable() -> str:
    """The path of the ffmpeg to use.

    Raises: EncoderError.
    """
    install = f"`pip install imageio-ffmpeg` brings one; {OTHERS}"
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        with _no_report():
            named: str = get_ffmpeg_exe()
    except (ImportError, RuntimeError, OSError) as error:
        raise EncoderError(f"mp4 needs ffmpeg, and there is none: {install}") from error
    found = shutil.which(named)
    if found is None:  # only a name that the user chose comes unchecked
        named = f"IMAGEIO_FFMPEG_EXE={printable(named)}"
        raise EncoderError(f"mp4 needs ffmpeg, and {named} cannot be run: {install}")
    return found


def able() -> None:
    """Ask ffmpeg whether it has libx264: once, and before an hour of rendering.

    Raises: EncoderError.
    """
    _able(executable())


@functools.cache
def _able(program: str) -> None:
    command = [*_leash(), program, "-hide_banner", "-nostdin", "-h", "encoder=libx264"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, env=_environment(), check=False
        )
    except subprocess.TimeoutExpired as error:
        raise EncoderError(f"ffmpeg did not answer for {PATIENCE:g} s; it was stopped; {CURE}") from error
    except OSError as error:
        raise EncoderError(f"ffmpeg did not start: {error.strerror}; {CURE}") from error
    words = done.stderr[:READ].decode(errors="replace")
    if b"not recognized" in done.stdout + done.stderr[:READ]:
        raise EncoderError(f"mp4 needs an ffmpeg with libx264, and {named()} has none; {cure('Unknown encoder')}")
    if done.returncode:
        found = reason(words)
        status = done.returncode
        how = f"status {status}" if status >= 0 else f"killed by signal {-status}"
        raise EncoderError(f"ffmpeg failed ({how}): {found or 'it said nothing'}; {cure(found)}")


def named() -> str:
    """How the user knows this ffmpeg."""
    own = os.environ.get("IMAGEIO_FFMPEG_EXE")
    return f"IMAGEIO_FFMPEG_EXE={printable(own)}" if own else "imageio-ffmpeg's"


class Ffmpeg:
    """One ffmpeg that reads its standard input and writes `output`.

    Start it in a thread that lives as long as it does: Linux ties a child to the *thread* it came from.

    Units: `patience` is in seconds; an ffmpeg that neither takes input nor writes for so long is killed.
    Raises: EncoderError from every method but `abort`, one line that says what to do; no child is left then.
    """

    def __init__(self, arguments: Sequence[str], output: Path, patience: float = PATIENCE) -> None:
        self.output = output
        self.patience = patience
        self._pipe = Pipe()
        self._words: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._sent = 0  # odd while one is under way
        self._late = False
        self._over = threading.Event()
        try:
            program = executable()
            self._direct = _copies(program)
            self._begin([*_leash(), program, *arguments])
        except OSError as error:
            self.abort()
            raise EncoderError(f"ffmpeg did not start: {error.strerror}; {CURE}") from error
        except BaseException:
            self.abort()
            raise

    def lends(self, length: int) -> bool:
        """Whether buffers of so many bytes can be lent: see `Pipe`."""
        return self._direct and self._pipe.lends(length)

    def lend(self, buffer: memoryview) -> None:
        """Send all of a buffer of bytes; it may change only when another, as long, has been sent: see `Pipe`."""
        self._send(self._pipe.lend, buffer)

    def write(self, buffer: memoryview) -> None:
        """Send all of a buffer of bytes; it may change as soon as this returns."""
        self._send(self._pipe.write, buffer)

    def _send(self, send: Callable[[memoryview], None], buffer: memoryview) -> None:
        self._sent += 1
        broken = False
        try:
            send(buffer)
        except BrokenPipeError:
            broken = True
        finally:
            self._sent += 1  # from here on `_wait` is patient, not the watchdog
        if broken:
            status = 0 if self._late else self._wait()
            raise self._hung("took no more pictures") if self._late else self._failed(status)

    def finish(self) -> str:
        """End the input, wait until ffmpeg has completed its file, and return its complaints, if any.

        It can fail to complete the file and be content with itself: look into the file.
        """
        self._pipe.close()
        status = self._wait()
        if status:
            raise self._failed(status)
        return self._last_words()

    def abort(self) -> None:
        """Kill ffmpeg if it lives and let go of everything, at once; never raises, may come at any time."""
        self._over.set()
        self._pipe.close()
        process, self._process = self._process, None
        if process is not None:
            _kill(process)
        words, self._words = self._words, None
        if words is not None:
            with contextlib.suppress(OSError):
                words.close()

    def _begin(self, command: list[str]) -> None:
        self._words = _scratch()
        self._pipe.open()
        try:
            self._process = subprocess.Popen(
                _spelt(command),
                stdin=self._pipe.source,
                stdout=subprocess.DEVNULL,
                stderr=self._words,
                env=_environment(),
                start_new_session=True,  # a Ctrl-C in the terminal is for us
            )
        finally:
            self._pipe.close_source()
        threading.Thread(target=self._watch, args=[self._process], daemon=True).start()

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """Kill ffmpeg when one buffer takes it too long: then the write that waits for it fails.

        A pipe that does not block would need no thread, and takes longer: docs/decisions/pipe.md.
        """
        tick = min(1.0, self.patience / 4)
        seen, ticks = 0, 0  # counted, not read off a clock: it goes on while the program is stopped by Ctrl-Z
        while not self._over.wait(tick):
            ticks = ticks + 1 if self._sent == seen and seen % 2 else 0
            seen = self._sent
            if ticks * tick > self.patience:
                self._late = True
                _kill(process)
                return

    def _wait(self) -> int:
        """Ffmpeg's exit status once it ends; as long as its file changes it is alive."""
        if self._process is None:
            raise EncoderError("ffmpeg was stopped before the film was complete")
        seen, deadline = None, 0.0
        while not _ended(self._process, min(1.0, self.patience / 4)):
            now = _state(self.output)
            if now != seen:
                seen, deadline = now, time.monotonic() + self.patience
            elif time.monotonic() > deadline:
                raise self._hung("did not come to its end")
        return self._process.returncode

    def _failed(self, status: int) -> EncoderError:
        how = f"status {status}" if status >= 0 else f"killed by signal {-status}"
        words = self._last_words()
        return EncoderError(f"ffmpeg failed ({how}): {words or 'it said nothing'}; {cure(words)}")

    def _hung(self, what: str) -> EncoderError:
        words = self._last_words()
        said = f" and said: {words}" if words else ""
        waited = f"{self.patience:g} s"
        return EncoderError(f"ffmpeg {what} for {waited}{said}; it was stopped; try again, {OTHERS}")

    def _last_words(self) -> str:
        """What ffmpeg gave as its reason; kills it, for its words can only be read when it writes no more."""
        words, self._words = self._words, None
        self.abort()
        if words is None:
            return ""
        with contextlib.suppress(OSError), words:
            words.seek(0)
            said = words.read(READ).decode(errors="replace")
            return reason(said.replace(f"file:{self.output.absolute()}", "the film"))
        return ""


def _copies(program: str) -> bool:
    """Whether a program reads its input itself: a script may pass it on to others, by splice(2) for example."""
    with contextlib.suppress(OSError), Path(program).open("rb") as file:
        return file.read(4) == b"\x7fELF"
    return False


def _leash() -> list[str]:
    """What ties a child to its parent's life, where there is such a thing."""
    setpriv = shutil.which("setpriv")
    if setpriv is None or Path(setpriv).resolve().name == "busybox":  # busybox's has no --pdeathsig
        return []
    return [setpriv, "--pdeathsig", "KILL", "--"]


@contextlib.contextmanager
def _no_report() -> Iterator[None]:
    """Looking for ffmpeg runs it, and $FFREPORT would have it write into the current folder."""
    report = os.environ.pop("FFREPORT", None)
    try:
        yield
    finally:
        if report is not None:
            os.environ["FFREPORT"] = report


def _environment() -> dict[str, str]:
    """Our environment without what makes ffmpeg write logs, colours or other languages."""
    kept = {name: value for name, value in os.environ.items() if name != "FFREPORT"}
    return kept | {"AV_LOG_FORCE_NOCOLOR": "1", "LC_ALL": "C"}


def _spelt(command: list[str]) -> list[str] | list[bytes]:
    """Ffmpeg reads UTF-8, also where the locale knows ASCII only."""
    return command if sys.platform == "win32" else [word.encode("utf-8", "surrogateescape") for word in command]


def _scratch() -> IO[bytes]:
    """A file without a name for ffmpeg's words; in memory if possible, for the disk may be full."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            return os.fdopen(os.memfd_create("ffmpeg"), "w+b")
    return tempfile.TemporaryFile()


def _state(path: Path) -> tuple[int, int] | None:
    """What changes when a file is written to."""
    with contextlib.suppress(OSError):
        status = path.stat()
        return status.st_size, status.st_mtime_ns
    return None


def _ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether a child ends within so many seconds; learnt at once, where Popen.wait may take 50 ms more."""
    if sys.platform == "linux" and process.poll() is None:
        with contextlib.suppress(OSError):
            handle = os.pidfd_open(process.pid)
            try:
                end = select.poll()
                end.register(handle, select.POLLIN)
                end.poll(seconds * 1000)
            finally:
                os.close(handle)
            return process.poll() is not None
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    return process.returncode is not None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a child with its whole session and reap it."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        if process.poll() is None:
            if sys.platform == "win32":
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(5.0)  # not for ever: a process in a dead disk's hands cannot even be killed
