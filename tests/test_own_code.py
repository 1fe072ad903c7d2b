"""Own functions and losses: the map that is drawn is the function that is descended, whatever the code does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from animgd import SGD, Function, Loss, Point, Problem, Scene, Video, Window, record
from animgd.drawing.renderer import Renderer
from animgd.errors import SceneError
from animgd.training.landscape import survey
from animgd.training.problems import Formula, LineFit

Q = torch.tensor([[10.0, 6.0], [9.0, 8.0]])
START = Point(x=-3.0, y=2.0)
VIDEO = Video(width=480, height=480, fps=5, epochs_per_second=5, hold_start=0, hold_end=0)


def himmelblau(x: Tensor, y: Tensor) -> Tensor:
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def test_an_own_function_is_filmed_as_the_named_one_is() -> None:
    """himmelblau(x, y) and Function("himmelblau") give equal pixels in every frame."""
    named = Function("himmelblau")
    own = Function(himmelblau, minima=named.minima)
    alike = {"window": Window(x=(-5, 5), y=(-4, 5)), "start": Point(x=-1, y=4), "resolution": 61}
    scenes = [Scene(title="A", problem=p, epochs=6, optimizer=SGD(lr=0.01), video=VIDEO, **alike) for p in (named, own)]
    one, other = (Renderer(scene, record(scene)) for scene in scenes)
    for a, b in zip(one.frames(), other.frames(), strict=True):
        assert np.array_equal(a.pixels, b.pixels)


def shown(wanted: Scene, places: list[tuple[float, float]]) -> np.ndarray:
    """How light the heatmap is at places (x, y): x to the right and y upwards."""
    recording = record(wanted)
    renderer = Renderer(wanted, recording)
    box, window = renderer.layout.panels[0].box, recording.panels[0].landscape.window
    part = (np.array(places) - (window.x[0], window.y[0])) / (np.ptp(window.x), np.ptp(window.y))
    columns, rows = box.left + part[:, 0] * (box.right - box.left), box.bottom - part[:, 1] * (box.bottom - box.top)
    return renderer.still[rows.astype(int), columns.astype(int)].astype(int).sum(axis=1)


def test_the_valley_of_an_own_function_is_where_it_is() -> None:
    """(x - 4)**2 + 0.2 * y**2 is lowest along x = 4: dark there, at any y, and bright at the left edge."""
    bowl = Function(lambda x, y: (x - 4) ** 2 + 0.2 * y**2)
    wanted = Scene(problem=bowl, window=Window(x=(-5, 8), y=(-5, 8)), optimizer=(), epochs=1, video=VIDEO)
    valley = [(4, y) for y in (-2.0, 0.5, 2.2)]
    beside = [(x, y) for x in (-4.5, 0.0) for y in (-4.5, 4.0, 7.5)]
    light = shown(wanted, valley + beside)
    assert light[:3].max() < light[3:].min()


def test_the_map_is_bright_where_an_asymmetric_function_is_high() -> None:
    """At scattered places, a brighter pixel means a higher value of f(x, y) as the author calls it."""

    def tilted(x: Tensor, y: Tensor) -> Tensor:
        return torch.exp(0.4 * x) + 0.3 * (y - 2) ** 2 + 0.2 * x * y

    wanted = Scene(problem=Function(tilted), window=Window(x=(-3, 6), y=(-4, 5)), optimizer=(), epochs=1, video=VIDEO)
    places = np.random.default_rng(4).uniform((-2.9, -3.9), (5.9, 4.9), (60, 2))
    height = [tilted(*torch.tensor(place)).item() for place in places]
    ranks = [np.argsort(np.argsort(values)) for values in (height, shown(wanted, places.tolist()))]
    assert np.corrcoef(*ranks)[0, 1] > 0.95


def branches(x: Tensor, y: Tensor) -> Tensor:
    return x**2 + y if (x > 0).all() else y**2 - x


def strip(x: Tensor, y: Tensor) -> Tensor:
    return x**2 + y**2 if (x > 2.9).all() else y**2 + x * 0


def thin(x: Tensor, y: Tensor) -> Tensor:
    return x**2 + y**2 if ((x - 1.05).abs() < 0.1).all() else y**2 + x * 0


def clamped(x: Tensor, y: Tensor) -> Tensor:
    z = x**2 + y**2
    z[z > 4] = 4
    return z


def changing(x: Tensor, y: Tensor) -> Tensor:
    x += 1
    y.mul_(2)
    return x**2 + y**2


def sloped(x: Tensor, y: Tensor) -> Tensor:
    (slope,) = torch.autograd.grad(x**3 + x * y, x, create_graph=True)
    return slope**2 + y**2


def either(x: Tensor, y: Tensor) -> Tensor:
    if x > y:
        return x**2 + y
    return y**2 - x


def logarithmic(x: Tensor, y: Tensor) -> Tensor:
    return torch.log(x + y) + y**2


FUNCTIONS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "log_softmax": lambda x, y: -torch.log_softmax(torch.stack([x, y]), dim=-1)[0] + 0.05 * (x**2 + y**2),
    "softmax over the first": lambda x, y: torch.softmax(torch.stack([x, y]), dim=0)[0] + y**2,
    "mean": lambda x, y: (x - x.mean() / 2) ** 2 + y**2,
    "norm": lambda x, y: torch.linalg.norm(torch.stack([x, y]), dim=-1),
    "largest": lambda x, y: x / (1 + x.abs().max()) + y**2,
    "sort": lambda x, y: torch.stack([x, y]).sort().values[0] + y**2,
    "cumsum": lambda x, y: torch.cumsum(torch.stack([x, y]), -1)[-1] ** 2,
    "median": lambda x, y: torch.stack([x, y, x * y]).median() + y**2,
    "unique": lambda x, y: torch.stack([x, y]).round().detach().unique().sum() * 0 + x**2 + y,
    "unique of all": lambda x, y: (x - x.detach().unique().mean()) ** 2 + x**2 + y**2,
    "flip": lambda x, y: x.reshape(-1).flip(0)[0] ** 2 + y**2,
    "std": lambda x, y: torch.stack([x, y]).std() + x**2,
    "histogram": lambda x, y: torch.histc(torch.stack([x, y]).detach() * 0, 3).max() * (x**2 + y),
    "size": lambda x, y: x**2 * x.numel() + y,
    "if all": branches, "if all on a strip": strip, "if all on a line": thin, "if": either, "mask": clamped,
    "in place": changing, "gradient inside": sloped, "undefined": logarithmic,
    "plain": himmelblau,
}  # fmt: skip


@pytest.mark.parametrize("of", FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_map_of_a_function_is_its_values_at_single_points(of: Callable[[Tensor, Tensor], Tensor]) -> None:
    """Reductions, sorts, branches, changes in place, gradients inside: at 60 places of the map stands f(x, y)."""
    window = Window(x=(-3, 3), y=(-2, 4))
    loss = survey(Formula(Function(of), [START]), window, 41).loss
    x, y = (torch.from_numpy(np.linspace(*side, 41)) for side in (window.x, window.y))
    corners = [[0, 0], [0, 40], [40, 0], [40, 40], [20, 20]]
    line = [[row, 27] for row in range(0, 41, 3)]
    for row, column in [*np.random.default_rng(1).integers(0, 41, (60, 2)).tolist(), *corners, *line]:
        at = [value.clone().requires_grad_().clone() for value in (x[column], y[row])]
        assert loss[row, column] == pytest.approx(of(*at).item(), rel=1e-9, abs=1e-12, nan_ok=True)


def test_a_map_is_right_in_each_of_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that looks at the greatest of what it gets is right row by row, too."""
    monkeypatch.setattr("animgd.training.landscape.ROWS_AT_ONCE", 80)
    function = Formula(Function(lambda x, y: y * x / (1 + (x * y).abs().max())), [START])
    loss = survey(function, Window(x=(-3, 3), y=(-2, 4)), 40).loss
    y, x = np.meshgrid(np.linspace(-2, 4, 40), np.linspace(-3, 3, 40), indexing="ij")
    np.testing.assert_allclose(loss, x * y / (1 + np.abs(x * y)), rtol=1e-12, atol=1e-15)


