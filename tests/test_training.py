"""Training with batches, schedules, closures and clipping: torch's own steps, bit for bit."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest
import torch

import animgd
from animgd import SGD, Adam, Function, Loss, Optimizer, Panel, Point, Problem, Run, Scene, Schedule, Window, record
from animgd.errors import SceneError
from animgd.training.problems import Formula, LineFit, toy
from animgd.training.trajectory import descend

EPOCHS, BATCH, SEED = 6, 16, 3
OPTIMIZERS = {  # one row an optimizer
    "Adadelta": {"lr": 10.0},
    "Adafactor": {"lr": 0.1},
    "Adagrad": {"lr": 1.0},
    "Adam": {"lr": 0.3, "betas": (0.8, 0.9)},
    "AdamW": {"lr": 0.3, "weight_decay": 0.1},
    "Adamax": {"lr": 0.3},
    "ASGD": {"lr": 0.05},
    "NAdam": {"lr": 0.3},
    "RAdam": {"lr": 0.02},
    "RMSprop": {"lr": 0.1, "momentum": 0.5, "centered": True},
    "LBFGS": {"lr": 0.5, "max_iter": 4},
    "SGD": {"lr": 0.02, "momentum": 0.9, "nesterov": True},
}
SCHEDULES = {
    "constant": None,
    "restarts": Schedule("CosineAnnealingWarmRestarts", T_0=2),
    "steps": Schedule("StepLR", step_size=3, gamma=0.5, every="step"),
    "one cycle": Schedule("OneCycleLR", max_lr=0.1, cycle_momentum=False),
}


def bare_scheduler(name: str, optimizer: torch.optim.Optimizer, steps: int):
    """The scheduler, and whether it steps after each batch, as torch's documentation has it."""
    if name == "restarts":
        return torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2), False
    if name == "steps":
        return torch.optim.lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.5), True
    if name == "one cycle":
        one_cycle = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, 0.1, total_steps=EPOCHS * steps, cycle_momentum=False
        )
        return one_cycle, True
    return None, False


def bare(weight, bias, loss, batches, kind: str, schedule: str) -> np.ndarray:
    """A loop as in torch's tutorials, without anything of ours. Shapes: (steps, 3): weight, bias, lr before each."""
    optimizer = getattr(torch.optim, kind)([weight, bias], **OPTIMIZERS[kind])
    scheduler, often = bare_scheduler(schedule, optimizer, len(batches()))
    rows = []
    generator = torch.Generator().manual_seed(SEED)
    for _ in range(EPOCHS):
        for batch in batches(generator):

            def closure():
                optimizer.zero_grad()
                value = loss(weight, bias, batch)  # noqa: B023 - called at once
                value.backward()
                return value

            rows.append([weight.item(), bias.item(), optimizer.param_groups[0]["lr"]])
            if kind == "LBFGS":
                optimizer.step(closure)
            else:
                closure()
                optimizer.step()
            if scheduler and often:
                scheduler.step()
        if scheduler and not often:
            scheduler.step()
    return np.array([*rows, [weight.item(), bias.item(), optimizer.param_groups[0]["lr"]]])


def on_line(kind: str, schedule: str, batch: int | None) -> np.ndarray:
    """The article's line."""
    layer = torch.nn.Linear(1, 1)
    layer.weight.data.fill_(6.0)
    layer.bias.data.fill_(-3.0)
    x, y = (torch.tensor(values).reshape(-1, 1) for values in toy())

    def batches(generator=None):
        return [slice(None)] if batch is None else torch.randperm(50, generator=generator).split(batch)

    def loss(weight, bias, batch):
        return torch.nn.functional.mse_loss(torch.nn.functional.linear(x[batch], weight, bias), y[batch])

    return bare(layer.weight, layer.bias, loss, batches, kind, schedule)


def valley(x, y):
    """A curved valley."""
    return (1 - x) ** 2 + 3 * (y - x**2) ** 2


def on_function(kind: str, schedule: str) -> np.ndarray:
    """The valley."""
    weight, bias = (torch.tensor(value, requires_grad=True) for value in (1.5, -0.5))
    return bare(weight, bias, lambda w, b, _: valley(b, w), lambda _=None: [None], kind, schedule)


