"""The field: on screen, each arrow points where the loss falls in parameters."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from animgd import Optimizer, Window
from animgd.drawing.field import downhill
from animgd.drawing.overlays.marks import covered
from animgd.drawing.renderer import Renderer, contexts
from animgd.frame import Box
from animgd.graphics.transform import AxesTransform
from animgd.recording.model import Landscape
from tests import fabricated

WINDOW = Window(bias=(-2.0, 6.0), weight=(-40.0, 60.0))
BOX = Box(100, 50, 400, 290)


def test_arrows_point_downhill_in_true_units() -> None:
    """On axes of very different units: the direction is that of minus the gradient, mapped to pixels."""
    land, transform = (
        Landscape(WINDOW, fabricated.bowl(WINDOW, 101)),
        AxesTransform(BOX, WINDOW.x, WINDOW.y),
    )
    found = list(downhill(land, BOX, 1.0))
    assert 100 < len(found) < 160
    worst = 0.0
    for (x, y), (right, down) in found:
        bias, weight = transform.to_data(x, y)
        if math.hypot(weight - 1.0, bias - 2.5) < 2:
            continue  # beside the minimum, directions turn within a cell
        falling = transform.to_pixels(bias - 1e-3 * (bias - 2.5), weight - 1e-3 * 2 * (weight - 1.0))
        assert math.hypot(right, down) == pytest.approx(1)
        worst = max(
            worst, abs(math.remainder(math.atan2(falling[1] - y, falling[0] - x) - math.atan2(down, right), math.tau))
        )
    assert worst < math.radians(1)


def test_none_where_the_loss_is_not_finite_or_flat() -> None:
    """Holes, plateaus and rounding have no direction."""
    rows = np.linspace(*WINDOW.weight, 101)[:, None] + np.zeros((1, 101))
    loss = np.where(rows < 0, 5.0, 5.0 + rows)
    loss[:, :30] = np.nan
    loss[:, 90:] = np.inf
    places = [place for place, _ in downhill(Landscape(WINDOW, loss), BOX, 1.0)]
    transform = AxesTransform(BOX, WINDOW.x, WINDOW.y)
    assert places
    for x, y in places:
        bias, weight = transform.to_data(x, y)
        assert weight > -2 and -2 + 0.08 * 29 < bias < -2 + 0.08 * 90
    noise = 1e6 + 1e-7 * np.random.default_rng(0).standard_normal((101, 101))
    for flat in (np.full((101, 101), 3.0), np.full((101, 101), np.nan), noise):
        assert list(downhill(Landscape(WINDOW, flat), BOX, 1.0)) == []


@pytest.mark.parametrize("theme", ["light", "dark", "seed"])
def test_it_is_quiet_and_below_everything(theme: str) -> None:
    """It changes few pixels of the still picture, inside the maps only, and nothing moves with it."""
    scene = fabricated.scene((1280, 720), theme=theme, epochs=5)
    shown, recording = replace(scene, show=("field",)), fabricated.with_terms(fabricated.recording(scene))
    bare, field = Renderer(scene, recording), Renderer(shown, recording)
    changed = (bare.still != field.still).any(2)
    for panel in field.layout.panels:
        part = changed[panel.box.slices]
        assert 0.01 < part.mean() < 0.12
        changed[panel.box.slices] = False
    assert not changed.any()
    assert (np.abs(field.still.astype(int) - bare.still).max()) < 140
    assert list(bare.remarks) == list(field.remarks)


@pytest.mark.parametrize("size", [(1280, 720), (480, 270)], ids=str)
def test_no_arrow_is_in_a_mark_or_under_a_name(size: tuple[int, int]) -> None:
    """The centre of a sight stays empty, and the names of marks stand on the map alone."""
    scene = fabricated.scene(size, epochs=5)
    recording = fabricated.with_terms(fabricated.recording(scene))
    bare, field = (Renderer(each, recording) for each in (scene, replace(scene, show=("field",))))
    changed = (bare.still != field.still).any(2)
    for context in contexts(scene, recording, field.layout):
        boxes = covered(context)
        assert boxes and changed[context.box.slices].any()
        assert not any(changed[box.slices].any() for box in boxes)


def test_a_map_without_a_slope_has_none() -> None:
    """One line says why."""
    scene = replace(fabricated.scene(panels=1), show=("field",))
    flat = fabricated.recording(scene, loss=np.full((41, 41), 2.0))
    assert "no field: no map has a slope" in list(Renderer(scene, flat).remarks)
    bare = scene.replace(heatmaps=False, companions=("loss",))
    assert "no field: it needs maps" in list(Renderer(bare, flat).remarks)


def test_it_points_uphill_where_all_runs_ascend() -> None:
    """On the same map; nothing else that stands still differs."""
    shown = {}
    for up, field in itertools.product((False, True), (False, True)):
        optimizer = Optimizer("SGD", lr=0.1, maximize=up)
        scene = fabricated.scene(panels=1).replace(optimizer=optimizer, show=("field",) if field else ())
        renderer = Renderer(scene, fabricated.recording(scene))
        shown[up, field] = renderer.still[renderer.layout.panels[0].box.slices]
    assert np.array_equal(shown[True, False], shown[False, False])
    assert not np.array_equal(shown[True, True], shown[False, True])
