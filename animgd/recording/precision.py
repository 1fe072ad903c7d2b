"""Warnings about data in single precision: values that become equal, and rounding that is large for their range."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from animgd.scene.model.network import Model
from animgd.scene.problem import Function, Problem

Column = NDArray[np.float64]
MERGED = 0.05  # of the distinct values: a large random sample has a few that differ only in the last digits
COARSE = 1e-4  # of the range: the largest change of a value; a fitted line moves about as much
SAME = 1e-12  # of the greatest value: smaller differences are rounding in double precision


def remarks(problem: Problem | Function | Model) -> Iterator[str]:
    """A warning for each of x and y that single precision distorts, with a remedy."""
    if not isinstance(problem, Problem) or problem.dtype != "float32" or problem.x is None or problem.y is None:
        return
    for name, given in (("x", problem.x), ("y", problem.y)):
        column = np.array(given)
        fault = _fault(column)
        if fault:
            yield f"float32 rounds {name}: {fault}; {_cure(name, column)}"


def _fault(column: Column) -> str:
    """What rounding does to a column, "" if it is harmless."""
    distinct = np.unique(column)
    distinct = distinct[np.append(True, np.diff(distinct) > SAME * np.abs(column).max())]
    rounded = distinct.astype(np.float32).astype(np.float64)
    left = len(np.unique(rounded))
    if len(distinct) - left > MERGED * len(distinct):
        first = int(np.flatnonzero(np.diff(rounded) == 0)[0])
        pair = " and ".join(f"{value:.15g}" for value in distinct[first : first + 2])
        return f"{pair} become equal, and {left} of {len(distinct)} values remain"
    span, worst = np.ptp(distinct), np.abs(rounded - distinct).max()
    return f"values move by up to {worst:.2g} in a range of {span:.2g}" if worst > COARSE * span > 0 else ""


def _cure(name: str, column: Column) -> str:
    """The remedy: a number to subtract, if that is enough, or else double precision."""
    double = 'set dtype="float64"'
    middle, span = float(column[0]), float(np.ptp(column))
    for digits in range(-15, 13):  # the roundest number near enough
        offset = round(middle, digits)
        if abs(offset - middle) <= 10 * span:
            break
    helps = bool(offset) and math.isfinite(offset) and not _fault(column - offset)
    return f"subtract {offset:.15g} from {name}, or {double}" if helps else double
