"""Where the words about an event stand: beside its place, clear of paths, marks, lenses and each other."""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from test_events import MOMENTUM, SCENES, panels, recorded

from animgd import SGD, Run, Video, record
from animgd.drawing.event_schedule import LATE, LEAST, SECONDS, TURNS, Told, schedule
from animgd.drawing.overlays import arrows, marks
from animgd.drawing.overlays.base import Context
from animgd.drawing.overlays.event_words import Room, Words
from animgd.drawing.overlays.inset.frame import shrunk
from animgd.drawing.overlays.lens import tangents
from animgd.drawing.readings.state import States
from animgd.drawing.renderer import Renderer, contexts
from animgd.drawing.timeline import STAND
from animgd.frame import Box
from animgd.graphics.raster import Mask
from animgd.graphics.theme import luminance
from animgd.recording.model import Minimum


def words_of(context: Context, told: Told) -> Words | None:
    """The words about an event."""
    return Room(context).written(told)


@pytest.mark.parametrize("name", SCENES)
def test_one_event_at_a_time_long_enough_to_be_read(name: str) -> None:
    """Words stay 1.5 s, or until the next event, but 0.6 s at least; at the film's end they stay."""
    for context in panels(name):
        line, told = context.timeline, schedule(context)
        assert all(a.end <= b.start for a, b in itertools.pairwise(told))
        for each in told:
            shown = [f for f in range(line.count) if each.start <= line.moment(f) < each.end]
            assert len(shown) >= LEAST * line.fps - 1
            if each is told[-1] and each.start > 0 and each.end != math.inf:
                assert len(shown) == round(SECONDS * line.fps)


@pytest.mark.parametrize(("size", "theme"), [((1280, 720), "light"), ((1080, 1080), "dark"), ((720, 1280), "light"),
                                             ((960, 540), "light"), ((1280, 720), "seed")])  # fmt: skip
@pytest.mark.parametrize("name", SCENES)
def test_words_cover_neither_a_path_nor_a_mark(name: str, size: tuple[int, int], theme: str) -> None:
    """While they stand: no pixel of the path so far, no point, no arrow, no mark below the box of the words."""
    for context in panels(name, size, theme):
        for told in schedule(context):
            words = words_of(context, told)
            if words is None:
                continue
            box, path = words.box, context.paths[0]
            assert context.box.holds(box)
            for stamp, *_ in words.stamps:
                assert context.box.holds(stamp.box)
            end = min(path.end, math.ceil(min(words.end, path.end)))
            walk = [path.at(Fraction(k, 16)) for k in range(16 * end + 1)]
            assert not any(_in(box, place) for place in walk)
            point = Box(*(round(v + d * 7.1 * context.stroke()) for v, d in zip(box, (-1, -1, 1, 1), strict=True)))
            assert not any(_in(point, place) for place in walk[16 * int(told.start) :])
            for starts, ends in arrows.reach(context):
                for epoch, (a, b) in enumerate(zip(starts, ends, strict=True)):
                    if told.start <= epoch <= end:
                        assert not any(_in(box, tuple(a + part * (b - a))) for part in np.linspace(0, 1, 50))
            assert not any(box.intersection(mark) for mark in marks.covered(context, named=False))


def _in(box: Box, place: tuple[float, ...]) -> bool:
    return box.left < place[0] < box.right and box.top < place[1] < box.bottom


def test_the_shipped_film_tells_its_events_where_there_is_room() -> None:
    """All of them, on each panel, although the arrows leave little room; the words of equal runs stand at epoch 0."""
    told = [[(t.lines, words_of(c, t) is not None) for t in schedule(c)] for c in panels("momentum")]
    assert told[0] == [
        (("overshoots", "by 4.16"), True),
        (("swings back", "by 3.18"), True),
        (("settled at 76",), True),
    ]
    assert told[3][0] == (("Huber = Smooth L1",), True) and (("settled at 67",), True) in told[3]
    assert told[1][0] == (("overshoots", "by 1.13"), True) and all(found for panel in told for _, found in panel)


def pointing(words: Words, told: Told) -> list[Mask]:
    """The pieces of a leader, without its casing; none if the words have none."""
    return [stamp for stamp, _, strength in words.stamps[: -2 * len(told.lines)] if strength == 1.0]


def inked(piece: Mask, place: tuple[float, ...]) -> bool:
    """Whether a place is on a mask."""
    x, y = math.floor(place[0]), math.floor(place[1])
    box = piece.box
    inside = box.left <= x < box.right and box.top <= y < box.bottom
    return inside and bool(piece.coverage[..., y - box.top, x - box.left].any())


@pytest.mark.parametrize(("size", "theme"), [((1280, 720), "light"), ((1080, 1080), "seed")])
def test_leaders_join_words_to_their_place(size: tuple[int, int], theme: str) -> None:
    """From the letters, and not across the path on the way to the place; where that is near, there is none."""
    count = 0
    for name in SCENES:
        for context in panels(name, size, theme):
            unit, path = context.stroke(), context.paths[0]
            for told in schedule(context):
                words = words_of(context, told)
                pieces = pointing(words, told) if words else []
                if not words or not pieces:
                    continue
                count += 1
                whole = functools.reduce(Box.union, (piece.box for piece in pieces))
                assert math.hypot(whole.width, whole.height) >= 20 * unit
                halos = [halo.box for halo, *_ in words.stamps[-2 * len(told.lines) :: 2]]
                assert any(whole.intersection(shrunk(halo, -3)) for halo in halos)
                walk = [path.at(Fraction(k, 32)) for k in range(32 * math.ceil(min(words.end, path.end)))]
                far = [place for place in walk if math.dist(place, told.spot) > 22 * unit]
                assert not any(inked(piece, place) for piece in pieces for place in far)
    assert count >= 7