def rows(path) -> np.ndarray:
    """What the loops above write down."""
    return np.stack([path.weight, path.bias, path.lr], 1)


@pytest.mark.parametrize("batch", [None, BATCH], ids=["full", "batches"])
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_a_line_is_fitted_as_by_a_bare_loop(kind, schedule, batch):
    """Parameters and learning rates are those of torch, to the last bit."""
    run = Run("", Optimizer(kind, **OPTIMIZERS[kind]), Point(weight=6, bias=-3), SCHEDULES[schedule], batch, SEED)
    path = descend(LineFit(Problem(), Loss("MSELoss")), run, EPOCHS)
    assert path.steps_per_epoch == (4 if batch else 1)
    np.testing.assert_array_equal(rows(path), on_line(kind, schedule, batch))
    assert np.ptp(path.weight) > 1e-4, "it must have moved, or nothing was compared"


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_a_function_is_descended_as_by_a_bare_loop(kind, schedule):
    """The same on a function of two parameters."""
    run = Run("", Optimizer(kind, **OPTIMIZERS[kind]), Point(x=-0.5, y=1.5), SCHEDULES[schedule], None, SEED)
    path = descend(Formula(Function(valley)), run, EPOCHS)
    np.testing.assert_array_equal(rows(path), on_function(kind, schedule))
    assert np.ptp(path.bias) > 1e-4, "it must have moved, or nothing was compared"


REFUSED = {"Muon": "2D", "SparseAdam": "dense gradients"}


@pytest.mark.parametrize("kind", [n for n, each in vars(torch.optim).items() if isinstance(each, type)])
def test_every_optimizer_of_torch_runs_or_is_refused_with_its_reason(kind):
    """No optimizer of torch.optim fails in another way; each has its own name in animgd."""
    if kind == "Optimizer":
        return
    declared = SGD(lr=0.05) if kind == "SGD" else getattr(animgd, kind)(lr=0.05)
    run = Run("", declared, Point(weight=6, bias=-3))
    if kind in REFUSED:
        with pytest.raises(SceneError, match=REFUSED[kind]) as caught:
            descend(LineFit(Problem(), Loss("MSELoss")), run, 3)
        assert str(caught.value).startswith(__file__) and "\n" not in str(caught.value)
        return
    path = descend(LineFit(Problem(), Loss("MSELoss")), run, 3)
    assert np.isfinite(path.loss).all() and path.loss[-1] < path.loss[0]


def test_names_make_equal_declarations_with_a_short_repr():
    """`Adam(lr=0.3)` is `Optimizer("Adam", lr=0.3)`, at its own line."""
    assert Adam(lr=0.3) == Adam(0.3) == Optimizer("Adam", lr=0.3) == Optimizer(torch.optim.Adam, lr=0.3)
    assert repr(Adam(lr=0.3, betas=(0.5, 0.9))) == "Adam(lr=0.3, betas=(0.5, 0.9))"
    assert repr(Optimizer("Mine", lr=1)) == "Optimizer('Mine', lr=1)"
    with pytest.raises(SceneError) as caught:
        Adam(lr=-1)
    assert str(caught.value).startswith(__file__)


class Sharp(torch.optim.Optimizer):
    """Sharpness-aware minimisation as it is found in the wild: its closure has no default that works."""

    def __init__(self, params, lr, rho=0.5):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self, closure=None):
        assert closure is not None, "Sharpness Aware Minimization requires closure, but it was not provided"
        group = self.param_groups[0]
        norm = torch.stack([p.grad.norm() for p in group["params"]]).norm()
        moved = [group["rho"] / (norm + 1e-12) * p.grad for p in group["params"]]
        for parameter, move in zip(group["params"], moved, strict=True):
            parameter.add_(move)
        torch.enable_grad()(closure)()
        for parameter, move in zip(group["params"], moved, strict=True):
            parameter.sub_(move)
            parameter.sub_(group["lr"] * parameter.grad)


class Careless(Sharp):
    """One that moves before it finds out that there is no closure."""

    def step(self, closure=None):
        for parameter in self.param_groups[0]["params"]:
            parameter.data.add_(0.25)
        closure()
        for parameter in self.param_groups[0]["params"]:
            parameter.data.sub_(0.25 + 0.05 * parameter.grad)


