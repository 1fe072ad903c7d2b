"""PNG: every frame period as a picture in a folder, 00000.png and so on.

Source: W3C, Portable Network Graphics (Third Edition), sections 5 (chunks) and 9 (filters).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from animgd.encoders.base import MAY_HOLD, Encoder, Holds, regular
from animgd.errors import EncoderError, cannot_write
from animgd.frame import FilmInfo, Frame, Pixels

SIGNATURE = b"\x89PNG\r\n\x1a\n"
RGB = bytes([8, 2, 0, 0, 0])  # the end of a header: 8 bits a channel, three channels, nothing else to choose
MOST = 1 << 27  # pixels, more than any film has
LEVEL = 1  # of zlib's nine; the higher ones save little and take many times as long


class Png(Encoder):
    """Writes into a folder; a picture that stays is compressed once and written as often as it stays."""

    bytes_per_pixel = 5e-3

    @staticmethod
    def survey(path: Path) -> Holds:
        """Read all pictures of a folder."""
        found = sorted(
            file.name for file in path.iterdir() if not MAY_HOLD.fullmatch(file.name) or file.suffix == ".png"
        )
        if found != names(len(found)):
            raise ValueError(f"{path.name} holds other files than the pictures of a film")
        sizes = {read(regular(path / name)) for name in found}
        return lambda size, fps, count: sizes == {size} and len(found) == count

    def __init__(self, path: Path, info: FilmInfo) -> None:
        super().__init__(path, info)
        self._written = 0
        self._digits = digits(info.count)
        self._canvas = np.empty((info.size[1], info.size[0], 3), np.uint8)  # Pillow wants no planes
        try:
            path.mkdir(exist_ok=True)
        except OSError as error:
            raise cannot_write("the pictures' folder", error) from error

    def add(self, frame: Frame) -> None:
        for box in frame.boxes:
            self._canvas[box.slices] = frame.pixels[box.slices]
        data = encoded(self._canvas)
        for _ in range(frame.periods):
            _write(self.path / f"{self._written:0{self._digits}d}.png", data)
            self._written += 1

    def finish(self) -> None:
        found = sum(1 for _ in self.path.glob("*.png"))
        if not found == self._written == self.info.count:
            raise EncoderError(f"the film should have {self.info.count} pictures, and has {found}")


def digits(count: int) -> int:
    """How many digits a film's pictures have in their names, so that names sort as the frames do."""
    return max(5, len(str(count - 1)))


def names(count: int) -> list[str]:
    """The names of a film's pictures."""
    return [f"{number:0{digits(count)}d}.png" for number in range(count)]


def save(path: Path, pixels: Pixels) -> None:
    """Write one picture.

    Raises: OutputError.
    """
    _write(path, encoded(np.ascontiguousarray(pixels)))


def encoded(pixels: Pixels) -> bytes:
    """A picture as the bytes of a PNG file, the same for the same pixels: it holds no time and no name.

    Shapes: (height, width, 3), contiguous.
    """
    import imageio.v3 as iio  # late: other formats need no pictures

    data: bytes = iio.imwrite("<bytes>", pixels, extension=".png", plugin="pillow", compress_level=LEVEL)
    return data


def read(path: Path) -> tuple[int, int]:
    """The size of a picture that was written here, all of its bytes checked.

    Raises: OSError; ValueError where it is not a whole picture.
    """
    data = path.read_bytes()
    chunks = list(_chunks(data)) if data.startswith(SIGNATURE) else []
    kinds = [kind for kind, _ in chunks]
    if kinds[:1] + kinds[-1:] != [b"IHDR", b"IEND"] or chunks[0][1][8:] != RGB:
        raise ValueError(f"{path.name} is not a whole picture")
    width, height = struct.unpack_from(">II", chunks[0][1])
    row, coder = 1 + 3 * width, zlib.decompressobj()
    try:
        packed = b"".join(content for kind, content in chunks if kind == b"IDAT")
        pixels = coder.decompress(packed, min(row * height, 3 * MOST) + 1)
    except zlib.error as error:
        raise ValueError(f"{path.name} cannot be decoded: {error}") from error
    # Each row begins with the number of its filter.
    if not coder.eof or len(pixels) != row * height or max(pixels[::row], default=5) > 4:
        raise ValueError(f"{path.name} has not the pixels that it should have")
    return width, height


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The kind and the content of each chunk; their checksums must be right."""
    at = len(SIGNATURE)
    while at < len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4])
        content, checksum = data[at + 4 : end], data[end : end + 4]
        if len(content) < 4 or checksum != zlib.crc32(content).to_bytes(4):
            raise ValueError("the picture is damaged")
        yield content[:4], content[4:]
        at = end + 4


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise cannot_write(f"picture {path.name}", error) from error
