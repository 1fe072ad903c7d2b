"""The pages in docs/how-to/: what they print, typed into a copy of the package, works."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT

PAGES = ROOT / "docs" / "how-to"
BLOCK = re.compile(r"(?:`([\w/]+\.py)`:?[^`]*)?```(python|diff)\n(.*?)```", re.S)
SCENE = (
    "from animgd import *\n"
    "scene = Scene(epochs=4, {},\n"
    "              video=Video(width=480, height=300, fps=4, epochs_per_second=4, hold_start=0, hold_end=0))\n"
)


@pytest.fixture
def typed(tmp_path: Path, python) -> Callable[..., Path]:
    """Type a page into a copy of the package, and film a scene with it: the folder of the films."""

    def call(page: str, options: list[str], fields: str = "title='T'", default: str = "") -> Path:
        shutil.copytree(ROOT / "animgd", tmp_path / "animgd")
        blocks = BLOCK.findall((PAGES / f"{page}.md").read_text(encoding="utf-8"))
        assert blocks
        for file, kind, text in blocks:
            path = tmp_path / (file or default)
            if kind == "python":
                path.write_text(text, encoding="utf-8")
            else:
                path.write_text(patched(path.read_text(encoding="utf-8"), text), encoding="utf-8")
        (tmp_path / "film.py").write_text(SCENE.format(fields), encoding="utf-8")
        environment = {"PYTHONPATH": str(tmp_path), "ANIMGD_CACHE": str(tmp_path / "cache")}
        done = python("-m", "animgd", "-o", tmp_path / "films", *options, tmp_path / "film.py", env=environment)
        assert done.returncode == 0, done.stderr
        return tmp_path / "films"

    return call


def patched(text: str, diff: str) -> str:
    """A file with a diff applied whose lines it holds once."""
    lines = diff.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] != "+")
    after = "".join(line[1:] for line in lines if line[0] != "-")
    assert text.count(before) == 1 or not before.strip(" }\n"), before
    head, _, tail = text.rpartition(before)
    return head + after + tail


@pytest.mark.long
def test_a_format_is_added(typed):
    """One line a frame, under the suffix of the new row."""
    films = typed("format", ["-f", "txt,json"])
    lines = (films / "film.txt").read_text().splitlines()
    assert len(lines) == json.loads((films / "film.json").read_text())["frames"] == 5
    assert [line.split()[0] for line in lines] == ["0", "1", "2", "3", "4"]


@pytest.mark.long
def test_an_overlay_is_added(typed, tmp_path, python):
    """A number is seen beside the point; drawn piece by piece, frames equal those drawn from nothing."""
    typed("overlay", ["-f", "json"], "panels=(Panel(loss='MSELoss'),)")
    text = f"""
import numpy as np, sys
from animgd import load, record
from animgd.drawing import overlays, renderer
scene = load({str(tmp_path / "film.py")!r})["scene"]
recording = record(scene)
with_it = renderer.Renderer(scene, recording)
assert all(np.array_equal(frame.pixels, with_it.frame(n)) for n, frame in enumerate(with_it.frames()))
before = with_it.frame(2)
overlays.OVERLAYS = tuple(name for name in overlays.OVERLAYS if name != "epoch_label")
rows, columns, _ = np.nonzero(before != renderer.Renderer(scene, recording).frame(2))
print(len(rows), np.ptp(rows), np.ptp(columns))
"""
    done = python("-c", text, env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    count, high, wide = map(int, done.stdout.split())
    assert count > 10 and high < 20 and wide < 20, "a digit"


@pytest.mark.long
def test_a_companion_is_added(typed):
    """Its plot stands on the frame, and draws."""
    films = typed("companion", ["-f", "png"], "companions=('weight',), heatmaps=False")
    first, last = (np.frombuffer((films / "film" / f"0000{i}.png").read_bytes(), np.uint8) for i in (0, 4))
    assert len(first) > 1000 and not np.array_equal(first, last)


@pytest.mark.long
def test_a_theme_is_added(typed, python, tmp_path):
    """Scenes, the command line and its help know the name."""
    films = typed("theme", ["-f", "png", "--theme", "paper"], default="animgd/scene/themes.py")
    from PIL import Image

    with Image.open(films / "film" / "00000.png") as picture:
        assert picture.convert("RGB").getpixel((0, 0)) == (0xF4, 0xEC, 0xD8)
    assert "paper" in python("-m", "animgd", "--help", env={"PYTHONPATH": str(tmp_path)}).stdout


@pytest.mark.long
def test_a_test_function_is_added(typed):
    """Its window, start and minimum come with the name."""
    films = typed(
        "test-function", ["-f", "json"], "problem=Function('bohachevsky')", default="animgd/scene/functions.py"
    )
    panel = json.loads((films / "film.json").read_text())["panels"][0]
    assert panel["window"] == {"bias": [-2, 2], "weight": [-2, 2]}
    assert abs(panel["minimum"]["loss"]) < 1e-12


@pytest.mark.long
@pytest.mark.parametrize("page", ["figures", "notebooks"])
def test_python_is_typed_as_printed(page, python, tmp_path):
    """All blocks of a page, one after the other, in one program."""
    blocks = [text for _, _, text in BLOCK.findall((PAGES / f"{page}.md").read_text(encoding="utf-8"))]
    assert len(blocks) == 3
    done = python("-W", "error", "-c", "\n".join(blocks), env={"MPLBACKEND": "agg"})
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert page == "notebooks" or {path.name for path in tmp_path.iterdir()} == {"figure.pdf", "frame.png"}


@pytest.mark.long
def test_an_own_model_is_filmed(python, tmp_path):
    """The scene of the page, as it stands there, with its boundary and without a warning."""
    page = (PAGES / "your-own-model.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```python\n(.*?)```", page, re.S)
    (tmp_path / "moons.py").write_text(text, encoding="utf-8")
    done = python("-m", "animgd", "-f", "json", "-o", tmp_path / "films", tmp_path / "moons.py")
    assert (done.returncode, done.stderr) == (0, "")
    (panel,) = json.loads((tmp_path / "films" / "moons.json").read_text())["panels"]
    assert [run["label"] for run in panel["runs"]] == ["Adam", "SGD", "with momentum"]
    assert all(run["loss"][-1] < run["loss"][0] / 2 for run in panel["runs"])
