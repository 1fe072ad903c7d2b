"""Films of runs that make several steps an epoch: what is drawn and told, and when."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from animgd import SGD, Panel, Run, Scene, Schedule, record
from animgd.drawing.describe import document
from animgd.drawing.renderer import Renderer
from animgd.encoders.json_data import finite
from animgd.graphics.theme import theme_of
from animgd.recording.events import events
from animgd.recording.model import Recording
from animgd.recording.settling import settled_at
from animgd.recording.step_terms import term_names, terms
from tests import fabricated
from tests.fabricated import SQUARE, TALL, WIDE

SIZES = {"wide": WIDE, "square": SQUARE, "tall": TALL, "large": (1280, 720)}


def with_steps(scene: Scene, counts: list[int], walk=fabricated.spiral) -> Recording:
    """Made-up runs that make so many steps an epoch, in turn."""
    recording, taken, panels = fabricated.recording(scene), 0, []
    for panel in recording.panels:
        runs = []
        for _ in panel.runs:
            steps = counts[taken % len(counts)]
            path = fabricated.trajectory(walk(scene.epochs * steps, 0.7 * taken))
            runs.append(replace(path, steps_per_epoch=steps))
            taken += 1
        panels.append(replace(panel, runs=tuple(runs)))
    return replace(recording, panels=tuple(panels))


def check_both(scene: Scene, recording: Recording) -> None:
    """Each frame drawn on the one before is the frame drawn from nothing."""
    renderer, number = Renderer(scene, recording), 0
    for frame in renderer.frames():
        assert np.array_equal(frame.pixels, renderer.frame(number)), number
        number += frame.periods


@pytest.mark.parametrize("walk", [fabricated.spiral, fabricated.leaving, fabricated.exploding])
@pytest.mark.parametrize("runs", [1, 3])
@pytest.mark.parametrize("size", SIZES)
def test_fast_equals_plain_for_any_number_of_steps(size, runs, walk):
    """Trails, points, arrows, readings: a frame depends on its moment alone, whatever was drawn before."""
    scene = fabricated.scene(SIZES[size], panels=2, runs=runs, epochs=4)
    check_both(scene, fabricated.with_terms(with_steps(scene, [3, 1, 7, 2], walk)))


@pytest.mark.parametrize("companions", [("loss", "lr", "gradient"), ("lr",)])
def test_fast_equals_plain_with_learning_rates(companions):
    """The learning rate beside the counter, on panels, and in companions."""
    schedule = Schedule("ExponentialLR", gamma=0.5)
    panels = tuple(Panel(title=t, loss="MSELoss", optimizer=(Run("", SGD(lr=0.1), schedule=s, batch=b),))
                   for t, s, b in (("a", schedule, 9), ("b", False, None), ("c", Schedule("LinearLR"), 5)))  # fmt: skip
    for kept in (panels[:2], panels):
        video = fabricated.scene((960, 540)).video
        scene = Scene(title="lr", panels=kept, epochs=4, resolution=9, video=video, companions=companions)
        check_both(scene, record(scene))


@pytest.mark.parametrize("steps", [1, 4])
def test_the_point_is_where_the_run_is(steps):
    """At any moment: on the straight piece of the step under way."""
    scene = fabricated.scene((1280, 720), panels=1, epochs=5, theme="dark")
    scene = scene.replace(video=scene.video.replace(fps=7, epochs_per_second=3))
    recording = with_steps(scene, [steps])
    renderer, path = Renderer(scene, recording), recording.panels[0].runs[0]
    box, color = renderer.layout.panels[0].box, theme_of(scene.style).points[0]
    for number in range(0, renderer.timeline.count, 3):
        moment = renderer.timeline.moment(number) * steps
        x, y = fabricated.place(box, (path.weight, path.bias), Fraction(moment))
        assert tuple(renderer.frame(number)[int(y), int(x)]) == tuple(color), number


@pytest.mark.parametrize("runs", [1, 3])
@pytest.mark.parametrize("size", [WIDE, SQUARE])
def test_readings_at_whole_epochs_are_those_of_every_fourth_entry(size, runs):
    """Counter, losses, bars, cursors and states at epoch k do not depend on how many steps led to it."""
    scene = fabricated.scene(size, panels=4, runs=runs, epochs=6, hold_start=0, hold_end=0)
    scene = scene.replace(video=scene.video.replace(fps=5, epochs_per_second=5), hide=("events",))
    fine = with_steps(scene, [4], fabricated.leaving)
    coarse = replace(fine, panels=tuple(
        replace(panel, runs=tuple(every_fourth(path) for path in panel.runs)) for panel in fine.panels))  # fmt: skip
    one, other = Renderer(scene, fine), Renderer(scene, coarse)
    assert [place.box for place in one.layout.panels] == [place.box for place in other.layout.panels]
    for epoch in range(7):
        a, b = one.frame(epoch).copy(), other.frame(epoch).copy()
        for place in one.layout.panels:
            a[place.box.slices], b[place.box.slices] = 0, 0
        assert np.array_equal(a, b), epoch


def every_fourth(path):
    """The same run, as if it had made one step an epoch."""
    names = ("weight", "bias", "loss", "gradient")
    gone = None if path.diverged_at is None else -(-path.diverged_at // 4)
    return replace(path, **{n: getattr(path, n)[::4] for n in names}, steps_per_epoch=1, diverged_at=gone)


def test_events_and_settling_are_told_in_epochs():
    """The same walk, three steps an epoch, has its events at a third of the numbers."""
    scene = fabricated.scene(panels=1, epochs=30)
    thrice = with_steps(scene, [3])
    (path,) = thrice.panels[0].runs
    slow = replace(thrice.panels[0], runs=(replace(path, steps_per_epoch=1),))
    found, wanted = events(thrice.panels[0], 0), events(slow, 0)
    assert [(each.epoch, each.kind) for each in found] == [(Fraction(each.epoch) / 3, each.kind) for each in wanted]
    assert {"overshoot", "settled"} <= {each.kind for each in found}
    assert settled_at(thrice.panels[0], 0) * 3 == settled_at(slow, 0)


def test_noise_that_comes_near_at_the_end_has_not_settled():
    """With batches, the last steps may be near the minimum by chance: three epochs are needed."""
    scene = fabricated.scene(panels=1, epochs=10)
    (path,) = with_steps(scene, [4]).panels[0].runs
    recorded = fabricated.recording(scene).panels[0]
    for stays, wanted in ((12, None), (13, Fraction(7))):
        weight, bias = np.full(41, 4.0), np.full(41, 2.5)
        weight[-stays:] = 1.0
        run = replace(path, weight=weight, bias=bias)
        assert settled_at(replace(recorded, runs=(run,)), 0) == wanted


def test_data_are_per_step_and_in_epochs():
    """Arrays of epochs x steps_per_epoch + 1 numbers; what happens, in epochs; how the run was trained."""
    schedule = Schedule("OneCycleLR", max_lr=0.1)
    run = Run("", SGD(lr=0.05), schedule=schedule, batch=8, seed=4, clip=("value", 3))
    video = fabricated.scene(WIDE).video
    scene = Scene(title="t", panels=(Panel(loss="MSELoss", optimizer=(run,)),), epochs=30, resolution=9, video=video)
    recording = record(scene)
    renderer = Renderer(scene, recording)
    told = json.loads(json.dumps(finite(document(scene, recording, renderer.layout, renderer.timeline))))
    made = told["panels"][0]["runs"][0]
    assert made["steps_per_epoch"] == 7
    assert [len(made[name]) for name in ("weight", "bias", "loss", "lr")] == [30 * 7 + 1] * 4
    assert (made["batch"], made["seed"], made["clip"]) == (8, 4, ["value", 3.0])
    assert made["schedule"] == [{"name": "OneCycleLR", "every": "step", "max_lr": 0.1}]
    epochs = [event["epoch"] for event in made["events"]]
    assert made["events"] and all(0 <= epoch <= 30 for epoch in epochs) and told["epoch_of_frame"][-1] == 30
    assert any(epoch % 1 for epoch in epochs)


CHANGES = (
    Schedule("CosineAnnealingWarmRestarts", T_0=3),
    Schedule("ExponentialLR", gamma=0.8),
    Schedule("OneCycleLR", max_lr=0.2),
)


@pytest.mark.parametrize("kind", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad"])
@pytest.mark.parametrize("schedule", CHANGES, ids=lambda each: each.name)
def test_the_terms_of_a_step_add_up_under_a_schedule(kind, schedule):
    """Momentum, downhill and decay of each step use its own learning rate and momentum: their sum is torch's step."""
    if schedule.name == "OneCycleLR" and kind == "Adagrad":
        return  # it has no momentum that could cycle
    settings = {"SGD": {"momentum": 0.9, "nesterov": True}, "RMSprop": {"momentum": 0.5}}.get(kind, {})
    from animgd import Optimizer

    run = Run("", Optimizer(kind, lr=0.05, weight_decay=0.1, **settings), schedule=schedule, batch=16)
    scene = Scene(panels=(Panel(loss="MSELoss", optimizer=(run,)),), epochs=8, resolution=3)
    (filled,), path = scene.grid[0].runs, record(scene).panels[0].runs[0]
    found = terms(filled.optimizer, path)
    assert found.complete and set(found.named) == set(term_names(filled))
    total = np.sum(list(found.named.values()), axis=0)
    np.testing.assert_allclose(total[:-1], found.step, atol=2e-6)
    assert np.abs(found.step).max() > 0.01


