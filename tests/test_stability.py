"""Which learning rates are stable: by the formula, by the recursion's spectral radius, and by training."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from test_collisions import found

from animgd import SGD, Function, Optimizer, Panel, Point, Problem, Run, Scene, Window, record
from animgd.drawing.readings.stability import sentence
from animgd.drawing.renderer import Renderer
from animgd.recording.model import Curvature, PanelRecording, Recording
from animgd.recording.npz import dumps, loads
from animgd.recording.stability import greatest_lr
from animgd.scene.optimizers import Loss
from animgd.training.curvature import curvature
from animgd.training.minima.convex import solve
from animgd.training.problems import objective
from tests import fabricated

MSE = Curvature(1.2913502734834235, 2.049908009073513, everywhere=True)


def radius(optimizer: SGD, h: float) -> float:
    """The spectral radius of a step of torch's SGD on h x² / 2 with momentum buffer b, as a matrix of (x, b)."""
    h, m = h + optimizer.weight_decay, optimizer.momentum
    s = 1 - optimizer.dampening if m else 1.0
    buffer = np.array([s * h, m])
    step = np.array([h, 0.0]) + m * buffer if optimizer.nesterov else buffer
    matrix = np.array([np.array([1.0, 0.0]) - optimizer.lr * step, buffer])
    return float(np.abs(np.linalg.eigvals(matrix)).max())


def bisected(optimizer: SGD, curve: Curvature) -> float:
    """The greatest lr at which the recursion contracts for both eigenvalues."""
    low, high = 0.0, 100.0
    for _ in range(60):
        lr = (low + high) / 2
        stable = all(radius(replace(optimizer, lr=lr), h) < 1 for h in (curve.low, curve.high))
        low, high = (lr, high) if stable else (low, lr)
    return low


@pytest.mark.parametrize("curve", [MSE, Curvature(0.03, 7.0, True), Curvature(0.4, 0.4, False)])
def test_the_formula_is_that_of_the_spectral_radius(curve: Curvature) -> None:
    """For momentum, dampening, Nesterov and weight decay."""
    for m, d, nesterov, decay in itertools.product((0, 0.3, 0.9), (0, 0.5, -0.5), (False, True), (0, 0.7)):
        if nesterov and (d or not m):
            continue
        optimizer = SGD(0.1, m, decay, d, nesterov)
        assert greatest_lr(optimizer, curve) == pytest.approx(bisected(optimizer, curve), rel=1e-6)
    assert greatest_lr(SGD(0.1, 0.9, dampening=1), MSE) == greatest_lr(SGD(0.1, 0.9, dampening=2), MSE) == 0


def test_known_numbers() -> None:
    """Of the article's data: the eigenvalues of MSE, and the greatest lr of plain descent and of momentum 0.9."""
    function = objective(Problem(), Loss("MSELoss"))
    minimum = solve(function)
    assert minimum
    found = curvature(function, minimum)
    assert found and (round(found.low, 3), round(found.high, 3), found.everywhere) == (1.291, 2.050, True)
    assert round(greatest_lr(SGD(0.1), found), 3) == 0.976
    assert round(greatest_lr(SGD(0.1, 0.9), found), 3) == 1.854


@pytest.mark.parametrize("name", ["HuberLoss", "BCEWithLogitsLoss"])
def test_curvature_is_that_of_autograd(name: str) -> None:
    """Differences of exact gradients find torch's own second derivatives; they hold near the minimum only."""
    problem = Problem(x=(0, 1, 2, 3, 4), y=(0, 0, 1, 0, 1)) if name.startswith("B") else Problem()
    function = objective(problem, Loss(name))
    minimum = solve(function)
    assert minimum
    at = torch.tensor([minimum.weight, minimum.bias], dtype=torch.float64)
    hessian = torch.autograd.functional.hessian(lambda p: function.loss(function.shaped(*p)), at)
    found = curvature(function, minimum)
    assert found and not found.everywhere
    assert [found.low, found.high] == pytest.approx(np.linalg.eigvalsh(hessian.numpy()), rel=1e-6)


