"""Declarations of problems (data or a function), and of points and windows on their landscapes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import Field, dataclass
from typing import Any, Generic, Self, TypeVar

from animgd.errors import SceneError, did_you_mean
from animgd.scene.base import Declaration, here, is_number
from animgd.scene.functions import NAMES, TestFunction, plain, test_function
from animgd.scene.model.planes import PCA, Plane

LARGEST = 1e15  # beyond this, a window's samples are equal in float32


AXES = {"x": "bias", "y": "weight", "bias": "bias", "weight": "weight"}
Value = TypeVar("Value")


class _OnAxes(Declaration, Generic[Value]):
    """A declaration whose fields have two names each; errors use the name that the author wrote."""

    bias: Value
    weight: Value

    def __init__(self, *pair: Any, **given: Any) -> None:
        kind, spelt = type(self).__name__, {AXES.get(name, name): name for name in given}
        if pair:
            message = f"{kind} takes keyword arguments only (a pair is ambiguous): write {self._spelling}"
            raise SceneError(message, here())
        for name in given:
            if name not in AXES:
                raise SceneError(f"{kind} has no field {name!r}; {did_you_mean(name, list(AXES))}", here())
        if len(spelt) < len(given):
            raise SceneError(f"{kind}: x means bias and y means weight; give each only once", here())
        for field, name in spelt.items():
            self._set(field, given[name])
        self._set("_spelt", spelt)
        super().__post_init__()

    def replace(self, **changes: Any) -> Self:
        """A copy with some fields changed, under either of their names. Raises: SceneError."""
        return super().replace(**{AXES.get(name, name): value for name, value in changes.items()})

    def _wrong(self, field: str, value: object, allowed: str, names: Iterable[str] = ()) -> SceneError:
        return super()._wrong(vars(self)["_spelt"].get(field, field), value, allowed, names)

    @property
    def x(self) -> Value:
        """The horizontal coordinate or range."""
        return self.bias

    @property
    def y(self) -> Value:
        """The vertical coordinate or range."""
        return self.weight


@dataclass(frozen=True, init=False)
class Point(_OnAxes[float]):
    """A point on the loss landscape: `Point(weight=6, bias=-3)`, or for a function `Point(x=-3, y=6)`.

    weight, or y (number, at most 1e15 in size): the vertical coordinate.
    bias, or x (number, at most 1e15 in size): the horizontal coordinate.
    Keywords only, because a pair does not say which of the two comes first.
    """

    weight: float
    bias: float
    _spelling = "Point(weight=6, bias=-3) or Point(x=-3, y=6)"

    def _check(self) -> None:
        for name in ("weight", "bias"):
            if not hasattr(self, name):
                raise SceneError(f"Point: {name} is missing: write Point(weight=..., bias=...) or Point(x=..., y=...)",
                                 self.origin)  # fmt: skip
            self._set(name, self._number(name, least=-LARGEST, below=LARGEST))


@dataclass(frozen=True, init=False)
class Window(_OnAxes[tuple[float, float]]):
    """The part of the landscape that is shown: `Window(bias=(-5, 8), weight=(-5, 8))`, or `Window(x=..., y=...)`.

    bias, or x ((low, high) with low < high, numbers up to 1e15 in size; default: (-5, 8)): the horizontal range.
    weight, or y (as bias; default: (-5, 8)): the vertical range.
    Keywords only, because a pair does not say which of the two comes first.
    """

    bias: tuple[float, float] = (-5.0, 8.0)
    weight: tuple[float, float] = (-5.0, 8.0)
    _spelling = "Window(bias=(-5, 8), weight=(-5, 8)) or Window(x=(-5, 8), y=(-5, 8))"

    def _check(self) -> None:
        for name in ("bias", "weight"):
            value = getattr(self, name)
            pair = isinstance(value, (tuple, list)) and len(value) == 2 and all(map(is_number, value))
            low, high = value if pair else (0.0, 0.0)
            room = high - low > 1e-6 * max(abs(low), abs(high), 1e-6)
            if not room or low < -LARGEST or high > LARGEST:
                raise self._wrong(name, value, "(low, high) with low < high, finite and not nearly equal")
            self._set(name, (float(low), float(high)))


DTYPES = ("float32", "float64")


@dataclass(frozen=True)
class Problem(Declaration):
    """Data that the line `weight · x + bias` is fitted to.

    x, y (n numbers each: a list, tuple, array or tensor of shape (n,) or (n, 1); default: the article's 50 points).
    names (pair of text; default: ("x", "y")): names of the data's axes.
    weights (n numbers from 0; default: 1 each): weight of each point in the loss's mean or sum.
    dtype ("float32" or "float64"; default: "float32"): data type of training.
    """

    x: tuple[float, ...] | None = None
    y: tuple[float, ...] | None = None
    names: tuple[str, str] = ("x", "y")
    weights: tuple[float, ...] | None = None
    dtype: str = "float32"
    plane = None  # its two parameters are the axes

    def _check(self) -> None:
        self._one_of("dtype", DTYPES)
        self._names("names")
        if self.x is None and self.y is None:
            if self.weights is not None:
                raise SceneError("Problem: weights need x and y", self.origin)
            return
        for name in ("x", "y") if self.weights is None else ("x", "y", "weights"):
            self._set(name, self._numbers(name))
        if self.weights and (min(self.weights) < 0 or not sum(self.weights) > 0):
            raise self._wrong("weights", self.weights, "numbers that are 0 or above, and not all 0")
        for found, numbers in (("y has", self.y), ("weights have", self.weights)):
            if numbers and len(numbers) != len(self.x or ()):
                count = f"x has {len(self.x or ())} numbers and {found} {len(numbers)}"
                raise SceneError(f"Problem: {count}", self.origin)

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


def _float(value: Any) -> float:
    if isinstance(value, (bool, str, bytes)):  # float() accepts them
        raise TypeError
    if getattr(value, "shape", ()) == (1,) or (isinstance(value, (list, tuple)) and len(value) == 1):
        return _float(value[0])  # one row of shape (n, 1)
    return float(value)


@dataclass(frozen=True)
class Function(Declaration):
    """A function of two parameters that is minimised instead of a loss over data.

    of (name of a test function, or a callable f(x, y)): f takes two torch scalars, or two tensors of one shape, and
        returns that shape; a name also sets the defaults of the scene's window, start and resolution.
    name (text; default: that of `of`): shown on screen.
    axes (pair of text; default: ("x", "y")): names of the horizontal and the vertical axis.
    minima (tuple of `Point` or (x, y); default: the test function's, else found): all global minima, () for none.
    condition (number from 1 to 1e6; default: 10): condition number of "quadratic", not for other functions.
    dimensions (int from 3; default: 2 parameters): f takes one tensor of so many numbers instead of x and y.
    plane (`PCA`, `Random`, `Parameters` or `Span`; default: `PCA()` with dimensions): in which it is shown; the
        parameters are named "x[0]", "x[1]", ...
    start (numbers, as many as dimensions; default: normally distributed, from the run's seed): where its runs begin.
    """

    of: str | Callable[..., Any]
    name: str = ""
    axes: tuple[str, str] = ("x", "y")
    minima: tuple[Point, ...] | None = None
    condition: float | None = None
    dimensions: int | None = None
    plane: Plane | None = None
    start: tuple[float, ...] | None = None
    _spelling = 'Function("rosenbrock") or Function(f)'

    def _check(self) -> None:
        if isinstance(self.of, str):
            if plain(self.of) not in NAMES:
                hint = did_you_mean(plain(self.of), list(NAMES))
                raise SceneError(f"unknown test function {self.of!r}; {hint}", self.origin)
            self._set("of", plain(self.of))
        elif not callable(self.of):
            raise self._wrong("of", self.of, "the name of a test function, or a callable f(x, y)")
        if self.of == "quadratic":
            self._set("condition", 10.0 if self.condition is None else self.condition)
            self._set("condition", self._number("condition", "a number from 1 to 1e6", least=1, below=1e6 + 1))
        elif self.condition is not None:
            raise SceneError('Function: condition applies only to "quadratic"; remove it', self.origin)
        self._is("name", str, "text")
        own = self.of if isinstance(self.of, str) else getattr(self.of, "__name__", "function")
        self._set("name", self.name or own)
        self._names("axes")
        self._check_minima()
        self._check_dimensions()

    def _check_dimensions(self) -> None:
        if self.dimensions is None:
            if self.plane is not None or self.start is not None:
                raise SceneError("Function: plane and start need dimensions, the number of parameters", self.origin)
            return
        self._whole("dimensions", "a whole number from 3", least=3, most=10**9)
        if isinstance(self.of, str) or self.minima is not None:
            what = f"{self.of!r} has two parameters" if isinstance(self.of, str) else "minima have two coordinates"
            raise SceneError(f"Function: {what}; remove dimensions", self.origin)
        self._set("plane", PCA() if self.plane is None else self.plane)
        self._is("plane", Plane, "PCA(), Random(...), Parameters(...) or Span(...)")
        if self.start is not None:
            numbers = self.start if isinstance(self.start, (tuple, list)) else ()
            if len(numbers) != self.dimensions or not all(map(is_number, numbers)):
                raise self._wrong("start", self.start, f"{self.dimensions} numbers")
            self._set("start", tuple(map(float, numbers)))

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

    def _default(self, field: Field[Any]) -> object:
        if field.name in ("name", "minima", "condition"):  # they are the test function's, or the callable's
            return getattr(Function(self.of), field.name)
        return super()._default(field)

    @property
    def usual(self) -> TestFunction | None:
        """The test function with its default view; None for a callable."""
        return test_function(self.of, self.condition or 10.0) if isinstance(self.of, str) else None
