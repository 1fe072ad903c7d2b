"""Random losses, functions and optimizers: seeded, said, and without a minimum."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from animgd import SGD, Function, Loss, Optimizer, Problem, Scene, Window, record
from animgd.recording.diagnostics import remarks
from animgd.recording.npz import dumps

DATA = Problem(x=tuple(np.linspace(-2, 2, 16)), y=tuple(np.linspace(-1, 2, 16) ** 2))
OWN = np.random.default_rng(7)
OLD = np.random.RandomState(7)
DICE = random.Random(7)
TORCH = torch.Generator().manual_seed(7)


def batch(p: Tensor, t: Tensor) -> Tensor:
    chosen = torch.randperm(len(p))[:4]
    return ((p - t)[chosen] ** 2).mean()


def rarely(p: Tensor, t: Tensor) -> Tensor:
    return ((p - t) ** 2).mean() + (torch.rand(()) < 0.3) * p.mean()


def with_own(p: Tensor, t: Tensor) -> Tensor:
    return ((p - t) ** 2).mean() * (1 + noise())


def noise() -> float:
    return 0.1 * float(OWN.normal())


class Dropped(torch.nn.Module):
    """Half of the points, drawn anew at each call."""

    def __init__(self) -> None:
        super().__init__()
        self.drop = torch.nn.Dropout(0.5)

    def forward(self, p: Tensor, t: Tensor) -> Tensor:
        return (self.drop(p - t) ** 2).mean()


class Sampled:
    """A loss that holds its own generator."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(3)

    def __call__(self, p: Tensor, t: Tensor) -> Tensor:
        return ((p - t)[self.rng.integers(0, len(p), 5)] ** 2).mean()


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "a batch of torch's": batch,
    "dropout": Dropped(),
    "now and then": rarely,
    "numpy": lambda p, t: ((p - t) ** 2).mean() + np.random.rand() * p.mean(),
    "random": lambda p, t: ((p - t) ** 2).mean() * (1 + random.random()),
    "a generator of a helper": with_own,
    "a generator of an object": Sampled(),
    "an old generator": lambda p, t: ((p - t)[OLD.randint(0, 16, 5)] ** 2).mean(),
    "a Random": lambda p, t: ((p - t) ** 2).mean() * (1 + DICE.random()),
    "a generator of torch's": lambda p, t: ((p - t) ** 2).mean() + 0.1 * torch.rand((), generator=TORCH),
    "a default": lambda p, t, rng=OWN: ((p - t) ** 2).mean() + 0.1 * rng.random(),  # type: ignore[misc]
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_random_loss_is_recorded_the_same_each_time(loss: Any) -> None:
    """Two recordings are equal to the byte, one warning says that the loss is random, and no minimum is marked."""
    scene = Scene(problem=DATA, losses=(loss,), epochs=6, resolution=7, window=Window(), optimizer=SGD(lr=0.02))
    one, other = record(scene), record(scene)
    assert dumps(one) == dumps(other)
    assert one.panels[0].minimum is None
    (said,) = one.warnings
    assert said.endswith(" is random: two calls at one point differ; the heatmap shows seed 0 and no minimum")
    assert list(remarks(scene, one)) == [said]


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_the_map_of_a_random_loss_is_one_draw(loss: Any) -> None:
    """All cells have the same random numbers: a map in which a parabola is a parabola, not noise."""
    scene = Scene(problem=DATA, losses=(loss,), epochs=1, resolution=9, window=Window())
    land = record(scene).panels[0].landscape.loss
    assert np.abs(np.diff(land, 3, axis=0)).max() < 1e-9 * np.abs(land).max()
    assert np.abs(np.diff(land, 3, axis=1)).max() < 1e-9 * np.abs(land).max()
    assert np.ptp(land) > 1


def test_the_seed_chooses_the_draw() -> None:
    """Another seed is another draw, for the map and for the run; the run draws anew at each step."""
    wanted = [Scene(problem=DATA, losses=(batch,), epochs=9, resolution=3, window=Window(), seed=s) for s in (0, 1)]
    one, other = (record(scene).panels[0] for scene in wanted)
    assert (one.landscape.loss != other.landscape.loss).all()
    assert one.runs[0].loss[0] != other.runs[0].loss[0]
    torch.manual_seed(1)
    first = batch(torch.tensor(DATA.x) * 6 - 3, torch.tensor(DATA.y)).item()
    assert other.runs[0].loss[0] == pytest.approx(first, rel=1e-5)


def test_runs_have_the_same_random_numbers() -> None:
    """Each run begins with the seed: equal optimizers on a random loss make equal paths, beside each other or alone."""
    both = Scene(problem=DATA, losses=(batch,), epochs=9, resolution=3, optimizer={"a": SGD(0.1), "b": SGD(0.1)})
    a, b = record(both).panels[0].runs
    (alone,) = record(Scene(problem=DATA, losses=(batch,), epochs=9, resolution=3, optimizer=SGD(0.1))).panels[0].runs
    assert a.loss.tolist() == b.loss.tolist() == alone.loss.tolist()
    assert len(set(a.loss)) == 10


class Noisy(torch.optim.SGD):
    """Descent with noise on each step."""

    def step(self, closure: Any = None) -> None:
        super().step(closure)
        with torch.no_grad():
            for group in self.param_groups:
                for parameter in group["params"]:
                    parameter.add_(torch.randn_like(parameter), alpha=0.1)


