"""Random scenes: a right film or one line, never a traceback, a stray word, or a wrong count."""

from __future__ import annotations

import json
import math
import shutil
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import decoded
from tests.rig import HEAD, count

ROW = "random scenes"
SIDES = (320, 400, 480, 640)
ODD = (0.0, -0.0, 5e-324, 1e-300, 1e-12, 1e12, 1e30, 1e155, 1e308, float("nan"), float("inf"), -float("inf"))
number = st.one_of(st.floats(-10, 10), st.sampled_from(ODD), st.sampled_from([-x for x in ODD]))
usual = st.floats(-6, 6)
titles = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["שלום עולם", "مرحبا", "\x1b[31mred\x1b[0m", "$x^2", "a\nb\tc", "\u202edrow", "𝛁𝑓 🎬", "\ud800", "%d {} \\"]
    ),
)
common = st.integers(0, 7)  # now and then, something odd
rate = common.flatmap(lambda odd: number if odd == 0 else st.floats(1e-3, 1.5))
spot = common.flatmap(lambda odd: number if odd == 0 else usual)
extent = common.flatmap(lambda odd: st.sampled_from((1, 17, 64, 161, 321)) if odd == 0 else st.sampled_from(SIDES))


@st.composite
def scenes(draw: st.DrawFn) -> str:
    """A scene's declaration as text, mostly of the sensible kind."""
    optimizer = draw(st.sampled_from(["SGD({lr}, momentum={m})", "SGD({lr}, {m}, weight_decay={w})", "SGD(lr={lr})",
                                      "Optimizer('Adam', lr={lr})", "Optimizer('RMSprop', lr={lr})"]))  # fmt: skip
    m, w = draw(st.sampled_from([0, 0.5, 0.9, 0.99])), draw(st.one_of(st.floats(0, 3), st.just(0.0), rate))
    parts = {
        "title": ascii(draw(titles)),
        "optimizer": optimizer.format(lr=spelt(draw(rate)), m=m, w=spelt(w)),
        "losses": repr((draw(st.sampled_from(["MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss"])),)),
        "epochs": str(draw(st.integers(1, 5))),
        "start": f"Point(weight={spelt(draw(spot))}, bias={spelt(draw(usual))})",
        "resolution": str(draw(st.integers(2, 21))),
    }
    if draw(st.booleans()):
        pairs = draw(st.lists(st.tuples(spot, usual), min_size=1, max_size=4))
        xs, ys = (f"({', '.join(spelt(v) for v in side)},)" for side in zip(*pairs, strict=True))
        parts["problem"] = f"Problem(x={xs}, y={ys})"
    elif draw(st.integers(0, 3)) == 0:
        parts["window"] = f"Window(bias=({spelt(draw(number))}, {spelt(draw(number))}))"
    width, height = draw(extent), draw(extent)
    parts["video"] = f"Video({width}, {height}, {draw(st.integers(1, 60))}, 10, 0.0, 0.1)"
    return "scene = Scene(" + ", ".join(f"{name}={value}" for name, value in parts.items()) + ")\n"


def spelt(value: float) -> str:
    return f"float('{value}')" if not math.isfinite(value) else repr(value)


@pytest.mark.long
def test_random_scenes(animgd, write, record_property) -> None:
    """Whatever is declared: all outputs, whole, with one count; or none, and one line besides warnings."""
    wanted, seen = count(200, 2000), {0: 0, 2: 0}
    record_property("count", wanted)

    @settings(max_examples=wanted, suppress_health_check=list(HealthCheck))
    @given(scenes(), st.sampled_from(["gif,json", "gif,json", "png,json", "mp4,json"]))
    def each(text: str, formats: str) -> None:
        done = animgd(write(HEAD + text), "-f", formats, "--no-cache")
        seen[done.status] = seen.get(done.status, 0) + 1
        assert set(seen) <= {0, 2}, (text, done.err)
        assert all(line.startswith("animgd: ") and line.isprintable() and len(line) < 1000 for line in done.err), done
        if done.status:
            errors = [line for line in done.err if not line.startswith("animgd: warning: ")]
            assert len(errors) == 1 and done.out == [] and done.made == [], (text, done.err)
        else:
            assert all("warning" in line for line in done.err), (text, done.err)
            check(done.folder, formats)
        shutil.rmtree(done.folder, ignore_errors=True)

    each()
    assert seen[0] > wanted / 5 and seen[2] > wanted / 50, seen  # both kinds were met


def check(folder: Path, formats: str) -> None:
    """The formats agree on size, number of frames, and how long the film is."""
    film = json.loads((folder / "small.json").read_text(), parse_constant=pytest.fail)
    size, frames, fps = (film["width"], film["height"]), film["frames"], Fraction(film["fps"])
    assert len(film["epoch_of_frame"]) == frames
    if "gif" in formats:
        held = decoded.seen(folder / "small.gif")
        assert held.size == size and held.seconds is not None
        assert abs(held.seconds - frames / fps) <= Fraction(1, 200)
    if "png" in formats:
        assert decoded.seen(folder / "small") == (size, frames, None, None)
    if "mp4" in formats:
        assert decoded.seen(folder / "small.mp4") == (size, frames, fps, frames / fps)
