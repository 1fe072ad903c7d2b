"""Test functions of two parameters, each with its default window, start and minima.

A formula f(x, y) takes torch tensors and uses only their methods, so this module does not import torch.

Source: Jamil and Yang, "A literature survey of benchmark functions for global optimization problems", 2013;
Surjanovic and Bingham, "Virtual library of simulation experiments" (Levi 13, goldstein-price, mccormick).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from math import e, pi
from typing import Any

Pair = tuple[float, float]  # (x, y), or (low, high)


@dataclass(frozen=True)
class TestFunction:
    """A test function and its default view; `minima` are all global minima, as (x, y)."""

    formula: Callable[[Any, Any], Any]
    x: Pair
    y: Pair
    start: Pair
    minima: tuple[Pair, ...]
    resolution: int = 101  # samples along each axis: enough to show a narrow valley without gaps


def _square(side: float) -> tuple[Pair, Pair]:
    return (-side, side), (-side, side)


def _beale(x: Any, y: Any) -> Any:
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def _ackley(x: Any, y: Any) -> Any:
    distance = (0.5 * (x**2 + y**2)).clamp(min=1e-30).sqrt()  # the gradient at 0 would be nan
    waves = 0.5 * ((2 * pi * x).cos() + (2 * pi * y).cos())
    return -20 * (-0.2 * distance).expm1() - e * (waves - 1).expm1()


def _goldstein_price(x: Any, y: Any) -> Any:
    near = 1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2)
    far = 30 + (2 * x - 3 * y) ** 2 * (18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2)
    return near * far


def _levi_13(x: Any, y: Any) -> Any:
    across = (x - 1) ** 2 * (1 + (3 * pi * y).sin() ** 2)
    return (3 * pi * x).sin() ** 2 + across + (y - 1) ** 2 * (1 + (2 * pi * y).sin() ** 2)


_CAMEL = (0.08984201310031806, -0.712656403020739633)
_TANG = -2.903534027771177

FUNCTIONS: dict[str, TestFunction] = {
    "ackley": TestFunction(_ackley, *_square(4), (-2.5, 1.5), ((0, 0),), 300),  # no sample on its cusp
    "beale": TestFunction(_beale, *_square(4.5), (-1, -1.5), ((3, 0.5),), 301),
    "booth": TestFunction(lambda x, y: (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2, *_square(10), (-8, 2), ((1, 3),)),
    "easom": TestFunction(lambda x, y: -x.cos() * y.cos() * (-((x - pi) ** 2) - (y - pi) ** 2).exp(),
                          (0, 2 * pi), (0, 2 * pi), (2, 4), ((pi, pi),)),
    "goldstein-price": TestFunction(_goldstein_price, *_square(2), (-1.5, 0.5), ((0, -1),), 301),
    "himmelblau": TestFunction(lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2, *_square(5), (0, 0),
                               ((3, 2), (-2.8051180869527448, 3.1313125182505730),
                                (-3.7793102533777469, -3.2831859912861694), (3.5844283403304917, -1.8481265269644036))),
    "levi-13": TestFunction(_levi_13, *_square(5), (-3.5, 3), ((1, 1),), 601),
    "matyas": TestFunction(lambda x, y: 0.26 * (x**2 + y**2) - 0.48 * x * y, *_square(10), (-8, 3), ((0, 0),)),
    "mccormick": TestFunction(lambda x, y: (x + y).sin() + (x - y) ** 2 - 1.5 * x + 2.5 * y + 1,
                              (-1.5, 4), (-3, 4), (-1, 2.5), ((0.5 - pi / 3, -0.5 - pi / 3),)),
    "monkey-saddle": TestFunction(lambda x, y: x**3 - 3 * x * y**2, *_square(2), (1.6, 0.05), ()),
    "rastrigin": TestFunction(lambda x, y: 20 + x**2 + y**2 - 10 * ((2 * pi * x).cos() + (2 * pi * y).cos()),
                              *_square(5.12), (-2.4, 3.4), ((0, 0),), 401),
    "rosenbrock": TestFunction(lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2, (-2, 2), (-1, 3), (-1.2, 1),
                               ((1, 1),), 901),
    "saddle": TestFunction(lambda x, y: x**2 - y**2, *_square(2), (-1.8, 0.02), ()),
    "six-hump-camel": TestFunction(lambda x, y: (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (4 * y**2 - 4) * y**2,
                                   (-2, 2), (-1, 1), (-0.6, 0.05),
                                   (_CAMEL, (-_CAMEL[0], -_CAMEL[1])), 201),
    "sphere": TestFunction(lambda x, y: x**2 + y**2, *_square(5), (-4, 3), ((0, 0),)),
    "styblinski-tang": TestFunction(lambda x, y: 0.5 * (x**4 - 16 * x**2 + 5 * x + y**4 - 16 * y**2 + 5 * y),
                                    *_square(4), (0, -0.5), ((_TANG, _TANG),)),
    "three-hump-camel": TestFunction(lambda x, y: 2 * x**2 - 1.05 * x**4 + x**6 / 6 + x * y + y**2,
                                     *_square(2.5), (2.2, 1.5), ((0, 0),), 201),
}  # fmt: skip


NAMES = (*FUNCTIONS, "quadratic")


def plain(name: str) -> str:
    """A name in the spelling of this table: "Monkey saddle" and "monkey_saddle" are "monkey-saddle"."""
    return re.sub(r"[\s_-]+", "-", name.strip().lower())


def test_function(name: str, condition: float = 10.0) -> TestFunction:
    """The test function with a name in `NAMES`; "quadratic" is (x² + condition · y²) / 2."""
    assert math.isfinite(condition)
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    samples = 101 if condition <= 20 else 301
    # The eigenvalues of its Hessian are 1 and `condition`.
    return TestFunction(lambda x, y: 0.5 * (x**2 + condition * y**2), *_square(5), (-4, 2), ((0, 0),), samples)