def test_an_own_optimizer_gets_the_closure_that_its_step_needs():
    """Sharpness-aware minimisation descends by the gradient at a place that is uphill."""
    path = descend(LineFit(Problem(), Loss("MSELoss")), Run("", Optimizer(Sharp, lr=0.05), Point(weight=6, bias=-3)), 5)
    x, y = (np.array(values, np.float32) for values in toy())
    at = np.array([6.0, -3.0])
    for weight, bias in zip(path.weight, path.bias, strict=True):
        assert (weight, bias) == pytest.approx(at, rel=1e-4)
        gradient = slope(x, y, at)
        at = at - 0.05 * slope(x, y, at + 0.5 * gradient / np.hypot(*gradient))


def slope(x, y, at):
    """The gradient of the mean squared error of a line."""
    error = at[0] * x + at[1] - y
    return np.array([(2 * error * x).mean(), (2 * error).mean()])


def test_finding_out_that_a_closure_is_needed_moves_nothing():
    """The parameters start where the scene says, though a first try moved copies of them."""
    path = descend(LineFit(Problem(), Loss("MSELoss")), Run("", Optimizer(Careless, lr=1), Point(weight=6, bias=-3)), 3)
    assert (path.weight[0], path.bias[0]) == (6, -3)
    assert path.loss[3] < path.loss[0]


def test_gradients_are_clipped_as_torch_does_it():
    """By norm and by value; the norm that is recorded is that before."""
    objective = LineFit(Problem(), Loss("MSELoss"))
    start = Point(weight=6, bias=-3)
    plain = descend(objective, Run("", SGD(lr=0.1), start), 3)
    by_norm = descend(objective, Run("", SGD(lr=0.1), start, clip=1.0), 3)
    by_value = descend(objective, Run("", SGD(lr=0.1), start, clip=("value", 0.5)), 3)
    assert np.hypot(*by_norm.gradient[0]) == pytest.approx(1, abs=1e-5)
    assert by_norm.weight[1] == pytest.approx(6 - 0.1 * by_norm.gradient[0, 0])
    assert by_value.gradient[0].tolist() == np.clip(plain.gradient[0], -0.5, 0.5).tolist()
    for path in (by_norm, by_value):
        assert path.gradient_norm[0] == pytest.approx(np.hypot(*plain.gradient[0]))


def test_batches_are_those_that_anyone_can_repeat():
    """The gradient of each step is that of its batch, the loss that of all data, and the last batch is smaller."""
    run = Run("", SGD(lr=0.01), Point(weight=6, bias=-3), batch=16, seed=5)
    path = descend(LineFit(Problem(), Loss("MSELoss")), run, 2)
    x, y = (np.array(values, np.float32) for values in toy())
    generator = torch.Generator().manual_seed(5)
    batches = [batch.numpy() for _ in range(3) for batch in torch.randperm(50, generator=generator).split(16)]
    assert [len(batch) for batch in batches[:4]] == [16, 16, 16, 2]
    for step in range(9):
        at = np.array([path.weight[step], path.bias[step]])
        assert path.gradient[step] == pytest.approx(slope(x[batches[step]], y[batches[step]], at), rel=1e-4)
        assert path.loss[step] == pytest.approx(((at[0] * x + at[1] - y) ** 2).mean(), rel=1e-5)


def test_weights_of_points_stay_with_them_in_batches():
    """A batch's loss is its weighted mean; one whose points all weigh nothing moves nothing."""
    problem = Problem(x=(1.0, 2.0, 3.0, 4.0), y=(1.0, 1.0, 2.0, 5.0), weights=(0.0, 0.0, 1.0, 3.0))
    run = Run("", SGD(lr=0.01), Point(weight=0, bias=0), batch=1)
    path = descend(LineFit(problem, Loss("MSELoss")), run, 4)
    order = torch.cat([torch.randperm(4, generator=g) for g in [torch.Generator().manual_seed(0)] for _ in range(4)])
    moves = np.hypot(np.diff(path.weight), np.diff(path.bias))
    assert (moves > 0).tolist() == [k >= 2 for k in order.tolist()]


