"""Text: the same fonts on every machine, truncation, wrapping, formulas; no text raises."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from conftest import Outcome

from animgd.errors import SceneError
from animgd.graphics.fonts import Face, face
from animgd.graphics.raster import Mask
from animgd.graphics.text import clean, fitted, mask, missing, width, wrapped
from animgd.scene.module.loader import load
from animgd.scene.style import Style
from tests import tiny_font

HOUSE = Path(__file__).parent.parent


@pytest.mark.parametrize(("text", "shown"), [
    ("plain", "plain"), ("  two\n lines\t", "two lines"), ("\x1b[31mred\x1b[0m", "[31mred [0m"), ("a\u202eb", "a b"),
    ("zero\u200bwidth", "zero width"), ("\x00", ""), ("$x^2$", "$x^2$"), ("", ""), ("\u2764\ufe0f x", "\u2764 x"),
])  # fmt: skip
def test_clean_leaves_one_visible_line(text: str, shown: str) -> None:
    """Line breaks, escape sequences and invisible characters become spaces; all else is unchanged."""
    assert clean(text) == shown


@pytest.mark.parametrize("size", [9, 16, 28, 83])
def test_width_is_what_the_letters_need(size: int) -> None:
    """Glyphs lie within the advance width, up to their slant; a longer text is wider."""
    for text in ("0", "Hamburgefonts", "weight"):
        letters = mask(text, size)
        assert letters.box.right <= width(text, size) + 0.2 * size
        assert width(text, size) < width(text + "i", size) < width(text + "w", size)


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("before", ["/", "g", "(", "·"])
def test_letters_stand_on_one_baseline(before: str, bold: bool) -> None:
    """Whatever stands beside them, and however far that reaches down: the 100 of "/ 100" stands beside the epoch."""
    for size in range(10, 60):
        written, alone = mask(f"{before} H", size, bold), mask("H", size, bold)
        stem = written.coverage[:, round(width(f"{before} ", size, bold)) + 1 - written.box.left :]
        ends = [np.flatnonzero((ink > 60).any(1))[-1] + top for ink, top in
                ((stem, written.box.top), (alone.coverage, alone.box.top))]  # fmt: skip
        assert ends[0] == ends[1], size


def test_digits_are_equally_wide() -> None:
    """The counter and the losses depend on it."""
    for bold in (False, True):
        assert len({width(digit, 31, bold) for digit in "0123456789"}) == 1


def test_letters_grow_with_the_size() -> None:
    """`size` is the em in pixels: a capital is 0.7 of it high, in IBM Plex Sans."""
    for size in (12, 28, 100):
        assert abs(inked(mask("H", size))[1] - inked(mask("H", size))[0] - 0.698 * size) <= 1.3
    assert mask("H", 40, bold=True).coverage.sum() > 1.2 * mask("H", 40).coverage.sum()


def test_descenders_lie_below_the_baseline() -> None:
    """`top` is relative to the baseline, negative above it; a descender lies below."""
    for size in (9, 12, 28, 83):
        for text in ("H", "HEXE", "17", "T."):
            assert inked(mask(text, size))[1] in (0, 1), "round letters may hang a little below"
        assert inked(mask("g", size))[1] == inked(mask("weight", size))[1] > 0.15 * size


def inked(letters: Mask) -> tuple[int, int]:
    """The rows with coverage, relative to the baseline."""
    rows = np.flatnonzero(letters.coverage.any(1))
    return letters.box.top + int(rows[0]), letters.box.top + int(rows[-1]) + 1


def test_masks_are_independent() -> None:
    """A mask does not change when the same font draws another one."""
    first = mask("first", 20)
    copy = first.coverage.copy()
    mask("WWWWWWWWWWWWWWWW", 20)
    assert np.array_equal(first.coverage, copy)


@pytest.mark.parametrize(
    "text", ["", " ", "\u6f22\u5b57", "\U0001f600", "a" * 5000, "$\\frac{", "\u05e9\u05dc\u05d5\u05dd", "e\u0301"]
)
def test_any_text_is_drawn(text: str) -> None:
    """Empty text, missing glyphs, endless words and formulas raise and warn of nothing."""
    assert width(text, 16) >= 0
    assert mask(text, 16).coverage.ndim == 2


def test_missing_names_each_character_once() -> None:
    """Missing characters are listed in order, without repetition."""
    assert missing("ab\u6f22c\u5b57\u6f22") == "\u6f22\u5b57"
    assert missing("Größe ≤ 3 − λ·∇f") == ""


@pytest.mark.parametrize("room", [0, 3, 30, 60, 90, 119, 1000])
def test_fitted_text_fits(room: float) -> None:
    """A text is complete if it fits, otherwise the longest beginning that fits with an ellipsis."""
    text = "momentum 0.9"
    cut = fitted(text, 16, room)
    if width(text, 16) <= room:
        assert cut == text
        return
    assert cut.endswith("…")
    assert text.startswith(cut[:-1])
    assert width(cut, 16) <= room or cut == "…"
    longer = text[: len(cut)].rstrip() + "…"
    assert width(longer, 16) > room or longer == cut


def test_the_end_of_a_line_takes_the_place_of_a_dot() -> None:
    """Settings are parted by dots only within a line."""
    for space in " \u00a0":
        text, first = f"SGD · lr 0.1{space}· nesterov", "SGD · lr 0.1"
        assert wrapped(text, 16, width(f"{first}{space}·", 16)) == [first, "nesterov"]


def test_wrapped_text_keeps_its_words() -> None:
    """Lines fit the room, contain every word in order, and no line has room for the next word."""
    text = "momentum overshoots the minimum and comes back in a spiral"
    for room in (90, 150, 400, 2000):
        lines = wrapped(text, 16, room)
        assert " ".join(lines) == text
        assert all(width(line, 16) <= room or " " not in line for line in lines)
        for line, following in pairwise(lines):
            assert width(f"{line} {following.split(' ')[0]}", 16) > room
    assert len(wrapped(text, 16, 2000)) == 1


BOXES = [("动量 0.9", 2), ("こんにちは", 5), ("속도", 2), ("नमस्ते", 6), ("\U0001f680 up", 1), ("a\U00020000b", 1)]


@pytest.mark.parametrize(("text", "count"), BOXES)
@pytest.mark.parametrize("bold", [False, True])
def test_what_no_font_has_is_a_box_each(text: str, count: int, bold: bool) -> None:
    """Chinese, Japanese, Korean, Devanagari, emoji: as many boxes as characters, and the warning names them all."""
    absent = missing(text)
    assert sum(text.count(letter) for letter in absent) == count
    boxed = "".join("▯" if letter in absent else letter for letter in text)
    assert np.array_equal(mask(text, 24, bold).coverage, mask(boxed, 24, bold).coverage)
    assert width(text, 24, bold) > count * 0.4 * 24
    assert missing(boxed) == ""


def tiny(tmp_path: Path, letters: str = "动量 0") -> Face:
    """The face of a font with only these characters."""
    return face(Style(font=str(tiny_font.build(tmp_path / "tiny.ttf", letters))))


def test_a_font_is_used_for_the_characters_it_has(tmp_path: Path) -> None:
    """Each character is drawn with the style's font, else with DejaVu Sans, in the order of the text."""
    own = tiny(tmp_path)
    assert missing("动量 0.9 的", own) == "的"
    assert width("动量", 40, False, own) == pytest.approx(80, abs=2)
    square = mask("动", 40, False, own).coverage
    assert (square > 200).sum() == pytest.approx(32 * 32, abs=70), "a square of 0.8 em"
    whole, nine = mask("动量 9", 40, False, own), mask("9", 40)
    rows = nine.box.slices_in(whole.box)[0]
    assert np.array_equal(whole.coverage[rows, -nine.coverage.shape[1] :], nine.coverage), "both on one baseline"
    assert width("动量 9", 40, False, own) == pytest.approx(width("动量 ", 40, False, own) + width("9", 40))
    assert width("动量", 40, True, own) == width("动量", 40, False, own), "a font without a bold file"


