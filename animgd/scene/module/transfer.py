"""Scenes as text for another process: all declarations, and stand-ins for what only the author process has."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property, partial
from numbers import Number
from typing import Any

from animgd.errors import RenderError
from animgd.scene.base import Declaration, show
from animgd.scene.codec import decoded
from animgd.scene.lecture.cards import Loop, Pause, Text, Title
from animgd.scene.lecture.lecture import Lecture
from animgd.scene.model.network import Model
from animgd.scene.model.planes import PCA, Parameters, Random, Span
from animgd.scene.optimizers import SGD, Loss, Optimizer
from animgd.scene.problem import Function, Point, Problem, Window
from animgd.scene.runs.recorded import Recorded
from animgd.scene.runs.schedule import Schedule
from animgd.scene.scene import Panel, Run, Scene
from animgd.scene.style import Style
from animgd.scene.video import Video

KINDS = {kind.__name__: kind for kind in (PCA, SGD, Function, Lecture, Loop, Loss, Model, Optimizer, Panel, Parameters,
                                          Pause, Point, Problem, Random, Recorded, Run, Scene, Schedule, Span, Style,
                                          Text, Title, Video, Window)}  # fmt: skip


class Elsewhere:
    """Stands for an author's function or object, which stays in the author process."""

    def __init__(self, number: int, name: str, text: str) -> None:
        self.number, self.__name__, self._text = number, name, text

    def __call__(self, *args: object, **kwargs: object) -> None:
        raise RenderError(f"{self.__name__} can be called only where its module was run")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Elsewhere) and other.number == self.number

    def __hash__(self) -> int:
        return hash(self.number)

    def __repr__(self) -> str:
        return self._text


def packed(scenes: Sequence[Scene | Lecture]) -> str:
    """Scenes as JSON. An author's object has one number throughout."""
    own: list[Any] = []

    def encoded(value: Any) -> Any:
        kind = next((each.__name__ for each in type(value).__mro__ if KINDS.get(each.__name__) is each), None)
        if kind is not None:
            return {"kind": kind} | _declared(value)
        if isinstance(value, Fraction):
            return {"kind": "Fraction", "numerator": value.numerator, "denominator": value.denominator}
        if isinstance(value, Number) and hasattr(value, "item"):  # of NumPy
            return value.item()
        if isinstance(value, Elsewhere):  # on its way on, to a film worker
            return {"kind": "Elsewhere", "number": value.number, "name": value.__name__, "text": repr(value)}
        number = next((n for n, each in enumerate(own) if each is value or _equal(each, value)), len(own))
        if number == len(own):
            own.append(value)
        name = str(getattr(value, "__name__", type(value).__name__))
        return {"kind": "Elsewhere", "number": number, "name": name, "text": show(value)}

    return json.dumps(scenes, default=encoded, sort_keys=True)


def _declared(value: Declaration) -> dict[str, Any]:
    """All that a declaration holds but what it computed from that."""
    kept, kind = vars(value), type(value)
    return {name: kept[name] for name in kept if not isinstance(getattr(kind, name, None), cached_property)}


def _equal(one: Any, other: Any) -> bool:
    try:
        return bool(hash(one) == hash(other) and one == other)
    except Exception:  # an author's __eq__ may raise
        return False


def unpacked(text: str) -> list[Scene | Lecture]:
    """The scenes of such a text, equal to the originals but for the stand-ins; checked when they were made."""
    makers = {name: partial(_unchecked, kind) for name, kind in KINDS.items()}
    return list(decoded(text, makers | {"Fraction": Fraction, "Elsewhere": Elsewhere}))


def _unchecked(kind: type[Declaration], **fields: Any) -> Declaration:
    made = object.__new__(kind)
    for name, value in fields.items():
        made._set(name, value)
    return made
