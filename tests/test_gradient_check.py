"""What torch cannot follow is refused, with the line that cuts it off; what is only odd is not."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from animgd import SGD, Function, Loss, Optimizer, Point, Problem, Scene, Window, record
from animgd.errors import SceneError
from animgd.training.problems import Formula, LineFit

FILE = Path(__file__)
LINES = FILE.read_text(encoding="utf-8").splitlines()


def by_math(x: Tensor, y: Tensor) -> Tensor:
    total = x**2
    return total + math.sin(y)  # the line: by_math


def by_float(x: Tensor, y: Tensor) -> Tensor:
    return x**2 * float(y)  # the line: by_float


def by_whole_numbers(x: Tensor, y: Tensor) -> Tensor:
    return x**2 * round(float(y))  # the line: by_whole_numbers


def by_int(x: Tensor, y: Tensor) -> Tensor:
    return x**2 + int(y)  # the line: by_int


def by_item(x: Tensor, y: Tensor) -> Tensor:
    assert str(y.item())  # harmless
    return x**2 + y * y.item()  # the line: by_item


def by_detach(x: Tensor, y: Tensor) -> Tensor:
    label = f"{y}"
    assert label
    return x * y.detach() + y**2  # the line: by_detach


def by_data(x: Tensor, y: Tensor) -> Tensor:
    zero = torch.zeros_like(y)
    return x**2 * y.data + zero  # the line: by_data


def by_numpy(x: Tensor, y: Tensor) -> Tensor:
    return x**2 + np.sin(y)  # the line: by_numpy


def by_numpy_of_both(x: Tensor, y: Tensor) -> Tensor:
    return x * y.numpy()  # the line: by_numpy_of_both


def by_detached_numpy(x: Tensor, y: Tensor) -> Tensor:
    return x + torch.from_numpy(np.exp(np.atleast_1d(y.detach().numpy()))).sum()  # the line: by_detached_numpy


def by_tensor(x: Tensor, y: Tensor) -> Tensor:
    z = torch.tensor([x, y])  # the line: by_tensor
    return (z**2).sum() + x**2


def by_legacy_tensor(x: Tensor, y: Tensor) -> Tensor:
    return (torch.Tensor([x, y]) ** 2).sum() + x**2  # the line: by_legacy_tensor


def by_list(x: Tensor, y: Tensor) -> Tensor:
    return x**2 * sum([y.tolist()])  # the line: by_list


def without_gradient(x: Tensor, y: Tensor) -> Tensor:
    with torch.no_grad():
        z = y**2  # the line: without_gradient
    return x**2 + z


@torch.no_grad()
def decorated(y: Tensor) -> Tensor:
    return y**3  # the line: by_helper


def by_helper(x: Tensor, y: Tensor) -> Tensor:
    return x**2 + decorated(y)


def by_text(x: Tensor, y: Tensor) -> Tensor:
    return x**2 + float(f"{y:.9f}")  # the line: by_text


def by_gradient(x: Tensor, y: Tensor) -> Tensor:
    return x**2 + torch.autograd.grad(y**3, y)[0]  # the line: by_gradient


def straight_through(x: Tensor, y: Tensor) -> Tensor:
    return x**2 + (y + (y.round() - y).detach()) ** 2  # the line: straight_through


def beside_much(x: Tensor, y: Tensor) -> Tensor:
    return 1e6 + x**2 + math.cos(y)  # the line: beside_much


BROKEN: dict[Callable[[Tensor, Tensor], Tensor], str] = {
    by_math: "write torch.sin",
    by_float: "use the tensor itself, not float(y)",
    by_int: "use the tensor itself, not int(y)",
    by_whole_numbers: "use the tensor itself, not float(y)",
    by_item: "use the tensor itself, not y.item()",
    by_detach: "remove .detach()",
    by_data: "remove .data",
    by_numpy: "write torch.sin",
    by_numpy_of_both: "use the tensor itself, not y.numpy()",
    by_detached_numpy: "remove .detach()",
    by_tensor: "torch.stack",
    by_legacy_tensor: "torch.stack",
    by_list: "use the tensor itself, not y.tolist()",
    without_gradient: "remove torch.no_grad()",
    by_helper: "remove torch.no_grad()",
    by_text: "use the tensor itself",
    by_gradient: "create_graph=True",
    straight_through: "remove .detach()",
    beside_much: "write torch.cos",
}


def line(name: str) -> int:
    """The number of the line with that mark."""
    return 1 + next(i for i, text in enumerate(LINES) if text.endswith(f"# the line: {name}"))


@pytest.mark.parametrize("start", [Point(x=-3, y=6), Point(x=0, y=0), Point(x=2, y=2)], ids=["far", "zero", "equal"])
@pytest.mark.parametrize("of", BROKEN, ids=lambda of: of.__name__)
def test_what_torch_does_not_follow_is_refused_with_its_line(of: Callable[..., Tensor], start: Point) -> None:
    """A y that is taken out of torch's sight is one line: which argument, where inside the function, and the cure."""
    with pytest.raises(SceneError) as caught:
        record(Scene(problem=Function(of), start=start, epochs=2, resolution=3))
    told = str(caught.value)
    assert told.startswith(f"{FILE}:{line(of.__name__)}: torch computes no gradient for y: ")
    assert BROKEN[of] in told and "\n" not in told


