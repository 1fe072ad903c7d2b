"""What is minimised, as an author declares it: data or a function, and places on its landscape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from animgd.errors import SceneError, did_you_mean
from animgd.scene.base import Declaration, here, is_number
from animgd.scene.functions import NAMES, TestFunction, plain, test_function

LARGEST = 1e15  # training is in float32: beyond this, a window's samples are one number


class _OnAxes(Declaration):
    """A declaration whose fields have two names each; errors use the author's."""

    def _take(self, spelling: str, pair: tuple[Any, ...], given: dict[str, Any]) -> None:
        for name, value in _axes(type(self).__name__, spelling, pair, given).items():
            self._set(name, value)
        self._set("_spelt", {AXES[name]: name for name in given})

    def _wrong(self, field: str, value: object, allowed: str) -> SceneError:
        return super()._wrong(vars(self)["_spelt"].get(field, field), value, allowed)


@dataclass(frozen=True, init=False)
class Point(_OnAxes):
    """A place on the loss landscape: `Point(weight=6, bias=-3)`, or of a function `Point(x=-3, y=6)`.

    Keywords only: a pair alone does not say which of the two comes first. x is the bias (to the right), y the weight.
    """

    weight: float
    bias: float

    def __init__(self, *pair: Any, **given: Any) -> None:
        self._take("Point(weight=6, bias=-3) or Point(x=-3, y=6)", pair, given)
        super().__post_init__()

    def _check(self) -> None:
        for name in ("weight", "bias"):
            if not hasattr(self, name):
                raise SceneError(f"Point: {name} is missing: write Point(weight=..., bias=...) or Point(x=..., y=...)",
                                 self.origin)  # fmt: skip
            self._set(name, self._number(name, least=-LARGEST, below=LARGEST))

    @property
    def x(self) -> float:
        """The horizontal coordinate."""
        return self.bias

    @property
    def y(self) -> float:
        """The vertical coordinate."""
        return self.weight


@dataclass(frozen=True, init=False)
class Window(_OnAxes):
    """The part of the landscape that is shown: `Window(bias=(-5, 8), weight=(-5, 8))`, or `Window(x=..., y=...)`.

    bias (x) runs to the right, weight (y) upwards; each is (low, high). Keywords only.
    """

    bias: tuple[float, float] = (-5.0, 8.0)
    weight: tuple[float, float] = (-5.0, 8.0)

    def __init__(self, *pair: Any, **given: Any) -> None:
        self._take("Window(bias=(-5, 8), weight=(-5, 8)) or Window(x=(-5, 8), y=(-5, 8))", pair, given)
        super().__post_init__()

    def _check(self) -> None:
        for name in ("bias", "weight"):
            value = getattr(self, name)
            pair = isinstance(value, (tuple, list)) and len(value) == 2 and all(map(is_number, value))
            if not pair or not -LARGEST <= value[0] < value[1] <= LARGEST or not _has_room(*value):
                raise self._wrong(name, value, "(low, high) with low < high, and room between them")
            self._set(name, (float(value[0]), float(value[1])))

    @property
    def x(self) -> tuple[float, float]:
        """The horizontal range."""
        return self.bias

    @property
    def y(self) -> tuple[float, float]:
        """The vertical range."""
        return self.weight


AXES = {"x": "bias", "y": "weight", "bias": "bias", "weight": "weight"}


def _axes(kind: str, spelling: str, pair: tuple[Any, ...], given: dict[str, Any]) -> dict[str, Any]:
    """What was given for bias and weight, under either spelling. Raises: SceneError."""
    if pair:
        raise SceneError(f"{kind} takes keywords only, since a pair is ambiguous: write {spelling}", here())
    for name in given:
        if name not in AXES:
            raise SceneError(f"{kind} has no field {name!r}; {did_you_mean(name, list(AXES))}", here())
    found = {AXES[name]: value for name, value in given.items()}
    if len(found) < len(given):
        raise SceneError(f"{kind}: x is the bias and y the weight; give each of them once", here())
    return found


def _has_room(low: float, high: float) -> bool:
    return bool(high - low > 1e-6 * max(abs(low), abs(high), 1e-6))


DTYPES = ("float32", "float64")


