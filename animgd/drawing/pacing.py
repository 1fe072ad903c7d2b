"""Paces that depend on what was recorded: the same number of frames, given to the epochs differently."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from animgd.drawing.timeline import Timeline, slowness
from animgd.recording.model import Recording, Series
from animgd.scene.video import Video

SETTLED = 0.005  # of the window's diagonal: a run this near to its end for good has settled
CALM = 4.0  # "settle" is at an epoch's ordinary speed after this part of the way: twice as slow at the start
FINE = 1 << 20  # moments are kept in these parts of an epoch


def paced(line: Timeline, video: Video, recording: Recording) -> Timeline:
    """The timeline with its moments where the video's pace wants them."""
    if video.pace == "linear" and not video.slow:
        return line
    end = _settled(recording, line.epochs) if video.pace == "settle" else line.epochs
    weight = np.ones(end)
    if video.pace == "distance":
        weight = _walked(recording, end)
    elif video.pace == "settle":
        weight = _calming(end)
    passed = np.concatenate([[0.0], np.cumsum(weight * np.array(slowness(video, line.epochs), float)[:end])])
    at = np.interp(np.linspace(0, passed[-1], line.steps + 1), passed, np.arange(end + 1))
    stops = [Fraction(round(moment * FINE), FINE) for moment in at.tolist()]
    return replace(line, stops=(Fraction(0), *stops[1:-1], Fraction(end)))


def _walked(recording: Recording, epochs: int) -> Series:
    """The length of each epoch's step, all runs together, as far as they are drawn; even where nothing moves."""
    total = np.zeros(epochs)
    for panel in recording.panels:
        window = panel.landscape.window
        for path in panel.runs:
            end = epochs if path.diverged_at is None else max(0, path.diverged_at - 1)
            across = np.diff(np.clip(path.bias[: end + 1], *window.bias)) / (window.bias[1] - window.bias[0])
            up = np.diff(np.clip(path.weight[: end + 1], *window.weight)) / (window.weight[1] - window.weight[0])
            total[:end] += np.hypot(across, up)
    return total if total.sum() > 0 else np.ones(epochs)


def _calming(epochs: int) -> Series:
    """Twice an epoch's time at first, ever less later."""
    result: Series = 2 / (1 + np.arange(epochs) * CALM / epochs)
    return result


def _settled(recording: Recording, epochs: int) -> int:
    """The epoch from which on no run moves away from its end any more."""
    latest = 1
    for panel in recording.panels:
        window = panel.landscape.window
        near = SETTLED * np.hypot(window.bias[1] - window.bias[0], window.weight[1] - window.weight[0])
        for path in panel.runs:
            if path.diverged_at is not None:
                latest = max(latest, path.diverged_at)
                continue
            away = np.hypot(path.bias - path.bias[-1], path.weight - path.weight[-1]) > near
            latest = max(latest, int(np.flatnonzero(away)[-1]) + 1 if away.any() else 1)
    return min(latest, epochs)
