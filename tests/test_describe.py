"""The film as data: the keys of the contract, plain numbers, nothing of this machine."""

from __future__ import annotations

import json

import numpy as np
import pytest

from animgd import SGD, Function, Loss, Optimizer, Panel, Scene, Video, record
from animgd.drawing.describe import document
from animgd.drawing.renderer import plan as layout
from animgd.drawing.timeline import timeline
from animgd.encoders.json_data import finite

VIDEO = Video(width=640, height=360, fps=10, epochs_per_second=5, hold_start=0.2, hold_end=0.3)


def told(scene: Scene) -> dict:
    """The article of a scene, as a reader of the JSON gets it."""
    recording = record(scene)
    plan = layout(scene, recording, (scene.video.width, scene.video.height))
    made = finite(document(scene, recording, plan, timeline(scene.video, scene.epochs)))
    return json.loads(json.dumps(made, allow_nan=False))


@pytest.fixture(scope="module")
def momentum() -> dict:
    """Figure 6, five epochs of it."""
    return told(Scene(title="Six", optimizer=SGD(lr=0.1, momentum=0.9), epochs=5, resolution=5, video=VIDEO))


def test_the_film_s_keys_are_those_of_the_contract(momentum):
    """Title, size, exact rate, frames, and the epoch that each frame shows."""
    assert list(momentum)[:8] == ["animgd", "title", "width", "height", "fps", "frames", "epoch_of_frame", "panels"]
    assert (momentum["title"], momentum["width"], momentum["height"]) == ("Six", 640, 360)
    assert (momentum["fps"], momentum["frames"]) == ("10/1", 16)
    shown = [0, 0, *(k / 2 for k in range(11)), 5, 5, 5]
    assert momentum["epoch_of_frame"] == shown


def test_a_panel_s_keys_are_those_of_the_contract(momentum):
    """Each panel tells its place, window, minimum and runs; each run its settings and epochs + 1 numbers."""
    assert [panel["title"] for panel in momentum["panels"]] == ["MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss"]
    for panel in momentum["panels"]:
        assert {"title", "box", "window", "minimum", "minima", "axes", "landscape", "runs"} <= set(panel)
        assert panel["axes"] == ["bias", "weight"] and panel["minima"] == [panel["minimum"]]
        assert panel["landscape"]["log"] and 0 < panel["landscape"]["low"] < panel["landscape"]["high"]
        left, top, right, bottom = panel["box"]
        assert all(isinstance(edge, int) for edge in panel["box"])
        assert 0 <= left < right <= 640 and 0 <= top < bottom <= 360
        assert panel["window"] == {"bias": [-5, 8], "weight": [-5, 8]}
        assert panel["minimum"]["proven"] is True
        assert set(panel["minimum"]) == {"weight", "bias", "loss", "proven"}
        (run,) = panel["runs"]
        assert {"label", "optimizer", "weight", "bias", "loss", "diverged_at"} <= set(run)
        assert [len(run[key]) for key in ("weight", "bias", "loss")] == [6, 6, 6]
        assert (run["weight"][0], run["bias"][0], run["diverged_at"]) == (6, -3, None)
        assert run["optimizer"] == {
            "name": "SGD", "lr": 0.1, "momentum": 0.9, "weight_decay": 0, "dampening": 0, "nesterov": False,
        }  # fmt: skip
    assert momentum["panels"][0]["runs"][0]["loss"][0] == pytest.approx(53.07827)


def test_numbers_that_json_cannot_say_are_null():
    """An infinite loss is null, the epoch of divergence a number, a minimum that is not there null."""
    panels = (Panel(loss="MSELoss", optimizer=SGD(lr=1e20)),)
    run = told(Scene(panels=panels, epochs=3, resolution=5, video=VIDEO))["panels"][0]["runs"][0]
    assert run["loss"][0] is not None and run["loss"][-1] is None
    assert run["diverged_at"] == 1
    flat = Scene(problem=Function(lambda w, b: 0 * w * b), epochs=3, resolution=5, video=VIDEO)
    assert told(flat)["panels"][0]["minimum"] is None


def test_functions_tell_their_axes_and_all_minima():
    """The horizontal axis comes first, `minimum` is the first of `minima`, maxima are told where a run ascends."""
    function = Function("six-hump-camel", axes=("length", "height"))
    scene = Scene(problem=function, optimizer=SGD(lr=0.01), epochs=2, resolution=21, video=VIDEO)
    panel = told(scene)["panels"][0]
    assert panel["axes"] == ["length", "height"]
    assert [(m["bias"], m["weight"]) for m in panel["minima"]] == [
        pytest.approx((x, -8 * x + 0.00608), abs=1e-4) if x > 0 else pytest.approx((x, -8 * x - 0.00608), abs=1e-4)
        for x in (0.0898420, -0.0898420)
    ]
    assert panel["minimum"] == panel["minima"][0] and panel["minimum"]["proven"] is True
    assert panel["landscape"]["log"] is False and "maxima" not in panel
    hill = Function(lambda x, y: 4 - (x - 1) ** 2 - 2 * (y + 1) ** 2)
    up = Optimizer("SGD", lr=0.1, maximize=True)
    panel = told(Scene(problem=hill, optimizer=up, epochs=2, resolution=21, video=VIDEO))["panels"][0]
    assert (panel["minimum"], panel["minima"]) == (None, [])
    assert [(m["bias"], m["weight"], m["loss"]) for m in panel["maxima"]] == [pytest.approx((1, -1, 4), abs=1e-6)]


def test_a_landscape_without_values_is_null():
    """Where no sample is finite there is no scale to tell."""
    import torch

    nowhere = Function(lambda x, y: torch.log(-1 - x**2 - y**2))
    panel = told(Scene(problem=nowhere, optimizer=SGD(lr=0.1), epochs=2, resolution=5, video=VIDEO))["panels"][0]
    assert panel["landscape"] is None and panel["runs"][0]["diverged_at"] == 0


def test_settings_of_every_kind_are_told_and_no_path_is():
    """Tuples become lists, code its kind's name; nothing names this machine's folders."""

    def bent(prediction, target):
        return ((prediction - target) ** 2).mean()

    scene = Scene(
        optimizer={"a": Optimizer("Adam", lr=0.3, betas=(0.8, 0.9)), "b": SGD(lr=0.1, weight_decay=0.5)},
        losses=(bent, Loss("HuberLoss", delta=0.5)),
        epochs=2, resolution=5, video=VIDEO,
    )  # fmt: skip
    film = told(scene)
    runs = film["panels"][1]["runs"]
    assert [run["label"] for run in runs] == ["a", "b"]
    assert runs[0]["optimizer"] == {"name": "Adam", "lr": 0.3, "betas": [0.8, 0.9]}
    assert np.hypot(*(runs[1]["decayed_minimum"][axis] for axis in ("weight", "bias"))) > 0
    text = json.dumps(film)
    assert "/" not in text.replace('"10/1"', "") and "\\\\" not in text
