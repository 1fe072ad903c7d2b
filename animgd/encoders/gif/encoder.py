"""The GIF writer: one palette for the film, and of each frame only what changed."""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from animgd.encoders.base import Encoder, Holds, regular
from animgd.encoders.gif import container as gif_container
from animgd.encoders.gif.histogram import Patch, census, codes
from animgd.encoders.gif.lookahead import AHEAD, Step
from animgd.encoders.gif.palette import COLORS, TRANSPARENT, choose
from animgd.encoders.gif.screen import NOTHING, Image, Picture
from animgd.errors import EncoderError, OutputError, UsageError
from animgd.frame import FilmInfo, Frame, Pixels

FASTEST = 50  # frames a second: browsers slow down whatever stays shorter than two hundredths
ROOM = 1 << 21  # changed pixels that are kept back before the palette is chosen from them
FEWER = (128, 64, 32, 16)  # colours of smaller and smaller files
MANY = 600  # frames that are kept back at most: each has some colours of its own


class Gif(Encoder):
    """Keeps the film's beginning back to choose the palette from it; then writes each image when the next one
    comes, because until then its delay may still grow.

    Memory: `ROOM` pixels, `AHEAD` frames' changes, a few pictures and the tables of `Lookup`, whatever the number
    of frames.
    """

    options = ("colors", "loop")
    bytes_per_pixel = 2e-4
    sized = True

    @staticmethod
    def reduced(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
        """With fewer and fewer colours."""
        return [{**settings, "colors": n} for n in FEWER if n < int(settings.get("colors", 256))]

    @staticmethod
    def survey(path: Path) -> Holds:
        """Read the blocks of a file."""
        film = gif_container.survey(regular(path))
        return lambda size, fps, count: (
            film.size == size and film.hundredths == gif_container.clock(count, fps) and film.keeps(fps)
        )

    @staticmethod
    def check(size: tuple[int, int], fps: Fraction) -> None:
        """Refuse what a GIF cannot hold.

        Raises: UsageError.
        """
        if fps > FASTEST:
            rate = f"{FASTEST} frames a second, not {float(fps):g}"
            raise UsageError(f"a GIF shows at most {rate}: choose {FASTEST} or less", "fps")
        if max(size) > gif_container.LARGEST_SIDE:
            width, height = (min(side, gif_container.LARGEST_SIDE) for side in size)
            sides = f"{gif_container.LARGEST_SIDE} pixels wide and high, not {size[0]}x{size[1]}"
            raise UsageError(f"a GIF is at most {sides}: choose {width}x{height} or less", "size")

    def __init__(self, path: Path, info: FilmInfo, colors: int = COLORS, loop: int = 0) -> None:
        """Units: `loop` counts how often the film plays, 0 for ever; `colors` (4 to 256) counts the transparent one.

        Raises: OutputError.
        """
        self._path, self._info, self._colors, self._loop = path, info, colors, loop
        self._first: Pixels | None = None
        self._kept: list[Patch] = []
        self._picture: Picture | None = None
        self._ahead: deque[Step] = deque()
        self._waiting: Image | None = None
        self._start = self._end = 0  # in frame periods: when the waiting image appears, and when the film ends
        self._images = 0
        try:
            self._file = path.open("wb")
        except OSError as error:
            raise self._refused(error) from error

    def add(self, frame: Frame) -> None:
        """Take the next frame.

        Raises: OutputError.
        """
        if self._first is None and self._picture is None:
            self._first = np.array(frame.pixels, order="K")
        else:
            places = tuple((box, frame.pixels[box.slices].copy()) for box in frame.boxes)
            patch = Patch(self._end, places)
            if self._picture is None:
                self._kept.append(patch)
            else:
                self._show(patch)
        self._end += frame.periods
        full = len(self._kept) > MANY or sum(patch.size for patch in self._kept) > ROOM
        if self._picture is None and full:
            self._begin()

    @property
    def kept(self) -> int:
        """How many frames wait for the palette to be chosen."""
        return len(self._kept)

    def _begin(self) -> None:
        """Choose the palette and write what was kept back."""
        assert self._first is not None
        counted = census(self._info, self._first, self._kept, self._end)
        palette = choose(counted, self._colors)
        self._write(gif_container.header(self._info.size, palette.table, self._loop))
        first, self._first = codes(self._first), None
        self._picture = Picture(first, self._info.still, palette, counted.turnover)
        self._waiting = self._picture.whole
        for patch in self._kept:
            self._show(patch)
        self._kept.clear()

    def _show(self, patch: Patch) -> None:
        """Take the next frame, and draw the one of which enough is known that comes after it."""
        assert self._picture is not None
        self._ahead.append(self._picture.announce(patch))
        if len(self._ahead) > AHEAD:
            self._draw()

    def _draw(self) -> None:
        """Make an image of what a frame changed; the one before it stays until then."""
        assert self._picture is not None
        step = self._ahead.popleft()
        image = self._picture.update(step, self._ahead)
        if image is not None:
            self._flush(step.period)
            self._waiting = image

    def _flush(self, end: int) -> None:
        """Write the waiting image, whose end is known now."""
        image, delay = self._waiting, self._hundredths(end) - self._hundredths(self._start)
        assert image is not None
        while delay > gif_container.LONGEST_DELAY:
            self._put(image, gif_container.LONGEST_DELAY)
            image, delay = NOTHING, delay - gif_container.LONGEST_DELAY
        self._put(image, delay)
        self._start = end

    def _hundredths(self, period: int) -> int:
        """When a frame period begins, on the GIF's clock."""
        return gif_container.clock(period, self._info.fps)

    def _put(self, image: Image, delay: int) -> None:
        self._write(gif_container.image(image.box, delay, TRANSPARENT, image.depth, image.codes))
        self._images += 1

    def _write(self, data: bytes) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise self._refused(error) from error

    def _refused(self, error: OSError) -> OutputError:
        return OutputError(f"the GIF could not be written: {error.strerror or error}")

    def finish(self) -> None:
        """Complete the file, and read its blocks back.

        Raises: EncoderError, OutputError.
        """
        if self._end != self._info.count:
            raise EncoderError(f"the GIF is incomplete: {self._end} of {self._info.count} frame periods came")
        if self._picture is None:
            self._begin()
        while self._ahead:
            self._draw()
        self._flush(self._end)
        self._write(gif_container.TRAILER)
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            held = gif_container.survey(self._path)
        except OSError as error:
            raise self._refused(error) from error
        except ValueError as error:
            raise EncoderError(f"the GIF on disk is damaged: {error}") from error
        wanted = gif_container.Survey(self._info.size, self._images, self._hundredths(self._end))
        if held != wanted:
            raise EncoderError(f"the GIF on disk holds {held}, not {wanted}")

    def abort(self) -> None:
        """Let go of the file."""
        with contextlib.suppress(Exception):
            self._file.close()
