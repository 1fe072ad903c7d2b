"""The scenes that come with animgd: each loads, tells what to watch, and films."""

from __future__ import annotations

import ast
import json

import numpy as np
import pytest
from conftest import FIGURES, ROOT
from PIL import Image

from animgd.scene.module import transfer
from animgd.scene.module.loader import load

SCENES = sorted((ROOT / "scenes").glob("*.py"))
OTHERS = {"compare", "adam", "learning_rates", "huber_delta", "own_data"}


def test_the_promised_scenes_are_there():
    """The scenes of the article's figures and the five others, each in a file of its own."""
    assert {*FIGURES, *OTHERS} <= {path.stem for path in SCENES}


@pytest.mark.parametrize("figure", FIGURES)
def test_figures_have_the_document_s_settings(figure):
    """The five scenes named after figures differ from the default in nothing but the optimizer and the title."""
    scene = load(ROOT / "scenes" / f"{figure}.py")["scene"]
    assert scene.optimizer == FIGURES[figure]
    assert (scene.epochs, scene.start.weight, scene.start.bias) == (100, 6, -3)
    assert scene.window.bias == scene.window.weight == (-5, 8)
    assert [panel.title for panel in scene.grid] == ["MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss"]


@pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
def test_every_scene_reaches_a_film_worker(path):
    """What is told to another process, as JSON, is the same scene."""
    for scene in load(path).values():
        (told,) = transfer.unpacked(transfer.packed([scene]))
        assert transfer.packed([told]) == transfer.packed([scene])


@pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
def test_every_scene_is_filmed(animgd, path):
    """Each scene renders small and quick as JSON and GIF, without a warning, and every panel's paths are in it."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert text and len(text) > 40, "its docstring tells the viewer what to watch"
    scenes = load(path)  # named, since a module with a lecture films only that
    epochs = 60 if path.stem == "own_loop" else 6  # a film that cuts a recorded path says so
    done = animgd(path, *scenes, "-f", "json,gif", "--size", "640x360", "--epochs", epochs, "--fps", 5)
    assert (done.status, done.err) == (0, [])
    films = [name for name in done.made if name.endswith(".json")]
    assert len(films) == len(scenes)
    for name in films:
        film = json.loads((done.folder / name).read_text())
        assert film["epoch_of_frame"][-1] == epochs
        runs = [run for panel in film["panels"] for run in panel["runs"]]
        scene = scenes[name.removesuffix(".json").partition("-")[2] or "scene"]
        if not any(panel.runs for panel in scene.grid):
            continue
        if scene.heatmaps:
            assert runs and all(np.ptp(run["weight"]) + np.ptp(run["bias"]) > 0 for run in runs)
        with Image.open(done.folder / name.replace(".json", ".gif")) as picture:
            assert picture.size == (640, 360) and picture.n_frames > 1
            picture.seek(0)
            first = np.asarray(picture.convert("RGB")).astype(int)
            picture.seek(picture.n_frames - 1)
            assert np.abs(np.asarray(picture.convert("RGB")) - first).max() > 60, "something must have moved"


@pytest.mark.long
@pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
def test_every_frame_of_every_scene_is_drawn(path):
    """At the size that the scene has: names on the map, arrows, lenses and words come only with room."""
    from animgd import record
    from animgd.drawing.renderer import Renderer

    for scene in load(path).values():
        scene = scene.replace(video=scene.video.replace(fps=10))  # noqa: PLW2901 - fewer frames
        renderer = Renderer(scene, record(scene))
        assert sum(frame.periods for frame in renderer.frames()) == renderer.timeline.count
