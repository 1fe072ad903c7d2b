"""The GIF writer: one palette, and only what changed."""

from __future__ import annotations

import contextlib
import os
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from animgd.encoders import blocks, changes, lzw
from animgd.encoders.census import Patch, census
from animgd.encoders.palette import TRANSPARENT, Lookup, choose
from animgd.errors import EncoderError, OutputError, UsageError
from animgd.frames import Box, Frame, Pixels, Reel

FASTEST = 50  # frames a second: browsers slow down whatever stays shorter than two hundredths
COLORS = 144  # more are seen by no one, and cost bytes in every frame
ROOM = 1 << 22  # changed pixels that are kept back until the palette is chosen from them
Indices = NDArray[np.uint8]


class Gif:
    """Keeps the film's beginning back to choose its palette from, then writes each image when the next one comes:
    until then its delay may still grow.

    Memory: the indices of one picture, the table of `Lookup` and `ROOM` pixels, whatever the number of frames.
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
            width, height = (min(side, blocks.LARGEST_SIDE) for side in size)
            raise UsageError(
                f"a GIF is at most {blocks.LARGEST_SIDE} pixels wide and high, not {size[0]}x{size[1]}: "
                f"use --size {width}x{height} or less"
            )

    def __init__(self, path: Path, reel: Reel, colors: int = COLORS, loop: int = 0) -> None:
        """Units: `loop` counts how often the film plays, 0 for ever; `colors` is at most 256.

        Raises: OutputError.
        """
        self._path, self._reel, self._colors, self._loop = path, reel, colors, loop
        self._first: Pixels | None = None
        self._patches: list[Patch] | None = []
        self._kept = 0  # pixels
        self._shown: Indices = np.zeros((0, 0), np.uint8)
        self._waiting: tuple[Box, int, bytes] | None = None
        self._start = self._end = 0  # in frame periods: when the waiting image appears, and goes
        self._images = 0
        try:
            self._file = path.open("wb")
        except OSError as error:
            raise self._refused(error) from error

    def add(self, frame: Frame) -> None:
        """Take the next frame.

        Raises: OutputError.
        """
        if self._first is None:
            self._first = np.array(frame.pixels, order="K")
        elif self._patches is None:
            self._update(Patch(self._end, tuple((box, frame.pixels[box.slices]) for box in frame.boxes)))
        else:
            places = tuple((box, frame.pixels[box.slices].copy()) for box in frame.boxes)
            self._patches.append(Patch(self._end, places))
            self._kept += sum(pixels.shape[0] * pixels.shape[1] for _, pixels in places)
        self._end += frame.periods
        if self._patches is not None and self._kept > ROOM:
            self._begin()

    def _begin(self) -> None:
        """Choose the palette and write what was kept back."""
        assert self._first is not None
        assert self._patches is not None
        first, patches, end = self._first, self._patches, self._end
        palette = choose(census(self._reel, first, patches, end), self._colors)
        self._lookup = Lookup(palette)
        self._write(blocks.header(self._reel.size, palette.table, self._loop))
        self._shown = self._lookup(first)
        depth = blocks.depth(int(self._shown.max()))
        whole = Box(0, 0, *self._reel.size)
        self._waiting = whole, depth, lzw.compress(self._shown, depth)
        self._patches = None
        for patch in patches:
            self._update(patch)
        self._end = end

    def _update(self, patch: Patch) -> None:
        """Put what changed into the picture; an image only where its indices differ."""
        area: Box | None = None
        changed: list[tuple[Box, NDArray[np.bool_]]] = []
        for box, pixels in patch.places:
            found = self._lookup(pixels)
            differs = found != self._shown[box.slices]
            if differs.any():
                self._shown[box.slices] = found
                changed.append((box, differs))
                tight = _tight(box, differs)
                area = tight if area is None else area.union(tight)
        if area is None:
            return
        self._flush(patch.period)
        mask = np.zeros((area.bottom - area.top, area.right - area.left), np.bool_)
        for box, differs in changed:
            inner = Box(max(box.left,area.left),max(box.top,area.top),min(box.right,area.right),min(box.bottom,area.bottom))
            mask[inner.top-area.top:inner.bottom-area.top,inner.left-area.left:inner.right-area.left] |= differs[inner.top-box.top:inner.bottom-box.top,inner.left-box.left:inner.right-box.left]
        part = self._shown[area.slices]
        depth = blocks.depth(int(part[mask].max()))
        self._waiting = area, depth, changes.compress(part, mask, depth)

    def _hundredths(self, period: int) -> int:
        """The time of a frame period's start on the GIF's clock."""
        return int(period * 100 / self._reel.fps + Fraction(1, 2))

    def _flush(self, end: int) -> None:
        """Write the waiting image, whose end is known now."""
        assert self._waiting is not None
        box, depth, codes = self._waiting
        delay = self._hundredths(end) - self._hundredths(self._start)
        self._start = end
        while delay > blocks.LONGEST_DELAY:
            self._put(blocks.image(box, blocks.LONGEST_DELAY, TRANSPARENT, depth, codes))
            delay -= blocks.LONGEST_DELAY
            box, depth, codes = Box(0, 0, 1, 1), 2, lzw.compress(np.zeros((1, 1), np.uint8), 2)
        self._put(blocks.image(box, delay, TRANSPARENT, depth, codes))

    def _put(self, image: bytes) -> None:
        self._write(image)
        self._images += 1

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
        if self._patches is not None:
            if self._first is None:
                raise EncoderError(f"{self._path}: no frame came")
            self._begin()
        self._flush(self._end)
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


def _tight(box: Box, differs: NDArray[np.bool_]) -> Box:
    """The part of a box that differs."""
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    return Box(
        box.left + int(columns[0]), box.top + int(rows[0]), box.left + int(columns[-1]) + 1, box.top + int(rows[-1]) + 1
    )
