"""Paces that depend on what was recorded: the same number of frames, given to the epochs differently."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from animgd.drawing.timeline import Timeline, slowness
from animgd.recording.model import Recording, Series
from animgd.recording.windows.nearer import rest_of
from animgd.scene.video import Video

SETTLED = 0.005  # of the window's diagonal: a run this near to its end for good has settled
CALM = 4.0  # "settle" is at an epoch's ordinary speed after this part of the way: twice as slow at the start
FINE = 1 << 20  # moments are kept in these parts of an epoch
# The pace "auto": single steps at the beginning, then ever shorter ones.
FIRST, STEP = 6, 0.36  # epochs that take their time, and the seconds of each
SHARE = 0.4  # of the moving time that the first epochs take at most
ALIKE = 12  # epochs: in a shorter film all take the same time
QUICK = 0.2  # seconds: an epoch that is shorter is not eased
LENS = 0.08  # seconds: an epoch that a lens shows is not shorter


def paced(line: Timeline, video: Video, recording: Recording) -> Timeline:
    """The timeline with its moments where the video's pace wants them."""
    if video.pace == "linear" and not video.slow:
        return line
    if video.pace == "auto":
        return replace(line, stops=_stops(_eased(line, video, _magnified(recording)), line.epochs))
    end = _settled(recording, line.epochs) if video.pace == "settle" else line.epochs
    weight = np.ones(end)
    if video.pace == "distance":
        weight = _walked(recording, end)
    elif video.pace == "settle":
        weight = _calming(end)
    passed = np.concatenate([[0.0], np.cumsum(weight * np.array(slowness(video, line.epochs), float)[:end])])
    at = np.interp(np.linspace(0, passed[-1], line.steps + 1), passed, np.arange(end + 1))
    return replace(line, stops=_stops(at, end))


def _stops(at: Series, end: int) -> tuple[Fraction, ...]:
    """The moments of the moving frames as fractions, from epoch 0 to the end."""
    stops = [Fraction(round(moment * FINE), FINE) for moment in at.tolist()]
    return (Fraction(0), *stops[1:-1], Fraction(end))


def _magnified(recording: Recording) -> int | None:
    """The first epoch that a lens may show, in whatever size and look: all formats have one timeline."""
    found = [rest_of(panel) for panel in recording.panels if panel.near]
    return min((rest.epoch for rest in found if rest), default=None)


def _eased(line: Timeline, video: Video, magnified: int | None) -> Series:
    """The moment of each moving frame: each epoch starts and ends gently as long as it takes its time."""
    seconds = _durations(line.epochs, line.steps, float(line.fps), magnified)
    seconds *= np.array(slowness(video, line.epochs), float)
    seconds *= line.steps / float(line.fps) / seconds.sum()
    starts = np.concatenate([[0.0], np.cumsum(seconds)])
    clock = np.arange(line.steps + 1) / float(line.fps)
    epoch = np.clip(np.searchsorted(starts, clock, "right") - 1, 0, line.epochs - 1)
    part = np.clip((clock - starts[epoch]) / seconds[epoch], 0, 1)
    gentle = np.clip((seconds[epoch] - QUICK) / (STEP - QUICK), 0, 1)
    moments: Series = epoch + part + gentle * (part**2 * (3 - 2 * part) - part)
    return np.maximum.accumulate(moments)


def _durations(epochs: int, steps: int, fps: float, magnified: int | None = None) -> Series:
    """The seconds of each epoch: after the first ones, each takes q times as long as the one before, and a frame at
    least, or `LENS` from the epoch that a lens magnifies on; q is such that the film has its number of frames."""
    whole, least = steps / fps, np.full(epochs, 1 / fps)
    if magnified is not None and max(LENS, 1 / fps) <= whole / epochs:
        least[magnified:] = max(LENS, 1 / fps)
    first = min(STEP, SHARE * whole / FIRST, (whole - least[FIRST:].sum()) / FIRST)
    if epochs <= ALIKE or steps <= epochs or whole / epochs >= first:
        return np.full(epochs, whole / epochs)

    def seconds(q: float) -> Series:
        result: Series = np.maximum(least, first * q ** np.maximum(0, np.arange(epochs) - FIRST + 1))
        return result

    low, high = 0.0, 1.0
    for _ in range(60):
        q = (low + high) / 2
        low, high = (q, high) if seconds(q).sum() < whole else (low, q)
    return seconds(low)


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
