"""Many runs on a panel: no two look alike, legend and companions agree with them, and what is left out is named."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray
from test_renderer import check_both

from animgd import SGD, Panel, Run, Scene
from animgd.drawing.overlays.trail import Trail
from animgd.drawing.renderer import Renderer
from animgd.drawing.screen_path import TrajectoryPath
from animgd.errors import SceneError
from animgd.frame import Box
from animgd.graphics.markers import dashes
from animgd.layout import Layout
from animgd.scene.scene import MOST_RUNS, Window
from animgd.scene.style import THEMES
from tests import fabricated

Picture = NDArray[np.int64]
ROW = 12  # pixels from one run to the next


def side_by_side(theme: str, size: tuple[int, int] = (640, 360)) -> tuple[Renderer, list[float]]:
    """24 runs that walk to the right in rows of their own over one even colour; where their rows are."""
    scene = fabricated.scene(size, panels=1, runs=MOST_RUNS, epochs=6, theme=theme)
    flat = np.full((5, 5), 3.0)
    box = Renderer(scene, fabricated.recording(scene, loss=flat)).layout.panels[0].box
    step = (box.bottom - box.top) // (MOST_RUNS + 1)
    rows = [box.top + step * (run + 1) + 0.5 for run in range(MOST_RUNS)]
    weights = [-5 + 13 * (box.bottom - y) / (box.bottom - box.top) for y in rows]
    paths = [(np.full(7, weight), np.linspace(-4.0, 6.0, 7)) for weight in weights]
    return Renderer(scene, fabricated.recording(scene, paths, loss=flat)), rows


def unlike(pictures: list[Picture], least: int) -> None:
    """Hold that every two of the pictures differ in so many pixels."""
    for (i, one), (j, other) in itertools.combinations(enumerate(pictures), 2):
        differing = int((np.abs(one - other).max(-1) > 30).sum())
        assert differing >= least, f"runs {i} and {j} differ in {differing} pixels"


@pytest.mark.parametrize("theme", THEMES)
def test_no_two_of_24_runs_look_alike(theme: str) -> None:
    """In the smallest preset every two points differ, every two trails, and every two signs of the legend."""
    renderer, rows = side_by_side(theme)
    box, pixels = renderer.layout.panels[0].box, renderer.frame(renderer.timeline.count - 1).astype(int)
    across = (box.right - box.left) / 13
    end = round(box.left + across * 11)
    half = 5
    strips = [pixels[int(y) - half : int(y) + half + 1] for y in rows]
    unlike([strip[:, end - half : end + half + 1] for strip in strips], 8)
    unlike([strip[:, round(box.left + 2 * across) : end - 2 * half] for strip in strips], 40)
    marks = [mark for mark in renderer.layout.marks if isinstance(mark.marker, int)]
    assert sorted(mark.marker for mark in marks) == list(range(MOST_RUNS))
    unlike([pixels[m.y - 4 : m.y + 5, m.x - 4 : m.x + 5] for m in marks], 8)


@pytest.mark.parametrize("theme", THEMES)
def test_no_two_of_24_curves_look_alike(theme: str) -> None:
    """So do the curves of the losses: each is a level line here, whose colours along the way are compared."""
    scene = fabricated.scene((1280, 720), panels=1, runs=MOST_RUNS, epochs=6, theme=theme)
    scene = replace(scene, companions=("loss",))
    recording = fabricated.recording(scene)
    losses = np.geomspace(1, 100, MOST_RUNS)
    runs = [replace(run, loss=np.full(7, loss), diverged_at=None)
            for run, loss in zip(recording.panels[0].runs, losses, strict=True)]  # fmt: skip
    recording = replace(recording, panels=(replace(recording.panels[0], runs=tuple(runs)),))
    renderer = Renderer(scene, recording)
    plot, pixels = renderer.layout.plots[0], renderer.frame(renderer.timeline.count - 1).astype(int)
    ground, found = pixels[plot.box.top + 1, plot.box.left + 1], []
    assert [series.marker for series in plot.series] == list(range(MOST_RUNS))
    for loss in losses:
        part = np.log(loss / plot.up[0]) / np.log(plot.up[1] / plot.up[0])
        y = round(plot.box.bottom - part * (plot.box.bottom - plot.box.top))
        strip = pixels[y - 2 : y + 3, plot.box.left : plot.box.right - 12]
        found.append(np.take_along_axis(strip, np.abs(strip - ground).sum(2).argmax(0)[None, :, None], 0))
    unlike(found, 20)


@pytest.mark.parametrize("theme", ["light", *(pytest.param(name, marks=pytest.mark.long) for name in [*THEMES][1:])])
@pytest.mark.parametrize("size", [fabricated.WIDE, pytest.param(fabricated.SQUARE, marks=pytest.mark.long)])
def test_fast_equals_plain_for_24_runs(theme: str, size: tuple[int, int]) -> None:
    """Patterns that grow piece by piece, points with hearts and bars, lines and curves: as if drawn from nothing."""
    scene = fabricated.scene(size, panels=1, runs=MOST_RUNS, epochs=6, theme=theme)
    scene = replace(scene, companions=("fit", "loss"))
    assert check_both(scene, fabricated.recording(scene)) >= 6


@pytest.mark.parametrize("walk", fabricated.WALKS)
def test_fast_equals_plain_for_a_pattern_on_each_path(walk: object) -> None:
    """Inside, leaving, hardly moving and diverging to infinity, at a size where strokes are wide."""
    scene = fabricated.scene((1280, 720), panels=1, runs=20, epochs=5)
    paths = [walk(5, 0.3 * run) for run in range(20)]  # type: ignore[operator]
    check_both(scene, fabricated.recording(scene, paths))


@pytest.mark.parametrize("sign", [6, 12, 18])
def test_patterns_follow_the_length_of_the_way(sign: int) -> None:
    """A straight way in few pieces and in many bears the same strokes at the same places."""
    box, drawn = Box(0, 0, 260, 200), []
    for epochs in (2, 7, 90):
        path = np.linspace(-4, 7, epochs + 1), np.linspace(-3, 6.1, epochs + 1)
        trail = white(path, box, sign)
        for epoch in range(epochs + 1):
            list(trail.step(Fraction(epoch)))
        planes = np.zeros((3, 200, 260), np.float32)
        trail.paint(box, planes)
        drawn.append(planes[0])
    assert 0.2 < (drawn[0] > 128).sum() / solid(box) < 0.8
    for other in drawn[1:]:
        assert (np.abs(other - drawn[0]) > 40).sum() <= 0.02 * solid(box)


def white(path: tuple[np.ndarray, np.ndarray], box: Box, marker: int | None) -> Trail:
    """White strokes, four pixels wide."""
    pattern = None if marker is None else dashes(marker, 4.0)
    return Trail(TrajectoryPath(fabricated.trajectory(path), Window(), box), ((2.0, (255, 255, 255), 1.0),), pattern)


def solid(box: Box) -> int:
    """How many pixels the same way has without a pattern."""
    path = np.linspace(-4, 7, 3), np.linspace(-3, 6.1, 3)
    trail = white(path, box, None)
    list(trail.step(Fraction(2)))
    planes = np.zeros((3, box.bottom, box.right), np.float32)
    trail.paint(box, planes)
    return int((planes[0] > 128).sum())


def labelled(*labels: str) -> tuple[Run, ...]:
    """Runs with these labels, each with settings of its own."""
    return tuple(Run(label, SGD(lr=0.01 * (i + 1))) for i, label in enumerate(labels))


def planned(scene: Scene) -> Layout:
    """The plan of a scene."""
    return Renderer(scene, fabricated.recording(scene)).layout


def signs(plan: Layout) -> list[int]:
    """The looks in a legend, in their order."""
    return [mark.marker for mark in plan.marks if isinstance(mark.marker, int)]


def test_more_than_24_runs_need_panels() -> None:
    """What cannot be told apart is refused where it is declared; without labels, or on several panels, it is not."""
    many = labelled(*(f"run {i}" for i in range(25)))
    with pytest.raises(SceneError, match=r"test_runs\.py:\d+: Scene: 25 labelled runs .*24.*several panels"):
        Scene(optimizer=many)
    with pytest.raises(SceneError, match="25 labelled runs"):
        Scene(panels=(Panel(loss="MSELoss"), Panel(loss="L1Loss", optimizer=many)))
    Scene(optimizer=many[:24])
    Scene(optimizer=tuple(Run("", run.optimizer) for run in many))
    halves = Scene(panels=(Panel(title="one", optimizer=many[:13]), Panel(title="two", optimizer=many[13:])))
    assert not [lost for lost in planned(halves).lost if "legend" in lost]


def test_a_label_has_one_look_on_all_panels() -> None:
    """Where panels have other runs, a look stands for a label, not for a place in the order; the legend has all."""
    plan = planned(Scene(panels=tuple(Panel(title=title, optimizer=labelled(*runs)) for title, runs in
                                      (("A", "ab"), ("B", "cb"), ("C", "c")))))  # fmt: skip
    assert plan.markers == ((0, 1), (2, 1), (2,))
    assert {0, 1, 2} <= set(signs(plan))
    assert {"a", "b", "c"} <= {word.text for word in plan.words}


def test_a_single_label_is_shown() -> None:
    """A run with a name is named, also where it is alone."""
    plan = planned(Scene(optimizer={"Polyak's": SGD(lr=0.1, momentum=0.9)}))
    assert "Polyak's" in {word.text for word in plan.words} and signs(plan) == [0]


def test_more_labels_than_looks_are_told_panel_by_panel() -> None:
    """With 30 labels on two panels, the legend repeats the looks under each panel's title."""
    panels = tuple(Panel(title=f"panel {k}", optimizer=labelled(*(f"{k}{i}" for i in range(15)))) for k in "AB")
    plan = planned(Scene(panels=panels, video=fabricated.scene((1280, 720)).video))
    assert signs(plan)[:30] == [*range(15)] * 2
    assert sum(word.text in ("panel A", "panel B") for word in plan.words) == 4


