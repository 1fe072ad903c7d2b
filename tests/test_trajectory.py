"""Trajectories: torch's own steps, written down."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import FIGURES

from animgd import SGD, Function, Loss, Optimizer, Panel, Point, Problem, Run, Scene, Window, record
from animgd.errors import SceneError
from animgd.recording.model import Trajectory
from animgd.training.problems import LineFit, toy
from animgd.training.trajectory import descend, with_divergence

LOSSES = ("MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss")
OTHERS = {  # one row an optimizer
    "Adadelta": {"lr": 10.0},
    "Adafactor": {"lr": 0.1},
    "Adagrad": {"lr": 1.0},
    "Adam": {"lr": 0.3},
    "AdamW": {"lr": 0.3, "weight_decay": 0.1},
    "Adamax": {"lr": 0.3, "betas": (0.8, 0.9)},
    "ASGD": {"lr": 0.05},
    "NAdam": {"lr": 0.3},
    "RAdam": {"lr": 0.3},
    "RMSprop": {"lr": 0.1, "momentum": 0.5, "centered": True},
    "Rprop": {"lr": 0.1},
    "SGD": {"lr": 0.1, "momentum": 0.9, "maximize": False},
}


def bare(loss: str, kind: str, settings: dict[str, object], epochs: int) -> np.ndarray:
    """The article's loop, without anything of ours but its data. Shapes: (epochs + 1, 7)."""
    model = torch.nn.Linear(1, 1)
    model.weight.data.fill_(6.0)
    model.bias.data.fill_(-3.0)
    x, y = (torch.tensor(values).reshape(-1, 1) for values in toy())
    criterion = getattr(torch.nn, loss)()
    optimizer = getattr(torch.optim, kind)(model.parameters(), **settings)
    rows, buffers = [], [0.0, 0.0]
    for _ in range(epochs + 1):
        optimizer.zero_grad()
        value = criterion(model(x), y)
        value.backward()
        both = (model.weight, model.bias)
        rows.append([*(p.item() for p in both), value.item(), *(p.grad.item() for p in both), *buffers])
        optimizer.step()
        momenta = [optimizer.state[p].get("momentum_buffer") for p in both]
        buffers = [0.0 if m is None else m.item() for m in momenta]
    return np.array(rows)


def objective(loss: str = "MSELoss") -> LineFit:
    """The article's problem under a loss."""
    return LineFit(Problem(), Loss(loss))


def test_the_losses_are_those_that_the_document_prints(five):
    """The 100 losses that the article prints for lr 0.1, and where its model ends, come out again."""
    with (Path(__file__).parent / "data" / "mse_lr0.1_losses.csv").open() as file:
        printed = [float(row["loss"]) for row in csv.DictReader(file)]
    run = five["plain"].panels[0].runs[0]
    assert len(printed) == 100
    np.testing.assert_allclose(run.loss[:100], printed, rtol=1e-6)
    assert run.weight[100] == pytest.approx(0.9258306622505188, abs=1e-6)
    assert run.bias[100] == pytest.approx(2.4843850135803223, abs=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("figure", FIGURES)
def test_each_of_the_twenty_equals_a_bare_loop(five, figure, loss):
    """Parameters, losses, gradients and momentum buffers of the article's settings are torch's own."""
    run = five[figure].panels[LOSSES.index(loss)].runs[0]
    wanted = bare(loss, "SGD", dict(FIGURES[figure].settings), 100)
    ours = np.stack([run.weight, run.bias, run.loss, *run.gradient.T], 1)[:101]
    np.testing.assert_allclose(ours, wanted[:, :5], rtol=5e-6, atol=5e-6)
    assert (run.momentum is None) == (figure == "plain")
    if run.momentum is not None:
        np.testing.assert_allclose(run.momentum[:101], wanted[:, 5:], rtol=5e-6, atol=5e-6)


@pytest.mark.parametrize("loss", ["MSELoss", "L1Loss"])
@pytest.mark.parametrize("kind", OTHERS)
def test_any_other_optimizer_equals_a_bare_loop(kind, loss):
    """An optimizer of torch that a scene names makes exactly its steps."""
    run = descend(objective(loss), Run("", Optimizer(kind, **OTHERS[kind]), Point(weight=6, bias=-3)), 60)
    wanted = bare(loss, kind, OTHERS[kind], 60)
    np.testing.assert_allclose(np.stack([run.weight, run.bias, run.loss], 1), wanted[:, :3], rtol=5e-6, atol=5e-6)
    assert np.ptp(run.weight) > 0.1, "it must have moved, or nothing was compared"


def test_a_class_and_its_name_are_the_same_optimizer():
    """`Optimizer(torch.optim.Adam)` is `Optimizer("Adam")`, and the loss class is its name too."""
    assert Optimizer(torch.optim.Adam, lr=0.3) == Optimizer("Adam", lr=0.3)
    assert Loss(torch.nn.HuberLoss, delta=0.5) == Loss("HuberLoss", delta=0.5)


def test_a_callable_that_makes_an_optimizer_is_one():
    """A scene may bring a maker of optimizers; it is given the parameters and the settings."""
    own = Optimizer(lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9), lr=0.1)
    run = descend(objective(), Run("", own, Point(weight=6, bias=-3)), 20)
    same = descend(objective(), Run("", FIGURES["momentum"], Point(weight=6, bias=-3)), 20)
    np.testing.assert_array_equal(run.weight, same.weight)
    np.testing.assert_array_equal(run.momentum, same.momentum)


