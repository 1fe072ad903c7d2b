"""What happens to a run: found in the recording, told in words beside its place, in the data, and as stills."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from animgd import SGD, Function, Optimizer, Panel, Point, Run, Scene, Style, Video, record
from animgd.drawing.event_schedule import schedule
from animgd.drawing.overlays.base import Context
from animgd.drawing.renderer import Renderer, contexts
from animgd.output.still import still
from animgd.recording.events import Event, Kind, events, first, same_as, telling
from animgd.recording.model import Minimum, PanelRecording, Recording, Trajectory
from animgd.recording.settling import settled_at
from animgd.scene.problem import Window

MOMENTUM = Scene(title="High momentum", optimizer=SGD(lr=0.1, momentum=0.9))
SCENES = {
    "momentum": MOMENTUM,
    "nesterov": replace(MOMENTUM, optimizer=SGD(lr=0.1, momentum=0.9, nesterov=True)),
    "decay": replace(MOMENTUM, optimizer=SGD(lr=0.1, momentum=0.9, nesterov=True, weight_decay=2.0)),
    "dampened": replace(MOMENTUM, optimizer=SGD(lr=0.1, momentum=0.9, dampening=0.8)),
    "plain": replace(MOMENTUM, optimizer=SGD(lr=0.1)),
    "leaves": replace(MOMENTUM, optimizer=SGD(lr=1.0), epochs=40),
    "adam": replace(MOMENTUM, optimizer=Optimizer("Adam", lr=0.3)),
}


@cache
def recorded(name: str) -> Recording:
    """The recording of a scene."""
    return record(SCENES[name])


def panels(name: str, size: tuple[int, int] = (1280, 720), theme: str = "light") -> list[Context]:
    """The panels of a scene's film."""
    scene = SCENES[name]
    scene = replace(scene, video=Video(width=size[0], height=size[1]), style=Style(theme=theme))
    return contexts(scene, recorded(name), Renderer(scene, recorded(name)).layout)


def test_the_events_of_the_article() -> None:
    """Figures 5, 6, 8 and 10: epochs and distances as the article's numbers have them."""
    found = {
        (name, panel): [(e.epoch, e.kind, round(float(e.value), 2) if e.value else None) for e in events(each, 0)]
        for name in ("momentum", "nesterov", "dampened", "plain")
        for panel, each in enumerate(recorded(name).panels[:3])
    }
    assert found["momentum", 0] == [(6, "overshoot", 4.16), (13, "swing_back", 3.18), (76, "settled", None)]
    assert [found["momentum", panel][-1][:2] for panel in (1, 2)] == [(75, "settled"), (67, "settled")]
    assert found["nesterov", 0] == [(5, "overshoot", 2.44), (12, "swing_back", 0.9), (28, "settled", None)]
    assert [found["nesterov", panel][-1][:2] for panel in (1, 2)] == [(50, "settled"), (49, "settled")]
    assert found["dampened", 0][0][1:] == ("overshoot", 3.88)
    assert [found["dampened", panel][-1][0] for panel in range(3)] == [80, 82, 93]
    assert found["plain", 0] == [(26, "settled", None)] and not found["plain", 1] and not found["plain", 2]
    assert [same_as(recorded("momentum"), panel) for panel in range(4)] == [None, None, None, 2]


def test_with_weight_decay_turns_are_past_the_minimum_of_both() -> None:
    """A run on its way to the minimum of loss and decay passes the minimum of the loss, which is no overshoot."""
    panel = recorded("decay").panels[0]
    rest = panel.decayed[0]
    assert rest is not None
    (epoch, kind, value), *_ = events(panel, 0)
    assert (epoch, kind) == (4, "overshoot")
    assert value == pytest.approx(rest.weight - panel.runs[0].weight.min(), abs=1e-6)


def walked(panel: PanelRecording, run: int) -> list[Event]:
    """The same events by walking from epoch to epoch, as one would with a ruler."""
    path, window = panel.runs[run], panel.landscape.window
    places = [panel.decayed[run]] if panel.decayed[run] else list(panel.minima)
    points = list(zip(path.weight.tolist(), path.bias.tolist(), strict=True))[: path.last + 1]
    if not places:
        return []
    rest = min(places, key=lambda each: math.dist(points[-1], (each.weight, each.bias)))  # type: ignore[union-attr]
    assert rest is not None
    sides = (window.weight[1] - window.weight[0], window.bias[1] - window.bias[0])
    turns = [turning([point[axis] - (rest.weight, rest.bias)[axis] for point in points]) for axis in (0, 1)]
    axis = max((1, 0), key=lambda axis: turns[axis][0][1] / sides[axis] if turns[axis] else 0.0)
    long = itertools.takewhile(lambda turn: turn[1] >= 0.05 * sides[axis], turns[axis])
    kinds: tuple[Kind, Kind] = ("overshoot", "swing_back")
    found = [Event(epoch, kind, far) for (epoch, far), kind in zip(long, kinds, strict=False)]
    near = 0.1 / 13 * min(sides)
    settled = None
    for epoch in reversed(range(len(points))):
        if not math.dist(points[epoch], (rest.weight, rest.bias)) <= near:
            break
        settled = epoch
    if settled and path.diverged_at is None:
        found.append(Event(settled, "settled"))
    return found + ([Event(path.diverged_at, "diverged")] if path.diverged_at is not None else [])


