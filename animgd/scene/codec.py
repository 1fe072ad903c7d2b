"""The part of a scene that its recording depends on, as JSON: for cache keys and for the author process."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import partial
from typing import Any

from animgd.scene.base import Declaration
from animgd.scene.module.transfer import Elsewhere
from animgd.scene.optimizers import SGD, Loss, Optimizer
from animgd.scene.problem import Function, Point, Problem, Window
from animgd.scene.scene import FilledPanel, Panel, Run, Scene

Spec = str
Makers = Mapping[str, Callable[..., Any]]

RECORDED = ("problem", "epochs", "window", "resolution", "ghost", "seed")  # of a scene, beside its grid
SHOWN = {"title", "label", "names"}  # of its parts: only seen
BLAMED = (Problem, Function, SGD, Optimizer, Loss)  # training's errors name where these were made
KINDS = (*BLAMED, Point, Window, Run, FilledPanel)
MAKERS: Makers = {
    **{kind.__name__: kind for kind in (Scene, *KINDS)},
    "Optimizer": lambda factory, settings: Optimizer(factory, **dict(settings)),
    "Loss": lambda factory, settings: Loss(factory, **dict(settings)),
    "Run": partial(Run, ""),
    "FilledPanel": lambda loss, runs, ghost: Panel("", loss, runs, ghost and ghost.start),
}


def spec(scene: Scene, origins: bool = True, elsewhere: bool = False) -> Spec | None:
    """The part of a scene that its recording depends on, as JSON; None if it contains a callable.

    With `origins`, each declaration includes its origin, for error messages; with `elsewhere`, a stand-in for a
    callable has its number.
    """

    def declared(value: Any) -> dict[str, Any]:
        if elsewhere and isinstance(value, Elsewhere):
            return {"kind": "Elsewhere", "number": value.number}
        if type(value) not in KINDS:
            raise TypeError(f"{type(value).__name__} is not plain data")
        origin = {"origin": value.origin} if origins and isinstance(value, BLAMED) else {}
        return {name: each for name, each in described(value).items() if name not in SHOWN} | origin

    recorded = {"kind": "Scene", "panels": scene.grid} | {name: getattr(scene, name) for name in RECORDED}
    try:
        return json.dumps(recorded, default=declared)
    except TypeError:
        return None


def scene(spec: Spec) -> Scene:
    """The scene of a spec, with default values for all that does not affect its recording."""
    made: Scene = decoded(spec, MAKERS)
    return made


def described(value: Any) -> dict[str, Any]:
    """The class and the fields of a dataclass, which `decoded` reads. Raises: TypeError, if it is none."""
    return {"kind": type(value).__name__} | {field.name: getattr(value, field.name) for field in fields(value)}


def decoded(text: str | bytes, makers: Makers) -> Any:
    """The value of a JSON text: its lists as tuples, its objects made by the maker of their kind."""

    def made(found: dict[str, Any]) -> Any:
        maker, origin = makers[found.pop("kind")], found.pop("origin", None)
        value = maker(**{name: _tuples(each) for name, each in found.items()})
        if isinstance(value, Declaration):
            value._set("origin", origin)
        return value

    return json.loads(text, object_hook=made)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
