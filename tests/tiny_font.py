"""A font with a few characters, built for tests: each is a filled square, so that its pixels are known."""

from __future__ import annotations

from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

EM = 1000


def build(path: Path, letters: str = "动量 0", family: str = "Tiny") -> Path:
    """Write a TrueType font in which each letter is a square of 800 units on the baseline, 1000 wide."""
    names = [".notdef", *(f"u{ord(letter):04X}" for letter in letters)]
    made = FontBuilder(EM, isTTF=True)
    made.setupGlyphOrder(names)
    made.setupCharacterMap({ord(letter): name for letter, name in zip(letters, names[1:], strict=True)})
    blank = {f"u{ord(letter):04X}" for letter in letters if letter.isspace()}
    made.setupGlyf({name: _square(0 if name in blank else 800) for name in names})
    made.setupHorizontalMetrics(dict.fromkeys(names, (EM, 100)))
    made.setupHorizontalHeader(ascent=900, descent=-200)
    made.setupNameTable({"familyName": family, "styleName": "Regular"})
    made.setupOS2(sTypoAscender=900, sTypoDescender=-200, usWinAscent=900, usWinDescent=200)
    made.setupPost()
    made.save(str(path))
    return path


def _square(side: int) -> object:
    pen = TTGlyphPen(None)
    if side:
        corners = [(100, 0), (100, side), (100 + side, side), (100 + side, 0)]
        pen.moveTo(corners[0])
        for corner in corners[1:]:
            pen.lineTo(corner)
        pen.closePath()
    return pen.glyph()
