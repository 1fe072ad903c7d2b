"""--set: any field by its path, checked and reported as the declaration itself is."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from animgd import (
    SGD,
    Function,
    Lecture,
    Loss,
    Optimizer,
    Panel,
    Point,
    Run,
    Scene,
    Schedule,
    Style,
    Title,
    Video,
    Window,
)
from animgd.errors import UsageError
from animgd.scene.module.settings import applied, value

ONE = Scene(optimizer=SGD(lr=0.1, momentum=0.9))
ADAM = Scene(optimizer=Optimizer("Adam", lr=0.1))
TWO = Scene(optimizer={"slow": SGD(lr=0.1), "slow.er": SGD(lr=0.2)})
HUBER = Scene(losses=("HuberLoss",))
BOWL = Scene(problem=Function("quadratic"))
GRID = Scene(panels=(Panel(title="Left", optimizer=SGD(lr=1)), Panel(loss="L1Loss")))


@pytest.mark.parametrize(
    ("scene", "said", "expected"),
    [
        (ONE, ["title=A, B"], {"title": "A, B"}),
        (ONE, ["title=3"], {"title": "3"}),
        (ONE, ["title=none"], {"title": None}),
        (ONE, ["epochs=20"], {"epochs": 20}),
        (ONE, ["optimizer.lr=0.05"], {"optimizer": SGD(lr=0.05, momentum=0.9)}),
        (ONE, ["optimizer.nesterov=true"], {"optimizer": SGD(lr=0.1, momentum=0.9, nesterov=True)}),
        (ADAM, ["optimizer.betas=0.5,0.9"], {"optimizer": Optimizer("Adam", lr=0.1, betas=(0.5, 0.9))}),
        (TWO, ["optimizer.slow.lr=3"], {"optimizer": (Run("slow", SGD(lr=3)), Run("slow.er", SGD(lr=0.2)))}),
        (TWO, ["optimizer.slow.er.lr=3"], {"optimizer": (Run("slow", SGD(lr=0.1)), Run("slow.er", SGD(lr=3)))}),
        (TWO, ["optimizer.1.lr=3"], {"optimizer": (Run("slow", SGD(lr=0.1)), Run("slow.er", SGD(lr=3)))}),
        (ONE, ["losses=MSELoss,L1Loss"], {"losses": ("MSELoss", "L1Loss")}),
        (ONE, ["losses=L1Loss"], {"losses": ("L1Loss",)}),
        (ONE, ["losses=L1Loss,MSELoss", "epochs=3"], {"losses": ("L1Loss", "MSELoss"), "epochs": 3}),
        (HUBER, ["losses.HuberLoss.delta=0.5"], {"losses": (Loss("HuberLoss", delta=0.5),)}),
        (HUBER, ["losses.delta=0.5"], {"losses": (Loss("HuberLoss", delta=0.5),)}),
        (Scene(optimizer={"one": SGD(lr=1)}), ["optimizer.lr=2"], {"optimizer": {"one": SGD(lr=2)}}),
        (Scene(schedule=Schedule("StepLR", step_size=9)), ["schedule.step_size=3"],
         {"schedule": Schedule("StepLR", step_size=3)}),
        (ONE, ["batch=5", "clip=value,0.5"], {"batch": 5, "clip": ("value", 0.5)}),
        (GRID, ["panels.Left.optimizer.lr=2"], {"panels": (Panel(title="Left", optimizer=SGD(lr=2)), GRID.panels[1])}),
        (GRID, ["panels.1.loss=MSELoss"], {"panels": (GRID.panels[0], Panel(loss="MSELoss"))}),
        (ONE, ["video.fps=50", "video.width=640"], {"video": Video(fps=50, width=640)}),
        (ONE, ["video.fps=30000/1001"], {"video": Video(fps=Fraction(30000, 1001))}),
        (ONE, ["video.pace=linear"], {"video": Video(pace="linear")}),
        (ONE, ["video.slow=(0, 10, 2)"], {"video": Video(slow=((0, 10, 2),))}),
        (ONE, ["video.slow=((0, 10, 2), [20, 30, 0.5])"], {"video": Video(slow=((0, 10, 2), (20, 30, 0.5)))}),
        (ONE, ["style.theme=dark", "style.colormap=viridis"], {"style": Style(theme="dark", colormap="viridis")}),
        (ONE, ["start.x=1", "start.weight=2"], {"start": Point(x=1, y=2)}),
        (ONE, ["window.y=-1,3"], {"window": Window(y=(-1, 3))}),
        (ONE, ["window=none"], {"window": None}),
        (ONE, ["companions=loss"], {"companions": ("loss",)}),
        (ONE, ["companions="], {"companions": ()}),
        (ONE, ["show=anatomy,field", "hide=all"], {"show": ("anatomy", "field"), "hide": ("all",)}),
        (ONE, ["anatomy=true"], {"anatomy": True}),
        (ONE, ["anatomy=7"], {"anatomy": (7,)}),
        (ONE, ["pauses=6,28"], {"pauses": (6, 28)}),
        (ONE, ["pauses=events"], {"pauses": "events"}),
        (ONE, ["problem.x=1,2,3", "problem.y=2,4,6"], {"problem": ONE.problem.replace(x=(1, 2, 3), y=(2, 4, 6))}),
        (BOWL, ["problem.condition=7"], {"problem": Function("quadratic", condition=7)}),
        (ONE, ["heatmaps=false", "companions=loss"], {"heatmaps": False, "companions": ("loss",)}),
        # One needs the other, in whatever order they are given.
        (Scene(), ["optimizer.nesterov=true", "optimizer.momentum=0.9"],
         {"optimizer": SGD(lr=0.1, momentum=0.9, nesterov=True)}),
    ],
)  # fmt: skip
def test_a_field_is_set_by_its_path(scene: Scene, said: list[str], expected: dict[str, object]) -> None:
    """As if the declaration had it; what is not said stays."""
    assert applied(scene, [setting(each) for each in said]) == scene.replace(**expected)


def setting(text: str) -> tuple[str, str]:
    """A path and a text."""
    path, _, rest = text.partition("=")
    return path, rest


@pytest.mark.parametrize(
    ("scene", "said", "told"),
    [
        (ONE, "lr=1", "Scene has no field 'lr'; did you mean 'optimizer.lr'?"),
        (ONE, "learning_rate=1", "Scene has no field 'learning_rate'; did you mean 'optimizer.lr'?"),
        (ONE, "optimiser.lr=1", "Scene has no field 'optimiser'; did you mean 'optimizer'?"),
        (ONE, "optimizer.momentun=1", "SGD has no field 'momentun'; did you mean 'optimizer.momentum'?"),
        (ONE, "video.fsp=50", "Video has no field 'fsp'; did you mean 'video.fps'?"),
        (ONE, "start.z=50", "Point has no field 'z'; choose from weight, bias, x, y"),
        (ONE, "optimizer.lr=fast", "SGD: lr must be a finite number above 0, not 'fast'"),
        (ONE, "optimizer.lr=inf", "SGD: lr must be a finite number above 0, not inf"),
        (ONE, "optimizer.nesterov=1", "SGD: nesterov must be True or False, not 1"),
        (ONE, "epochs=1.5", "Scene: epochs must be a whole number from 1 to 10,000,000, not 1.5"),
        (ONE, "style.theme=drak", "Style: theme must be one of 'light', 'dark', 'seed', not 'drak'"),
        (ONE, "losses=mse", "torch.nn has no loss 'mse'; did you mean 'MSELoss'?"),
        (ONE, "epochs.x=1", "Scene: epochs has no fields of its own: set epochs"),
        (ONE, "panels.0.loss=MSELoss", "Scene: panels is not set"),
        (HUBER, "losses.5.delta=3", "losses has no '5'; choose from HuberLoss"),
        (HUBER, "losses.-1.delta=3", "losses has no '-1'; choose from HuberLoss"),
        (HUBER, "losses..delta=3", "losses has no ''; choose from HuberLoss"),
        (TWO, "optimizer.lr=1", "optimizer has no 'lr'; choose from slow, slow.er"),
        (TWO, "optimizer.slwo.lr=1", "optimizer has no 'slwo'; did you mean 'slow'?"),
        (ONE, "video.slow=(1,", "Video: slow must be a tuple of"),
    ],
)
def test_what_is_wrong_is_one_line(scene: Scene, said: str, told: str) -> None:
    """It begins with the option as typed."""
    with pytest.raises(UsageError) as raised:
        applied(scene, [setting(said)])
    assert str(raised.value).startswith(f"--set {said}: {told}") and "\n" not in str(raised.value)


def test_values_never_run_code_or_take_all_memory() -> None:
    """What is not a number or a tuple of them is text."""
    for text in ("__import__('os')", "1e999999999", "9" * 5000, "((" * 500, "1/0", "(x for x in y)"):
        value(text, "tuple[float, ...]")
    assert value("1/0", "float") == "1/0" and value("1e400", "float") == float("inf")


def test_a_lecture_and_its_scenes() -> None:
    """What a lecture has is the lecture's, a pace and all else that of every scene."""
    lecture = Lecture(parts=(Title("a"), ONE, ADAM), title="T")
    made = applied(lecture, [("title", "U"), ("epochs", "7"), ("video.fps", "25"), ("video.pace", "linear")])
    assert (made.title, made.video.fps) == ("U", 25)
    assert {(s.epochs, s.video.fps, s.video.pace) for s in made.scenes} == {(7, 25, "linear")}
    assert [scene.title for scene in made.scenes] == [None, None]