@dataclass(frozen=True)
class Problem(Declaration):
    """The data that a line `weight · x + bias` is fitted to; without any, the article's 50 points.

    `x`, `y` and `weights` are numbers, one a point: lists, tuples, arrays, tensors, or columns of shape (n, 1).
    `weights` (0 or above, default 1 each) weigh the points in a mean or sum; `names` are the axes' names;
    `dtype` is "float32" or "float64", for training.
    """

    x: tuple[float, ...] | None = None
    y: tuple[float, ...] | None = None
    names: tuple[str, str] = ("x", "y")
    weights: tuple[float, ...] | None = None
    dtype: str = "float32"

    def _check(self) -> None:
        self._one_of("dtype", DTYPES)
        self._names("names")
        if self.x is None and self.y is None:
            if self.weights is not None:
                raise SceneError("Problem: weights need x and y", self.origin)
            return
        for name in ("x", "y"):
            self._set(name, self._numbers(name))
        if self.weights is not None:
            self._set("weights", self._numbers("weights"))
            if min(self.weights) < 0 or not sum(self.weights) > 0:
                raise self._wrong("weights", self.weights, "numbers that are 0 or above, and not all 0")
        for name in ("y", "weights"):
            count = len(getattr(self, name) or self.x or ())
            if count != len(self.x or ()):
                verb = "has" if name == "y" else "have"
                raise SceneError(f"Problem: x has {len(self.x or ())} numbers and {name} {verb} {count}", self.origin)

    def _numbers(self, name: str) -> tuple[float, ...]:
        given = getattr(self, name)
        try:
            numbers = tuple(_float(value) for value in (() if isinstance(given, (str, bytes)) else given))
        except (TypeError, ValueError, OverflowError):
            raise self._wrong(name, given, "a sequence of numbers") from None
        if not numbers or not all(abs(number) <= LARGEST for number in numbers):
            allowed = f"at least one number, all finite and at most {LARGEST:g}"
            raise self._wrong(name, given, allowed)
        return numbers

    @property
    def is_toy(self) -> bool:
        """Whether it has no data of its own."""
        return self.x is None


def _float(value: Any) -> float:
    if isinstance(value, (bool, str, bytes)):  # float() would take them
        raise TypeError
    if getattr(value, "shape", ()) == (1,) or (isinstance(value, (list, tuple)) and len(value) == 1):
        return _float(value[0])  # a row of a column (n, 1)
    return float(value)


@dataclass(frozen=True)
class Function(Declaration):
    """Any function of two parameters instead of data: a callable f(x, y), or the name of a test function.

    f takes two torch scalars or two tensors of one shape, x (to the right) and y (upwards), and returns the same
    shape. A name brings its usual window, start, resolution and minima, which a scene may override.
    `name` is shown on screen, `axes` beside the panel; `minima` are all points where f is lowest, as `Point(x=, y=)`
    or (x, y), () where there are none, None where they are to be found; `condition` (1 or above, default 10) is
    the condition number of "quadratic".
    """

    of: str | Callable[..., Any]
    name: str = ""  # the callable's
    axes: tuple[str, str] = ("x", "y")
    minima: tuple[Point, ...] | None = None
    condition: float | None = None
    _spelling = 'Function("rosenbrock") or Function(f)'

    def _check(self) -> None:
        if isinstance(self.of, str):
            if plain(self.of) not in NAMES:
                hint = did_you_mean(plain(self.of), list(NAMES))
                raise SceneError(f"no test function {self.of!r}; {hint}", self.origin)
            self._set("of", plain(self.of))
        elif not callable(self.of):
            raise self._wrong("of", self.of, "the name of a test function, or a callable f(x, y)")
        if self.of == "quadratic":
            self._set("condition", 10.0 if self.condition is None else self.condition)
            self._set("condition", self._number("condition", "a number from 1 to 1e6", least=1, below=1e6 + 1))
        elif self.condition is not None:
            raise SceneError('Function: only "quadratic" has a condition', self.origin)
        self._is("name", str, "text")
        own = self.of if isinstance(self.of, str) else getattr(self.of, "__name__", "function")
        self._set("name", self.name or own)
        self._names("axes")
        self._check_minima()

    def _check_minima(self) -> None:
        if self.minima is None and self.usual is not None:
            self._set("minima", self.usual.minima)
        if self.minima is None:
            return
        given: Any = self.minima
        try:
            pairs = [(each.x, each.y) if isinstance(each, Point) else each for each in given]
            self._set("minima", tuple(Point(x=x, y=y) for x, y in pairs))
        except (TypeError, ValueError, SceneError):
            raise self._wrong("minima", given, "a tuple of points, such as (Point(x=3, y=2),)") from None

    @property
    def usual(self) -> TestFunction | None:
        """The test function and how it is usually shown; None for a callable."""
        return test_function(self.of, self.condition or 10.0) if isinstance(self.of, str) else None
