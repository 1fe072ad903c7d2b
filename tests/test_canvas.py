"""Drawing on planes: fills, masks and labels cover exactly the right pixels."""

from __future__ import annotations

import numpy as np
import pytest

from animgd.frame import Box
from animgd.graphics.canvas import Canvas, blend, blend_alpha
from animgd.graphics.raster import Mask
from animgd.graphics.text import Label, mask, width

PAGE, INK = (250, 240, 230), (10, 20, 30)


def solid(box: Box, level: int = 255) -> Mask:
    """An evenly covered box."""
    return Mask(box, np.full((box.bottom - box.top, box.right - box.left), level, np.uint8))


def touched(canvas: Canvas) -> np.ndarray:
    """The box of the pixels that differ from the page."""
    return (canvas.planes != np.array(PAGE, np.uint8)[:, None, None]).any(0)


def test_fill_colours_whole_pixels() -> None:
    """A fill has the given colour inside its box and changes nothing outside."""
    canvas = Canvas((20, 10), PAGE)
    canvas.fill(Box(3, 2, 8, 5), INK)
    assert canvas.planes.shape == (3, 10, 20)
    assert touched(canvas).sum() == 15
    assert canvas.planes[:, 4, 7].tolist() == list(INK)


@pytest.mark.parametrize(
    ("level", "strength", "part"), [(255, 1.0, 1.0), (128, 1.0, 128 / 255), (255, 0.3, 0.3), (0, 1.0, 0)]
)
def test_stamp_mixes_by_coverage(level: int, strength: float, part: float) -> None:
    """Half coverage is half way from the background to the colour, rounded to the nearest level."""
    canvas = Canvas((6, 4), PAGE)
    canvas.stamp(solid(Box(1, 1, 3, 3), level), INK, strength)
    wanted = [round(p + (i - p) * part) for p, i in zip(PAGE, INK, strict=True)]
    assert np.abs(canvas.planes[:, 1, 2].astype(int) - wanted).max() <= (0 if part in (0, 1.0) else 1)
    assert canvas.planes[:, 0, 0].tolist() == list(PAGE)


@pytest.mark.parametrize("box", [Box(-3, -2, 2, 2), Box(4, 2, 12, 9), Box(-5, -5, 40, 40), Box(30, 30, 35, 35)])
def test_masks_are_clipped(box: Box) -> None:
    """Masks are clipped at the canvas and do not wrap around."""
    canvas = Canvas((6, 4), PAGE)
    canvas.stamp(solid(box), INK)
    y, x = np.mgrid[:4, :6]
    inside = (x >= box.left) & (x < box.right) & (y >= box.top) & (y < box.bottom)
    assert np.array_equal(touched(canvas), inside)


def test_no_stamp_draws_nothing() -> None:
    """The mask of a shape outside the canvas may be None."""
    canvas = Canvas((6, 4), PAGE)
    canvas.stamp(None, INK)
    assert not touched(canvas).any()


def test_blend_in_parts_is_blend_as_a_whole() -> None:
    """The result at a pixel does not depend on the box that is drawn."""
    random = np.random.default_rng(0)
    ground = random.integers(0, 256, (3, 30, 40)).astype(np.float32)
    stamp = Mask(Box(5, 4, 35, 26), random.integers(0, 256, (22, 30), dtype=np.uint8))
    whole = ground.copy()
    blend(whole, Box(0, 0, 40, 30), stamp, INK, 0.86)
    for box in (Box(0, 0, 17, 13), Box(17, 0, 40, 30), Box(0, 13, 17, 30)):
        rows, columns = box.slices
        part = ground[:, rows, columns].copy()
        blend(part, box, stamp, INK, 0.86)
        assert np.array_equal(part, whole[:, rows, columns])


def test_full_coverage_is_the_colour_itself() -> None:
    """Full coverage gives the exact colour."""
    planes = np.full((3, 2, 2), 77, np.float32)
    blend_alpha(planes, np.ones((2, 2), np.float32), INK)
    assert planes[:, 0, 0].tolist() == list(INK)


@pytest.mark.parametrize("align", ["left", "center", "right"])
def test_alignment_of_labels(align: str) -> None:
    """The left end, centre or right end of a label is at `x`, up to a pixel and the glyphs' bearing."""
    canvas = Canvas((200, 40), PAGE)
    canvas.word(Label("Hamburg", 100, 30, 20, align=align), INK)
    columns = np.flatnonzero(touched(canvas).any(0))
    long = width("Hamburg", 20)
    left = {"left": 100, "center": 100 - long / 2, "right": 100 - long}[align]
    assert abs(columns[0] - left) <= 3
    assert abs(columns[-1] + 1 - left - long) <= 3


def test_baseline_of_labels() -> None:
    """`y` is the baseline: descenders lie below it."""
    for text, below in (("HEXE", False), ("gypsy", True)):
        canvas = Canvas((200, 60), PAGE)
        canvas.word(Label(text, 10, 40, 24), INK)
        rows = np.flatnonzero(touched(canvas).any(1))
        assert (rows[-1] + 1 > 42) == below
        assert below or rows[-1] + 1 == 40


def test_upright_labels_are_rotated_about_their_centre() -> None:
    """An upright label reads from bottom to top, with its centre at (x, y)."""
    canvas = Canvas((80, 200), PAGE)
    canvas.word(Label("weight", 40, 100, 20, upright=True), INK)
    seen = touched(canvas)
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    assert abs((rows[0] + rows[-1] + 1) / 2 - 100) <= 1
    assert abs((columns[0] + columns[-1] + 1) / 2 - 40) <= 1
    flat = mask("weight", 20).coverage
    assert np.array_equal(seen[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1],
                          _tight(np.rot90(flat) > 0))  # fmt: skip


def _tight(seen: np.ndarray) -> np.ndarray:
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    return seen[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
