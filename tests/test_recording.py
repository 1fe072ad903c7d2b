"""Recordings: the landscapes, minima and paths of a scene, trained and solved once each."""

from __future__ import annotations

import numpy as np
import pytest

import animgd
from animgd import SGD, Function, Loss, Optimizer, Panel, Point, Problem, Run, Scene, Window, record
from animgd.recording.diagnostics import remarks
from animgd.scene.weight_decay import coupled_decay

HOURS = Problem(x=(0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4), y=(1.1, 1.4, 2.2, 2.4, 3.1, 3.3, 4.2, 0.4))


def test_huber_and_smooth_l1_are_one_function_until_a_scene_says_otherwise(five):
    """With delta = beta = 1 panels three and four are equal; at 0.5 their paths part by up to 2.33."""
    _, _, huber, smooth = five["momentum"].panels
    np.testing.assert_array_equal(huber.landscape.loss, smooth.landscape.loss)
    np.testing.assert_allclose(huber.runs[0].weight, smooth.runs[0].weight, atol=1e-5)
    halves = (Loss("HuberLoss", delta=0.5), Loss("SmoothL1Loss", beta=0.5))
    a, b = (p.runs[0] for p in record(Scene(losses=halves, resolution=3)).panels)
    assert np.abs([a.weight - b.weight, a.bias - b.bias]).max() == pytest.approx(2.33, abs=0.005)


def holds(window: Window, weight, bias) -> bool:
    """Whether all places lie inside a window, its edges left out."""
    weight, bias = np.asarray(weight), np.asarray(bias)
    up = (window.weight[0] < weight) & (weight < window.weight[1])
    return bool((up & (window.bias[0] < bias) & (bias < window.bias[1])).all())


@pytest.mark.parametrize(
    "scene",
    [
        Scene(problem=HOURS, optimizer=SGD(lr=0.05, momentum=0.8), start=Point(weight=-1, bias=3), epochs=150),
        Scene(
            problem=HOURS,
            optimizer={"a": SGD(lr=0.01), "b": Optimizer("Adam", lr=0.5)},
            start=Point(weight=50, bias=-20),
        ),
        Scene(
            problem=HOURS,
            optimizer=(
                Run("here", SGD(lr=0.01), Point(weight=9, bias=9)),
                Run("there", SGD(lr=0.01), Point(weight=-9, bias=0)),
            ),
        ),
        Scene(window=None, optimizer=SGD(lr=0.1, momentum=0.9)),
        Scene(problem=Problem(x=(1, 2, 3), y=(1e6, 2e6, 4e6)), optimizer=SGD(lr=0.05)),
        # Fails as long as `_found` looks only near the start: a Function's minima are not known when it looks.
        Scene(problem=Function("booth"), window=None, optimizer=SGD(lr=0.02), start=Point(weight=-2, bias=-2)),
    ],
    ids=["own data", "far start", "two starts", "toy", "large data", "booth"],
)
def test_windows_that_are_found_hold_starts_minima_and_paths(scene):
    """Without a window, one is found in which every start, every minimum and every path that arrives is seen."""
    recording = record(scene)
    window = recording.panels[0].landscape.window
    seen = [r.bias for p in recording.panels for r in p.runs] + [
        [p.minimum.bias] for p in recording.panels if p.minimum
    ]
    assert window.bias[1] - window.bias[0] < 2 * np.ptp(np.concatenate(seen)), "and it is not mostly empty"
    for panel in recording.panels:
        assert panel.landscape.window == window, "all panels share it"
        assert panel.minimum is not None
        assert holds(window, panel.minimum.weight, panel.minimum.bias)
        for run in panel.runs:
            assert holds(window, run.weight, run.bias)


def test_a_window_is_found_for_a_path_that_runs_away():
    """A path that diverges does not stretch the window: starts and minima stay to be seen."""
    panel = record(Scene(problem=HOURS, optimizer=SGD(lr=5.0), epochs=80)).panels[0]
    window, run = panel.landscape.window, panel.runs[0]
    assert run.diverged_at is not None
    assert holds(window, run.weight[0], run.bias[0]) and holds(window, panel.minimum.weight, panel.minimum.bias)
    assert window.weight[1] - window.weight[0] < 100


def test_what_panels_share_is_computed_once(monkeypatch):
    """Four panels with one loss share one landscape and one solution."""
    from animgd.training import record as module

    calls = []
    real = module.survey
    monkeypatch.setattr(module, "survey", lambda *given: calls.append(given) or real(*given))
    panels = tuple(Panel(loss="MSELoss", optimizer=SGD(lr=lr)) for lr in (0.1, 0.2, 0.3, 0.4))
    recorded = record(Scene(panels=panels, epochs=2, resolution=5)).panels
    assert len(calls) == 1
    assert len({panel.runs[0].weight[1] for panel in recorded}) == 4


