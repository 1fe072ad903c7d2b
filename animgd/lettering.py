"""Words as coverage masks, set in DejaVu Sans from matplotlib's own files so that frames are the same everywhere."""

from __future__ import annotations

import functools
import os
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# A wrong MPLBACKEND breaks the import of matplotlib. We need no backend; whoever does shall have the one they named.
_fresh, _backend = "matplotlib" not in sys.modules, os.environ.pop("MPLBACKEND", None)
try:
    from matplotlib import get_data_path, rcParams
    from matplotlib.ft2font import FT2Font, LoadFlags
finally:
    if _backend is not None:
        os.environ["MPLBACKEND"] = _backend
if _fresh and _backend:
    with suppress(ValueError):
        rcParams["backend"] = _backend

Coverage = NDArray[np.uint8]
UNITS = 64  # FreeType counts in 64ths of a pixel
MARGIN = 1  # pixels that FT2Font leaves free on each side of an image


class Mask(NamedTuple):
    """Letters as coverage, 0 to 255. Units: `left` and `top` in pixels from the pen's start on the baseline."""

    coverage: Coverage
    left: int
    top: int


@functools.cache
def _font(size: int, bold: bool) -> FT2Font:
    file = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    font = FT2Font(str(Path(get_data_path(), "fonts", "ttf", file)))
    font.set_size(size, 72)  # at 72 dots an inch a point is a pixel
    return font


def clean(text: str) -> str:
    """One line, with nothing that is not to be seen."""
    return " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in text).split())


@functools.lru_cache(maxsize=4096)
def width(text: str, size: int, bold: bool = False) -> float:
    """How far the pen moves. Units: pixels."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a missing glyph is drawn as a box; the film is made nonetheless
        font = _font(size, bold)
        font.set_text(text, 0.0, flags=LoadFlags.TARGET_LIGHT)
        return float(font.get_width_height()[0]) / UNITS


@functools.lru_cache(maxsize=1024)
def mask(text: str, size: int, bold: bool = False) -> Mask:
    """Draw a line of text. Units: `size` is the em, in pixels."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        font = _font(size, bold)
        font.set_text(text, 0.0, flags=LoadFlags.TARGET_LIGHT)
        font.draw_glyphs_to_bitmap(antialiased=True)
    image = np.array(font.get_image(), dtype=np.uint8)
    below = round(font.get_descent() / UNITS) + MARGIN
    return Mask(image, round(font.get_bitmap_offset()[0] / UNITS), below - len(image))


def missing(text: str) -> str:
    """The characters that the font has no shape for."""
    font = _font(16, False)
    return "".join(dict.fromkeys(c for c in clean(text) if not font.get_char_index(ord(c))))


def fitted(text: str, size: int, room: float, bold: bool = False) -> str:
    """The text, cut with an ellipsis where it would be wider than the room."""
    if width(text, size, bold) <= room:
        return text
    while text and width(text + "…", size, bold) > room:
        text = text[:-1].rstrip()
    return text + "…"


def wrapped(text: str, size: int, room: float, bold: bool = False) -> list[str]:
    """The text in lines that fit the room; a word that is too wide stays alone on its line."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size, bold) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return [line.strip(" ") for line in lines]
