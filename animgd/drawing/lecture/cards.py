"""Draws the cards of a lecture: words in balanced lines on an empty page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from animgd.errors import SceneError
from animgd.frame import Box, Pixels
from animgd.graphics.canvas import Canvas
from animgd.graphics.fonts import Face, face
from animgd.graphics.mathtext import pieces
from animgd.graphics.text import Label, clean, missing, width, wrapped
from animgd.graphics.theme import theme_of
from animgd.scene.lecture.cards import Text, Title
from animgd.scene.style import Style

Size = tuple[int, int]

# Parts of the frame's shorter side, but for the margin, which is a part of its width.
HEADING, SUBTITLE, BODY, LEAST = 0.105, 0.052, 0.062, 0.038
MARGIN, AREA = 0.1, 0.8  # at the left and right; of the height that words may take
LEADING = 1.45  # from baseline to baseline, in ems; headings have `TIGHT`
TIGHT, GAP = 1.2, 0.9  # the space below a heading
MOST_WORDS = 12  # in a line
RULE = (0.11, 0.005)  # the bar under a heading: its width (of the shorter side) and height


@dataclass(frozen=True)
class CardLayout:
    """The lines of a card, and the bar between heading and subtitle. Units: pixels."""

    labels: tuple[Label, ...]
    bar: Box | None = None


def card(shown: Title | Text, size: Size, style: Style) -> Pixels:
    """The picture of a card. Shapes: (height, width, 3). Raises: SceneError, where its words have no room."""
    theme = theme_of(style)
    canvas = Canvas(size, theme.page, face(style))
    plan = card_layout(shown, size, style)
    if plan.bar:
        canvas.fill(plan.bar, theme.points[0])
    for label in plan.labels:
        canvas.word(label, theme.muted if label.muted else theme.ink)
    return canvas.planes.transpose(1, 2, 0)


def page(size: Size, style: Style) -> Pixels:
    """The empty page. Shapes: (height, width, 3)."""
    return np.broadcast_to(np.array(theme_of(style).page, np.uint8), (size[1], size[0], 3))


def unwritable(shown: Title | Text, style: Style) -> str:
    """The characters of a card that no font has."""
    return missing(_words(shown), face(style))


def _words(shown: Title | Text) -> str:
    return f"{shown.text} {shown.subtitle}" if isinstance(shown, Title) else shown.text


def card_layout(shown: Title | Text, size: Size, style: Style) -> CardLayout:
    """Where the lines of a card stand: as large as they fit. Raises: SceneError."""
    letters, short = face(style), min(size)
    for part in (1.0, 0.9, 0.8, 0.7, 0.6):
        plan = _placed(shown, size, letters, part)
        if plan is not None:
            return plan
    kind, least = type(shown).__name__, ceil(LEAST * short)
    message = f"{kind}: too many words for a card of {size[0]}x{size[1]} with letters of {least} pixels"
    raise SceneError(f"{message}: make several cards of it", shown.origin)


def _placed(shown: Title | Text, size: Size, letters: Face, part: float) -> CardLayout | None:
    """The card with letters of a part of their usual size; None if it does not fit."""
    short, room = min(size), size[0] * (1 - 2 * MARGIN)
    least = ceil(LEAST * short)
    if isinstance(shown, Text):
        blocks = [(shown.text, max(least, round(BODY * part * short)), False, LEADING)]
    else:
        blocks = [(shown.text, max(least, round(HEADING * part * short)), True, TIGHT)]
        if shown.subtitle.strip():
            blocks.append((shown.subtitle, max(least, round(SUBTITLE * part * short)), False, LEADING))
    every = [_balanced(text, em, room, bold, letters) for text, em, bold, _ in blocks]
    heights = [round(em * leading) * len(lines) for (_, em, _, leading), lines in zip(blocks, every, strict=True)]
    gap = round(GAP * blocks[0][1]) if len(blocks) > 1 else 0
    rows = [(line, em, bold) for (_, em, bold, _), lines in zip(blocks, every, strict=True) for line in lines]
    wide = max(width(line, em, bold, letters) for line, em, bold in rows)
    if wide > room or sum(heights) + gap > AREA * size[1]:
        return None
    top, left = (size[1] - sum(heights) - gap) // 2, round(MARGIN * size[0])
    labels, bar = list[Label](), None
    for (_, em, bold, leading), lines, height in zip(blocks, every, heights, strict=True):
        muted = bool(labels)
        for number, line in enumerate(lines):
            baseline = top + round(em * leading) * number + round(em * (leading + 0.7) / 2)
            labels.append(Label(line, left, baseline, em, bold, muted))
        top += height
        if not muted and gap:
            bar = _bar(left, top, gap, short)
            top += gap
    return CardLayout(tuple(labels), bar)


def _bar(left: int, top: int, gap: int, short: int) -> Box:
    middle, high = top + gap // 2, max(2, round(RULE[1] * short))
    return Box(left, middle, left + round(RULE[0] * short), middle + high)


def _balanced(text: str, em: int, room: float, bold: bool, letters: Face) -> list[str]:
    """The lines of a text: as few as there can be, and about equally long; a line break in it stays."""
    found = []
    for paragraph in filter(str.strip, text.splitlines()):
        found += _even(clean(paragraph), em, room, bold, letters)
    return found


def _even(text: str, em: int, room: float, bold: bool, letters: Face) -> list[str]:
    """A paragraph in the narrowest room that needs no more lines than the whole."""

    def lines(within: float) -> list[str]:
        return _few_words(wrapped(text, em, within, bold, letters))

    best, low, high = lines(room), 0.0, room
    for _ in range(12):
        middle = (low + high) / 2
        narrow = lines(middle)
        fit = all(width(line, em, bold, letters) <= middle for line in narrow)
        if len(narrow) <= len(best) and fit:
            best, high = narrow, middle
        else:
            low = middle
    return best


def _divided(line: str) -> list[str]:
    """The words of a line; a formula, with what stands at it, is one word."""
    words = [""]
    for piece, is_formula in pieces(line):
        first, *others = [piece] if is_formula else piece.split(" ")
        words[-1] += first
        words += others
    return words


def _few_words(lines: Sequence[str]) -> list[str]:
    """The lines, with those of too many words divided."""
    found = []
    for line in lines:
        words = _divided(line)
        found += [" ".join(words[first : first + MOST_WORDS]) for first in range(0, len(words), MOST_WORDS)]
    return found
