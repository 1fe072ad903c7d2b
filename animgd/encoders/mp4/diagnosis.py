"""Turn the output of a failed ffmpeg into one line: the reason, then what to do."""

from __future__ import annotations

import re

from animgd.errors import EncoderError, printable

READ = 1 << 16  # bytes of ffmpeg's output that are searched
LONGEST = 200  # characters
BANNER = re.compile(r"ffmpeg version|built with|configuration:|lib\w+ +\d|Input #|Output #|Stream |frame=")
ADDRESS = re.compile(r" @ 0x[0-9a-f]+")
FULL = "No space left on device"
CURES = {
    FULL: "free some disk space and render again",
    "Unknown encoder": "install an ffmpeg with H.264: `pip install imageio-ffmpeg`",
}
OTHERS = "gif, png and json need no ffmpeg"
CURE = f"install another ffmpeg: `pip install -U imageio-ffmpeg`; {OTHERS}"


def reason(output: str) -> str:
    """The most specific line of ffmpeg's output: a full disk, else the first line after the banner, else ""."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if FULL in line] + [line for line in lines if not BANNER.match(line)]
    found = printable(ADDRESS.sub("", telling[0])) if telling else ""
    return found if len(found) <= LONGEST else found[: LONGEST - 1] + "…"


def cure(reason: str) -> str:
    """What to do about a reason."""
    return next((cure for pattern, cure in CURES.items() if pattern in reason), CURE)


def failure(status: int, reason: str) -> EncoderError:
    """The error for an exit status; a negative status is the signal that killed ffmpeg."""
    how = f"status {status}" if status >= 0 else f"killed by signal {-status}"
    return EncoderError(f"ffmpeg failed ({how}): {reason or 'it printed no reason'}; {cure(reason)}")