def test_a_family_is_named_without_a_file() -> None:
    """A family bundled with matplotlib is found by name in any case, with its bold font."""
    serif = face(Style(font="dejavu SERIF"))
    assert width("momentum", 20, False, serif) != width("momentum", 20)
    assert width("momentum", 20, True, serif) > width("momentum", 20, False, serif)


def test_a_font_file_is_looked_for_beside_the_scene(tmp_path: Path, write: Callable[..., Path]) -> None:
    """A relative name is found from the current folder, or from the scene module's."""
    (tmp_path / "fonts").mkdir()
    tiny_font.build(tmp_path / "fonts" / "tiny.ttf")
    path = write('from animgd import Scene, Style\nscene = Scene(style=Style(font="fonts/tiny.ttf"))\n')
    assert missing("动", face(load(path)["scene"].style)) == ""


@pytest.mark.parametrize("name", ["nowhere.ttf", "fonts/", "No Such Family", "", "broken.ttf", "words.otf"])
def test_an_invalid_font_is_an_error(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing file, an unknown family, a damaged file and a text file are one line with the style's origin."""
    monkeypatch.chdir(tmp_path)
    Path("broken.ttf").write_bytes(tiny_font.build(tmp_path / "whole.ttf").read_bytes()[:200])
    Path("words.otf").write_text("no font")
    style = Style(font=name)
    with pytest.raises(SceneError, match=r"test_text\.py:\d+: Style: .*font") as caught:
        face(style)
    assert "\n" not in str(caught.value) and repr(name) in str(caught.value)


def test_a_font_fails_before_anything_is_trained(animgd: Callable[..., Outcome], write: Callable[..., Path]) -> None:
    """The command line ends with status 2, even if no output would be written."""
    path = write('from animgd import Scene, Style\nscene = Scene(style=Style(font="nowhere.ttf"))\n')
    for option in ("--quiet", "--dry-run"):
        done = animgd(path, option)
        assert (done.status, done.made, len(done.err)) == (2, [], 1)
        assert f"{path}:2: Style: font file not found: 'nowhere.ttf'" in done.err[0]


FORMULAS = (r"$\eta$", "$x^2$", r"$\theta_{t+1}$", r"$\nabla f$", r"$\frac{a}{b}$", r"$\sum_{i=0}^n x_i$", r"$\hat{w}$")


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("bold", [False, True])
def test_mathematics_is_set_in_its_line(text: str, bold: bool) -> None:
    """Text between two dollar signs is a formula: the signs are not drawn, and it fits the line's height."""
    for size in (9, 17, 40):
        assert width(text, size, bold) > 0.2 * size
        assert width(text, size, bold) < width(text.replace("$", "§"), size, bold)
        top, bottom = inked(mask(text, size, bold))
        assert -size - 1 <= top < bottom <= 0.3 * size + 1


def test_limits_follow_their_operator() -> None:
    """Limits of a sum follow it as in TeX's inline style, so that it remains legible."""
    assert width(r"$\sum_{i=0}^n x_i$", 40) > width(r"$\sum x_i$", 40) + 15
    assert width(r"$\sum x_i$", 40) > 55


@pytest.mark.parametrize("text", ["costs $5 and $6", "$5", "$", "$$", r"$\frac{$", r"$\nope_1$", "$a b$", r"$\eta_动$",
                                  r"$x^2", "$" + "x_1" * 200 + "$", "$_" * 300, r"$\hspace{99999}x$"])  # fmt: skip
def test_dollar_signs_in_plain_text(text: str) -> None:
    """Prices, single dollar signs, invalid formulas and those with missing glyphs are plain text."""
    assert width(text, 20) == pytest.approx(sum(width(c if c != "动" else "▯", 20) for c in text), rel=0.02)


def test_a_price_before_a_formula() -> None:
    """A formula is found after a single dollar sign."""
    assert width(r"costs $5 and $\eta$", 20) == pytest.approx(width("costs $5 and ", 20) + width(r"$\eta$", 20))


def test_formulas_are_indivisible() -> None:
    """Truncation and wrapping keep each formula whole or drop it."""
    text = r"from $\theta_{t} - \eta g$ to $w^2 + b^2$"
    for room in range(5, round(width(text, 16)) + 5, 7):
        shown = fitted(text, 16, room)
        assert shown.count("$") in (0, 2, 4)
        assert width(shown, 16) <= room or shown == "…"
        lines = wrapped(text, 16, room)
        assert " ".join(lines) == text and all(line.count("$") % 2 == 0 for line in lines)


def test_truncation_keeps_combining_marks() -> None:
    """A combining accent is not separated from its letter."""
    text = "e\u0301" * 30
    for room in range(20, 200, 5):
        assert fitted(text, 16, room).rstrip("…").count("e") == fitted(text, 16, room).count("\u0301")


def test_chinese_is_broken_between_its_characters() -> None:
    """A script without spaces fills its lines; closing punctuation does not begin one, opening does not end one."""
    text = "动量过冲最小值，然后螺旋回家。（动量是0.9）最后停下来"
    for room in range(60, 300, 9):
        lines = wrapped(text, 16, room)
        assert "".join(lines) == text
        assert max(width(line, 16) for line in lines) <= max(room, width("螺旋回家。", 16))
        assert not any(line.startswith(("，", "。", "）")) or line.endswith("（") for line in lines)


def test_long_texts_are_measured_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Truncating or wrapping a long text measures no more characters than a text slightly longer than the room."""
    from animgd.graphics import text

    counts: list[int] = []
    for letters in ("letters " * 40, "letters " * 20_000, "x" * 100_000):
        measured: list[int] = []

        def advance(text: str, *_: object, seen: list[int] = measured) -> int:
            seen.append(len(text))
            return 9 * len(text)

        monkeypatch.setattr(text, "advance", advance)
        text.width.cache_clear()
        text._spans.cache_clear()
        fitted(letters, 17, 300)
        wrapped(letters, 17, 300, most=4)
        counts.append(sum(measured))
    text.width.cache_clear()
    assert max(counts[1:]) <= 2 * counts[0]


TRAP = (
    "savefig.bbox: tight\nfont.family: serif\nfont.size: 40\ntext.usetex: True\ntext.hinting: none\naxes.grid: True\n"
    "mathtext.fontset: cm\nmathtext.default: rm\n"
)
PICTURE = (
    "import animgd.graphics.text, os, matplotlib; assert os.environ.get('MPLBACKEND') in (None, 'nonsense', 'svg');"
    "assert os.environ.get('MPLBACKEND') != 'svg' or matplotlib.rcParams['backend'] == 'svg';"
    "import hashlib, sys; from tests import fabricated; from animgd.drawing.renderer import Renderer;"
    "s = fabricated.scene(runs=3, title=r'$\\eta^2$ of 3');"
    "f = Renderer(s, fabricated.recording(s)).frame(9); print(hashlib.sha256(f.tobytes()).hexdigest())"
)


@pytest.mark.long
def test_matplotlibs_settings_change_nothing(tmp_path: Path) -> None:
    """A matplotlibrc in the current folder or in MATPLOTLIBRC, or an invalid MPLBACKEND, changes no picture."""
    (tmp_path / "matplotlibrc").write_text(TRAP)
    traps = [{}, {"MPLBACKEND": "nonsense"}, {"MPLBACKEND": "svg"}, {"MATPLOTLIBRC": str(tmp_path / "matplotlibrc")}]
    shown = set()
    for folder, more in ((HOUSE, traps[0]), *((tmp_path, trap) for trap in traps)):
        env = os.environ | {"PYTHONPATH": str(HOUSE)} | more
        done = subprocess.run([sys.executable, "-c", PICTURE], cwd=folder, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        shown.add(done.stdout)
    assert len(shown) == 1
