"""The arrows of a step's terms: at the point, in proportion, and gone when the run has settled."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch

from animgd import SGD, Function, Optimizer, Point, Run, Scene, Schedule, Style, Video, Window, record
from animgd.drawing.overlays.arrows import HEAD, LONGEST, factor, legend, note, overlays, panel_vectors, shown
from animgd.drawing.readings.readout import Digits
from animgd.drawing.readings.rule import numbers, rule
from animgd.drawing.readings.state import States
from animgd.drawing.renderer import Renderer, contexts
from animgd.frame import Box
from animgd.graphics.theme import theme_of
from animgd.graphics.transform import AxesTransform
from animgd.recording.diagnostics import declared
from animgd.recording.settling import settled_step
from animgd.scene.scene import AnyOptimizer

MOMENTUM = Scene(title="T", optimizer=SGD(lr=0.1, momentum=0.9), epochs=100)
BOX = Box(0, 0, 288, 288)


@pytest.mark.parametrize("optimizer", [SGD(lr=0.1, momentum=0.9), SGD(lr=0.05, momentum=0.9, nesterov=True),
                                       SGD(lr=0.1, weight_decay=0.3), Optimizer("Adam", lr=0.3)])  # fmt: skip
def test_the_sum_of_the_arrows_is_the_step(optimizer: SGD | Optimizer) -> None:
    """The arrows together, divided by the panel's factor, lead from each recorded point to the next."""
    recorded = record(replace(MOMENTUM, optimizer=optimizer)).panels[0]
    path, window = recorded.runs[0], recorded.landscape.window
    times, vectors = panel_vectors(recorded, optimizer, BOX)
    x, y = AxesTransform(BOX, window.x, window.y).to_pixels(path.bias, path.weight)
    steps = np.diff(np.stack([x, y], 1), axis=0)
    sums = np.sum(list(vectors.values()), axis=0)[:-1]  # the last one is the step that would follow
    assert np.abs(sums / times - steps).max() < 1e-4  # pixels


def test_one_factor_a_panel() -> None:
    """The greatest factor with which no arrow is longer than 0.45 of the panel's side; 1 where all are too long."""
    short, far = np.array([[10.0, 0.0], [0.0, -3.0]]), np.array([[300.0, 0.0]])
    assert factor([short], np.array([True, True]), 300) == 12
    assert factor([far], np.array([True]), 300) == 1
    assert factor([np.concatenate([short, far])], np.array([True, True, False]), 300) == 12  # outside the window
    recording = record(MOMENTUM)
    told = [note(MOMENTUM, recording, i, BOX) for i in range(4)]
    assert [text for text, _ in told] == ["→ × 2", *["→ × 10"] * 3]
    assert all(10 < end < 100 for _, end in told)  # when all have become too short to be drawn
    for panel in recording.panels:
        _, vectors = panel_vectors(panel, SGD(lr=0.1, momentum=0.9), BOX)
        assert max(np.hypot(*each.T).max() for each in vectors.values()) <= LONGEST * BOX.width


def test_arrows_are_seen_until_the_run_settles() -> None:
    """In their theme's colours beside the point; none from the epoch on at which the run has settled."""
    scene = replace(MOMENTUM, video=Video(fps=4, epochs_per_second=4, hold_start=0, hold_end=0))
    recording = record(scene)
    renderer, theme = Renderer(scene, recording), theme_of(scene.style)
    end = settled_step(recording.panels[1], 0)
    assert end == 75
    for color in (theme.momentum, theme.downhill):
        for epoch, some in ((5, True), (20, True), (end, False), (100, False)):
            part = renderer.frame(epoch)[renderer.layout.panels[1].box.slices].astype(int)
            assert (np.abs(part - color).sum(2) < 12).any() == some, (epoch, color)


def test_who_shows_arrows() -> None:
    """By default one run a panel and up to four panels; `show` and `hide` change it; the seed theme has none."""
    several = {"a": SGD(lr=0.1), "b": SGD(lr=0.2)}
    assert shown(MOMENTUM) and not shown(replace(MOMENTUM, optimizer=several))
    assert not shown(replace(MOMENTUM, losses=("MSELoss",) * 5))
    assert not shown(replace(MOMENTUM, hide=("arrows",))) and not shown(replace(MOMENTUM, hide="all"))
    assert not shown(replace(MOMENTUM, style=Style("seed")))
    assert shown(replace(MOMENTUM, style=Style("seed"), show="arrows"))
    assert shown(replace(MOMENTUM, hide="all", show=("arrows",)))
    decayed = replace(MOMENTUM, optimizer=SGD(lr=0.1, weight_decay=0.1))
    assert [name for name, _ in legend(MOMENTUM)] == ["momentum", "downhill"]
    assert [name for name, _ in legend(decayed)] == ["downhill", "decay"]


