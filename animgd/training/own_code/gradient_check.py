"""Whether torch follows what own code computes, and the line of the code where it does not."""

from __future__ import annotations

import contextlib
from typing import Any

import torch

from animgd.errors import SceneError
from animgd.scene.problem import Point
from animgd.training.objective import Objective
from animgd.training.own_code.call import timely
from animgd.training.own_code.cuts import REFUSED, Cut, Watch
from animgd.training.own_code.finite_differences import contradiction, gradient, moved

NAMES = ("weight", "bias")
ASIDE = (-11.3, -5.9, -2.1, -1.3, 0.7, 1.9, 6.1, 10.7)  # steps along an axis that code may ignore
MOST_CUTS = 20  # that are tried


def check(objective: Objective) -> tuple[str, ...]:
    """Compare gradients with differences at the start and two other places; what is odd, and can be filmed.

    Raises: SceneError, where own code cuts a parameter, or its predictions, from the loss.
    """
    places = objective.places
    wrong: list[str] = []
    blind = [True, True]
    for place in places:
        claimed = gradient(objective, place)
        for axis in (0, 1):
            blind[axis] &= claimed[axis] is None
            truth = contradiction(objective, place, axis, claimed[axis])
            if truth is not None:
                wrong.append(_blamed(objective, place, axis, claimed[axis], truth))
    ignored = [_ignored(objective, places, axis) for axis in (0, 1) if blind[axis]]
    return (*wrong[:1], *ignored)


def _ignored(objective: Objective, places: list[Point], axis: int) -> str:
    """What to say of code without a gradient along an axis. Raises: SceneError, where it reads it as a number."""
    name = objective.declared.name
    if _is_flat(objective, places, axis):
        return f"{name} does not depend on {_name(objective, axis)}"
    for place in places:
        _find_cut(objective, place, _live(objective, axis))
    return f"{name} is piecewise constant in {_name(objective, axis)}: no run moves along it"


def _is_flat(objective: Objective, places: list[Point], axis: int) -> bool:
    return all(
        repr(objective.value(moved(place, axis, by))) == repr(objective.value(place))
        for place in places
        for by in ASIDE
    )


def _blamed(objective: Objective, place: Point, axis: int, claimed: float | None, truth: float) -> str:
    """What to say of a wrong gradient where no line is to blame. Raises: SceneError, where one is."""
    live = _live(objective, axis)
    _find_cut(objective, place, live)
    if claimed is None:
        raise _cut_off(objective, live, "compute with torch's functions only", objective.declared.origin)
    name, at = objective.declared.name, f"({place.x:.3g}, {place.y:.3g})"
    slopes = f"torch's gradient along {_name(objective, axis)} is {claimed:.3g}, finite differences give {truth:.3g}"
    return f"{name}: at {at} {slopes}: its runs do not descend its landscape"


def _find_cut(objective: Objective, place: Point, live: int) -> None:
    """Raises: SceneError, where a call cuts an input of own code from the loss."""
    plain, cuts = _watched(objective, place, live)
    for number, cut in enumerate(cuts[:MOST_CUTS]):
        if _watched(objective, place, live, number)[0] != plain:
            raise _cut_off(objective, live, cut.cure, cut.origin)


def explain(objective: Objective, refusal: SceneError) -> None:
    """Raise a better error where torch refused to hand its numbers to another library."""
    if REFUSED not in str(refusal):
        return
    watches = [(_watched(objective, objective.near[0], live)[1], live) for live in range(len(objective.names))]
    refused = [(cuts[-1], live) for cuts, live in watches if cuts and cuts[-1].refused]
    if refused:
        cut, live = min(refused, key=lambda each: each[0].calls)
        raise _cut_off(objective, live, cut.cure, cut.origin) from refusal


def _watched(objective: Objective, place: Point, live: int, disturbed: int = -1) -> tuple[str, list[Cut]]:
    """The answer at a place, and where what is `live` of its input is lost; one of these may be disturbed."""
    weight, bias = (torch.tensor(value, dtype=objective.exact, device="cpu") for value in (place.weight, place.bias))
    call, given = objective.asked(weight, bias)
    given[live] = given[live].detach().requires_grad_()
    if objective.random:
        objective.generators.reset()
    watch = Watch(given[live], disturbed)
    answer: Any = None
    with contextlib.suppress(Exception), timely(objective.declared), watch:
        answer = call(*given)
    return repr(answer.tolist() if isinstance(answer, torch.Tensor) else answer), watch.cuts


def _live(objective: Objective, axis: int) -> int:
    """Which of its inputs tells own code of an axis: a function is called as f(x, y), and y is the weight."""
    return 1 - axis if len(objective.names) == 2 else 0


def _name(objective: Objective, axis: int) -> str:
    return objective.names[_live(objective, axis)] if len(objective.names) == 2 else NAMES[axis]


def _cut_off(objective: Objective, live: int, cure: str, origin: str | None) -> SceneError:
    name = objective.names[live]
    return SceneError(f"torch computes no gradient for {name}: {cure}", origin)
