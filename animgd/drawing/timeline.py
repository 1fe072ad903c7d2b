"""Which moment each frame shows; exact fractions, no pixels."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor

from animgd.errors import UsageError
from animgd.scene.video import LONGEST, Video, exact

STAND = Fraction(1, 1 << 16)  # of an epoch: nothing on the frame moves so little


@dataclass(frozen=True)
class Timeline:
    """The clock of a film: a hold on epoch 0, `steps` + 1 moving frames, a hold on the last epoch.

    Units: `hold_start` and `hold_end` in frames; `fps` in frames a second.
    """

    epochs: int
    steps: int
    hold_start: int
    hold_end: int
    fps: Fraction
    stops: tuple[Fraction, ...] = ()  # the moments of the moving frames, where the pace is not linear

    @property
    def count(self) -> int:
        """Frames in all."""
        return self.hold_start + self.steps + 1 + self.hold_end

    def moment(self, frame: int) -> Fraction:
        """The epoch, possibly between two, that a frame shows."""
        step = min(max(frame - self.hold_start, 0), self.steps)
        return self.stops[step] if self.stops else Fraction(step * self.epochs, self.steps)

    def first_frame(self, epoch: float | Fraction) -> int:
        """The first frame that shows an epoch, which may lie between two."""
        return bisect_left(range(self.count), True, key=lambda frame: self.moment(frame) >= epoch)

    def showing(self, epoch: Fraction | int) -> int:
        """The first frame that shows an epoch; if its step is taken apart, the one in which all parts are there."""
        first = self.first_frame(epoch)
        standing = [frame for frame in range(first, self.count) if epoch < self.moment(frame) < epoch + STAND]
        return standing[-1] if standing else first

    def moments(self) -> Iterator[tuple[Fraction, int]]:
        """Each moment once, with the number of frame periods that it stays."""
        for step in range(self.steps + 1):
            stay = 1 + (self.hold_start if step == 0 else 0) + (self.hold_end if step == self.steps else 0)
            yield self.moment(self.hold_start + step), stay


def timeline(video: Video, epochs: int) -> Timeline:
    """The timeline that a video's pace gives to a number of epochs. Raises: UsageError, where it has no end."""
    time = sum(slowness(video, epochs)) if video.slow else epochs
    steps = max(1, _nearest(time / exact(video.epochs_per_second) * Fraction(video.fps)))
    line = _line(video, epochs, steps)
    if line.count / line.fps > LONGEST:
        pace = f"{float(video.epochs_per_second):g} epochs a second"
        cure = "raise the pace, or give a --duration"
        raise UsageError(f"{epochs} epochs at {pace} last more than a day; {cure}", "epochs")
    return line


def paused(line: Timeline, frames: Sequence[int], hold: int) -> Timeline:
    """The timeline with some of its frames held for so many frames more; of the holds, the last or the first frame."""
    held = [min(max(frame - line.hold_start, 0), line.steps) for frame in frames]
    stops = [line.moment(line.hold_start + step) for step in range(line.steps + 1)]
    longer = [stop for step, stop in enumerate(stops) for _ in range(1 + hold * held.count(step))]
    return replace(line, steps=len(longer) - 1, stops=tuple(longer)) if held else line


def slowness(video: Video, epochs: int) -> list[Fraction]:
    """How many times as long as usual each epoch lasts."""
    times = [Fraction(1)] * epochs
    for first, last, factor in video.slow:
        times[first:last] = [exact(factor)] * (min(last, epochs) - min(first, epochs))
    return times


def _line(video: Video, epochs: int, steps: int) -> Timeline:
    fps = Fraction(video.fps)
    start, end = (_nearest(exact(hold) * fps) for hold in (video.hold_start, video.hold_end))
    return Timeline(epochs, steps, start, end, fps)


def lasting(video: Video, epochs: int, seconds: Fraction) -> Video:
    """The video with the pace that makes the whole film last so long. Raises: UsageError."""
    line = _line(video, epochs, 1)
    steps = _nearest(seconds * line.fps) - line.hold_start - line.hold_end - 1
    if steps < 1:
        least = float((line.hold_start + line.hold_end + 2) / line.fps)
        shortest = f"the shortest is {least:g} s"
        raise UsageError(f"a film of {float(seconds):g} s has no room for its holds; {shortest}", "duration")
    time = sum(slowness(video, epochs)) if video.slow else epochs
    return replace(video, epochs_per_second=Fraction(time) * line.fps / steps)


def _nearest(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))
