"""Declarations: names, defaults, equality by value, and every wrong value refused where it is written."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction

import numpy as np
import pytest

from animgd import SGD, Function, Lecture, Loss, Optimizer, Panel, Point, Problem, Run, Scene, Style, Video, Window
from animgd.errors import SceneError
from animgd.scene.base import show

NAN, INF = math.nan, math.inf
HERE = __file__


def test_a_scene_has_the_defaults_of_the_contract():
    """Every field of the contract is there under its name, with what an author would have chosen."""
    scene = Scene()
    assert scene.title is None and scene.panels is None
    assert scene.optimizer == SGD(lr=0.1)
    assert scene.losses == tuple(map(Loss, ("MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss")))
    assert (scene.epochs, scene.resolution) == (100, 101)
    assert scene.start == Point(weight=6.0, bias=-3.0)
    assert scene.problem == Problem()
    assert scene.window == Window(bias=(-5, 8), weight=(-5, 8))
    assert (scene.video, scene.style) == (Video(), Style())


@pytest.mark.parametrize(
    ("declaration", "fields"),
    [
        (SGD(0.2), {"lr": 0.2, "momentum": 0, "weight_decay": 0, "dampening": 0, "nesterov": False}),
        (Video(), {"width": 1280, "height": 720, "fps": 25, "epochs_per_second": 10, "hold_start": 1.2,
                   "hold_end": 2.0, "pace": "auto"}),
        (Style(), {"theme": "light", "colormap": None, "scale": None}),
        (Panel(), {"title": None, "loss": None, "optimizer": None, "start": None}),
        (Run("a", SGD(0.1)), {"label": "a", "optimizer": SGD(0.1), "start": None}),
        (Problem(), {"x": None, "y": None}),
        (Window(), {"bias": (-5, 8), "weight": (-5, 8)}),
    ],
)  # fmt: skip
def test_the_other_declarations_have_theirs(declaration, fields):
    """The fields that the contract names come first, in its order, with its defaults."""
    names = [field.name for field in dataclasses.fields(declaration)]
    assert names[: len(fields)] == list(fields)
    assert {name: getattr(declaration, name) for name in fields} == fields


def test_declarations_are_equal_by_value():
    """Two scenes written the same way are the same, however their parts were given and wherever they were made."""

    def made():
        return Scene(
            title="a",
            optimizer={"one": SGD(lr=0.1), "two": Optimizer("Adam", lr=0.3, betas=[0.9, 0.99])},
            losses=["MSELoss", Loss("HuberLoss", delta=0.5)],
            problem=Problem(x=[1, 2], y=np.array([3.0, 4.0])),
            video=Video(fps=Fraction(30000, 1001)),
        )

    one = made()
    two = made()
    assert one == two and hash(one) == hash(two)
    three = Scene(
        "a", (Run("one", SGD(0.1)), Run("two", Optimizer("Adam", betas=(0.9, 0.99), lr=0.3))),
        (Loss("MSELoss"), Loss("HuberLoss", delta=0.5)), problem=Problem((1.0, 2.0), (3.0, 4.0)),
        video=Video(fps=Fraction(30000, 1001)),
    )  # fmt: skip
    assert one == three and one.origin != three.origin
    assert one != dataclasses.replace(one, epochs=99)
    assert SGD(lr=0.1) != SGD(lr=0.2) and Loss("HuberLoss") != Loss("HuberLoss", delta=1.0)


@pytest.mark.parametrize("declaration", [Scene(), SGD(0.1), Optimizer("Adam"), Loss("L1Loss"), Window(), Video()])
def test_declarations_cannot_be_changed(declaration):
    """A declaration that changed after it was checked would be unchecked."""
    field = dataclasses.fields(declaration)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(declaration, field, 1)


def test_data_are_kept_as_tuples():
    """What an author changes in his own list afterwards does not change the scene."""
    x = [1.0, 2.0]
    problem = Problem(x=x, y=iter([3, 4]))
    x[0] = 99.0
    assert (problem.x, problem.y) == ((1.0, 2.0), (3.0, 4.0))


def test_a_declaration_remembers_where_it_was_made():
    """An error can point at the file and the line, also of what `replace` made."""
    line = 1 + test_a_declaration_remembers_where_it_was_made.__code__.co_firstlineno + 2
    scene = Scene()
    assert scene.origin == f"{HERE}:{line}"
    assert dataclasses.replace(scene, epochs=3).origin == f"{HERE}:{line + 2}"
    assert "origin" not in {field.name for field in dataclasses.fields(scene)}


def test_one_s_own_data_find_their_own_window():
    """The seed's window belongs to the seed's data; others get None, unless a scene says so."""
    own = Problem(x=(1, 2), y=(1, 2))
    assert Scene(problem=own).window is None
    assert Scene(problem=Function(lambda x, y: x * y)).window is None
    assert Scene(problem=own, window=Window()).window == Window()
    assert Scene(window=None).window is None


def test_a_test_function_brings_its_usual_window_start_and_resolution():
    """A scene may override each of them; a callable has none."""
    scene = Scene(problem=Function("Six_hump camel"))
    assert (scene.window, scene.start) == (Window(x=(-2, 2), y=(-1, 1)), Point(x=-0.6, y=0.05))
    assert scene.resolution == 201
    assert Scene(problem=scene.problem, start=Point(x=1, y=0), window=None, resolution=7).window is None
    assert Scene(problem=Function(lambda x, y: x * y)).start == Point(weight=6, bias=-3)


def test_x_is_the_bias_and_y_the_weight():
    """Both spellings declare the same place and the same window."""
    assert Point(x=1, y=2) == Point(weight=2, bias=1)
    assert Window(x=(0, 1)) == Window(bias=(0, 1), weight=(-5, 8))
    assert (Point(x=1, y=2).x, Window(y=(0, 3)).y) == (1, (0, 3))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Point(6, -3), "Point(weight=6, bias=-3) or Point(x=-3, y=6)"),
        (lambda: Window((0, 1), (0, 1)), "Window(bias=(-5, 8), weight=(-5, 8)) or Window(x="),
        (lambda: Point(weight=1, y=2), "give each only once"),
        (lambda: Point(x=1), "weight is missing"),
        (lambda: Point(x=1, y="2"), "Point: y must be a finite number, not '2'"),
        (lambda: Window(x=(3, 1)), "Window: x must be (low, high)"),
        (lambda: Point((6, -3)), "Point(weight=6, bias=-3) or Point(x=-3, y=6)"),
        (lambda: Scene(start=(6, -3)), "start must be Point(weight=..., bias=...), not (6, -3)"),
        (lambda: Point(wieght=1, bias=2), "did you mean 'weight'?"),
        (lambda: Function("rosenbrok"), "did you mean 'rosenbrock'?"),
        (lambda: Function("booth", condition=3), 'condition applies only to "quadratic"'),
        (lambda: Function(max, minima=((1, 2, 3),)), "minima must be a tuple of points"),
        (lambda: Problem(x=(1, 2), y=(1, 2), weights=(0, 0)), "weights must be numbers that are 0 or above"),
        (lambda: Problem(x=(1, 2), y=(1, 2), weights=(1,)), "x has 2 numbers and weights have 1"),
        (lambda: Problem(x=[[1, 2], [3, 4]], y=(1, 2)), "x must be a sequence of numbers"),
        (lambda: Problem(dtype="float16"), "dtype must be one of 'float32', 'float64'"),
        (lambda: Style(theme="drak"), "'seed', not 'drak'; did you mean 'dark'?"),
        (lambda: Video(pace="setle"), "not 'setle'; did you mean 'settle'?"),
        (lambda: Video(quality="Small"), "not 'Small'; did you mean 'small'?"),
        (lambda: Scene(companions=("fit", "los")), "'gradient', not ('fit', 'los'); did you mean 'loss'?"),
        (lambda: Scene(show=("arows",)), "not ('arows',); did you mean 'arrows'?"),
        (lambda: Scene(hide="al"), "not 'al'; did you mean 'all'?"),
        (lambda: Scene(pauses="event"), "not 'event'; did you mean 'events'?"),
        (lambda: Lecture((Scene(),), transition="fad"), "not 'fad'; did you mean 'fade'?"),
        (lambda: Style(aspect="square"), "aspect must be one of 'auto', 'equal'"),
    ],
)
def test_places_and_problems_say_what_is_wrong(make, said):
    """A pair alone is ambiguous; misspelt names get the right one; every error points at its line."""
    with pytest.raises(SceneError) as raised:
        make()
    assert said in str(raised.value)
    assert HERE in str(raised.value)


def test_columns_of_data_are_taken():
    """x of shape (n, 1), as scikit-learn and torch have it, is n numbers."""
    assert Problem(x=np.array([[1.0], [2.0]]), y=[[3], [4]]) == Problem(x=(1, 2), y=(3, 4))


def test_panels_are_filled_in_from_the_scene():
    """What a panel leaves out comes from the scene, and its title from its loss."""
    start = Point(weight=1, bias=1)
    scene = Scene(
        optimizer=SGD(0.5),
        start=start,
        panels=(
            Panel(),
            Panel("own", "L1Loss", {"a": SGD(0.1), "b": SGD(0.2)}, Point(weight=2, bias=2)),
            Panel(loss="HuberLoss", optimizer=(Run("c", SGD(0.3), Point(weight=3, bias=3)), Run("d", SGD(0.3)))),
        ),
    )
    first, second, third = scene.grid
    assert (first.title, first.loss, [run.optimizer for run in first.runs]) == ("MSELoss", Loss("MSELoss"), [SGD(0.5)])
    assert first.runs[0].start == start
    assert (second.title, second.loss) == ("own", Loss("L1Loss"))
    two = Point(weight=2, bias=2)
    assert [(run.label, run.start) for run in second.runs] == [("a", two), ("b", two)]
    assert [(run.label, run.start) for run in third.runs] == [("c", Point(weight=3, bias=3)), ("d", start)]
    assert [panel.title for panel in Scene().grid] == ["MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss"]
    assert [panel.title for panel in Scene(problem=Function("booth")).grid] == ["booth"]


ODD = [NAN, INF, -INF, True, "0.1", None, 1j]
WRONG = [
    *[(SGD, {"lr": value}, "SGD: lr must be a finite number above 0") for value in (*ODD, 0, -0.1, 10**400)],
    *[(SGD, {"lr": 0.1, "momentum": value}, "SGD: momentum must be") for value in (*ODD, -0.1, 1, 5)],
    *[(SGD, {"lr": 0.1, "weight_decay": value}, "SGD: weight_decay must be") for value in (*ODD, -0.1)],
    *[(SGD, {"lr": 0.1, "momentum": 0.5, "dampening": value}, "SGD: dampening must be") for value in ODD],
    *[(SGD, {"lr": 0.1, "momentum": 0.5, "nesterov": value}, "True or False") for value in ("no", 1, 0, None)],
    (SGD, {"lr": 0.1, "nesterov": True}, "nesterov=True needs a momentum above 0 and dampening 0"),
    (SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.1, "nesterov": True}, "needs a momentum above 0 and dampening 0"),
    *[(lambda **s: Optimizer("Adam", **s), {"lr": value}, "Optimizer: lr must be") for value in (*ODD, 0, -1)],
    (lambda **s: Optimizer("Adam", **s), {"betas": (0.9, NAN)}, "Optimizer: betas must be finite"),
    (lambda **s: Optimizer("Adam", **s), {"eps": INF}, "Optimizer: eps must be finite"),
    (lambda **s: Optimizer("Adam", **s), {"betas": {0.9: 1}}, "betas must be a number, text, or a tuple"),
    (lambda **s: Optimizer("SGD", **s), {"lr": 0.1, "momentum": 1}, "momentum must be"),
    (lambda **s: Optimizer("SGD", **s), {"lr": 0.1, "momentum": 0.9, "nesterov": "no"}, "True or False"),
    (lambda: Optimizer(3), {}, "Optimizer: 3 is neither a name nor a callable"),
    (lambda: Loss("no name"), {}, "Loss: 'no name' is neither a name nor a callable"),
    (lambda: Loss("HuberLoss", delta=NAN), {}, "Loss: delta must be finite, not nan"),
    *[(Point, {"weight": value, "bias": 0}, "Point: weight must be") for value in (*ODD, 1e16)],
    *[(Point, {"weight": 0, "bias": value}, "Point: bias must be") for value in ODD],
    *[
        (Window, {axis: value}, f"Window: {axis} must be (low, high) with low < high")
        for axis in ("bias", "weight")
        for value in ((1, 1), (2, 1), (0, NAN), (-INF, 1), (1, 1 + 1e-9), (0,), 5, "ab", (False, True), (0, 1e16))
    ],
    (Problem, {"x": (), "y": ()}, "Problem: x must be at least one number"),
    (Problem, {"x": (1, 2), "y": (1,)}, "Problem: x has 2 numbers and y has 1"),
    (Problem, {"x": (1, 2)}, "Problem: y must be a sequence of numbers, not None"),
    *[(Problem, {"x": (1, v), "y": (1, 2)}, "Problem: x must be") for v in (NAN, INF, "2", True, None, 10**400)],
    (Problem, {"x": "12", "y": (1, 2)}, "Problem: x must be"),
    *[(Video, {"width": value}, "Video: width must be") for value in (0, -2, 1280.0, True, "1280", 20000)],
    (Video, {"width": 16384, "height": 16384}, "Video: size must be at most"),
    *[(Video, {"fps": value}, "Video: fps must be") for value in (0, -1, 25.0, NAN, True, "25", 1001, Fraction(0))],
    *[(Video, {"epochs_per_second": v}, "Video: epochs_per_second must be") for v in (0, -1, NAN, INF, True, "1")],
    *[(Video, {"hold_end": value}, "Video: hold_end must be seconds") for value in (-0.1, NAN, INF, True, "2", 1e9)],
    (Video, {"pace": "wild"}, "Video: pace must be one of 'auto'"),
    (Style, {"theme": "neon"}, "Style: theme must be one of 'light', 'dark', 'seed'"),
    (Style, {"scale": "cubic"}, "Style: scale must be one of 'log', 'linear'"),
    (Style, {"colormap": 3}, "Style: colormap must be the name of a colour map"),
    *[
        (Scene, {"epochs": value}, "Scene: epochs must be a whole number from 1")
        for value in (0, -1, 2.5, True, "9", 10**9)
    ],
    *[(Scene, {"resolution": value}, "Scene: resolution must be") for value in (0, 1, 5000, 10.0, True)],
    (Scene, {"title": 3}, "Scene: title must be text"),
    (Scene, {"optimizer": "SGD"}, "Scene: optimizer must be SGD(...), Optimizer(...)"),
    (Scene, {"optimizer": {"a": "SGD"}}, "Run: optimizer must be"),
    (Scene, {"optimizer": {1: SGD(0.1)}}, "Run: label must be text"),
    (Scene, {"optimizer": (SGD(0.1),)}, "Scene: optimizer must be"),
    (Scene, {"optimizer": (Run("a", SGD(0.1)), Run("a", SGD(0.2)))}, "two runs of a panel have the same label"),
    (Scene, {"losses": ()}, "Scene: losses must be a tuple of at least one"),
    (Scene, {"losses": "MSELoss"}, "Scene: losses must be a tuple"),
    (Scene, {"losses": (3,)}, "Scene: loss must be a name in torch.nn, Loss(...), or a callable"),
    (Scene, {"panels": ()}, "Scene: panels must be a tuple of at least one"),
    (Scene, {"panels": (Loss("L1Loss"),)}, "Scene: panels must be a tuple"),
    (Scene, {"panels": (Panel(),), "losses": ("L1Loss",)}, "panels and losses are both set"),
    (Scene, {"problem": Function("booth"), "losses": ("L1Loss",)}, "a Function is its own loss"),
    (Scene, {"problem": Function("booth"), "panels": (Panel(loss="L1Loss"),)}, "a Function is its own loss"),
    (Scene, {"start": (1, 2)}, "Scene: start must be Point(weight=..., bias=...)"),
    (Scene, {"window": (0, 1)}, "Scene: window must be Window("),
    (Scene, {"problem": (1, 2)}, "Scene: problem must be"),
    (Scene, {"video": 3}, "Scene: video must be Video(...)"),
    (Scene, {"style": "dark"}, "Scene: style must be Style(...)"),
    (Panel, {"title": 3}, "Panel: title must be text"),
    (Panel, {"loss": 3}, "Panel: loss must be"),
    (Function, {"of": 3}, "Function: of must be the name of a test function"),
]


@pytest.mark.parametrize(("make", "fields", "words"), WRONG)
def test_wrong_values_are_refused_when_they_are_written(make, fields, words):
    """A wrong value fails at creation, in one line with the place, the field, and what is allowed."""
    with pytest.raises(SceneError) as caught:
        make(**fields)
    text = str(caught.value)
    assert words in text and "\n" not in text, text
    assert text.startswith(f"{HERE}:") and len(text) < len(HERE) + 250
    assert caught.value.status == 2


def test_what_torch_takes_but_hardly_anybody_means_is_remarked():
    """Dampening without momentum is ignored by torch, and outside 0 to 1 it is odd; other settings are silent."""
    assert list(SGD(lr=0.1, momentum=0.9, dampening=0.8).remarks) == []
    assert "ignores dampening=0.5" in "".join(SGD(lr=0.1, dampening=0.5).remarks)
    assert "outside 0 to 1" in "".join(SGD(lr=0.1, momentum=0.5, dampening=-1).remarks)


def test_numbers_of_numpy_are_numbers():
    """A scene may compute its settings with NumPy's doubles."""
    assert SGD(lr=np.float64(0.1)) == SGD(lr=0.1)
    assert Window(bias=(np.float64(0), np.float64(1))).bias == (0.0, 1.0)


