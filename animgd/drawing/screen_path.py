"""A trajectory on the frame: where the point is at any moment, and the pieces that its trail is made of."""

from __future__ import annotations

import bisect
import functools
import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from animgd.frame import Box
from animgd.graphics.raster import Place, clipped
from animgd.graphics.transform import AxesTransform
from animgd.layout import CompanionBox
from animgd.recording.model import Series, Trajectory
from animgd.scene.problem import Window

FINE = 64.0  # places are kept in 64ths of a pixel: what moves less is not drawn again
SHORT = 0.125  # pixels: epochs that move less join the next piece
FAR = 1e9  # pixels: what is further away is drawn as if it were there


class ScreenPath:
    """Something that moves from place to place, so many times an epoch. Units: pixels of the frame.

    Shapes: `x` and `y` are (end + 1,): after step `end` it stays. Moments are in epochs.
    """

    def __init__(self, x: Series, y: Series, box: Box, steps_per_epoch: int = 1) -> None:
        self.nearness: Series | None = None  # of what is projected, after each step: 1 in the plane that is drawn
        self.diverges = False  # at the end
        self._x, self._y = np.clip(x, -FAR, FAR), np.clip(y, -FAR, FAR)
        self.box, self.end, self.steps_per_epoch = box, len(x) - 1, steps_per_epoch
        self._asked: tuple[Fraction, Place] = Fraction(-1), (0.0, 0.0)
        self.corners, self.steps = self.simplified(SHORT)

    def step(self, moment: Fraction) -> int:
        """The steps made at a moment, at most `end`."""
        return min(moment.numerator * self.steps_per_epoch // moment.denominator, self.end)

    def moment(self, step: int) -> Fraction:
        """The moment at which so many steps are made."""
        return Fraction(step, self.steps_per_epoch)

    def simplified(self, short: float) -> tuple[list[Place], list[int]]:
        """The places of steps that are so far from the one before, and these steps. Units: pixels."""
        places = self.places(self.end + 1).tolist()
        corners, steps = [(places[0][0], places[0][1])], [0]
        for step, (x, y) in enumerate(places):
            if math.dist((x, y), corners[-1]) >= short:
                corners.append((x, y))
                steps.append(step)
        return corners, steps

    def places(self, count: int) -> Series:
        """Where the point is after each of the first steps, from none on. Shapes: (count, 2)."""
        return np.asarray(np.rint(np.stack([self._x[:count], self._y[:count]], 1) * FINE) / FINE)

    def at(self, moment: Fraction) -> Place:
        """Where the point is; between two steps on the straight piece."""
        if moment is not self._asked[0]:  # trail and point ask for the same moment
            x, y = interpolated(self._x, self._y, moment, self.steps_per_epoch)
            self._asked = moment, (round(x * FINE) / FINE, round(y * FINE) / FINE)
        return self._asked[1]

    def inside(self, moment: Fraction) -> bool:
        """Whether the point is in its box (the edge included); on a step from outside to outside it is not."""
        (x, y), box, step = self.at(moment), self.box, self.step(moment)
        if not (box.left <= x <= box.right and box.top <= y <= box.bottom):
            return False
        return not (self.outside[step] and self.outside[min(step + 1, self.end)])

    @functools.cached_property
    def outside(self) -> NDArray[np.bool_]:
        """Whether the point is outside its box, at each step. Shapes: (end + 1,)."""
        box = self.box
        inside = (box.left <= self._x) & (self._x <= box.right) & (box.top <= self._y) & (self._y <= box.bottom)
        return np.asarray(~inside)

    def crossing(self, moment: Fraction) -> tuple[Place, Place]:
        """Where the path last left its box, and the place to which it went on; of a point that is outside.

        Without a crossing it is the edge's place nearest to the point.
        """
        now, box, step = self.at(moment), self.box, self.step(moment)
        if step < self.end:
            start, end = self._place(step), self._place(step + 1)
            found = None if self.outside[step] else clipped(start, end, box)
            if found and found[1] != end and math.dist(start, now) >= math.dist(start, found[1]):
                return found[1], end
        before = bisect.bisect_left(self._leaving, step) - 1
        if before >= 0:
            left = self._leaving[before]
            found = clipped(self._place(left), self._place(left + 1), box)
            assert found is not None
            return found[1], self._place(left + 1)
        return (min(max(now[0], box.left), box.right), min(max(now[1], box.top), box.bottom)), now

    @functools.cached_property
    def _leaving(self) -> list[int]:
        """The steps after which one leaves the box."""
        ends = np.flatnonzero(self.outside[1:]).tolist()
        return [step for step in ends if clipped(self._place(step), self._place(step + 1), self.box)]

    def _place(self, step: int) -> Place:
        return float(self._x[step]), float(self._y[step])


class TrajectoryPath(ScreenPath):
    """One run on one panel."""

    def __init__(self, path: Trajectory, window: Window, box: Box) -> None:
        end = path.last
        bias, weight = path.bias[: end + 1], path.weight[: end + 1]
        transform = AxesTransform(box, window.x, window.y)
        with np.errstate(over="ignore", invalid="ignore"):
            x, y = transform.to_pixels(bias, weight)
        super().__init__(np.nan_to_num(x, nan=-FAR), np.nan_to_num(y, nan=-FAR), box, path.steps_per_epoch)
        self.diverges = path.diverged_at is not None


FURTHEST, FAINTEST = 1.0, 0.35  # a distance from the plane, in spreads of the paths, and how faint a trail is there


def nearness(path: Trajectory, spread: float) -> Series | None:
    """How near the plane a path is after each step, from `FAINTEST` to 1; None where it is all there is."""
    if path.off_plane is None:
        return None
    away = path.off_plane / spread if spread > 0 else np.zeros(len(path.off_plane))
    away = np.nan_to_num(away, nan=FURTHEST, posinf=FURTHEST)
    return np.asarray(1 - (1 - FAINTEST) * np.clip(away / FURTHEST, 0, 1))


class Curve(ScreenPath):
    """A number of one run over the epochs, in a companion. Shapes: `values` (steps + 1,)."""

    def __init__(self, path: Trajectory, values: Series, plot: CompanionBox) -> None:
        end, box = path.last, plot.box
        part = plot.transform.part(values[: end + 1])
        part = np.clip(np.nan_to_num(part, nan=2.0, posinf=2.0, neginf=-1.0), -1.0, 2.0)
        x, s = plot.transform.x(np.arange(end + 1) / path.steps_per_epoch), path.steps_per_epoch
        super().__init__(x, box.bottom - part * box.height, plot.room, s)


def interpolated(x: Series, y: Series, moment: Fraction | int, steps_per_epoch: int) -> Place:
    """Where something is that moves on straight pieces, one a step, until `x` and `y` end."""
    step, rest = divmod(moment.numerator * steps_per_epoch, moment.denominator)
    step = min(step, len(x) - 1)
    here = float(x[step]), float(y[step])
    if not rest or step == len(x) - 1:
        return here
    part = rest / moment.denominator
    return here[0] + part * (float(x[step + 1]) - here[0]), here[1] + part * (float(y[step + 1]) - here[1])


def parameters(path: Trajectory, moment: Fraction | int) -> tuple[float, float]:
    """The weight and the bias of a run; once frozen, its last."""
    end = path.last + 1
    return interpolated(path.weight[:end], path.bias[:end], moment, path.steps_per_epoch)
