"""Which look each run has, and what the legend says of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from animgd.lettering import clean
from animgd.numeral import PARTS, settings
from animgd.scene import MOST_RUNS, FilledPanel


class Entry(NamedTuple):
    """A line of the legend; a heading has no sign."""

    sign: int | None
    text: str
    settings: str = ""


def labels(panels: Iterable[FilledPanel]) -> tuple[str, ...]:
    """All labels of panels whose runs are told apart, in their order; "" is that of runs without one."""
    named = [panel for panel in panels if any(run.label for run in panel.runs)]
    return tuple(dict.fromkeys(run.label for panel in named for run in panel.runs))


def numbers(panels: Sequence[FilledPanel]) -> tuple[tuple[int, ...], ...]:
    """The number of each run's look, per panel: one look a label, as long as there are enough for the film."""
    every = labels(panels)
    found = []
    for panel in panels:
        table = every if len(every) <= MOST_RUNS else labels([panel])
        found.append(tuple(table.index(run.label) if run.label in table else 0 for run in panel.runs))
    return tuple(found)


def entries(panels: Sequence[FilledPanel], titles: Sequence[str]) -> tuple[Entry, ...]:
    """The legend: a line a label; where labels need the same looks again, a group a panel."""
    if len(labels(panels)) <= MOST_RUNS:
        return _group(panels)
    groups = [(Entry(None, title), *_group([panel])) for panel, title in zip(panels, titles, strict=True)]
    return tuple(entry for group in groups if len(group) > 1 for entry in group)


def _group(panels: Sequence[FilledPanel]) -> tuple[Entry, ...]:
    found = []
    for sign, label in enumerate(labels(panels)):
        told = [settings(run.optimizer) for panel in panels for run in panel.runs if run.label == label]
        if label:
            found.append(Entry(sign, clean(label), shared(told)))
    return tuple(found)


def shared(told: Sequence[str]) -> str:
    """The settings that all have."""
    first, *others = [text.split(PARTS) for text in told]
    return PARTS.join(part for part in first if all(part in other for other in others))