def test_each_panel_has_its_own_start_loss_and_runs():
    """What a panel says is recorded on that panel, what it leaves out comes from the scene."""
    both = {"slow": SGD(lr=0.01), "fast": SGD(lr=0.1)}
    first = Panel(loss="L1Loss", start=Point(weight=1, bias=2))
    scene = Scene(panels=(first, Panel(optimizer=both)), epochs=3, resolution=3)
    first, second = record(scene).panels
    assert (first.runs[0].weight[0], first.runs[0].bias[0]) == (1, 2)
    assert [len(first.runs), len(second.runs)] == [1, 2]
    assert first.landscape.loss.max() < 9 < second.landscape.loss.max()
    assert second.runs[0].loss[1] > second.runs[1].loss[1]


def test_the_recording_does_not_depend_on_look_or_size():
    """Theme, size and rate change nothing of what is computed."""
    from animgd import Style, Video

    plain = record(Scene(epochs=5, resolution=5))
    other = record(Scene(epochs=5, resolution=5, style=Style("dark"), video=Video(width=640, height=480, fps=50)))
    for a, b in zip(plain.panels, other.panels, strict=True):
        np.testing.assert_array_equal(a.landscape.loss, b.landscape.loss)
        np.testing.assert_array_equal(a.runs[0].weight, b.runs[0].weight)


@pytest.mark.parametrize(
    ("optimizer", "decay"),
    [
        (SGD(lr=0.1, weight_decay=2.0), 2.0),
        (Optimizer("Adam", lr=0.1, weight_decay=0.5), 0.5),
        (Optimizer("Adam", lr=0.1, weight_decay=0.5, decoupled_weight_decay=True), 0.0),
        (Optimizer("AdamW", lr=0.1, weight_decay=0.5), 0.0),
        (Optimizer("AdamW", lr=0.1), 0.0),
        (SGD(lr=0.1), 0.0),
    ],
)
def test_only_decay_that_is_in_the_gradient_moves_the_minimum(optimizer, decay):
    """AdamW shrinks parameters apart from the loss: there is no function with decay that it descends."""
    assert coupled_decay(optimizer) == decay
    panel = record(Scene(optimizer=optimizer, losses=("MSELoss",), epochs=1, resolution=3)).panels[0]
    assert (panel.decayed[0] is not None) == bool(decay)


def test_remarks_say_what_is_odd_and_nothing_else():
    """A constant map, an undefined one, divergence, and settings that torch ignores are remarked; others are not."""
    quiet = Scene(epochs=2, resolution=3)
    assert list(remarks(quiet, record(quiet))) == []
    import torch

    for scene, words in [
        (Scene(problem=Function(lambda w, b: 0 * w * b + 2), epochs=1, resolution=3), "constant"),
        (Scene(problem=Function(lambda w, b: torch.sqrt(-1 - w * w) * b), epochs=1, resolution=3), "not finite"),
        (Scene(optimizer=SGD(lr=0.1, dampening=0.5), losses=("MSELoss",), epochs=1, resolution=3), "ignores dampening"),
        (
            Scene(optimizer=SGD(lr=0.1, momentum=0.5, dampening=1.5), losses=("MSELoss",), epochs=1, resolution=3),
            "0 to 1",
        ),
        (Scene(optimizer=SGD(lr=9.0), losses=("MSELoss",), epochs=60, resolution=3), "MSELoss: diverged at epoch"),
    ]:
        said = list(remarks(scene, record(scene)))
        assert any(words in line for line in said), (words, said)


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (lambda x, y: __import__("torch").log(x) + y**2, "the loss is not a number at epoch"),
        (lambda x, y: 1 / __import__("torch").relu(x) - 50 / x + y**2, "the loss is infinite from epoch"),
        (lambda x, y: -(x**4) + y**2, "diverged at epoch"),
    ],
)
def test_a_loss_that_is_no_number_is_no_divergence(loss, words):
    """A path that goes calmly to where the loss has no value is not said to have run away; the first comes back."""
    scene = Scene(problem=Function(loss), start=Point(x=1, y=1), optimizer=SGD(lr=0.3), epochs=30, resolution=5)
    recording = record(scene)
    (line,) = [each for each in remarks(scene, recording) if "epoch" in each]
    assert f"{words} {recording.panels[0].runs[0].diverged_at}" in line
    assert recording.panels[0].runs[0].fate.startswith("diverged at epoch")


def test_the_public_functions_are_those_of_the_contract(tmp_path):
    """load, record and render work from Python as the design says, with progress."""
    module = tmp_path / "tiny.py"
    module.write_text(
        "from animgd import Panel, Scene, Video\n"
        "scene = Scene(panels=(Panel(loss='L1Loss'),), epochs=2, video=Video(320, 240, 10, 10, 0.2, 0.3))\n"
    )
    scene = animgd.load(module)["scene"]
    assert len(animgd.record(scene).panels[0].runs[0].loss) == 3
    seen = []
    film = animgd.render(scene, tmp_path / "tiny.json", progress=lambda done, count: seen.append((done, count)))
    assert film.paths == (tmp_path / "tiny.json",) and film.paths[0].stat().st_size > 0
    assert (film.frames, film.seconds) == (8, 0.8)
    assert seen[-1] == (8, 8) and sorted(seen) == seen
