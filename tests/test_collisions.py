"""No collision: texts, marks, pictures and lines of every layout are inside the frame and apart from each other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from test_look import LONG, complaints, things

from animgd import SGD, Panel, Scene
from animgd.drawing.overlays.anatomy.times import Times
from animgd.drawing.renderer import areas, plan
from animgd.errors import UsageError
from animgd.frame import Box
from animgd.graphics.text import mask
from animgd.layout import DigitField, Layout
from animgd.recording.model import Recording
from tests import fabricated
from tests.rig import THOROUGH

SIZES = ((1280, 720), (640, 360), (3840, 2160), (1080, 1080), (720, 1280), (480, 270), (320, 180), (320, 240))
QUICK = ((1280, 720), (480, 270))  # sizes that a change is tried at, before all others
PANELS, RUNS = (1, 2, 3, 4, 6, 9, 16), (1, 3, 5, 8, 24)
TITLES = ("A tiny film", LONG, r"$\theta_{t+1} = \theta_t - \eta\,\nabla L(\theta_t)$ from $\theta_0$",
          "动量使小球越过最低点，然后盘旋着回来，而内斯特罗夫的方法看得更远")  # fmt: skip
COMPANIONS: tuple[tuple[str, ...], ...] = ((), ("fit",), ("loss",), ("fit", "loss"))
NAMES = ("a panel whose name is rather long", r"$\frac{1}{n}\sum_i |y_i - \hat{y}_i|$", "均方误差", "MSE")
DECAYED = SGD(0.1, momentum=0.9, weight_decay=0.3)


def scene(size: tuple[int, int], panels: int, runs: int, turn: int = 0, companions: tuple[str, ...] = ()) -> Scene:
    """A scene of the matrix; with `turn`, titles, the panels' names and weight decay change."""
    made = fabricated.scene(size, panels=panels, runs=runs, title=TITLES[turn % 4])
    if turn % 2 == 1 and runs == 1:
        made = replace(made, optimizer=DECAYED)
    if turn % 5 == 4:
        named = tuple(Panel(title=NAMES[(turn + i) % 4], loss="MSELoss") for i in range(panels))
        made = replace(made, panels=named)
    return replace(made, companions=companions)


@pytest.fixture(autouse=True)
def _ticks_move(monkeypatch: pytest.MonkeyPatch) -> None:
    """A close-up opens on every panel, so that all ticks are areas."""
    monkeypatch.setattr("animgd.drawing.overlays.anatomy.ticks.opened", lambda context: Times((0,), ()))


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A size that is refused names no other: to find one takes longer than a layout."""
    monkeypatch.setattr("animgd.layout._smallest", lambda content: None)


def planned(scene: Scene) -> tuple[Layout | None, Recording]:
    """The layout of a scene; None where its size is refused."""
    recording = fabricated.with_terms(fabricated.recording(scene))
    try:
        return plan(scene, recording, (scene.video.width, scene.video.height)), recording
    except UsageError:
        return None, recording


def moving(scene: Scene, recording: Recording, layout: Layout) -> list[str]:
    """Parts of the frame that draw themselves over each other."""
    boxes = [(type(area).__name__, area.box) for area in areas(scene, recording, layout)]
    return [f"{a} moves over {b}: {i} {j}" for (a, i), (b, j) in itertools.combinations(boxes, 2) if i.intersection(j)]


def touching(layout: Layout) -> list[str]:
    """Texts and signs without a pixel of page between them."""
    pictures = ("panel", "bar ", "companion", "the progress line")
    texts = [(name, box) for name, box in things(layout) if not name.startswith(pictures)]
    grown = [(name, Box(box.left - 1, box.top - 1, box.right + 1, box.bottom + 1)) for name, box in texts]
    pairs = itertools.combinations(zip(grown, texts, strict=True), 2)
    return [f"{a} touches {b}: {i} {j}" for ((a, i), _), (_, (b, j)) in pairs if i.intersection(j)]


def found(scene: Scene) -> list[str]:
    """All collisions of a scene's layout."""
    layout, recording = planned(scene)
    return [] if layout is None else complaints(layout) + touching(layout) + moving(scene, recording, layout)


def matrix() -> Iterator[tuple[int, int, tuple[str, ...], int]]:
    """Every number of panels and of runs with all companions, in turn with the other variations."""
    for turn, (panels, runs, companions) in enumerate(itertools.product(PANELS, RUNS, COMPANIONS)):
        yield panels, runs, companions, turn


MORE = (*SIZES, (640, 400), (960, 540))
SOME = ((1, 1, ()), (4, 1, ()), (4, 1, ("fit", "loss")), (3, 3, ("loss",)), (6, 8, ()), (9, 5, ()), (16, 24, ()))


@pytest.mark.parametrize(
    "size",
    [size if size in QUICK else pytest.param(size, marks=pytest.mark.long) for size in SIZES],
    ids=lambda size: "x".join(map(str, size)),
)
def test_nothing_collides(size: tuple[int, int]) -> None:
    """The usual combinations of panels, runs and companions; the title, the names and weight decay differ by size."""
    shift = SIZES.index(size)
    told = {which: found(scene(size, *which[:2], turn, which[2])) for turn, which in enumerate(SOME, shift)}
    assert {which: lines for which, lines in told.items() if lines} == {}


@pytest.mark.parametrize("turn", range(2))
@pytest.mark.parametrize("size", (*SIZES, (640, 400)), ids=lambda size: "x".join(map(str, size)))
def test_nothing_collides_in_the_usual_film(size: tuple[int, int], turn: int) -> None:
    """Four panels, one run, with two vectors in the rule, and with four."""
    layout, _ = planned(scene(size, 4, 1, turn))
    assert found(scene(size, 4, 1, turn)) == []
    if layout is not None and min(size) >= 720:
        assert len(layout.rule) == (0 if size == (1080, 1080) else 3 + turn)
        assert any(panel.state for panel in layout.panels)


@pytest.mark.long
@pytest.mark.parametrize("turn", range(2 if THOROUGH else 1))
@pytest.mark.parametrize("size", MORE, ids=lambda size: "x".join(map(str, size)))
def test_nothing_collides_in_any_combination(size: tuple[int, int], turn: int) -> None:
    """Many of them; in the thorough run every third, each with two titles, with and without weight decay."""
    some = list(matrix())[MORE.index(size) % 3 :: 3] if THOROUGH else list(matrix())[MORE.index(size) :: 37]
    told = {which: found(scene(size, *which[:2], which[3] + turn, which[2])) for which in some}
    assert {which: lines for which, lines in told.items() if lines} == {}


@pytest.mark.parametrize("bold", [False, True])
def test_letters_of_numbers_stay_in_their_cells(bold: bool) -> None:
    """No letter of a number is higher or lower than the box that is painted again when the number changes."""
    for size in range(9, 100):
        box = DigitField(0, 0, size, 1, bold).box
        for letter in "0123456789.+−–e∞><×":
            shape = mask(letter, size, bold)
            rows = np.flatnonzero(shape.coverage.any(1)) + shape.box.top
            assert box.top <= rows[0] and rows[-1] < box.bottom, (letter, size)
