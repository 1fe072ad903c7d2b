"""Turn a failed ffmpeg, or one that cannot be started, into one line: the reason, then what to do."""

from __future__ import annotations

import errno
import os
import re
import signal

from animgd.errors import CURES, EncoderError, printable, shortage

READ = 1 << 16  # bytes of ffmpeg's output that are searched
LONGEST = 200  # characters
BANNER = re.compile(r"ffmpeg version|built with|configuration:|lib\w+ +\d|Input #|Output #|Stream |frame=")
ADDRESS = re.compile(r" @ 0x[0-9a-f]+")
FULL = "No space left on device"
OTHERS = "gif, png and json need no ffmpeg"
MEMORY = "free some memory, raise the limit on it (ulimit -v), or choose a smaller --size"
PROCESSES = "raise the limits on processes (ulimit -u) and memory (ulimit -v)"
PRINTED = {  # a part of ffmpeg's reason, or of the loader's: what to do
    FULL: "free some disk space and render again",
    os.strerror(errno.EMFILE): CURES[errno.EMFILE],
    os.strerror(errno.ENFILE): CURES[errno.ENFILE],
    os.strerror(errno.EFBIG): CURES[errno.EFBIG],
    os.strerror(errno.ENOMEM): MEMORY,
    os.strerror(errno.EAGAIN): PROCESSES,
    "malloc of size": MEMORY,  # x264's
    "failed to map segment": MEMORY,  # ld.so's
}
SIGNALS = {  # what killed ffmpeg: what to do
    "SIGKILL": f"perhaps out of memory: {MEMORY}",
    "SIGXFSZ": CURES[errno.EFBIG],
    "SIGXCPU": "raise the limit on CPU time (ulimit -t)",
}
STARTING = {**CURES, errno.EAGAIN: PROCESSES, errno.ENOMEM: MEMORY}
OBSTACLES = {  # why the system does not start a file that exists
    errno.ENOEXEC: "it is damaged, or built for another system or processor",
    errno.ENOENT: "the interpreter or loader that it needs is missing",
    errno.EACCES: "it, or the interpreter that it needs, must not be executed",
    errno.ETXTBSY: "another program is writing it",
}


def another(what: str = "another ffmpeg") -> str:
    """Where to get an ffmpeg that works; installing one does not help while the user's own is set."""
    if os.environ.get("IMAGEIO_FFMPEG_EXE"):
        return f"set IMAGEIO_FFMPEG_EXE to {what}, or unset it; {OTHERS}"
    reinstall = "reinstall it with `pip install --force-reinstall imageio-ffmpeg`"
    return f"{reinstall}, or set IMAGEIO_FFMPEG_EXE to {what}; {OTHERS}"


def reason(output: str) -> str:
    """The most specific line of ffmpeg's output: a full disk, else the first line after the banner, else ""."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if FULL in line] + [line for line in lines if not BANNER.match(line)]
    found = printable(ADDRESS.sub("", telling[0])) if telling else ""
    return found if len(found) <= LONGEST else found[: LONGEST - 1] + "…"


def cure(reason: str) -> str:
    """What to do about a reason."""
    if "Unknown encoder" in reason:
        return another("an ffmpeg with libx264")
    return next((cure for pattern, cure in PRINTED.items() if pattern in reason), None) or another()


def cannot_start(error: OSError) -> EncoderError:
    """The error for an ffmpeg that the system does not start."""
    if short := shortage(error):
        return EncoderError(f"cannot start ffmpeg: {short}")
    what = printable(error.strerror or str(error))
    obstacle = OBSTACLES.get(error.errno or 0) if error.filename else None  # else it is not about ffmpeg's file
    why = f" ({printable(os.fsdecode(error.filename))}: {obstacle})" if obstacle else ""
    cure = STARTING.get(error.errno or 0) or (another() if error.filename else OTHERS)
    return EncoderError(f"cannot start ffmpeg: {what}{why}; {cure}")


def failure(status: int, reason: str) -> EncoderError:
    """The error for an exit status; a negative status is the signal that killed ffmpeg."""
    number = -status
    if status > 128 and not reason and _name(status - 128) in SIGNALS:  # of a script whose last program was killed
        number = status - 128
    if number <= 0:
        return EncoderError(f"ffmpeg failed (status {status}): {reason or 'it printed no reason'}; {cure(reason)}")
    printed = f": {reason}" if reason else ""
    what = SIGNALS.get(_name(number)) or cure(reason)
    return EncoderError(f"ffmpeg failed (killed by signal {number}, {_words(number)}){printed}; {what}")


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return ""


def _words(number: int) -> str:
    try:
        return signal.strsignal(number) or "unknown"
    except ValueError:
        return "unknown"
