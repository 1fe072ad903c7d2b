"""A trajectory on the frame: where the point is at any moment, and the pieces that its trail is made of."""

from __future__ import annotations

import math
from fractions import Fraction

from animgd.frames import Box
from animgd.ink import Place
from animgd.records import Series, Trajectory
from animgd.scene import Window

FINE = 64.0  # places are kept in 64ths of a pixel: what moves less is not drawn again
SHORT = 0.125  # pixels: epochs that move less join the next piece


class Track:
    """One run on one panel. Units: pixels of the frame."""

    def __init__(self, path: Trajectory, window: Window, box: Box) -> None:
        last = len(path.weight) - 1
        self.end = last if path.diverged_at is None else max(0, path.diverged_at - 1)
        self._bias, self._weight = path.bias[: self.end + 1], path.weight[: self.end + 1]
        self._window, self.box = window, box
        self.room = min(box.right - box.left, box.bottom - box.top)
        self._x = self._across(self._bias)
        self._y = self._up(self._weight)
        self._asked: tuple[Fraction, Place] = Fraction(-1), (0.0, 0.0)
        self.corners, self.epochs = self._simplified()

    def _across(self, bias: Series) -> Series:
        low, high = self._window.bias
        return self.box.left + (bias - low) / (high - low) * (self.box.right - self.box.left)

    def _up(self, weight: Series) -> Series:
        low, high = self._window.weight
        return self.box.bottom - (weight - low) / (high - low) * (self.box.bottom - self.box.top)

    def _simplified(self) -> tuple[list[Place], list[int]]:
        corners, epochs = [self.at(Fraction(0))], [0]
        x, y = self._x.tolist(), self._y.tolist()
        for epoch in range(1, self.end + 1):
            if math.hypot(x[epoch] - corners[-1][0], y[epoch] - corners[-1][1]) >= SHORT:
                corners.append((x[epoch], y[epoch]))
                epochs.append(epoch)
        return corners, epochs

    def at(self, moment: Fraction) -> Place:
        """Where the point is; between two epochs on the straight piece."""
        if moment != self._asked[0]:  # trail and point ask for the same moment
            self._asked = moment, self._between(moment)
        return self._asked[1]

    def _between(self, moment: Fraction) -> Place:
        epoch = min(moment.numerator // moment.denominator, self.end)
        x, y = self._x[epoch], self._y[epoch]
        if epoch < self.end and moment > epoch:
            part = float(moment - epoch)
            x, y = x + part * (self._x[epoch + 1] - x), y + part * (self._y[epoch + 1] - y)
        return round(float(x) * FINE) / FINE, round(float(y) * FINE) / FINE

    def inside(self, moment: Fraction) -> bool:
        """Whether the point is in the window (its edge included)."""
        x, y = self.at(moment)
        box = self.box
        return box.left <= x <= box.right and box.top <= y <= box.bottom
