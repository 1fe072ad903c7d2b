"""The points that are marked on landscapes: minima, maxima, and minima of loss and weight decay together."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import torch

from animgd.recording.model import Landscape, Minimum, Series, Trajectory
from animgd.scene.problem import Function, Window
from animgd.scene.scene import AnyOptimizer
from animgd.scene.weight_decay import ascends, coupled_decay
from animgd.training.landscape import survey
from animgd.training.minima import found_window
from animgd.training.minima.convex import EffectiveLoss, solve
from animgd.training.minima.search import AS_LOW, lowest, rest
from animgd.training.objective import Objective

SAMPLES = 61  # along each axis of the landscape that is searched for points lower than the ends of paths
FAR = 1e12  # from 0: beyond it no slope is followed

Minima = tuple[Minimum, ...]


@dataclass(frozen=True)
class TrainedRun:
    """A run with its trajectory; `loss` is the key of its objective."""

    loss: object
    optimizer: AnyOptimizer
    path: Trajectory

    def point(self, epoch: int) -> tuple[float, float]:
        """The (weight, bias) at an epoch."""
        return float(self.path.weight[epoch]), float(self.path.bias[epoch])

    @property
    def end(self) -> int:
        """Its last epoch, or the last before it is not finite or too far away."""
        path = self.path
        good = np.isfinite(path.loss) & (np.abs(path.weight) < FAR) & (np.abs(path.bias) < FAR)
        return len(good) - 1 if good.all() else max(0, int(good.argmin()) - 1)


class Marks:
    """The minima and maxima of each loss: known in advance, or found around the trajectories and in the window."""

    def __init__(self, objectives: dict[object, Objective], runs: list[TrainedRun]) -> None:
        self._objectives, self._runs = objectives, runs
        known = {loss: _known_minima(o) for loss, o in objectives.items()}
        self._searched = [loss for loss, points in known.items() if points is None]
        self._maximised = {run.loss for run in runs if ascends(run.optimizer) and not objectives[run.loss].random}
        self.minima: dict[object, Minima] = {loss: points or () for loss, points in known.items()}
        self.maxima: dict[object, Minima] = dict.fromkeys(objectives, ())

    def window(self, starts: list[tuple[float, float]], rests: list[Minimum]) -> Window:
        """The window that shows starts, trajectories, and the minima near them."""
        paths, objective = [run.path for run in self._runs], next(iter(self._objectives.values()))
        down = {loss: self._slope_ends(loss, up=False) for loss in self._searched}
        up = {loss: self._slope_ends(loss, up=True) for loss in self._maximised}
        hints = [point for points in (*down.values(), *up.values()) for point in points]
        rise = _rise(objective)
        around = found_window.searched(np.array(starts), _array(hints), paths, rise)
        landscapes = {loss: survey(self._objectives[loss], around, SAMPLES) for loss in {*down, *up}}
        self.minima |= {loss: lowest(self._objectives[loss], landscapes[loss], points) for loss, points in down.items()}
        self.maxima |= {loss: highest(self._objectives[loss], landscapes[loss], points) for loss, points in up.items()}
        shown = [point for loss, points in self.minima.items() if self._is_wanted(loss) for point in points]
        shown += [point for points in self.maxima.values() for point in points]
        return found_window.shown(np.array(starts), _array(shown + rests), paths, rise)

    def finish(self, landscapes: dict[object, Landscape]) -> None:
        """Search the landscapes of the window too, which are sampled more finely."""
        for loss, landscape in landscapes.items():
            if not self._objectives[loss].convex:
                self.minima[loss] = _verified(self.minima[loss], landscape)
        coarse = {loss for loss in (*self._searched, *self._maximised) if len(landscapes[loss].loss) < SAMPLES}
        windows = {loss: landscapes[loss].window for loss in coarse}
        landscapes = landscapes | {loss: survey(self._objectives[loss], windows[loss], SAMPLES) for loss in coarse}
        for loss in self._searched:
            self.minima[loss] = lowest(self._objectives[loss], landscapes[loss], self.minima[loss])
        for loss in self._maximised:
            self.maxima[loss] = highest(self._objectives[loss], landscapes[loss], self.maxima[loss])

    def _is_wanted(self, loss: object) -> bool:
        """Whether a window must contain the minima: not if they were searched for and all runs ascend."""
        runs = [run.optimizer for run in self._runs if run.loss == loss]
        return loss not in self._searched or not runs or not all(map(ascends, runs))

    def _slope_ends(self, loss: object, *, up: bool) -> list[Minimum]:
        """The points that the slope leads to from the starts and ends of runs that ascend (`up`) or descend."""
        function = EffectiveLoss(self._objectives[loss], up=up)
        runs = [run for run in self._runs if run.loss == loss and ascends(run.optimizer) == up]
        ends = dict.fromkeys(run.point(epoch) for run in runs for epoch in (0, run.end))
        found = [point for point in (rest(function, *end) for end in ends) if point]
        return [_negated(point) for point in found] if up else found


def _rise(objective: Objective) -> found_window.Rise:
    """How much an objective changes along each axis."""

    def across(point: Series, sides: Series) -> Series:
        steps = np.array([[0, 0], [sides[0], 0], [-sides[0], 0], [0, sides[1]], [0, -sides[1]]])
        loss = objective.values(*torch.from_numpy(point + steps).T).numpy()
        with np.errstate(invalid="ignore"):
            result: Series = np.abs(loss[1:] - loss[0]).reshape(2, 2).max(1)
        return result

    return found_window.Rise(across, 1.0 if isinstance(objective.declared, Function) else 1 / 16)


def _known_minima(objective: Objective) -> Minima | None:
    """The minima that are solved for or declared; None if they must be searched for."""
    if objective.random:
        return ()  # the lowest of many random values is not a minimum
    if objective.convex:
        solved = solve(objective)
        return (solved,) if solved else ()
    function = objective.declared
    if not isinstance(function, Function) or function.minima is None:
        return None
    points = torch.tensor([(point.weight, point.bias) for point in function.minima], dtype=torch.float64).reshape(-1, 2)
    loss = objective.values(*points.T).tolist() if len(points) else []
    marks = [Minimum(w, b, height, proven=True) for (w, b), height in zip(points.tolist(), loss, strict=True)]
    return tuple(mark for mark in marks if math.isfinite(mark.loss))


def _verified(declared: Minima, landscape: Landscape) -> Minima:
    """The declared minima, unproven if a sample of the landscape is lower."""
    sampled = landscape.loss[np.isfinite(landscape.loss)]
    if not declared or not sampled.size:
        return declared
    holds = min(point.loss for point in declared) <= sampled.min() + AS_LOW * (np.median(sampled) - sampled.min())
    return declared if holds else tuple(replace(point, proven=False) for point in declared)


def highest(objective: Objective, landscape: Landscape, hints: Iterable[Minimum] = ()) -> Minima:
    """The maxima of a loss; none if it is convex."""
    if objective.convex:
        return ()
    upside_down = replace(landscape, loss=-landscape.loss)
    return tuple(map(_negated, lowest(EffectiveLoss(objective, up=True), upside_down, map(_negated, hints))))


def decayed(objective: Objective, run: TrainedRun) -> Minimum | None:
    """The minimum of a run's loss and weight decay together; None without decay, or if it is unknown."""
    decay, up = coupled_decay(run.optimizer), ascends(run.optimizer)
    if not decay or objective.random:
        return None
    if objective.convex and not up:
        return solve(objective, decay)
    return rest(EffectiveLoss(objective, decay, up=up), *run.point(run.end))


def _negated(point: Minimum) -> Minimum:
    """The same point with the loss negated."""
    return replace(point, loss=-point.loss)


def _array(points: Iterable[Minimum]) -> Series:
    return np.array([(point.weight, point.bias) for point in points]).reshape(-1, 2)
