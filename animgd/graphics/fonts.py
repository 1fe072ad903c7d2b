"""The fonts of a film: the style's own font, then IBM Plex Sans, which is in this package, then matplotlib's bundled
fonts, so that frames do not depend on the machine. Each character uses the first font that has it."""

from __future__ import annotations

import functools
import itertools
import os
import sys
import unicodedata
import warnings
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from animgd.errors import CURES, RenderError, SceneError, file_of, printable, told
from animgd.graphics.raster import Mask
from animgd.scene.style import Style

# An invalid MPLBACKEND breaks the import of matplotlib. This module needs no backend, but others may: it is restored.
_fresh, _backend = "matplotlib" not in sys.modules, os.environ.pop("MPLBACKEND", None)
try:
    from matplotlib import get_data_path, rcParams
    from matplotlib.ft2font import FT2Font, LoadFlags, StyleFlags
finally:
    if _backend is not None:
        os.environ["MPLBACKEND"] = _backend
if _fresh and _backend:
    with suppress(ValueError):
        rcParams["backend"] = _backend

PLEX = Path(__file__).parent / "plex"
UNITS = 64  # FreeType counts in 64ths of a pixel
MARGIN = 1  # pixels that FT2Font adds on each side of an image
SUFFIXES = (".ttf", ".otf", ".ttc", ".otc", ".pfb", ".woff", ".woff2")
BOX = "▯"  # drawn for a character that no font has


class Source(NamedTuple):
    """One font: its file, and its index in a font collection."""

    file: str
    number: int = 0


@dataclass(frozen=True)
class Face:
    """The fonts of a style: its own regular and bold ones, None for the film's own."""

    regular: Source | None = None
    bold: Source | None = None

    def sources(self, bold: bool) -> tuple[Source, ...]:
        """The fonts in order of preference."""
        own = filter(None, (self.bold if bold else self.regular, self.regular))
        plex = Source(str(PLEX / ("IBMPlexSans-SemiBold.ttf" if bold else "IBMPlexSans-Regular.ttf")))
        bundled = ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf", "DejaVuSans.ttf", "STIXGeneral.ttf")
        return tuple(dict.fromkeys([*own, plex, *(Source(str(_bundled() / name)) for name in bundled)]))


PLAIN = Face()


@functools.cache
def _bundled() -> Path:
    return Path(get_data_path(), "fonts", "ttf")


@functools.cache
def font(source: Source, size: int) -> FT2Font:
    """Load a font. Units: `size` is the em, in pixels."""
    font = _opened(source)
    font.set_size(size, 72)  # at 72 dots an inch a point is a pixel
    return font


def advance(text: str, source: Source, size: int) -> float:
    """The advance width of a text. Units: pixels."""
    return float(_set(text, source, size).get_width_height()[0]) / UNITS


def draw(text: str, source: Source, size: int) -> Mask:
    """Draw characters that a font has. Units: `size` is the em, in pixels; (0, 0): the pen's start on the baseline."""
    # FT2Font rounds the places of all glyphs but the first down, unless one begins at a whole pixel, as a space does.
    space = " " if holds(source, " ") and not _is_leftward(text) else ""
    font = _set(text + space, source, size)
    font.draw_glyphs_to_bitmap(antialiased=True)
    image = np.array(font.get_image(), dtype=np.uint8)
    rise = font.get_width_height()[1] - font.get_descent()  # FT2Font rounds the place of the upper edge only
    return Mask.at(font.get_bitmap_offset()[0] // UNITS, -(rise // UNITS) - MARGIN, image)


def _is_leftward(text: str) -> bool:
    """Whether a text has letters that run from right to left: a space after them is drawn before them."""
    return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)


def _set(text: str, source: Source, size: int) -> FT2Font:
    found = font(source, size)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of glyphs that the font lacks after shaping
        found.set_text(text, 0.0, flags=LoadFlags.TARGET_LIGHT)
    return found


def _opened(source: Source) -> FT2Font:
    try:
        return FT2Font(source.file, face_index=source.number) if source.number else FT2Font(source.file)
    except OSError as error:
        if error.errno in CURES:
            raise RenderError(f"cannot read the font {printable(source.file)}: {told(error)}") from error
        raise


@functools.lru_cache(maxsize=4096)
def holder(letter: str, bold: bool, face: Face) -> Source | None:
    """The first font that has a character, None if no font has it."""
    return next((source for source in face.sources(bold) if holds(source, letter)), None)


def holds(source: Source, letter: str) -> bool:
    """Whether a font has a character."""
    found = font(source, 16)
    glyph = found.get_char_index(ord(letter))
    try:
        return bool(glyph and found.load_glyph(glyph))
    except RuntimeError:  # the glyph's data are damaged
        return False


def face(style: Style) -> Face:
    """Find the fonts of a style. Raises: SceneError."""
    name = style.font
    if name is None:
        return PLAIN
    if name.lower().endswith(SUFFIXES) or "/" in name or os.sep in name:
        return Face(Source(str(_file(name, style.origin))))
    found = _family(name, sorted(_bundled().glob("*.ttf"))) or _family(name, _installed())
    if found is None:
        hint = "choose an installed family or a file such as 'fonts/NotoSans.ttf'"
        raise SceneError(f"Style: font not found: {name!r}; {hint}", style.origin)
    return found


def _file(name: str, origin: str | None) -> Path:
    """Find a font file, relative to the current folder or to the scene's. Raises: SceneError."""
    folder = Path(file_of(origin)).parent if origin else Path()
    try:
        path = next((path for path in (Path(name).expanduser(), folder / name) if path.is_file()), None)
        if path is None:
            raise SceneError(f"Style: font file not found: {name!r}; check its path, or choose a font family", origin)
        path.open("rb").close()
    except OSError as error:
        raise SceneError(f"Style: cannot read the font file {name!r}: {told(error)}", origin) from error
    if not any(True for _ in _fonts(path)):
        raise SceneError(f"Style: {name!r} is not a scalable font; choose a TrueType or OpenType file", origin)
    return path.absolute()


def _fonts(path: Path) -> Iterator[tuple[Source, FT2Font]]:
    """The scalable fonts in a file; none if it is not a font file."""
    for number in itertools.count():
        source = Source(str(path), number)
        try:
            found = _opened(source)
        except (RuntimeError, OSError, ValueError, TypeError):  # not a font, or the second one in matplotlib 3.10
            return
        if found.scalable:
            yield source, found
        if number + 1 >= found.num_faces:
            return


@functools.cache
def _installed() -> tuple[Path, ...]:
    """The fonts installed on this machine; searched only for a family that a style names."""
    from matplotlib.font_manager import findSystemFonts

    return tuple(sorted(map(Path, findSystemFonts())))


def _family(name: str, files: Iterable[Path]) -> Face | None:
    """A family's upright fonts, the regular and the bold one."""
    found: dict[bool, Source] = {}
    for path in files:
        for source, font in _fonts(path):
            upright = StyleFlags.ITALIC not in font.style_flags
            if upright and font.family_name.casefold() == name.casefold():
                found.setdefault(StyleFlags.BOLD in font.style_flags, source)
    return Face(found.get(False) or found[True], found.get(True)) if found else None
