"""What stands where, with a value known from elsewhere: cursors of losses, states of runs, tall frames, companions."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from animgd import SGD, Point, Scene, record
from animgd.drawing.readings.state import OFF, states
from animgd.drawing.renderer import Renderer, areas, plan
from animgd.frame import Box, Pixels
from animgd.graphics.theme import theme_of
from animgd.layout.elements import StateField
from animgd.recording.model import Recording
from animgd.scene.style import THEMES
from tests import fabricated


def straight(losses: list[float]) -> tuple[Scene, Recording]:
    """One panel whose run stands still while its loss takes these values, an epoch each; the scale is 1 to 10,000."""
    scene = fabricated.scene((1280, 720), panels=1, epochs=len(losses) - 1, fps=4, epochs_per_second=2)
    recording = fabricated.recording(scene, [(np.full(len(losses), 3.0), np.full(len(losses), 3.0))])
    panel = recording.panels[0]
    land = replace(panel.landscape, loss=np.geomspace(1, 1e4, 25).reshape(5, 5))
    run = replace(panel.runs[0], loss=np.array(losses))
    return scene, replace(recording, panels=(replace(panel, landscape=land, runs=(run,)),))


def cursor(renderer: Renderer, pixels: Pixels, color: tuple[int, int, int]) -> list[int]:
    """The rows with the colour in the gap left of the first panel's bar, at the columns of a cursor's tip."""
    bar = renderer.layout.panels[0].bar
    gap = pixels[bar.top - 10 : bar.bottom + 10, bar.left - 4 : bar.left - 2].astype(int)
    return (np.flatnonzero((np.abs(gap - np.array(color)).max(2) < 60).any(1)) + bar.top - 10).tolist()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_cursor_stands_at_the_loss_on_its_bar(theme: str) -> None:
    """Its tip is at log(loss / low) of the bar's height, at most at its end, and stands still between epochs."""
    losses = [1e4, 100.0, 10.0, 1.0, 1e6]
    scene, recording = straight(losses)
    scene = replace(scene, style=replace(scene.style, theme=theme))
    renderer = Renderer(scene, recording)
    bar, color = renderer.layout.panels[0].bar, theme_of(scene.style).points[0]
    assert renderer.layout.panels[0].scale is not None and renderer.layout.panels[0].scale.log
    for number in range(renderer.timeline.count):
        epoch = int(renderer.timeline.moment(number))
        part = min(1.0, math.log10(losses[epoch]) / 4)
        rows = cursor(renderer, renderer.frame(number), color)
        assert abs((rows[0] + rows[-1] + 1) / 2 - (bar.bottom - part * (bar.bottom - bar.top))) <= 0.75, number


def test_no_cursor_outside_of_the_map_or_on_small_frames() -> None:
    """A run that left the map has no cursor, and frames below 400 pixels have none."""
    scene = fabricated.scene((1280, 720), panels=1, epochs=8)
    recording = fabricated.recording(scene, [fabricated.leaving(8)])
    renderer, color = Renderer(scene, recording), theme_of(scene.style).points[0]
    seen = {}
    for number in range(renderer.timeline.count):
        seen[int(renderer.timeline.moment(number))] = bool(cursor(renderer, renderer.frame(number), color))
    bias = recording.panels[0].runs[0].bias
    assert seen == {epoch: bool(-5 <= bias[epoch] <= 8) for epoch in range(9)}
    assert set(seen.values()) == {False, True}
    for size, count in (((640, 360), 0), ((640, 400), 1)):
        other = fabricated.scene(size, panels=1)
        layout = plan(other, fabricated.recording(other), size)
        bar = layout.panels[0].bar
        gap = Box(bar.left - 3, bar.top, bar.left - 1, bar.bottom)
        assert sum(area.box.holds(gap) for area in areas(other, fabricated.recording(other), layout)) == count


def test_states_of_a_run_agree_everywhere() -> None:
    """Beside the panel's name and in the table of losses: off the map while it is outside, diverged from then on."""
    scene = fabricated.scene((1280, 720), panels=2, epochs=8)
    walks = [fabricated.leaving(8), fabricated.exploding(8)]
    recording = fabricated.recording(scene, walks)
    box = Box(0, 0, 288, 288)
    left, gone = (states(scene, recording, panel, box) for panel in (0, 1))
    assert left is not None and gone is not None and left.leaves and gone.leaves
    for epoch, bias in enumerate(recording.panels[0].runs[0].bias):
        assert left.at(epoch) == left.since(epoch) == ("" if -5 <= bias <= 8 else OFF)
    diverged = recording.panels[1].runs[0].diverged_at
    assert diverged is not None
    assert [gone.at(epoch) for epoch in range(diverged, 9)] == [f"diverged at {diverged}"] * (9 - diverged)
    assert [gone.since(epoch) for epoch in range(9)] == [gone.at(epoch) for epoch in range(9)]
    assert gone.at(diverged - 1) == OFF


