"""The part of a scene that its recording depends on, as plain data: for cache keys and for the author process."""

from __future__ import annotations

from typing import Any, TypeVar

from animgd.scene.base import Declaration
from animgd.scene.optimizers import SGD, Loss, Optimizer
from animgd.scene.problem import Function, Point, Problem, Window
from animgd.scene.scene import AnyOptimizer, FilledPanel, Panel, Run, Scene

Spec = dict[str, Any]
Made = TypeVar("Made", bound=Declaration)
PLAIN = (bool, int, float, str, type(None))


def spec(scene: Scene, origins: bool = True) -> Spec | None:
    """The fields of a scene that its recording depends on, ready for JSON; None if they contain a callable.

    With `origins`, each declaration includes its origin, for error messages.
    """
    try:
        return {
            "problem": _problem(scene.problem, origins),
            "panels": [_panel(panel, origins) for panel in scene.grid],
            "epochs": scene.epochs,
            "window": [scene.window.bias, scene.window.weight] if isinstance(scene.window, Window) else None,
            "resolution": scene.resolution,
            "seed": scene.seed,
            "ghost": isinstance(scene.ghost, Run)
            and _named(scene.ghost.optimizer, origins),  # its start is that of its panel
        }
    except _HoldsCode:
        return None


class _HoldsCode(Exception):  # noqa: N818 - control flow, not an error
    pass


def _problem(problem: Problem | Function, origins: bool) -> Spec:
    if isinstance(problem, Function):
        if not isinstance(problem.of, str):
            raise _HoldsCode
        minima = problem.minima and [[each.x, each.y] for each in problem.minima]
        fields: Spec = {"function": problem.of, "axes": problem.axes, "minima": minima, "condition": problem.condition}
        return {**fields, "name": problem.name, **_origin(problem, origins)}
    fields = {"x": problem.x, "y": problem.y, "weights": problem.weights, "dtype": problem.dtype}
    return {**fields, **_origin(problem, origins)}


def _panel(panel: FilledPanel, origins: bool) -> Spec:
    loss = None if panel.loss is None else _named(panel.loss, origins)
    ghost = panel.ghost and _run(panel.ghost, origins)
    return {"loss": loss, "runs": [_run(run, origins) for run in panel.runs], "start": ghost and ghost["start"]}


def _run(run: Run, origins: bool) -> Spec:
    assert run.start is not None  # filled in by Scene.grid
    return {"optimizer": _named(run.optimizer, origins), "start": [run.start.weight, run.start.bias]}


def _named(declared: AnyOptimizer | Loss, origins: bool) -> Spec:
    if not isinstance(declared, SGD) and not isinstance(declared.factory, str):
        raise _HoldsCode
    for _, value in declared.settings:
        if not all(isinstance(v, PLAIN) for v in (value if isinstance(value, tuple) else (value,))):
            raise _HoldsCode
    return {"name": declared.name, "settings": declared.settings, **_origin(declared, origins)}


def _origin(declared: Declaration, wanted: bool) -> Spec:
    return {"origin": declared.origin} if wanted else {}


def scene(spec: Spec) -> Scene:
    """The scene of a spec, with default values for all that does not affect its recording."""
    window = spec["window"]
    return Scene(
        problem=_made_problem(spec["problem"]),
        panels=tuple(
            Panel(
                title="",
                loss=panel["loss"]
                and _at(panel["loss"], Loss(panel["loss"]["name"], **dict(panel["loss"]["settings"]))),
                optimizer=tuple(map(_made, panel["runs"])),
                start=panel["start"] and _point(panel["start"]),
            )
            for panel in spec["panels"]
        ),
        ghost=_optimizer(spec["ghost"]) if spec["ghost"] else None,
        epochs=spec["epochs"],
        window=Window(bias=window[0], weight=window[1]) if window else None,
        resolution=spec["resolution"],
        seed=spec["seed"],
    )


def _point(pair: list[float]) -> Point:
    return Point(weight=pair[0], bias=pair[1])


def _made_problem(spec: Spec) -> Problem | Function:
    if "function" not in spec:
        return _at(spec, Problem(spec["x"], spec["y"], weights=spec["weights"], dtype=spec["dtype"]))
    made = Function(spec["function"], spec["name"], spec["axes"], spec["minima"], spec["condition"])
    return _at(spec, made)


def _made(spec: Spec) -> Run:
    return Run("", _optimizer(spec["optimizer"]), _point(spec["start"]))


def _optimizer(spec: Spec) -> AnyOptimizer:
    # SGD(...) always has these five settings; a spec with others comes from Optimizer("SGD", ...).
    settings = dict(spec["settings"])
    known = {"lr", "momentum", "weight_decay", "dampening", "nesterov"}
    plain = spec["name"] == "SGD" and settings.keys() == known
    made = SGD(**settings) if plain else Optimizer(spec["name"], **settings)
    return _at(spec, made)


def _at(spec: Spec, declared: Made) -> Made:
    object.__setattr__(declared, "origin", spec.get("origin"))
    return declared
