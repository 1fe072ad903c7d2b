"""Draw text as coverage masks; truncate and wrap text to a width."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from animgd.frame import Box
from animgd.graphics.fonts import BOX, PLAIN, Face, Source, advance, draw, holder, holds
from animgd.graphics.mathtext import formula, pieces
from animgd.graphics.raster import Mask, max_blend

ELLIPSIS = "…"
EXPONENT = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"  # drawn as small raised digits, because few fonts have all of them
_RAISED = (re.compile(f"([{EXPONENT}]+)"), str.maketrans(EXPONENT, "0123456789−"))
FIRST, WORDS = 64, 8  # characters and words that are measured first, before longer parts


class Span(NamedTuple):
    """Characters of one font, or a formula, whose source is None."""

    text: str
    source: Source | None
    raised: bool = False  # smaller and higher: an exponent


@dataclass(frozen=True)
class Label:
    """A line of text. Units: pixels; `align` refers to `x`; `y` is the baseline (of `upright` text: the middle)."""

    text: str
    x: int
    y: int
    size: int
    bold: bool = False
    muted: bool = False
    align: str = "left"
    upright: bool = False
    color: str = ""  # the name of a theme colour, "" for that of words


def clean(text: str) -> str:
    """The text on one line, without invisible characters."""
    return " ".join("".join(map(_visible, text)).split())


def _visible(letter: str) -> str:
    if "\ufe00" <= letter <= "\ufe0f":  # variation selectors
        return ""
    return letter if letter.isprintable() or letter.isspace() else " "


@functools.lru_cache(maxsize=4096)
def width(text: str, size: int, bold: bool = False, face: Face = PLAIN) -> float:
    """The advance width of a text. Units: pixels."""
    return sum(_advance(span, size, bold) for span in _spans(text, bold, face))


@functools.lru_cache(maxsize=1024)
def mask(text: str, size: int, bold: bool = False, face: Face = PLAIN) -> Mask:
    """Draw a line of text. Units: `size` is the em, in pixels; (0, 0) is the pen's start on the baseline."""
    parts, x = [], 0.0
    for span in _spans(text, bold, face):
        parts.append(_drawn(span, size, bold).moved(round(x), -round(0.36 * size) if span.raised else 0))
        x += _advance(span, size, bold)
    return parts[0] if len(parts) == 1 else _joined(parts)


def letters(word: Label, face: Face = PLAIN) -> Mask:
    """Draw a label where it stands."""
    glyphs = mask(word.text, word.size, word.bold, face)
    if word.upright:
        return Mask.at(word.x - glyphs.box.height // 2, word.y - glyphs.box.width // 2, np.rot90(glyphs.coverage))
    advance = width(word.text, word.size, word.bold, face)
    shift = {"left": 0.0, "center": advance / 2, "right": advance}[word.align]
    return glyphs.moved(round(word.x - shift), word.y)


def _joined(parts: list[Mask]) -> Mask:
    """Merge masks; where they overlap, the greater coverage wins."""
    whole = Mask.even(functools.reduce(Box.union, (part.box for part in parts)), 0)
    for part in parts:
        max_blend(whole.coverage, whole.box, part)
    return whole


def _advance(span: Span, size: int, bold: bool) -> float:
    if span.source is None:
        return formula(span.text, size, bold).width
    return advance(span.text, span.source, _em(span, size))


def _drawn(span: Span, size: int, bold: bool) -> Mask:
    if span.source is None:
        return formula(span.text, size, bold).mask
    return draw(span.text, span.source, _em(span, size))


def _em(span: Span, size: int) -> int:
    return max(1, round(0.72 * size)) if span.raised else size


@functools.lru_cache(maxsize=4096)
def _spans(text: str, bold: bool, face: Face) -> tuple[Span, ...]:
    """Split a text into spans, at least one."""
    found: list[Span] = []
    for piece, is_formula in pieces(text):
        if is_formula:
            found.append(Span(piece, None))
            continue
        for part in filter(None, _RAISED[0].split(piece)):
            spans = _font_spans(part.translate(_RAISED[1]), bold, face)
            found += [span._replace(raised=part[0] in EXPONENT) for span in spans]
    return tuple(found) or (Span("", face.sources(bold)[0]),)


def _font_spans(text: str, bold: bool, face: Face) -> list[Span]:
    """Split a text by fonts; a space or combining mark uses the font before it, if that font has it."""
    found: list[tuple[list[str], Source]] = []
    for letter in text:
        source = holder(letter, bold, face)
        shown, source = (letter, source) if source else (BOX, holder(BOX, bold, face))
        if found and (found[-1][1] == source or _follows(shown, found[-1][1])):
            found[-1][0].append(shown)
        else:
            assert source is not None  # DejaVu Sans has this character
            found.append(([shown], source))
    return [Span("".join(letters), source) for letters, source in found]


def _follows(letter: str, source: Source) -> bool:
    return (letter.isspace() or _is_mark(letter)) and holds(source, letter)


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter).startswith("M")


