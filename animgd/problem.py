"""What is minimised: a function of (weight, bias), whether it comes from data and a loss or from a formula."""

from __future__ import annotations

import contextlib
import copy
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from animgd.declaration import is_number, show
from animgd.declared_problem import Function, Point, Problem
from animgd.errors import SceneError, did_you_mean
from animgd.explanation import inside
from animgd.guard import Late, allowed, deadline
from animgd.scene import FilledPanel
from animgd.settings import Loss

CLASSIFYING = {"CrossEntropyLoss", "NLLLoss", "NLLLoss2d", "MultiMarginLoss", "MultiLabelMarginLoss",
               "MultiLabelSoftMarginLoss", "CTCLoss", "AdaptiveLogSoftmaxWithLoss"}  # fmt: skip
CONVEX = {"MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss", "BCEWithLogitsLoss"}  # in what the line predicts
CHUNK = 1 << 16  # numbers in flight while a landscape is computed: they fit the processor's cache


def toy() -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The 50 points of the document: a noisy parabola that no line can fit.

    Source: "visualizing gradient descent parameters in torch", figure 1.
    """
    random = np.random.RandomState(20240215)
    x = random.randn(50).astype(np.float32)
    y = (0.75 * x**2 + 1.0 * x + 2.0 + 0.3 * random.randn(50)).astype(np.float32)
    return tuple(x.tolist()), tuple(y.tolist())


def data(problem: Problem) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The points (x, y) that the line is fitted to."""
    return toy() if problem.x is None or problem.y is None else (problem.x, problem.y)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute on one thread, with gradients, whatever it was set to."""
    # Sums over many points depend on the number of threads; one thread gives the same film everywhere.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.enable_grad():
            yield
    finally:
        torch.set_num_threads(threads)


class Objective:
    """A function of (weight, bias) that torch can descend; `convex` where that is known."""

    convex = False
    declared: Loss | Function

    def parameters(self, start: Point, dtype: torch.dtype = torch.float32) -> list[Tensor]:
        """Fresh parameters [weight, bias] at the start."""
        return [
            torch.tensor(value, dtype=dtype, device="cpu", requires_grad=True) for value in (start.weight, start.bias)
        ]

    def loss(self, parameters: list[Tensor]) -> Tensor:
        """The loss at the parameters, a scalar that knows its gradient."""
        raise TypeError("an objective must say how its loss is computed")

    def values(self, weight: Tensor, bias: Tensor) -> Tensor:
        """The loss at many points. Shapes: (n,), (n,) -> (n,), in double precision."""
        with torch.no_grad():
            pairs = zip(weight, bias, strict=True)
            return torch.stack([self.loss(self._shaped(w, b)).double() for w, b in pairs])

    def _shaped(self, weight: Tensor, bias: Tensor) -> list[Tensor]:
        return [weight, bias]


class LineFit(Objective):
    """The line weight · x + bias against the data, under a loss."""

    def __init__(self, problem: Problem, loss: Loss) -> None:
        x, y = data(problem)
        self._x = torch.tensor(x, dtype=torch.float32, device="cpu").reshape(-1, 1)
        self._y = torch.tensor(y, dtype=torch.float32, device="cpu").reshape(-1, 1)
        self.declared = loss
        self._criterion = criterion(loss)
        self.convex = isinstance(loss.factory, str) and loss.name in CONVEX
        self._pointwise = _unreduced(self._criterion)
        self._check()

    def parameters(self, start: Point, dtype: torch.dtype = torch.float32) -> list[Tensor]:
        """Parameters in the shapes that `torch.nn.Linear(1, 1)` has."""
        weight = torch.tensor([[start.weight]], dtype=dtype, device="cpu", requires_grad=True)
        bias = torch.tensor([start.bias], dtype=dtype, device="cpu", requires_grad=True)
        return [weight, bias]

    def loss(self, parameters: list[Tensor]) -> Tensor:
        """The loss over all points at once."""
        weight, bias = parameters
        x, y = self._x.to(weight.dtype), self._y.to(weight.dtype)
        return _answer(self.declared, self._criterion, torch.nn.functional.linear(x, weight, bias), y)

    def values(self, weight: Tensor, bias: Tensor) -> Tensor:
        """The loss at many points, by broadcasting in bounded memory where the loss allows it."""
        if self._pointwise is None:
            return super().values(weight, bias)
        step = max(1, CHUNK // len(self._x))
        parts = [self._broadcast(weight[i : i + step], bias[i : i + step]) for i in range(0, len(weight), step)]
        return torch.cat(parts)

    def _broadcast(self, weight: Tensor, bias: Tensor) -> Tensor:
        assert self._pointwise is not None
        x, y = self._x.double(), self._y.double()  # a row a point: sums then run along the landscape, which is quick
        with torch.no_grad():
            predicted = torch.addcmul(bias[None, :], weight[None, :], x)
            with timely(self.declared):
                losses: Tensor = self._pointwise(predicted, y.expand_as(predicted))
        return losses.sum(0) if getattr(self._criterion, "reduction", "mean") == "sum" else losses.mean(0)

    def _shaped(self, weight: Tensor, bias: Tensor) -> list[Tensor]:
        return [weight.reshape(1, 1), bias.reshape(1)]

    def _check(self) -> None:
        """The loss must have a gradient, and broadcasting must agree with computing it singly."""
        _probe(self, self.declared)
        if self._pointwise is not None and not self._agrees():
            self._pointwise = None

    def _agrees(self) -> bool:
        weight, bias = torch.tensor([0.5, -3.0, 2.0]).double(), torch.tensor([-0.25, 4.0, 1.0]).double()
        singly = super().values(weight, bias)
        try:
            return torch.allclose(self._broadcast(weight, bias), singly, rtol=1e-9, equal_nan=True)
        except (RuntimeError, TypeError, ValueError, IndexError):
            return False


def _first(error: BaseException) -> str:
    text = (str(error).strip().splitlines() or [""])[0]
    said = isinstance(error, (RuntimeError, ValueError)) and text
    return text if said else f"{type(error).__name__}: {text}".removesuffix(": ")


@contextlib.contextmanager
def timely(*declared: Any) -> Iterator[None]:
    """What a scene brings itself, not by a name, may hang: its answer has a deadline. Raises: SceneError."""
    own = [each for each in declared if not isinstance(getattr(each, "factory", getattr(each, "of", "")), str)]
    if not own:
        yield
        return
    try:
        with deadline(allowed()):
            yield
    except Late as late:
        much = f"still ran after {allowed():g} s and was stopped; --scene-timeout gives it more"
        raise SceneError(f"{own[0].name} {much}", own[0].origin) from late


def _answer(declared: Loss | Function, call: Callable[..., Any], *given: Tensor) -> Tensor:
    """The one number that a loss or function gives. Raises: SceneError, whatever a scene's own code raises."""
    try:
        with timely(declared):
            answer = call(*given)
    except SceneError:
        raise
    except Exception as error:
        on = "a line's predictions" if isinstance(declared, Loss) else "two numbers (x, y)"
        place = inside(error) or declared.origin
        raise SceneError(f"{declared.name} does not work on {on}: {_first(error)}", place) from error
    if not isinstance(answer, Tensor):
        raise SceneError(f"{declared.name} must give a torch tensor, not {show(answer)}", declared.origin)
    if answer.numel() != 1:
        raise SceneError(f"{declared.name} gives {answer.numel()} numbers; give it a reduction to one", declared.origin)
    return answer


