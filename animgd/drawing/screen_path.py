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
    """Something that moves from place to place, an epoch at a time. Units: pixels of the frame.

    Shapes: `x` and `y` are (end + 1,): after epoch `end` it stays.
    """

    def __init__(self, x: Series, y: Series, box: Box) -> None:
        self.nearness: Series | None = None  # of what is projected, at each epoch: 1 in the plane that is drawn
        self._x, self._y = np.clip(x, -FAR, FAR), np.clip(y, -FAR, FAR)
        self.box, self.end = box, len(x) - 1
        self._asked: tuple[Fraction, Place] = Fraction(-1), (0.0, 0.0)
        self.corners, self.epochs = self.simplified(SHORT)

    def simplified(self, short: float) -> tuple[list[Place], list[int]]:
        """The places of epochs that are so far from the one before, and these epochs. Units: pixels."""
        corners, epochs = [self.at(Fraction(0))], [0]
        x, y = (np.rint(places * FINE) / FINE for places in (self._x, self._y))
        for epoch, corner in enumerate(zip(x.tolist(), y.tolist(), strict=True)):
            if math.dist(corner, corners[-1]) >= short:
                corners.append(corner)
                epochs.append(epoch)
        return corners, epochs

    def at(self, moment: Fraction) -> Place:
        """Where the point is; between two epochs on the straight piece."""
        if moment is not self._asked[0]:  # trail and point ask for the same moment
            x, y = interpolated(self._x, self._y, moment)
            self._asked = moment, (round(x * FINE) / FINE, round(y * FINE) / FINE)
        return self._asked[1]

    def inside(self, moment: Fraction) -> bool:
        """Whether the point is in its box (the edge included)."""
        x, y = self.at(moment)
        box = self.box
        return box.left <= x <= box.right and box.top <= y <= box.bottom

    @property
    def outside(self) -> NDArray[np.bool_]:
        """Whether the point is outside its box, at each epoch. Shapes: (end + 1,)."""
        box = self.box
        inside = (box.left <= self._x) & (self._x <= box.right) & (box.top <= self._y) & (self._y <= box.bottom)
        return np.asarray(~inside)

    def crossing(self, moment: Fraction) -> tuple[Place, Place]:
        """Where the path last left its box, and the place to which it went on; of a point that is outside.

        Without a crossing it is the edge's place nearest to the point.
        """
        now, box, epoch = self.at(moment), self.box, min(moment.numerator // moment.denominator, self.end)
        if epoch < self.end:
            start, end = self._place(epoch), self._place(epoch + 1)
            found = clipped(start, end, box)
            if found and found[1] != end and math.dist(start, now) >= math.dist(start, found[1]):
                return found[1], end
        before = bisect.bisect_left(self._leaving, epoch) - 1
        if before >= 0:
            left = self._leaving[before]
            found = clipped(self._place(left), self._place(left + 1), box)
            assert found is not None
            return found[1], self._place(left + 1)
        return (min(max(now[0], box.left), box.right), min(max(now[1], box.top), box.bottom)), now

    @functools.cached_property
    def _leaving(self) -> list[int]:
        """The epochs after which a step leaves the box."""
        ends = np.flatnonzero(self.outside[1:]).tolist()
        return [epoch for epoch in ends if clipped(self._place(epoch), self._place(epoch + 1), self.box)]

    def _place(self, epoch: int) -> Place:
        return float(self._x[epoch]), float(self._y[epoch])


class TrajectoryPath(ScreenPath):
    """One run on one panel."""

    def __init__(self, path: Trajectory, window: Window, box: Box) -> None:
        end = path.last
        bias, weight = path.bias[: end + 1], path.weight[: end + 1]
        transform = AxesTransform(box, window.x, window.y)
        with np.errstate(over="ignore", invalid="ignore"):
            x, y = transform.to_pixels(bias, weight)
        super().__init__(np.nan_to_num(x, nan=-FAR), np.nan_to_num(y, nan=-FAR), box)


FURTHEST, FAINTEST = 1.0, 0.25  # a distance from the plane, in spreads of the paths, and how faint a trail is there


def nearness(path: Trajectory, spread: float) -> Series | None:
    """How near the plane a path is at each epoch, from `FAINTEST` to 1; None where it is all there is."""
    if path.off_plane is None:
        return None
    away = path.off_plane / spread if spread > 0 else np.zeros(len(path.off_plane))
    away = np.nan_to_num(away, nan=FURTHEST, posinf=FURTHEST)
    return np.asarray(1 - (1 - FAINTEST) * np.clip(away / FURTHEST, 0, 1))


class LossCurve(ScreenPath):
    """The loss of one run in a companion."""

    def __init__(self, path: Trajectory, plot: CompanionBox) -> None:
        end, box = path.last, plot.box
        loss = path.loss[: end + 1]
        part = plot.transform.part(loss)
        part = np.clip(np.nan_to_num(part, nan=2.0, posinf=2.0, neginf=-1.0), -1.0, 2.0)
        super().__init__(plot.transform.x(np.arange(end + 1)), box.bottom - part * box.height, plot.room)


def interpolated(x: Series, y: Series, moment: Fraction | int) -> Place:
    """Where something is that moves on straight pieces, an epoch each, until `x` and `y` end."""
    epoch, rest = divmod(moment.numerator, moment.denominator)
    epoch = min(epoch, len(x) - 1)
    here = float(x[epoch]), float(y[epoch])
    if not rest or epoch == len(x) - 1:
        return here
    part = rest / moment.denominator
    return here[0] + part * (float(x[epoch + 1]) - here[0]), here[1] + part * (float(y[epoch + 1]) - here[1])


def parameters(path: Trajectory, moment: Fraction | int) -> tuple[float, float]:
    """The weight and the bias of a run; once frozen, its last."""
    end = path.last + 1
    return interpolated(path.weight[:end], path.bias[:end], moment)
