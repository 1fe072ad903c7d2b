"""Films a lecture: each piece is encoded apart or taken from the cache, then all are joined."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from animgd._version import __version__
from animgd.drawing.lecture import cards
from animgd.drawing.lecture.edit import edited
from animgd.drawing.renderer import Renderer
from animgd.encoders import encoder
from animgd.encoders.json_data import finite
from animgd.encoders.mp4.join import join
from animgd.encoders.png import save
from animgd.errors import RenderError, cannot_write
from animgd.frame import Box, FilmInfo, Frame, Pixels
from animgd.output.atomic import Part, sweep
from animgd.output.lecture import captions, kept
from animgd.output.lecture.plan import Piece, Plan, lasting, plan
from animgd.output.lecture.staging import Staged, staged
from animgd.output.recorder.base import Recorder
from animgd.output.render import Film, recorded, unkept
from animgd.output.target import Output, Target
from animgd.recording import cache as recordings
from animgd.recording.diagnostics import remarks
from animgd.recording.events import pauses
from animgd.scene.lecture.cards import Text, Title
from animgd.scene.lecture.lecture import Lecture

BESIDE = (".vtt", ".srt", ".transcript.txt", ".png")  # what stands beside a lecture's MP4
Progress = Callable[[int, int], None]  # (frames done, frames in all)


@dataclass(frozen=True)
class Ready:
    """A lecture with its recordings, planned."""

    plan: Plan
    scenes: list[Staged]
    codes: list[str]  # what identifies the author's code of each scene
    cache: bool
    warnings: tuple[str, ...]

    @property
    def lecture(self) -> Lecture:
        """What is filmed."""
        return self.plan.lecture

    @property
    def size(self) -> tuple[int, int]:
        """Width and height. Units: pixels."""
        return self.lecture.video.width, self.lecture.video.height

    def info(self, title: str, count: int) -> FilmInfo:
        """What an encoder must know of a film of so many frames."""
        return FilmInfo(self.size, self.plan.fps, count, title, cards.page(self.size, self.lecture.style))

    def renderer(self, piece: Piece) -> Renderer:
        """Draws the scene of a piece. Raises: UsageError, SceneError."""
        assert piece.shown.scene is not None
        each = self.scenes[piece.shown.scene]
        return Renderer(each.scene, each.recording, each.lecture)

    def without_pauses(self) -> Ready:
        """The same lecture, whose scenes do not stand still at their pauses."""
        return replace(self, scenes=[replace(each, lecture=replace(each.lecture, pause=0)) for each in self.scenes])

    def picture(self, number: int) -> Pixels:
        """One frame of the film."""
        for piece in self.plan.pieces:
            if number < piece.edit.count:
                break
            number -= piece.edit.count
        for frame in self.frames(piece):
            number -= frame.periods
            if number < 0:
                return frame.pixels
        raise AssertionError("a piece has as many frames as it says")

    def frames(self, piece: Piece) -> Iterator[Frame]:
        """The frames of a piece; they depend on nothing else of the lecture."""
        if piece.shown.scene is None:
            frames = iter([Frame(self._card(piece), (Box(0, 0, *self.size),), piece.shown.frames)])
        else:
            frames = self.renderer(piece).frames()
        return edited(frames, piece.edit, cards.page(self.size, self.lecture.style))

    def _card(self, piece: Piece) -> Pixels:
        assert isinstance(piece.shown.part, Title | Text)
        return cards.card(piece.shown.part, self.size, self.lecture.style)


def prepared(lecture: Lecture, recorder: Recorder, cache: bool, seconds: Any = None) -> Ready:
    """Record all scenes of a lecture and plan it, to last so long if `seconds` are given. Raises: as `recorded`."""
    check_cards(lecture)
    recorders = [recorder.of_part(number) for number in range(len(lecture.scenes))]
    found = [recorded(scene, each, cache) for scene, each in zip(lecture.scenes, recorders, strict=True)]
    count = [len(pauses(scene, recording)) for scene, recording in zip(lecture.scenes, found, strict=True)]
    if seconds is not None:
        lecture = lasting(lecture, count, seconds)
    scenes = staged(lecture.scenes, found)
    warnings = [f"{each.scene.title}: {text}" for each in scenes for text in _remarks(each)]
    warnings += [text for each in recorders for text in unkept(each)]
    return Ready(plan(lecture, count), scenes, [each.code for each in recorders], cache, tuple(warnings))


def _remarks(staged: Staged) -> Iterator[str]:
    yield from remarks(staged.scene, staged.recording)
    yield from Renderer(staged.scene, staged.recording, staged.lecture).remarks


def check_cards(lecture: Lecture) -> None:
    """Refuse cards whose words have no room. Raises: SceneError."""
    for part in lecture.parts:
        if isinstance(part, Title | Text):
            cards.card_layout(part, (lecture.video.width, lecture.video.height), lecture.style)


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


def render_lecture(ready: Ready, targets: Sequence[Target], progress: Progress | None = None) -> Film:
    """Make the films and data of a lecture; all files take their names when all are complete.

    Raises: UsageError, SceneError, EncoderError, OutputError.
    """
    began = time.perf_counter()
    with ExitStack() as stack:
        parts = [part for target in targets for part in _made(ready, target, stack, progress)]
        for part in parts:
            part.publish()
    outputs = tuple(output(ready, target) for target in targets)
    return Film(outputs, time.perf_counter() - began, tuple(dict.fromkeys(ready.warnings)))


def _made(ready: Ready, target: Target, stack: ExitStack, progress: Progress | None) -> list[Part]:
    """The complete files of a target, not yet published; the film itself comes last."""
    sweep(target.path.parent)
    if target.format == "json":
        return [_written(target.path, data(ready), stack)]
    film = opened(target.path, stack)
    try:
        _join(ready, film, stack, progress)
    except RenderError as error:
        raise type(error)(f"{target.shown}: {error}") from error
    texts = (captions.vtt, captions.srt, captions.transcript)
    beside = [_written(target.path.with_suffix(suffix), make(ready.plan, ready.scenes), stack)
              for suffix, make in zip(BESIDE, texts, strict=False)]  # fmt: skip
    poster = opened(target.path.with_suffix(".png"), stack)
    save(poster.path, ready.picture(0))
    return [*beside, poster, film]


def _join(ready: Ready, film: Part, stack: ExitStack, progress: Progress | None) -> None:
    """Encode all pieces in a folder of their own, and join them."""
    work = opened(film.path.with_name("pieces"), stack, folder=True)
    done, files = 0, []
    for number, piece in enumerate(ready.plan.pieces):
        files.append(work.path / f"{number:05}.mp4")

        def told(frames: int, before: int = done) -> None:
            if progress:
                progress(before + frames, ready.plan.count)

        encode(ready, piece, files[-1], told)
        done += piece.edit.count
    join(files, film.path, ready.info(ready.lecture.title or "", ready.plan.count), ready.plan.chapters, work.path)


def encode(ready: Ready, piece: Piece, path: Path, told: Callable[[int], None]) -> None:
    """Write the film of a piece, or copy the cached one. Raises: EncoderError, OutputError."""
    number = piece.shown.scene
    each, code = (None, "") if number is None else (ready.scenes[number], ready.codes[number])
    name = kept.key(ready.lecture, piece, each, code)
    content = recordings.load_bytes(name, "piece") if name and ready.cache else None
    try:
        if content is None:
            _draw(ready, piece, path, told)
            if name and path.stat().st_size <= recordings.ROOM // recordings.SHARE:
                recordings.store_bytes(name, "piece", path.read_bytes())
        else:
            path.write_bytes(content)
    except OSError as error:
        raise cannot_write("a piece of the film", error) from error
    told(piece.edit.count)


def _draw(ready: Ready, piece: Piece, path: Path, told: Callable[[int], None]) -> None:
    coder, done = encoder("mp4")(path, ready.info("", piece.edit.count)), 0
    try:
        for frame in ready.frames(piece):
            coder.add(frame)
            done += frame.periods
            told(done)
        coder.finish()
    finally:
        coder.abort()


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