def test_the_same_seed_is_the_same_path_and_another_is_another():
    """A fan of seeds differs; a seed repeats itself, from whichever scene."""
    fan = tuple(Run(label, SGD(lr=0.05), seed=k) for label, k in (("a", 0), ("b", 1), ("c", 0)))
    runs = record(Scene(losses=("MSELoss",), optimizer=fan, batch=8, epochs=3, resolution=3)).panels[0].runs
    assert (runs[0].weight == runs[2].weight).all() and (runs[0].weight != runs[1].weight).any()
    scene = Scene(losses=("MSELoss",), optimizer=SGD(lr=0.05), batch=8, seed=1, epochs=3, resolution=3)
    assert (record(scene).panels[0].runs[0].weight == runs[1].weight).all()


def test_what_a_run_leaves_open_comes_from_its_scene():
    """Schedule, batch, seed and clipping; False is none of it."""
    own = Run("own", SGD(lr=0.1), schedule=False, batch=4, seed=7, clip=False)
    scene = Scene(optimizer=(Run("all", SGD(lr=0.1)), own), schedule=Schedule("LinearLR"), batch=8, clip=1, seed=2)
    first, second = scene.grid[0].runs
    assert (first.schedules, first.batch, first.seed, first.clip) == ((Schedule("LinearLR"),), 8, 2, 1.0)
    assert (second.schedules, second.batch, second.seed, second.clip) == ((), 4, 7, None)


def rates(schedule, epochs=8, batch=None, optimizer=None) -> list[float]:
    """The learning rates of a run's steps."""
    run = Run("", optimizer or SGD(lr=0.1), Point(weight=6, bias=-3), schedule, batch, 0)
    return descend(LineFit(Problem(), Loss("MSELoss")), run, epochs).lr.tolist()


def test_schedules_may_be_functions_chains_and_containers():
    """A function of the epoch is a factor; those of a tuple multiply; SequentialLR takes schedules."""
    assert rates(lambda epoch: 1 / (1 + epoch), 3) == pytest.approx([0.1, 0.05, 0.1 / 3, 0.025])
    halves, steps = Schedule("ExponentialLR", gamma=0.5), Schedule("StepLR", step_size=2, gamma=0.1)
    assert rates((halves, steps), 3) == pytest.approx([0.1, 0.05, 0.0025, 0.00125])
    warm = Schedule("LinearLR", start_factor=0.5, total_iters=2)
    both = Schedule("SequentialLR", schedulers=[warm, halves], milestones=[3])
    assert rates(both, 5) == pytest.approx([0.05, 0.075, 0.1, 0.1, 0.05, 0.025])
    assert rates(Schedule("CosineAnnealingLR"), 4) == pytest.approx(
        [0.05 * (1 + math.cos(k * math.pi / 4)) for k in range(5)]
    )


def test_schedules_step_when_torch_says_or_when_told():
    """Per epoch, OneCycleLR and CyclicLR per step, and `every` overrides; the film's length is known to OneCycleLR."""
    assert rates(Schedule("ExponentialLR", gamma=0.5), 2, batch=25) == pytest.approx([0.1, 0.1, 0.05, 0.05, 0.025])
    often = Schedule("ExponentialLR", gamma=0.5, every="step")
    assert rates(often, 2, batch=25) == pytest.approx([0.1, 0.05, 0.025, 0.0125, 0.00625])
    cycle = rates(Schedule("OneCycleLR", max_lr=0.3), 10, batch=25)
    assert max(cycle) == pytest.approx(0.3, rel=0.05) and 3 <= int(np.argmax(cycle)) <= 8
    assert cycle[-2] == min(cycle)