def test_the_rule_has_the_numbers_of_the_step() -> None:
    """Its numbers change with the epoch, and only then."""
    scene = replace(MOMENTUM, video=Video(fps=8, epochs_per_second=4, hold_start=0, hold_end=0))
    renderer = Renderer(scene, record(scene))
    assert [term.name for term in renderer.layout.rule] == ["step", "momentum", "downhill"]
    boxes = [cells.box for term in renderer.layout.rule for cells in term.numbers]
    frames = [renderer.frame(number) for number in range(20, 26)]
    for number, (one, other) in enumerate(itertools.pairwise(frames), 20):
        changed = any((one[box.slices] != other[box.slices]).any() for box in boxes)
        assert changed == (int(renderer.timeline.moment(number)) != int(renderer.timeline.moment(number + 1)))


@pytest.mark.parametrize("nesterov", [False, True])
def test_the_numbers_of_the_rule_add_up_as_they_are_written(nesterov: bool) -> None:
    """Whoever adds the terms finds the step, at every epoch, within a digit of the recorded one."""
    scene = replace(MOMENTUM, optimizer=SGD(lr=0.1, momentum=0.9, nesterov=nesterov))
    recording = record(scene)
    path, renderer = recording.panels[0].runs[0], Renderer(scene, recording)
    shown = list(numbers(scene, recording, renderer.layout.rule, theme_of(scene.style)))
    for epoch in range(scene.epochs):
        written = [float(each._write(epoch).replace("−", "-")) for each in shown if isinstance(each, Digits)]
        for axis, values in enumerate((path.bias, path.weight)):
            step, *terms = written[axis::2]
            assert step == pytest.approx(sum(terms), abs=1e-9), epoch
            assert step == pytest.approx(float(values[epoch + 1] - values[epoch]), abs=0.011)


@pytest.mark.parametrize(
    ("size", "momentum", "power_in_words"),
    [(10_000, 0.95, ""), (1000, 0.95, ""), (1e9, 0.95, ", in 10⁸"), (5, 0.5, ""), (5e-6, 0.95, ", in 10⁻⁶")],
)
def test_a_step_is_written_with_digits_that_are_known(size: float, momentum: float, power_in_words: str) -> None:
    """However much larger the terms are: within two of its last digit of the recorded step; or that it is too large."""
    window = Window(x=(-size, size), y=(-size, size))
    bowl = Function(lambda x, y: (x**2 + y**2) / 2, name="bowl")
    start, optimizer = Point(x=0.6 * size, y=0.4 * size), SGD(0.3, momentum)
    scene = Scene(problem=bowl, window=window, start=start, optimizer=optimizer, epochs=40, resolution=11)
    recording = record(scene)
    layout = Renderer(scene, recording).layout
    shown, power = numbers(scene, recording, layout.rule, theme_of(scene.style)), 10.0 ** rule(scene, recording).power
    titles = [word.text for word in layout.words if word.text.startswith("The next step on bowl")]
    assert titles == [f"The next step on bowl{power_in_words}"]
    x, y = itertools.islice((each for each in shown if isinstance(each, Digits)), 2)
    for epoch in range(scene.epochs):
        for digits, values in ((x, recording.panels[0].runs[0].bias), (y, recording.panels[0].runs[0].weight)):
            text = digits._write(epoch).strip().replace("−", "-")
            step = float(values[epoch + 1] - values[epoch]) / power
            assert len(text) <= 6
            if text[0] in "<>":
                assert abs(step) >= 9999 and (step > 0) == (text[0] == ">")
            else:
                decimals = len(text.partition(".")[2])
                assert float(text) == pytest.approx(step, abs=2 * 10**-decimals), epoch


@pytest.mark.parametrize("start", [3.0, 0.0])
def test_a_gradient_that_is_no_number_has_no_arrow(start: float) -> None:
    """A run that lands where its loss has no slope is filmed with all that tells of it."""
    cone = Function(lambda x, y: torch.sqrt(x**2 + y**2), name="cone")
    scene = Scene(problem=cone, start=Point(x=start, y=0), optimizer=SGD(1), epochs=8, resolution=21)
    renderer = Renderer(scene.replace(window=Window(x=(-5, 5), y=(-5, 5))), record(scene))
    assert sum(frame.periods for frame in renderer.frames()) == renderer.timeline.count


