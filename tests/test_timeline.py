"""The clock: exact fractions, and an epoch that never goes backwards."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animgd import Video
from animgd.drawing.timeline import lasting, timeline
from animgd.errors import UsageError

rates = st.one_of(st.integers(1, 240), st.sampled_from([Fraction(30000, 1001), Fraction(24000, 1001), Fraction(1, 2)]))
paces = st.one_of(st.integers(1, 300), st.floats(0.5, 500), st.fractions(Fraction(1, 2), 500, max_denominator=999))
holds = st.one_of(st.integers(0, 5), st.floats(0, 5), st.fractions(0, 5, max_denominator=1001))
videos = st.builds(
    lambda fps, pace, start, end: Video(fps=fps, epochs_per_second=pace, hold_start=start, hold_end=end),
    rates, paces, holds, holds,
)  # fmt: skip


def test_the_default_film_has_331_frames():
    """100 epochs in 10 s at 25 frames a second, 1.2 s before and 2 s after, and both ends."""
    line = timeline(Video(), 100)
    assert (line.hold_start, line.steps, line.hold_end, line.count) == (30, 250, 50, 331)
    assert [line.moment(k) for k in (0, 30, 31, 155, 279, 280, 281, 330)] == [
        0, 0, Fraction(2, 5), 50, Fraction(498, 5), 100, 100, 100,
    ]  # fmt: skip


@pytest.mark.parametrize("epochs", [1, 2, 7, 100])
@pytest.mark.parametrize("rate", [1, 25, 60, Fraction(30000, 1001)])
def test_one_frame_an_epoch_where_the_paces_agree(epochs, rate):
    """Without holds and with fps == epochs_per_second, frame k shows epoch k exactly."""
    line = timeline(Video(fps=rate, epochs_per_second=rate, hold_start=0, hold_end=0), epochs)
    assert [line.moment(k) for k in range(line.count)] == list(range(epochs + 1))


@given(videos, st.integers(1, 2000))
def test_frames_are_as_many_as_the_contract_says(video, epochs):
    """N = max(1, ⌊epochs / epochs_per_second · fps + ½⌋), N + 1 frames between the holds, frame k at k · epochs / N."""
    pace = (
        Fraction(repr(video.epochs_per_second))
        if isinstance(video.epochs_per_second, float)
        else video.epochs_per_second
    )
    steps = max(1, floor(epochs / pace * Fraction(video.fps) + Fraction(1, 2)))
    line = timeline(video, epochs)
    assert line.steps == steps
    assert line.count == line.hold_start + steps + 1 + line.hold_end
    for k in {0, 1, steps // 2, steps}:
        assert line.moment(line.hold_start + k) == Fraction(k * epochs, steps)
    assert line.moment(0) == line.moment(line.hold_start) == 0
    assert line.moment(line.count - 1) == epochs


@given(videos, st.integers(1, 60))
def test_the_epoch_never_goes_backwards(video, epochs):
    """Frame by frame the moment grows or stays, and the moments with their stays are the frames."""
    line = timeline(video, epochs)
    shown = [line.moment(k) for k in range(line.count)]
    assert all(isinstance(moment, Fraction) for moment in shown)
    assert shown == sorted(shown)
    assert [moment for moment, stay in line.moments() for _ in range(stay)] == shown


@given(videos, st.integers(1, 1000), st.fractions(Fraction(1, 10), 60, max_denominator=1001))
def test_a_duration_is_reached_to_the_frame(video, epochs, seconds):
    """--duration gives a film of the nearest whole number of frames, or says what the shortest is."""
    wanted = floor(seconds * Fraction(video.fps) + Fraction(1, 2))
    least = timeline(video, epochs).hold_start + timeline(video, epochs).hold_end + 2
    if wanted < least:
        with pytest.raises(UsageError, match="the shortest is"):
            lasting(video, epochs, seconds)
    else:
        line = timeline(lasting(video, epochs, seconds), epochs)
        assert line.count == wanted
        assert line.moment(line.count - 1) == epochs


def test_what_was_written_counts_and_not_its_binary_neighbour():
    """0.1 epochs a second is a tenth: rounding a half up does not depend on how floats are stored."""
    video = Video(fps=25, epochs_per_second=0.1, hold_start=0.06, hold_end=np.float64(0.1))
    line = timeline(video, 1)
    assert (line.steps, line.hold_start, line.hold_end) == (250, 2, 3)


def test_a_film_without_end_is_refused_but_a_duration_saves_it():
    """Epochs that would take days to watch are an error that names the cure, and the cure works."""
    with pytest.raises(UsageError, match="--duration"):
        timeline(Video(epochs_per_second=1e-300), 100)
    with pytest.raises(UsageError, match="--duration"):
        timeline(Video(), 10_000_000)
    video = lasting(Video(), 10_000_000, Fraction(20))
    assert timeline(video, 10_000_000).count == 500
