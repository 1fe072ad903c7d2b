"""What happens to a run, found in its recording: turns past the minimum, settling, leaving the window, diverging."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import Literal, NamedTuple

import numpy as np

from animgd.recording.model import PanelRecording, Recording, Series, Trajectory
from animgd.recording.settling import settled_at, target
from animgd.scene.scene import Scene

TURN = 0.05  # of the window's side: a run that goes less far past the minimum does not turn
TURNS = 2  # that are told

Kind = Literal["overshoot", "swing_back", "settled", "leaves", "returns", "diverged", "same_as"]


class Event(NamedTuple):
    """One event of a run. `value` is how far past the minimum a turn is, or the panel that a run is the same as.

    The epoch may lie between two, where an epoch has several steps.
    """

    epoch: Fraction | int
    kind: Kind
    value: float | str | None = None


def events(recorded: PanelRecording, run: int) -> list[Event]:
    """The events of a run, in the order of their epochs."""
    found = [*_turns(recorded, run), *_crossings(recorded, run)]
    path, settled = recorded.runs[run], settled_at(recorded, run)
    if settled:  # not from the start on
        found.append(Event(settled, "settled"))
    if path.diverged_at is not None:
        found.append(Event(path.epoch(path.diverged_at), "diverged"))
    return sorted(found, key=lambda event: event.epoch)


def telling(recording: Recording, word: str) -> list[int]:
    """The first epochs at which a run has settled ("settled"), or anything has happened ("events").

    If nothing has but that panels are the same, which the film tells at its start, it is epoch 0.
    """
    every = [(panel, run) for panel in recording.panels for run in range(len(panel.runs))]
    if word == "settled":
        return sorted({ceil(at) for each in every if (at := settled_at(*each)) is not None})
    found = {ceil(event.epoch) for each in every for event in first(events(*each))}
    alike = any(same_as(recording, panel) is not None for panel in range(len(recording.panels)))
    return sorted(found) or [0] * alike


def pauses(scene: Scene, recording: Recording) -> list[int]:
    """The epochs at which a scene pauses in a lecture."""
    return telling(recording, "events") if isinstance(scene.pauses, str) else list(scene.pauses)


def first(found: list[Event]) -> list[Event]:
    """The events without those of leaving the window and coming back, but for the first time."""
    once = [next((event for event in found if event.kind == kind), None) for kind in ("leaves", "returns")]
    return [event for event in found if event.kind not in ("leaves", "returns") or event in once]


def same_as(recording: Recording, panel: int) -> int | None:
    """The first panel before this one whose runs are the same, number by number; None if there is none."""
    every = recording.panels
    return next((i for i in range(panel) if _same(every[i], every[panel])), None)


def _same(one: PanelRecording, other: PanelRecording) -> bool:
    return len(one.runs) == len(other.runs) > 0 and all(
        np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True)
        for a, b in zip(one.runs, other.runs, strict=True)
        for name in ("weight", "bias", "loss")
    )


def _turns(recorded: PanelRecording, run: int) -> Iterator[Event]:
    """The first times that a run turns round past the minimum that it goes to, along the axis with the larger turn."""
    path, place = recorded.runs[run], target(recorded, run)
    if place is None:
        return
    window = recorded.landscape.window
    axes = [(path.bias, place.bias, window.bias), (path.weight, place.weight, window.weight)]
    turns = [(_past(values[: path.last + 1] - middle), high - low) for values, middle, (low, high) in axes]
    found, side = max(turns, key=lambda each: each[0][0][1] / each[1] if each[0] else 0.0)
    kinds: tuple[Kind, Kind] = ("overshoot", "swing_back")
    for kind, (step, distance) in zip(kinds, found, strict=False):
        if distance < TURN * side:
            return
        yield Event(path.epoch(step), kind, distance)


def _past(away: Series) -> list[tuple[int, float]]:
    """Where values are farthest from 0 each time that they are on one side of it, but for the first: (step, distance).

    What still moves away at the end has not turned.
    """
    sides = np.sign(away.astype(float))
    aside = np.flatnonzero(sides)
    changed = np.flatnonzero(np.diff(sides[aside])) + 1  # a touch is no change
    found = []
    for start, end in pairwise([*aside[changed].tolist(), len(away)]):
        farthest = start + int(np.abs(away[start:end]).argmax())
        if farthest < len(away) - 1:
            found.append((farthest, float(abs(away[farthest]))))
    return found[:TURNS]


def _crossings(recorded: PanelRecording, run: int) -> Iterator[Event]:
    """When a run leaves the window, and when it comes back; one that starts outside does not come back."""
    path = recorded.runs[run]
    inside = within(recorded, path)
    crossings = (np.flatnonzero(np.diff(inside.astype(int))) + 1).tolist()
    for step in crossings[0 if inside[0] else 1 :]:
        yield Event(path.epoch(step), "returns" if inside[step] else "leaves")


def within(recorded: PanelRecording, path: Trajectory) -> Series:
    """Whether a path is in the window at each step up to its last, the edge included. Shapes: (last + 1,)."""
    window, end = recorded.landscape.window, path.last + 1
    (left, right), (low, high) = window.bias, window.weight
    bias, weight = path.bias[:end], path.weight[:end]
    inside: Series = (left <= bias) & (bias <= right) & (low <= weight) & (weight <= high)
    return inside
