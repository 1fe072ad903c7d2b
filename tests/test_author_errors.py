"""Errors of an author's code: one line that points into it."""

from __future__ import annotations

import json

import pytest
import torch

from animgd import Function, Loss, Scene, record
from animgd.errors import SceneError
from animgd.scene.module.author_errors import inside, one_line

HERE = __file__


def missing(of):
    """Line 1 of two, and the error on the second."""
    return {}[of]


def deep(x, y):
    """The error is in another function of the author's."""
    z = x * y
    return missing(str(type(z)))


def shapes(x, y):
    """The error is in torch, and the line here."""
    z = x * y
    return z + torch.ones(2) @ torch.ones(3)


def refusing(prediction, target):
    """A loss whose error has two lines."""
    raise ValueError("no\nway")


class Stubborn(torch.autograd.Function):
    """A gradient that fails."""

    @staticmethod
    def forward(context, x):
        return x.clone()

    @staticmethod
    def backward(context, gradient):
        raise KeyError("on the way back")


@pytest.mark.parametrize(
    ("scene", "code", "below", "words"),
    [
        (lambda: Scene(problem=Function(deep)), missing, 2, "deep failed on two numbers (x, y): KeyError"),
        (lambda: Scene(problem=Function(shapes)), shapes, 3, "shapes failed on two numbers (x, y): "),
        (lambda: Scene(losses=[lambda p, t: missing("p")]), missing, 2, "failed on a line's predictions: Key"),
        (lambda: Scene(losses=[refusing]), refusing, 2, "refusing failed on a line's predictions: ValueError: no way"),
        (lambda: Scene(problem=Function(lambda x, y: Stubborn.apply(x) + y)), Stubborn.backward, 2, "on the way back"),
    ],
)
def test_an_error_inside_a_function_points_at_its_line(scene, code, below, words):
    """The innermost line of the author's own code is named, with what was raised there."""
    with pytest.raises(SceneError) as caught:
        record(scene())
    assert words in str(caught.value) and "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"{HERE}:{code.__code__.co_firstlineno + below}: ")


def test_a_call_that_the_function_does_not_take_points_at_the_declaration():
    """Where no line of the author's was reached, the declaration's is named."""
    function = Function(lambda x: x)
    with pytest.raises(SceneError, match="takes 1 positional argument but 2 were given"):
        record(Scene(problem=function))
    loss = Loss(torch.nn.functional.mse_loss, sice=3)
    with pytest.raises(SceneError) as caught:
        record(Scene(losses=[loss]))
    assert str(caught.value).startswith(f"{loss.origin}: ")


def test_libraries_are_not_the_author_s_code():
    """Lines of Python's library and of installed packages are not named."""
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads("{")
    assert inside(caught.value) == f"{HERE}:{test_libraries_are_not_the_author_s_code.__code__.co_firstlineno + 3}"
    assert inside(ValueError("never raised")) is None


@pytest.mark.parametrize("name", ["<stdin>", "<ipython-input-3-0123>", "<python-input-0>", "/tmp/ipykernel_1/2.py"])
def test_code_that_was_typed_is_the_author_s(name):
    """A notebook's cell and the prompt are named as Python names them."""
    with pytest.raises(ZeroDivisionError) as caught:
        exec(compile("\n1 / 0", name, "exec"))
    assert inside(caught.value) == f"{name}:2"


def test_a_text_becomes_one_line_that_a_terminal_shows():
    """Lines are joined, escapes spelt out, a long text cut; without any, it says so."""
    assert one_line(ValueError("\x1b[31mone\ntwo")) == r"\x1b[31mone two"
    assert one_line(ValueError()) == "(no message)"
    assert len(one_line(ValueError("x" * 9999))) == 200