COMPANIONS = ("fit", "loss")


def heads(plan: Layout) -> set[str]:
    """The names that stand over the companions."""
    over = [(word, plot.box) for word in plan.words for plot in plan.plots if word.bold]
    return {
        word.text
        for word, box in over
        if box.top - plan.em < word.y < box.top and -5 * plan.em < word.x - box.left <= 0
    }


def test_companions_say_which_panel_they_show() -> None:
    """With several runs on several panels, the first panel's are drawn, and the frame says so."""
    scene = replace(fabricated.scene((1280, 720), panels=2, runs=3), companions=COMPANIONS)
    plan = planned(scene)
    assert [(s.panel, s.run, s.marker) for s in plan.plots[1].series] == [(0, 0, 0), (0, 1, 1), (0, 2, 2)]
    assert heads(plan) == {"Loss of MSE above its minimum", "Data, lines of MSE"}
    one = planned(replace(fabricated.scene((1280, 720), panels=1, runs=3), companions=COMPANIONS))
    assert heads(one) == {"Loss above its minimum", "The line that each run fits"}


def test_companions_show_runs_of_all_panels_where_looks_tell_them() -> None:
    """Other runs on each panel are told apart by their labels, so all are drawn; a panel without runs has none."""
    panels = tuple(Panel(title=f"panel of {runs}", optimizer=labelled(*runs)) for runs in ("", "ab", "c"))
    plan = planned(Scene(panels=panels, companions=COMPANIONS))
    assert [(s.panel, s.run, s.marker) for s in plan.plots[1].series] == [(1, 0, 0), (1, 1, 1), (2, 0, 2)]
    assert heads(plan) == {"Loss above its minimum", "The line that each run fits"}


