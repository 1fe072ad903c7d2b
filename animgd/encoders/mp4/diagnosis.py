"""What ffmpeg complains of, in a line of ours."""

from __future__ import annotations

import re

from animgd.errors import printable

LONGEST = 200  # characters
BANNER = re.compile(r"ffmpeg version|built with|configuration:|lib\w+ +\d|Input #|Output #|Stream |frame=")
ADDRESS = re.compile(r" @ 0x[0-9a-f]+")
FULL = "No space left on device"
CURES = {
    FULL: "make room and render again",
    "Unknown encoder": "this ffmpeg has no H.264, `pip install imageio-ffmpeg` brings one that has",
}
OTHERS = "gif, png and json need no ffmpeg"
CURE = f"`pip install -U imageio-ffmpeg` brings another ffmpeg; {OTHERS}"


def reason(words: str) -> str:
    """The line that tells most: the one of a full disk, else the first that is no banner; "" if there is none."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    telling = [line for line in lines if FULL in line] + [line for line in lines if not BANNER.match(line)]
    found = printable(ADDRESS.sub("", telling[0])) if telling else ""
    return found if len(found) <= LONGEST else found[: LONGEST - 1] + "…"


def cure(found: str) -> str:
    """What to do about a reason."""
    return next((cure for sign, cure in CURES.items() if sign in found), CURE)
