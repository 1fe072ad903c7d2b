"""Several runs on a panel, and panels that share a scale: what is drawn larger, said, or drawn once."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from animgd import SGD, Panel, Run, Scene, record
from animgd.drawing.overlays import overlays
from animgd.drawing.overlays.base import Context
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


def picture(context: Context, moment: Fraction) -> NDArray[np.float64]:
    """What is drawn over one panel, from nothing on. Shapes: (height, width, 3)."""
    drawn, planes = overlays(context), np.full((3, context.box.height, context.box.width), 128, np.float32)
    for overlay in drawn:
        list(overlay.step(moment))
        overlay.paint(context.box, planes)
    return planes.transpose(1, 2, 0).astype(float)


def only_panel(scene: Scene, paths: Sequence[fabricated.Path]) -> Context:
    """The first panel of a scene with these paths."""
    recording = fabricated.with_terms(fabricated.recording(scene, paths))
    return contexts(scene, recording, plan(scene, recording, (scene.video.width, scene.video.height)))[0]


def near(found: NDArray[np.float64], context: Context, x: float, y: float) -> NDArray[np.float64]:
    """The colours around a place of the frame."""
    left, top = round(x) - context.box.left, round(y) - context.box.top
    return found[top - 3 : top + 3, left - 3 : left + 3].reshape(-1, 3)


def test_the_first_run_is_on_top_everywhere() -> None:
    """Where two runs go one way, trail and point of the first are seen."""
    scene = fabricated.scene((1280, 720), panels=1, runs=2, epochs=4)
    way = np.linspace(-4.0, 5.0, 5)
    context = only_panel(scene, [(way, way)])
    path, first = context.paths[0], np.array(context.theme.points[0])
    found = picture(context, Fraction(4))
    for moment in (Fraction(5, 2), Fraction(4)):
        assert np.abs(near(found, context, *path.at(moment)) - first).max(1).min() < 4


def test_no_point_of_a_crowd_hides_another() -> None:
    """Points of runs without names that are close to each other all show their colour in the middle."""
    scene = fabricated.scene((1280, 720), panels=1, epochs=2)
    scene = scene.replace(optimizer=tuple(Run("", SGD(0.1)) for _ in range(9)))
    ways = [(np.full(3, 2.0 + 0.07 * i), np.full(3, 3.0 + 0.02 * i)) for i in range(9)]
    context = only_panel(scene, ways)
    found, color = picture(context, Fraction(2)), np.array(context.theme.points[0])
    places = [path.at(Fraction(2)) for path in context.paths]
    assert 2 < np.hypot(*np.diff(places, axis=0).T).max() < 5  # pixels: nearer than their rims
    for place in places:
        assert (np.abs(near(found, context, *place) - color).max(1) < 8).mean() > 0.8


@pytest.mark.parametrize("named", [True, False])
def test_the_article_s_red_has_a_white_rim_in_any_film(named: bool) -> None:
    """In the theme "seed" several red paths are cased as the only one of a film is."""
    scene = fabricated.scene((1280, 720), panels=1, epochs=2, theme="seed")
    scene = scene.replace(optimizer=tuple(Run("ab"[i] if named else "", SGD(0.1)) for i in range(2)))
    still = np.full(3, -4.0), np.full(3, -4.0)
    context = only_panel(scene, [(np.full(3, 5.0), np.linspace(-3, 6, 3)), still])
    x, y = context.paths[0].at(Fraction(1, 2))
    column = picture(context, Fraction(2))[round(y) - context.box.top - 6 :, round(x) - context.box.left][:12]
    assert column.min(1).max() > 200 and column.min() < 40 and column.max(1).min() > 100  # white, red, nothing dark


@pytest.mark.parametrize("theme", ["dark", "seed"])
def test_a_panel_s_own_colour_is_around_its_point(theme: str) -> None:
    """Where panels are series, the light around a point, and the path in "seed", have the colour of the series."""
    scene = fabricated.scene((1280, 720), panels=2, epochs=4, theme=theme).replace(companions=("loss",))
    recording = fabricated.with_terms(fabricated.recording(scene, [fabricated.spiral(4)]))
    _, context = contexts(scene, recording, plan(scene, recording, (1280, 720)))
    assert context.markers == (1,)
    place = context.paths[0].at(Fraction(3, 2) if theme == "seed" else Fraction(4))
    x, y = place if theme == "seed" else (place[0], place[1] + 12)
    found = near(picture(context, Fraction(4)), context, x, y)
    assert (found[:, 2] > found[:, 0] + 10).any()  # blue
    assert not (found[:, 0] > found[:, 2] + 10).any()  # nothing red


def test_a_step_across_the_map_is_not_a_visit() -> None:
    """Between two epochs outside the window no point crosses the map: the arrow stays until the second one."""
    scene = fabricated.scene((1280, 720), panels=1, epochs=3)
    context = only_panel(scene, [(np.full(4, 1.0), np.array([0.0, 40.0, -40.0, -50.0]))])
    (path,), box = context.paths, context.box
    fill = np.array(context.theme.points[0])
    ends = [path.crossing(Fraction(1)), path.crossing(Fraction(2))]
    assert ends[0][0][0] == box.right and ends[1][0][0] == box.left
    for moment, left in (
        (Fraction(5, 4), False),
        (Fraction(3, 2), False),
        (Fraction(7, 4), False),
        (Fraction(2), True),
    ):
        colored = np.abs(picture(context, moment) - fill).max(2) < 20
        columns = np.flatnonzero(colored.any(0))
        assert columns.size and ((columns < box.width / 4).all() if left else (columns > box.width * 3 / 4).all())


def test_a_path_that_leaves_is_thin() -> None:
    """One of several runs that crosses the map on its way out and back covers less of it than one that stays."""
    scene = fabricated.scene((1280, 720), panels=1, runs=2, epochs=3)
    covered = []
    for far in (6.0, 40.0):
        ways = [(np.full(4, -3.0), np.full(4, -3.0)), (np.array([4.0, 4, 5, 5]), np.array([-4.0, far, far, -4]))]
        context = only_panel(scene, ways)
        x = round(context.transform.to_pixels(2.0, 0.0)[0]) - context.box.left
        blue = np.abs(picture(context, Fraction(1))[:, x] - context.theme.points[1]).max(1) < 60
        covered.append(int(blue.sum()))
    assert 0 < covered[1] < covered[0]


def test_nested_points_leave_a_small_map_free() -> None:
    """On the panels of a small GIF, three points on one place are no wider than a fifth of the map."""
    scene = fabricated.scene((480, 270), runs=3, epochs=2, title="Three ways down")
    context = only_panel(scene, [(np.full(3, 1.0), np.full(3, 2.5))])
    lowest = np.array(context.theme.points[2])
    columns = np.flatnonzero((np.abs(picture(context, Fraction(1)) - lowest).max(2) < 60).any(0))
    assert 6 < np.ptp(columns) < 0.2 * context.box.width < 24
