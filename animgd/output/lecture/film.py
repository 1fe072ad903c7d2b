"""Films a lecture: each piece is encoded apart or taken from the cache, then all are joined."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from animgd._version import __version__
from animgd.drawing.renderer import Renderer
from animgd.encoders import encoder
from animgd.encoders.json_data import finite
from animgd.encoders.mp4.join import join
from animgd.encoders.png import save
from animgd.errors import RenderError, cannot_write
from animgd.output.atomic import Part, sweep
from animgd.output.lecture import captions
from animgd.output.lecture.encoding import Ready
from animgd.output.lecture.workers import encode_all
from animgd.output.render import Film
from animgd.output.target import Output, Target

BESIDE = (".vtt", ".srt", ".transcript.txt", ".png")  # what stands beside a lecture's MP4
Progress = Callable[[int, int], None]  # (frames done, frames in all)


def existing(ready: Ready, target: Target) -> Target | None:
    """The target, if its film is whole and what stands beside it is there; None otherwise."""
    beside = all(target.path.with_suffix(suffix).is_file() for suffix in BESIDE)
    try:
        held = target.format == "mp4" and encoder("mp4").survey(target.path)
    except (OSError, ValueError):
        return None
    return target if held and beside and held(ready.size, ready.plan.fps, ready.plan.count) else None


def output(ready: Ready, target: Target) -> Output:
    """What a target holds."""
    return Output(target, ready.size, ready.plan.fps, ready.plan.count)


def render_lecture(ready: Ready, targets: Sequence[Target], progress: Progress | None = None, jobs: int = 1) -> Film:
    """Make the films and data of a lecture, so many pieces at a time; all files take their names when all are complete.

    Raises: UsageError, SceneError, EncoderError, OutputError.
    """
    began = time.perf_counter()
    with ExitStack() as stack:
        parts = [part for target in targets for part in _made(ready, target, stack, progress, jobs)]
        for part in parts:
            part.publish()
    outputs = tuple(output(ready, target) for target in targets)
    took = time.perf_counter() - began
    return Film(outputs, took, tuple(dict.fromkeys(ready.warnings)), partial(ready.picture, 0))


def _made(ready: Ready, target: Target, stack: ExitStack, progress: Progress | None, jobs: int) -> list[Part]:
    """The complete files of a target, not yet published; the film itself comes last."""
    sweep(target.path.parent)
    if target.format == "json":
        return [_written(target.path, data(ready), stack)]
    film = opened(target.path, stack)
    try:
        _join(ready, film, stack, progress, jobs)
    except RenderError as error:
        raise type(error)(f"{target.shown}: {error}") from error
    texts = (captions.vtt, captions.srt, captions.transcript)
    beside = [_written(target.path.with_suffix(suffix), make(ready.plan, ready.scenes), stack)
              for suffix, make in zip(BESIDE, texts, strict=False)]  # fmt: skip
    poster = opened(target.path.with_suffix(".png"), stack)
    save(poster.path, ready.picture(0))
    return [*beside, poster, film]


def _join(ready: Ready, film: Part, stack: ExitStack, progress: Progress | None, jobs: int) -> None:
    """Encode all pieces in a folder of their own, and join them."""
    folder, count = opened(film.path.with_name("pieces"), stack, folder=True).path, ready.plan.count
    work = [(piece, folder / f"{number:05}.mp4") for number, piece in enumerate(ready.plan.pieces)]
    encode_all(ready, work, jobs, lambda done: progress(done, count) if progress else None)
    info = ready.info(ready.lecture.title or "", count)
    join([path for _, path in work], film.path, info, ready.plan.chapters, folder)


def data(ready: Ready) -> str:
    """The lecture as JSON."""
    found = {
        "animgd": __version__,
        "title": ready.lecture.title or "",
        "width": ready.size[0],
        "height": ready.size[1],
        "fps": f"{ready.plan.fps.numerator}/{ready.plan.fps.denominator}",
        "frames": ready.plan.count,
        "parts": [
            {"kind": shown.kind, "name": shown.name, "first_frame": shown.start, "frames": shown.frames,
             "scene": None if shown.scene is None else _described(ready, shown.scene)}
            for shown in ready.plan.parts
        ],
    }  # fmt: skip
    return json.dumps(finite(found), allow_nan=False, separators=(",", ":")) + "\n"


def _described(ready: Ready, scene: int) -> dict[str, Any]:
    each = ready.scenes[scene]
    return Renderer(each.scene, each.recording, each.lecture).info.describe()


def opened(path: Path, stack: ExitStack, folder: bool = False) -> Part:
    """A temporary file beside an output; it is removed with the stack if it is not published. Raises: OutputError."""
    part = Part(path, folder)
    stack.callback(part.discard)
    return part


def _written(path: Path, text: str, stack: ExitStack) -> Part:
    part = opened(path, stack)
    try:
        part.path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise cannot_write(path, error) from error
    return part
