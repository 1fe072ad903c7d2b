"""What all declarations say of arguments that they do not take, in a module as in a notebook."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle

import pytest

from animgd import SGD, Function, Loss, Optimizer, Panel, Problem, Run, Scene, Style, Video
from animgd.errors import SceneError
from animgd.scene.optimizers import LOSSES, OPTIMIZERS

HERE = __file__


MISSPELT = [
    (lambda: Scene(optimizr=SGD(0.1)), "Scene has no field 'optimizr'; did you mean 'optimizer'?"),
    (lambda: Scene(learning_rate=0.1), "Scene has no field 'learning_rate'; write optimizer=SGD(lr=...)"),
    (lambda: Scene(fps=30), "Scene has no field 'fps'; write video=Video(fps=...)"),
    (lambda: Scene(cmap="viridis"), "Scene has no field 'cmap'; write style=Style(colormap=...)"),
    (lambda: Scene(steps=30), "did you mean 'epochs'?"),
    (lambda: Scene(loss="MSELoss"), "did you mean 'losses'?"),
    (lambda: dataclasses.replace(Scene(), epoch=3), "did you mean 'epochs'?"),
    (lambda: SGD(momentum=0.9), "SGD: missing a required argument: 'lr'; write SGD(lr=0.1)"),
    (lambda: SGD(learning_rate=0.1), "SGD has no field 'learning_rate'; did you mean 'lr'?"),
    (lambda: SGD(0.1, lr=0.2), "SGD: multiple values for argument 'lr'"),
    (lambda: SGD(0.1, 0, 0, 0, False, 7), "SGD: too many positional arguments"),
    (lambda: Optimizer(lr=0.1), "Optimizer: missing a required argument: 'factory'; write Optimizer(\"Adam\", lr=0.1)"),
    (lambda: Optimizer("Adam", 0.1), "Optimizer: too many positional arguments; write Optimizer(\"Adam\", lr=0.1)"),
    (lambda: Optimizer("adam", lr=0.1), "torch.optim has no 'adam'; did you mean 'Adam'?"),
    (lambda: Optimizer("RMSProp", lr=0.1), "did you mean 'RMSprop'?"),
    (lambda: Optimizer("torch.optim.Adam", lr=0.1), "did you mean 'Adam'?"),
    (lambda: Loss(delta=0.5), "Loss: missing a required argument: 'factory'"),
    (lambda: Loss("mse"), "torch.nn has no loss 'mse'; did you mean 'MSELoss'?"),
    (lambda: Loss("Huber Loss"), "neither a name nor a callable; did you mean 'HuberLoss'?"),
    (lambda: Scene(losses=["smooth_l1_loss"]), "did you mean 'SmoothL1Loss'?"),
    (lambda: Panel(loss="mae"), "did you mean 'L1Loss'?"),
    (lambda: Loss("Linear"), "torch.nn has no loss 'Linear'; choose from MSELoss, L1Loss"),
    (lambda: Panel(optimiser=SGD(0.1)), "Panel has no field 'optimiser'; did you mean 'optimizer'?"),
    (lambda: Run(SGD(0.1)), "Run: missing a required argument: 'optimizer'; write Run("),
    (lambda: Function(name="f"), "Function: missing a required argument: 'of'"),
    (lambda: Function(f=max), "Function has no field 'f'; did you mean 'of'?"),
    (lambda: Problem(x=(1,), Y=(1,)), "Problem has no field 'Y'; did you mean 'y'?"),
    (lambda: Video(widht=3), "Video has no field 'widht'; did you mean 'width'?"),
    (lambda: Style(color_map="viridis"), "Style has no field 'color_map'; did you mean 'colormap'?"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "said"), MISSPELT)
def test_wrong_arguments_get_the_right_name(make, said):
    """Every declaration says itself, in a module as in a notebook, what it takes instead, with the line."""
    with pytest.raises(SceneError) as raised:
        make()
    assert said in str(raised.value) and "\n" not in str(raised.value)
    assert str(raised.value).startswith(f"{HERE}:{make.__code__.co_firstlineno}: ")


def test_a_mistake_of_the_author_s_own_stays_what_it_is():
    """A TypeError that has nothing to do with the arguments' names is not explained away."""

    class Odd(float):
        def __eq__(self, other):
            raise TypeError("mine")

        __hash__ = None

    with pytest.raises(TypeError, match="mine"):
        Style(theme=Odd())


def test_declarations_can_be_copied_and_looked_at():
    """Copies and pickles are equal, and help shows the fields."""
    scene = Scene(optimizer=Optimizer("Adam", lr=0.1))
    assert copy.copy(scene) == copy.deepcopy(scene) == pickle.loads(pickle.dumps(scene)) == scene
    assert list(inspect.signature(SGD).parameters) == ["lr", "momentum", "weight_decay", "dampening", "nesterov"]
    assert list(inspect.signature(Optimizer).parameters) == ["factory", "settings"]


def test_the_names_for_hints_are_torch_s():
    """A hint never names what torch does not have."""
    torch = pytest.importorskip("torch")
    assert all(isinstance(getattr(torch.optim, name), type) for name in OPTIMIZERS)
    assert all(isinstance(getattr(torch.nn, name), type) for name in LOSSES)
    assert all(name.endswith("Loss") for name in LOSSES)


def test_a_class_of_torch_is_declared_by_its_name_and_another_of_that_name_is_not():
    """`Optimizer(torch.optim.Adam)` is `Optimizer("Adam")`; an own class called Adam stays the own class."""
    torch = pytest.importorskip("torch")
    own = type("Adam", (torch.optim.Adam,), {"__module__": "torch.optim_of_mine"})
    assert Optimizer(torch.optim.Adam, lr=0.1) == Optimizer("Adam", lr=0.1) != Optimizer(own, lr=0.1)
    assert Loss(torch.nn.MSELoss) == Loss("MSELoss")
