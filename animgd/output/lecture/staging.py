"""The scenes of a lecture with their recordings, and what they share: looks of labels, colour scales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from animgd.graphics.color_scale import DEEPEST, Scale, scale
from animgd.graphics.theme import theme_of
from animgd.layout.elements import InLecture
from animgd.output.lecture.plan import HELD
from animgd.recording.model import Recording
from animgd.recording.objective import with_objective
from animgd.scene.lecture.looks import looks
from animgd.scene.scene import Scene


@dataclass(frozen=True)
class Staged:
    """A scene of a lecture, ready to be drawn."""

    scene: Scene
    recording: Recording
    lecture: InLecture


def staged(scenes: Sequence[Scene], recordings: Sequence[Recording]) -> list[Staged]:
    """The scenes with what each shares with the others."""
    rows = zip(scenes, recordings, looks(scenes), shared_scales(scenes, recordings), strict=True)
    return [Staged(scene, recording, InLecture(own, scales, HELD)) for scene, recording, own, scales in rows]


def shared_scales(scenes: Sequence[Scene], recordings: Sequence[Recording]) -> list[tuple[Scale | None, ...]]:
    """The colour scale of each panel: one for all panels that show the same function, whatever their windows."""
    groups: list[tuple[tuple[Any, ...], list[Scale]]] = []
    panels: list[list[int | None]] = []
    for scene, recording in zip(scenes, recordings, strict=True):
        kind = scene.style.scale or theme_of(scene.style).scale
        panels.append([])
        for panel, recorded in zip(scene.grid, with_objective(scene, recording).panels, strict=True):
            own = scale(recorded.landscape.loss, kind)
            key = kind, own and own.log, scene.problem, panel.loss, recorded.landscape.decay
            number = next((n for n, (other, _) in enumerate(groups) if other == key), len(groups))
            if number == len(groups):
                groups.append((key, []))
            groups[number][1].extend([own] if own else [])
            panels[-1].append(number if own else None)
    scales = [_over_all(own) for _, own in groups]
    return [tuple(None if number is None else scales[number] for number in row) for row in panels]


def _over_all(scales: list[Scale]) -> Scale | None:
    """The scale that holds all of them."""
    if not scales:
        return None
    low, high = min(each.low for each in scales), max(each.high for each in scales)
    log = scales[0].log
    floor = max(low, high * DEEPEST) if log else low
    return Scale(floor, high, log, cut=floor > low or any(each.cut for each in scales))