def test_there_is_no_curvature_at_a_corner() -> None:
    """Nor at the bottom of |x|^1.5, where second derivatives are infinite; along a flat line it is 0."""
    l1 = objective(Problem(), Loss("L1Loss"))
    minimum = solve(l1)
    assert minimum and curvature(l1, minimum) is None
    for of, low_high in (
        (lambda x, y: x.abs() ** 1.5 + y**2, None),
        (lambda x, y: x**4 + y**2, (0, 2)),
        (lambda x, y: -(x**2) + y**2, None),
        (lambda x, y: (x**2 + 3 * y**2).to(torch.float32).double(), (2, 6)),
    ):
        function = objective(Function(of), None)
        found = curvature(function, replace(minimum, weight=0.0, bias=0.0))
        assert (found and (pytest.approx(found.low, abs=1e-3), pytest.approx(found.high, abs=1e-2))) == low_high
    flat = curvature(objective(Function(lambda x, y: x**4 + y**2), None), replace(minimum, weight=0.0, bias=0.0))
    assert flat and flat.low == 0  # not the step of the differences


def test_weight_decay_makes_a_minimum_where_the_loss_has_none() -> None:
    """Of a saddle and of a flat loss: the greatest lr is that of loss and decay, by training too."""
    for of, decay, greatest in ((lambda x, y: x**2 - y**2, 3.0, 0.4), (lambda x, y: 0 * (x + y) + 3, 0.5, 4.0)):
        scene = Scene(problem=Function(of), start=Point(x=1, y=2), window=Window(x=(-4, 4), y=(-4, 4)), epochs=400)
        for part, calm in ((0.98, True), (1.02, False)):
            (panel,) = record(scene.replace(optimizer=SGD(part * greatest, weight_decay=decay), resolution=11)).panels
            assert panel.curvatures[0]
            assert greatest_lr(SGD(0.1, weight_decay=decay), panel.curvatures[0]) == pytest.approx(greatest, rel=1e-6)
            assert (abs(panel.runs[0].bias[-1]) < 0.1) == calm