def test_a_plateau_is_one_of_the_loss_on_screen():
    """ReduceLROnPlateau hears the loss of all data after each epoch."""
    layer = torch.nn.Linear(1, 1)
    layer.weight.data.fill_(6.0)
    layer.bias.data.fill_(-3.0)
    x, y = (torch.tensor(values).reshape(-1, 1) for values in toy())
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.3)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    generator, wanted = torch.Generator().manual_seed(0), []
    for _ in range(20):
        for batch in torch.randperm(50, generator=generator).split(10):
            wanted.append(optimizer.param_groups[0]["lr"])
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(layer(x[batch]), y[batch]).backward()
            optimizer.step()
        scheduler.step(torch.nn.functional.mse_loss(layer(x), y).item())
    found = rates(Schedule("ReduceLROnPlateau", factor=0.5, patience=1), 20, 10, SGD(lr=0.3))
    assert found[:-1] == wanted and len(set(wanted)) > 2


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: rates(Schedule("CosineAnealingLR")), ["lr_scheduler has no 'CosineAnealingLR'", "CosineAnnealingLR"]),
        (lambda: rates(Schedule("LRScheduler")), ["lr_scheduler has no 'LRScheduler'"]),
        (lambda: Schedule("onecyclelr"), ["did you mean 'OneCycleLR'?"]),
        (lambda: Schedule("StepLR", every="year"), ["every must be one of 'epoch', 'step'"]),
        (lambda: rates(Schedule("StepLR", steps=3)), ["StepLR has no setting 'steps'", "'step_size'"]),
        (lambda: rates(Schedule("StepLR")), ["cannot construct StepLR", "step_size"]),
        (lambda: rates(Schedule("OneCycleLR", max_lr=0.1, total_steps=3)), ["OneCycleLR failed after 4 steps", "3"]),
        (lambda: rates(lambda epoch: 1 / epoch), ["<lambda> failed: ZeroDivisionError"]),
        (lambda: Scene(schedule=0.5), ["schedule must be a Schedule(...), a function epoch -> factor"]),
        (lambda: Scene(batch=0), ["batch must be a whole number from 1"]),
        (lambda: Scene(batch=True), ["batch must be a whole number from 1"]),
        (lambda: Scene(clip=-1), ["clip must be a number above 0"]),
        (lambda: Scene(clip=("sum", 1)), ["clip must be a number above 0"]),
        (lambda: Scene(problem=Function("beale"), batch=4), ["a Function has no data to make batches of"]),
        (lambda: Run("a", SGD(lr=1), seed=-1), ["seed must be a whole number"]),
    ],
)
def test_what_is_wrong_is_one_line_at_its_place(make, words):
    """Names, settings, and what fails while training."""
    with pytest.raises(SceneError) as caught:
        make()
    text = str(caught.value)
    assert text.startswith(__file__) and "\n" not in text and all(word in text for word in words), text


def tired(epoch):
    """A schedule that fails at once, two lines below its first."""
    raise OSError("no table")


class Unready(torch.optim.SGD):
    def __init__(self, params, lr):
        raise OSError("no table")


@pytest.mark.parametrize(
    ("make", "begins", "code", "below"),
    [
        (lambda: rates(tired), "tired failed: ", tired, 2),
        (lambda: rates(Schedule("LambdaLR", lr_lambda=tired)), "cannot construct LambdaLR: ", tired, 2),
        (lambda: rates(None, optimizer=Optimizer(Unready, lr=1)), "cannot construct Unready: ", Unready, 2),
    ],
)
def test_what_own_code_raises_before_the_first_step_has_its_line(make, begins, code, below):
    """Not that of the declaration, as for a loss."""
    with pytest.raises(SceneError) as caught:
        make()
    place = f"{__file__}:{inspect.getsourcelines(code)[1] + below}"
    assert str(caught.value) == f"{place}: {begins}OSError: no table"


def test_events_and_settling_are_in_epochs_whatever_the_batches():
    """A run of many small steps settles at an epoch, possibly between two, and its film's arrays are per step."""
    scene = Scene(losses=("MSELoss",), optimizer=SGD(lr=0.1), batch=25, epochs=40, resolution=9, window=Window())
    panel = record(scene).panels[0]
    path = panel.runs[0]
    assert len(path.weight) == len(path.lr) == len(path.loss) == 81 and path.steps_per_epoch == 2
    from animgd.recording.settling import settled_at, settled_step

    step = settled_step(panel, 0)
    assert step is None or settled_at(panel, 0) * 2 == step


def test_a_run_alone_needs_no_tuple_and_its_fields_are_named_where_they_are_missed():
    """`Panel(optimizer=Run(...))`; batch on a panel belongs to its run."""
    run = Run("", SGD(lr=0.1), batch=4)
    assert Panel(optimizer=run) == Panel(optimizer=(run,))
    with pytest.raises(SceneError, match=r"Panel has no field 'batch'; write optimizer=Run\(.*batch="):
        Panel(batch=4)
