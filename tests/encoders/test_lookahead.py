"""A pixel may wait only where it will change again soon and little is lost, and never for long."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animgd.encoders.gif.histogram import Patch
from animgd.encoders.gif.lookahead import AHEAD, LATEST, Outlook, Step
from animgd.frame import Box

ROW = Box(0, 0, 5, 1)


def steps(outlook: Outlook, rows: Sequence[Sequence[int]]) -> list[Step]:
    """A film one pixel high, in greys, one frame a period."""
    return [
        outlook.step(Patch(n, ((ROW, np.array(row, np.uint8)[None, :, None].repeat(3, axis=2)),)))
        for n, row in enumerate(rows, 1)
    ]


def due(outlook: Outlook, ahead: list[Step], gain: float) -> list[bool]:
    """What of the first step is drawn where everything that changed differs from what is shown."""
    outlook.look(ahead[0], ahead[1 : AHEAD + 1])
    at = ahead[0].at
    drawn = outlook.drawn(ahead[0], np.ones(len(at), np.bool_), np.full(len(at), gain, np.float32))
    return [place in at[drawn] for place in range(5)]


def fresh() -> Outlook:
    return Outlook(np.zeros((1, 5), np.uint32), 1000.0)


def test_what_rests_is_drawn() -> None:
    """Before a rest nothing waits, however small the change."""
    outlook = fresh()
    assert due(outlook, steps(outlook, [[0, 1, 1, 1, 0]]), 3.0) == [False, True, True, True, False]


def test_what_goes_on_changing_may_wait() -> None:
    """A small change that is soon followed by another one is not drawn."""
    outlook = fresh()
    assert due(outlook, steps(outlook, [[0, 0, 1, 0, 0], [0, 0, 2, 0, 0]]), 900.0) == [False] * 5


def test_large_changes_never_wait() -> None:
    """The limit is higher where a pixel would be drawn alone, but there is one."""
    for gain, drawn in ((1900.0, False), (2900.0, False), (3100.0, True)):
        outlook = fresh()
        assert due(outlook, steps(outlook, [[0, 0, 1, 0, 0], [0, 0, 2, 0, 0]]), gain)[2] == drawn


def test_a_longer_stay_counts_more() -> None:
    """What stays three periods loses three times as much by waiting."""
    outlook = fresh()
    rows = [[0, 0, 1, 0, 0], [1, 0, 1, 0, 0], [2, 0, 1, 0, 0], [2, 0, 2, 0, 0]]
    assert due(outlook, steps(outlook, rows), 1100.0)[2]


def test_overlapping_boxes_change_a_pixel_once() -> None:
    """A change that lies in two boxes is counted in one of them."""
    outlook = fresh()
    pixels = np.ones((1, 5, 3), np.uint8)
    step = outlook.step(Patch(1, ((ROW, pixels), (ROW, pixels))))
    assert sorted(step.at.tolist()) == [0, 1, 2, 3, 4]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), share=st.sampled_from([0.2, 0.6, 1.0]))
def test_nothing_waits_for_long(seed: int, share: float) -> None:
    """A pixel that waits changes again in the film, and it is right within `LATEST` frame periods."""
    rng = np.random.default_rng(seed)
    outlook, rows = fresh(), [[0] * 5]
    for _ in range(40):
        rows.append([v + int(rng.random() < share) for v in rows[-1]])
    ahead = [step for step in steps(outlook, rows) if len(step.at)]
    wrong_since: dict[int, int] = {}
    for n, step in enumerate(ahead):
        drawn = due(outlook, ahead[n:], 1.0)
        for pixel in step.at.tolist():
            if drawn[pixel]:
                assert step.period - wrong_since.pop(pixel, step.period) <= LATEST
            else:
                wrong_since.setdefault(pixel, step.period)
    assert not wrong_since


@pytest.mark.parametrize("periods", [9, 300, 70000])
def test_far_changes_are_no_reason_to_wait(periods: int) -> None:
    """A hold between two changes is as good as a rest."""
    outlook = fresh()
    first, second = (np.full((1, 5, 3), n, np.uint8) for n in (1, 2))
    ahead = [outlook.step(Patch(1, ((ROW, first),))), outlook.step(Patch(1 + periods, ((ROW, second),)))]
    assert due(outlook, ahead, 0.5) == [True] * 5
