"""The legend: the marker of each run, its label and settings, and how these are truncated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from animgd.graphics.numbers import BOUND, PARTS, run_settings
from animgd.graphics.text import ELLIPSIS, clean
from animgd.layout.elements import Looks
from animgd.scene.scene import MOST_RUNS, FilledPanel

if TYPE_CHECKING:
    from animgd.layout.measure import Content


class Entry(NamedTuple):
    """A line of the legend; a heading has no marker."""

    marker: int | None
    text: str
    settings: str = ""


def labels(panels: Iterable[FilledPanel]) -> tuple[str, ...]:
    """The distinct labels of all panels with labels, in order; that of a run without a label is ""."""
    named = [panel for panel in panels if any(run.label for run in panel.runs)]
    return tuple(dict.fromkeys(run.label for panel in named for run in panel.runs))


def numbers(panels: Sequence[FilledPanel], looks: Looks = ()) -> tuple[tuple[int, ...], ...]:
    """The marker index of each run, per panel: that of its label in the film, or in the panel if there are too many.

    `looks` has those that labels have in a lecture.
    """
    if looks:
        known = dict(looks)
        return tuple(tuple(known.get(run.label, 0) for run in panel.runs) for panel in panels)
    every = labels(panels)
    found = []
    for panel in panels:
        table = every if len(every) <= MOST_RUNS else labels([panel])
        found.append(tuple(table.index(run.label) if run.label in table else 0 for run in panel.runs))
    return tuple(found)


def entries(panels: Sequence[FilledPanel], titles: Sequence[str], looks: Looks = ()) -> tuple[Entry, ...]:
    """The entries of the legend, one for each label; grouped by panel if a marker stands for several labels."""
    if looks:
        return tuple(entry._replace(marker=dict(looks)[label]) for label, entry in _labelled(panels))
    if len(labels(panels)) <= MOST_RUNS:
        return _group(panels)
    groups = [(Entry(None, title), *_group([panel])) for panel, title in zip(panels, titles, strict=True)]
    return tuple(entry for group in groups if len(group) > 1 for entry in group)


def filled(content: Content) -> list[Entry]:
    """The legend, where a run of SGD without settings of its own has "no momentum", if all others have momentum."""
    names = [{part.rpartition(BOUND)[0] for part in e.settings.split(PARTS)} for e in content.legend if e.settings]
    if not names or any(run.optimizer.name != "SGD" for panel in content.panels for run in panel.runs):
        return list(content.legend)
    lacks = PARTS.join(f"no{BOUND}{name}" for name in sorted(set.intersection(*names) - {""}))
    return [entry._replace(settings=entry.settings or lacks) for entry in content.legend]


def _group(panels: Sequence[FilledPanel]) -> tuple[Entry, ...]:
    return tuple(entry for _, entry in _labelled(panels))


def _labelled(panels: Sequence[FilledPanel]) -> Iterator[tuple[str, Entry]]:
    """Each label with its entry."""
    for marker, label in enumerate(labels(panels)):
        texts = [run_settings(run) for panel in panels for run in panel.runs if run.label == label]
        if label:
            yield label, Entry(marker, clean(label), shared(texts))


def shared(texts: Sequence[str]) -> str:
    """The settings that all texts contain."""
    first, *others = [text.split(PARTS) for text in texts]
    return PARTS.join(part for part in first if all(part in other for other in others))


def cut_apart(texts: Sequence[str], size: int, room: float, content: Content) -> list[str]:
    """Truncate texts to the room; texts that would become equal lose their common beginning instead."""

    def cut(text: str, start: int) -> str:
        head, rest = text[:start], text[start:]
        return content.fitted(content.fitted(head, size, room - content.reach(rest, size, room)) + rest, size, room)

    shown = {text: content.fitted(text, size, room) for text in texts}
    _distinguish(list(shown), shown, cut)
    return [shown[text] for text in texts]


def cut_settings(texts: Sequence[str], size: int, room: float, content: Content) -> list[str]:
    """Truncate settings to the room: the shared ones are dropped from the last on, those that differ remain."""
    every = [text.split(PARTS) for text in texts]
    common = [part for part in every[0] if all(part in parts for parts in every)]
    lines = list(texts)
    for kept in range(len(common), -1, -1):
        lines = [_without(parts, common[kept:]) for parts in every]
        if all(content.fits(line, size, room) for line in lines):
            return lines
    whole = [_whole_parts(line.split(PARTS), size, room, content) for line in lines]
    return whole if len(set(whole)) == len(set(lines)) else cut_apart(lines, size, room, content)


def _whole_parts(parts: list[str], size: int, room: float, content: Content) -> str:
    """As many of the parts as fit; the first one is cut if it must be."""
    shown = [PARTS.join(parts[:count]) + f" {ELLIPSIS}" * (count < len(parts)) for count in range(len(parts), 0, -1)]
    return next((line for line in shown if content.fits(line, size, room)), content.fitted(shown[0], size, room))


def _without(parts: list[str], gone: list[str]) -> str:
    shown = [ELLIPSIS if part in gone else part for part in parts]
    shown = [part for i, part in enumerate(shown) if part != ELLIPSIS or i == 0 or shown[i - 1] != ELLIPSIS]
    return PARTS.join(shown).replace(PARTS + ELLIPSIS, " " + ELLIPSIS).replace(ELLIPSIS + PARTS, ELLIPSIS + " ")


def _distinguish(texts: list[str], shown: dict[str, str], cut: Callable[[str, int], str]) -> None:
    """Truncate equal results again after their common beginning, as long as that makes them different."""
    groups: dict[str, list[str]] = {}
    for text in texts:
        groups.setdefault(shown[text], []).append(text)
    for alike in groups.values():
        if len(alike) < 2:
            continue
        common = _common_prefix(alike)
        for start in (common.rfind(" ") + 1, len(common)):  # at a word boundary, or inside a long word
            shown |= {text: cut(text, start) for text in alike}
            if len({shown[text] for text in alike}) > 1:
                _distinguish(alike, shown, cut)
                break


def _common_prefix(texts: Sequence[str]) -> str:
    """The longest common prefix."""
    first, last = min(texts), max(texts)
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:same]
