"""Which look each run has, what the legend says of it, and how its texts are cut where there is no room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from animgd.graphics.numbers import PARTS, settings
from animgd.graphics.text import ELLIPSIS, clean
from animgd.scene.scene import MOST_RUNS, FilledPanel

if TYPE_CHECKING:
    from animgd.layout.measure import Content


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


def cut_apart(texts: Sequence[str], size: int, room: float, content: Content) -> list[str]:
    """Each text cut to the room; those that would become equal lose what they have in common instead."""

    def cut(text: str, start: int) -> str:
        head, rest = text[:start], text[start:]
        return content.fitted(content.fitted(head, size, room - content.reach(rest, size, room)) + rest, size, room)

    shown = {text: content.fitted(text, size, room) for text in texts}
    _part(list(shown), shown, cut)
    return [shown[text] for text in texts]


def cut_settings(texts: Sequence[str], size: int, room: float, content: Content) -> list[str]:
    """Settings cut to the room: of what all share, the last parts go first, whole; what differs stays."""
    every = [text.split(PARTS) for text in texts]
    common = [part for part in every[0] if all(part in parts for parts in every)]
    lines = list(texts)
    for kept in range(len(common), -1, -1):
        lines = [_without(parts, common[kept:]) for parts in every]
        if all(content.fits(line, size, room) for line in lines):
            return lines
    return cut_apart(lines, size, room, content)


def _without(parts: list[str], gone: list[str]) -> str:
    shown = [ELLIPSIS if part in gone else part for part in parts]
    shown = [part for i, part in enumerate(shown) if part != ELLIPSIS or i == 0 or shown[i - 1] != ELLIPSIS]
    return PARTS.join(shown).replace(PARTS + ELLIPSIS, " " + ELLIPSIS).replace(ELLIPSIS + PARTS, ELLIPSIS + " ")


def _part(texts: list[str], shown: dict[str, str], cut: Callable[[str, int], str]) -> None:
    """Cut those anew that are shown alike, as long as that makes a difference."""
    groups: dict[str, list[str]] = {}
    for text in texts:
        groups.setdefault(shown[text], []).append(text)
    for alike in groups.values():
        if len(alike) < 2:
            continue
        common = _common(alike)
        for start in (common.rfind(" ") + 1, len(common)):  # at a word, or where a word is too long itself
            shown |= {text: cut(text, start) for text in alike}
            if len({shown[text] for text in alike}) > 1:
                _part(alike, shown, cut)
                break


def _common(texts: Sequence[str]) -> str:
    """How all texts begin."""
    first, last = min(texts), max(texts)
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:same]
