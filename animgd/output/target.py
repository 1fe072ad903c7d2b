"""A file to make: its name, its format, and its own settings beside the scene's."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from animgd.drawing.timeline import Timeline, timeline
from animgd.encoders import FORMATS, encoder, refusal
from animgd.errors import OutputError, UsageError, cannot_write, near, printable
from animgd.output.byte_stream import Stream
from animgd.scene.lecture.lecture import Lecture
from animgd.scene.scene import Scene

Size = tuple[int, int]


@dataclass(frozen=True)
class Limit:
    """The limits of a platform; None where it has none.

    Units: sides in pixels, `rate` in frames a second, `duration` and `keyframe_interval` in seconds.
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
    keyframe_interval: int | None = None  # what suits it, unless the scene says otherwise


@dataclass(frozen=True)
class Target:
    """One file (or folder, for `png`) to be made.

    `size` and `fps` are its own where they are given; `settings` are its encoder's, by name. A `stream` gets what is
    made under the path, which is a temporary one then.
    """

    path: Path
    format: str
    size: Size | None = None
    fps: int | Fraction | None = None
    settings: tuple[tuple[str, Any], ...] = ()
    limit: Limit | None = None
    said: tuple[tuple[str, str], ...] = ()  # what the command line set, and how: ("size", "--size 640x360")
    stream: Stream | None = field(default=None, compare=False)

    @property
    def shown(self) -> str:
        """The name that the user knows."""
        return str(self.path) if self.stream is None else "the stream"

    def applied_to(self, scene: Scene) -> Scene:
        """The scene with the size, the rate and the key frames that this target has of its own."""
        video = scene.video
        width, height = self.size or (video.width, video.height)
        interval = video.keyframe_interval or (self.limit.keyframe_interval if self.limit else None)
        own = video.replace(width=width, height=height, fps=self.fps or video.fps, keyframe_interval=interval)
        return scene if own == video else scene.replace(video=own)

    def timeline(self, scene: Scene) -> Timeline:
        """The timeline of this target's film, as far as it is known without a recording."""
        return timeline(self.applied_to(scene).video, scene.epochs)

    def output(self, scene: Scene, still: bool = False) -> Output:
        """What will be made: a film, or with `still` one picture."""
        video, line = self.applied_to(scene).video, self.timeline(scene)
        return Output(self, (video.width, video.height), line.fps, 1 if still else line.count)


@dataclass(frozen=True)
class Output:
    """One file (or folder) that was made. Units: `size` in pixels, `frames` in frame periods."""

    target: Target
    size: Size
    fps: Fraction
    frames: int


def target(place: str | os.PathLike[str] | Stream, format: str | None = None) -> Target:
    """A name, whose suffix says the format (one without a suffix is a folder of PNGs), or a stream of `format`.

    Raises: UsageError, OutputError.
    """
    if isinstance(place, Stream):
        return _poured(place, format)
    try:
        path = Path(place)
    except TypeError:
        raise UsageError(f"{place!r} is not a file name or a binary stream") from None
    for name, kind in FORMATS.items():
        if path.suffix.lower() == kind.suffix:
            return Target(path, name)
    known = ", ".join(kind.suffix for kind in FORMATS.values() if kind.suffix)
    raise UsageError(f"{path.name}: {refusal(path.suffix, f'{known}, or a folder for PNGs')}")


@contextmanager
def blaming(scene: Scene | Lecture, said: tuple[tuple[str, str], ...], shown: str | None = None) -> Iterator[None]:
    """Errors about a setting name what set it: an option of the command line, or the line of the scene."""
    try:
        yield
    except UsageError as error:
        if not error.about:
            raise
        text = f"{shown}: {error}" if shown else str(error)
        option = dict(said).get(error.about)
        if option:
            raise UsageError(f"{option}: {text}") from error
        raise UsageError(text, origin=(scene if error.about == "epochs" else scene.video).origin) from error


def _poured(stream: Stream, format: str | None) -> Target:
    """A target whose bytes go to a stream, which is asked whether it takes any."""
    kinds = [name for name, kind in FORMATS.items() if kind.suffix]
    if format is None:
        raise UsageError('a stream needs a format, such as format="gif"')
    if format not in kinds:
        raise UsageError(f"unknown format {format!r} for a stream: choose from {', '.join(kinds)}{near(format, kinds)}")
    try:
        stream.write(b"")
    except TypeError:
        raise UsageError("the stream takes text: open it in binary mode") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot write to the stream: {error}") from error
    try:
        place = Path(tempfile.gettempdir())
    except OSError as error:
        raise cannot_write("a temporary file", error) from error
    return Target(place / f"animgd-{secrets.token_hex(8)}.{format}", format, stream=stream)


def check(scene: Scene, targets: list[Target]) -> None:
    """Refuse what a format cannot hold, before anything is trained. Raises: UsageError, SceneError."""
    if scene.style.font is not None:
        from animgd.graphics.fonts import face

        face(scene.style)
    for each in targets:
        with blaming(scene, each.said, each.shown):
            made = each.output(scene)
            encoder(each.format).check(made.size, made.fps)
    places = {_place(each) for each in targets}
    streams = [id(each.stream) for each in targets if each.stream is not None]
    if len(places) < len(targets) or len(set(streams)) < len(streams):
        raise UsageError("two outputs have the same name")


def _place(target: Target) -> str:
    """The name of an output without links, to compare it with others. Raises: OutputError."""
    try:
        parent = os.path.realpath(target.path.parent)
    except FileNotFoundError as error:
        gone = "the working folder no longer exists: go to another one, or give an absolute path with -o"
        raise OutputError(f"cannot write {printable(target.shown)}: {gone}") from error
    return os.path.normcase(os.path.join(parent, target.path.name))  # noqa: PTH118
