"""PNG: every frame period as a picture in a folder, 00000.png and so on."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from animgd.encoders.part import cannot_write
from animgd.errors import EncoderError
from animgd.frames import Frame, Pixels, Reel

LEVEL = 1  # of zlib's nine; the higher ones save little and take many times as long


class Png:
    """Writes into a folder; a picture that stays is compressed once and written as often as it stays."""

    @staticmethod
    def check(size: tuple[int, int], fps: Fraction) -> None:
        """Any size and rate will do."""

    def __init__(self, path: Path, reel: Reel) -> None:
        self.path = path
        self.reel = reel
        self._written = 0
        self._canvas = np.empty((reel.size[1], reel.size[0], 3), np.uint8)  # Pillow wants no planes
        try:
            path.mkdir(exist_ok=True)
        except OSError as error:
            raise cannot_write("the pictures' folder", error) from error

    def add(self, frame: Frame) -> None:
        for box in frame.boxes:
            self._canvas[box.slices] = frame.pixels[box.slices]
        data = encoded(self._canvas)
        for _ in range(frame.periods):
            _write(self.path / f"{self._written:05d}.png", data)
            self._written += 1

    def finish(self) -> None:
        found = sum(1 for _ in self.path.glob("*.png"))
        if not found == self._written == self.reel.count:
            raise EncoderError(f"the film should have {self.reel.count} pictures, and has {found}")

    def abort(self) -> None:
        pass


def save(path: Path, pixels: Pixels) -> None:
    """Write one picture.

    Raises: OutputError.
    """
    _write(path, encoded(np.ascontiguousarray(pixels)))


def encoded(pixels: Pixels) -> bytes:
    """A picture as the bytes of a PNG file, the same for the same pixels: it holds no time and no name.

    Shapes: (height, width, 3), contiguous.
    """
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=LEVEL)
    return file.getvalue()


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise cannot_write(f"picture {path.name}", error) from error
