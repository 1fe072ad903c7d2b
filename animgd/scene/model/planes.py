"""Declarations of planes in the space of a model's parameters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from animgd.errors import SceneError
from animgd.scene.base import Declaration, here

NAMED = re.compile(r"(?P<name>[\w.]+)(\[(?P<index>\s*\d+(\s*,\s*\d+)*\s*)\])?")


@dataclass(frozen=True)
class PCA(Declaration):
    """The plane that holds most of the variance of the paths: their first two principal components.

    It lies through the mean of all recorded points of the runs of a panel. Units: distances in parameter space.
    """


@dataclass(frozen=True)
class Random(Declaration):
    """A plane of two random directions through the end of the first run, with filter normalisation.

    seed (int from 0; default: 0): of the directions.
    Source: Li et al. 2018, "Visualizing the Loss Landscape of Neural Nets": each filter of a direction has the norm
    of the network's filter, and biases and parameters of normalisation layers are kept.
    """

    seed: int = 0

    def _check(self) -> None:
        self._whole("seed", "a whole number from 0 to 2**32 - 1", least=0, most=2**32 - 1)


@dataclass(frozen=True)
class Parameters(Declaration):
    """The plane of two single parameters; all others are those of the end of the first run.

    horizontal, vertical (text): a parameter's name in `named_parameters()`, with the index of one number of it, such
        as "0.weight[0,0]".
    """

    horizontal: str
    vertical: str
    _spelling = 'Parameters("0.weight[0,0]", "0.bias[0]")'

    def _check(self) -> None:
        for field in ("horizontal", "vertical"):
            name = getattr(self, field)
            if not isinstance(name, str) or not NAMED.fullmatch(name):
                raise self._wrong(field, name, 'a parameter\'s name with an index, such as "0.weight[0,0]"')
        if self.horizontal == self.vertical:
            raise SceneError("Parameters: both axes are the same parameter; name two", self.origin)

    @property
    def parts(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Name and index of both."""
        found = (NAMED.fullmatch(name) for name in (self.horizontal, self.vertical))
        return tuple((f["name"], tuple(map(int, f["index"].split(","))) if f["index"] else ()) for f in found if f)


RecordedPoint = str | int | tuple[str, int]


@dataclass(frozen=True, init=False)
class Span(Declaration):
    """The plane through three recorded points: `Span("start", "Adam", ("SGD", 40))`.

    Each point is "start" (of the first run), the label of a run (its end), an epoch of the first run, or (label,
    epoch). The horizontal axis leads from the first point to the second; the third lies above it.
    """

    points: tuple[RecordedPoint, RecordedPoint, RecordedPoint]
    _spelling = 'Span("start", "Adam", "SGD")'

    def __init__(self, *points: Any) -> None:
        self._set("points", tuple(tuple(p) if isinstance(p, list) else p for p in points))
        super().__post_init__()

    def _check(self) -> None:
        if len(self.points) != 3 or not all(map(_is_point, self.points)):
            allowed = 'three of "start", a run\'s label, an epoch, or (label, epoch)'
            raise SceneError(f"Span: points must be {allowed}: {self._spelling}", here())
        if len(set(self.points)) < 3:
            raise SceneError("Span: two of its points are the same; name three", self.origin)

    @property
    def last(self) -> int:
        """The last epoch that it names, 0 without one."""
        named = [point[1] if isinstance(point, tuple) else point for point in self.points]
        return max((epoch for epoch in named if isinstance(epoch, int)), default=0)


def _is_point(value: Any) -> bool:
    if isinstance(value, tuple):
        return len(value) == 2 and isinstance(value[0], str) and _is_epoch(value[1])
    return isinstance(value, str) or _is_epoch(value)


def _is_epoch(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


Plane = PCA | Random | Parameters | Span
