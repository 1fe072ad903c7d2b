"""Numbers on the film: correct, short, and in fixed positions while digits change."""

from __future__ import annotations

import math

import numpy as np
import pytest
from decoded import value_of
from hypothesis import given
from hypothesis import strategies as st

from animgd import SGD, Optimizer, Run, Schedule
from animgd.graphics.numbers import THIN, compact, labels, notation, run_settings, settings, short, ticks
from animgd.layout.measure import _extremes

numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=30), st.integers(1, 3))
def test_no_loss_needs_more_than_its_cells(losses, decimals):
    """The cells of a run hold each of its losses, though only few of them are measured."""
    way = notation(_extremes(np.array(losses)), decimals)
    assert max(len(way.write(loss)) for loss in losses) == way.cells


@given(st.floats(1e-12, 1e12))
def test_losses_are_rounded(loss):
    """To three decimals below 1000, to whole numbers below 100,000, else to three digits."""
    close = 0.5001e-3 if 0.5e-3 <= loss < 999 else 0.501 if 999 <= loss < 99999 else 0.501e-2 * loss
    assert value_of(notation([loss]).write(loss)) == pytest.approx(loss, abs=close)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.4994, "0.499"),
        (562.81, "562.810"),
        (0.0, "0.000"),
        (-3.5, "−3.500"),
        (999.6, f"1{THIN}000"),
        (15426.7354, f"15{THIN}427"),
        (99999.6, "1.00×10⁵"),
        (8.1e6, "8.10×10⁶"),
        (-1e30, "−1.00×10³⁰"),
        (2.3e-13, "2.30×10⁻¹³"),
        (0.0006, "0.001"),
        (math.inf, "∞"),
        (math.nan, "–"),
    ],
)
def test_notation_of_losses(value, text):
    """Decimals if they suffice, else powers of ten; symbols for nan and infinity."""
    assert notation([value]).write(value) == text


@given(numbers, numbers, st.integers(1, 12))
def test_ticks_are_few_and_inside(low, high, most):
    """Ticks lie between the ends, in order, and are at most as many as requested."""
    low, high = min(low, high), max(low, high)
    if low == high:
        return
    found = ticks(low, high, most)
    assert len(found) <= most
    assert found == sorted(found)
    slack = 1e-6 * (high / 2 - low / 2)
    assert all(low - slack <= tick <= high + slack for tick in found)


@pytest.mark.parametrize(
    ("low", "high", "most", "wanted"),
    [
        (-5, 8, 4, [-5, 0, 5]),
        (-5, 8, 8, [-4, -2, 0, 2, 4, 6, 8]),
        (0, 1, 6, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (1e6, 1e6 + 10, 3, [1e6, 1e6 + 5, 1e6 + 10]),
    ],
)
def test_ticks_are_round(low, high, most, wanted):
    """Ticks are multiples of 1, 2 or 5 times a power of ten."""
    assert ticks(low, high, most) == pytest.approx(wanted)


@given(st.floats(-1e12, 1e12), st.floats(1e-9, 1e12), st.integers(2, 9))
def test_labels_are_accurate(low, span, most):
    """Labels are distinct, and each is accurate."""
    if span < 1e-5 * abs(low):
        return
    found = ticks(low, low + span, most)
    written = labels(found)
    assert len(set(written)) == len(found)
    if len(found) > 1:
        step = found[1] - found[0]
        assert [value_of(text) for text in written] == pytest.approx(found, abs=2e-3 * step)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([-5.0, 0.0, 5.0], ["−5", "0", "5"]),
        ([0.0, 0.5, 1.0], ["0", "0.5", "1.0"]),
        ([0.25, 0.5], ["0.25", "0.50"]),
        ([1e5, 1.05e5, 1.1e5], ["10⁵", "1.05×10⁵", "1.1×10⁵"]),
        ([1e-7, 2e-7], ["10⁻⁷", "2×10⁻⁷"]),
        ([], []),
    ],
)
def test_labels_are_written_alike(values, wanted):
    """All labels of an axis have the same decimals, with a real minus sign."""
    assert labels(values) == wanted


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5"), (0.0, "0"), (200.0, "200"), (2e5, "2×10⁵"), (5e-4, "5×10⁻⁴"), (-1e5, "−10⁵"), (-0.1, "−0.1")],
)
def test_ticks_of_a_logarithmic_bar_are_compact(value, text):
    """Each decade has the shortest label."""
    assert compact(value) == text


@pytest.mark.parametrize(
    ("optimizer", "text"),
    [
        (SGD(lr=0.1), "SGD · lr 0.1"),
        (SGD(lr=0.1, momentum=0.9, nesterov=True), "SGD · lr 0.1 · momentum 0.9 · Nesterov"),
        (SGD(lr=1e-4, weight_decay=2.0), "SGD · lr 0.0001 · weight decay 2"),
        (SGD(lr=0.1, momentum=0.9, dampening=-0.5), "SGD · lr 0.1 · momentum 0.9 · dampening −0.5"),
        (Optimizer("Adam", betas=(0.8, 0.99), lr=0.3), "Adam · lr 0.3 · betas (0.8, 0.99)"),
        (Optimizer("AdamW", lr=0.3, weight_decay=0.0), "AdamW · lr 0.3 · weight decay 0"),
        (Optimizer("Adam", lr=0.3, amsgrad=True, foreach=None), "Adam · lr 0.3 · amsgrad"),
    ],
)
def test_settings_tell_what_differs(optimizer, text):
    """The settings include lr and all that differs from torch's defaults; AdamW's default weight decay is not 0."""
    assert settings(optimizer).replace("\N{NO-BREAK SPACE}", " ") == text


def test_settings_of_any_kind_can_be_shown():
    """Settings of an author's optimizer may be text or None."""
    assert [short(value) for value in ("adaptive", None, True, 3)] == ["adaptive", "None", "True", "3"]


def test_a_cycle_replaces_the_learning_rate_of_its_optimizer() -> None:
    """It begins with one of its own, so that of the optimizer would contradict what the film shows."""
    told = run_settings(Run("", SGD(lr=0.03, momentum=0.7), schedule=Schedule("OneCycleLR", max_lr=0.05)))
    assert "0.03" not in told and "max_lr 0.05" in told and "0.7" in told
    assert "0.03" in run_settings(Run("", SGD(lr=0.03), schedule=Schedule("StepLR", step_size=3)))
