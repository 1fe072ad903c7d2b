"""The places that are marked on a scene's landscapes: minima, maxima, and where loss and decay together rest."""

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
from animgd.training.minima.convex import Descended, solve
from animgd.training.minima.search import AS_LOW, lowest, rest
from animgd.training.objective import Objective

SAMPLES = 61  # along each axis, where lower places than those that paths lead to are looked for
FAR = 1e12  # from where no slope is followed

Places = tuple[Minimum, ...]


@dataclass(frozen=True)
class Walk:
    """A run with what it did; `loss` tells its objective."""

    loss: object
    optimizer: AnyOptimizer
    path: Trajectory

    def place(self, epoch: int) -> tuple[float, float]:
        """Where it is at an epoch, as (weight, bias)."""
        return float(self.path.weight[epoch]), float(self.path.bias[epoch])

    @property
    def end(self) -> int:
        """Its last epoch, or the one before it is not finite or too far away."""
        path = self.path
        good = np.isfinite(path.loss) & (np.abs(path.weight) < FAR) & (np.abs(path.bias) < FAR)
        return len(good) - 1 if good.all() else max(0, int(good.argmin()) - 1)


class Marks:
    """The minima and maxima of each loss: known beforehand, or found around the paths and in the window."""

    def __init__(self, objectives: dict[object, Objective], walks: list[Walk]) -> None:
        self._objectives, self._walks = objectives, walks
        known = {loss: _known(o) for loss, o in objectives.items()}
        self._open = [loss for loss, places in known.items() if places is None]
        self._climbed = {walk.loss for walk in walks if ascends(walk.optimizer) and not objectives[walk.loss].random}
        self.minima: dict[object, Places] = {loss: places or () for loss, places in known.items()}
        self.maxima: dict[object, Places] = dict.fromkeys(objectives, ())

    def window(self, starts: list[tuple[float, float]], rests: list[Minimum]) -> Window:
        """The window that shows starts, paths, and what is lowest near to them."""
        paths, objective = [walk.path for walk in self._walks], next(iter(self._objectives.values()))
        down = {loss: self._led_to(loss, up=False) for loss in self._open}
        up = {loss: self._led_to(loss, up=True) for loss in self._climbed}
        hints = [place for places in (*down.values(), *up.values()) for place in places]
        rise = _rise(objective)
        around = found_window.wide(np.array(starts), _array(hints), paths, rise)
        lands = {loss: survey(self._objectives[loss], around, SAMPLES) for loss in {*down, *up}}
        self.minima |= {loss: lowest(self._objectives[loss], lands[loss], places) for loss, places in down.items()}
        self.maxima |= {loss: highest(self._objectives[loss], lands[loss], places) for loss, places in up.items()}
        shown = [place for loss, places in self.minima.items() if self._is_wanted(loss) for place in places]
        shown += [place for places in self.maxima.values() for place in places]
        return found_window.framed(np.array(starts), _array(shown + rests), paths, rise)

    def finish(self, lands: dict[object, Landscape]) -> None:
        """Look into the window as well, which is sampled more finely."""
        for loss, land in lands.items():
            if not self._objectives[loss].convex:
                self.minima[loss] = _doubted(self.minima[loss], land)
        coarse = {loss for loss in (*self._open, *self._climbed) if len(lands[loss].loss) < SAMPLES}
        lands = lands | {loss: survey(self._objectives[loss], lands[loss].window, SAMPLES) for loss in coarse}
        for loss in self._open:
            self.minima[loss] = lowest(self._objectives[loss], lands[loss], self.minima[loss])
        for loss in self._climbed:
            self.maxima[loss] = highest(self._objectives[loss], lands[loss], self.maxima[loss])

    def _is_wanted(self, loss: object) -> bool:
        """Whether a window must hold the minima: where all runs ascend, those that had to be searched say nothing."""
        runs = [walk.optimizer for walk in self._walks if walk.loss == loss]
        return loss not in self._open or not runs or not all(map(ascends, runs))

    def _led_to(self, loss: object, *, up: bool) -> list[Minimum]:
        """Where the slope leads from the starts and the ends of runs that go that way."""
        function = Descended(self._objectives[loss], up=up)
        walks = [walk for walk in self._walks if walk.loss == loss and ascends(walk.optimizer) == up]
        ends = dict.fromkeys(walk.place(epoch) for walk in walks for epoch in (0, walk.end))
        found = [place for place in (rest(function, *end) for end in ends) if place]
        return [_turned(place) for place in found] if up else found


def _rise(objective: Objective) -> found_window.Rise:
    """How much a loss changes along each axis."""

    def across(place: Series, sides: Series) -> Series:
        steps = np.array([[0, 0], [sides[0], 0], [-sides[0], 0], [0, sides[1]], [0, -sides[1]]])
        loss = objective.values(*torch.from_numpy(place + steps).T).numpy()
        with np.errstate(invalid="ignore"):
            result: Series = np.abs(loss[1:] - loss[0]).reshape(2, 2).max(1)
        return result

    return found_window.Rise(across, 1.0 if isinstance(objective.declared, Function) else 1 / 16)


def _known(objective: Objective) -> Places | None:
    """The minima that need no landscape: solved for, or declared; None where they must be searched."""
    if objective.random:
        return ()  # the lowest of many draws is no minimum
    if objective.convex:
        solved = solve(objective)
        return (solved,) if solved else ()
    function = objective.declared
    if not isinstance(function, Function) or function.minima is None:
        return None
    places = torch.tensor([(place.weight, place.bias) for place in function.minima], dtype=torch.float64).reshape(-1, 2)
    loss = objective.values(*places.T).tolist() if len(places) else []
    marks = [Minimum(w, b, height, proven=True) for (w, b), height in zip(places.tolist(), loss, strict=True)]
    return tuple(mark for mark in marks if math.isfinite(mark.loss))


def _doubted(declared: Places, land: Landscape) -> Places:
    """Minima that are declared are proven unless a sample is lower."""
    sampled = land.loss[np.isfinite(land.loss)]
    if not declared or not sampled.size:
        return declared
    holds = min(place.loss for place in declared) <= sampled.min() + AS_LOW * (np.median(sampled) - sampled.min())
    return declared if holds else tuple(replace(place, proven=False) for place in declared)


def highest(objective: Objective, landscape: Landscape, hints: Iterable[Minimum] = ()) -> Places:
    """Where a loss is highest; a convex one has no highest place."""
    if objective.convex:
        return ()
    upside_down = replace(landscape, loss=-landscape.loss)
    return tuple(map(_turned, lowest(Descended(objective, up=True), upside_down, map(_turned, hints))))


def decayed(objective: Objective, walk: Walk) -> Minimum | None:
    """Where a run's loss and its weight decay together rest; None without decay, or where it is not known."""
    decay, up = coupled_decay(walk.optimizer), ascends(walk.optimizer)
    if not decay or objective.random:
        return None
    if objective.convex and not up:
        return solve(objective, decay)
    return rest(Descended(objective, decay, up=up), *walk.place(walk.end))


def _turned(place: Minimum) -> Minimum:
    """The same place where the landscape is upside down."""
    return replace(place, loss=-place.loss)


def _array(places: Iterable[Minimum]) -> Series:
    return np.array([(place.weight, place.bias) for place in places]).reshape(-1, 2)
