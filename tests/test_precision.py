"""Data that single precision cannot hold: said before training, never called proven, and right in double."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from animgd import SGD, Function, Optimizer, Problem, Scene, record
from animgd.recording.diagnostics import declared, remarks

TIMES = tuple(1.7e9 + 20 * k for k in range(21))
RISE = tuple(0.0025 * 20 * k for k in range(21))


def told(x: object, **fields: object) -> list[str]:
    """What is said of data before training."""
    return list(declared(Scene(problem=Problem(x=x, y=tuple(range(len(x))), **fields))))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (TIMES, "1700000000 and 1700000020 become equal, and 4 of 21 values remain; subtract 1700000000 from x"),
        ((16777216, 16777217, 16777218), "16777216 and 16777217 become equal, and 2 of 3"),
        ((2020.01, 2020.02, 2020.03, 2020.04), "move by up to 3.9e-05 in a range of 0.03; subtract 2020 from x"),
        ((1e6 + 0.1, 1e6 + 0.2, 1e6 + 0.3), "values move by up to 0.025 in a range of 0.2; subtract 1000000 from x"),
        ((0, 1.7e9, 1.7e9 + 20, 1.7e9 + 40), '2 of 4 values remain; set dtype="float64"'),
        ((1e-46, 2e-46, 3e-46), 'become equal, and 1 of 3 values remain; set dtype="float64"'),
        ((-1.7e9, -1.7e9 - 20, -1.7e9 - 40), "subtract -1700000000 from x"),
        ((1, 1 + 1e-9, 1 + 2e-9), "subtract 1 from x"),
    ],
)
def test_data_that_single_precision_spoils_are_told(x: tuple[float, ...], words: str) -> None:
    """Which values become one or how far they move, what to subtract, and the data type that holds them."""
    (line,) = told(x)
    assert line.startswith("float32 rounds x: ") and words in line and line.endswith('set dtype="float64"')
    assert told(x, dtype="float64") == []
    swapped = list(declared(Scene(problem=Problem(x=tuple(range(len(x))), y=x))))
    assert len(swapped) == 1 and swapped[0].startswith("float32 rounds y: ")


@pytest.mark.parametrize(
    "x",
    [
        tuple(np.random.default_rng(0).normal(size=30000)),
        tuple(range(1991, 2021)),
        (0.1, 0.2, 0.3, 0.1 + 0.2),
        (5.0, 5.0, 5.0),
        (0.1,),
        (1e9, 2e9, 3e9 + 1),
        (-1e15, 3.0, 1e15),
        tuple(np.linspace(2000, 2010, 11)),
        (0.0, 1e-30, 2e-30),
    ],
)
def test_ordinary_data_are_not_remarked(x: tuple[float, ...]) -> None:
    """Rounding in the seventh digit of the range is no harm, nor are two of many samples that fall together."""
    assert told(x) == []


def test_only_data_of_ones_own_are_looked_at() -> None:
    """Functions and the article's data have nothing to round."""
    assert list(declared(Scene())) == list(declared(Scene(problem=Function("booth")))) == []


def test_spoilt_data_have_no_proven_minimum() -> None:
    """In single precision the line through unix times is another one: its cross stays, and is not called proven."""
    scene = Scene(problem=Problem(x=TIMES, y=RISE), losses=("MSELoss",), epochs=1, optimizer=SGD(1e-20))
    minimum = record(scene).panels[0].minimum
    assert minimum is None or not minimum.proven
    shifted = Problem(x=tuple(x - 1.7e9 for x in TIMES), y=RISE)
    minimum = record(Scene(problem=shifted, losses=("MSELoss",), epochs=1, optimizer=SGD(1e-20))).panels[0].minimum
    assert minimum is not None and minimum.proven
    assert (minimum.weight, minimum.bias) == pytest.approx((0.0025, 0), abs=1e-6)


def test_double_precision_holds_what_is_given() -> None:
    """With dtype="float64", data, parameters, losses and steps are double, and the minimum is that of the data."""
    x, y = (2020.01, 2020.02, 2020.03, 2020.05), (1.0, 2.0, 2.5, 4.0)
    scene = Scene(problem=Problem(x=x, y=y, dtype="float64"), losses=("MSELoss",), epochs=5, optimizer=SGD(1e-8))
    panel = record(scene).panels[0]
    run, weight, bias = panel.runs[0], 6.0, -3.0
    for epoch in range(6):
        off = weight * np.array(x) + bias - np.array(y)
        assert run.loss[epoch] == pytest.approx((off**2).mean(), rel=1e-13)
        assert (run.weight[epoch], run.bias[epoch]) == pytest.approx((weight, bias), rel=1e-13)
        weight, bias = weight - 1e-8 * 2 * (off * x).mean(), bias - 1e-8 * 2 * off.mean()


def test_an_own_loss_in_double_precision_gets_double() -> None:
    """So does a loss of one's own, in its run and in its map; an optimizer of torch steps on double parameters."""
    types = set()

    def seen(p, t):
        types.add((str(p.dtype), str(t.dtype)))
        return ((p - t) ** 2).mean()

    wanted = Problem(x=(1, 2, 3), y=(1, 2, 4), dtype="float64")
    record(Scene(problem=wanted, losses=(seen,), epochs=3, resolution=9, optimizer=Optimizer("Adam", lr=0.1)))
    assert ("torch.float64", "torch.float64") in types
    types.clear()
    record(Scene(problem=wanted, losses=("MSELoss",), epochs=3, resolution=9, optimizer=Optimizer("Adam", lr=0.1)))


def test_the_warning_comes_before_the_film(animgd, write, monkeypatch) -> None:
    """On the command line it is said before anything is trained, once, with --dry-run too, and not with --quiet."""
    module = write(f"""
from animgd import *
scene = Scene(problem=Problem(x={TIMES!r}, y={RISE!r}), losses=("MSELoss",), epochs=2, resolution=5,
              video=Video(320, 240, 10, 10, 0, 0))
""")
    from animgd.output import render

    real = render.recorded
    monkeypatch.setattr(render, "recorded", lambda *given: (sys.stderr.write("trained\n"), real(*given))[1])
    done = animgd(module, "-f", "json")
    assert done.status == 0 and "float32 rounds x" in done.err[0] and done.err[1] == "trained"
    assert sum("float32" in line for line in done.err) == 1
    done = animgd(module, "--dry-run", "-f", "json")
    assert done.status == 0 and len(done.err) == 1 and "float32 rounds x" in done.err[0]
    assert animgd(module, "--quiet", "-f", "json").err == ["trained"]


def test_python_is_told_too(tmp_path) -> None:
    """A film made from Python carries the warning."""
    scene = Scene(problem=Problem(x=TIMES, y=RISE), losses=("MSELoss",), epochs=1, resolution=3)
    assert any("float32 rounds x" in line for line in remarks(scene, record(scene)))