def test_the_example_of_a_map_that_nobody_descended() -> None:
    """The log-softmax bowl has its minimum at x 1.0640, y -1.0640, where the loss is 0.22571."""
    scene = Scene(problem=Function(FUNCTIONS["log_softmax"]), window=Window(x=(-4, 4), y=(-4, 4)), epochs=1)
    panel = record(scene).panels[0]
    assert panel.minimum is not None
    assert (panel.minimum.bias, panel.minimum.weight) == pytest.approx((1.0640, -1.0640), abs=1e-3)
    assert panel.minimum.loss == pytest.approx(0.22571, abs=1e-5)
    assert panel.landscape.loss.min() == pytest.approx(0.22571, abs=1e-3)


def test_maps_of_many_points_take_few_calls() -> None:
    """An ordinary function is asked for all points at once, and checked at about ten."""
    calls: list[int] = []

    def counted(x: Tensor, y: Tensor) -> Tensor:
        calls.append(1)
        return x**2 + 3 * y**2

    function = Formula(Function(counted), [START])
    calls.clear()
    survey(function, Window(), 101)
    assert len(calls) <= 12


def test_a_function_with_much_inside_is_mapped_in_parts() -> None:
    """The points that are computed at once are fewer where one of them takes a long tensor."""
    data, sizes = torch.linspace(-1, 1, 5000).double(), []

    def fit(x: Tensor, y: Tensor) -> Tensor:
        wave = torch.sin(x * data) + y
        sizes.append(wave.numel())
        return ((wave - data) ** 2).mean()

    function = Formula(Function(fit), [START])
    assert function.widest == 5000
    window = Window(x=(-1, 2), y=(-1, 2))
    loss = survey(function, window, 9).loss
    assert loss[8, 8] == pytest.approx(fit(torch.tensor(2.0).double(), torch.tensor(2.0).double()).item())