def _probe(objective: Objective, declared: Loss | Function) -> None:
    """There must be one number, and a gradient. Raises: SceneError."""
    with torch.enable_grad(), timely(declared):  # a scene may have turned gradients off
        differentiate(objective.loss(objective.parameters(Point(weight=0.5, bias=-0.25))), declared)


def differentiate(loss: Tensor, declared: Loss | Function) -> None:
    """Compute the gradient of a loss. Raises: SceneError, whatever a scene's own code raises on the way back."""
    try:
        loss.backward()  # type: ignore[no-untyped-call]
    except MemoryError:
        raise
    except Exception as error:
        place = inside(error) or declared.origin
        raise SceneError(f"{declared.name} has no gradient to descend: {_first(error)}", place) from error


def criterion(loss: Loss) -> Callable[[Tensor, Tensor], Tensor]:
    """The loss of torch.nn (or the scene's own callable) that a declaration names."""
    if not isinstance(loss.factory, str):
        return functools.partial(loss.factory, **dict(loss.settings)) if loss.settings else loss.factory
    names = [name for name in dir(torch.nn) if name.endswith("Loss")]
    if loss.name not in names:
        raise SceneError(f"torch.nn has no loss {loss.name!r}; {did_you_mean(loss.name, names)}", loss.origin)
    if loss.name in CLASSIFYING:
        raise SceneError(f"{loss.name} needs class labels, and a line predicts numbers; try MSELoss", loss.origin)
    return constructed(getattr(torch.nn, loss.name), dict(loss.settings), loss)  # type: ignore[no-any-return]


