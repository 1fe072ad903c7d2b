"""Paces that depend on what was recorded: the same number of frames, given to the epochs differently."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil

import numpy as np

from animgd.drawing.timeline import STAND, Timeline, slowness
from animgd.recording.model import Recording, Series
from animgd.recording.settling import settled_at
from animgd.recording.windows.nearer import rests
from animgd.scene.video import Video

CALM = 4.0  # "settle" is at an epoch's ordinary speed after this part of the way: twice as slow at the start
FINE = 1 << 20  # moments are kept in these parts of an epoch
# The pace "auto": single steps at the beginning, then ever shorter ones.
FIRST, STEP = 6, 0.36  # epochs that take their time, and the seconds of each
SHARE = 0.4  # of the moving time that the first epochs take at most
ALIKE = 12  # epochs: in a shorter film all take the same time
# A step that is taken apart: seconds until all of it is there, until it is made, and after that; it takes at least
# this part of them, if the film is too short for more.
APART, LEAST_PART = (4.0, 1.0, 0.4), 0.15
QUICK = 0.2  # seconds: an epoch that is shorter is not eased
LENS = 0.08  # seconds: an epoch that a lens shows is not shorter


def paced(line: Timeline, video: Video, recording: Recording, apart: tuple[int, ...] = ()) -> Timeline:
    """The timeline with its moments where the video's pace wants them; steps from epochs in `apart` are slow.

    Each of these stands still while it is taken apart: its frames show moments within STAND of the epoch. Then the
    step is made, and stands again at its end. The other epochs share the rest of the frames.
    """
    if video.pace == "linear" and not video.slow:
        return line
    end = _end(line, video, recording)
    slow, frames = slow_steps(line, video, recording, apart)
    usual = np.array([epoch for epoch in range(end) if epoch not in slow])
    shorter = replace(line, epochs=len(usual), steps=line.steps - len(slow) * sum(frames))
    times = np.array(slowness(video, line.epochs), float)[usual]
    if video.pace == "auto":
        at = _eased(shorter, times, _magnified(recording, usual))
    else:
        weight = _walked(recording, end)[usual] if video.pace == "distance" else np.ones(len(usual))
        weight = _calming(len(usual)) if video.pace == "settle" else weight if weight.sum() > 0 else weight + 1
        passed = np.concatenate([[0.0], np.cumsum(weight * times)])
        at = np.interp(np.linspace(0, passed[-1], shorter.steps + 1), passed, np.arange(len(usual) + 1))
    return replace(line, stops=_stops(at, end, slow, frames))


def slow_steps(
    line: Timeline, video: Video, recording: Recording, apart: tuple[int, ...]
) -> tuple[list[int], tuple[int, ...]]:
    """Which of the steps from some epochs are slow, and the frames in which each is taken apart, made, and rests."""
    end = _end(line, video, recording)
    slow = [epoch for epoch in sorted(apart) if epoch < end and video.pace != "linear"]
    frames = _frames(line, end, len(slow))
    return (slow, frames) if frames else ([], ())


def _magnified(recording: Recording, usual: Series) -> int | None:
    """How many of some epochs come before the first that a lens may show: all formats have one timeline."""
    found = zip(rests(recording.panels), recording.panels, strict=True)
    first = min((rest.epoch for rest, panel in found if rest and panel.near), default=None)
    return None if first is None else int((usual < first).sum())


def _end(line: Timeline, video: Video, recording: Recording) -> int:
    return _settled(recording, line.epochs) if video.pace == "settle" else line.epochs


def _frames(line: Timeline, end: int, steps: int) -> tuple[int, ...]:
    """The frames of a slow step; () without a slow step, or without time for one."""
    usual = end - steps
    room = min(line.steps // 2, line.steps - usual) if steps and usual else 0
    part = min(1.0, room / steps / float(line.fps) / sum(APART)) if steps else 0.0
    frames = tuple(max(1, int(part * seconds * line.fps)) for seconds in APART)
    return frames if part >= LEAST_PART and steps * sum(frames) <= room else ()


def _stops(at: Series, end: int, slow: list[int], frames: tuple[int, ...]) -> tuple[Fraction, ...]:
    """The moments of the moving frames as fractions, from epoch 0 to the end; `at` knows nothing of slow steps."""
    stops, moments = [Fraction(0)], at[1:-1].tolist()
    for done, epoch in enumerate(slow):
        border = epoch - done
        stops += [_fine(done + moment) for moment in moments if moment < border]
        moments = [moment for moment in moments if moment >= border]
        stops += _slow(epoch, frames)
    return (*stops, *(_fine(len(slow) + moment) for moment in moments), Fraction(end))


def _slow(epoch: int, frames: tuple[int, ...]) -> list[Fraction]:
    """The moments of a step that is taken apart, made, and rests."""
    built, made, rests = frames
    parts = [k / made for k in range(1, made + 1)]
    way = [_fine(part**2 * (3 - 2 * part)) for part in parts]
    return [
        *(epoch + STAND * Fraction(k, built) for k in range(built)),
        *(epoch + STAND + (1 - 2 * STAND) * part for part in way),
        *(epoch + 1 - STAND + STAND * Fraction(k, rests + 1) for k in range(1, rests + 1)),
    ]


def _fine(moment: float) -> Fraction:
    return Fraction(round(moment * FINE), FINE)


def _eased(line: Timeline, times: Series, magnified: int | None) -> Series:
    """The moment of each moving frame: each epoch starts and ends gently as long as it takes its time.

    Shapes: `times` is (epochs,), how many times as long as usual each epoch lasts. From `magnified` on a lens is open.
    """
    seconds = _durations(line.epochs, line.steps, float(line.fps), magnified) * times
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
    """The length of each epoch's steps, all runs together, as far as they are drawn; even where nothing moves."""
    total = np.zeros(epochs)
    for panel in recording.panels:
        window = panel.landscape.window
        for path in panel.runs:
            end = len(path.weight) - 1 if path.diverged_at is None else path.last
            across = np.diff(np.clip(path.bias[: end + 1], *window.bias)) / (window.bias[1] - window.bias[0])
            up = np.diff(np.clip(path.weight[: end + 1], *window.weight)) / (window.weight[1] - window.weight[0])
            np.add.at(total, np.arange(end) // path.steps_per_epoch, np.hypot(across, up))
    return total if total.sum() > 0 else np.ones(epochs)


def _calming(epochs: int) -> Series:
    """Twice an epoch's time at first, ever less later."""
    result: Series = 2 / (1 + np.arange(epochs) * CALM / epochs)
    return result


def _settled(recording: Recording, epochs: int) -> int:
    """The epoch from which on all runs stay at their minima or have diverged; the last one if some never do."""
    every = [(panel, run, path) for panel in recording.panels for run, path in enumerate(panel.runs)]
    ends = [
        settled_at(panel, run) if path.diverged_at is None else path.epoch(path.diverged_at)
        for panel, run, path in every
    ]
    return min(epochs, max([1, *(epochs if end is None else ceil(end) for end in ends)]))