def test_the_command_line_says_where_torch_is_left(animgd, write) -> None:
    """The same from a scene module: status 2, one line, no film."""
    text = """
import math
from animgd import Function, Scene


def f(x, y):
    first = x**2
    return first + math.sin(y)


scene = Scene(problem=Function(f), epochs=3)
"""
    done = animgd(write(text, "mine.py"), "-f", "json")
    assert done.status == 2 and done.made == []
    assert len(done.err) == 1
    assert "mine.py:8: torch computes no gradient for y: write torch.sin" in done.err[0]


def greatest(first: Tensor, second: Tensor, more: float = 0.0) -> Tensor:
    return torch.maximum(first, second.detach()) + first**2 + more  # the line: greatest


class Held:
    """Functions that are methods."""

    def of(self, x: Tensor, y: Tensor) -> Tensor:
        return greatest(x, y)

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        return greatest(x, y)


@pytest.mark.parametrize(
    ("of", "name"),
    [(greatest, "second"), (functools.partial(greatest, more=1.0), "second"), (Held().of, "y"), (Held(), "y")],
)
@pytest.mark.parametrize("at", [(0, 0), (2, 2), (-1, 3)])
def test_any_callable_is_looked_into(of: Callable[..., Tensor], name: str, at: tuple[float, float]) -> None:
    """Partials, methods and objects that are called; the argument has its own name; a start on a kink hides nothing."""
    with pytest.raises(SceneError) as caught:
        Formula(Function(of), [Point(x=at[0], y=at[1])])
    assert str(caught.value).startswith(f"{FILE}:{line('greatest')}: torch computes no gradient for {name}: ")


def test_a_scene_may_have_set_torch_otherwise() -> None:
    """Another default data type, or gradients off, changes nothing of what is found out."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with torch.no_grad():
            assert Formula(Function(WELL["rosenbrock"])).warnings == ()
            with pytest.raises(SceneError, match=r"write torch\.sin"):
                Formula(Function(by_math))
    finally:
        torch.set_default_dtype(before)


class Doubled(torch.autograd.Function):
    """A gradient that is another function's, on purpose."""

    @staticmethod
    def forward(context: object, value: Tensor) -> Tensor:
        return value * value

    @staticmethod
    def backward(context: object, gradient: Tensor) -> Tensor:
        return gradient


WELL: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "abs at its kink": lambda x, y: x.abs() + (y - 2).abs(),
    "maximum of equals": lambda x, y: torch.maximum(x, y) + x**2,
    "relu": lambda x, y: torch.relu(x) + torch.relu(-y) + x**2,
    "clamp at its edge": lambda x, y: x.clamp(-2, 2) * y.clamp(-3, 2),
    "norm at zero": lambda x, y: torch.linalg.norm(torch.stack([x, y])),
    "floor": lambda x, y: torch.floor(x) + y**2,
    "round and sign": lambda x, y: x.round() * y.sign() + x**2,
    "quick waves": lambda x, y: torch.sin(1e6 * x) + torch.cos(300 * y),
    "narrow": lambda x, y: (x**2 + 1e6 * y**2) / 2,
    "steep": lambda x, y: torch.exp(5 * x) + torch.exp(-7 * y),
    "undefined": lambda x, y: torch.log(y) + torch.sqrt(-1 - x * x),
    "rounded inside": lambda x, y: (1e-3 * x.float() + y.float() + 1000).double(),
    "single": lambda x, y: (torch.stack([x, y]) @ torch.tensor([1.0, 2.0])) ** 2,
    "a choice by value": lambda x, y: torch.where(y > 1, x**2, 2 * x**2) + y,
    "a second gradient": lambda x, y: torch.autograd.grad(x**3 * y, x, create_graph=True)[0] + y,
    "in place": lambda x, y: x.mul_(2) ** 2 + y.add_(1) ** 2,
    "rosenbrock": lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
}


@pytest.mark.parametrize("start", [Point(x=-3, y=6), Point(x=0, y=0), Point(x=2, y=2)], ids=["far", "zero", "equal"])
@pytest.mark.parametrize("of", WELL.values(), ids=WELL)
def test_kinks_steps_and_waves_are_no_false_alarm(of: Callable[..., Tensor], start: Point) -> None:
    """Where a function has no slope, or a steep one, its gradient is believed."""
    assert Formula(Function(of), [start]).warnings == ()


def test_steps_are_said() -> None:
    """A y that only chooses between two functions moves no run, and the map shows a step: one warning."""
    told = Formula(Function(lambda x, y: x**2 + (1 if y > 0.3 else 0))).warnings
    assert [text.partition(" ")[2] for text in told] == ["is piecewise constant in y: no run moves along it"]