def test_values_are_shown_short_and_on_one_line():
    """A message stays readable whatever was given, even if its repr is long, has line breaks, or fails."""

    class Broken:
        def __repr__(self):
            raise KeyError

    assert show("a\nb") == r"'a\nb'"
    assert len(show(list(range(999)))) == 80 and show(list(range(999))).endswith("...")
    assert show(np.zeros((3, 3))).count("\n") == 0
    assert "Broken" in show(Broken()) and "KeyError" in show(Broken())


def test_replace_reaches_the_optimizer():
    """A changed copy with the same origin; names of settings reach the one optimizer, and are refused with several."""
    scene = Scene(optimizer=SGD(lr=0.1, momentum=0.9), epochs=7)
    made = scene.replace(lr=0.05, epochs=9)
    assert (made.optimizer, made.epochs, made.origin) == (SGD(lr=0.05, momentum=0.9), 9, scene.origin)
    assert Scene(optimizer=Optimizer("Adam", lr=1)).replace(lr=2, eps=1e-3).optimizer == Optimizer(
        "Adam", lr=2, eps=1e-3
    )
    assert (scene.optimizer.lr, scene.epochs) == (0.1, 7)
    with pytest.raises(SceneError, match="cannot replace lr of several runs"):
        Scene(optimizer={"a": SGD(lr=1), "b": SGD(lr=2)}).replace(lr=3)
    with pytest.raises(SceneError, match="'momentun'"):
        scene.replace(momentun=0.5)