def turning(away: list[float]) -> list[tuple[int, float]]:
    """The first two places farthest from 0 on the other side, and back on the first: (epoch, distance)."""
    turns, side, at = list[tuple[int, float]](), 0, -1
    for epoch, value in enumerate(away):
        sign = (value > 0) - (value < 0)
        if epoch and sign != side:
            turns += [(at, abs(away[at]))] if at >= 0 and side else []
            at = epoch
        side = sign
        at = epoch if at >= 0 and abs(value) > abs(away[at]) else at
    return (turns + ([(at, abs(away[at]))] if 0 <= at < len(away) - 1 and side else []))[:2]


def agree(seed: int) -> None:
    """A random scene's events are those that a walk along its paths finds."""
    rnd = random.Random(seed)
    settings = {"lr": rnd.choice((0.02, 0.1, 0.3, 0.7, 1.1, 1.6)), "momentum": rnd.choice((0.0, 0.5, 0.9, 0.97))}
    settings |= {"nesterov": rnd.random() < 0.3 and settings["momentum"] > 0, "weight_decay": rnd.choice((0, 0, 0.5))}
    wide = rnd.choice((4.0, 13.0, 30.0))
    window = Window(bias=(2.4 - wide / 2, 2.4 + wide / 2), weight=(0.9 - wide / 2, 0.9 + wide / 2))
    optimizer = SGD(**settings) if rnd.random() < 0.8 else Optimizer("Adam", lr=settings["lr"])
    recording = record(Scene(title="", optimizer=optimizer, epochs=rnd.randint(5, 90), window=window, resolution=5))
    for panel in recording.panels:
        found = [event for event in events(panel, 0) if event.kind not in ("leaves", "returns")]
        expected = sorted(walked(panel, 0), key=lambda event: event.epoch)
        assert [event[:2] for event in found] == [event[:2] for event in expected]
        for one, other in zip(found, expected, strict=True):
            assert one.value == (pytest.approx(other.value) if other.value is not None else None)


def test_random_scenes_agree_with_a_walk_along_the_path() -> None:
    """Ten of them; 200 in `-m long`."""
    for seed in range(10):
        agree(seed)


@pytest.mark.long
def test_200_random_scenes_agree_with_a_walk_along_the_path() -> None:
    """Learning rates that crawl, overshoot and diverge; windows of any size; with decay and without."""
    for seed in range(10, 210):
        agree(seed)


def made(weight: list[float], bias: list[float], minima: tuple[Minimum, ...]) -> PanelRecording:
    """A panel with a path of that many epochs."""
    path = Trajectory(np.array(weight), np.array(bias), np.zeros(len(weight)), np.zeros((len(weight), 2)), None)
    return replace(recorded("plain").panels[0], runs=(path,), minima=minima, decayed=(None,))


def test_neighbours_of_a_turn() -> None:
    """No known minimum: silence. What still moves away at the end has not turned. A slight turn is none."""
    rest = (Minimum(0.0, 0.0, 0.0, True),)
    there_and_back = [5.0, 2.0, -1.0, -2.0, -1.5]
    level = [0.0] * 5
    assert events(made(there_and_back, level, ()), 0) == []
    assert events(made(there_and_back, level, rest), 0) == [Event(3, "overshoot", 2.0)]
    assert events(made(there_and_back[:4], level[:4], rest), 0) == []
    assert events(made([5.0, 2.0, -0.3, -0.6, 0.4, 3.0], [0.0] * 6, rest), 0) == []  # less than 0.05 of the window
    two = (*rest, Minimum(0.0, 6.0, 0.0, True))
    assert events(made([5.0, 2.0, -1.0, -2.0, -1.5], [6.0] * 5, two), 0) == [Event(3, "overshoot", 2.0)]


@pytest.mark.parametrize(
    ("along", "expected"),
    [
        ([0.0, -2.0, -3.0, -1.0, -0.5], []),  # away from a side that it starts at, and back
        ([0.0, -2.0, 1.0, 3.0, 1.0], [Event(3, "overshoot", 3.0)]),
        ([5.0, 0.0, 2.0, 1.0, 0.5], []),  # a touch
        ([5.0, 0.0, 0.0, -2.0, -1.0], [Event(3, "overshoot", 2.0)]),
        ([0.0, 0.0, 0.0, 0.0, 0.0], []),
    ],
)
def test_a_turn_is_past_the_minimum(along: list[float], expected: list[Event]) -> None:
    """Not where the run starts beside it, or touches it."""
    rest = (Minimum(0.0, 0.0, 0.0, True),)
    assert [e for e in events(made(along, [4.0, 3.0, 2.0, 1.0, 0.5], rest), 0) if e.kind != "settled"] == expected


def test_who_starts_outside_does_not_come_back() -> None:
    """Until it has left."""
    panel = made([99.0, 1.0, 99.0, 1.0], [1.0] * 4, ())
    assert [event[:2] for event in events(panel, 0)] == [(2, "leaves"), (3, "returns")]