def test_it_holds_everywhere_only_if_it_does_on_the_way() -> None:
    """Of a bowl that is steeper further out, a run that stays inside and one that is thrown out."""

    def bowl(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        far = x**2 + y**2
        return torch.where(far < 25, far, 5 * far - 100)

    scene = Scene(
        problem=Function(bowl), start=Point(x=3, y=3), window=Window(x=(-8, 8), y=(-8, 8)), resolution=21, epochs=20
    )
    for lr, everywhere in ((0.1, True), (1.8, False)):
        (panel,) = record(scene.replace(optimizer=SGD(lr, momentum=0.9 if lr > 1 else 0.0))).panels
        assert panel.curvatures[0] and panel.curvatures[0].everywhere == everywhere
        assert panel.curvatures[0].high == pytest.approx(2)


@pytest.mark.parametrize(
    "optimizer",
    [SGD(1), SGD(1, 0.9), SGD(1, 0.9, nesterov=True), SGD(1, 0.5, 0.7, 0.3), SGD(1, weight_decay=2)],
    ids=lambda each: str(dict(each.settings)),
)
def test_training_is_stable_below_and_unstable_above(optimizer: SGD) -> None:
    """On MSE, one percent below and above the greatest lr."""
    limit = greatest_lr(optimizer, MSE)
    scene = Scene(losses=("MSELoss",), epochs=2000, optimizer=replace(optimizer, lr=0.99 * limit))
    below = record(scene).panels[0]
    above = record(scene.replace(lr=1.01 * limit)).panels[0]
    rest = below.decayed[0] or below.minima[0]
    assert abs(below.runs[0].weight[-1] - rest.weight) < 1e-3
    assert not np.abs(above.runs[0].weight[-1]) < 100


def told(scene: Scene, *curves: Curvature | None) -> str:
    """The long sentence of a scene whose first panels have these curvatures."""
    recording = fabricated.recording(scene)
    panels = [replace(p, curvatures=(c,) * len(p.runs)) for p, c in zip(recording.panels, curves, strict=False)]
    said = sentence(scene, replace(recording, panels=(*panels, *recording.panels[len(panels) :])))
    return f"{said[0]}: {said[1][0]}" if said else ""


def scene(optimizer: object, **fields: object) -> Scene:
    return Scene(optimizer=optimizer, show="stability", epochs=5, **fields)  # type: ignore[arg-type]


def test_what_is_said() -> None:
    """The first panel where it is known; local where the loss is not quadratic; lr too large is called so."""
    assert told(scene(SGD(0.1, 0.9)), MSE) == (
        "MSE: curvature 1.29 and 2.05 at the minimum, so lr below 1.85 is stable; here it is 0.1"
    )
    local = Curvature(0.5, 0.5, everywhere=False)
    assert told(scene(SGD(5)), None, local) == (
        "L1: curvature 0.500 at the minimum, so lr below 4.00 is stable near it; here it is 5, too large"
    )
    decay = "curvature 3.29 and 4.05 at the minimum, so lr below 0.494 is stable; here it is 0.1"
    assert told(scene(SGD(0.1, weight_decay=2)), MSE) == f"MSE + decay: {decay}"
    runs = {"a": SGD(0.1), "b": SGD(1)}
    assert told(scene(runs), MSE).endswith("lr below 0.976 is stable; 1 is too large")
    assert told(scene({"a": SGD(0.1), "b": SGD(0.2)}), MSE).endswith("is stable; here they are 0.1 and 0.2")
    assert "no lr is stable" in told(scene(SGD(0.1, 0.9, dampening=1)), MSE)
    assert told(scene({"a": SGD(0.1), "b": SGD(0.1, 0.9)}), MSE) == ""
    assert told(scene(SGD(0.1)), None) == ""


def test_panels_of_one_loss_share_a_sentence() -> None:
    """It names the loss and all learning rates, whatever the panels are called; not those of other settings."""
    panels = tuple(Panel(title=f"lr {lr}", loss="MSELoss", optimizer=SGD(lr)) for lr in (0.9, 1.0, 1.2, 1.5))
    said = "lr below 0.976 is stable; 1, 1.2 and 1.5 are too large"
    assert told(scene(SGD(0.1), panels=panels), MSE, MSE, MSE, MSE) == (
        f"MSE: curvature 1.29 and 2.05 at the minimum, so {said}"
    )
    others = (panels[0], replace(panels[1], optimizer=SGD(1.0, 0.9)), replace(panels[1], loss="HuberLoss"))
    assert told(scene(SGD(0.1), panels=others), MSE, MSE, MSE).endswith("is stable; here it is 0.9")


def test_the_short_form_is_the_end_of_the_long_one() -> None:
    """One wording: where there is little room, the curvature goes and not the learning rate."""
    made = scene(SGD(0.1, 0.9, weight_decay=2))
    recording = fabricated.recording(made)
    known = tuple(replace(panel, curvatures=(MSE,)) for panel in recording.panels)
    said = sentence(made, replace(recording, panels=known))
    assert said and said[0] == "MSE + decay" and said[1][1] == "lr below 0.938 is stable; here it is 0.1"
    assert said[1][0].endswith(said[1][1])


def test_recordings_keep_it_and_only_for_sgd() -> None:
    """Each run has the curvature of the place where it rests; other optimizers have none."""
    runs = (Run("a", SGD(0.1)), Run("b", SGD(0.1, weight_decay=1)), Run("c", Optimizer("Adam", lr=0.1)))
    made = record(Scene(panels=(Panel("H", "HuberLoss", runs), Panel("L", "L1Loss")), epochs=3))
    first, second, third = loads(dumps(made)).panels[0].curvatures
    assert first and second and first != second and third is None
    assert made.panels[1].curvatures == (None,)


def shown(size: tuple[int, int]) -> tuple[Scene, Recording]:
    made = replace(fabricated.scene(size), show=("stability",))
    recording = fabricated.with_terms(fabricated.recording(made))
    panels: list[PanelRecording] = [replace(panel, curvatures=(MSE,)) for panel in recording.panels]
    return made, replace(recording, panels=tuple(panels))


@pytest.mark.parametrize("size", [(1280, 720), (640, 360), (720, 1280), (1080, 1080)])
def test_nothing_else_moves_for_it(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence is added to an unchanged layout without touching anything, or its absence is told."""
    scene, recording = shown(size)
    with_it, without = Renderer(scene, recording), Renderer(replace(scene, show=()), recording)
    more = [word for word in with_it.layout.words if word not in without.layout.words]
    assert without.layout.words == [word for word in with_it.layout.words if word not in more]
    assert with_it.layout.panels == without.layout.panels
    assert bool(more) == ("which lr is stable" not in with_it.layout.lost) == (size != (1080, 1080))
    monkeypatch.setattr("test_collisions.fabricated.with_terms", lambda _: recording)
    assert found(scene) == []


def test_a_remark_where_it_does_not_apply() -> None:
    """Adam has no greatest stable lr."""
    made = scene(Optimizer("Adam", lr=0.1))
    assert any("stability" in line for line in Renderer(made, fabricated.recording(made)).remarks)