def missing(text: str, face: Face = PLAIN) -> str:
    """The distinct characters that no font has; they are drawn as boxes."""
    plain = "".join(piece for piece, is_formula in pieces(clean(text)) if not is_formula)
    return "".join(letter for letter in dict.fromkeys(plain) if holder(letter, False, face) is None)


def fitted(text: str, size: int, room: float, bold: bool = False, face: Face = PLAIN) -> str:
    """The text, truncated with an ellipsis if it is wider than the room."""
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
    """Wrap a text to the room; a part that cannot be broken has a line of its own, however wide. No line ends in "·".

    With `most`, the rest after so many lines is one more line, however wide.
    """
    edges, first = [*_breaks(text), len(text)], 0
    lines: list[str] = []
    while first < len(edges) - 1 and (most is None or len(lines) < most):
        last = _line_end(text, edges, first, lambda line: fits(line, size, room, bold, face))
        lines.append(text[edges[first] : edges[last]].strip(" ").removesuffix("·").rstrip(" \u00a0"))
        first = last
    return lines if first == len(edges) - 1 else [*lines, text[edges[first] :].strip(" ")]


def fits(text: str, size: int, room: float, bold: bool = False, face: Face = PLAIN) -> bool:
    """Whether a text fits the room; of a long text, only a beginning may be measured."""
    length = FIRST
    while length < len(text):
        if width("".join(_atoms(text)[:length]), size, bold, face) > room:
            return False
        length *= 4
    return width(text, size, bold, face) <= room


def _line_end(text: str, edges: list[int], first: int, fit: Callable[[str], bool]) -> int:
    """The index of the break at which a line must end."""
    left = len(edges) - 1 - first
    return first + max(1, _most(left, WORDS, lambda k: fit(text[edges[first] : edges[first + k]].strip(" "))))


def _most(count: int, first: int, holds: Callable[[int], bool]) -> int:
    """The greatest number up to `count` that satisfies a monotone predicate; small numbers are tried first, so that no
    text is measured that is much longer than what fits."""
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
    """The indivisible parts of a text: formulas, and characters with their combining marks."""
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
    """The offsets at which a line may begin: after spaces, and between characters of scripts without spaces."""
    found, at, before = [0], 0, ""
    for atom in _atoms(text):
        if (before == " " and atom != " ") or (before and _is_wide(before + atom) and _may_break(before, atom)):
            found.append(at)
        at, before = at + len(atom), atom
    return tuple(found)


def _is_wide(pair: str) -> bool:
    """Whether a pair contains a Chinese or Japanese character; Korean is broken at spaces."""
    return any(unicodedata.east_asian_width(c) in "WF" and "HANGUL" not in unicodedata.name(c, "") for c in pair)


def _may_break(before: str, after: str) -> bool:
    """Whether a line may break between two characters: not before closing, not after opening punctuation."""
    closes = unicodedata.category(after[0]) in ("Pe", "Pf", "Po", "Lm") or after == " "
    return not closes and unicodedata.category(before[-1]) not in ("Ps", "Pi")
