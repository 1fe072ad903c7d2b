"""What a recording depends on, and nothing else: its name in the cache, and what is sent to other processes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from animgd.recording.cache import spec
from animgd.scene.module import transfer
from animgd.scene.optimizers import SGD, Loss, Optimizer
from animgd.scene.problem import Function, Point, Problem, Window
from animgd.scene.scene import Panel, Run, Scene
from animgd.scene.style import Style
from animgd.scene.video import Video

BASE = Scene()
SEEN = {  # what only the picture knows
    "title": Scene(title="Another"),
    "look": Scene(style=Style("dark", colormap="viridis", scale="linear")),
    "size": Scene(video=Video(width=640, height=360)),
    "rate": Scene(video=Video(fps=30, epochs_per_second=3, hold_start=0, hold_end=9)),
    "panel titles": Scene(panels=tuple(Panel(title=str(i), loss=loss) for i, loss in enumerate(BASE.losses))),
    "label": Scene(optimizer={"a label": SGD(lr=0.1)}),
    "names of the data": Scene(problem=Problem(names=("age", "height")), window=Window()),
    "companions": Scene(companions=("fit",)),
    "anatomy": Scene(anatomy=True),
    "spelling": Scene(losses=("MSELoss", "L1Loss", torch.nn.HuberLoss, Loss("SmoothL1Loss"))),
}
RECORDED = {  # what changes numbers
    "lr": Scene(optimizer=SGD(lr=0.2)),
    "momentum": Scene(optimizer=SGD(lr=0.1, momentum=0.5)),
    "weight decay": Scene(optimizer=SGD(lr=0.1, weight_decay=0.5)),
    "dampening": Scene(optimizer=SGD(lr=0.1, dampening=0.5)),
    "nesterov": Scene(optimizer=SGD(lr=0.1, momentum=0.5, nesterov=True)),
    "optimizer": Scene(optimizer=Optimizer("Adam", lr=0.1)),
    "a setting": Scene(optimizer=Optimizer("Adam", lr=0.1, betas=(0.5, 0.9))),
    "a tuple in a tuple": Scene(optimizer=Optimizer("Adam", lr=0.1, betas=((0.5, 0.9), 1))),
    "SGD by its name": Scene(optimizer=Optimizer("SGD", lr=0.2)),
    "weights": Scene(problem=Problem(x=(1, 2), y=(3, 4), weights=(1, 2)), window=Window()),
    "double precision": Scene(problem=Problem(x=(1, 2), y=(3, 4), dtype="float64"), window=Window()),
    "declared minima": Scene(problem=Function("booth", minima=(Point(x=1, y=2), (3, 4))), window=Window()),
    "condition": Scene(problem=Function("quadratic", condition=3), window=Window()),
    "seed": Scene(seed=1),
    "a ghost's start": Scene(ghost=Run("g", SGD(lr=0.3), Point(weight=1, bias=2))),
    "runs": Scene(optimizer=(Run("a", SGD(lr=0.1)), Run("b", SGD(lr=0.1)))),
    "no runs": Scene(optimizer=()),
    "a run's start": Scene(optimizer=(Run("a", SGD(lr=0.1), Point(weight=0, bias=0)),)),
    "losses": Scene(losses=("MSELoss",)),
    "order": Scene(losses=tuple(reversed(BASE.losses))),
    "a loss's setting": Scene(losses=("MSELoss", "L1Loss", Loss("HuberLoss", delta=0.5), "SmoothL1Loss")),
    "epochs": Scene(epochs=99),
    "start": Scene(start=Point(weight=6, bias=-2.9999999)),
    "data": Scene(problem=Problem(x=(1, 2), y=(3, 4)), window=Window()),
    "function": Scene(problem=Function("booth"), window=Window()),
    "window": Scene(window=Window(bias=(-5, 8.5))),
    "found window": Scene(window=None),
    "resolution": Scene(resolution=100),
    "ghost": Scene(ghost=SGD(lr=0.3)),
}


def named(scene: Scene) -> str:
    """The spec as it is hashed."""
    told = spec(scene)
    assert told is not None
    return json.dumps(told, sort_keys=True)


@pytest.mark.parametrize("change", SEEN)
def test_the_look_is_no_part_of_a_recording(change: str) -> None:
    """Changing only how the film looks keeps the recording."""
    assert named(SEEN[change]) == named(BASE)


@pytest.mark.parametrize("change", RECORDED)
def test_whatever_is_recorded_is_part_of_it(change: str) -> None:
    """Changing any number of a scene changes the name, and each change to another one."""
    others = [named(scene) for name, scene in RECORDED.items() if name != change]
    assert named(RECORDED[change]) not in [named(BASE), *others]


@pytest.mark.parametrize("scene", [*SEEN.values(), *RECORDED.values()], ids=[*SEEN, *RECORDED])
def test_a_scene_comes_back_from_its_text(scene: Scene) -> None:
    """A film worker gets from JSON a scene that is equal, with the same origins."""
    (back,) = transfer.unpacked(transfer.packed([scene]))
    assert back == scene or scene == SEEN["spelling"]  # torch.nn.HuberLoss stays where it is
    for one, other in zip(scene.grid, back.grid, strict=True):
        assert [r.optimizer.origin for r in one.runs] == [r.optimizer.origin for r in other.runs]


def own_loss(predicted: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """A scene's own loss."""
    return ((predicted - target) ** 4).mean()


class OwnSGD(torch.optim.SGD):
    """A scene's own optimizer."""


Window_ = type("Window", (torch.nn.Module,), {})  # called like a declaration


@pytest.mark.parametrize("scene", [
    Scene(losses=(own_loss,)),
    Scene(losses=("MSELoss", Loss(own_loss))),
    Scene(losses=(Loss(Window_()),)),
    Scene(problem=Function(lambda weight, bias: weight**2 + bias**2)),
    Scene(optimizer=Optimizer(OwnSGD, lr=0.1)),
    Scene(panels=(Panel(optimizer=Optimizer(OwnSGD, lr=0.1)),)),
    Scene(ghost=Optimizer(OwnSGD, lr=0.1)),
    Scene(optimizer=Optimizer("Adam", lr=0.1, foreach=frozenset({1}))),
], ids=["loss", "one loss", "a declaration's name", "function", "optimizer", "panel", "ghost", "setting"])  # fmt: skip
def test_code_has_no_name(scene: Scene) -> None:
    """What holds a callable or an object cannot be named safely, so it has no spec at all."""
    assert spec(scene) is None
    assert spec(replace(scene, title="x")) is None


def test_where_a_scene_stands_is_not_hashed() -> None:
    """Moving a scene in its file keeps its recording."""
    one = Scene(optimizer=SGD(lr=0.1))
    other = Scene(optimizer=SGD(lr=0.1))
    assert one.origin != other.origin
    assert named(one) == named(other)
    assert "test_codec" not in named(one)