def test_dampening_counts_under_a_cycle() -> None:
    """One that moves the momentum gives the optimizer one."""
    cycled = Schedule("OneCycleLR", max_lr=0.2)
    scene = Scene(title="", losses=("MSELoss",), optimizer=SGD(0.1, dampening=0.5), schedule=cycled, epochs=6)
    assert dict(rule(scene, record(scene)).terms)["downhill"] == "−lr · 0.5 · gradient"
    assert not any("dampening" in line for line in declared(scene))
    assert any("dampening" in line for line in declared(scene.replace(schedule=None)))


def test_the_points_of_the_rule_stand_still() -> None:
    """Two decimals leave the third its room."""
    recording = record(MOMENTUM)
    for digits in numbers(MOMENTUM, recording, Renderer(MOMENTUM, recording).layout.rule, theme_of(MOMENTUM.style)):
        points = set()
        for epoch in range(0, 101, 4):
            list(digits.step(Fraction(epoch)))
            points |= {x for letter, x, _ in digits._letters if letter == "."}
        assert len(points) == 1


def test_the_first_step_is_not_dampened() -> None:
    """Until it is made, the rule says so; then that the others are."""
    video = Video(fps=4, epochs_per_second=4, hold_start=0.5, hold_end=0, pace="linear")
    scene = replace(MOMENTUM, optimizer=SGD(lr=0.1, momentum=0.9, dampening=0.8), epochs=4, video=video)
    assert rule(scene, record(scene)).first == {"downhill": "−0.1 · gradient"}
    renderer = Renderer(scene, record(scene))
    (made,) = [term.made for term in renderer.layout.rule if term.name == "downhill"]
    assert made.text == "−0.02 · gradient"
    part = Box(made.x - 60, made.y - 12, made.x + 60, made.y + 4).slices
    first, second, third = (renderer.frame(renderer.timeline.first_frame(epoch))[part] for epoch in (0, 1, 2))
    assert (first != second).any() and (second == third).all()
    np.testing.assert_array_equal(second, renderer.still[part])


@pytest.mark.parametrize(
    ("optimizer", "clip", "expected"),
    [
        (SGD(0.1, 0.9), 0.7, ["", "0.9 · last step", "−0.1 · clipped gradient"]),
        (SGD(0.1, 0.9, weight_decay=0.5), None, ["", "0.9 · last step", "−0.1 · gradient", "−0.05·position"]),
        (SGD(0.1, 0.9, weight_decay=0.5), 0.7, ["", "0.9 · last step", "−0.1 · clipped", "−0.05 · position"]),
        (Optimizer("RMSprop", lr=0.05, momentum=0.9), None, ["", "0.9 · last step", "this gradient"]),
        (Optimizer("Adam", lr=0.05), 0.7, ["", "running mean", "clipped gradient"]),
        (Optimizer("SGD", lr=0.001, momentum=0.9, maximize=True), None, ["", "0.9 · last step", "0.001 · gradient"]),
    ],
)
def test_what_the_terms_are_made_of_is_said_whole(
    optimizer: AnyOptimizer, clip: float | None, expected: list[str]
) -> None:
    """In the longest words that have room; the gradient that is clipped is called so, and RMSprop's buffer no mean."""
    scene = Scene(title="", losses=("MSELoss",), optimizer=optimizer, clip=clip, epochs=3)
    assert [term.made.text for term in Renderer(scene, record(scene)).layout.rule if term.made] == expected


@pytest.mark.filterwarnings("error")
def test_the_rule_of_a_run_that_ends_at_infinity() -> None:
    """No warning of a library, though its terms are infinite with different signs."""
    scene = Scene(losses=("MSELoss",), optimizer=SGD(1e30, 0.9), epochs=20)
    assert Renderer(scene, record(scene)).frame(0).any()


@pytest.mark.parametrize("show", [(), ("arrows", "rule")])
def test_the_rule_of_seed_has_the_colours_of_its_arrows(show: tuple[str, ...]) -> None:
    """Where arrows are asked for, numbers and words of their terms have their colour; without arrows all is in ink."""
    scene = replace(MOMENTUM, style=Style("seed"), show=show)
    renderer, theme = Renderer(scene, record(scene)), theme_of(scene.style)
    (downhill,) = (term for term in renderer.layout.rule if term.name == "downhill")
    (word,) = (word for word in renderer.layout.words if word.text == "downhill" and word.bold)
    assert getattr(theme, downhill.color) == getattr(theme, word.color) == (theme.downhill if show else theme.ink)
    digits = renderer.frame(0)[downhill.numbers[0].box.slices].astype(int)
    assert (np.abs(digits - theme.downhill).sum(2) < 20).any() == bool(show)


