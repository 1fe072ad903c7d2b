"""The pictures beside the grid: the line through the data, and the losses on their own axes."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch

from animgd import Function, Loss, Problem, Scene, record
from animgd.drawing.companions.link_function import link
from animgd.drawing.overlays import arrows, ghost
from animgd.drawing.renderer import Renderer, contexts
from animgd.errors import SceneError
from animgd.graphics.theme import THEMES
from animgd.layout import CompanionBox
from animgd.recording.model import Recording
from animgd.scene.optimizers import SGD
from animgd.scene.scene import Panel
from tests import fabricated

SIZES = [(640, 360), (1280, 720), (720, 720), (540, 960), (1920, 480)]


def scene(size: tuple[int, int] = (1280, 720), panels: int = 1, **fields: object) -> Scene:
    """A scene with both companions."""
    made = fabricated.scene(size, panels=panels)
    return replace(made, companions=("fit", "loss"), **fields)  # type: ignore[arg-type]


def at(plot: CompanionBox, x: float, y: float) -> tuple[int, int]:
    """The pixel (row, column) of a place on a companion, by its box and ranges alone."""
    height = math.log(y / plot.up[0]) / math.log(plot.up[1] / plot.up[0]) if plot.log else (
        (y - plot.up[0]) / (plot.up[1] - plot.up[0])
    )  # fmt: skip
    column = plot.box.left + (x - plot.across[0]) / (plot.across[1] - plot.across[0]) * (plot.box.right - plot.box.left)
    return math.floor(plot.box.bottom - height * (plot.box.bottom - plot.box.top)), math.floor(column)


def near(pixels: np.ndarray, row: int, column: int, color: tuple[int, int, int], reach: int = 1) -> bool:
    """Whether a pixel next to the place has nearly the colour."""
    part = pixels[row - reach : row + reach + 1, column - reach : column + reach + 1].astype(int)
    return bool((np.abs(part - np.array(color)).max(axis=2) <= 40).any())


def staged(kind: str) -> tuple[Renderer, Recording, CompanionBox]:
    """The film with both companions, and where one of them stands."""
    wanted = scene()
    recording = fabricated.recording(wanted)
    renderer = Renderer(wanted, recording)
    return renderer, recording, next(plot for plot in renderer.layout.plots if plot.kind == kind)


@pytest.mark.parametrize("moment", [0, 3, 6, 12])
def test_the_line_goes_where_weight_and_bias_put_it(moment: int) -> None:
    """At each epoch the line's colour is at weight · x + bias, all along the plot, and not well above or below."""
    renderer, recording, plot = staged("fit")
    frame = next(k for k in range(renderer.timeline.count) if renderer.timeline.moment(k) == moment)
    pixels, run = renderer.frame(frame), recording.panels[0].runs[0]
    color, seen = THEMES["light"].lines[0], 0
    for x in np.linspace(plot.across[0], plot.across[1], 40)[1:-1]:
        y = run.weight[moment] * x + run.bias[moment]
        row, column = at(plot, float(x), float(y))
        if plot.box.top + 3 < row < plot.box.bottom - 3:
            seen += 1
            assert near(pixels, row, column, color)
            away = row - 14 if row - 14 > plot.box.top else row + 14
            assert not near(pixels, away, column, color, 0)
    assert seen > 3


def test_residuals_reach_from_points_to_the_line() -> None:
    """Half way between a point and the first line, the residual's tint is seen."""
    renderer, recording, plot = staged("fit")
    pixels, run = renderer.frame(0), recording.panels[0].runs[0]
    assert recording.points is not None
    tinted = 0
    for x, y in recording.points.T:
        middle = (y + run.weight[0] * x + run.bias[0]) / 2
        row, column = at(plot, float(x), float(middle))
        if plot.box.top < row < plot.box.bottom and abs(at(plot, x, y)[0] - row) > 8:
            tinted += 1
            assert tuple(pixels[row, column]) != THEMES["light"].plot
    assert tinted > 3


LABELS = ((0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5), (0, 0, 0, 1, 0, 1, 0, 1, 1))  # hours of work, passed


def logistic(loss: object = "BCEWithLogitsLoss", **fields: object) -> Scene:
    """A fit to labels 0 and 1."""
    plain = fabricated.scene((1280, 720), panels=1)
    return replace(plain, problem=Problem(*LABELS), panels=(Panel(loss=loss),), companions=("fit",), **fields)  # type: ignore[arg-type]


def bent(wanted: Scene, paths: list[tuple[np.ndarray, np.ndarray]]) -> Recording:
    """A recording of these paths, with the labels as data."""
    return replace(fabricated.recording(wanted, paths), points=np.array(LABELS, float))


