"""The GIF encoder: one palette for the film; each image holds only what changed."""

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
from animgd.encoders.gif.compressor import Compressor
from animgd.encoders.gif.histogram import Patch, count_colors, pack_rgb
from animgd.encoders.gif.lookahead import AHEAD, Step
from animgd.encoders.gif.palette import COLORS, TRANSPARENT, choose
from animgd.encoders.gif.ranges import Image
from animgd.encoders.gif.screen import EMPTY, Screen
from animgd.errors import EncoderError, UsageError, cannot_write
from animgd.frame import FilmInfo, Frame, Pixels

FASTEST = 50  # frames a second: browsers lengthen delays below two hundredths of a second
BUFFERED_PIXELS = 1 << 21  # changed pixels that are buffered before the palette is chosen from them
BUFFERED_FRAMES = 600  # at most, because each frame adds some colours
FEWER = (128, 64, 32, 16)  # colours of smaller and smaller files


class Gif(Encoder):
    """Buffers the film's beginning to choose the palette from it; then writes each image when it is compressed and
    the next one is known, because its delay may grow until then.

    Memory: `BUFFERED_PIXELS` pixels, the changes of `AHEAD` frames, a few pictures, the tables of `Lookup` and the
    ranges that wait to be compressed, whatever the number of frames.
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
        """Refuse sizes and rates that GIF does not support.

        Raises: UsageError.
        """
        if fps > FASTEST:
            rate = f"{FASTEST} frames a second, not {float(fps):g}"
            raise UsageError(f"GIF supports at most {rate}: choose {FASTEST} or less", "fps")
        if max(size) > gif_container.LARGEST_SIDE:
            width, height = (min(side, gif_container.LARGEST_SIDE) for side in size)
            sides = f"{gif_container.LARGEST_SIDE} pixels wide and high, not {size[0]}x{size[1]}"
            raise UsageError(f"GIF supports at most {sides}: choose {width}x{height} or less", "size")

    def __init__(self, path: Path, info: FilmInfo, colors: int = COLORS, loop: int = 0) -> None:
        """Units: `loop` is how often the film plays, 0 without end; `colors` is 4 to 256 with the transparent one.

        Raises: OutputError.
        """
        self._path, self._info, self._colors, self._loop = path, info, colors, loop
        self._first: Pixels | None = None
        self._buffered: list[Patch] = []
        self._screen: Screen | None = None
        self._ahead: deque[Step] = deque()
        self._delays: deque[int] = deque()  # of images that are not written, in hundredths of a second
        self._start = self._end = 0  # in frame periods: start of the newest image, end of the film so far
        self._images = 0
        try:
            self._file = path.open("wb")
        except OSError as error:
            raise cannot_write("the GIF", error) from error
        self._compressor = Compressor(info)

    def add(self, frame: Frame) -> None:
        """Take the next frame.

        Raises: OutputError.
        """
        if self._first is None and self._screen is None:
            self._first = np.array(frame.pixels, order="K")
        else:
            boxes = tuple((box, frame.pixels[box.slices].copy()) for box in frame.boxes)
            patch = Patch(self._end, boxes)
            if self._screen is None:
                self._buffered.append(patch)
            else:
                self._append(patch)
        self._end += frame.periods
        full = len(self._buffered) > BUFFERED_FRAMES or sum(patch.size for patch in self._buffered) > BUFFERED_PIXELS
        if self._screen is None and full:
            self._choose_palette()

    @property
    def buffered(self) -> int:
        """The number of frames that are buffered until the palette is chosen."""
        return len(self._buffered)

    def _choose_palette(self) -> None:
        """Choose the palette and write the buffered frames."""
        assert self._first is not None
        counts = count_colors(self._info, self._first, self._buffered, self._end)
        palette = choose(counts, self._colors)
        self._write(gif_container.header(self._info.size, palette.table, self._loop))
        first, self._first = pack_rgb(self._first), None
        self._screen = Screen(first, self._info.still, palette, counts.turnover)
        self._compressor.begin(self._screen.first_image, self._screen.shown)
        for patch in self._buffered:
            self._append(patch)
        self._buffered.clear()

    def _append(self, patch: Patch) -> None:
        """Append a frame, and draw the one that `AHEAD` others now follow."""
        assert self._screen is not None
        self._ahead.append(self._screen.append(patch))
        if len(self._ahead) > AHEAD:
            self._draw_next()

    def _draw_next(self) -> None:
        """Turn a frame's changes into an image, which ends the delay of the one before."""
        assert self._screen is not None
        step = self._ahead.popleft()
        change = self._screen.draw(step, self._ahead)
        if change is not None:
            self._flush(step.period)
            self._compressor.add(change)

    def _flush(self, end: int, last: bool = False) -> None:
        """Note the delay of the newest image, whose end is now known, and write images that are compressed."""
        self._delays.append(self._hundredths(end) - self._hundredths(self._start))
        self._start = end
        for image in self._compressor.images(last):
            self._write_image(image, self._delays.popleft())

    def _hundredths(self, period: int) -> int:
        """The start of a frame period, in the hundredths of a second that GIF counts."""
        return gif_container.clock(period, self._info.fps)

    def _write_image(self, image: Image, delay: int) -> None:
        while delay > gif_container.LONGEST_DELAY:
            self._write_block(image, gif_container.LONGEST_DELAY)
            image, delay = EMPTY, delay - gif_container.LONGEST_DELAY
        self._write_block(image, delay)

    def _write_block(self, image: Image, delay: int) -> None:
        self._write(gif_container.image(image.box, delay, TRANSPARENT, image.depth, image.codes))
        self._images += 1

    def _write(self, data: bytes) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise cannot_write("the GIF", error) from error

    def finish(self) -> None:
        """Complete the file and verify its blocks.

        Raises: EncoderError, OutputError.
        """
        if self._end != self._info.count:
            raise EncoderError(f"the GIF is incomplete: it received {self._end} of {self._info.count} frame periods")
        if self._screen is None:
            self._choose_palette()
        while self._ahead:
            self._draw_next()
        self._flush(self._end, last=True)
        self._compressor.close()
        self._write(gif_container.TRAILER)
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            found = gif_container.survey(self._path)
        except OSError as error:
            raise cannot_write("the GIF", error) from error
        except ValueError as error:
            raise EncoderError(f"the GIF is damaged: {error}") from error
        expected = gif_container.Survey(self._info.size, self._images, self._hundredths(self._end))
        if found != expected:
            raise EncoderError(f"the GIF contains {found} instead of {expected}")

    def abort(self) -> None:
        """Close the file and end the workers."""
        with contextlib.suppress(Exception):
            self._file.close()
        self._compressor.close()