@pytest.mark.long
def test_companions_of_many_panels_show_all_that_have_a_look() -> None:
    """Seven panels have seven curves, with the signs that stand before their titles; of 30, 24 have one."""
    seven = planned(replace(fabricated.scene((1920, 1080), panels=7), companions=("loss",)))
    assert [series.marker for series in seven.plots[0].series] == list(range(7)) == signs(seven)
    many = planned(replace(fabricated.scene((3840, 2160), panels=30), companions=("loss",)))
    assert len(many.plots[0].series) == 24 == len(signs(many))
    assert heads(many) == {"24 of 30 panels"}  # without room for "above min."


def test_companions_draw_every_run_of_a_fan() -> None:
    """Runs without labels look alike on the panel and in the companions, and none is left out."""
    fan = tuple(Run("", SGD(0.1)) for _ in range(25))
    for panels in (1, 2):
        scene = replace(fabricated.scene((1280, 720), panels=panels), optimizer=fan, companions=("loss",))
        series = planned(scene).plots[0].series
        assert len(series) == 25 * panels and {s.marker for s in series} == set(range(panels))
    huge = replace(fabricated.scene((1280, 720), panels=6), optimizer=fan, companions=("loss",))
    assert heads(planned(huge)) == {"Loss of 100 of 150 runs above its minimum"}