def test_runs_settle_where_they_go() -> None:
    """Beside a run that ascends: one that descends has not settled at the maximum from which it starts."""
    problem = Function(lambda x, y: torch.exp(-((x - 1) ** 2 + (y - 1) ** 2) / 6), name="bump")
    runs = (Run("up", Optimizer("SGD", lr=0.5, maximize=True)), Run("down", SGD(lr=1e-4)))
    scene = Scene(
        problem=problem,
        start=Point(x=1.02, y=1.02),
        optimizer=runs,
        epochs=30,
        resolution=21,
        window=Window(x=(-5, 5), y=(-5, 5)),
    )
    (panel,) = record(scene).panels
    assert panel.maxima and [settled_at(panel, run) for run in (0, 1)] == [0, None]


def test_epochs_of_settling_are_whole_and_true() -> None:
    """With mini-batches: the first whole epoch from which on the run stays; one that starts there has settled at 0."""
    scene = Scene(losses=("MSELoss",), optimizer=SGD(0.05, momentum=0.3), batch=10, epochs=30, resolution=21)
    recording = record(scene)
    at = settled_at(recording.panels[0], 0)
    assert at is not None and at.denominator > 1
    (context,) = contexts(scene, recording, Renderer(scene, recording).layout)
    assert schedule(context)[-1].lines == (f"settled at {math.ceil(at)}",)
    assert telling(recording, "settled") == [math.ceil(at)]
    there = Scene(problem=Function("sphere"), start=Point(x=0, y=0), optimizer=SGD(0.1), epochs=3, resolution=5)
    assert telling(record(there), "settled") == [0] and telling(record(there), "events") == []


def test_equal_panels_of_one_name_are_not_told() -> None:
    """Nobody learns anything from "MSE = MSE"; between two names it is all that happens, so it is an event."""
    panels = (Panel(loss="MSELoss", optimizer=SGD(1e-4)), Panel(loss="MSELoss", optimizer=SGD(1e-4, dampening=0.5)))
    for names, told in ((("", ""), False), (("a", "b"), True)):
        titled = tuple(panel.replace(title=name or None) for panel, name in zip(panels, names, strict=True))
        scene = Scene(title="", panels=titled, epochs=3)
        found = contexts(scene, record(scene), Renderer(scene, record(scene)).layout)
        assert [told.lines for told in schedule(found[1])] == ([("a = b",)] if told else [])
        assert telling(record(scene), "events") == [0]


def test_leaving_is_told_once() -> None:
    """Every crossing is in the recording's events; words and stills have the first of each kind."""
    panel = made([0.0, 9.0, 0.0, 9.0, 9.0, 0.0, -6.0], [1.0] * 7, ())
    kinds = ("leaves", "returns", "leaves", "returns", "leaves")
    assert [event[:2] for event in events(panel, 0)] == list(zip((1, 2, 3, 5, 6), kinds, strict=True))
    assert [event[:2] for event in first(events(panel, 0))] == [(1, "leaves"), (2, "returns")]
    assert telling(recorded("momentum"), "settled") == [67, 75, 76]
    assert {6, 13, 67, 75, 76} <= set(telling(recorded("momentum"), "events"))


def test_stills_at_epochs(animgd, write) -> None:  # type: ignore[no-untyped-def]
    """--at writes the first frame that shows each epoch, as the film has it; words are epochs of the recording."""
    source = "from animgd import *\nscene = Scene(optimizer=SGD(lr=0.3, momentum=0.5), epochs=30)\n"
    module = write(source, name="some.py")
    done = animgd(module, "--at", "14,3")
    assert (done.status, done.made) == (0, ["some-at14.png", "some-at3.png"])
    from animgd import load

    scene = load(module)["scene"]
    pixels = still(scene, epoch=14)
    assert np.array_equal(np.asarray(Image.open(done.folder / "some-at14.png").convert("RGB")), pixels)
    settled = telling(record(scene), "settled")
    assert settled
    done = animgd(module, "--at", "settled")
    assert {f"some-at{epoch}.png" for epoch in settled} <= {*done.made}
    done = animgd(module, "--at", "5,events", "--no-cache")
    told = dict(line.removeprefix("animgd: ").split(": ", 1) for line in done.err)
    assert told.keys() == {Path(path).name for path in done.out} - {"some-at5.png"} and "MSE overshoots by" in str(told)
    assert all(f"settles at epoch {epoch}" in told[f"some-at{epoch}.png"] for epoch in settled)
    assert not animgd(module, "--at", "events", "--quiet").err
    for words, expected in (
        (("--at", "31"), "--at 31: the film shows epochs 0 to 30"),
        (("--at", "soon"), "invalid list of epochs 'soon'"),
        (("--at", "3", "--frame", "2"), "--frame and --at both choose frames"),
        (("--at", "3", "-f", "gif"), "--at writes a PNG"),
        (("--at", "settled", "--epochs", "1"), "--at settled: no run settles at the lowest point found in some"),
    ):
        done = animgd(module, *words)
        assert done.status == 2 and expected in done.err[0], done.err