def drawn(pixels: np.ndarray, plot: CompanionBox, column: int) -> float:
    """Where the first line crosses a column. Units: y of the data."""
    strip = pixels[plot.box.top : plot.box.bottom, column].astype(int)
    rows = np.flatnonzero(np.abs(strip - np.array(THEMES["light"].lines[0])).max(axis=1) <= 40)
    height = 1 - (rows.mean() + 0.5) / (plot.box.bottom - plot.box.top)
    return plot.up[0] + height * (plot.up[1] - plot.up[0])


def test_a_logistic_fit_crosses_a_half_at_its_boundary() -> None:
    """Under BCEWithLogitsLoss the sigmoid is drawn: .5 at -bias / weight, 2.377 here, and right heights elsewhere."""
    wanted = logistic(epochs=12)
    weight, bias = np.full(13, 1.9), np.full(13, -1.9 * 2.377)
    renderer = Renderer(wanted, bent(wanted, [(weight, bias)]))
    pixels, plot = renderer.frame(0), renderer.layout.plots[0]
    for x, y in ((2.377, 0.5), (0.7, None), (1.8, None), (3.1, None), (4.4, None)):
        _, column = at(plot, x, 0.5)
        x = plot.across[0] + (column + 0.5 - plot.box.left) / (plot.box.right - plot.box.left) * np.ptp(plot.across)  # noqa: PLW2901
        sigmoid = 1 / (1 + math.exp(-1.9 * (x - 2.377)))
        assert drawn(pixels, plot, column) == pytest.approx(sigmoid, abs=0.008)
        assert y is None or sigmoid == pytest.approx(y, abs=0.01)
    line = 1.9 * (4.4 - 2.377)
    assert not near(pixels, *at(plot, 2.6, line / 4), THEMES["light"].lines[0]), "not the line of the logits"


def test_residuals_reach_to_the_curve() -> None:
    """The residual of a label ends at the sigmoid, not at the line of the logits."""
    wanted = logistic(epochs=12)
    renderer = Renderer(wanted, bent(wanted, [(np.full(13, 1.0), np.full(13, -4.0))]))
    pixels, plot = renderer.frame(0), renderer.layout.plots[0]
    for x, low, high in ((2.0, 0.2, 0.9), (4.5, 0.7, 0.95)):  # labels 1, the curve at .12 and .62
        rows = [at(plot, x, y)[0] for y in np.linspace(low, high, 9)]
        column = at(plot, x, 0)[1]
        assert all((pixels[row, column : column + 2] != THEMES["light"].plot).any() for row in rows)
    row, column = at(plot, 2.0, 0.05)
    assert (pixels[row, column] == THEMES["light"].plot).all()


@pytest.mark.parametrize("loss", ["BCEWithLogitsLoss", "PoissonNLLLoss", "SoftMarginLoss"])
def test_curves_drawn_piece_by_piece_equal_curves_from_nothing(loss: str) -> None:
    """Whatever a run does, the fast frame is the plain one, byte for byte; straight lines may stand beside."""
    wanted = replace(logistic(), panels=(Panel(loss=loss), Panel(loss="MSELoss"), Panel(loss=loss)))
    paths = [fabricated.spiral(12), fabricated.spiral(12, 1.0), fabricated.exploding(12)]
    recording = bent(wanted, paths)
    fast, number = Renderer(wanted, recording), 0
    for frame in fast.frames():
        assert np.array_equal(frame.pixels, fast.frame(number))
        number += frame.periods


def test_a_steep_curve_is_as_thick_as_a_flat_one() -> None:
    """Where the sigmoid jumps within a pixel, the stroke is drawn upright and without gaps."""
    wanted = logistic()
    renderer = Renderer(wanted, bent(wanted, [(np.full(13, 4000.0), np.full(13, -4000 * 2.25))]))
    pixels, plot = renderer.frame(0), renderer.layout.plots[0]
    color = np.array(THEMES["light"].lines[0])
    for y in np.linspace(0.1, 0.9, 17):
        row, column = at(plot, 2.25, float(y))
        strip = np.abs(pixels[row, column - 5 : column + 6].astype(int) - color).max(axis=1)
        assert 2 <= (strip <= 40).sum() <= 5


def kind(loss: object) -> str:
    """The name of a loss's link, as the line 0.5 · x shows it at x = 2."""
    found = link(logistic(loss).grid[0].loss)
    if found is None:
        return "line"
    values = {"sigmoid": 1 / (1 + math.exp(-1)), "tanh": math.tanh(0.5), "exp": math.e}
    return next(name for name, value in values.items() if found(np.array([1.0]))[0] == pytest.approx(value))


