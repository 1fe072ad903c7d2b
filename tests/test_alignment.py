"""What stands in line with what, and where room that is left over goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from animgd import SGD, Run, Window
from animgd.drawing.overlays.point import nested
from animgd.drawing.renderer import contexts, plan
from animgd.graphics.text import width
from animgd.layout import Layout
from animgd.scene.scene import Scene
from tests import fabricated

SIZES = ((1280, 720), (1080, 1080), (720, 1280), (480, 270))


def planned(scene: Scene, *paths: fabricated.Path) -> Layout:
    """The layout of a scene with a made-up recording."""
    recording = fabricated.with_terms(fabricated.recording(scene, paths))
    return plan(scene, recording, (scene.video.width, scene.video.height))


@pytest.mark.parametrize("size", SIZES)
def test_a_companion_without_maps_begins_below_the_title(size: tuple[int, int]) -> None:
    """Its heading is flush with the title, or in a column of its own."""
    scene = replace(fabricated.scene(size), heatmaps=False, companions=("fit",))
    title, heading = [word for word in planned(scene).words if word.bold][:2]
    lefts = {word.x for word in planned(scene).words if word.bold}
    assert title.x >= 0.8 * planned(scene).em and heading.x >= 0.8 * planned(scene).em
    assert len(lefts) == 1 or max(lefts) > size[0] / 4


@pytest.mark.parametrize("runs", [1, 25])
def test_a_tall_film_begins_at_the_top(runs: int) -> None:
    """Also one without a table or an update rule; its legend follows the maps."""
    scene = fabricated.scene((720, 1280), panels=1)
    if runs > 1:
        scene = replace(scene, optimizer=tuple(Run("", SGD(0.1)) for _ in range(runs)))
    layout = planned(scene)
    assert layout.progress and layout.panels[0].box.top - layout.progress.bottom < 3 * layout.em
    marks = [mark for mark in layout.marks if mark.marker == "minimum"]
    assert all(mark.y - layout.panels[0].box.bottom < 5 * layout.em for mark in marks) and (marks or runs == 1)


@pytest.mark.parametrize(("size", "runs"), [((1280, 720), 6), ((704, 396), 3), ((640, 360), 2)])
def test_runs_of_a_table_are_listed_once(size: tuple[int, int], runs: int) -> None:
    """Where it has no room for their settings, these stand behind the markers alone: no label is said again."""
    optimizers = {f"run {m}": SGD(0.1 + m, momentum=0.9) for m in range(runs)}
    layout = planned(replace(fabricated.scene(size, panels=1), optimizer=optimizers), fabricated.spiral(12))
    words = [word.text.replace("\u00a0", " ") for word in layout.words]
    assert layout.lost == []
    for m in range(runs):
        assert words.count(f"run {m}") == 1 and sum(f"lr {m}.1" in word for word in words) == 1


def test_the_heads_of_a_table_are_apart() -> None:
    """Their words do not read as one line, however small the frame is."""
    for size in [(704, 396), (640, 360), (540, 960), (1280, 720)]:
        runs = {"plain": SGD(0.1), "momentum": SGD(0.1, momentum=0.9)}
        layout = planned(replace(fabricated.scene(size, panels=1), optimizer=runs), fabricated.spiral(12))
        first = next(word for word in layout.words if word.text.startswith("loss above"))
        heads = [word for word in layout.words if word.x == first.x and 0 <= word.y - first.y < 2 * layout.tick]
        (loss,) = (word for word in layout.words if word.text == "loss" and word.y == heads[-1].y)
        head = max(heads, key=lambda word: width(word.text, word.size))
        assert head.x + width(head.text, head.size) + 0.9 * layout.tick <= loss.x - width("loss", loss.size), size


def test_the_update_rule_is_worth_smaller_panels() -> None:
    """Panels wider than high would be larger below the text, which leaves no room for losses as bars and the rule."""
    scene = replace(fabricated.scene((1280, 720)), window=Window(bias=(-5.5, 10.0), weight=(-4.5, 6.5)))
    layout = planned(scene, fabricated.spiral(12))
    assert layout.rule and layout.bars


def test_texts_of_small_frames_are_as_large_as_they_can_be() -> None:
    """They shrink a pixel at a time until nothing is left out, and not at all where that would gain nothing."""
    for size, em in (((480, 270), 12), ((400, 225), 11)):
        layout = planned(fabricated.scene(size, panels=1, runs=3))
        assert layout.em == em and layout.lost == []


def test_points_that_nest_leave_most_of_a_small_panel_free() -> None:
    """Three points on one place take less than two fifths of a small panel's side."""
    for size in SIZES[0], SIZES[3]:
        scene = fabricated.scene(size, runs=3)
        recording = fabricated.recording(scene)
        context = contexts(scene, recording, plan(scene, recording, size))[0]
        assert 0 < 2 * nested(context) < 0.4 * context.box.shorter
