"""Words as coverage masks, and how they are cut and broken to fit a room."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from animgd.graphics.fonts import BOX, PLAIN, Coverage, Face, GlyphMask, Source, advance, draw, holder, holds
from animgd.graphics.mathtext import formula, pieces

__all__ = ["Coverage", "GlyphMask", "clean", "fits", "fitted", "mask", "missing", "width", "wrapped"]

ELLIPSIS = "…"
FIRST, WORDS = 64, 8  # characters and words that are measured at first, before longer pieces are


class Span(NamedTuple):
    """Letters that one font draws, or a formula, whose source is None."""

    text: str
    source: Source | None


@dataclass(frozen=True)
class Label:
    """A line of text. Units: pixels; `x` is where `align` says, `y` the baseline (of `upright` text: the middle)."""

    text: str
    x: int
    y: int
    size: int
    bold: bool = False
    muted: bool = False
    align: str = "left"
    upright: bool = False


def clean(text: str) -> str:
    """One line, with nothing that is not to be seen."""
    return " ".join("".join(map(_seen, text)).split())


def _seen(letter: str) -> str:
    if "\ufe00" <= letter <= "\ufe0f":  # says how the letter before it is drawn
        return ""
    return letter if letter.isprintable() or letter.isspace() else " "


@functools.lru_cache(maxsize=4096)
def width(text: str, size: int, bold: bool = False, face: Face = PLAIN) -> float:
    """How far the pen moves. Units: pixels."""
    return sum(_advance(span, size, bold) for span in _spans(text, bold, face))


@functools.lru_cache(maxsize=1024)
def mask(text: str, size: int, bold: bool = False, face: Face = PLAIN) -> GlyphMask:
    """Draw a line of text. Units: `size` is the em, in pixels."""
    parts, x = [], 0.0
    for span in _spans(text, bold, face):
        drawn = _drawn(span, size, bold)
        parts.append(drawn._replace(left=round(x) + drawn.left))
        x += _advance(span, size, bold)
    return parts[0] if len(parts) == 1 else _joined(parts)


def _joined(parts: list[GlyphMask]) -> GlyphMask:
    """Masks on one baseline; where two overlap, the greater coverage counts."""
    left, top = min(part.left for part in parts), min(part.top for part in parts)
    right = max(part.left + part.coverage.shape[1] for part in parts)
    bottom = max(part.top + part.coverage.shape[0] for part in parts)
    whole = np.zeros((bottom - top, right - left), np.uint8)
    for coverage, x, y in parts:
        place = whole[y - top : y - top + coverage.shape[0], x - left : x - left + coverage.shape[1]]
        np.maximum(place, coverage, out=place)
    return GlyphMask(whole, left, top)


def _advance(span: Span, size: int, bold: bool) -> float:
    if span.source is None:
        return formula(span.text, size, bold).width
    return advance(span.text, span.source, size)


def _drawn(span: Span, size: int, bold: bool) -> GlyphMask:
    if span.source is None:
        return formula(span.text, size, bold).mask
    return draw(span.text, span.source, size)


@functools.lru_cache(maxsize=4096)
def _spans(text: str, bold: bool, face: Face) -> tuple[Span, ...]:
    """A text in spans, at least one."""
    found: list[Span] = []
    for piece, is_formula in pieces(text):
        if is_formula:
            found.append(Span(piece, None))
        elif piece:
            found += _lettered(piece, bold, face)
    return tuple(found) or (Span("", face.sources(bold)[0]),)


def _lettered(text: str, bold: bool, face: Face) -> list[Span]:
    """Letters by their fonts; a space or a mark stays with what is before it, if that font has it."""
    found: list[tuple[list[str], Source]] = []
    for letter in text:
        source = holder(letter, bold, face)
        shown, source = (letter, source) if source else (BOX, holder(BOX, bold, face))
        if found and (found[-1][1] == source or _follows(shown, found[-1][1])):
            found[-1][0].append(shown)
        else:
            assert source is not None  # DejaVu Sans has the box
            found.append(([shown], source))
    return [Span("".join(letters), source) for letters, source in found]


def _follows(letter: str, source: Source) -> bool:
    return (letter.isspace() or _is_mark(letter)) and holds(source, letter)


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter).startswith("M")


def missing(text: str, face: Face = PLAIN) -> str:
    """The characters that no font has a shape for, each once; they are drawn as boxes."""
    typed = "".join(piece for piece, is_formula in pieces(clean(text)) if not is_formula)
    return "".join(letter for letter in dict.fromkeys(typed) if holder(letter, False, face) is None)


def fitted(text: str, size: int, room: float, bold: bool = False, face: Face = PLAIN) -> str:
    """The text, cut with an ellipsis where it would be wider than the room."""
    parts = _atoms(text)

    def shown(count: int, mark: str = ELLIPSIS) -> str:
        return text if count == len(parts) else "".join(parts[:count]).rstrip() + mark

    most = _most(len(parts), FIRST, lambda count: width(shown(count, ""), size, bold, face) <= room)
    if most == len(parts):
        return text
    return shown(_most(most, FIRST, lambda count: width(shown(count), size, bold, face) <= room))


def wrapped(
    text: str, size: int, room: float, bold: bool = False, face: Face = PLAIN, most: int | None = None
) -> list[str]:
    """The text in lines that fit the room; what cannot be broken and is too wide stays alone on its line.

    With `most`, what follows so many lines is one more line, however wide.
    """
    edges, first = [*_breaks(text), len(text)], 0
    lines: list[str] = []
    while first < len(edges) - 1 and (most is None or len(lines) < most):
        last = _line_end(text, edges, first, lambda line: fits(line, size, room, bold, face))
        lines.append(text[edges[first] : edges[last]].strip(" "))
        first = last
    return lines if first == len(edges) - 1 else [*lines, text[edges[first] :].strip(" ")]


def fits(text: str, size: int, room: float, bold: bool = False, face: Face = PLAIN) -> bool:
    """Whether a text is no wider than the room; of a long one, its beginning may decide."""
    length = FIRST
    while length < len(text):
        if width("".join(_atoms(text)[:length]), size, bold, face) > room:
            return False
        length *= 4
    return width(text, size, bold, face) <= room


def _line_end(text: str, edges: list[int], first: int, fit: Callable[[str], bool]) -> int:
    """The break before which a line must end."""
    left = len(edges) - 1 - first
    return first + max(1, _most(left, WORDS, lambda k: fit(text[edges[first] : edges[first + k]].strip(" "))))


def _most(count: int, first: int, holds: Callable[[int], bool]) -> int:
    """The greatest number up to `count` for which something holds that holds for all less; asked of small ones first,
    so that a text is never measured that is much longer than what fits."""
    low, high = 0, min(first, count)
    while high < count and holds(high):
        low, high = high, min(2 * high, count)
    if holds(high):
        return high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


@functools.lru_cache(maxsize=256)
def _atoms(text: str) -> tuple[str, ...]:
    """What is not cut: formulas, and letters with their marks."""
    found: list[str] = []
    for piece, is_formula in pieces(text):
        for part in [piece] if is_formula else piece:
            if found and _is_mark(part[0]):
                found[-1] += part
            else:
                found.append(part)
    return tuple(found)


@functools.lru_cache(maxsize=256)
def _breaks(text: str) -> tuple[int, ...]:
    """Where a line may begin: behind spaces, and between letters of scripts that have none."""
    found, at, before = [0], 0, ""
    for atom in _atoms(text):
        if (before == " " and atom != " ") or (before and _is_wide(before + atom) and _parts(before, atom)):
            found.append(at)
        at, before = at + len(atom), atom
    return tuple(found)


def _is_wide(pair: str) -> bool:
    """Whether Chinese or Japanese is among the letters; Korean is broken at its spaces."""
    return any(unicodedata.east_asian_width(c) in "WF" and "HANGUL" not in unicodedata.name(c, "") for c in pair)


def _parts(before: str, after: str) -> bool:
    """Whether a line may end between two letters: not before what closes, not after what opens."""
    closes = unicodedata.category(after[0]) in ("Pe", "Pf", "Po", "Lm") or after == " "
    return not closes and unicodedata.category(before[-1]) not in ("Ps", "Pi")
