"""Find ffmpeg, test it for libx264, and prepare how it is run."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from animgd.encoders.mp4.diagnosis import OTHERS, READ, STARTING, another, cannot_start, failure, reason
from animgd.errors import EncoderError, printable, shortage

PATIENCE = 20.0  # seconds without progress
PROMPT = 5.0  # seconds for a program that only prints its version
NOT_FOUND = "ffmpeg not found (needed for mp4)"
INSTALL = f"install it with `pip install imageio-ffmpeg`; {OTHERS}"


def executable() -> str:
    """The path of the ffmpeg to use.

    Raises: EncoderError.
    """
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        with _no_report():
            path: str = get_ffmpeg_exe()
    except RuntimeError as error:  # none answered: `able` says why, if there is one
        path = next(map(str, _candidates()), "")
        if not path:
            raise EncoderError(f"{NOT_FOUND}: {INSTALL}") from error
    except ModuleNotFoundError as error:
        raise EncoderError(f"{NOT_FOUND}: {INSTALL}") from error
    except (ImportError, OSError) as error:
        why = shortage(error) or f"{printable(getattr(error, 'strerror', None) or str(error))}; {another()}"
        raise EncoderError(f"cannot look for ffmpeg (needed for mp4): {why}") from error
    found = shutil.which(path)
    if found is None:  # imageio-ffmpeg does not check $IMAGEIO_FFMPEG_EXE
        raise EncoderError(f"cannot run {named(path)} (needed for mp4): {_obstacle(Path(path))}; {another()}")
    return found


def _candidates() -> Iterator[Path]:
    """The files that imageio-ffmpeg tries, as far as they exist."""
    yield from _bundled()
    for place in (Path(sys.prefix, "bin", "ffmpeg"), shutil.which("ffmpeg")):
        if place and Path(place).is_file():
            yield Path(place)


def _bundled() -> list[Path]:
    import imageio_ffmpeg

    folder = Path(imageio_ffmpeg.__file__ or "").parent / "binaries"
    return sorted(path for path in folder.glob("ffmpeg*") if path.is_file())


def _obstacle(path: Path) -> str:
    """Why a file is not a program that can be run."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return "it is a folder"
        if mode & 0o111 and getattr(os, "ST_NOEXEC", 0) & os.statvfs(path).f_flag:
            return "its file system forbids programs (noexec)"
    except (OSError, ValueError) as error:
        return printable(getattr(error, "strerror", None) or str(error))
    return "Permission denied" if mode & 0o111 else "it is not executable (chmod +x)"


def able() -> None:
    """Check that ffmpeg has libx264: once, before rendering starts.

    Raises: EncoderError.
    """
    _able(executable())


@functools.cache
def _able(program: str) -> None:
    question = [program, "-hide_banner", "-nostdin", "-h", "encoder=libx264"]
    try:
        done = _asked([*pdeathsig(), *question], PATIENCE)
        if done.returncode in (126, 127):  # setpriv, or a shell, could not run it: the system says why
            done = _asked(question, PATIENCE)
    except subprocess.TimeoutExpired as error:
        raise EncoderError(f"ffmpeg did not answer within {PATIENCE:g} s and was killed; {another()}") from error
    except OSError as error:
        raise cannot_start(error) from error
    if b"not recognized" in done.stdout + done.stderr[:READ]:
        raise EncoderError(f"{named(program)} lacks libx264 (needed for mp4); {another('an ffmpeg with libx264')}")
    if done.returncode:
        raise failure(done.returncode, reason(done.stderr[:READ].decode(errors="replace")))
    if b"libx264" not in done.stdout:
        raise EncoderError(f"{named(program)} does not answer as ffmpeg does; {another()}")


def _asked(command: list[str], patience: float) -> subprocess.CompletedProcess[bytes]:
    """Run a program that only answers. Raises: OSError, subprocess.TimeoutExpired."""
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, timeout=patience, env=environment(), check=False
    )


def named(program: str) -> str:
    """An ffmpeg by the setting or the package that it comes from, else by its path."""
    if own := os.environ.get("IMAGEIO_FFMPEG_EXE"):
        return f"ffmpeg at IMAGEIO_FFMPEG_EXE={printable(own)}"
    return "imageio-ffmpeg's ffmpeg" if Path(program) in _bundled() else f"ffmpeg at {printable(program)}"


def pdeathsig() -> list[str]:
    """The command prefix that has the kernel kill a child when its parent ends; empty without a setpriv that can.

    Raises: OSError, when no program can be started.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None or refusal(setpriv):  # as busybox's does, which has no --pdeathsig
        return []
    return [setpriv, "--pdeathsig", "KILL", "--"]


@functools.cache
def refusal(setpriv: str) -> str:
    """Why this setpriv does not do what `pdeathsig` needs; "" if it does. Raises: OSError, as `pdeathsig`."""
    try:
        done = _asked([setpriv, "--pdeathsig", "KILL", "--", setpriv, "--version"], PROMPT)
    except subprocess.TimeoutExpired:
        return f"it did not answer within {PROMPT:g} s"
    except OSError as error:
        if error.errno in STARTING:
            raise
        return printable(error.strerror or str(error))
    if not done.returncode:
        return ""
    return reason(done.stderr[:READ].decode(errors="replace")) or f"status {done.returncode}"


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
