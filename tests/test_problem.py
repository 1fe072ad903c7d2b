"""Problems: the toy regression, one's own data, test functions, and losses of every origin."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from animgd import Function, Loss, Point, Problem, Scene, record
from animgd.errors import SceneError
from animgd.scene.functions import NAMES
from animgd.scene.scene import LOSSES
from animgd.training.problems import Formula, LineFit, toy


def test_the_toy_problem_is_the_document_s():
    """50 points of NumPy's legacy generator, x first, then the noise, as float32."""
    np.random.seed(20240215)
    x = np.array(np.random.randn(50), dtype=np.float32)
    y = np.array(0.75 * x**2 + 1.0 * x + 2.0 + 0.3 * np.random.randn(50), dtype=np.float32)
    assert toy() == (tuple(x.tolist()), tuple(y.tolist()))


def test_the_toy_problem_leaves_numpy_s_generator_alone():
    """A scene that draws its own random numbers gets the same ones whether or not animgd made its data."""
    np.random.seed(1)
    wanted = np.random.rand()
    np.random.seed(1)
    toy()
    assert np.random.rand() == wanted


@pytest.mark.parametrize(("loss", "value"), [(0, 53.078), (1, 6.026), (2, 5.552), (3, 5.552)])
def test_losses_at_the_start_are_those_of_the_document(loss, value):
    """What the four losses are at weight 6, bias −3."""
    problem = LineFit(Problem(), LOSSES[loss])
    assert problem.loss(problem.parameters(Point(weight=6, bias=-3))).item() == pytest.approx(value, abs=6e-4)


@pytest.mark.parametrize(
    "loss",
    [
        Loss("MSELoss", reduction="sum"),
        Loss("HuberLoss", delta=0.5),
        Loss("SmoothL1Loss", beta=0.5),
        Loss("SoftMarginLoss"),
        Loss("BCEWithLogitsLoss"),
        Loss("PoissonNLLLoss"),
        Loss("KLDivLoss", reduction="batchmean"),
        Loss(torch.nn.MSELoss()),
        Loss(lambda p, t: (p - t).abs().pow(1.5).mean()),
        Loss(lambda p, t: (p - t).abs().max().reshape(1)),
        Loss(lambda p, t, power: (p - t).abs().pow(power).sum(), power=3),
    ],
)
def test_many_points_at_once_equal_one_at_a_time(loss):
    """Broadcasting gives what torch's own loss gives singly, whatever the loss and its reduction."""
    problem = LineFit(Problem(x=(0.5, -1.0, 2.0), y=(1.0, 0.25, 0.75)), loss)
    random = np.random.default_rng(5)
    places = torch.tensor(random.uniform(-5, 8, (20, 2)))
    points = [Point(weight=weight, bias=bias) for weight, bias in places.tolist()]
    singly = [problem.loss(problem.parameters(point, torch.float64)).item() for point in points]
    assert problem.values(places[:, 0], places[:, 1]).flatten().tolist() == pytest.approx(singly, rel=1e-12)
    assert len(set(singly)) == 20, "the loss must depend on the place"


def test_a_loss_that_weighs_its_neighbours_is_not_broadcast_wrongly():
    """A module with a reduction that is not pointwise is computed one at a time, not averaged wrongly."""

    class Centred(torch.nn.MSELoss):
        def forward(self, input, target):
            return super().forward(input - input.mean(), target)

    problem = LineFit(Problem(), Loss(Centred()))
    value = problem.values(torch.tensor([1.0, 2.0]).double(), torch.tensor([0.0, 500.0]).double())
    points = Point(weight=1, bias=0), Point(weight=2, bias=500)
    wanted = [problem.loss(problem.parameters(point, torch.float64)).item() for point in points]
    assert value.tolist() == pytest.approx(wanted)


