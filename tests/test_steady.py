"""Nothing jitters: what did not change has equal pixels, and frames drawn piece by piece equal those from nothing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from math import ceil
from typing import Any

import numpy as np
import pytest

from animgd import SGD, Optimizer, Run, Scene
from animgd.drawing.renderer import Renderer
from animgd.frame import Box
from animgd.graphics.text import letters
from animgd.layout import Layout
from animgd.layout.elements import StateField
from animgd.scene.style import THEMES
from tests import fabricated
from tests.rig import THOROUGH

SIZES = {"wide": (1280, 720), "square": (720, 720), "tall": (720, 1280), "small": (480, 270), "smallest": (320, 180)}
TWO = (Run("one", SGD(0.1)), Run("two", SGD(0.2)))
FILMS: dict[str, dict[str, Any]] = {
    "arrows and rule": {},
    "three terms": {"optimizer": SGD(0.1, momentum=0.9, weight_decay=0.3)},
    "Nesterov": {"optimizer": SGD(0.1, momentum=0.9, nesterov=True)},
    "Adam": {"optimizer": Optimizer("Adam", lr=0.1)},
    "bare": {"hide": "all"},
    "shown": {"show": ("arrows", "rule")},
    "ghost": {"ghost": SGD(0.1)},
    "anatomy": {"show": "anatomy"},
    "companions": {"companions": ("fit", "loss")},
    "runs": {"optimizer": TWO},
    "runs without names": {"optimizer": (Run("", SGD(0.1)), Run("", SGD(0.2)))},
    "runs and companions": {"optimizer": TWO, "companions": ("fit", "loss")},
    "companions alone": {"companions": ("loss",), "heatmaps": False},
    "objective": {"optimizer": SGD(0.1, weight_decay=0.3), "show": ("objective", "field", "stability")},
}


def film(size: tuple[int, int], theme: str, fields: dict[str, Any]) -> tuple[Scene, Renderer]:
    """A film of four runs that stay, leave, creep and diverge, with frames between epochs."""
    scene = replace(fabricated.scene(size, theme=theme, epochs=5, epochs_per_second=6), **fields)
    return scene, Renderer(scene, fabricated.with_terms(fabricated.recording(scene)))


def at_epochs(layout: Layout) -> Iterator[Box]:
    """The boxes that may change at whole epochs."""
    pad = ceil(7 * layout.unit) + 2
    fields = [cells for values in layout.values for cells, _ in values]
    fields += [cells for term in layout.rule for cells in term.numbers]
    yield from (cells.box for cells in (*fields, *filter(None, [layout.counter])))
    yield from (box for cell in layout.cells for box in (cell.number.box, cell.state.box))
    for row in layout.bars:
        yield from (field.box for field in filter(None, [row.settled]))
        if row.bar:
            middle = (row.bar.top + row.bar.bottom) // 2
            yield Box(row.bar.left - pad, middle - pad, row.bar.right + pad, middle + pad)
    for panel in layout.panels:
        yield Box(panel.box.right + 1, panel.bar.top - pad, panel.bar.left - 1, panel.bar.bottom + pad)  # cursors
        yield from (field.box for field in [panel.state] if isinstance(field, StateField))
    if layout.progress:
        line = layout.progress
        yield Box(line.left - pad, line.top - pad, line.right + pad, line.bottom + pad)


def ticks_of(layout: Layout) -> Iterator[Box]:
    """The pixels of tick marks and labels, which go while a close-up is open."""
    for ticks in layout.ticks:
        yield from ticks.marks
        yield from (letters(word, layout.face).trimmed().box for word in ticks.labels)


def check(renderer: Renderer, close_ups: bool = False) -> None:
    """Hold each frame against the one before it, and against the one drawn from nothing."""
    layout = renderer.layout
    new = [*at_epochs(layout), *(ticks_of(layout) if close_ups else [])]
    always = [*(panel.box for panel in layout.panels), *(plot.room for plot in layout.plots)]
    before, epoch, number, steps = renderer.still.copy(), -1, 0, 0
    for moment, frame in zip((moment for moment, _ in renderer.timeline.moments()), renderer.frames(), strict=True):
        changed = (frame.pixels != before).any(2)
        for box in always + (new if int(moment) != epoch else []):
            changed[box.slices] = False
        assert not changed.any(), f"at {moment} near (row, column) {np.argwhere(changed)[0]}"
        assert np.array_equal(frame.pixels, renderer.frame(number)), f"drawn from nothing at {moment}"
        steps += int(moment) == epoch
        before, epoch, number = frame.pixels.copy(), int(moment), number + frame.periods
    assert epoch == 5 and steps > 2, "frames between epochs were seen"


EVERY = [
    which
    for which in itertools.product(FILMS, THEMES, SIZES)
    if not (
        which[2] == "smallest" and ("companions" in FILMS[which[0]] or which[0] == "objective")
    )  # refused: no room for them
]
SOME = [(film, list(THEMES)[i % 3], list(SIZES)[i % 5]) for i, film in enumerate(FILMS)]
SOME += [
    ("arrows and rule", "dark", "wide"),
    ("arrows and rule", "light", "tall"),
    ("arrows and rule", "light", "smallest"),
    ("objective", "dark", "wide"),
]


LONG = [which for which in EVERY if which not in SOME][:: 1 if THOROUGH else 4]


@pytest.mark.parametrize(
    ("name", "theme", "size"), [*SOME, *(pytest.param(*which, marks=pytest.mark.long) for which in LONG)]
)
def test_frames_are_steady(name: str, theme: str, size: str) -> None:
    """For each kind of film, theme and layout; numbers, states, bars and cursors change at whole epochs only."""
    _, renderer = film(SIZES[size], theme, FILMS[name])
    check(renderer, close_ups=name == "anatomy")


def test_the_films_show_what_they_are_meant_to_show() -> None:
    """Among them are arrows, a rule of four vectors, states, bars, cursors, and companions below the text."""
    _, usual = film(SIZES["wide"], "light", {})
    assert len(usual.layout.rule) == 3 and len(usual.layout.bars) == 4
    assert [panel.state is not None for panel in usual.layout.panels] == [True] * 4
    _, three = film(SIZES["wide"], "light", FILMS["three terms"])
    assert len(three.layout.rule) == 4
    _, bare = film(SIZES["wide"], "light", FILMS["bare"])
    assert not bare.layout.rule
    assert (usual.frame(1) != bare.frame(1))[usual.layout.panels[0].box.slices].any(), "arrows"
    _, seed = film(SIZES["wide"], "seed", FILMS["shown"])
    assert len(seed.layout.rule) == 3
