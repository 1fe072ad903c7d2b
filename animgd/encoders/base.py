"""What an encoder offers: everything that the rest of animgd must know of a format."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

from animgd.frame import FilmInfo, Frame

MAY_HOLD = re.compile(r"\d{5,}\.png|\.DS_Store|Thumbs\.db|desktop\.ini")  # what a film's folder may hold
Size = tuple[int, int]
Holds = Callable[[Size, Fraction, int], bool]  # whether a file is a film of that size, rate and number of frames


class Encoder:
    """Writes one film into one file (or folder) at a temporary path, which the caller publishes."""

    options: ClassVar[tuple[str, ...]] = ()  # settings that `__init__` takes and the command line offers, by name
    bytes_per_pixel: ClassVar[float] = 0.0  # that a frame takes at least; real films take more
    sized: ClassVar[bool] = False  # whether a limit in bytes makes the film smaller
    pictures: ClassVar[bool] = True  # whether the file holds the frames, so that decoders can show them

    @staticmethod
    def check(size: Size, fps: Fraction) -> None:
        """Refuse a size or rate that the format cannot hold, and name the nearest that works. Raises: UsageError."""

    @staticmethod
    def preflight() -> None:
        """Check that the programs that the encoder runs can be used. Raises: EncoderError."""

    @staticmethod
    def reduced(settings: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        """The settings of ever smaller files, for a film that must fit a limit in bytes."""
        return ()

    @staticmethod
    def survey(path: Path) -> Holds:
        """Read a file to its end. Raises: an error of any kind, where it is not a whole film of this format."""
        raise ValueError(f"{path.name} cannot be read back")

    def __init__(self, path: Path, info: FilmInfo, **settings: Any) -> None:
        self.path, self.info = path, info

    def add(self, frame: Frame) -> None:
        """Take the next frame; what is needed of its pixels is copied before this returns."""

    def finish(self) -> None:
        """Complete the file and verify it. Raises: EncoderError, OutputError."""

    def abort(self) -> None:
        """Release everything (child processes, handles) at once; never raises, and may come at any time."""


def regular(path: Path) -> Path:
    """The path itself, if it is a regular file; a pipe is not opened. Raises: ValueError."""
    if not path.is_file():
        raise ValueError(f"{path.name} is not a file")
    return path