def test_a_run_with_a_label_shows_arrows_too() -> None:
    """One run a panel is one, whether it has a name or not."""
    assert shown(replace(MOMENTUM, optimizer=(Run("Polyak", SGD(lr=0.1, momentum=0.9)),)))


@pytest.mark.parametrize("optimizer", [SGD(lr=0.1), SGD(lr=0.1, momentum=0.9)])
def test_longer_arrows_always_say_so(optimizer: SGD) -> None:
    """Wherever arrows are drawn, at the last epoch too, their factor stands beside the panel's name."""
    scene = replace(MOMENTUM, optimizer=optimizer)
    recording = record(scene)
    for context in contexts(scene, recording, Renderer(scene, recording).layout):
        (drawn,) = overlays(context)
        lens = context.lens.epoch if context.lens else np.inf
        state = States(scene, recording, context.number, context.box, lens=lens)
        for epoch in range(scene.epochs + 1):
            list(drawn.step(Fraction(epoch)))
            picture = np.full((3, context.box.height, context.box.width), 0.5, np.float32)
            drawn.paint(context.box, picture)
            if (picture != 0.5).any():
                assert state.at(epoch).startswith("→"), (context.panel.title, epoch)


@pytest.mark.parametrize("factor", [1, 2])
@pytest.mark.parametrize("by", [(900.0, 10.0), (-700.0, -650.0), (10.0, 900.0)], ids=str)
def test_an_arrow_that_would_leave_the_panel_ends_at_its_edge(by: tuple[float, float], factor: int) -> None:
    """In its only head, which is whole and inside the panel, behind a broken shaft; that of one that stays is whole."""
    scene = replace(MOMENTUM, losses=("MSELoss",), epochs=2)
    recording = record(scene)
    (context,) = contexts(scene, recording, Renderer(scene, recording).layout)
    (found,), box = overlays(context), context.box
    found._factor = factor
    centre = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    unit = np.array(by) / np.hypot(*by)

    def pieces(vector: tuple[float, float], aside: float) -> int:
        """How many pieces of the colour lie on a line along an arrow, so far aside of it."""
        planes = np.zeros((3, box.height, box.width))
        for stamp, color, _ in found._arrow(centre, vector, (0, 255, 0)):
            part = planes[:, *stamp.box.slices_in(box)]
            part += (np.array(color)[:, None, None] - part) * (stamp.coverage / 255)
        ways = np.arange(0, np.hypot(box.width, box.height), 0.5)[:, None] * unit + aside * unit[::-1] * (1, -1)
        x, y = np.floor(ways + centre - (box.left, box.top)).astype(int).T
        on = (x >= 0) & (x < box.width) & (y >= 0) & (y < box.height)
        green = (planes[1, y[on], x[on]] > 200) & (planes[0, y[on], x[on]] < 90)
        return int(np.diff(green.astype(int), prepend=0).clip(0).sum())

    assert pieces(by, 0.0) == 3 and pieces(tuple(60.0 * unit), 0.0) == 1
    assert pieces(by, 3.0) == 1, "one head"
    head = found._arrow(centre, by, (0, 0, 0))[-1][0]
    rows, columns = np.nonzero(head.coverage > 128)
    x, y = columns + head.box.left + 0.5, rows + head.box.top + 0.5
    tip = np.argmax((x * by[0] + y * by[1]) / np.hypot(*by))
    assert np.ptp(x * unit[1] - y * unit[0]) > 0.7 * HEAD[1]
    room = min(x[tip] - box.left, box.right - x[tip], y[tip] - box.top, box.bottom - y[tip])
    assert 2 < room < 8


def test_arrows_of_one_direction_hide_none() -> None:
    """At the first step of Nesterov momentum lies along downhill and is nearly as long: both are seen."""
    scene = replace(MOMENTUM, optimizer=SGD(lr=0.1, momentum=0.9, nesterov=True))
    for size in ((1280, 720), (480, 270)):
        shown = replace(scene, video=Video(*size))
        renderer, theme = Renderer(shown, record(shown)), theme_of(scene.style)
        frame = renderer.frame(0).astype(int)
        for panel in renderer.layout.panels:
            for color in (theme.momentum, theme.downhill):
                seen = int((np.abs(frame[panel.box.slices] - color).sum(2) < 40).sum())
                assert seen > 25 * max(0.66, renderer.layout.unit) ** 2, (size, color, seen)
