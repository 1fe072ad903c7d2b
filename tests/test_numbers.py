"""Numbers on the film: correct, short, and in fixed positions while digits change."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animgd import SGD, Optimizer
from animgd.graphics.numbers import NO_POINT, compact, labels, notation, settings, short, ticks

numbers = st.floats(allow_nan=False, allow_infinity=False)


def read(text: str) -> float:
    """The value of a label."""
    return float(text.replace("−", "-"))


@given(st.lists(st.floats(), min_size=1, max_size=30), st.integers(2, 4))
def test_losses_of_a_run_fill_the_same_cells(losses, decimals):
    """All losses of a run have the same number of characters, so no digit moves when another changes."""
    way = notation(losses, decimals)
    written = [way.write(loss) for loss in losses]
    finite = [text for text, loss in zip(written, losses, strict=True) if math.isfinite(loss)]
    assert {len(text) for text in finite} <= {way.cells}


def shown(text: str) -> int:
    """The number of significant digits of a text."""
    mantissa = text.strip().lstrip("−").split("e")[0]
    return len(mantissa.replace(".", "").lstrip("0"))


@given(st.lists(st.floats(1e-12, 1e12), min_size=1, max_size=20))
def test_losses_have_four_significant_digits(losses):
    """Each loss is rounded to four significant digits, or to all digits before its point."""
    way = notation(losses)
    for loss in losses:
        text = way.write(loss)
        assert read(text) == pytest.approx(loss, rel=0.500001e-3)
        assert shown(text) == 4 or (loss > 9999 and "." not in text and shown(text) == 5)


@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9), min_size=2, max_size=4))
def test_a_column_has_one_notation(runs):
    """Losses of one column are all in fixed point with aligned points, or all with exponents."""
    column = [loss for run in runs for loss in run]
    ways = [notation(run, column=column) for run in runs]
    assert len({(way.decimals, way.scientific) for way in ways}) == 1
    written = [way.write(v) for way, run in zip(ways, runs, strict=True) for v in run]
    assert ways[0].scientific == any("e" in text for text in written) or not any(column)
    if not ways[0].scientific:
        points = {len(text) - text.index(mark) for text in written for mark in (".", NO_POINT) if mark in text}
        assert len(points) == 1


@pytest.mark.parametrize(
    ("losses", "value", "text"),
    [
        ([53.078, 0.4994], 0.4994, " 0.4994"),
        ([53.078, 0.4994], math.inf, "      ∞"),
        ([53.078, 0.4994], math.nan, "      –"),
        ([53.078, 0.4994], 53.078, "53.08  "),
        ([15426.7354, 0.4994], 0.4994, "    0.4994"),
        ([15426.7354, 0.4994], 15426.7354, f"15427{NO_POINT}    "),
        ([24.2, 2.3e-13, 0.0], 2.3e-13, "2.300e−13"),
        ([24.2, 2.3e-13, 0.0], 24.2, "  2.420e1"),
        ([24.2, 0.0], 0.0, f" 0{NO_POINT}    "),
        ([24.2, 0.0123], 0.0123, " 0.01230"),
        ([1e30, 5.0], 1e30, "1.000e30"),
        ([1e30, 5.0], 5.0, " 5.000e0"),
        ([3e-7, 0.01], 3e-7, "3.000e−7"),
        ([-3.5, 2.25], -3.5, "−3.500 "),
    ],
)
def test_notation_of_losses(losses, value, text):
    """Fixed point if it suffices, else exponents; symbols for nan and infinity."""
    assert notation(losses).write(value) == text


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
        assert [read(text) for text in written] == pytest.approx(found, abs=2e-3 * step)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([-5.0, 0.0, 5.0], ["−5", "0", "5"]),
        ([0.0, 0.5, 1.0], ["0", "0.5", "1.0"]),
        ([0.25, 0.5], ["0.25", "0.50"]),
        ([1e5, 1.05e5, 1.1e5], ["1e5", "1.05e5", "1.1e5"]),
        ([1e-7, 2e-7], ["1e−7", "2e−7"]),
        ([], []),
    ],
)
def test_labels_are_written_alike(values, wanted):
    """All labels of an axis have the same decimals, with a real minus sign."""
    assert labels(values) == wanted


@pytest.mark.parametrize(
    ("value", "text"), [(0.5, "0.5"), (0.0, "0"), (200.0, "200"), (2e5, "2e5"), (5e-4, "5e−4"), (-0.1, "−0.1")]
)
def test_ticks_of_a_logarithmic_bar_are_compact(value, text):
    """Each decade has the shortest label."""
    assert compact(value) == text


@pytest.mark.parametrize(
    ("optimizer", "text"),
    [
        (SGD(lr=0.1), "SGD · lr 0.1"),
        (SGD(lr=0.1, momentum=0.9, nesterov=True), "SGD · lr 0.1 · momentum 0.9 · nesterov"),
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