def test_losses_have_the_link_that_torch_documents() -> None:
    """By name, as an instance, as a subclass and as a function; settings are heeded; other losses have a line."""
    own = type("Own", (torch.nn.BCEWithLogitsLoss,), {})
    for loss, name in [
        ("BCEWithLogitsLoss", "sigmoid"), (torch.nn.BCEWithLogitsLoss(), "sigmoid"), (own(), "sigmoid"),
        (torch.nn.functional.binary_cross_entropy_with_logits, "sigmoid"), ("SoftMarginLoss", "tanh"),
        ("PoissonNLLLoss", "exp"), (Loss("PoissonNLLLoss", log_input=False), "line"),
        (torch.nn.PoissonNLLLoss(log_input=False), "line"), (torch.nn.PoissonNLLLoss(), "exp"),
        (Loss(torch.nn.functional.poisson_nll_loss, log_input=False), "line"), ("KLDivLoss", "exp"),
        (Loss("KLDivLoss", log_target=True), "line"), ("MSELoss", "line"), ("HuberLoss", "line"),
        (lambda p, t: (p - t).abs().mean(), "line"),
    ]:  # fmt: skip
        assert kind(loss) == name, loss


def test_the_curve_grows_to_the_cursor() -> None:
    """At an epoch the curve of the loss above its minimum is drawn up to it and not beyond; the cursor stands at it."""
    renderer, recording, plot = staged("loss")
    assert plot.log
    frame = next(k for k in range(renderer.timeline.count) if renderer.timeline.moment(k) == 6)
    pixels, above = renderer.frame(frame), recording.panels[0].runs[0].loss - recording.panels[0].minima[0].loss
    color = THEMES["light"].lines[0]
    for epoch in range(13):
        row, column = at(plot, epoch, float(above[epoch]))
        assert near(pixels, min(row, plot.box.bottom - 2), column, color) == (epoch <= 6)
    row, column = at(plot, 6, plot.up[1])
    assert tuple(pixels[plot.box.top + 4, column]) != THEMES["light"].plot
    assert tuple(pixels[plot.box.top + 4, column + 12]) == THEMES["light"].plot


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("heatmaps", [True, False])
def test_they_stand_beside_below_or_alone(size: tuple[int, int], heatmaps: bool) -> None:
    """In any frame grid and companions have room, overlap nowhere, and stay inside."""
    wanted = scene(size, panels=4, heatmaps=heatmaps)
    renderer = Renderer(wanted, fabricated.recording(wanted))
    boxes = [place.box for place in renderer.layout.pictures]
    assert len(boxes) == (6 if heatmaps else 2)
    for i, box in enumerate(boxes):
        assert 0 <= box.left < box.right <= size[0] and 0 <= box.top < box.bottom <= size[1]
        for other in boxes[i + 1 :]:
            apart = (
                box.right <= other.left or other.right <= box.left or box.bottom <= other.top or other.bottom <= box.top
            )
            assert apart


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e308, -1e308, 0.0, 5e-324])
def test_they_survive_any_number(value: float) -> None:
    """Whatever a run's numbers become, every frame is drawn, and fast equals plain."""
    wanted = scene((640, 360), panels=2)
    weight, bias = fabricated.spiral(12)
    weight[7:], bias[9:] = value, value
    recording = fabricated.recording(wanted, [(weight, bias), fabricated.spiral(12, 1.0)])
    fast, number = Renderer(wanted, recording), 0
    for frame in fast.frames():
        assert np.array_equal(frame.pixels, fast.frame(number))
        number += frame.periods


def test_losses_that_reach_zero_have_a_linear_axis() -> None:
    """Where no minimum is known: a logarithm of zero cannot be drawn."""
    wanted = scene((640, 360))
    recording = fabricated.recording(wanted)
    run = recording.panels[0].runs[0]
    zero = replace(run, loss=run.loss - run.loss.min())
    for minima, log in (((), False), (recording.panels[0].minima, True)):
        panel = replace(recording.panels[0], runs=(zero,), minima=minima)
        layout = Renderer(wanted, replace(recording, panels=(panel,))).layout
        assert next(plot for plot in layout.plots if plot.kind == "loss").log == log
        assert any(word.text.startswith("Loss above") for word in layout.words) == log


