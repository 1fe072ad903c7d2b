"""Goes through the steps of a training that was recorded elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from animgd.errors import SceneError
from animgd.recording.model import Series
from animgd.recording.trained.rows import Row, Rows
from animgd.scene.runs.recorded import Recorded

ALIKE = 0.01  # relative: losses of one problem differ by less, whatever computes them


class Entry(NamedTuple):
    """One entry of a recorded training. `lr` is that of the step which leaves it."""

    values: Series
    lr: float


def entries(declared: Recorded, count: int) -> Iterator[Entry]:
    """So many entries, the last one again and again where there are no more. Raises: SceneError."""
    before: Row | None = None
    made = 0
    for row in _rows(declared):
        if before is not None:
            yield Entry(before.values, row.lr)
            made += 1
            if made == count:
                return
        before = row
    assert before is not None
    for _ in range(count - made):
        yield Entry(before.values, before.lr)


def length(declared: Recorded) -> int:
    """The steps of a recorded training. Raises: SceneError."""
    return (len(declared.points) if declared.file is None else _opened(declared).count) - 1


def remarks(declared: Recorded, steps: int) -> Iterator[str]:
    """What the film does not show of a training that was recorded elsewhere, or shows beyond its end."""
    made = length(declared)
    if made > steps:
        yield f"{declared.label}: the first {steps:,} of its {made:,} steps are shown; raise epochs to show more"
    elif made < steps:
        yield f"{declared.label}: it has {made:,} steps, and stands still after them; {steps:,} are shown"


def doubts(declared: Recorded, losses: Series) -> Iterator[str]:
    """A warning where another problem was trained, most likely. Shapes: `losses` (entries,), on all data."""
    if declared.file is None or declared.steps_per_epoch > 1 or _opened(declared).described.every > 1:
        return
    noted = next(islice(_rows(declared), 1, None)).loss  # by the loop before its first step, or after it
    here = [float(each) for each in losses[:2]]
    if math.isfinite(noted) and math.isfinite(here[0]) and not any(_alike(noted, each) for each in here):
        found = f"its first recorded loss is {noted:.4g}, and here the loss is {here[0]:.4g} at its start"
        yield f"{declared.label}: {found}: was it trained on other data, with another loss, or in batches?"


def _alike(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=ALIKE, abs_tol=1e-9)


def first(declared: Recorded) -> Series:
    """The parameters at the start."""
    return next(_rows(declared)).values


def put(parameters: list[Tensor], values: Series, declared: Recorded) -> None:
    """Set the parameters to those of an entry. Raises: SceneError, if there are more or fewer."""
    width = sum(each.numel() for each in parameters)
    if len(values) != width:
        found = f"{declared.label} has {len(values):,} parameters, but what is filmed has {width:,}"
        raise SceneError(f"{found}; record the same model", declared.origin)
    flat, begin = torch.from_numpy(np.array(values)), 0
    with torch.no_grad():
        for each in parameters:
            each.copy_(flat[begin : begin + each.numel()].reshape(each.shape))
            begin += each.numel()


def _rows(declared: Recorded) -> Iterator[Row]:
    if declared.file is None:
        yield from (Row(math.nan, math.nan, np.array(point)) for point in declared.points)
        return
    yield from _tried(declared, lambda: iter(_opened(declared)))


def _opened(declared: Recorded) -> Rows:
    try:
        rows = Rows(Path(declared.file or ""))
    except (OSError, ValueError) as error:
        raise SceneError(f"cannot read {declared.label}: {error}", declared.origin) from error
    if rows.count < 2:
        raise SceneError(f"{declared.label} has no steps", declared.origin)
    return rows


def _tried(declared: Recorded, begin: Callable[[], Iterator[Row]]) -> Iterator[Row]:
    """The rows; what is wrong with the file is told at its declaration."""
    try:
        yield from begin()
    except (OSError, ValueError, EOFError) as error:
        raise SceneError(f"cannot read {declared.label}: {error}", declared.origin) from error
