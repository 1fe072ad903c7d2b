"""Notebooks: films and scenes show themselves, errors name the cell's line, and exported pages have the film."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from conftest import ROOT, SMALL
from PIL import Image

import animgd

CELLS = {
    "declared": f"import animgd{SMALL}",
    "preview": "scene",
    "film": "film = animgd.render(scene)\nfilm",
    "dark": "animgd.render(scene.replace(style=animgd.Style(theme='dark')), 'film.gif')",
    "own": """
def bowl(x, y):
    return x * x + HEIGHT * y * y
HEIGHT = 2.0
own = Scene(problem=animgd.Function(bowl), resolution=11, epochs=3, video=video)
animgd.render(own)""",
    "changed": "HEIGHT = 8.0\nanimgd.record(own).panels[0].landscape.loss.max()",
    "setting": "slow = 1\nSGD(lr=-1)",
    "inside": "def bowl(x, y):\n    return x + nothing\nanimgd.render(own.replace(problem=animgd.Function(bowl)))",
    "suffix": "# No such format.\nanimgd.render(scene, 'film.avi')",
    "unknown": "Scene(optimizer=animgd.Optimizer('Adm', lr=1))",
    "once": "import sys\n'torch' in sys.modules, film.paths[0].exists()",
}
Outputs = dict[str, dict[str, object]]


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory):
    """The notebook after all of its cells have run."""
    for package in ("nbclient", "nbformat", "ipykernel"):
        pytest.importorskip(package, reason=f"needs {package} (pip install {package})")
    from nbclient import NotebookClient
    from nbformat.v4 import new_code_cell, new_notebook

    book = new_notebook(
        cells=[new_code_cell(text.strip("\n") if name == "own" else text) for name, text in CELLS.items()]
    )
    folder = tmp_path_factory.mktemp("book")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("PYTHONWARNINGS", "default")
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        resources = {"metadata": {"path": str(folder)}}
        NotebookClient(book, timeout=120, kernel_name="python3", allow_errors=True, resources=resources).execute()
    return book


@pytest.fixture(scope="module")
def outputs(executed) -> dict[str, dict]:
    """What each cell shows, by MIME type; "error" is what stands instead of a traceback."""
    found: dict[str, dict] = {}
    for name, cell in zip(CELLS, executed.cells, strict=True):
        found[name] = {}
        for output in cell.outputs:
            assert output.output_type != "stream", output
            found[name] |= {"error": output.traceback} if output.output_type == "error" else output.data
    return found


pytestmark = pytest.mark.long


def test_a_scene_shows_its_last_frame(outputs) -> None:
    """As a PNG, equal to the film's; as text it is short."""
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(outputs["preview"]["image/png"]))))
    scope: dict = {}
    exec(SMALL, scope)
    assert (shown == animgd.still(scope["scene"])).all()
    assert outputs["preview"]["text/plain"].startswith("Scene(title='Small', epochs=3, panels=(Panel(loss=")


def test_a_film_shows_itself(outputs) -> None:
    """As an embedded video; as a picture in static exports; as one line on terminals."""
    page = outputs["film"]["text/html"]
    data = base64.b64decode(re.search(r'<video src="data:video/mp4;base64,([^"]+)" controls', page)[1])
    assert data[4:8] == b"ftyp" and outputs["film"]["image/png"] == outputs["preview"]["image/png"]
    assert re.fullmatch(r"Film\(.*film-1\.mp4: 4 frames, 0\.4 s\)", outputs["film"]["text/plain"])
    assert '<img src="data:image/gif;base64,' in outputs["dark"]["text/html"]
    assert outputs["dark"]["image/png"] != outputs["film"]["image/png"]


def test_own_functions_are_called_anew(outputs) -> None:
    """A function of a cell, and what it uses when it is called; its warnings stand below the film."""
    assert "<video" in outputs["own"]["text/html"]
    assert float(outputs["changed"]["text/plain"].removeprefix("np.float64(").rstrip(")")) > 100


def test_errors_name_the_line_of_the_cell(outputs) -> None:
    """One line each, without a traceback."""
    number = {name: n for n, name in enumerate(CELLS, 1)}
    assert outputs["setting"]["error"] == [
        f"SceneError: Cell In[{number['setting']}], line 2: SGD: lr must be a finite number above 0, not -1"
    ]
    (line,) = outputs["inside"]["error"]
    assert line.startswith(
        f"SceneError: Cell In[{number['inside']}], line 2: bowl failed on two numbers (x, y): NameError"
    )
    (line,) = outputs["suffix"]["error"]
    assert line.startswith(f"UsageError: Cell In[{number['suffix']}], line 2: film.avi: unknown suffix '.avi'")
    (line,) = outputs["unknown"]["error"]
    assert line.startswith(f"SceneError: Cell In[{number['unknown']}], line 1: torch.optim has no 'Adm'; did you mean")
    assert outputs["unknown"]["text/plain"] == "Scene(optimizer=Optimizer('Adm', lr=1))"
    assert outputs["once"]["text/plain"] == "(True, True)"


def test_an_exported_page_shows_the_film(executed, outputs) -> None:
    """nbconvert embeds it, and pictures of scenes."""
    nbconvert = pytest.importorskip("nbconvert", reason="needs nbconvert (pip install nbconvert)")
    page, _ = nbconvert.HTMLExporter().from_notebook_node(executed)
    assert len(re.findall('<video [^>]*src="data:video/mp4;base64,', page)) == 2
    assert "data:image/gif;base64," in page
    assert outputs["preview"]["image/png"].strip() in page and "frames/s" not in page