def digits(renderer: Renderer, number: int, rate: int = 0):
    """The picture of a learning rate beside the counter."""
    box = renderer.layout.rates[rate].number.box
    return renderer.frame(number)[box.slices]


def test_the_learning_rate_of_the_moment_stands_beside_the_counter():
    """It is the same when the cosine starts again, another one between, and there is none without a schedule."""
    video = fabricated.scene((1280, 720), hold_start=0, hold_end=0).video.replace(fps=5, epochs_per_second=5)
    scene = Scene(losses=("MSELoss",), optimizer=SGD(lr=0.08), epochs=12, resolution=5, video=video)
    assert Renderer(scene, record(scene)).layout.rates == ()
    scene = scene.replace(schedule=Schedule("CosineAnnealingWarmRestarts", T_0=6))
    renderer = Renderer(scene, record(scene))
    assert len(renderer.layout.rates) == 1
    assert np.array_equal(digits(renderer, 1), digits(renderer, 7))
    assert not np.array_equal(digits(renderer, 1), digits(renderer, 2))


def test_runs_with_schedules_of_their_own_have_learning_rates_of_their_own():
    """Each with its sign; a constant one has none; panels that cannot be told apart say theirs beside their names."""
    schedules = {
        "constant": False,
        "cosine": Schedule("CosineAnnealingLR"),
        "halves": Schedule("ExponentialLR", gamma=0.5),
    }
    runs = tuple(Run(name, SGD(lr=0.1), schedule=schedule) for name, schedule in schedules.items())
    video = fabricated.scene((1280, 720)).video
    scene = Scene(losses=("MSELoss", "L1Loss"), optimizer=runs, epochs=4, resolution=5, video=video)
    layout = Renderer(scene, record(scene)).layout
    assert [(rate.panel, rate.run) for rate in layout.rates] == [(0, 1), (0, 2)]
    (y,) = {rate.number.y for rate in layout.rates}
    assert {mark.marker for mark in layout.marks if y - layout.em < mark.y < y} == {1, 2}
    panels = tuple(Panel(title=run.label, loss="MSELoss", optimizer=(run.replace(label=""),)) for run in runs)
    scene = scene.replace(losses=Scene().losses, panels=panels, optimizer=SGD(lr=0.1))
    renderer = Renderer(scene, record(scene))
    assert renderer.layout.rates == () and all(panel.state for panel in renderer.layout.panels[1:])
