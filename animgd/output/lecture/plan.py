"""The parts of a lecture on its clock: how many frames each has, where chapters begin, what is encoded apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from math import floor

from animgd.drawing.lecture.edit import Edit
from animgd.drawing.timeline import slowness, timeline
from animgd.encoders.mp4.join import Chapter
from animgd.errors import UsageError
from animgd.graphics.mathtext import spoken
from animgd.graphics.text import clean
from animgd.scene.lecture.cards import Loop, Pause, Text, Title
from animgd.scene.lecture.lecture import Lecture, Part
from animgd.scene.scene import Scene
from animgd.scene.video import exact

HELD = 3  # seconds: how long the pauses of scenes are held
FADE = Fraction(1, 5)  # seconds: half of a fade, at the end of a part and at the beginning of the next
SHORTEST, FIRST, WORD = 3, Fraction(3, 2), Fraction(1, 4)  # seconds: of a card, before its first word, for each word


@dataclass(frozen=True)
class Shown:
    """A part in the film. `scene` is its number among the scenes, None of cards and pauses. Units: frames."""

    part: Part
    name: str
    start: int
    frames: int
    scene: int | None = None

    @property
    def kind(self) -> str:
        """The declaration's name in lower case."""
        return type(self.part).__name__.lower()

    @property
    def end(self) -> int:
        """The frame after its last."""
        return self.start + self.frames


@dataclass(frozen=True)
class Piece:
    """What is encoded apart: a card or a scene, some of its frames, and the pauses that hold its end."""

    shown: Shown
    edit: Edit


@dataclass(frozen=True)
class Plan:
    """All parts of a lecture. Units: `fps` in frames a second."""

    lecture: Lecture
    fps: Fraction
    parts: tuple[Shown, ...]

    @property
    def count(self) -> int:
        """Frames in all."""
        return self.parts[-1].end

    @property
    def title(self) -> str:
        """The lecture's title, on one line and without TeX."""
        return spoken(clean(self.lecture.title or ""))

    @property
    def chapters(self) -> tuple[Chapter, ...]:
        """One a scene; what comes before the first one has the lecture's title."""
        found = [(shown.start, title_of(shown.part)) for shown in self.parts if shown.scene is not None]
        if not found or found[0][0]:
            found.insert(0, (0, self.title))
        ends = [*(start for start, _ in found[1:]), self.count]
        return tuple(Chapter(title, start, end) for (start, title), end in zip(found, ends, strict=True))

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """What the film is joined of: each card and scene with the pauses after it."""
        found: list[tuple[Shown, int]] = []
        for shown in self.parts:
            if isinstance(shown.part, Pause):
                found[-1] = found[-1][0], found[-1][1] + shown.frames
            else:
                found.append((shown, 0))
        return tuple(
            Piece(shown, self._edit(shown.frames, hold, number > 0, number < len(found) - 1))
            for number, (shown, hold) in enumerate(found)
        )

    def _edit(self, frames: int, hold: int, appears: bool, vanishes: bool) -> Edit:
        """All frames of a part, with half a fade at each end where it has a neighbour."""
        fade = min(frames_in(FADE, self.fps), (frames + hold) // 2) if self.lecture.transition == "fade" else 0
        return Edit(0, frames - 1, hold, fade * appears, fade * vanishes)


def plan(lecture: Lecture, pauses: Sequence[int]) -> Plan:
    """The plan of a lecture; `pauses` is how many each of its scenes has. Raises: UsageError."""
    fps, scenes = Fraction(lecture.video.fps), lecture.scenes
    numbers = accumulate((isinstance(part, Scene | Loop) for part in lecture.parts), initial=0)
    names = lecture.names or [type(part).__name__.lower() for part in lecture.parts]
    found: list[Shown] = []
    for name, part, number in zip(names, lecture.parts, numbers, strict=False):
        start = found[-1].end if found else 0
        if isinstance(part, Scene | Loop):
            scene = scenes[number]
            frames = timeline(scene.video, scene.epochs).count + pauses[number] * frames_in(HELD, fps)
            found.append(Shown(part, name, start, frames, number))
        else:
            found.append(Shown(part, name, start, max(1, frames_in(seconds(part), fps))))
    return Plan(lecture, fps, tuple(found))


def seconds(part: Title | Text | Pause) -> Fraction:
    """How long a card or a pause stands: a card as long as one reads it."""
    if isinstance(part, Pause):
        return exact(part.seconds)
    words = len(f"{part.text} {part.subtitle if isinstance(part, Title) else ''}".split())
    return max(Fraction(SHORTEST), FIRST + WORD * words)


def lasting(lecture: Lecture, pauses: Sequence[int], wanted: Fraction) -> Lecture:
    """The lecture with the paces that make it last so long; cards, holds and pauses stay. Raises: UsageError."""
    whole, scenes = plan(lecture, pauses), lecture.scenes
    steps = [timeline(scene.video, scene.epochs).steps for scene in scenes]
    target = sum(steps) + frames_in(wanted, whole.fps) - whole.count
    if target < len(steps) or not steps:
        least = float((whole.count - sum(steps) + len(steps)) / whole.fps)
        raise UsageError(f"its cards, holds and pauses take longer: the shortest is {least:g} s", "duration")
    share = Fraction(target - len(steps), sum(steps))  # beside the one that each scene has at least
    ends = [0, *(floor(done * share) + number for number, done in enumerate(accumulate(steps), 1))]
    given = [end - start for start, end in pairwise(ends)]
    return lecture.with_scenes(tuple(_in_steps(scene, count) for scene, count in zip(scenes, given, strict=True)))


def _in_steps(scene: Scene, steps: int) -> Scene:
    """The scene with the pace that gives it so many moving frames."""
    video = scene.video
    time = sum(slowness(video, scene.epochs)) if video.slow else scene.epochs
    return scene.replace(video=video.replace(epochs_per_second=Fraction(time) * Fraction(video.fps) / steps))


def frames_in(duration: Fraction | int, fps: Fraction) -> int:
    """The nearest number of frames to so many seconds."""
    return floor(duration * fps + Fraction(1, 2))


def title_of(part: Part) -> str:
    """The title of a scene, or the words of a card, on one line and without TeX."""
    shown = part.scene if isinstance(part, Loop) else part
    return spoken(clean((shown.title or "") if isinstance(shown, Scene) else shown.text))
