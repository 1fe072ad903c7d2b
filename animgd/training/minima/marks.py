"""The points that are marked on landscapes: minima, maxima, and minima of loss and weight decay together."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import torch

from animgd.recording.model import Landscape, Minimum, Series, Trajectory
from animgd.scene.problem import Function, Point, Window
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
TrainedRun = tuple[AnyOptimizer, Trajectory]


class Marks:
    """The minima and maxima of a loss: known in advance, or found around the trajectories and in the window."""

    def __init__(self, objective: Objective, runs: list[TrainedRun], known: Minima | None) -> None:
        """`known` are the `known_minima`."""
        self.objective, self.runs = objective, runs
        self._is_searched = known is None
        self._is_maximised = not objective.random and any(ascends(optimizer) for optimizer, _ in runs)
        self.minima: Minima = known or ()
        self.maxima: Minima = ()

    def follow(self) -> Minima:
        """Follow the slope from the starts and ends of runs; returns the points that it leads to."""
        if self._is_searched:
            self.minima = self._slope_ends(up=False)
        if self._is_maximised:
            self.maxima = self._slope_ends(up=True)
        return (*(self.minima if self._is_searched else ()), *self.maxima)

    def search(self, window: Window, landscape: Landscape | None = None) -> None:
        """Search a window, of which a landscape may be known."""
        if not (self._is_searched or self._is_maximised):
            return
        if landscape is None or len(landscape.loss) < SAMPLES:
            landscape = survey(self.objective, window, SAMPLES)
        if self._is_searched:
            self.minima = lowest(self.objective, landscape, self.minima)
        if self._is_maximised:
            self.maxima = highest(self.objective, landscape, self.maxima)

    def finish(self, landscape: Landscape) -> None:
        """Search the landscape of the scene's window too, which is sampled more finely."""
        if not self.objective.convex:
            self.minima = _verified(self.minima, landscape)
        self.search(landscape.window, landscape)

    @property
    def shown(self) -> Minima:
        """The points in a window: not minima that were searched for if all runs ascend."""
        wanted = not (self._is_searched and self.runs and all(ascends(optimizer) for optimizer, _ in self.runs))
        return (*(self.minima if wanted else ()), *self.maxima)

    def _slope_ends(self, *, up: bool) -> Minima:
        """The points that the slope leads to from the starts and ends of runs that ascend (`up`) or descend."""
        function = EffectiveLoss(self.objective, up=up)
        paths = [found_window.points_of(path, FAR) for optimizer, path in self.runs if ascends(optimizer) == up]
        ends = dict.fromkeys(tuple(end) for points in paths for end in points[[0, -1]].tolist())
        found = [point for point in (rest(function, *end) for end in ends) if point]
        return tuple(map(_negated, found) if up else found)


def window_of(marks: list[Marks], rests: list[Minimum]) -> Window:
    """The window that shows starts, trajectories, and the minima near them; `rests` are shown too."""
    starts = _array([start for each in marks for start in each.objective.starts])
    objective, paths = marks[0].objective, [found_window.points_of(path) for each in marks for _, path in each.runs]
    hints = [point for each in marks for point in each.follow()]
    around = found_window.searched(starts, _array(hints), paths, objective)
    for each in marks:
        each.search(around)
    shown = [point for each in marks for point in each.shown]
    return found_window.shown(starts, _array([*shown, *rests]), paths, objective)


def known_minima(objective: Objective) -> Minima | None:
    """The minima that are solved for or declared; None if they must be searched for."""
    if objective.random:
        return ()  # the lowest of many random values is not a minimum
    if objective.convex:
        solved = solve(objective)
        return (solved,) if solved else ()
    function = objective.declared
    if not isinstance(function, Function) or function.minima is None:
        return None
    loss = objective.values(*torch.from_numpy(_array(function.minima)).T).tolist() if function.minima else []
    points = zip(function.minima, loss, strict=True)
    return tuple(Minimum(p.weight, p.bias, height, proven=True) for p, height in points if math.isfinite(height))


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


def decayed(objective: Objective, optimizer: AnyOptimizer, path: Trajectory) -> Minimum | None:
    """The minimum of a run's loss and weight decay together; None without decay, or if it is unknown."""
    decay, up = coupled_decay(optimizer), ascends(optimizer)
    if not decay or objective.random:
        return None
    if objective.convex and not up:
        return solve(objective, decay)
    return rest(EffectiveLoss(objective, decay, up=up), *found_window.points_of(path, FAR)[-1].tolist())


def _negated(point: Minimum) -> Minimum:
    """The same point with the loss negated."""
    return replace(point, loss=-point.loss)


def _array(points: Iterable[Minimum | Point]) -> Series:
    return np.array([(point.weight, point.bias) for point in points]).reshape(-1, 2)
