"""The GIF writer: one palette, and only what changed."""

from __future__ import annotations

import contextlib
import os
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from animgd.encoders import blocks, lzw
from animgd.encoders.palette import TRANSPARENT, Lookup, choose
from animgd.errors import EncoderError, OutputError, UsageError
from animgd.frames import Box, Frame, Reel

FASTEST = 50  # frames a second: browsers slow down whatever stays shorter than two hundredths
Indices = NDArray[np.uint8]


class Gif:
    """Writes an image when the next one comes: until then its delay may still grow.

    Memory: the indices of one picture and the table of `Lookup`, whatever the number of frames.
    """

    @staticmethod
    def check(size: tuple[int, int], fps: Fraction) -> None:
        """Refuse what a GIF cannot hold.

        Raises: UsageError.
        """
        if fps > FASTEST:
            raise UsageError(
                f"a GIF shows at most {FASTEST} frames a second, not {float(fps):g}: use --fps {FASTEST} or less"
            )
        if max(size) > blocks.LARGEST_SIDE:
            raise UsageError(
                f"a GIF is at most {blocks.LARGEST_SIDE} pixels wide and high, not {size[0]}x{size[1]}: "
                f"use --size {min(size[0], blocks.LARGEST_SIDE)}x{min(size[1], blocks.LARGEST_SIDE)} or less"
            )

    def __init__(self, path: Path, reel: Reel, colors: int = 256, loop: int = 0) -> None:
        """Units: `loop` counts how often the film plays, 0 for ever.

        Raises: UsageError, OutputError.
        """
        self._path, self._reel = path, reel
        palette = choose(reel, colors)
        self._depth = max(2, (len(palette) - 1).bit_length())
        self._lookup = Lookup(palette)
        width, height = reel.size
        self._shown: Indices = np.zeros((height, width), np.uint8)
        self._waiting: tuple[Box, bytes] | None = None
        self._start = self._end = 0  # in frame periods: when the waiting image appears, and goes
        self._images = 0
        try:
            self._file = path.open("wb")
        except OSError as error:
            raise self._refused(error) from error
        self._write(blocks.header(reel.size, palette, loop))

    def add(self, frame: Frame) -> None:
        """Take the next frame.

        Raises: OutputError.
        """
        if self._images == 0 and self._waiting is None:
            self._shown = self._lookup(frame.pixels)
            width, height = self._reel.size
            self._waiting = Box(0, 0, width, height), lzw.compress(self._shown)
        else:
            self._update(frame)
        self._end += frame.periods

    def _update(self, frame: Frame) -> None:
        """Put what changed into the picture; an image only where its indices differ."""
        places = []
        for box in frame.boxes:
            found = self._lookup(frame.pixels[box.slices])
            rows, columns = np.nonzero(found != self._shown[box.slices])
            if len(rows):
                places.append((box, rows, columns, found))
        if not places:
            return
        self._flush()
        part = np.zeros_like(self._shown)
        area: Box | None = None
        for box, rows, columns, found in places:
            part[rows + box.top, columns + box.left] = found[rows, columns]
            self._shown[box.slices] = found
            tight = Box(
                box.left + int(columns.min()),
                box.top + int(rows.min()),
                box.left + int(columns.max()) + 1,
                box.top + int(rows.max()) + 1,
            )
            area = tight if area is None else area.union(tight)
        assert area is not None
        self._waiting = area, lzw.compress(part[area.slices])

    def _hundredths(self, period: int) -> int:
        """The time of a frame period's start on the GIF's clock."""
        return int(period * 100 / self._reel.fps + Fraction(1, 2))

    def _flush(self) -> None:
        """Write the waiting image, whose end is known now."""
        if self._waiting is None:
            return
        box, codes = self._waiting
        delay = self._hundredths(self._end) - self._hundredths(self._start)
        while delay > blocks.LONGEST_DELAY:
            raise NotImplementedError
        self._write(blocks.image(box, delay, TRANSPARENT, 8, codes))
        self._images += 1
        self._start, self._waiting = self._end, None

    def _write(self, data: bytes) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise self._refused(error) from error

    def _refused(self, error: OSError) -> OutputError:
        return OutputError(f"{self._path}: {error.strerror or error}")

    def finish(self) -> None:
        """Complete the file, and read its blocks back.

        Raises: EncoderError, OutputError.
        """
        self._flush()
        self._write(blocks.TRAILER)
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            held = blocks.survey(self._path)
        except OSError as error:
            raise self._refused(error) from error
        except ValueError as error:
            raise EncoderError(f"{self._path}: {error}") from error
        wanted = blocks.Survey(self._reel.size, self._images, self._hundredths(self._end))
        if held != wanted:
            raise EncoderError(f"{self._path}: holds {held}, not {wanted}")

    def abort(self) -> None:
        """Let go of the file."""
        with contextlib.suppress(Exception):
            self._file.close()