def test_leaders_cross_no_sight() -> None:
    """A minimum beside the middle of a leader, with a tick there: it goes elsewhere, or the words are not shown."""
    context = panels("momentum")[0]
    told = schedule(context)[1]
    words = words_of(context, told)
    assert words
    whole = functools.reduce(Box.union, (piece.box for piece in pointing(words, told)))
    across, high = context.transform.to_data((whole.left + whole.right) / 2 - 12, (whole.top + whole.bottom) / 2)
    there = replace(context, recorded=replace(context.recorded, minima=(Minimum(high, across, 0.25, True),)))
    moved = words_of(there, told)
    for box in marks.covered(there, named=False):
        assert not moved or not any(box.intersection(piece.box) for piece in pointing(moved, told))


def test_words_keep_clear_of_the_lines_to_a_lens() -> None:
    """Wherever the lens stands: the two lines from there to its place on the map cross no words."""
    context = panels("momentum")[0]
    assert context.lens is not None
    *_, settled = schedule(context)
    left, top, right, bottom = context.box
    for x, y in ((left + 8, top + 8), (left + 8, bottom - 98), (right - 98, bottom - 98), (right - 98, top + 8)):
        there = replace(context, lens=replace(context.lens, box=Box(x, y, x + 90, y + 90)))
        words = words_of(there, settled)
        for a, b in tangents(there.lens.footprint, there.lens.box):  # type: ignore[union-attr]
            places = np.linspace(a, b, 200)
            assert words is None or not any(_in(words.box, tuple(place)) for place in places)


def test_words_keep_clear_of_an_open_lens() -> None:
    """A lens where the words stood sends them elsewhere; words that end before it opens stay."""
    context = panels("momentum")[0]
    assert context.lens is not None
    overshoot, *_, settled = schedule(context)
    for told, same in ((overshoot, True), (settled, False)):
        words = words_of(context, told)
        assert words is not None
        there = replace(context, lens=replace(context.lens, box=words.box))
        moved = words_of(there, told)
        assert same == (moved is not None and bool(moved.box.intersection(words.box)))


def test_words_and_notes_give_way_to_a_step_that_is_taken_apart() -> None:
    """No event is told while the close-up of epoch 7 covers the panel, and the factor of the arrows is not there."""
    scene = replace(MOMENTUM, anatomy=(7,))
    for context in contexts(scene, recorded("momentum"), Renderer(scene, recorded("momentum")).layout):
        assert not any(told.start < 8 and told.end > 7 for told in schedule(context))
        state = States(scene, recorded("momentum"), context.number, context.box)
        moments = {Fraction(6): False, Fraction(7): False, 7 + STAND / 2: True, Fraction(8): False}
        for moment, covered in moments.items():
            assert state.covered(moment) == covered
            assert state.at(int(moment), covered).startswith("→") != covered


def test_words_about_the_step_that_is_taken_apart_follow_it() -> None:
    """At epoch 6, momentum overshoots: after the close-up of this step that is told, and not for many epochs."""
    scene = replace(MOMENTUM, anatomy=(6,))
    context = contexts(scene, recorded("momentum"), Renderer(scene, recorded("momentum")).layout)[0]
    told = schedule(context)
    assert told[0].lines[0] == "overshoots" and told[0].start == 7


def test_a_turn_is_not_told_long_after_it() -> None:
    """After a close-up the epochs go by fast: words about turns end sooner than 1.5 s, those that stay true do not."""
    plain, apart = (
        contexts(scene, recorded("momentum"), Renderer(scene, recorded("momentum")).layout)
        for scene in (MOMENTUM, replace(MOMENTUM, anatomy=(7, 8, 9)))
    )
    for one, other in zip(plain, apart, strict=True):
        turns = [told for told in schedule(other) if told.kind in TURNS and told.start > 9]
        assert all(told.end - told.start <= 2 * LATE for told in turns)
        assert schedule(one)[-1].lines == schedule(other)[-1].lines, "the last words say that it settled"


@pytest.mark.parametrize("theme", ["light", "dark", "seed"])
def test_words_can_be_read_on_their_halo(theme: str) -> None:
    """At least 4.5:1 between letters and halo, and halo and letters are not both near the map's colour."""
    every = [(context, told) for context in panels("momentum", theme=theme) for told in schedule(context)]
    placed = [(context, words) for context, told in every if (words := words_of(context, told))]
    assert len(placed) >= 7
    for context, words in placed:
        (_, halo, _), (letters, ink, _) = words.stamps[-2:]
        light, dark = sorted((float(luminance(np.array(color))) for color in (ink, halo)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5
        ground = luminance(context.ground(letters.box))
        own = float(luminance(np.array(ink)))
        ratio = (np.maximum(ground, own) + 0.05) / (np.minimum(ground, own) + 0.05)
        assert ratio.min() >= 1.6


def test_several_runs_small_panels_and_hidden_events_have_no_words() -> None:
    """Words need one run a panel, a large panel, and a scene that does not hide them."""
    several = replace(MOMENTUM, optimizer=(Run("a", SGD(0.1)), Run("b", SGD(0.1, momentum=0.9))), epochs=3)
    for scene in (several, replace(MOMENTUM, hide=("events",)), replace(MOMENTUM, video=Video(width=480, height=270))):
        recording = record(scene)
        assert not any(schedule(each) for each in contexts(scene, recording, Renderer(scene, recording).layout))