def test_losses_with_kinks_are_no_false_alarm() -> None:
    """Residuals of exactly zero, ties, quantiles and steps in an own loss are believed, too."""
    exact = Problem(x=(0, 1, 2), y=(1, 3, 5))
    for loss in (
        lambda p, t: (p - t).abs().max(),
        lambda p, t: (p - t).abs().mean(),
        lambda p, t: torch.quantile((p - t).abs(), 0.5),
        lambda p, t: ((p - t) ** 2).mean() + p.round().mean(),
        torch.nn.HuberLoss(),
    ):
        for start in (Point(weight=2, bias=1), Point(weight=6, bias=-3)):
            assert LineFit(exact, Loss(loss), [start]).warnings == ()


def detaching(predictions: Tensor, targets: Tensor) -> Tensor:
    return ((predictions.detach() - targets) * predictions).mean()  # the line: detaching


def reweighted(predictions: Tensor, targets: Tensor) -> Tensor:
    weights = 1 / (predictions.detach() - targets).abs().clamp(0.1)  # the line: reweighted
    return (weights * (predictions - targets) ** 2).mean()


def by_list_of_predictions(predictions: Tensor, targets: Tensor) -> Tensor:
    pairs = zip(predictions.tolist(), targets.tolist(), strict=True)  # the line: by_list_of_predictions
    return torch.tensor(sum((p - t) ** 2 for p, t in pairs))


def by_numpy_loss(predictions: Tensor, targets: Tensor) -> Tensor:
    return torch.as_tensor(np.abs(predictions - targets).mean())  # the line: by_numpy_loss


@pytest.mark.parametrize("loss", [detaching, reweighted, by_list_of_predictions, by_numpy_loss])
def test_a_loss_that_lets_go_of_the_predictions_is_refused(loss: Callable[..., Tensor]) -> None:
    """An own loss that detaches its predictions, wholly or in part, is one line."""
    with pytest.raises(SceneError) as caught:
        record(Scene(losses=(loss,), epochs=2, resolution=3))
    words = "torch computes no gradient for the predictions: "
    assert str(caught.value).startswith(f"{FILE}:{line(loss.__name__)}: {words}")


def test_an_argument_that_is_ignored_is_a_warning() -> None:
    """f(x, y) = x**2 is filmed; that it does not depend on y is said."""

    def flat(x: Tensor, height: Tensor) -> Tensor:
        return (x - 1) ** 2

    recording = record(Scene(problem=Function(flat), epochs=5, resolution=5, optimizer=SGD(lr=0.1)))
    assert recording.warnings == ("flat does not depend on height",)
    run = recording.panels[0].runs[0]
    assert np.ptp(run.weight) == 0 and run.loss[-1] < run.loss[0]


def test_a_gradient_of_ones_own_is_filmed_with_a_warning() -> None:
    """A torch.autograd.Function may have any gradient; that it is not the slope of the map is said."""
    of = Function(lambda x, y: Doubled.apply(x) + y**2, name="doubled")
    (warning,) = record(Scene(problem=of, start=Point(x=3, y=2), epochs=2, resolution=3)).warnings
    assert "doubled: at (3, 2) torch's gradient along x is 1, finite differences give 6" in warning


def test_a_gradient_that_is_missing_on_the_way_is_an_error_of_the_scene() -> None:
    """A function whose gradient ends in the middle of a run is one line, not a traceback."""

    def ending(x: Tensor, y: Tensor) -> Tensor:
        return x**2 + y**2 if x > 0.5 else torch.tensor(0.25)

    scene = Scene(problem=Function(ending), start=Point(x=6, y=2), epochs=40, resolution=3, optimizer=SGD(lr=0.2))
    with pytest.raises(SceneError, match="ending has no gradient: "):
        record(scene)


def test_looking_warns_of_nothing_that_torch_says() -> None:
    """torch's own warnings, of numbers that are read and operations mapped one by one, do not leak."""

    def histogram(x: Tensor, y: Tensor) -> Tensor:
        return torch.histc(torch.stack([x, y]).detach(), 4, -9, 9)[0] * 0 + x**2 + y**2

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(SceneError, match=r"write torch\.sin"):
            Formula(Function(by_math))
        record(Scene(problem=Function(histogram), epochs=2, resolution=9, window=Window()))


def test_errors_point_at_the_line_inside() -> None:
    """What a function or loss raises is told with the line that raised it."""

    def wrong(x: Tensor, y: Tensor) -> Tensor:
        table = {"a": x}
        return table["b"] + y  # the line: wrong

    with pytest.raises(SceneError) as caught:
        record(Scene(problem=Function(wrong), epochs=1, resolution=3, optimizer=Optimizer("Adam", lr=0.1)))
    assert str(caught.value) == f"{FILE}:{line('wrong')}: wrong failed on two numbers (x, y): KeyError: 'b'"
