"""The scenes of a lecture with their recordings, and what they share: looks of labels, colour scales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from animgd.graphics.color_scale import Scale, scale
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
    groups: list[tuple[tuple[Any, ...], list[Any]]] = []
    panels: list[list[int]] = []
    for scene, recording in zip(scenes, recordings, strict=True):
        kind = scene.style.scale or theme_of(scene.style).scale
        panels.append([])
        for panel, recorded in zip(scene.grid, with_objective(scene, recording).panels, strict=True):
            key = kind, scene.problem, panel.loss, recorded.landscape.decay
            number = next((n for n, (other, _) in enumerate(groups) if other == key), len(groups))
            if number == len(groups):
                groups.append((key, []))
            if not any(np.array_equal(recorded.landscape.loss, loss) for loss in groups[number][1]):
                groups[number][1].append(recorded.landscape.loss)
            panels[-1].append(number)
    scales = [scale(np.concatenate([loss.ravel() for loss in losses]), key[0]) for key, losses in groups]
    return [tuple(scales[number] for number in row) for row in panels]
