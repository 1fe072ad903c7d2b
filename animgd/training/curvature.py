"""How a loss is curved where a run comes to rest: the eigenvalues of its Hessian."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from animgd.errors import SceneError
from animgd.recording.model import Curvature, Minimum, Series, Trajectory
from animgd.scene.weight_decay import coupled_decay, is_sgd
from animgd.training.minima.marks import FAR, Minima, TrainedRun
from animgd.training.objective import Objective, one_thread

# Distances between which gradients are compared, in parts of a point's distance from 0. Gradients are exact, in double
# precision, so the smallest are best, unless a loss computes in single precision.
REACHES = (1e-6, 1e-5, 1e-4, 1e-3)
ALIKE = 1e-3  # of the greatest entry: the Hessians of two distances agree
SAME = 1e-6  # those of two places, so that the loss is quadratic
NOISE = 1e-9  # of the greater curvature: less may be the step of the differences
PASSED = 4  # places of a path at which the curvature is compared, beside the farthest

Curvatures = tuple[Curvature | None, ...]
Place = tuple[float, float]  # weight, bias


def curvatures(objective: Objective, runs: list[TrainedRun], rests: list[Minimum | None], minima: Minima) -> Curvatures:
    """The curvature where each run comes to rest: at its minimum with decay, or at the minimum that it ends nearest to.

    None for other optimizers than SGD, which have no greatest stable learning rate.
    """
    at = [rest if coupled_decay(optimizer) else _nearest(minima, path)
          for (optimizer, path), rest in zip(runs, rests, strict=True)]  # fmt: skip
    asked = [(point, coupled_decay(optimizer)) if point and is_sgd(optimizer) else None
             for (optimizer, _), point in zip(runs, at, strict=True)]  # fmt: skip
    passed = [point for _, path in runs for point in _passed(path)]
    known = {each: curvature(objective, each[0], passed, each[1]) for each in dict.fromkeys(asked) if each}
    return tuple(known[each] if each else None for each in asked)


def curvature(
    objective: Objective, minimum: Minimum, passed: Iterable[Place] = (), decay: float = 0.0
) -> Curvature | None:
    """The loss's curvature at a minimum, and whether it is the same at the test points and at places that runs passed.

    None at a corner, where the gradient jumps, and where there is no minimum of loss + (decay / 2) · ‖parameters‖².
    """
    if objective.random:
        return None
    with one_thread(), contextlib.suppress(SceneError):  # own code need not answer beside its minimum
        found = _hessian(objective, (minimum.weight, minimum.bias))
        if found is None:
            return None
        low, high = np.linalg.eigvalsh(found).tolist()
        low = 0.0 if abs(low) <= NOISE * max(abs(low), abs(high)) else low
        if not high + decay > 0 or low + decay < -ALIKE * (high + decay):
            return None
        others = (_hessian(objective, at) for at in (*((p.weight, p.bias) for p in objective.test_points), *passed))
        same = all(other is not None and _differ(found, other) <= SAME for other in others)
        return Curvature(max(low, -decay), high, everywhere=same)
    return None


def _nearest(minima: Minima, path: Trajectory) -> Minimum | None:
    """The minimum that a run ends nearest to."""
    weight, bias = np.nan_to_num([path.weight[-1], path.bias[-1]]).tolist()
    return min(minima, key=lambda point: math.hypot(point.weight - weight, point.bias - bias), default=None)


def _passed(path: Trajectory) -> list[Place]:
    """Some places of a path, the farthest from 0 among them, as (weight, bias)."""
    places = np.stack([path.weight, path.bias], 1)[: path.last + 1].astype(float)
    near = places[np.hypot(*places.T) < FAR]
    some = np.linspace(0, len(near) - 1, PASSED + 1)[1:].round().astype(int)
    chosen = [*some.tolist(), int(np.hypot(*near.T).argmax())] if len(near) else []
    return list(dict.fromkeys((float(weight), float(bias)) for weight, bias in near[chosen]))


def _hessian(objective: Objective, at: tuple[float, float]) -> Series | None:
    """The Hessian at (weight, bias) by differences of gradients; None where two distances disagree. Shapes: (2, 2)."""
    size = 1 + float(np.hypot(*at))
    with np.errstate(all="ignore"):
        tried = (_differences(objective, at, reach * size) for reach in REACHES)
        for near, far in pairwise(tried):
            if np.isfinite([near, far]).all() and _differ(near, far) <= ALIKE:
                return near
    return None


def _differences(objective: Objective, at: tuple[float, float], reach: float) -> Series:
    columns = []
    for step in reach * np.eye(2):
        (_, after), (_, before) = objective.slope(at + step), objective.slope(at - step)
        columns.append((after - before) / (2 * reach))
    found: Series = (np.array(columns) + np.array(columns).T) / 2
    return found


def _differ(one: Series, other: Series) -> float:
    """How much two matrices differ, in parts of the greater."""
    size = max(float(np.abs(one).max()), float(np.abs(other).max()))
    return float(np.abs(one - other).max()) / size if size else 0.0