PAIRS = {
    "pairwise": lambda p, t: ((p[:, None] - p) * (t[:, None] - t)).relu().mean() + (p - t).abs().mean(),
    "sort": lambda p, t: (p.sort().values - t.sort().values).abs().mean(),
    "quantile": lambda p, t: torch.quantile((p - t).abs(), 0.7),
    "if": lambda p, t: (p - t).abs().mean() if p.mean() > t.mean() else ((p - t) ** 2).mean(),
    "in place": lambda p, t: ((p - t.add_(1)) ** 2).mean(),
    "softmax": lambda p, t: -(torch.softmax(t, -1) * torch.log_softmax(p, -1)).sum() + p.mean() ** 2,
    "instance": torch.nn.SmoothL1Loss(),
}


@pytest.mark.parametrize("loss", PAIRS.values(), ids=PAIRS)
def test_the_map_of_a_loss_is_its_values_at_single_points(loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    """A loss that compares points, sorts, branches, or changes its targets in place is mapped as it is trained."""
    x, y = (0.5, -1.0, 2.0, 0.25), (1.0, 0.25, 0.75, -2.0)
    landscape = survey(LineFit(Problem(x, y), Loss(loss)), Window(), 27)
    axis = np.linspace(-5, 8, 27)
    for row, column in np.random.default_rng(2).integers(0, 27, (40, 2)):
        predicted = torch.tensor(axis[row] * np.array(x) + axis[column])
        wanted = loss(predicted, torch.tensor(y).double()).item()
        assert landscape.loss[row, column] == pytest.approx(wanted, rel=1e-9, abs=1e-12)


def test_an_own_loss_gets_one_number_a_point() -> None:
    """Predictions and targets have the shape (points,), so that weights of that shape weigh points."""
    shapes = []
    weights = torch.tensor([1.0, 1, 1, 1, 100])

    def weighted(predictions: Tensor, targets: Tensor) -> Tensor:
        shapes.append((predictions.shape, targets.shape))
        return (weights * (predictions - targets) ** 2).sum() / weights.sum()

    wanted = Scene(problem=Problem(x=range(5), y=(0, 1, 2, 3, 0)), losses=(weighted,), epochs=3, window=Window())
    panel = record(wanted).panels[0]
    assert set(shapes) == {((5,), (5,))}
    assert panel.minimum is not None
    assert (panel.minimum.weight, panel.minimum.bias) == pytest.approx((-0.32450, 1.32450), abs=1e-5)


NET = torch.nn.Linear(2, 1)
torch.nn.init.constant_(NET.weight, 0.5)


class Distance(torch.nn.Module):
    """A function with parameters of its own, in single precision."""

    def __init__(self) -> None:
        super().__init__()
        self.net = NET

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.net(torch.stack([x, y])).square().sum() + (x - y) ** 2


SINGLE = {
    "z @ Q @ z": lambda x, y: torch.stack([x, y]) @ Q @ torch.stack([x, y]),
    "Q made inside": lambda x, y: torch.stack([x, y]) @ torch.tensor([[2.0, 0.0], [0.0, 1.0]]) @ torch.stack([x, y]),
    "linear": lambda x, y: torch.nn.functional.linear(torch.stack([x, y]), Q).square().sum(),
    "module": Distance(),
    "products": lambda x, y: (x * Q).square().sum() + y**2,
}


@pytest.mark.parametrize("of", SINGLE.values(), ids=SINGLE)
def test_constants_in_single_precision_work(of: Callable[[Tensor, Tensor], Tensor]) -> None:
    """What cannot be computed in double is computed as it is trained: map, path and minimum are of one function."""
    scene = Scene(problem=Function(of), window=Window(x=(-4, 4), y=(-3, 5)), start=START, epochs=20, resolution=33,
                  optimizer=SGD(lr=0.002))  # fmt: skip
    recording = record(scene)
    panel = recording.panels[0]
    run, minimum = panel.runs[0], panel.minimum
    assert recording.warnings == () and run.loss[-1] < run.loss[0] and minimum is not None
    for row, column in ((0, 0), (5, 30), (16, 16)):
        at = torch.tensor([np.linspace(-4, 4, 33)[column], np.linspace(-3, 5, 33)[row]]).float()
        assert panel.landscape.loss[row, column] == pytest.approx(of(*at).item(), rel=1e-5)
    assert minimum.loss <= np.nanmin(panel.landscape.loss)


def test_constants_in_single_precision_behind_an_if_work() -> None:
    """Where only some places need single precision, the map has it everywhere."""

    def forked(x: Tensor, y: Tensor) -> Tensor:
        z = torch.stack([x, y])
        return z @ z if x < -2.5 else z @ Q @ z

    land = survey(Formula(Function(forked), [START]), Window(x=(-4, 4), y=(-3, 5)), 9).loss
    corner = torch.tensor([4.0, 5.0])
    assert (land[0, 0], land[8, 8]) == pytest.approx((25, (corner @ Q @ corner).item()))


def test_constants_in_double_precision_are_trained_with_in_double() -> None:
    """A function that takes only double parameters is descended in double, like one of the author's own."""
    exact = Q.double()
    scene = Scene(problem=Function(lambda x, y: torch.stack([x, y]) @ exact @ torch.stack([x, y])), start=START,
                  epochs=9, resolution=5, optimizer=SGD(lr=0.01))  # fmt: skip
    run = record(scene).panels[0].runs[0]
    place = torch.tensor([-3.0, 2.0]).double()
    for epoch in range(10):
        assert (run.bias[epoch], run.weight[epoch]) == pytest.approx(tuple(place.tolist()), rel=1e-13)
        place = place - 0.01 * (exact + exact.T) @ place


def test_own_losses_with_constants_in_single_precision_work() -> None:
    """A matrix over the points in single precision is no reason to refuse a loss."""
    across = torch.eye(3)
    whitened = Loss(lambda p, t: (across @ (p - t)).square().mean())
    line = Problem(x=(0, 1, 2), y=(1, 3, 5))
    panel = record(Scene(problem=line, losses=(whitened,), epochs=5, window=Window(), resolution=27)).panels[0]
    assert panel.minimum is not None
    assert (panel.minimum.weight, panel.minimum.bias) == pytest.approx((2, 1), abs=1e-2)


@pytest.mark.parametrize("loss", ["MSELoss", "L1Loss", "HuberLoss", Loss("MSELoss", reduction="sum")])
def test_weights_weigh_the_map_the_loss_and_the_path(loss: str | Loss) -> None:
    """A point that weighs 3 counts as if it were there three times, in the map, the run and the minimum."""
    x, y = (0.0, 1.0, 2.0, 3.0), (0.5, 1.0, 4.0, 2.0)
    weighted = Problem(x=x, y=y, weights=(1, 3, 2, 1))
    repeated = Problem(x=(0, 1, 1, 1, 2, 2, 3), y=(0.5, 1, 1, 1, 4, 4, 2))
    scenes = [Scene(problem=p, losses=(loss,), epochs=30, optimizer=SGD(lr=0.02), window=Window(), resolution=21,
                    start=Point(weight=2, bias=-1)) for p in (weighted, repeated)]  # fmt: skip
    one, other = (record(scene).panels[0] for scene in scenes)
    np.testing.assert_allclose(one.landscape.loss, other.landscape.loss, rtol=1e-12)
    np.testing.assert_allclose(one.runs[0].loss, other.runs[0].loss, rtol=2e-5)
    np.testing.assert_allclose(one.runs[0].weight, other.runs[0].weight, rtol=2e-5, atol=1e-6)
    assert (one.minimum is None) == (other.minimum is None)
    if one.minimum and other.minimum:
        assert one.minimum.weight == pytest.approx(other.minimum.weight, abs=1e-6)
        assert one.minimum.bias == pytest.approx(other.minimum.bias, abs=1e-6)


def test_a_weighted_minimum_is_proven() -> None:
    """Weights 1, 1, 1, 1, 100 pull the line to (-.32450, 1.32450), as weighted least squares says."""
    x, y, weights = np.arange(5.0), np.array([0, 1, 2, 3, 0.0]), np.array([1, 1, 1, 1, 100.0])
    slope, offset = np.polyfit(x, y, 1, w=np.sqrt(weights))
    scene = Scene(problem=Problem(x=x, y=y, weights=weights), losses=("MSELoss",), epochs=1)
    minimum = record(scene).panels[0].minimum
    assert minimum is not None and minimum.proven
    assert (minimum.weight, minimum.bias) == pytest.approx((slope, offset), abs=1e-7)
    assert (minimum.weight, minimum.bias) == pytest.approx((-0.32450, 1.32450), abs=1e-5)


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (lambda p, t: (p - t).abs().mean(), "weights need a loss of torch.nn by name; apply them"),
        (torch.nn.MSELoss(), "weights need a loss of torch.nn by name"),
        (Loss("KLDivLoss", reduction="batchmean"), 'unlike KLDivLoss: give it reduction="mean"'),
    ],
)
def test_weights_that_cannot_weigh_are_refused(loss: object, words: str) -> None:
    """Weights with a callable, or with a loss that is no mean or sum, are one line."""
    problem = Problem(x=(0, 1), y=(1, 2), weights=(1, 2))
    with pytest.raises(SceneError) as caught:
        record(Scene(problem=problem, losses=(loss,), epochs=1, resolution=3))  # type: ignore[arg-type]
    assert words in str(caught.value) and "\n" not in str(caught.value)