def constructed(kind: Callable[..., Any], settings: dict[str, Any], declared: Any, *before: Any) -> Any:
    """What torch makes of a declaration's settings. Raises: SceneError, saying which it knows."""
    known = accepted(kind)
    for name, value in settings.items():
        if known is not None:
            if name not in list(known)[len(before) :]:
                hint = did_you_mean(name, list(known)[len(before) :])
                raise SceneError(f"{declared.name} has no setting {name!r}; {hint}", declared.origin)
            _compare(name, value, known[name], declared)
    try:
        with timely(declared):
            return kind(*before, **settings)
    except SceneError:
        raise
    except Exception as error:
        raise SceneError(f"{declared.name} cannot be made so: {_first(error)}", declared.origin) from error


def accepted(kind: Callable[..., Any]) -> dict[str, Any] | None:
    """The arguments of a callable with their defaults, None where it takes any."""
    try:
        parameters = inspect.signature(kind).parameters
    except (TypeError, ValueError):
        return None
    if any(p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) for p in parameters.values()):
        return None
    return {name: parameter.default for name, parameter in parameters.items()}


def _compare(name: str, value: object, default: object, declared: Any) -> None:
    """torch takes "no" for a bool, which turns it on, and True for a number."""
    if isinstance(default, bool):
        fits, allowed = isinstance(value, bool), "True or False"
    elif isinstance(default, (int, float)):
        fits, allowed = is_number(value), "a finite number"
    else:
        return
    if not fits:
        raise SceneError(f"{declared.name}: {name} must be {allowed}, not {show(value)}", declared.origin)


def _unreduced(loss: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor] | None:
    if isinstance(loss, torch.nn.Module) and getattr(loss, "reduction", None) in ("mean", "sum"):
        single = copy.copy(loss)
        single.reduction = "none"  # type: ignore[assignment]
        return single
    return None


class Formula(Objective):
    """A function of the two parameters themselves."""

    def __init__(self, function: Function) -> None:
        self.declared = function
        self._of: Callable[..., Any] = function.usual.formula if function.usual else function.of  # type: ignore[assignment]
        _probe(self, function)

    def loss(self, parameters: list[Tensor]) -> Tensor:
        """The function's value."""
        weight, bias = parameters
        return _answer(self.declared, self._of, bias, weight)

    def values(self, weight: Tensor, bias: Tensor) -> Tensor:
        """The function at many points at once, or one by one where it cannot."""
        with torch.no_grad():
            try:
                with timely(self.declared):
                    result: Tensor = self._of(bias, weight)
                if result.shape == weight.shape:
                    return result.double()
            except SceneError:
                raise
            except Exception:
                return super().values(weight, bias)  # it takes single numbers only, or says what is wrong
        return super().values(weight, bias)


def objective(problem: Problem | Function, panel: FilledPanel) -> Objective:
    """What a panel's runs minimise. Raises: SceneError."""
    if isinstance(problem, Function):
        return Formula(problem)
    assert panel.loss is not None  # only a Function goes without
    return LineFit(problem, panel.loss)
