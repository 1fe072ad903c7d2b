"""What can be wrong with a model: one line that says what was found, and what to do."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from networks import moons, network, scene
from torch.nn import Linear, Sequential

from animgd import SGD, Model, Parameters, Point, Random, Run, Span, record
from animgd.errors import SceneError
from animgd.recording.diagnostics import remarks

X, Y = moons()
frozen = network()
frozen.requires_grad_(requires_grad=False)
half = network()
half[0].requires_grad_(requires_grad=False)


def number() -> int:
    """No network."""
    return 7


def failing() -> torch.nn.Module:
    """A network that cannot be made."""
    raise ValueError("no luck")


class Pair(torch.nn.Module):
    """Two outputs at once."""

    def __init__(self) -> None:
        super().__init__()
        self.line = Linear(2, 2)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.line(x), x


class Images(torch.utils.data.Dataset):  # type: ignore[type-arg]
    """A dataset that fails."""

    def __getitem__(self, index: int) -> object:
        raise NotImplementedError

    def __len__(self) -> int:
        return 3


class Lost(torch.nn.Module):
    """Numbers that are none."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * float("nan")


class Scale(torch.nn.Module):
    """One parameter with one axis."""

    def __init__(self) -> None:
        super().__init__()
        self.by = torch.nn.Parameter(torch.ones(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.by


CASES = {
    "forward": ({"network": lambda: Linear(3, 2)}, "the network failed on 2 rows like those of x, of shape (2, 2):"),
    "no module": ({"network": number}, "network() returns 7, not a torch.nn.Module"),
    "not made": ({"network": failing}, "cannot make the network: ValueError: no luck"),
    "no gradients": ({"network": frozen}, "no parameter of the network requires gradients"),
    "two outputs": ({"network": Pair}, "it must return one tensor"),
    "rows": ({"y": Y[:7]}, "x has 40 rows and y 7"),
    "ragged": ({"x": [[1.0], [1.0, 2.0]], "y": [0, 1]}, "x must be an array of numbers, with rows of one length"),
    "text": ({"x": "abc"}, "x must be an array of numbers"),
    "empty": ({"x": [], "y": []}, "x has no rows"),
    "not finite": ({"x": X / 0}, "x has values that are not finite"),
    "shapes": ({"losses": ("MSELoss",)}, "the network's output has shape (40, 2), y (40,): they must be equal"),
    "classes": ({"y": Y + 1}, "y has classes from 1 to 2, and the network 2 outputs: they are counted from 0"),
    "parts of classes": ({"y": Y + 0.5}, "needs whole numbers as y"),
    "items": ({"x": Images(), "y": None}, "a map-style Dataset whose items are pairs (x, y)"),
    "stands still": ({"optimizer": SGD(lr=1e-30)}, "PCA: the runs do not move"),
    "lost at once": ({"network": lambda: Sequential(Linear(2, 2), Lost())}, "the loss is not finite at the start"),
    "name": ({"plane": Parameters("0.weight[0,0]", "7.bias[0]")}, "the network has no parameter '7.bias'"),
    "index": ({"plane": Parameters("0.weight[0]", "0.bias[0]")}, "'0.weight' has shape (5, 2)"),
    "frozen": ({"network": half, "plane": Parameters("0.bias[0]", "2.bias[0]")}, "'0.bias' does not require gradients"),
    "label": ({"plane": Span("start", "Adam", "b")}, "no run is labelled 'Adam'"),
    "line": ({"plane": Span("start", "", 6)}, "its three points lie on one line"),
    "nothing to perturb": ({"network": Scale, "plane": Random()}, "there is nothing to perturb"),
    "many features": ({"network": lambda: Linear(3, 2), "x": torch.randn(40, 3), "companions": ("fit",)},
                      "cannot show this: x has 3 features"),
    "no classes": ({"y": X[:, 0], "losses": ("MSELoss",), "network": lambda: Linear(2, 1), "companions": ("fit",)},
                   "cannot show this: with two features it needs classes"),
    "cuda": ({"device": "cuda:99"}, "torch finds"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_said_in_one_line(name):
    """With the line of the model, or of the author's code that failed."""
    changes, said = CASES[name]
    with pytest.raises(SceneError) as caught:
        record(scene(**changes))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (
        caught.value.origin and "test_model_errors.py" in caught.value.origin
    ) or "networks.py" in caught.value.origin


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: Model(3, x=X, y=Y), "network must be a torch.nn.Module, or a callable that makes one, not 3"),
        (lambda: Model(network), "x is missing"),
        (lambda: Model(network, x=X), "y is missing"),
        (lambda: Model(network, x=X, y=Y, plane="PCA"), "plane must be PCA(), Random(...), Parameters(...)"),
        (lambda: Model(network, x=X, y=Y, device="gpu"), 'device must be one of "cpu"'),
        (lambda: Model(network, X, Y, planes=3), "Model has no field 'planes'; did you mean 'plane'?"),
        (lambda: scene(start=Point(x=1, y=1)), "a model starts from its own parameters; remove start"),
        (lambda: scene(optimizer=(Run("a", SGD(lr=0.1), Point(x=1, y=2)),)), "remove start"),
        (lambda: scene(optimizer=()), "each panel needs one"),
        (lambda: Span("a", "b"), "Span: points must be three"),
        (lambda: Parameters("a", "a"), "both axes are the same parameter"),
    ],
)  # fmt: skip
def test_declarations_are_checked_when_they_are_made(made, said):
    """Before anything is trained."""
    with pytest.raises(SceneError) as caught:
        made()
    assert said in str(caught.value)
    assert "test_model_errors.py" in str(caught.value.origin) or "networks.py" in str(caught.value.origin)


class Breaking(torch.nn.Module):
    """A line that breaks as soon as a weight is large."""

    def __init__(self) -> None:
        super().__init__()
        self.line = Linear(2, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.line(x) + torch.where(self.line.weight.abs().max() > 1, float("nan"), 0.0)


def test_nan_in_the_middle_ends_a_run():
    """A run that diverges is shown until then, and said; its plane is that of what was finite."""
    film = scene(network=Breaking, optimizer=SGD(lr=1.0), epochs=20)
    found = record(film)
    (path,) = found.panels[0].runs
    assert path.diverged_at and path.diverged_at > 1
    assert np.isfinite([path.weight[: path.diverged_at], path.off_plane[: path.diverged_at]]).all()
    assert 0.5 < sum(found.panels[0].plane.shares) <= 1 + 1e-9
    assert f"the loss is not a number from epoch {path.diverged_at}" in "".join(remarks(film, found))


def test_a_run_that_diverges_at_once_has_no_plane():
    """Its first step leads where single precision has nothing to show."""
    with pytest.raises(SceneError, match="the runs diverge at the first step; lower lr"):
        record(scene(optimizer=SGD(lr=1e20), losses=("MSELoss",), y=X))


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has cuda")
def test_a_device_that_is_not_there_is_said():
    """In one line, with the cure."""
    with pytest.raises(SceneError, match='torch finds no device "cuda" here; write device="auto", or "cpu"'):
        record(scene(device="cuda"))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no cuda device on this machine")
def test_cuda_trains_the_same_network():
    """On another device the same start leads along the same path, but for rounding; the recording says where."""
    here, there = record(scene()), record(scene(device="cuda"))
    np.testing.assert_allclose(here.panels[0].runs[0].loss, there.panels[0].runs[0].loss, rtol=1e-4)
    assert there.device.startswith("cuda")


def test_a_film_too_short_for_its_plane_shows_another():
    """As a rehearsal of two epochs is: the plane through an epoch that is not recorded is replaced, which is said."""
    made = scene(plane=Span("start", 4, 6), epochs=6)
    assert record(made).axes[0].startswith("from start to epoch 4 (")
    short = record(made.replace(epochs=2))
    assert short.axes[0].startswith("PC 1 (")
    assert short.warnings == ("Span: the runs have epochs 0 to 2, so there is no epoch 6; PCA() is shown instead",)