BEHAVIOURS = {  # of the article: figure, loss -> epoch from which it is within 0.1 for good, None where it never is
    ("plain", "MSELoss"): 26, ("plain", "L1Loss"): 153, ("plain", "HuberLoss"): 153,
    ("momentum", "MSELoss"): 76, ("momentum", "L1Loss"): 75, ("momentum", "HuberLoss"): 67,
    ("nesterov", "MSELoss"): 28, ("nesterov", "L1Loss"): 50, ("nesterov", "HuberLoss"): 49,
    ("weight_decay", "MSELoss"): None, ("weight_decay", "L1Loss"): None, ("weight_decay", "HuberLoss"): None,
    ("dampening", "MSELoss"): 80, ("dampening", "L1Loss"): 82, ("dampening", "HuberLoss"): 93,
}  # fmt: skip


def walk(five, figure: str, loss: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Steps' lengths, distances from the panel's minimum, and the bias, over 100 epochs."""
    panel = five[figure].panels[LOSSES.index(loss)]
    run, minimum = panel.runs[0], panel.minimum
    distance = np.hypot(run.weight - minimum.weight, run.bias - minimum.bias)
    return np.hypot(np.diff(run.weight), np.diff(run.bias))[:100], distance, run.bias[:101]


@pytest.mark.parametrize(("figure", "loss"), BEHAVIOURS)
def test_runs_arrive_when_the_document_says(five, figure, loss):
    """The epoch from which a run stays within 0.1 of its minimum is the measured one."""
    _, distance, _ = walk(five, figure, loss)
    outside = np.flatnonzero(distance > 0.1)
    arrived = None if outside[-1] == 200 else outside[-1] + 1
    assert arrived == BEHAVIOURS[figure, loss]


@pytest.mark.parametrize(
    ("figure", "loss", "what", "value"),
    [
        ("plain", "MSELoss", "first step", 1.43),
        ("plain", "MSELoss", "length", 7.6),
        ("plain", "L1Loss", "left", 0.61),
        ("plain", "HuberLoss", "left", 0.77),
        ("momentum", "MSELoss", "peak", 6.65),
        ("momentum", "MSELoss", "overshoot", 4.16),
        ("momentum", "MSELoss", "length", 42.7),
        ("momentum", "MSELoss", "turns", 2.4),
        ("momentum", "L1Loss", "peak", 3.48),
        ("momentum", "HuberLoss", "peak", 3.54),
        ("nesterov", "MSELoss", "first step", 2.71),
        ("nesterov", "MSELoss", "overshoot", 2.44),
        ("nesterov", "MSELoss", "length", 17.5),
        ("weight_decay", "MSELoss", "left", 1.42),
        ("weight_decay", "L1Loss", "left", 2.03),
        ("weight_decay", "HuberLoss", "left", 2.13),
        ("dampening", "MSELoss", "peak", 6.36),
        ("dampening", "MSELoss", "overshoot", 3.88),
        ("dampening", "L1Loss", "peak", 2.46),
        ("dampening", "HuberLoss", "peak", 2.60),
    ],
)
def test_runs_behave_as_the_document_says(five, figure, loss, what, value):
    """Overshoot, lengths and turns of the article's figures, to the digits that were measured."""
    steps, distance, bias = walk(five, figure, loss)
    panel = five[figure].panels[LOSSES.index(loss)]
    run, minimum = panel.runs[0], panel.minimum
    angle = np.unwrap(np.arctan2(run.weight[:101] - minimum.weight, run.bias[:101] - minimum.bias))
    measured = {
        "first step": steps[0],
        "length": steps.sum(),
        "left": distance[100],
        "peak": bias.max(),
        "overshoot": bias.max() - minimum.bias,
        "turns": abs(angle[-1] - angle[0]) / (2 * np.pi),
    }[what]
    digits = 2 if what in ("first step", "left", "peak", "overshoot") else 1
    assert measured == pytest.approx(value, abs=0.51 * 10.0**-digits)


def test_plain_descent_shrinks_its_steps_and_l1_keeps_them(five):
    """MSE's steps get ever smaller without overshoot; L1's have almost constant length."""
    steps, _, bias = walk(five, "plain", "MSELoss")
    assert (np.diff(steps[:40]) < 0).all()
    assert bias.max() < five["plain"].panels[0].minimum.bias + 0.01
    steps, _, _ = walk(five, "plain", "L1Loss")
    assert steps[:80].max() / steps[:80].min() < 2.0


def test_momentum_peaks_at_epoch_six(five):
    """The overshoot of figure 6 is at its greatest at epoch 6."""
    assert walk(five, "momentum", "MSELoss")[2].argmax() == 6


def test_weight_decay_ends_at_the_minimum_of_what_is_descended(five):
    """Figure 9's MSE ends where loss + (weight_decay / 2) · ‖parameters‖² is least: weight .300, bias 1.213."""
    panel = five["weight_decay"].panels[0]
    run, decayed = panel.runs[0], panel.decayed[0]
    assert (run.weight[100], run.bias[100]) == pytest.approx((0.300, 1.213), abs=5e-4)
    assert (decayed.weight, decayed.bias) == pytest.approx((run.weight[200], run.bias[200]), abs=1e-5)


def test_there_is_one_more_of_everything_than_epochs():
    """Epochs + 1 parameters, losses and gradients: the start is epoch 0, and the last loss belongs to the last step."""
    run = descend(objective(), Run("", SGD(lr=0.1, momentum=0.5), Point(weight=1.5, bias=-2.5)), 7)
    assert [len(v) for v in (run.weight, run.bias, run.loss, run.gradient, run.momentum)] == [8] * 5
    assert (run.weight[0], run.bias[0]) == (1.5, -2.5)
    assert run.loss[-1] == pytest.approx(objective().values(*torch.tensor([[run.weight[-1]], [run.bias[-1]]])).item())


def test_a_parameter_without_gradient_stays_where_it_is():
    """A function of the bias alone moves only the bias, and its momentum is written down."""
    from animgd.training.problems import Formula

    run = descend(Formula(Function(lambda x, y: x**2)), Run("", SGD(lr=0.1, momentum=0.9), Point(weight=2, bias=1)), 5)
    assert (run.weight == 2).all() and run.bias[-1] < 0.5
    assert run.momentum[1].tolist() == pytest.approx([0, 2])


def test_the_plain_kernels_are_used(monkeypatch):
    """torch's fused kernels differ by some 1e-6 from the plain ones that made the article's numbers."""
    used = []
    real = torch.optim.SGD.step
    monkeypatch.setattr(torch.optim.SGD, "step", lambda self: used.append(self.defaults) or real(self))
    descend(objective(), Run("", SGD(lr=0.1), Point(weight=6, bias=-3)), 1)
    assert [(settings["foreach"], settings["fused"]) for settings in used] == [(False, False)]


def test_training_leaves_torch_as_it_was():
    """Training on one thread does not pin the rest of the program to one, and works where gradients are off."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with torch.no_grad():
            run = descend(objective(), Run("", SGD(lr=0.1), Point(weight=6, bias=-3)), 2)
        assert torch.get_num_threads() == 2
        assert run.loss[2] < run.loss[0]
    finally:
        torch.set_num_threads(before)


def gone(lr: float, epochs: int = 60) -> int | None:
    """When plain descent on MSE is judged to have diverged."""
    panels = (Panel(loss="MSELoss", optimizer=SGD(lr=lr)),)
    return record(Scene(panels=panels, epochs=epochs, resolution=3)).panels[0].runs[0].diverged_at


def test_divergence_is_found_where_it_is():
    """lr 1.0 only leaves the map, lr 1.2 goes beyond 1,000 windows, lr 1.5 to an infinite loss at epoch 56."""
    assert gone(1.0) is None
    far = bare("MSELoss", "SGD", {"lr": 1.2}, 60)[:, :2]
    first = np.flatnonzero(((far > 8 + 13000) | (far < -5 - 13000)).any(1))[0]
    assert gone(1.2) == first
    assert bare("MSELoss", "SGD", {"lr": 1.5}, 60)[56, 2] == np.inf
    assert gone(1.5) < 56


@pytest.mark.parametrize(
    ("values", "loss", "epoch"),
    [
        ([0, 2000.9, -2000.9], [1, 1, 1], None),
        ([0, 2001.1, 0], [1, 1, 1], None),
        ([0, 0, -2001.1], [1, 1, 1], 2),
        ([0, 2001.1, -2001.1], [1, 1, 1], 1),
        ([0, 2001.1, np.nan], [1, 1, 1], 1),
        ([0, np.inf, 0], [1, 1, 1], 1),
        ([9, 8000.9, 8000.9], [1, 1, 1], None),
        ([9, 8001.1, 8001.1], [1, 1, 1], 1),
        ([0, np.nan, 0], [1, 1, 1], 1),
        ([0, 0, 0], [1, 1, np.inf], 2),
        ([0, -np.inf, 0], [np.nan, 1, 1], 0),
    ],
)
@pytest.mark.parametrize("axis", ["weight", "bias"])
def test_diverged_means_not_finite_or_beyond_a_thousand_windows_for_good(values, loss, epoch, axis):
    """The border is 1,000 sides of the window from its edge, or 1,000 times as far as the start; one may come back."""
    both = {"weight": np.zeros(3), "bias": np.zeros(3), axis: np.array(values, float)}
    path = Trajectory(**both, loss=np.array(loss, float), gradient=np.zeros((3, 2)), momentum=None)
    other = "bias" if axis == "weight" else "weight"
    assert with_divergence(path, Window(**{axis: (-1, 1), other: (-9, 9)})).diverged_at == epoch


@pytest.mark.parametrize("part", [1.0, 1e-3])
def test_a_narrow_window_is_no_reason_to_have_diverged(part):
    """A run that starts thousands of windows away and arrives in the window has not diverged."""
    window = Window(
        bias=(2.4844 - 0.0025 * part, 2.4844 + 0.0025 * part), weight=(0.9258 - 0.002 * part, 0.9258 + 0.002 * part)
    )
    panel = record(Scene(panels=(Panel(loss="MSELoss"),), window=window, resolution=3)).panels[0]
    run = panel.runs[0]
    assert run.diverged_at is None
    assert np.hypot(run.weight[-1] - panel.minimum.weight, run.bias[-1] - panel.minimum.bias) < 1e-5


@pytest.mark.parametrize(("start", "fate"), [(-1.0, "undefined at the start"), (1.0, "")])
def test_a_start_where_the_loss_is_not_defined_is_called_so(start, fate):
    """Where log(x) has no value the run has not diverged: there was nothing to leave."""
    function = Function(lambda x, y: torch.log(x) ** 2 + y**2)
    scene = Scene(problem=function, optimizer=SGD(lr=0.1), start=Point(x=start, y=1), epochs=5, resolution=5)
    run = record(scene).panels[0].runs[0]
    assert (run.fate, run.diverged_at) == (fate, 0 if fate else None)


@pytest.mark.parametrize(
    ("optimizer", "words"),
    [
        (Optimizer("Adan", lr=0.1), ["'Adan'", "did you mean 'Adam'?"]),
        (Optimizer("Zzz", lr=0.1), ["'Zzz'", "SGD", "Adam"]),
        (Optimizer("Optimizer", lr=0.1), ["'Optimizer'"]),
        (Optimizer("SparseAdam", lr=0.1), ["SparseAdam", "dense"]),
        (Optimizer("Adam", lr=0.1, beta=(0.9, 0.9)), ["no setting 'beta'", "did you mean 'betas'?"]),
        (Optimizer("Adam", lr=0.1, betas=(0.9, 2.0)), ["Adam", "beta", "2.0"]),
        (Optimizer("Adam", lr=0.1, weight_decay=-1.0), ["Adam", "weight_decay", "-1"]),
        (Optimizer("Adam", lr=0.1, weight_decay="much"), ["weight_decay must be a finite number, not 'much'"]),
        (Optimizer("Adam", lr=0.1, weight_decay=True), ["weight_decay must be a finite number, not True"]),
        (Optimizer("Adam", lr=0.1, amsgrad="no"), ["amsgrad must be True or False, not 'no'"]),
        (Optimizer(lambda p, lr: p, lr=0.1), ["does not return a torch.optim.Optimizer"]),
        (Optimizer(lambda p, lr: torch.optim.SGD(p, lr=lr), lr=0.1, foo=1), ["no setting 'foo'", "choose from lr"]),
    ],
)
def test_what_torch_cannot_make_is_one_line(optimizer, words):
    """An optimizer or setting that torch does not have, or cannot use, is named with what was meant."""
    with pytest.raises(SceneError) as caught:
        descend(objective(), Run("", optimizer, Point(weight=6, bias=-3)), 2)
    text = str(caught.value)
    assert "\n" not in text and all(word in text for word in words), text
    assert text.startswith(__file__), "it must point at the declaration"
