"""A pixel is deferred only if it changes again soon and the error is small, and never for long."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animgd.encoders.gif.histogram import Patch
from animgd.encoders.gif.lookahead import AHEAD, LATEST, Lookahead, Step
from animgd.frame import Box

ROW = Box(0, 0, 5, 1)


def steps(lookahead: Lookahead, rows: Sequence[Sequence[int]]) -> list[Step]:
    """A film one pixel high, in greys, one frame a period."""
    return [
        lookahead.append(Patch(n, ((ROW, np.array(row, np.uint8)[None, :, None].repeat(3, axis=2)),)))
        for n, row in enumerate(rows, 1)
    ]


def drawn_pixels(lookahead: Lookahead, ahead: list[Step], gain: float) -> list[bool]:
    """Which pixels of the first step are drawn, if all of them differ from the screen."""
    lookahead.advance(ahead[0], ahead[1 : AHEAD + 1])
    positions = ahead[0].positions
    drawn = lookahead.select(ahead[0], np.ones(len(positions), np.bool_), np.full(len(positions), gain, np.float32))
    return [pixel in positions[drawn] for pixel in range(5)]


def fresh() -> Lookahead:
    return Lookahead(np.zeros((1, 5), np.uint32), 1000.0)


def test_a_last_change_is_drawn() -> None:
    """A change that no other follows is drawn, however small it is."""
    lookahead = fresh()
    assert drawn_pixels(lookahead, steps(lookahead, [[0, 1, 1, 1, 0]]), 3.0) == [False, True, True, True, False]


def test_a_pixel_that_changes_again_may_be_deferred() -> None:
    """A small change that another one soon follows is not drawn."""
    lookahead = fresh()
    assert drawn_pixels(lookahead, steps(lookahead, [[0, 0, 1, 0, 0], [0, 0, 2, 0, 0]]), 900.0) == [False] * 5


def test_large_changes_are_never_deferred() -> None:
    """The limit is higher for an isolated pixel, but there is one."""
    for gain, drawn in ((1900.0, False), (2900.0, False), (3100.0, True)):
        lookahead = fresh()
        assert drawn_pixels(lookahead, steps(lookahead, [[0, 0, 1, 0, 0], [0, 0, 2, 0, 0]]), gain)[2] == drawn


def test_a_longer_stay_counts_more() -> None:
    """An error that would last three periods counts three times."""
    lookahead = fresh()
    rows = [[0, 0, 1, 0, 0], [1, 0, 1, 0, 0], [2, 0, 1, 0, 0], [2, 0, 2, 0, 0]]
    assert drawn_pixels(lookahead, steps(lookahead, rows), 1100.0)[2]


def test_overlapping_boxes_change_a_pixel_once() -> None:
    """A change in two boxes is counted once."""
    lookahead = fresh()
    pixels = np.ones((1, 5, 3), np.uint8)
    step = lookahead.append(Patch(1, ((ROW, pixels), (ROW, pixels))))
    assert sorted(step.positions.tolist()) == [0, 1, 2, 3, 4]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), share=st.sampled_from([0.2, 0.6, 1.0]))
def test_no_pixel_is_deferred_for_long(seed: int, share: float) -> None:
    """A deferred pixel changes again in the film, and is right within `LATEST` frame periods."""
    rng = np.random.default_rng(seed)
    lookahead, rows = fresh(), [[0] * 5]
    for _ in range(40):
        rows.append([v + int(rng.random() < share) for v in rows[-1]])
    ahead = [step for step in steps(lookahead, rows) if len(step.positions)]
    wrong_since: dict[int, int] = {}
    for n, step in enumerate(ahead):
        drawn = drawn_pixels(lookahead, ahead[n:], 1.0)
        for pixel in step.positions.tolist():
            if drawn[pixel]:
                assert step.period - wrong_since.pop(pixel, step.period) <= LATEST
            else:
                wrong_since.setdefault(pixel, step.period)
    assert not wrong_since


@pytest.mark.parametrize("periods", [9, 300, 70000])
def test_far_changes_defer_nothing(periods: int) -> None:
    """A long hold between two changes counts as no further change."""
    lookahead = fresh()
    first, second = (np.full((1, 5, 3), n, np.uint8) for n in (1, 2))
    ahead = [lookahead.append(Patch(1, ((ROW, first),))), lookahead.append(Patch(1 + periods, ((ROW, second),)))]
    assert drawn_pixels(lookahead, ahead, 0.5) == [True] * 5
