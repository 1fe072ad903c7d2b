"""Find ffmpeg, test it for libx264, and prepare how it is run."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from animgd.encoders.mp4.diagnosis import CURE, OTHERS, READ, cure, failure, reason
from animgd.errors import EncoderError, printable

PATIENCE = 20.0  # seconds without progress
INSTALL = f"install it with `pip install imageio-ffmpeg`; {OTHERS}"


def executable() -> str:
    """The path of the ffmpeg to use.

    Raises: EncoderError.
    """
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        with _no_report():
            path: str = get_ffmpeg_exe()
    except (ImportError, RuntimeError, OSError) as error:
        raise EncoderError(f"ffmpeg not found (needed for mp4): {INSTALL}") from error
    found = shutil.which(path)
    if found is None:  # imageio-ffmpeg does not check $IMAGEIO_FFMPEG_EXE
        raise EncoderError(f"cannot run ffmpeg at IMAGEIO_FFMPEG_EXE={printable(path)} (needed for mp4): {INSTALL}")
    return found


def able() -> None:
    """Check that ffmpeg has libx264: once, before rendering starts.

    Raises: EncoderError.
    """
    _able(executable())


@functools.cache
def _able(program: str) -> None:
    command = [*pdeathsig(), program, "-hide_banner", "-nostdin", "-h", "encoder=libx264"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, env=environment(), check=False
        )
    except subprocess.TimeoutExpired as error:
        raise EncoderError(f"ffmpeg did not answer within {PATIENCE:g} s and was killed; {CURE}") from error
    except OSError as error:
        raise EncoderError(f"cannot start ffmpeg: {error.strerror}; {CURE}") from error
    if b"not recognized" in done.stdout + done.stderr[:READ]:
        raise EncoderError(f"{named()} ffmpeg lacks libx264 (needed for mp4); {cure('Unknown encoder')}")
    if done.returncode:
        raise failure(done.returncode, reason(done.stderr[:READ].decode(errors="replace")))


def named() -> str:
    """The setting or the package that this ffmpeg comes from."""
    own = os.environ.get("IMAGEIO_FFMPEG_EXE")
    return f"IMAGEIO_FFMPEG_EXE={printable(own)}" if own else "imageio-ffmpeg's"


def pdeathsig() -> list[str]:
    """The command prefix that has the kernel kill a child when its parent ends; empty without util-linux's setpriv."""
    setpriv = shutil.which("setpriv")
    if setpriv is None or Path(setpriv).resolve().name == "busybox":  # busybox's has no --pdeathsig
        return []
    return [setpriv, "--pdeathsig", "KILL", "--"]


def environment() -> dict[str, str]:
    """The environment without the variables that make ffmpeg write logs, colours or translated messages."""
    kept = {name: value for name, value in os.environ.items() if name != "FFREPORT"}
    return kept | {"AV_LOG_FORCE_NOCOLOR": "1", "LC_ALL": "C"}


def is_elf(program: str) -> bool:
    """Whether a program is a binary, which reads its input itself; a script may pass the pipe on to other programs."""
    with contextlib.suppress(OSError), Path(program).open("rb") as file:
        return file.read(4) == b"\x7fELF"
    return False


@contextlib.contextmanager
def _no_report() -> Iterator[None]:
    """Hide $FFREPORT: imageio-ffmpeg runs ffmpeg to test it, and ffmpeg would write a log to the current folder."""
    report = os.environ.pop("FFREPORT", None)
    try:
        yield
    finally:
        if report is not None:
            os.environ["FFREPORT"] = report