LOWEST = {  # where it is not 0
    "easom": -1, "goldstein-price": 3, "mccormick": -1.9132229549810362, "six-hump-camel": -1.0316284534898772,
    "styblinski-tang": -78.33233140754282,
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_test_functions_have_their_known_minima(name):
    """Each test function has its known lowest value, with no slope, where the literature says, and more beside it."""
    function = Formula(Function(name))
    for place in Function(name).minima:
        parameters = function.parameters(place, torch.float64)
        value = function.loss(parameters)
        assert value.item() == pytest.approx(LOWEST.get(name, 0), abs=1e-9)
        beside = torch.tensor([[place.weight + 0.1, place.weight - 0.1], [place.bias + 0.1, place.bias + 0.1]]).double()
        assert (function.values(*beside) > value.item() + 1e-5).all()
        if name != "ackley":  # it has a tip there
            value.backward()
            assert [p.grad.item() for p in parameters] == pytest.approx([0, 0], abs=1e-4)


def test_functions_that_take_single_numbers_only_work_too():
    """A callable with an `if` in it cannot be broadcast; it is asked point by point."""
    function = Formula(Function(lambda x, y: y**2 if y > x else x**2 + y * 0))
    values = function.values(torch.tensor([3.0, 1.0]), torch.tensor([1.0, 2.0]))
    assert values.tolist() == [9, 4]


def test_functions_name_their_axes():
    """The parameters of a function of one's own are called x and y, not bias and weight."""
    assert record(Scene(problem=Function("booth"), epochs=1, resolution=3)).axes == ("x", "y")
    assert record(Scene(epochs=1, resolution=3)).axes == ("bias", "weight")


def raising(prediction, target):
    """A loss with a mistake in it."""
    return {}["target"]


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        ("MSELos", "torch.nn has no loss 'MSELos'; did you mean 'MSELoss'?"),
        ("Linear", "torch.nn has no loss 'Linear'"),
        ("CrossEntropyLoss", "CrossEntropyLoss needs class labels"),
        ("NLLLoss", "NLLLoss needs class labels"),
        (Loss("MultiMarginLoss"), "needs class labels"),
        (Loss("CTCLoss"), "needs class labels"),
        ("TripletMarginLoss", "TripletMarginLoss failed on a line's predictions"),
        ("BCELoss", "BCELoss failed on a line's predictions"),
        (Loss("HuberLoss", delt=1), "HuberLoss has no setting 'delt'; did you mean 'delta'?"),
        (Loss("HuberLoss", delta=-1.0), "positive"),
        (Loss("HuberLoss", delta="a"), "delta must be a finite number, not 'a'"),
        (Loss("MSELoss", reduction="none"), "MSELoss returns 50 numbers; reduce them to one"),
        (Loss("MSELoss", reduction="men"), "men is not a valid value for reduction"),
        (raising, "raising failed on a line's predictions: KeyError: 'target'"),
        (lambda p, t: 1.0, "must return a torch tensor, not 1.0"),
        (lambda p, t: torch.tensor(1.0), "has no gradient"),
        (lambda p: p.sum(), "takes 1 positional argument but 2 were given"),
    ],
)
def test_losses_that_cannot_be_are_one_line(loss, words):
    """A loss that does not exist, or cannot work on a line, is refused with what to do."""
    with pytest.raises(SceneError) as caught:
        record(Scene(losses=(loss,), epochs=1, resolution=3))
    assert words in str(caught.value) and "\n" not in str(caught.value)
    assert str(caught.value).startswith(__file__), "it must point at the declaration"


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("himmelbau", "unknown test function 'himmelbau'; did you mean 'himmelblau'?"),
        (lambda w, b: 3, "must return a torch tensor, not 3"),
        (lambda w: w, "takes 1 positional argument but 2 were given"),
        (lambda w, b: w / 0 + {}["b"], "KeyError: 'b'"),
        (lambda w, b: torch.stack([w, b]), "returns 2 numbers"),
        (lambda w, b: torch.tensor(2.0), "has no gradient"),
    ],
)
def test_functions_that_cannot_be_are_one_line(function, words):
    """A function that cannot be descended is refused with what is wrong."""
    with pytest.raises(SceneError) as caught:
        record(Scene(problem=Function(function), epochs=1, resolution=3))
    assert words in str(caught.value) and "\n" not in str(caught.value)
    assert str(caught.value).startswith(__file__)


def test_a_loss_that_fails_on_its_way_is_an_error_of_the_scene():
    """What a scene's own loss raises in the middle of training does not end in a traceback."""
    calls = []

    def moody(prediction, target):
        calls.append(prediction)
        if len(calls) > 3:
            raise ZeroDivisionError("tired")
        return ((prediction - target) ** 2).mean()

    with pytest.raises(SceneError, match=r"moody failed .* ZeroDivisionError: tired"):
        record(Scene(losses=(moody,), epochs=9, resolution=3))
