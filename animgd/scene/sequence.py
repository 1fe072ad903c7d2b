"""Runs whose optimizers differ in one number: they have an order."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from animgd.scene.base import is_number
from animgd.scene.optimizers import SGD
from animgd.scene.runs.run import AnyOptimizer, Run
from animgd.scene.scene import FilledPanel

LEAST, MOST = 3, 6  # two are told apart best by two hues; of more, one hue has too few shades


def ranks(panels: Sequence[FilledPanel], markers: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """The rank of each marker index by the one number (a setting, the batch) in which its runs differ from others.

    Empty if they differ otherwise, or if they are not `LEAST` to `MOST`. `markers` has one of each run, per panel.
    """
    looks: dict[int, set[Run]] = {}  # the runs without what they may differ in
    others: dict[int, set[Hashable]] = {}
    for panel, row in zip(panels, markers, strict=True):
        for run, marker in zip(panel.runs, row, strict=True):
            looks.setdefault(marker, set()).add(run.replace(label="", start=None))
            others.setdefault(marker, set()).add((panel.loss, run.start, run.schedule, run.clip, run.seed))
    alike = len(set(map(frozenset, others.values()))) == 1 and all(len(each) == 1 for each in looks.values())
    if not alike or not LEAST <= len(looks) <= MOST or sorted(looks) != list(range(len(looks))):
        return ()
    runs = [next(iter(looks[marker])) for marker in sorted(looks)]
    values = _batches(runs) or _numbers([run.optimizer for run in runs])
    return tuple(sorted(values).index(value) for value in values)


def _batches(runs: Sequence[Run]) -> list[float]:
    """The sizes of the batches, if runs differ only there; or none."""
    sizes = [float(run.batch or 0) for run in runs]
    return sizes if len({run.optimizer for run in runs}) == 1 and len(set(sizes)) == len(sizes) and all(sizes) else []


def _numbers(optimizers: Sequence[AnyOptimizer]) -> list[float]:
    """The values of the only setting in which optimizers of one kind differ, if they are distinct numbers; or none."""
    given = [dict(optimizer.settings) for optimizer in optimizers]
    names = [name for name in given[0] if any(each.get(name) != given[0][name] for each in given)]
    one_kind = len({getattr(optimizer, "factory", SGD) for optimizer in optimizers}) == 1
    if not one_kind or len(names) != 1 or any(each.keys() != given[0].keys() for each in given):
        return []
    values = [each[names[0]] for each in given]
    return values if all(map(is_number, values)) and len(set(values)) == len(values) else []
