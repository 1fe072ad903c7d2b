"""What is to be made: a name, a format, and what it has of its own beside the scene's film."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from animgd.declaration import changed
from animgd.encoders import FORMATS, encoder
from animgd.errors import UsageError
from animgd.scene import Scene
from animgd.timeline import Timeline, timeline

Size = tuple[int, int]


@dataclass(frozen=True)
class Limit:
    """The most that a place takes; None where it does not say.

    Units: sides in pixels, `rate` in frames a second, `duration` in seconds.
    """

    bytes: int | None = None
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    pixels: int | None = None  # of one frame
    volume: int | None = None  # pixels of all frames together
    rate: int | None = None
    duration: int | None = None
    aspect: float | None = None  # the longer side by the shorter one
    upright: Size | None = None  # width and height of a tall film, where they differ from a wide one's


@dataclass(frozen=True)
class Target:
    """One file (or folder, for `png`) to be made.

    `size` and `fps` are its own where they are given; `settings` are its encoder's, by name.
    """

    path: Path
    format: str
    size: Size | None = None
    fps: int | Fraction | None = None
    settings: tuple[tuple[str, Any], ...] = ()
    limit: Limit | None = None
    said: tuple[tuple[str, str], ...] = ()  # what the command line set, and how: ("size", "--size 640x360")

    def of(self, scene: Scene) -> Scene:
        """The scene with the size and the rate that this target has of its own."""
        if self.size is None and self.fps is None:
            return scene
        video = scene.video
        width, height = self.size or (video.width, video.height)
        return changed(scene, video=changed(video, width=width, height=height, fps=self.fps or video.fps))

    def line(self, scene: Scene) -> Timeline:
        """The timeline of this target's film, as far as it is known without a recording."""
        return timeline(self.of(scene).video, scene.epochs)


@dataclass(frozen=True)
class Output:
    """One file (or folder) that was made. Units: `size` in pixels, `frames` in frame periods."""

    target: Target
    size: Size
    fps: Fraction
    frames: int


def target(path: str | os.PathLike[str]) -> Target:
    """The format that a name's suffix says; a name without one is a folder of PNGs. Raises: UsageError."""
    path = Path(path)
    for name, format in FORMATS.items():
        if path.suffix.lower() == format.suffix:
            return Target(path, name)
    known = ", ".join(format.suffix for format in FORMATS.values() if format.suffix)
    raise UsageError(f"{path.name}: no format has the suffix {path.suffix!r}; there are {known}, and folders of PNGs")


@contextmanager
def blaming(scene: Scene, said: tuple[tuple[str, str], ...], path: Path | None = None) -> Iterator[None]:
    """Errors about a setting name what set it: an option of the command line, or the line of the scene."""
    try:
        yield
    except UsageError as error:
        if not error.about:
            raise
        text = f"{path}: {error}" if path else str(error)
        option = dict(said).get(error.about)
        if option:
            raise UsageError(f"{option}: {text}") from error
        raise UsageError(text, origin=(scene if error.about == "epochs" else scene.video).origin) from error


def check(scene: Scene, targets: list[Target]) -> None:
    """Refuse what a format cannot hold, before anything is trained. Raises: UsageError."""
    for each in targets:
        with blaming(scene, each.said, each.path):
            video, line = each.of(scene).video, each.line(scene)
            encoder(each.format).check((video.width, video.height), line.fps)
    places = {os.path.normcase(os.path.join(os.path.realpath(e.path.parent), e.path.name)) for e in targets}  # noqa: PTH118
    if len(places) < len(targets):
        raise UsageError("two outputs have the same name")
