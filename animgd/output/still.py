"""Single frames of a film."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from animgd.drawing.timeline import Timeline
from animgd.errors import UsageError
from animgd.frame import Pixels
from animgd.output import render
from animgd.output.atomic import Part, sweep
from animgd.output.recorder.base import Here, Recorder
from animgd.output.render import Film
from animgd.output.target import Output, Target, blaming, check
from animgd.recording.diagnostics import remarks
from animgd.recording.model import Recording
from animgd.scene.scene import Scene

if TYPE_CHECKING:
    from animgd.drawing.renderer import Renderer


def still(
    scene: Scene,
    path: str | os.PathLike[str] | None = None,
    *,
    epoch: int | None = None,
    frame: int | None = None,
    cache: bool = True,
) -> Film | Pixels:
    """One frame, equal to that of the film, as a PNG file, or without a path as pixels.

    `frame` is its number, -1 the last (the default); `epoch` asks for the first frame that shows it instead, or if its
    step is taken apart, for the one in which all parts are there.
    Shapes: (height, width, 3). Raises: as `render`.
    """
    if epoch is not None and frame is not None:
        raise UsageError("still takes an epoch or a frame, not both")
    if epoch is not None and not 0 <= epoch <= scene.epochs:
        raise UsageError(f"no epoch {epoch}: the film shows epochs 0 to {scene.epochs}")
    number = -1 if frame is None and epoch is None else frame
    if path is not None:
        return render_stills(scene, [Still(Target(Path(path), "png"), number, epoch or 0)], Here(), cache)
    check(scene, [])
    renderer = _renderer(scene, render.recorded(scene, Here(), cache))
    return renderer.frame(_frame_number(renderer.timeline, number, epoch or 0))


class Still(NamedTuple):
    """A frame to write: the one of a number, or the first that shows an epoch, and what happens then, in words."""

    target: Target
    number: int | None
    epoch: int = 0
    happens: str = ""


def render_stills(scene: Scene, stills: Sequence[Still], recorder: Recorder, cache: bool = True) -> Film:
    """Draw single frames, each from nothing, and write them."""
    began = time.perf_counter()
    check(scene, [each.target for each in stills])
    for each in stills:
        if each.number is not None:
            _frame_number(each.target.timeline(scene), each.number, 0)
    recording = render.recorded(scene, recorder, cache)
    with blaming(scene, stills[0].target.said):
        renderer = _renderer(scene, recording)
    line = renderer.timeline
    skipped = []
    for each in stills:
        number = _frame_number(line, each.number, each.epoch)
        save(each.target, renderer.frame(number))
        shown = floor(line.moment(number))
        if each.number is None and shown != each.epoch:
            skipped.append(f"no frame shows {scene.clock_unit} {each.epoch}: {each.target.path.name} shows {shown}")
    told = (*remarks(scene, recording), *render.unkept(recorder), *renderer.remarks, *skipped)
    warnings = tuple(dict.fromkeys(told))
    made = [Output(each.target, renderer.layout.size, line.fps, 1) for each in stills]
    return Film(tuple(made), time.perf_counter() - began, warnings)


def save(target: Target, pixels: Pixels) -> None:
    """Write a picture under the target's name. Raises: OutputError."""
    from animgd.encoders.png import save

    sweep(target.path.parent)
    part = Part(target.path)
    try:
        save(part.path, pixels)
        part.publish()
    finally:
        part.discard()


def _renderer(scene: Scene, recording: Recording) -> Renderer:
    from animgd.drawing.renderer import Renderer

    return Renderer(scene, recording)


def _frame_number(line: Timeline, number: int | None, epoch: int) -> int:
    """The number of a frame, counted from 0. Raises: UsageError."""
    if number is None:
        return line.showing(epoch)
    if not -line.count <= number < line.count:
        raise UsageError(f"no frame {number}: the film has frames 0 to {line.count - 1}")
    return number % line.count
