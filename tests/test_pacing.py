"""Paces: who gets which part of a film's time."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animgd import Video
from animgd.drawing.pacing import paced
from animgd.drawing.timeline import Timeline, lasting, timeline
from animgd.errors import SceneError
from animgd.recording.model import Landscape, Minimum, PanelRecording, Recording, Trajectory
from animgd.scene.problem import Window


def recording(*paths: np.ndarray, diverged_at: int | None = None) -> Recording:
    """A recording of runs along bias; the window is 13 wide."""
    runs = tuple(
        Trajectory(np.zeros(len(p)), p, np.ones(len(p)), np.zeros((len(p), 2)), None, diverged_at) for p in paths
    )
    land = Landscape(Window(), np.ones((2, 2)))
    minima = (Minimum(0.0, 0.0, 1.0, True),)
    return Recording((PanelRecording(land, minima, runs, (None,) * len(runs)),), ("bias", "weight"))


def film(pace: str, path: np.ndarray, **settings: object) -> Timeline:
    """The timeline of one run."""
    video = Video(pace=pace, hold_start=0, hold_end=0, **settings)  # type: ignore[arg-type]
    return paced(timeline(video, len(path) - 1), video, recording(path))


def test_linear_pace_needs_no_recording() -> None:
    """The linear pace is the contract's exact one, whatever was recorded."""
    line = film("linear", np.linspace(0, 1, 11))
    assert [line.moment(k) for k in range(line.count)] == [Fraction(k * 10, line.steps) for k in range(line.count)]


def test_distance_gives_equal_path_to_equal_time() -> None:
    """Between any two moving frames, the run walks the same length."""
    path = np.concatenate([[0.0], np.cumsum([4.0, 2.0, 1.0, 0.5, 0.25, 0.25])])
    line = film("distance", path, epochs_per_second=1)
    at = np.interp([float(line.moment(k)) for k in range(line.count)], np.arange(7), path)
    assert np.diff(at) == pytest.approx(np.full(line.steps, 8 / line.steps), abs=1e-4)


