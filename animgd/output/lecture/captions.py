"""Captions and a transcript, made from cards, pauses and what happens in scenes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from animgd.drawing.event_schedule import length
from animgd.drawing.renderer import clock
from animgd.graphics.mathtext import spoken
from animgd.graphics.text import clean
from animgd.layout.measure import shown_title
from animgd.output.lecture.plan import Plan, Shown
from animgd.output.lecture.staging import Staged
from animgd.recording.events import Event, events, first, same_as
from animgd.recording.model import Recording
from animgd.scene.lecture.cards import Pause, Text, Title
from animgd.scene.scene import Scene

LINE, MOST = 42, 3  # characters of a line, and sentences of a caption
ENDS = (".", "?", "!", ":", "\N{HORIZONTAL ELLIPSIS}")  # of a sentence
TOGETHER, LONGEST = Fraction(5, 2), 5  # seconds: events within the first share a caption, which stays for the second
WORDS = {"overshoot": "overshoots by {}", "swing_back": "swings back by {}", "settled": "settles at {} {}",
         "leaves": "leaves the map", "returns": "comes back to the map", "diverged": "diverges"}  # fmt: skip


class Cue(NamedTuple):
    """A caption. Units: frames; `end` is not part of it."""

    start: int
    end: int
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it; captions show the first `MOST` sentences."""
        return ". ".join(self.sentences)

    @property
    def shown(self) -> str:
        """What can be read in its time."""
        return ". ".join(self.sentences[:MOST])


def cues(plan: Plan, scenes: Sequence[Staged]) -> list[Cue]:
    """All captions, in their order; none overlap."""
    found = [cue for shown in plan.parts for cue in _of_part(shown, scenes, plan.fps)]
    ends = [*(cue.start for cue in found[1:]), plan.count]
    return [cue._replace(end=min(cue.end, end)) for cue, end in zip(found, ends, strict=True)]


def _of_part(shown: Shown, scenes: Sequence[Staged], fps: Fraction) -> Iterator[Cue]:
    """The captions of a part; a scene's title stands until something happens."""
    if shown.scene is None:
        words = _said(shown.part)
        if words:
            yield Cue(shown.start, shown.end, (words,))
        return
    staged = scenes[shown.scene]
    line, _ = clock(staged.scene, staged.recording, staged.lecture.pause)
    said: dict[int, list[str]] = {0: [spoken(clean(staged.scene.title or shown.name or "Scene"))]}
    for epoch, words in happenings(staged.scene, staged.recording):
        frame = line.first_frame(epoch)
        last = max(said)
        near = frame - last < TOGETHER * fps and last > 0
        said.setdefault(last if near else frame, []).append(words)
    for frame, sentences in said.items():
        start = shown.start + frame
        yield Cue(start, min(start + round(LONGEST * fps), shown.end), tuple(sentences))


def _said(part: object) -> str:
    """What a card shows, or what a pause wants to be said."""
    if isinstance(part, Title):
        title, more = spoken(clean(part.text)), spoken(clean(part.subtitle))
        return f"{title}{'' if title.endswith(ENDS) else ':'} {more}" if more.strip() else title
    return spoken(clean(part.text)) if isinstance(part, Text | Pause) else ""


def happenings(scene: Scene, recording: Recording) -> list[tuple[Fraction | int, str]]:
    """What happens in a scene: the epochs, and sentences; of equal panels, the first one's."""
    found: list[tuple[Fraction | int, str]] = []
    for number, (panel, recorded) in enumerate(zip(scene.grid, recording.panels, strict=True)):
        if same_as(recording, number) is not None:
            continue
        for run, declared in enumerate(panel.runs):
            title, label = spoken(clean(shown_title(panel))), spoken(clean(declared.label))
            who = f"{label[:1].upper()}{label[1:]} on {title}" if label else title
            told = first(events(recorded, run))
            found += [(event.epoch, f"{who} {_words(event, scene.clock_unit)}") for event in told]
    return sorted(found, key=lambda each: each[0])


def _words(event: Event, unit: str) -> str:
    words = WORDS[event.kind]
    if event.kind == "settled":
        return words.format(unit, ceil(event.epoch))
    return words.format(length(float(event.value))) if event.value else words


def vtt(plan: Plan, scenes: Sequence[Staged]) -> str:
    """The captions as WebVTT."""
    text = "\n\n".join(
        f"{_clock(cue.start, plan.fps, '.')} --> {_clock(cue.end, plan.fps, '.')}\n{_lines(_escaped(cue.shown))}"
        for cue in cues(plan, scenes)
    )
    return f"WEBVTT\n\n{text}\n"


def srt(plan: Plan, scenes: Sequence[Staged]) -> str:
    """The captions as SubRip."""
    return "\n".join(
        f"{n}\n{_clock(cue.start, plan.fps, ',')} --> {_clock(cue.end, plan.fps, ',')}\n{_lines(cue.shown)}\n"
        for n, cue in enumerate(cues(plan, scenes), 1)
    )


def transcript(plan: Plan, scenes: Sequence[Staged]) -> str:
    """All that is said, under the title of each chapter, which is not said again."""
    said = cues(plan, scenes)
    lines = [] if plan.chapters[0].title == plan.title else [plan.title, ""]
    for title, start, end in plan.chapters:
        lines += [f"[{_clock(start, plan.fps, '.')[:-4]}] {title}"]
        inside = [_without(title, cue.text) for cue in said if start <= cue.start < end]
        lines += [*(line for text in inside for line in textwrap.wrap(text, 100)), ""]
    return "\n".join(lines).strip() + "\n"


def _without(title: str, text: str) -> str:
    """What is said after a title, or all of it."""
    if text == title:
        return ""
    rest = text.removeprefix(title)
    return rest.lstrip(": ") if rest.startswith((": ", " ") if title.endswith(ENDS) else ": ") else text


def _clock(frame: int, fps: Fraction, point: str) -> str:
    """A time as hours, minutes, seconds and thousandths."""
    thousandths = round(frame / fps * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{point}{rest % 1000:03}"


def _lines(text: str) -> str:
    return "\n".join(textwrap.wrap(text, LINE)) or text


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
