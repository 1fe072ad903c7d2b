"""What is called from Python with a scene or a lecture: films, arrays, plots."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from animgd import notebook
from animgd.encoders import encoder
from animgd.errors import UsageError
from animgd.frame import Frame, Pixels
from animgd.output import preflight
from animgd.output.byte_stream import Stream
from animgd.output.recorder.base import Here, Known, Recorder
from animgd.output.render import Film, recorded, render_targets
from animgd.output.target import Target, blaming, check, target
from animgd.recording.model import Recording
from animgd.scene.lecture.lecture import Lecture
from animgd.scene.lecture.names import named
from animgd.scene.scene import Scene

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Progress = Callable[[int, int], None]  # (frames done, frames in all)
OF_LECTURES = ("mp4", "json")  # formats


def record(scene: Scene, progress: Progress | None = None) -> Recording:
    """Train every run and sample every landscape of a scene, anew; `progress` gets the steps done, and all.

    Raises: SceneError.
    """
    _must_be(scene, Scene)
    recorder = Here(progress)
    recorder.begin(scene)
    recording = recorder.result()
    object.__setattr__(recording, "scene", scene)  # for `render` and `plot`
    return recording


def render(
    film: Scene | Lecture | Recording,
    *paths: str | os.PathLike[str] | Stream,
    format: str | None = None,
    progress: Progress | None = None,
    cache: bool = True,
) -> Film:
    """Film a scene or a lecture to each path, whose suffix chooses the format, or into a binary stream, in `format`.

    A recording that `record` has made is filmed as it is, with the look of its scene. Without a path it is a temporary
    MP4, which is removed when the program ends. In a notebook what is returned shows itself. A lecture is MP4, with
    captions, transcript and poster beside it, or JSON. `cache=False` records again even if a recording is kept.

    Raises: SceneError, UsageError before anything is drawn; EncoderError, OutputError. Whatever is raised, under
    each name is what was there before; a stream gets bytes only when all films are complete.
    """
    if format is not None and not any(isinstance(path, Stream) for path in paths):
        raise UsageError("format= is for streams only: the suffix of a name chooses its format")
    _must_be(film, Scene, Lecture, Recording)
    recorder: Here | None = None
    if isinstance(film, Recording):
        recorder, cache = Known(film), False
        film = _scene_of(film)
    targets = [target(path, format) for path in paths or [notebook.temporary()]]
    with notebook.watched(progress, film.title or "") as (trained, drawn):
        if isinstance(film, Lecture):
            return _lecture(_named(film), targets, Here(trained), drawn, cache)
        check(film, targets)
        preflight.check(film, targets)
        return render_targets(film, targets, recorder or Here(trained), drawn, cache)


def _scene_of(recording: Recording) -> Scene:
    """The scene of a recording. Raises: UsageError."""
    if recording.scene is None:
        raise UsageError("this recording does not know its scene: film the scene, whose recordings are kept")
    return recording.scene


def _lecture(
    lecture: Lecture, targets: list[Target], recorder: Recorder, progress: Progress | None, cache: bool
) -> Film:
    from animgd.output.lecture import encoding, film, pieces

    size = lecture.video.width, lecture.video.height
    for each in targets:
        if each.stream is not None or each.format not in OF_LECTURES:
            raise UsageError(f"{each.shown}: a lecture is a file with the suffix .mp4 or .json")
        with blaming(lecture, (), each.shown):
            encoder(each.format).check(size, Fraction(lecture.video.fps))
    preflight.check_files([each.path for each in targets], [each.format for each in targets], 0)
    ready = encoding.prepared(lecture, recorder, cache)
    pieces.check(ready, targets, still=False)
    return film.render_lecture(ready, targets, progress)


def frames(film: Scene | Lecture, *, cache: bool = True) -> Iterator[Pixels]:
    """All frames of a film in their order, equal to those that `render` writes into a folder of PNGs.

    Each is an array of its own. Shapes: (height, width, 3). Raises: as `render`, before the first frame.
    """
    _must_be(film, Scene, Lecture)
    if isinstance(film, Lecture):
        from animgd.output.lecture.encoding import prepared

        ready = prepared(_named(film), Here(), cache)
        return _copies(frame for piece in ready.plan.pieces for frame in ready.frames(piece))
    check(film, [])
    recording = recorded(film, Here(), cache)
    from animgd.drawing.renderer import Renderer

    return _copies(Renderer(film, recording).frames())


def _named(lecture: Lecture) -> Lecture:
    """The lecture with titles and names where it has none."""
    return named(lecture, {}, "lecture")


def _copies(drawn: Iterator[Frame]) -> Iterator[Pixels]:
    """An array for each frame period."""
    for frame in drawn:
        for _ in range(frame.periods):
            yield np.array(frame.pixels, order="C")


def plot(
    scene: Scene | Recording, panel: int = 0, epoch: int | None = None, ax: Axes | None = None, *, cache: bool = True
) -> Axes:
    """Draw a panel on a matplotlib Axes, by default the current one: map, contours, trails, marks.

    scene (`Scene`, or a `Recording` that `record` has made).
    epoch (int; default: the last): how far the trails go. Raises: as `render`.
    """
    _must_be(scene, Scene, Recording)
    if ax is not None and not hasattr(ax, "imshow"):
        raise UsageError(f"ax must be one Axes of matplotlib, not {type(ax).__name__}: choose one, such as axes[0]")
    recording = recorded(scene, Here(), cache) if isinstance(scene, Scene) else scene
    count = len(recording.panels)
    if panel not in range(count):
        raise UsageError(f"no panel {panel!r}: there are panels 0 to {count - 1}")
    last = max((int(run.epoch(len(run.weight) - 1)) for run in recording.panels[panel].runs), default=0)
    if epoch is not None and not 0 <= epoch <= last:
        raise UsageError(f"no epoch {epoch}: the panel has epochs 0 to {last}")
    from animgd.drawing.plot import plot as draw

    drawn: Axes = draw(recording, scene if isinstance(scene, Scene) else scene.scene, panel, epoch, ax)
    return drawn


def _must_be(value: object, *kinds: type) -> None:
    """Raises: UsageError: it is nothing that can be filmed or drawn."""
    if not isinstance(value, kinds):
        names = " or a ".join(kind.__name__ for kind in kinds)
        raise UsageError(f"expected a {names}, not {type(value).__name__}")
