"""What lies under an output's name already: read to its end, and told with its own size, rate and length."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from animgd.encoders import png
from animgd.encoders.gif import container as gif_container
from animgd.encoders.mp4 import container as mp4_container
from animgd.output.atomic import OURS
from animgd.output.budget import ladder
from animgd.output.target import Output, Size, Target
from animgd.scene.scene import Scene

Is = Callable[[Size, Fraction, int], bool]  # whether a file is a film of that size, rate and number of frames


def existing(target: Target, scene: Scene, still: bool = False) -> Output | None:
    """What is there, if it is whole and what the scene asks for, within the target's limit; None otherwise.

    `still`: the target is one picture.
    """
    try:
        held = _picture(target.path) if still else READERS[target.format](target.path)
        if target.limit and target.limit.bytes and target.path.stat().st_size > target.limit.bytes:
            return None
    except (OSError, ValueError, TypeError, LookupError, RecursionError, MemoryError):
        return None
    for rung in [target] if target.limit is None else ladder(scene, target):
        video, line = rung.applied_to(scene).video, rung.timeline(scene)
        count = 1 if still else line.count
        if held((video.width, video.height), line.fps, count):
            return Output(target, (video.width, video.height), line.fps, count)
    return None


def _regular(path: Path) -> Path:
    """The path itself; a pipe is not opened. Raises: ValueError."""
    if not path.is_file():
        raise ValueError(f"{path.name} is not a file")
    return path


def _mp4(path: Path) -> Is:
    film = mp4_container.read(_regular(path))
    return lambda size, fps, count: film == (count, fps, size)


def _gif(path: Path) -> Is:
    film = gif_container.survey(_regular(path))
    return lambda size, fps, count: (
        film.size == size and film.hundredths == gif_container.clock(count, fps) and film.keeps(fps)
    )


def _json(path: Path) -> Is:
    film = json.loads(_regular(path).read_text(encoding="ascii"))
    told = (film["width"], film["height"]), film["fps"], film["frames"], len(film["epoch_of_frame"])
    return lambda size, fps, count: told == (size, f"{fps.numerator}/{fps.denominator}", count, count)


def _png(folder: Path) -> Is:
    names = sorted(path.name for path in folder.iterdir() if not OURS.fullmatch(path.name) or path.suffix == ".png")
    if names != sorted(png.names(len(names))):
        raise ValueError(f"{folder.name} holds something else than the pictures of a film")
    sizes = {png.read(_regular(folder / name)) for name in names}
    return lambda size, fps, count: sizes == {size} and len(names) == count


def _picture(path: Path) -> Is:
    held = png.read(_regular(path))
    return lambda size, fps, count: held == size


READERS: dict[str, Callable[[Path], Is]] = {"mp4": _mp4, "gif": _gif, "png": _png, "json": _json}
