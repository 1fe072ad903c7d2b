"""Texts that must stay apart when they are cut: what they share goes first, what tells them apart last."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from animgd.layout.content import Content
from animgd.lettering import ELLIPSIS
from animgd.numeral import PARTS


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
