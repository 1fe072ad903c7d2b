"""Optimizers of one's own: any subclass of `torch.optim.Optimizer` is filmed by its class."""

from __future__ import annotations

import inspect
import json

import numpy as np
import pytest
import torch

from animgd import SGD, Function, Optimizer, Panel, Point, Run, Scene, record
from animgd.errors import SceneError


class Lion(torch.optim.Optimizer):
    """The sign of a running mean of gradients, with decoupled decay.

    Source: Chen et al., "Symbolic Discovery of Optimization Algorithms", 2023, program 1.
    """

    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            one, two = group["betas"]
            for p in group["params"]:
                mean = self.state[p].setdefault("mean", torch.zeros_like(p))
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.sub_((one * mean + (1 - one) * p.grad).sign(), alpha=group["lr"])
                mean.mul_(two).add_(p.grad, alpha=1 - two)


class Powered(torch.optim.SGD):
    """Descends sign(g)·|g|^power; `power` must be given, and its state is nothing that torch's own keep."""

    def __init__(self, params, lr, power):
        super().__init__(params, lr=lr)
        self.power = power

    @torch.no_grad()
    def step(self, closure=None):
        for p in self.param_groups[0]["params"]:
            self.state[p] = p.clone()
            p.sub_(p.grad.sign() * p.grad.abs() ** self.power, alpha=self.param_groups[0]["lr"])


def slope(x: float, y: float) -> tuple[float, float]:
    """Of (x - 1)² + 3y²."""
    return 2 * (x - 1), 6 * y


def path(optimizer: Optimizer, epochs: int = 20) -> np.ndarray:
    """Where an optimizer goes on (x - 1)² + 3y². Shapes: (epochs + 1, 2), x first."""
    bowl = Function(lambda x, y: (x - 1) ** 2 + 3 * y**2)
    scene = Scene(problem=bowl, optimizer=optimizer, start=Point(x=-2, y=1.5), epochs=epochs, resolution=3)
    run = record(scene).panels[0].runs[0]
    return np.stack([run.bias, run.weight], 1)


def test_an_optimizer_with_state_and_defaults_goes_its_way():
    """Lion's path is the one of its definition, computed without torch; what is not set has the class's default."""
    at, mean, wanted = np.array([-2.0, 1.5]), np.zeros(2), []
    for _ in range(21):
        wanted.append(at)
        gradient = np.array(slope(*at))
        at = at * (1 - 0.2 * 0.1) - 0.2 * np.sign(0.9 * mean + 0.1 * gradient)
        mean = 0.99 * mean + 0.01 * gradient
    np.testing.assert_allclose(path(Optimizer(Lion, lr=0.2, weight_decay=0.1)), wanted, atol=1e-5)


def test_an_optimizer_with_settings_of_its_own_goes_its_way():
    """Settings that only this class knows reach it."""
    at, wanted = np.array([-2.0, 1.5]), []
    for _ in range(21):
        wanted.append(at)
        gradient = np.array(slope(*at))
        at = at - 0.1 * np.sign(gradient) * np.abs(gradient) ** 0.5
    np.testing.assert_allclose(path(Optimizer(Powered, lr=0.1, power=0.5)), wanted, atol=1e-5)


def test_a_class_and_a_function_that_makes_one_are_the_same():
    """Anything that takes the parameters and gives an optimizer will do."""

    def made(params, lr):
        first, second = params
        return Lion([{"params": [first]}, {"params": [second], "lr": 2 * lr}], lr=lr)

    moved = np.abs(np.diff(path(Optimizer(made, lr=0.05), 1), axis=0))[0]
    assert moved == pytest.approx([0.1, 0.05])  # the weight, which is y, comes first


def test_an_own_optimizer_is_filmed_by_its_class(animgd, write):
    """A film of it has its name, its settings, and torch's SGD beside it."""
    text = """
import torch
from animgd import *
class Halving(torch.optim.Optimizer):
    def __init__(self, params, lr, floor):
        super().__init__(params, dict(lr=lr, floor=floor))
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.data -= max(group["floor"], group["lr"] / 2 ** self.state[p].setdefault("step", 0)) * p.grad
                self.state[p]["step"] += 1
runs = {"own": Optimizer(Halving, lr=0.2, floor=0.01), "SGD": SGD(0.2)}
scene = Scene(optimizer=runs, losses=["MSELoss"], epochs=3, video=Video(640, 360, 10, 10, 0, 0))
"""
    done = animgd(write(text), "-f", "json,gif")
    assert (done.status, done.err) == (0, [])
    own, plain = json.loads((done.folder / "small.json").read_text())["panels"][0]["runs"]
    assert own["optimizer"] == {"name": "Halving", "lr": 0.2, "floor": 0.01}
    assert own["bias"][1] == pytest.approx(plain["bias"][1])
    assert own["bias"][2] != pytest.approx(plain["bias"][2])


class Tired(Lion):
    """Fails in its third step."""

    def step(self, closure=None):
        self.steps = getattr(self, "steps", 0) + 1
        return [][self.steps] if self.steps == 3 else super().step()


@pytest.mark.parametrize(
    ("optimizer", "words"),
    [
        (Optimizer(Powered, lr=0.1), ["cannot construct Powered", "missing 1 required positional argument: 'power'"]),
        (Optimizer(Powered, lr=0.1, powr=2), ["Powered has no setting 'powr'; did you mean 'power'?"]),
        (Optimizer(Lion, learning_rate=0.1), ["Lion has no setting 'learning_rate'; did you mean 'lr'?"]),
        (Optimizer(Tired, lr=0.1), ["Tired cannot step", "IndexError: list index out of range"]),
    ],
)
def test_what_is_wrong_with_it_is_one_line(optimizer, words):
    """Settings are checked as torch's are; whatever a step raises is told with the line inside the class."""
    with pytest.raises(SceneError) as caught:
        record(Scene(panels=(Panel(optimizer=(Run("a", SGD(0.1)), Run("b", optimizer))),), epochs=4, resolution=3))
    text = str(caught.value)
    assert "\n" not in text and all(word in text for word in words), text
    place = f"{__file__}:{inspect.getsourcelines(Tired)[1] + 5}" if "Tired" in text else optimizer.origin
    assert text.startswith(f"{place}: ")
