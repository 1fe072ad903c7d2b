"""A lecture that is ready to be drawn, and the encoding of its pieces, each alone or from the cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from animgd.drawing.lecture import cards
from animgd.drawing.lecture.edit import edited
from animgd.drawing.renderer import Renderer
from animgd.encoders import encoder
from animgd.errors import cannot_write
from animgd.frame import Box, FilmInfo, Frame, Pixels
from animgd.output.lecture import kept
from animgd.output.lecture.plan import Piece, Plan, lasting, plan
from animgd.output.lecture.staging import Staged, staged
from animgd.output.recorder.base import Recorder
from animgd.output.render import recorded, unkept
from animgd.recording import cache as recordings
from animgd.recording.diagnostics import remarks
from animgd.recording.events import pauses
from animgd.recording.model import Recording
from animgd.scene.lecture.cards import Text, Title
from animgd.scene.lecture.lecture import Lecture


@dataclass(frozen=True)
class Ready:
    """A lecture with its recordings, planned."""

    plan: Plan
    scenes: list[Staged]
    codes: list[str]  # what identifies the author's code of each scene
    cache: bool
    warnings: tuple[str, ...] = ()
    holds: bool = True  # whether the pauses of scenes do

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
        page = cards.page(self.size, self.lecture.style)
        video = self.lecture.video
        return FilmInfo(self.size, self.plan.fps, count, title, page,
                        quality=video.quality, keyframe_interval=video.keyframe_interval)  # fmt: skip

    def renderer(self, piece: Piece) -> Renderer:
        """Draws the scene of a piece. Raises: UsageError, SceneError."""
        assert piece.shown.scene is not None
        each = self.scenes[piece.shown.scene]
        return Renderer(each.scene, each.recording, each.lecture)

    def without_pauses(self) -> Ready:
        """The same lecture, whose scenes do not stand still at their pauses."""
        scenes = [replace(each, lecture=replace(each.lecture, pause=0)) for each in self.scenes]
        return replace(self, scenes=scenes, holds=False)

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


def prepared(lecture: Lecture, recorder: Recorder, cache: bool, seconds: Fraction | None = None) -> Ready:
    """Record all scenes of a lecture and plan it, to last so long if `seconds` are given. Raises: as `recorded`."""
    check_cards(lecture)
    recorders = [recorder.of_part(number) for number in range(len(lecture.scenes))]
    found = [recorded(scene, each, cache) for scene, each in zip(lecture.scenes, recorders, strict=True)]
    if seconds is not None:
        lecture = lasting(lecture, _pauses(lecture, found), seconds)
    ready = planned(lecture, found, [each.code for each in recorders], cache)
    warnings = [f"{each.scene.title}: {text}" for each in ready.scenes for text in _remarks(each)]
    warnings += [text for each in recorders for text in unkept(each)]
    return replace(ready, warnings=tuple(dict.fromkeys(warnings)))


def planned(lecture: Lecture, found: Sequence[Recording], codes: list[str], cache: bool) -> Ready:
    """A lecture with the recordings of its scenes. Raises: UsageError."""
    return Ready(plan(lecture, _pauses(lecture, found)), staged(lecture.scenes, found), codes, cache)


def _pauses(lecture: Lecture, found: Sequence[Recording]) -> list[int]:
    """How many pauses each scene has."""
    return [len(pauses(scene, recording)) for scene, recording in zip(lecture.scenes, found, strict=True)]


def _remarks(staged: Staged) -> Iterator[str]:
    yield from remarks(staged.scene, staged.recording)
    yield from Renderer(staged.scene, staged.recording, staged.lecture).remarks


def check_cards(lecture: Lecture) -> None:
    """Refuse cards whose words have no room. Raises: SceneError."""
    for part in lecture.parts:
        if isinstance(part, Title | Text):
            cards.card_layout(part, (lecture.video.width, lecture.video.height), lecture.style)


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
