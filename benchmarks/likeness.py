"""How like its frames a GIF is, as Pillow decodes it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageSequence

from animgd.frame import Pixels
from benchmarks.films import Tape

SAME = 99.0  # dB, for a picture that is exact


class Likeness(NamedTuple):
    """Units: `psnr` in dB, the mean over all frames; `flicker` in pixels that changed though their frames did not."""

    psnr: float
    flicker: int


def likeness(path: Path, tape: Tape, every: int = 1) -> Likeness:
    """Compare what is shown in the middle of each frame period (or of every so many) with the frame."""
    values: list[float] = []
    flicker = 0
    shown, before = _Shown(path, float(tape.info.fps)), None
    period = 0
    for frame in tape.frames():
        value = None  # dB, as long as neither frame nor picture change
        for _ in range(frame.periods):
            if period % every == 0:
                picture, new = shown.at(period)
                value = psnr(frame.pixels, picture) if new or value is None else value
                values.append(value)
                if before is not None and every == 1:
                    still = (before[0] == frame.pixels).all(-1)
                    flicker += int(np.count_nonzero(still & (before[1] != picture).any(-1)))
                before = (frame.pixels.copy(), picture) if every == 1 else None
            period += 1
    return Likeness(math.fsum(values) / len(values), flicker)


def psnr(wanted: Pixels, found: Pixels) -> float:
    """The peak signal-to-noise ratio over all colours. Units: dB."""
    error = np.subtract(wanted, found, dtype=np.int16).astype(np.float32).ravel()
    mean = float(np.dot(error, error)) / error.size
    return 10 * math.log10(255**2 / mean) if mean else SAME


class _Shown:
    """Plays a GIF forwards."""

    def __init__(self, path: Path, fps: float) -> None:
        self._pictures, self._fps = pictures(path), fps
        self._end, self._picture = next(self._pictures)

    def at(self, period: int) -> tuple[Pixels, bool]:
        """What is seen in the middle of a frame period, and whether that is a new picture."""
        new = False
        while self._end <= (period + 0.5) * 1000 / self._fps:
            following = next(self._pictures, None)
            if following is None:  # the last picture stays
                break
            (self._end, self._picture), new = following, True
        return self._picture, new


def pictures(path: Path) -> Iterator[tuple[float, Pixels]]:
    """Every image of a GIF with the time at which it goes. Units: milliseconds."""
    end = 0.0
    with Image.open(path) as film:
        for image in ImageSequence.Iterator(film):
            end += image.info.get("duration", 0)
            yield end, np.asarray(image.convert("RGB"))
