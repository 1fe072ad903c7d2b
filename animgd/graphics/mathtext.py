"""Formulas between dollar signs, typeset by matplotlib's mathtext in DejaVu Sans."""

from __future__ import annotations

import functools
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import numpy as np

from animgd.graphics.fonts import MARGIN
from animgd.graphics.raster import Mask

REQUIRED = frozenset("\\^_")  # a formula contains at least one of these
LONGEST, MOST = 300, 64  # characters of a formula; dollar signs of a text, beyond which it is plain
WIDEST = 60  # ems
ASCENT, DESCENT = 0.95, 0.25  # ems: a taller formula is scaled down, a deeper one is raised, to fit the line
# As in TeX's inline style, limits follow these operators instead of being above and below: a group does that.
TALL = re.compile(
    r"\\(sum|(?:co)?prod|big(?:cap|cup|vee|wedge|otimes|oplus|uplus|odot|sqcup)|lim(?:inf|sup)?|max|min|sup)(?![a-z])"
)
LEAST = 0.2  # scale factor of the smallest formula
SETTINGS = ("mathtext.fontset", "mathtext.default", "mathtext.fallback", "text.hinting", "text.hinting_factor",
            "text.kerning_factor", "text.antialiased")  # fmt: skip


SUPERSCRIPTS = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")


class Formula(NamedTuple):
    """A drawn formula. Units: `width` in pixels."""

    width: float
    mask: Mask


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Split a text into plain text (False) and formulas with their dollar signs (True)."""
    start = typed = 0
    few = text.count("$") <= MOST
    while few and (first := text.find("$", start)) >= 0 and (second := text.find("$", first + 1)) >= 0:
        start = second
        if is_formula(text[first : second + 1]):
            start = second + 1
            yield text[typed:first], False
            yield text[first:start], True
            typed = start
    yield text[typed:], False


@functools.lru_cache(maxsize=1024)
def is_formula(source: str) -> bool:
    """Whether a text with its dollar signs is a valid formula."""
    if not REQUIRED & set(source) or len(source) > LONGEST:
        return False
    measured = _parsed("path", source, 16, False)  # the path backend allocates no image
    return measured is not None and measured.width <= WIDEST * 16


@functools.lru_cache(maxsize=1024)
def formula(source: str, size: int, bold: bool) -> Formula:
    """Draw a formula, given with its dollar signs. Units: `size` is the em, in pixels."""
    measured = _parsed("path", source, size, bold)
    if measured is None:  # some characters have no bold glyph
        return formula(source, size, False)
    up, down, most = measured.height - measured.depth, measured.depth, (ASCENT + DESCENT) * size
    part = min(1.0, ASCENT * size / max(up, 1), most / max(up + down, 1))
    while True:
        drawn = _parsed("agg", source, size * part, bold)
        image = np.array(drawn.image, dtype=np.uint8)
        rows = np.flatnonzero(image.any(1))
        if not rows.size or rows[-1] - rows[0] < most or part < LEAST:
            break
        part *= 0.9  # hinting rounds small glyphs up to whole pixels
    if not rows.size:
        return Formula(float(drawn.width), Mask.at(0, 0, np.zeros((1, 1), np.uint8)))
    top = int(rows[0]) + round(drawn.depth) + MARGIN - len(image)
    image = image[rows[0] : rows[-1] + 1]
    return Formula(float(drawn.width), Mask.at(0, min(top, round(DESCENT * size) - len(image)), image))


def _parsed(kind: Literal["path", "agg"], source: str, size: float, bold: bool) -> Any:
    """Parse a formula with mathtext; None if it fails or substitutes glyphs."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import MathTextParser

    font = FontProperties(family="DejaVu Sans", size=size, math_fontfamily="dejavusans")
    with _defaults("bfit" if bold else "it"), _warnings() as warned:
        try:
            parsed = MathTextParser(kind).parse(TALL.sub(r"{\\\1}", source), 72, font, antialiased=True)
        except (ValueError, RecursionError):
            return None
    return None if warned else parsed


def spoken(text: str) -> str:
    """The text with its formulas in plain characters, for captions: "$\\beta^2$" is "β²"."""
    return "".join(_plain(piece[1:-1]) if is_formula else piece for piece, is_formula in pieces(text))


def _plain(source: str) -> str:
    from matplotlib._mathtext_data import tex2uni

    source = re.sub(r"\\(?:frac|dfrac)\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2", source)
    source = re.sub(r"\\(?:mathrm|mathbf|mathit|text)(?=\{)", "", source)
    named = re.sub(r"\\([A-Za-z]+)", lambda found: chr(tex2uni[found[1]]) if found[1] in tex2uni else found[1], source)
    raised = re.sub(r"\^\{?([0-9+-]+)\}?", lambda found: found[1].translate(SUPERSCRIPTS), named)
    return re.sub(r"[{}\\_]", "", raised).strip()


@contextmanager
def _defaults(letters: str) -> Iterator[None]:
    """matplotlib's default settings, independent of any matplotlibrc."""
    from matplotlib import rc_context, rcParamsDefault

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings = {name: rcParamsDefault[name] for name in SETTINGS if name in rcParamsDefault}
        with rc_context(settings | {"mathtext.default": letters}):
            yield


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """Collect mathtext's log messages, which report missing glyphs."""
    found: list[str] = []
    logger = logging.getLogger("matplotlib.mathtext")

    def collect(record: logging.LogRecord) -> bool:
        found.append(record.getMessage())
        return False

    logger.addFilter(collect)
    try:
        yield found
    finally:
        logger.removeFilter(collect)
