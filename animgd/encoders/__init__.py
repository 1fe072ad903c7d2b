"""One format a file; this is the table of them and what they share.

An encoder gets a path of its own to write to (a temporary one: `part.py` gives it and publishes it), the
`FilmInfo`, and then every frame once. A new format is one new file and one row in `FORMATS`.
"""

from __future__ import annotations

from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from animgd.frame import FilmInfo, Frame


class Encoder(Protocol):
    """Writes one film into one file (or folder)."""

    @staticmethod
    def check(size: tuple[int, int], fps: Fraction) -> None:
        """Refuse what the format cannot hold, before anything is drawn; name the nearest that works.

        Raises: UsageError.
        """

    def __init__(self, path: Path, info: FilmInfo, **settings: Any) -> None: ...

    def add(self, frame: Frame) -> None:
        """Take the next frame; whatever is needed of its pixels is copied before this returns."""

    def finish(self) -> None:
        """Complete the file and check it: afterwards it holds every frame.

        Raises: EncoderError, OutputError.
        """

    def abort(self) -> None:
        """Let go of everything (child processes, handles) at once; never raises, may come at any time."""


class Format(NamedTuple):
    """How a format is named on disk, and where its encoder lives."""

    suffix: str  # "" for a folder
    encoder: str  # "module:Class" in this package; imported when it is needed


FORMATS = {
    "mp4": Format(".mp4", "mp4.encoder:Mp4"),
    "gif": Format(".gif", "gif.encoder:Gif"),
    "png": Format("", "png:Png"),
    "json": Format(".json", "json_data:Data"),
}


def encoder(name: str) -> type[Encoder]:
    """The encoder of a format."""
    module, kind = FORMATS[name].encoder.split(":")
    found: type[Encoder] = getattr(import_module(f"{__name__}.{module}"), kind)
    return found