def test_distance_of_a_run_that_stands_still_is_linear() -> None:
    """Where nothing moves, time goes on evenly."""
    line = film("distance", np.zeros(11))
    assert float(line.moment(line.steps // 2)) == pytest.approx(10 * (line.steps // 2) / line.steps, abs=0.1)


def test_settle_ends_when_all_have_settled() -> None:
    """The last frame shows the epoch from which on the run stays within 0.1 of the minimum."""
    path = np.where(np.arange(101) < 30, 3.0, 0.0) + 0.0009 * np.arange(101)
    line = film("settle", path)
    assert line.moment(line.count - 1) == 30
    assert float(line.moment(line.steps // 2)) < 15  # slowly at the start


def test_settle_waits_for_what_still_moves() -> None:
    """A run that is on its way to the minimum has not settled, however small its steps: the film shows all epochs."""
    line = film("settle", 6.0 - 0.05 * np.arange(101))
    assert line.moment(line.count - 1) == 100


def test_settle_waits_for_what_diverges() -> None:
    """A run that diverged has settled when it did, not never."""
    video = Video(pace="settle")
    line = paced(timeline(video, 50), video, recording(np.linspace(0, 1e9, 51), diverged_at=12))
    assert line.moment(line.count - 1) == 12


def test_slow_motion_lasts_so_many_times_as_long() -> None:
    """The epochs named take the time asked for, the others theirs; the film grows by it."""
    usual, slow = (
        film("linear", np.zeros(21), epochs_per_second=5),
        film("linear", np.zeros(21), epochs_per_second=5, slow=((4, 8, 3),)),
    )
    moments = [slow.moment(k) for k in range(slow.count)]
    assert slow.steps == usual.steps + 2 * 4 * 5
    assert sum(4 <= m < 8 for m in moments) == pytest.approx(3 * 4 * 5, abs=1)
    assert sum(m < 4 for m in moments) == pytest.approx(4 * 5, abs=1)


@given(
    st.lists(st.floats(-20, 20), min_size=3, max_size=60),
    st.sampled_from(["auto", "linear", "distance", "settle"]),
    st.sampled_from([(), ((0, 3, 4.0),), ((1, 400, 0.2),)]),
    st.integers(1, 60),
)
def test_the_epoch_never_goes_backwards(path: list[float], pace: str, slow: tuple[object, ...], fps: int) -> None:
    """Whatever the pace, a film begins at epoch 0, never goes back, and as many frames as the linear one has."""
    video = Video(pace=pace, slow=slow, fps=fps)  # type: ignore[arg-type]
    plain = timeline(video, len(path) - 1)
    line = paced(plain, video, recording(np.array(path)))
    moments = [line.moment(k) for k in range(line.count)]
    assert moments[0] == 0 and moments == sorted(moments) and line.count == plain.count
    assert moments[-1] == len(path) - 1 or pace == "settle"
    assert [m for m, stay in line.moments() for _ in range(stay)] == moments


def test_a_duration_holds_in_slow_motion() -> None:
    """--duration is the length of the whole film, slow motion included."""
    video = lasting(Video(slow=((10, 30, 5),)), 100, Fraction(20))
    assert timeline(video, 100).count == 500


@pytest.mark.parametrize("slow", [((3, 3, 2),), ((-1, 4, 2),), ((0, 5, 0),), ((0, 5),), ("ab",), 7])
def test_a_slow_motion_that_cannot_be_is_refused(slow: object) -> None:
    """Slow motion needs a first epoch, a later last one, and a factor above 0."""
    with pytest.raises(SceneError, match="slow must be a tuple of"):
        Video(slow=slow)  # type: ignore[arg-type]


def test_pace_is_one_of_four() -> None:
    """A misspelt pace is told which there are."""
    with pytest.raises(SceneError, match="'auto', 'linear', 'distance', 'settle'"):
        replace(Video(), pace="fast")


@pytest.mark.parametrize("epochs", [1, 2, 7, 12, 13, 40, 100, 249, 250, 1000])
def test_auto_pace_has_the_frames_of_the_linear_one(epochs: int) -> None:
    """Only the epochs that frames show differ: from 0 to the last, never backwards, and never past an epoch."""
    path = np.linspace(0, 4, epochs + 1)
    auto, linear = (film(pace, path, epochs_per_second=10) for pace in ("auto", "linear"))
    assert (auto.count, auto.hold_start, auto.hold_end) == (linear.count, linear.hold_start, linear.hold_end)
    moments = [auto.moment(frame) for frame in range(auto.count)]
    assert moments[0] == 0 and moments[-1] == epochs and moments == sorted(moments)
    if epochs <= auto.steps:  # each epoch is shown
        assert {int(moment) for moment in moments} == set(range(epochs + 1))


def test_auto_pace_begins_with_single_steps() -> None:
    """Each of the first six epochs takes 0.36 s, and starts and ends gently; later ones take ever less time."""
    line = film("auto", np.linspace(0, 4, 101), epochs_per_second=10)
    moments = np.array([float(line.moment(frame)) for frame in range(line.count)])
    reached = np.array([np.argmax(moments >= epoch) / 25 for epoch in range(101)])
    assert np.abs(reached[:7] - 0.36 * np.arange(7)).max() <= 1 / 25
    assert (np.diff(reached[6::8]) < 1.02 * np.diff(reached[6::8])[0]).all() and reached[100] - reached[92] < 0.5
    steps = np.diff(moments[:10])
    assert steps[0] < 0.25 * steps[4] and steps[8] < 0.25 * steps[4]


def test_auto_pace_of_short_films_is_even() -> None:
    """Up to twelve epochs all take the same time; with more epochs than frames the pace is linear."""
    for epochs, rate in ((12, 10), (100, 100)):
        line = film("auto", np.linspace(0, 4, epochs + 1), epochs_per_second=rate)
        moments = np.array([float(line.moment(frame)) for frame in range(line.count)])
        assert np.abs(moments - np.linspace(0, epochs, line.count)).max() < 1


def test_auto_pace_keeps_slow_motion() -> None:
    """An epoch in slow motion takes longer than its neighbours."""
    line = film("auto", np.linspace(0, 4, 101), epochs_per_second=10, slow=((30, 33, 6),))
    moments = np.array([float(line.moment(frame)) for frame in range(line.count)])
    frames = [((moments >= k) & (moments < k + 1)).sum() for k in (29, 30, 31, 32, 33)]
    assert min(frames[1:4]) > 3 * max(frames[0], frames[4])