MODULE = """
import torch
from animgd import SGD, Function, Scene, Video
def f(x, y): return x * x + y * y
video = Video(width=320, height=240, fps=10, epochs_per_second=10, hold_start=0, hold_end=0)
scene = Scene(problem=Function(f), optimizer={"a b": SGD(lr=0.1)}, epochs=3, video=video, resolution=11)
"""


@pytest.mark.parametrize("here", [True, False])
def test_the_recording_is_that_of_the_setting(animgd, python, write, tmp_path, here: bool) -> None:
    """In this process and in an author process, with own functions; the name tells it with --suffix only."""
    module = write(MODULE)
    words = ["-f", "json", "--set", "optimizer.a b.lr=0.25", "--set", "video.fps=20"]
    if here:
        done = animgd(module, *words)
        assert done.status == 0, done.err
        folder = done.folder
    else:
        folder = tmp_path / "films"
        done = python("-m", "animgd", "-o", folder, module, *words)
        assert done.returncode == 0, done.stderr
    data = json.loads((folder / "small.json").read_text())
    run = data["panels"][0]["runs"][0]
    assert (data["fps"], run["optimizer"]["lr"], run["weight"][1]) == ("20/1", 0.25, pytest.approx(3.0))
    words = ["--set", "optimizer.a b.lr=1/0"]
    error = animgd(module, *words).err if here else python("-m", "animgd", module, *words).stderr.splitlines()
    assert error == ["animgd: error: --set optimizer.a b.lr=1/0: SGD: lr must be a finite number above 0, not '1/0'"]


def test_names_tell_settings_on_request(animgd, write) -> None:
    """--suffix; without --set, or with a name of one's own, it has nothing to tell."""
    module = write(MODULE.replace("a b", "a"))
    done = animgd(module, "-f", "json", "--set", "optimizer.a.lr=0.2", "--set", "title=x/y", "--suffix")
    assert done.made == ["small-optimizer.a.lr=0.2-title=x-y.json"], done.err
    assert "there is no --set: remove --suffix" in animgd(module, "--suffix").err[0]
    assert animgd(module, "--set", "epochs").err == [
        "animgd: error: argument --set: invalid setting 'epochs': expected PATH=VALUE, such as optimizer.lr=0.05 "
        "(see --help)"
    ]


def test_what_a_format_cannot_hold_names_the_option(animgd, write) -> None:
    """As --size does."""
    (error,) = animgd(write(MODULE), "-f", "mp4", "--set", "video.width=321").err
    assert error.startswith("animgd: error: --set video.width=321: ") and "needs an even width" in error
