"""Clips and single frames of a lecture."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import pairwise, takewhile
from pathlib import Path

from animgd.drawing.lecture.edit import Edit
from animgd.drawing.renderer import clock
from animgd.encoders.png import save
from animgd.errors import RenderError, UsageError, cannot_write
from animgd.graphics.text import clean
from animgd.output import preflight
from animgd.output.atomic import sweep
from animgd.output.lecture.encoding import Ready
from animgd.output.lecture.film import BESIDE, Progress, opened
from animgd.output.lecture.plan import Piece, title_of
from animgd.output.lecture.workers import encode_all
from animgd.output.render import Film
from animgd.output.slides import SLIDES, writer
from animgd.output.slides.clip import Clip
from animgd.output.target import Output, Target
from animgd.scene.lecture.cards import Loop, Pause
from animgd.scene.module.catalog import safe


def check(ready: Ready, targets: Sequence[Target], still: bool) -> None:
    """Refuse outputs that could only fail. Raises: OutputError, EncoderError."""
    paths = [target.path for target in targets]
    beside = [path.with_suffix(suffix) for path in paths if path.suffix == ".mp4" for suffix in BESIDE]
    width, height = ready.size
    least = 0 if still else 2 * preflight.least("mp4", width * height * ready.plan.count)  # pieces, and the film
    preflight.check_files([*paths, *beside], [target.format for target in targets], least)


def render_frame(ready: Ready, target: Target, number: int) -> Film:
    """Write one frame of the film as it is in the film, before it is encoded. Raises: UsageError."""
    began, count = time.perf_counter(), ready.plan.count
    if not -count <= number < count:
        raise UsageError(f"--frame {number}: the film has frames 0 to {count - 1}")
    path = (
        target.path
        if target.path.suffix.lower() == ".png"
        else target.path.with_name(f"{target.path.name}-{number % count}.png")
    )
    with ExitStack() as stack:
        part = opened(path, stack)
        save(part.path, ready.picture(number % count))
        part.publish()
    output = Output(replace(target, path=path), ready.size, ready.plan.fps, 1)
    return Film((output,), time.perf_counter() - began, ready.warnings)


def clips(ready: Ready) -> Iterator[Piece]:
    """The stretches from pause to pause: each begins with the frame on which the one before it ended."""
    for piece in ready.plan.pieces:
        if piece.shown.scene is None:
            yield replace(piece, edit=Edit(0, piece.edit.last))
            continue
        each = ready.scenes[piece.shown.scene]
        line, pauses = clock(each.scene, each.recording)
        edges = sorted({0, line.count - 1, *pauses})
        for first, last in pairwise(edges):
            yield replace(piece, edit=Edit(first, last))


def render_clips(ready: Ready, target: Target, progress: Progress | None = None, jobs: int = 1) -> Film:
    """Make one film for each stretch, N-01-title.mp4 and so on. Raises: as `render_lecture`."""
    began, silent = time.perf_counter(), ready.without_pauses()
    chosen = list(clips(silent))
    whole = sum(piece.edit.count for piece in chosen)
    names = [f"{target.path.stem}-{number:02}-{safe(piece.shown.name)}.mp4" for number, piece in enumerate(chosen, 1)]
    targets = [replace(target, path=target.path.with_name(name)) for name in names]
    sweep(target.path.parent)
    with ExitStack() as stack:
        parts = [opened(each.path, stack) for each in targets]
        work = [(piece, part.path) for piece, part in zip(chosen, parts, strict=True)]
        try:
            encode_all(silent, work, jobs, lambda done: progress(done, whole) if progress else None)
        except RenderError as error:
            raise type(error)(f"{target.path.stem}: {error}") from error
        for part in parts:
            part.publish()
    made = zip(targets, chosen, strict=True)
    outputs = tuple(Output(each, ready.size, ready.plan.fps, piece.edit.count) for each, piece in made)
    return Film(outputs, time.perf_counter() - began, ready.warnings)


def render_slides(
    ready: Ready, target: Target, kinds: Sequence[str], progress: Progress | None = None, jobs: int = 1
) -> Film:
    """Make slides, one for each clip, with what is said in the pause after it as notes. Raises: as `render_lecture`."""
    began, silent = time.perf_counter(), ready.without_pauses()
    chosen, title = list(clips(silent)), ready.plan.title
    whole = sum(piece.edit.count for piece in chosen)
    sweep(target.path.parent)
    with ExitStack() as stack:
        parts = {kind: opened(target.path.with_suffix(SLIDES[kind]), stack) for kind in kinds}
        for kind, part in parts.items():
            _write(kind, part.path, title, ready, [])  # what cannot be written is found before anything is drawn
        folder = opened(target.path.with_name("clips"), stack, folder=True).path
        work = [(piece, folder / f"{number:05}.mp4") for number, piece in enumerate(chosen)]
        encode_all(silent, work, jobs, lambda done: progress(done, whole) if progress else None)
        shown = [
            _clip(silent, piece, path, words) for (piece, path), words in zip(work, _notes(ready, chosen), strict=True)
        ]
        for kind, part in parts.items():
            _write(kind, part.path, title, ready, shown)
        for part in parts.values():
            part.publish()
    outputs = [
        Output(Target(target.path.with_suffix(SLIDES[kind]), kind), ready.size, ready.plan.fps, whole) for kind in kinds
    ]
    return Film(tuple(outputs), time.perf_counter() - began, ready.warnings)


def _notes(ready: Ready, chosen: Sequence[Piece]) -> Iterator[str]:
    """The words of the pauses after each clip."""
    every = ready.plan.parts
    for piece, following in zip(chosen, [*chosen[1:], None], strict=True):
        after = every[every.index(piece.shown) + 1 :] if following is None or following.shown != piece.shown else ()
        said = takewhile(lambda shown: isinstance(shown.part, Pause), after)
        texts = [shown.part.text for shown in said if isinstance(shown.part, Pause) and shown.part.text]
        yield "\n".join(clean(line) for text in texts for line in text.splitlines())


def _clip(ready: Ready, piece: Piece, film: Path, notes: str) -> Clip:
    """A clip with its first frame as its poster."""
    poster = film.with_suffix(".png")
    save(poster, next(ready.frames(piece)).pixels)
    part, seconds = piece.shown.part, float(piece.edit.count / ready.plan.fps)
    return Clip(film, poster, title_of(part), notes, seconds, isinstance(part, Loop))


def _write(kind: str, path: Path, title: str, ready: Ready, shown: Sequence[Clip]) -> None:
    try:
        writer(kind)(path, title, ready.size, shown)
    except OSError as error:
        raise cannot_write("the slides", error) from error