def test_a_step_that_is_frozen_stays_frozen() -> None:
    """After a run diverged, its line stays where it was last finite."""
    wanted = scene((640, 360))
    recording = fabricated.recording(wanted, [fabricated.exploding(12)])
    assert recording.panels[0].runs[0].diverged_at is not None
    renderer = Renderer(wanted, recording)
    plot = next(plot for plot in renderer.layout.plots if plot.kind == "fit")
    rows, columns = plot.box.slices
    last = [renderer.frame(renderer.timeline.count - k)[rows, columns] for k in (1, 6)]
    assert np.array_equal(*last)


def test_what_cannot_accompany_is_refused() -> None:
    """A misspelt companion, a fit without data, and nothing at all to show are errors that say so."""
    with pytest.raises(SceneError, match="'fit', 'loss', 'lr', 'gradient'"):
        Scene(companions=("fits",))
    with pytest.raises(SceneError, match="needs data"):
        Scene(problem=Function("rosenbrock"), companions=("fit",))
    with pytest.raises(SceneError, match="needs companions"):
        Scene(heatmaps=False)


def test_panels_and_lines_share_a_sign() -> None:
    """With one run a panel, the sign beside a panel's title is that of its point and of its line."""
    wanted = scene(panels=3)
    renderer = Renderer(wanted, fabricated.recording(wanted))
    assert renderer.layout.marked
    assert [series.marker for series in renderer.layout.plots[0].series] == [0, 1, 2]
    assert sorted(mark.marker for mark in renderer.layout.marks if isinstance(mark.marker, int)) == [0, 1, 2]


def test_runs_of_one_panel_are_told_apart_as_on_the_panel() -> None:
    """With several runs on one panel, each has its line, in the order of the legend."""
    wanted = fabricated.scene((1280, 720), panels=1, runs=3)
    wanted = replace(wanted, companions=("fit",))
    renderer = Renderer(wanted, fabricated.recording(wanted))
    assert [(series.run, series.marker) for series in renderer.layout.plots[0].series] == [(0, 0), (1, 1), (2, 2)]


def test_a_ghost_is_drawn_under_the_run_with_its_distance() -> None:
    """The ghost's finished path is on the still picture, and the number in the panel is the distance of the two."""
    wanted = replace(fabricated.scene((640, 360), panels=1), ghost=SGD(0.1))
    recording: Recording = fabricated.recording(wanted)
    with_ghost, without = Renderer(wanted, recording), Renderer(replace(wanted, ghost=None), _exorcised(recording))
    rows, columns = with_ghost.layout.panels[0].box.slices
    assert (with_ghost.still[rows, columns] != without.still[rows, columns]).any()
    path, run = recording.panels[0].ghost, recording.panels[0].runs[0]
    assert path is not None
    context = contexts(wanted, recording, with_ghost.layout)[0]
    away = math.hypot(run.weight[4] - path.weight[4], run.bias[4] - path.bias[4])
    assert ghost.Ghost(context, run, path).gap(4) == f"{away:.2f} apart"


def test_the_distance_of_a_ghost_stands_beside_the_arrows() -> None:
    """Its number covers neither the point nor an arrow of the step, at any epoch of the overshoot."""
    wanted = Scene(ghost=SGD(0.1, momentum=0.9), epochs=40, resolution=5)
    wanted = wanted.replace(optimizer=SGD(0.1, momentum=0.9, nesterov=True))
    recording = record(wanted)
    context = contexts(wanted, recording, Renderer(wanted, recording).layout)[0]
    (drawn,), pointing = ghost.overlays(context), list(arrows.reach(context))
    shown = 0
    for epoch in range(20):
        list(drawn.step(Fraction(epoch)))
        if "apart" in drawn.gap(epoch) and len(drawn.stamps) > 4:
            box, shown = drawn.stamps[-1][0].box, shown + 1
            places = [context.paths[0].at(Fraction(epoch)), *(end[epoch] for _, end in pointing)]
            assert not any(box.left <= x < box.right and box.top <= y < box.bottom for x, y in places), epoch
    assert shown > 10


def _exorcised(recording: Recording) -> Recording:
    return replace(recording, panels=tuple(replace(panel, ghost=None) for panel in recording.panels))


def test_a_scene_without_runs_is_a_still() -> None:
    """A panel without runs is a landscape alone: no counter, no start, one moment."""
    wanted = Scene(title="", optimizer=(), panels=(Panel(loss="MSELoss"),), epochs=1)
    renderer = Renderer(wanted, fabricated.recording(wanted))
    frames = [frame.pixels.copy() for frame in renderer.frames()]
    assert all(np.array_equal(frames[0], frame) for frame in frames)
    assert renderer.layout.counter is None
