"""The scenes of the lecture can be read from the last row: sizes, margins and strokes of every layout."""

from __future__ import annotations

import numpy as np
import pytest
from test_look import things

from animgd.drawing.renderer import Renderer
from animgd.layout import Layout
from animgd.output.lecture.encoding import prepared
from animgd.output.recorder.base import Here
from animgd.scene.lecture.lecture import Lecture
from animgd.scene.module.loader import read
from tests.rig import ROOT

PARTS = ("points", "line", "landscape", "plain", "momentum", "nesterov", "weight_decay", "dampening", "comparison")


@pytest.fixture(scope="module")
def layouts() -> dict[str, Layout]:
    ((_, lecture),) = read(ROOT / "scenes" / "lecture.py").chosen(())
    assert isinstance(lecture, Lecture)
    scenes = prepared(lecture, Here(), cache=False).scenes
    drawn = [Renderer(each.scene, each.recording, each.lecture).layout for each in scenes]
    return dict(zip(PARTS, drawn, strict=True))


@pytest.mark.parametrize("part", PARTS)
def test_a_scene_can_be_read(layouts: dict[str, Layout], part: str) -> None:
    """Title and counter have 3.8 % of the height, losses and names of panels 3 %, all else 2 %; edges stay free."""
    plan = layouts[part]
    width, height = plan.size
    sizes = {word.text: word.size / height for word in plan.words}
    title = max(plan.words, key=lambda word: word.size)
    assert title.size >= 0.038 * height and min(sizes.values()) >= 0.02
    assert plan.counter is None or plan.counter.number.size >= 0.038 * height
    losses = [cells.size for values in plan.values for cells, _ in values] + [each.number.size for each in plan.cells]
    names = [size for text, size in sizes.items() if text in ("MSE", "L1", "Huber", "Smooth L1")]
    assert min([1.0, *names]) >= 0.03 and min([height, *losses]) >= 0.03 * height
    assert max(len(word.text.split()) for word in plan.words) <= 12
    for name, box in things(plan):
        inside = box.left >= 0.02 * width and box.right <= 0.98 * width
        assert inside and box.top >= 0.02 * height and box.bottom <= 0.98 * height, (name, box)


def test_an_old_path_is_wide_enough() -> None:
    """The oldest step of a path, with its casing, is 3 pixels wide at the end of a scene."""
    ((_, lecture),) = read(ROOT / "scenes" / "lecture.py").chosen(())
    each = prepared(lecture, Here(), cache=False).scenes[PARTS.index("momentum")]
    renderer = Renderer(each.scene, each.recording, each.lecture)
    panel, recorded = renderer.layout.panels[0].box, each.recording.panels[0]
    window, run = recorded.landscape.window, recorded.runs[0]
    x = np.interp(run.bias[:2], window.bias, (panel.left, panel.right))
    y = np.interp(run.weight[:2], window.weight, (panel.bottom, panel.top))
    along = np.array([x[1] - x[0], y[1] - y[0]])
    across = np.array([-along[1], along[0]]) / np.hypot(*along)
    places = np.array([x.mean(), y.mean()]) + np.arange(-8, 8, 0.1)[:, None] * across
    columns, rows = np.floor(places).astype(int).T
    drawn = renderer.frame(renderer.timeline.count - 1).astype(int) - renderer.still
    seen = np.abs(drawn[rows, columns]).max(1) > 24
    assert 3 <= 0.1 * seen.sum() <= 9
