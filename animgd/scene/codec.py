"""What a recording depends on, as plain data: to name a kept recording, and to train in another process."""

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
    """The scene without look, size or rate, ready for JSON; None if it holds code, which has no safe name.

    With `origins`, every declaration brings along where it was made, for errors to point there.
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
            and _named(scene.ghost.optimizer, origins),  # it starts where its panel says
        }
    except _HoldsCode:
        return None


class _HoldsCode(Exception):  # noqa: N818 - a way out of the walk, not an error
    pass


def _problem(problem: Problem | Function, origins: bool) -> Spec:
    if isinstance(problem, Function):
        if not isinstance(problem.of, str):
            raise _HoldsCode
        minima = problem.minima and [[each.x, each.y] for each in problem.minima]
        told: Spec = {"function": problem.of, "axes": problem.axes, "minima": minima, "condition": problem.condition}
        return {**told, "name": problem.name, **_origin(problem, origins)}
    told = {"x": problem.x, "y": problem.y, "weights": problem.weights, "dtype": problem.dtype}
    return {**told, **_origin(problem, origins)}


def _panel(panel: FilledPanel, origins: bool) -> Spec:
    loss = None if panel.loss is None else _named(panel.loss, origins)
    ghost = panel.ghost and _run(panel.ghost, origins)
    return {"loss": loss, "runs": [_run(run, origins) for run in panel.runs], "start": ghost and ghost["start"]}


def _run(run: Run, origins: bool) -> Spec:
    assert run.start is not None  # a filled panel has given it one
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
    """The scene that a spec was made from, as far as recording it goes."""
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
    # SGD's own declaration is for authors; by its name torch's class gets the same settings.
    settings = dict(spec["settings"])
    known = {"lr", "momentum", "weight_decay", "dampening", "nesterov"}
    plain = spec["name"] == "SGD" and settings.keys() == known
    made = SGD(**settings) if plain else Optimizer(spec["name"], **settings)
    return _at(spec, made)


def _at(spec: Spec, declared: Made) -> Made:
    object.__setattr__(declared, "origin", spec.get("origin"))
    return declared
