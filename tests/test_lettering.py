"""Letters: one font for everywhere, text that is cut and broken where it must be, and nothing that can raise."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from animgd.lettering import Mask, clean, fitted, mask, missing, width, wrapped

HOUSE = Path(__file__).parent.parent


@pytest.mark.parametrize(("text", "shown"), [
    ("plain", "plain"), ("  two\n lines\t", "two lines"), ("\x1b[31mred\x1b[0m", "[31mred [0m"), ("a\u202eb", "a b"),
    ("zero\u200bwidth", "zero width"), ("\x00", ""), ("$x^2$", "$x^2$"), ("", ""),
])  # fmt: skip
def test_clean_leaves_one_visible_line(text: str, shown: str) -> None:
    """Line breaks, escape sequences and invisible characters become spaces; all else stays as it was written."""
    assert clean(text) == shown


@pytest.mark.parametrize("size", [9, 16, 28, 83])
def test_width_is_what_the_letters_need(size: int) -> None:
    """Letters lie within the pen's way, give or take their slant; a longer text is wider."""
    for text in ("0", "Hamburgefonts", "weight"):
        letters = mask(text, size)
        assert letters.left + letters.coverage.shape[1] <= width(text, size) + 0.15 * size
        assert width(text, size) < width(text + "i", size) < width(text + "w", size)


def test_digits_are_equally_wide() -> None:
    """The counter and the losses count on it."""
    for bold in (False, True):
        assert len({width(digit, 31, bold) for digit in "0123456789"}) == 1


def test_letters_grow_with_the_size() -> None:
    """`size` is the em in pixels: a capital is 0.73 of it high, in DejaVu Sans."""
    for size in (12, 28, 100):
        assert abs(inked(mask("H", size))[1] - inked(mask("H", size))[0] - 0.729 * size) <= 1
    assert mask("H", 40, bold=True).coverage.sum() > 1.2 * mask("H", 40).coverage.sum()


def test_baseline_is_where_the_tail_begins() -> None:
    """`top` counts from the baseline, upwards negative; a tail reaches below."""
    for size in (9, 12, 28, 83):
        for text in ("H", "HEXE", "17", "T."):
            assert inked(mask(text, size))[1] in (0, 1), "round letters may hang a little below"
        assert inked(mask("g", size))[1] == inked(mask("weight", size))[1] > 0.15 * size


def inked(letters: Mask) -> tuple[int, int]:
    """The rows that have ink, counted from the baseline."""
    rows = np.flatnonzero(letters.coverage.any(1))
    return letters.top + int(rows[0]), letters.top + int(rows[-1]) + 1


def test_masks_are_kept_apart() -> None:
    """A mask is not changed by the next one, though one font draws them all."""
    first = mask("first", 20)
    copy = first.coverage.copy()
    mask("WWWWWWWWWWWWWWWW", 20)
    assert np.array_equal(first.coverage, copy)


@pytest.mark.parametrize(
    "text", ["", " ", "\u6f22\u5b57", "\U0001f600", "a" * 5000, "$\\frac{", "\u05e9\u05dc\u05d5\u05dd", "e\u0301"]
)
def test_any_text_is_drawn(text: str) -> None:
    """Nothing, missing glyphs, endless words and mathematics raise nothing and warn nobody."""
    assert width(text, 16) >= 0
    assert mask(text, 16).coverage.ndim == 2


def test_missing_names_each_character_once() -> None:
    """What the font cannot show is told, in order, without repetition; what it can is not."""
    assert missing("ab\u6f22c\u5b57\u6f22") == "\u6f22\u5b57"
    assert missing("Größe ≤ 3 − λ·∇f") == ""


@pytest.mark.parametrize("room", [0, 3, 30, 60, 90, 119, 1000])
def test_fitted_text_fits(room: float) -> None:
    """A text is whole if there is room, and otherwise the longest beginning with an ellipsis that fits."""
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


def test_wrapped_text_keeps_its_words() -> None:
    """Lines fit the room, hold every word in order, and none could take the next line's first word."""
    text = "momentum overshoots the minimum and comes back in a spiral"
    for room in (90, 150, 400, 2000):
        lines = wrapped(text, 16, room)
        assert " ".join(lines) == text
        assert all(width(line, 16) <= room or " " not in line for line in lines)
        for line, following in pairwise(lines):
            assert width(f"{line} {following.split(' ')[0]}", 16) > room
    assert len(wrapped(text, 16, 2000)) == 1


TRAP = (
    "savefig.bbox: tight\nfont.family: serif\nfont.size: 40\ntext.usetex: True\ntext.hinting: none\naxes.grid: True\n"
)
PICTURE = (
    "import animgd.lettering, os, matplotlib; assert os.environ.get('MPLBACKEND') in (None, 'nonsense', 'svg');"
    "assert os.environ.get('MPLBACKEND') != 'svg' or matplotlib.rcParams['backend'] == 'svg';"
    "import hashlib, sys; from tests import fabricated; from animgd.stage import Stage; s = fabricated.scene(runs=3);"
    "f = Stage(s, fabricated.recording(s)).frame(9); print(hashlib.sha256(f.tobytes()).hexdigest())"
)


@pytest.mark.long
def test_matplotlibs_settings_change_nothing(tmp_path: Path) -> None:
    """A matplotlibrc in the current folder, one that MATPLOTLIBRC names, and a bad MPLBACKEND: the same picture."""
    (tmp_path / "matplotlibrc").write_text(TRAP)
    traps = [{}, {"MPLBACKEND": "nonsense"}, {"MPLBACKEND": "svg"}, {"MATPLOTLIBRC": str(tmp_path / "matplotlibrc")}]
    shown = set()
    for folder, more in ((HOUSE, traps[0]), *((tmp_path, trap) for trap in traps)):
        env = os.environ | {"PYTHONPATH": str(HOUSE)} | more
        done = subprocess.run([sys.executable, "-c", PICTURE], cwd=folder, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        shown.add(done.stdout)
    assert len(shown) == 1
