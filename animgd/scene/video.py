"""Size, rate and pace of a film."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from animgd.scene.base import Declaration, is_number

LONGEST_SIDE = 16384  # what H.264 encoders take
MOST_PIXELS = 1 << 26
FASTEST = 1000
LONGEST = 24 * 3600

PACES = ("auto", "linear", "distance", "settle")
QUALITIES = ("small", "standard", "master")

Rate = int | float | Fraction


@dataclass(frozen=True)
class Video(Declaration):
    """Size, rate and pace of a film; its duration follows from its epochs and holds.

    width, height (pixels; default: 1280, 720).
    fps (frames per second, int or Fraction up to 1000; default: 25).
    epochs_per_second (number above 0; default: 10).
    hold_start, hold_end (seconds; default: 1.2, 2): how long the first and the last frame stand still.
    pace (default: "auto"): "auto" takes the first epochs step by step, then goes ever faster; "linear" gives every
        epoch the same time; "distance" gives it to every piece of path, over all panels together; "settle" is slow at
        the start and ends when all runs have settled at a minimum (with the last epoch if one does not).
    slow (tuple of (first epoch, last epoch, factor); default: none): slow motion, `factor` times as long.
    quality ("small", "standard" or "master"; default: "standard"): of MP4 files. "small" takes fewer bytes and more
        time; "master" keeps the colours of every pixel (4:4:4), for editing: browsers and slides may not play it.
    keyframe_interval (seconds; default: none, every ten seconds or 250 frames): the longest time between two key frames
        of an MP4, to which players seek at once; short ones make a larger file.
    """

    width: int = 1280
    height: int = 720
    fps: int | Fraction = 25
    epochs_per_second: Rate = 10
    hold_start: Rate = 1.2
    hold_end: Rate = 2.0
    pace: str = "auto"
    slow: tuple[tuple[int, int, Rate], ...] = ()
    quality: str = "standard"
    keyframe_interval: Rate | None = None

    def _check(self) -> None:
        for side in ("width", "height"):
            self._whole(side, f"a whole number of pixels from 1 to {LONGEST_SIDE}", least=1, most=LONGEST_SIDE)
        if self.width * self.height > MOST_PIXELS:
            raise self._wrong("size", f"{self.width}x{self.height}", f"at most {MOST_PIXELS:,} pixels in all")
        self._rate("fps", int | Fraction, f"a whole number or a Fraction above 0, at most {FASTEST}", FASTEST)
        self._rate("epochs_per_second", Rate, "a number above 0")
        for hold in ("hold_start", "hold_end"):
            self._rate(hold, Rate, f"seconds from 0 to {LONGEST}", LONGEST, zero=True)
        self._one_of("pace", PACES)
        self._one_of("quality", QUALITIES)
        if self.keyframe_interval is not None:
            self._rate("keyframe_interval", Rate, f"seconds above 0, at most {LONGEST}, or None", LONGEST)
        self._check_slow()

    def _check_slow(self) -> None:
        allowed = "a tuple of (first epoch, last epoch, factor), factor from 0.01 to 1000"
        self._is("slow", tuple | list, allowed)
        for part in self.slow:
            whole = isinstance(part, (tuple, list)) and len(part) == 3 and all(isinstance(e, int) for e in part[:2])
            if not whole or not 0 <= part[0] < part[1] or not (is_number(part[2]) and 0.01 <= part[2] <= 1000):
                raise self._wrong("slow", part, allowed)
        self._set("slow", tuple(tuple(part) for part in self.slow))

    def _rate(self, field: str, kind: Any, allowed: str, most: float = math.inf, zero: bool = False) -> None:
        value = getattr(self, field)
        right = isinstance(value, kind) and (isinstance(value, Fraction) or is_number(value))
        if not right or not 0 <= value <= most or (value == 0 and not zero):
            raise self._wrong(field, value, allowed)


def exact(value: Rate) -> Fraction:
    """A rate as the decimal that was written: 0.1 is 1/10, not the nearest binary fraction."""
    return Fraction(repr(float(value))) if isinstance(value, float) else Fraction(value)