def test_a_random_optimizer_is_seeded_and_said() -> None:
    """Its path is the same each time, the minimum of the loss stays, and a warning names the optimizer."""
    scene = Scene(losses=("MSELoss",), optimizer=Optimizer(Noisy, lr=0.1), epochs=20, resolution=5)
    one, other = record(scene), record(scene)
    assert dumps(one) == dumps(other)
    assert one.warnings == ("Noisy is random: its trajectory is that of seed 0",)
    assert one.panels[0].minimum is not None
    plain = record(Scene(losses=("MSELoss",), optimizer=SGD(lr=0.1), epochs=20, resolution=5))
    assert plain.warnings == () and np.abs(one.panels[0].runs[0].weight - plain.panels[0].runs[0].weight).max() > 0.05


def test_a_random_function_has_no_minimum() -> None:
    """A function with noise of torch is drawn without its noise's luckiest cell being marked."""
    noisy = Function(lambda x, y: x**2 + y**2 + torch.rand(()), name="noisy")
    recording = record(Scene(problem=noisy, epochs=3, resolution=9, window=Window()))
    assert recording.panels[0].minimum is None
    assert recording.warnings[0].startswith("noisy is random")
    land, side = recording.panels[0].landscape.loss, np.linspace(-5, 8, 9) ** 2
    np.testing.assert_allclose(land - land[0, 0], np.add.outer(side, side) - 50, atol=1e-12)


def test_what_no_seed_repeats_is_noise() -> None:
    """A loss that counts its calls is filmed, said to be noise, and has no minimum."""
    count = itertools.count(1)
    counting = Loss(lambda p, t: ((p - t) ** 2).mean() * next(count))
    recording = record(Scene(problem=DATA, losses=(counting,), epochs=3, resolution=3))
    assert recording.warnings == ("<lambda> is random and ignores the seed: its heatmap is noise, without a minimum",)
    assert recording.panels[0].minimum is None


def test_a_generator_without_a_seed_gets_the_scene_s() -> None:
    """Two programs that make their generator by default_rng() alone draw the same numbers."""
    lands = []
    for _ in range(2):
        rng = np.random.default_rng()
        loss = Loss(lambda p, t, rng=rng: ((p - t) ** 2).mean() * (1 + rng.random()))
        lands.append(record(Scene(problem=DATA, losses=(loss,), epochs=1, resolution=3)).panels[0].landscape.loss)
    assert np.array_equal(*lands)


def test_what_draws_and_does_not_use_it_is_not_random() -> None:
    """A function that makes a layer at each call and then sets it draws numbers, but is the same function."""

    def layered(x: Tensor, y: Tensor) -> Tensor:
        layer = torch.nn.Linear(2, 1, bias=False, dtype=x.dtype)
        torch.nn.init.constant_(layer.weight, 2.0)
        return layer(torch.stack([x, y])).square().sum() + x**2

    recording = record(Scene(problem=Function(layered), epochs=3, resolution=9, window=Window()))
    assert recording.warnings == ()
    assert recording.panels[0].minimum is not None


def states() -> list[str]:
    """Where the generators are that a caller may use."""
    numpy, torch_s = np.random.get_state(), torch.get_rng_state().tolist()
    return [*map(str, (torch_s, numpy[1].tolist(), numpy[2:], random.getstate(), OWN.bit_generator.state))]


@pytest.mark.parametrize("loss", [with_own, batch, "MSELoss", LOSSES["numpy"], LOSSES["random"]])
def test_the_callers_random_numbers_stay_the_callers(loss: Any) -> None:
    """Recording leaves every generator as it was, also where a scene fails."""
    torch.manual_seed(5)
    before = states()
    record(Scene(problem=DATA, losses=(loss,), epochs=2, resolution=3))
    assert states() == before
    with pytest.raises(ValueError):
        record(Scene(problem=DATA, losses=(loss,), epochs=2, resolution=3, optimizer=Optimizer(broken, lr=1.0)))
    assert states() == before


class Broken(torch.optim.SGD):
    def zero_grad(self, set_to_none: bool = True) -> None:
        torch.rand(3)
        raise ValueError("broken")


broken = Broken
RANDOM = """
import torch
from animgd import *

def batch(p, t):
    chosen = torch.randperm(len(p))[:8]
    return ((p - t)[chosen] ** 2).mean()

scene = Scene(losses=(batch,), epochs=4, resolution=9, optimizer=SGD(0.05),
              video=Video(width=320, height=240, fps=5, epochs_per_second=5, hold_start=0, hold_end=0))
"""


def test_films_and_frames_of_a_random_loss_are_equal(animgd, write, tmp_path) -> None:
    """Two films have the same bytes, a frame alone is that of the film, and the warning is one line."""
    module = write(RANDOM, "odd.py")
    first = animgd(module, "-f", "png,gif,json")
    assert first.status == 0 and len(first.err) == 1 and "batch is random" in first.err[0]
    again = animgd(module, "-f", "png,gif,json", "-o", tmp_path / "again")
    assert again.status == 0
    for name in first.made:
        if (first.folder / name).is_file():
            assert (first.folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name
    assert animgd(module, "--frame", "3").status == 0
    assert (first.folder / "odd-3.png").read_bytes() == (first.folder / "odd" / "00003.png").read_bytes()
