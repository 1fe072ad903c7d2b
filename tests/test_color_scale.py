"""Colour scales: from losses to colours, and the ticks of the colour bar."""

from __future__ import annotations

import numpy as np
import pytest
from decoded import value_of
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from animgd.graphics.color_scale import Scale, scale

maps = arrays(np.float64, (3, 4), elements=st.floats())


@given(maps, st.sampled_from(["log", "linear"]), st.integers(1, 9))
@example(np.array([[0.0, 5e-324]]), "linear", 5)
@example(np.array([[-1.7e308, 1.7e308]]), "linear", 5)
def test_any_map_has_a_scale_or_none(loss, kind, most):
    """For any landscape, finite samples map to 0 to 1, others to nan, and ticks lie on the bar."""
    found = scale(loss, kind)
    assert (found is None) == (not np.isfinite(loss).any())
    if found is None:
        return
    unit = found.unit(loss)
    finite = np.isfinite(loss)
    assert np.isnan(unit[~finite]).all()
    assert ((unit[finite] >= 0) & (unit[finite] <= 1)).all()
    order = np.argsort(loss[finite], kind="stable")
    assert (np.diff(unit[finite][order]) >= 0).all(), "a greater loss never has a lower colour"
    bar = found.ticks(most)
    assert len(bar) <= max(most, 1)
    assert all(0 <= where <= 1 and isinstance(text, str) for where, text in bar)
    assert [where for where, _ in bar] == sorted(where for where, _ in bar)


def test_a_logarithmic_scale_resolves_low_losses():
    """Between 0.5 and 100, a loss of 1 is at 1/7 of the range, not at 1/200."""
    loss = np.array([[0.5, 1.0], [10.0, 100.0]])
    logs = scale(loss, "log").unit(loss)
    assert logs.flatten().tolist() == pytest.approx([0, 0.1308, 0.5654, 1], abs=1e-4)
    assert scale(loss, "linear").unit(loss).flatten().tolist() == pytest.approx([0, 0.005025, 0.09548, 1], abs=1e-4)


@pytest.mark.parametrize(
    ("loss", "kind", "log", "cut"),
    [
        ([1.0, 2.0], "log", True, False),
        ([0.0, 2.0], "log", True, True),
        ([1e-12, 2.0], "log", True, True),
        ([-1.0, 2.0], "log", False, False),
        ([0.0, 0.0], "log", False, False),
        ([1.0, 2.0], "linear", False, False),
    ],
)
def test_a_logarithm_is_taken_only_where_there_is_one(loss, kind, log, cut):
    """Losses below 0 make the scale linear; losses far below the others share the lowest colour, and `cut` is True."""
    found = scale(np.array([loss]), kind)
    assert (found.log, found.cut) == (log, cut)


def test_a_constant_map_has_one_tick_in_the_middle():
    """A constant landscape has one colour and one tick."""
    found = scale(np.full((3, 3), 2.5), "log")
    assert found.ticks(5) == [(0.5, "2.5")]
    assert (found.unit(np.full((3, 3), 2.5)) == 0.5).all()


@pytest.mark.parametrize("log", [True, False])
@pytest.mark.parametrize(("low", "high"), [(0.499441, 100.03), (0.5278, 8.317), (1e5, 1.2e5), (0.9, 1.1), (1e-9, 1e3)])
def test_ticks_of_bars_are_accurate(low, high, log):
    """A bar has at least two distinct ticks, each at the position of its loss."""
    found = Scale(low, high, log)
    bar = found.ticks(6)
    assert len(bar) >= 2
    assert len({text for _, text in bar}) == len(bar)
    named = np.array([value_of(text) for _, text in bar])
    assert found.unit(named).tolist() == pytest.approx([where for where, _ in bar], abs=2e-3)
