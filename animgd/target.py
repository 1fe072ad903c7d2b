"""What is to be made: a name, a format, and what it has of its own beside the scene's film."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

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

    def of(self, scene: Scene) -> Scene:
        """The scene with the size and the rate that this target has of its own."""
        if self.size is None and self.fps is None:
            return scene
        video = scene.video
        width, height = self.size or (video.width, video.height)
        changed = replace(scene, video=replace(video, width=width, height=height, fps=self.fps or video.fps))
        object.__setattr__(changed, "origin", scene.origin)
        return changed

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


def check(scene: Scene, targets: list[Target]) -> None:
    """Refuse what a format cannot hold, before anything is trained. Raises: UsageError."""
    for each in targets:
        video = each.of(scene).video
        encoder(each.format).check((video.width, video.height), Fraction(video.fps))
    places = {os.path.normcase(os.path.join(os.path.realpath(e.path.parent), e.path.name)) for e in targets}  # noqa: PTH118
    if len(places) < len(targets):
        raise UsageError("two outputs have the same name")