@pytest.mark.parametrize("theme", THEMES)
def test_states_appear_at_whole_epochs(theme: str) -> None:
    """In the pixels: both places are empty before, and change together, in the first frame of an epoch."""
    scene = fabricated.scene((1280, 720), panels=1, epochs=8, theme=theme)
    recording = fabricated.recording(scene, [fabricated.leaving(8)])
    renderer = Renderer(scene, recording)
    layout, page = renderer.layout, theme_of(scene.style).page
    field, row = layout.panels[0].state, layout.bars[0].settled
    assert field is not None and isinstance(row, StateField)
    outside = [not -5 <= bias <= 8 for bias in recording.panels[0].runs[0].bias]
    for number in range(renderer.timeline.count):
        pixels = renderer.frame(number)
        inked = [(pixels[box.slices] != np.array(page)).any() for box in (field.box, row.box)]
        assert inked == [outside[int(renderer.timeline.moment(number))]] * 2


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (960, 540)])
def test_companions_below_the_text_leave_the_maps_their_size(size: tuple[int, int]) -> None:
    """In a wide frame, panels are as large as in the film without companions (the table may be a bit wider)."""
    bare = fabricated.scene(size)
    walks = [fabricated.spiral(12)]
    usual = plan(bare, fabricated.recording(bare, walks), size)
    for companions in (("loss",), ("fit",), ("fit", "loss")):
        scene = replace(bare, companions=companions)
        layout = plan(scene, fabricated.recording(scene, walks), size)
        for with_companions, without in zip(layout.panels, usual.panels, strict=True):
            assert 1 <= with_companions.box.width / without.box.width <= 1.05
        assert [plot.kind for plot in layout.plots] == list(companions)
        assert max(plot.room.right for plot in layout.plots) < min(panel.box.left for panel in layout.panels)
        assert layout.counter is not None and layout.counter.number.y < min(plot.box.top for plot in layout.plots)


@pytest.mark.parametrize("size", [(720, 1280), (1080, 1920)])
def test_losses_and_the_rule_stand_below_the_panels_of_a_tall_frame(size: tuple[int, int]) -> None:
    """From above: title, epoch, panels, losses, update rule; the panels are not in the middle of empty space."""
    scene = fabricated.scene(size)
    layout = plan(scene, fabricated.with_terms(fabricated.recording(scene)), size)
    ends = [max(panel.box.bottom for panel in layout.panels)]
    losses = [cells.box for values in layout.values for cells, _ in values]
    terms = [cells.box for term in layout.rule for cells in term.numbers]
    assert len(losses) == 4 and len(layout.bars) == 4 and len(terms) == 6
    ends += [min(box.top for box in losses), max(box.bottom for box in losses), min(box.top for box in terms)]
    assert all(a < b for a, b in itertools.pairwise(ends))
    assert layout.counter is not None and layout.counter.number.y < min(panel.box.top for panel in layout.panels)
    titles = [word.y for word in layout.words if word.text == scene.title]
    assert titles and min(panel.box.top for panel in layout.panels) - titles[0] < 0.15 * size[1]


def test_a_real_run_that_leaves_says_so_in_both_places() -> None:
    """Trained, not made up: a learning rate of 1.2 throws the weight off the map of MSE, and the run diverges."""
    scene = Scene(optimizer=SGD(lr=1.2), losses=("MSELoss",), epochs=60, start=Point(weight=6, bias=-3), resolution=5)
    recording = record(scene)
    found = states(scene, recording, 0, Box(0, 0, 288, 288))
    assert found is not None
    told = [found.at(epoch) for epoch in range(61)]
    assert [found.since(epoch) for epoch in range(61)] == ["" if text.startswith("→") else text for text in told]
    diverged = recording.panels[0].runs[0].diverged_at
    assert diverged is not None and told[-1] == f"diverged at {diverged}" and OFF in told[:diverged]
