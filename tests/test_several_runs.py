"""Several runs on a panel, and panels that share a scale: what is drawn larger, said, or drawn once."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from animgd import SGD, Panel, Scene, record
from animgd.drawing.overlays import overlays
from animgd.drawing.overlays.marks import Name
from animgd.drawing.overlays.point import Look, Point
from animgd.drawing.readings.readout import losses
from animgd.drawing.renderer import Renderer, contexts, plan
from animgd.drawing.screen_path import TrajectoryPath
from animgd.frame import Box
from animgd.graphics.theme import THEMES, run_colors
from animgd.scene.problem import Window
from tests import fabricated


def test_a_point_grows_below_another() -> None:
    """Where points meet, the lower one is larger, so that it is seen around the upper one; apart from it, it is not."""
    box, theme = Box(0, 0, 300, 300), THEMES["light"]
    here, away = (
        TrajectoryPath(fabricated.trajectory(fabricated.spiral(4, turns)), Window(), box) for turns in (1.0, 2.2)
    )
    sizes = []
    for above in ([], [here], [away]):
        point = Point(here, Look.of(theme, 0, theme.points[0], 1.0), above, 8.0, 1)
        (drawn,) = set(point.step(Fraction(2)))
        sizes.append(drawn.width)
    assert sizes[1] > 1.5 * sizes[0] and sizes[2] == sizes[0]


@pytest.mark.parametrize("panels", [1, 4])
@pytest.mark.parametrize("size", [(480, 270), (640, 360), (1280, 720), (1080, 1080), (720, 1280)], ids=str)
def test_points_on_one_place_are_told_apart(size: tuple[int, int], panels: int) -> None:
    """Of two and of three runs on one place, each shows enough of its colour, on small frames too."""
    for runs in (2, 3):
        scene = fabricated.scene(size, panels=panels, runs=runs, epochs=4)
        recording = fabricated.recording(scene, [(np.full(5, 4.0), np.full(5, -1.0))])
        renderer = Renderer(scene, recording)
        context, pixels = contexts(scene, recording, renderer.layout)[0], renderer.frame(0).astype(int)
        x, y = (round(at) for at in context.paths[0].at(Fraction(0)))
        around = pixels[y - 40 : y + 40, x - 40 : x + 40]
        for marker in context.markers:
            color = np.array(run_colors(context.theme, marker, True)[1])
            assert (np.abs(around - color).max(2) < 40).sum() >= 8 * max(1, renderer.layout.unit) ** 2, marker


def test_a_loss_stands_behind_the_marker_of_its_run() -> None:
    """However few digits it has by now, and however wide it once was, it begins behind its own marker."""
    runs = {"plain": SGD(0.1), "heavy": SGD(0.1, momentum=0.9)}
    scene = Scene(losses=("MSELoss",), optimizer=runs, epochs=2, companions=("loss",))
    recording = record(scene)
    for cells, notation in plan(scene, recording, (1280, 720)).values[0]:
        for wide in (0, 6):  # more cells than the number needs
            path = recording.panels[0].runs[0]
            digits = losses(dataclasses.replace(cells, count=cells.count + wide), notation, path, THEMES["light"])
            (changed,) = digits.step(Fraction(0))
            assert abs(changed.left - cells.x) <= 2


def test_panels_of_one_scale_share_a_bar() -> None:
    """Panels of one landscape have one bar over all rows; with another loss among them, each has its own."""
    same = Scene(panels=tuple(Panel(title=f"{lr}", loss="MSELoss", optimizer=SGD(lr)) for lr in (0.1, 0.2)), epochs=2)
    other = same.replace(panels=(*same.panels, Panel(loss="L1Loss")))
    bars = [{panel.bar for panel in plan(scene, record(scene), (1280, 720)).panels} for scene in (same, other)]
    assert [len(found) for found in bars] == [1, 3]


def test_a_plain_run_is_told_by_what_it_lacks() -> None:
    """Beside runs with momentum, one without has "no momentum" among the runs."""
    scene = Scene(optimizer={"plain": SGD(0.1), "heavy": SGD(0.1, momentum=0.9)}, epochs=2)
    words = [word.text.replace("\u00a0", " ") for word in plan(scene, record(scene), (1280, 720)).words]
    assert "no momentum" in words and "momentum 0.9" in words


def test_nested_points_cover_no_name() -> None:
    """The name of the start waits until the points have left each other, that of a minimum goes before they meet."""
    scene = fabricated.scene((1280, 720), panels=1, runs=3, epochs=30)
    ways = []
    for faster in (0.8, 0.9, 1.0):  # all from one place to the minimum
        weight, bias = fabricated.spiral(30)
        part = np.minimum(1.0, faster * np.arange(31) / 20)
        ways.append((weight[0] + part * (1.0 - weight[0]), bias[0] + part * (2.5 - bias[0])))
    recording = fabricated.recording(scene, ways)
    (context,) = contexts(scene, recording, plan(scene, recording, (1280, 720)))
    drawn = overlays(context)
    names, points = ([one for one in drawn if isinstance(one, kind)] for kind in (Name, Point))
    seen = [0, 0]
    for halves in range(61):
        for overlay in drawn:
            list(overlay.step(Fraction(halves, 2)))
        for i, name in enumerate(names):
            seen[i] += bool(name.stamps)
            assert not name.stamps or not any(name.stamps[0][0].box.intersection(box) for box in sprites(points))
    assert 20 < seen[1] < 61 and 20 < seen[0] < 61


def sprites(points: Sequence[Point]) -> list[Box]:
    """Where points are drawn."""
    return [point._sprite.box for point in points if point._sprite]
