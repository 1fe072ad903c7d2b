"""What is called from Python: frames as arrays, plots on one's own axes, numbers of a run, changed copies."""

from __future__ import annotations

import base64
import io
import json
import sys
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import imageio_ffmpeg
import matplotlib as mpl
import numpy as np
import pytest
from conftest import SMALL as SCENE
from PIL import Image

import animgd
from animgd import (
    SGD,
    Adam,
    Function,
    Lecture,
    Optimizer,
    Panel,
    Pause,
    Point,
    Recording,
    Scene,
    Schedule,
    Style,
    Title,
    UsageError,
    Video,
    Window,
    notebook,
)
from animgd.errors import SceneError, place
from animgd.recording.npz import dumps, loads

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

SMALL = Video(width=320, height=240, fps=10, epochs_per_second=10, hold_start=0.2, hold_end=0.3)


def small(**more: object) -> Scene:
    """A film of few frames."""
    return Scene(**{"title": "Small", "panels": (Panel(loss="MSELoss"),), "epochs": 4, "video": SMALL, **more})  # type: ignore[arg-type]


def test_frames_are_those_of_the_pictures(tmp_path) -> None:
    """All of them, holds too, each an array of its own that may be written to."""
    pictures = animgd.render(small(), tmp_path / "film")
    made = list(animgd.frames(small()))
    files = sorted((tmp_path / "film").iterdir())
    assert len(made) == len(files) == pictures.frames > 5
    for array, file in zip(made, files, strict=True):
        assert (array.shape, array.dtype) == ((240, 320, 3), np.uint8)
        assert array.flags["C_CONTIGUOUS"] and array.flags["WRITEABLE"]
        assert (array == np.asarray(Image.open(file))).all()
    assert not any(np.shares_memory(a, b) for a, b in pairwise(made))


def test_frames_of_a_bad_scene_fail_at_once() -> None:
    """Not when the first frame is asked for."""
    with pytest.raises(SceneError, match="Nonsense"):
        animgd.frames(small(optimizer=Optimizer("Nonsense", lr=0.1)))


@pytest.fixture(scope="module")
def recording() -> Recording:
    """Of MSE and L1 with momentum."""
    return animgd.record(Scene(losses=("MSELoss", "L1Loss"), optimizer=SGD(lr=0.1, momentum=0.9), epochs=20))


def drawn(*arguments: object, **more: object):
    """A plot on an Axes of a figure of its own."""
    ax = Figure(figsize=(3, 3), dpi=100).add_subplot()
    assert animgd.plot(*arguments, ax=ax, **more) is ax
    return ax


def test_a_recording_is_filmed_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its film is that of its scene, and nothing is trained again; one from elsewhere says what to do."""
    scene = Scene(title="as it is", optimizer=SGD(lr=0.1), epochs=3, resolution=5, video=Video(320, 240, 10))
    made = animgd.record(scene)
    animgd.render(scene, tmp_path / "scene.gif", cache=False)
    monkeypatch.setattr("animgd.output.recorder.base.Here.result", None)
    animgd.render(made, tmp_path / "recording.gif")
    assert (tmp_path / "recording.gif").read_bytes() == (tmp_path / "scene.gif").read_bytes()
    with pytest.raises(UsageError, match="does not know its scene: film the scene"):
        animgd.render(loads(dumps(made)), tmp_path / "other.gif")


def test_a_plot_has_the_numbers_of_the_panel(recording: Recording) -> None:
    """The map's losses by its norm, the trail up to the epoch, the window's edges, the names of the axes."""
    ax = drawn(recording, panel=1, epoch=7)
    land, run = recording.panels[1].landscape, recording.panels[1].runs[0]
    (image,) = ax.images
    assert image.norm.vmin >= land.loss.min() and image.norm.vmax == land.loss.max()
    shown = image.get_array()
    assert shown[-1, 0] == pytest.approx(land.loss[0, 0], rel=0.05) and shown[0, -1] == pytest.approx(
        land.loss[-1, -1], rel=0.05
    )
    trail = next(line for line in ax.lines if len(line.get_xdata()) == 8 and line.get_linestyle() == "-")
    assert trail.get_xdata() == pytest.approx(run.bias[:8]) and trail.get_ydata() == pytest.approx(run.weight[:8])
    point = max(ax.lines, key=lambda line: line.get_zorder())
    assert (point.get_xdata(), point.get_ydata()) == ([run.bias[7]], [run.weight[7]])
    assert (ax.get_xlim(), ax.get_ylim()) == (land.window.x, land.window.y)
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("bias", "weight", "L1")
    minimum = recording.panels[1].minimum
    marks = [line for line in ax.lines if list(line.get_xdata()) == [minimum.bias]]
    assert [list(line.get_ydata()) for line in marks] == [[minimum.weight]]


def test_a_plot_of_a_scene_has_its_look_and_labels() -> None:
    """Title, legend entries with colours of their own, a map in the theme's colours."""
    runs = {"slow": SGD(lr=0.01), "fast": SGD(lr=0.1), "none": SGD(lr=1e-6)}
    ax = drawn(small(optimizer=runs, style=Style(theme="dark")))
    assert ax.get_title() == "MSE"
    handles, labels = ax.get_legend_handles_labels()
    assert set(labels) == set(runs) and len({handle.get_color() for handle in handles}) == 3
    bare = drawn(animgd.record(small(optimizer=runs)))
    assert len({line.get_color() for line in bare.lines if len(line.get_xdata()) == 5}) == 3
    other = drawn(small(optimizer=runs))
    assert not np.array_equal(ax.images[0].cmap(0.0), other.images[0].cmap(0.0))


@pytest.mark.parametrize("kind", ["pdf", "svg", "png"])
def test_plots_stand_in_figures_of_one_s_own(recording: Recording, kind: str) -> None:
    """Beside other axes, and in vector files: paths as paths, only the map as an image."""
    figure, axes = plt.subplots(1, 2, figsize=(5, 2.5))
    axes[0].plot(recording.panels[0].runs[0].loss)
    animgd.plot(recording, ax=axes[1])
    file = io.BytesIO()
    figure.savefig(file, format=kind)
    plt.close(figure)
    assert file.tell() > 5000
    if kind == "svg":
        text = file.getvalue().decode()
        assert text.count("<image") == 1 and text.count("<path") > 50


def test_a_plot_without_axes_is_drawn_on_the_current_one(recording: Recording) -> None:
    """As pyplot's own functions do."""
    figure, ax = plt.subplots()
    try:
        assert animgd.plot(recording) is ax
    finally:
        plt.close(figure)


DIVERGING = Scene(problem=Function("sphere"), optimizer=SGD(lr=1.2), epochs=30, ghost=SGD(lr=0.1))
STILL = {"window": Window(x=(-1, 1), y=(-1, 1)), "start": Point(x=0, y=0), "epochs": 2}
FLAT = Scene(problem=Function(lambda x, y: 0 * x), **STILL)
UNDEFINED = Scene(problem=Function(lambda x, y: (x + y) * float("nan")), **STILL)


@pytest.mark.parametrize(
    "scene", [DIVERGING, FLAT, UNDEFINED, small(optimizer=())], ids=["away", "flat", "nan", "bare"]
)
def test_odd_panels_are_drawn(scene: Scene) -> None:
    """A run that leaves ends in an arrow at the edge; flat and undefined maps, panels without runs."""
    ax = drawn(scene, epoch=None if scene is not DIVERGING else 9)
    ax.figure.savefig(io.BytesIO(), format="png")
    assert len(ax.texts) == (scene is DIVERGING)  # the arrow
    assert len(ax.images) == (scene is not UNDEFINED)


def test_wrong_panels_and_epochs_are_one_line(recording: Recording) -> None:
    """With what there is."""
    with pytest.raises(UsageError, match="no panel 2: there are panels 0 to 1"):
        animgd.plot(recording, panel=2)
    with pytest.raises(UsageError, match="no panel 'L1': there are"):
        animgd.plot(recording, panel="L1")
    with pytest.raises(UsageError, match=r"not list: choose one, such as axes\[0\]"):
        animgd.plot(recording, ax=[1, 2])
    with pytest.raises(UsageError, match="expected a Scene or a Recording, not Lecture"):
        animgd.plot(LECTURE)
    with pytest.raises(UsageError, match="no epoch 21: the panel has epochs 0 to 20"):
        animgd.plot(recording, epoch=21)


def test_a_run_is_a_table(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns of equal length, as JSON takes them; a DataFrame where pandas is installed, else one line."""
    run = recording.panels[0].runs[0]
    table = run.to_dict()
    assert list(table)[:4] == ["epoch", "weight", "bias", "loss"]
    assert {"gradient_weight", "gradient_bias", "momentum_weight", "momentum_bias"} <= set(table)
    assert {len(column) for column in table.values()} == {21} and json.loads(json.dumps(table)) == table
    assert table["gradient_bias"] == run.gradient[:, 1].tolist() and table["epoch"] == list(range(21))
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UsageError, match="pip install pandas"):
        run.to_dataframe()


def test_a_data_frame_has_these_columns(recording: Recording) -> None:
    """Where pandas is installed."""
    pandas = pytest.importorskip("pandas")
    run = recording.panels[0].runs[0]
    frame = run.to_dataframe()
    assert isinstance(frame, pandas.DataFrame) and frame.to_dict("list") == run.to_dict()


def test_copies_are_changed_by_name() -> None:
    """A setting reaches the only optimizer; other fields are replaced; what is wrong is said as when declared."""
    scene = Scene(optimizer=SGD(lr=0.1, momentum=0.9))
    assert scene.replace(lr=0.05, epochs=3) == Scene(optimizer=SGD(lr=0.05, momentum=0.9), epochs=3)
    assert scene.replace(optimizer=Optimizer("Adam", lr=1)) == Scene(optimizer=Optimizer("Adam", lr=1))
    assert Scene(optimizer=Optimizer("Adam", lr=1)).replace(lr=2, eps=3e-8).optimizer.settings[0] == ("lr", 2)
    assert Point(x=1, y=2).replace(x=5) == Point(x=5, y=2) and Window().replace(y=(0, 1)) == Window(y=(0, 1))
    assert scene.replace(lr=0.05).origin == scene.origin
    for changes, said in (({"lr": -1}, "lr must be"), ({"lrr": 1}, "did you mean 'lr'"), ({"epoch": 1}, "'epoch'")):
        with pytest.raises(SceneError, match=said):
            scene.replace(**changes)
    with pytest.raises(SceneError, match="cannot replace lr of several runs; replace optimizer instead"):
        Scene(optimizer={"a": SGD(lr=1), "b": SGD(lr=2)}).replace(lr=3)


def test_reprs_are_short(recording: Recording) -> None:
    """Without defaults, arrays or addresses; what can be is as in source code."""
    for scene in (Scene(), Scene(optimizer=SGD(lr=0.1, momentum=0.9), losses=("L1Loss",), video=Video(fps=50)),
                  Scene(problem=Function("rosenbrock"), start=Point(x=1, y=2)), small(window=None),
                  Scene(schedule=Schedule("StepLR", step_size=2, every="step"), batch=5, optimizer={"a": Adam(lr=1)}),
                  ):  # fmt: skip
        assert eval(repr(scene), {name: getattr(animgd, name) for name in (*animgd.__all__, "Adam")}) == scene
    assert repr(Scene()) == "Scene()" and repr(SGD(lr=0.1)) == "SGD(lr=0.1)"
    assert repr(Function(max)) == "Function(of=max)"
    assert len(repr(animgd.Problem(x=range(50), y=range(50)))) < 100
    torch = pytest.importorskip("torch")
    for x in (np.zeros((50, 2)), torch.zeros(50, 2), [[0.0, 1.0]] * 50):
        text = repr(Scene(problem=animgd.Model(torch.nn.Linear(2, 1), x=x, y=x)))
        assert "\n" not in text and len(text) < 300
    assert repr(recording) == "Recording(2 panels, 2 runs of 20 epochs, axes=('bias', 'weight'))"
    panel = recording.panels[0]
    for part in (panel, panel.landscape, *panel.runs):
        assert len(repr(part)) < 400 and "array" not in repr(part)
    assert fields(panel.runs[0])  # still a dataclass


def test_a_film_without_a_name_is_temporary(python) -> None:
    """It is there while the program runs, whole, under a name of its own; then its folder is removed."""
    text = f"""{SCENE}
import animgd
films = [animgd.render(scene), animgd.render(scene)]
print(*(film.paths[0] for film in films), all(film.paths[0].stat().st_size > 1000 for film in films))"""
    one, other, whole = python("-c", text).stdout.split()
    assert one != other and whole == "True" and one.endswith(".mp4")
    assert not Path(one).parent.exists()


def test_a_film_shows_itself_as_html(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Embedded while it is small; else linked, with its size; where no browser can play it, its last frame."""
    monkeypatch.chdir(tmp_path)
    film = animgd.render(small(), "film.json", "a <b>.mp4")
    assert f'<video src="data:video/mp4;base64,{base64.b64encode(Path("a <b>.mp4").read_bytes()).decode()}"' in page(
        film
    )
    monkeypatch.setattr(notebook, "MOST", 1000)
    assert '<video src="a%20%3Cb%3E.mp4"' in page(film)
    assert '<a href="a%20%3Cb%3E.mp4">a &lt;b&gt;.mp4</a>: 0.0 MB, too large to be kept in the notebook' in page(film)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    last = f'<img src="data:image/png;base64,{base64.b64encode(film._repr_png_()).decode()}" alt="last frame"'
    others = [animgd.render(small(), tmp_path / name) for name in ("b.mp4", "c.json", "d")]
    for each in (film, animgd.render(small(), io.BytesIO(), format="gif"), *others):
        assert last in page(each) and "<video" not in page(each)
    shown = np.asarray(Image.open(io.BytesIO(film._repr_png_())))
    assert (shown == animgd.still(small())).all()
    assert repr(film) == "Film(film.json, a <b>.mp4: 10 frames, 1 s)"


def test_a_still_shows_itself(tmp_path) -> None:
    """As the picture that was written."""
    path = tmp_path / "a.png"
    assert base64.b64encode(animgd.still(small(), path) and path.read_bytes()).decode() in page(
        animgd.still(small(), path)
    )


def page(film: animgd.Film) -> str:
    """What a notebook shows of a film."""
    return film._repr_html_()


LECTURE = Lecture(
    parts=(Title("A talk"), small(title=None), Pause("Look.", 1)),
    title="Talk",
    video=Video(width=320, height=240, fps=10),
)


def test_a_lecture_is_filmed_as_by_the_command(tmp_path) -> None:
    """Its MP4 with captions, transcript and poster beside it, and its data; other formats are refused."""
    film = animgd.render(LECTURE, tmp_path / "talk.mp4", tmp_path / "talk.json")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "talk.json", "talk.mp4", "talk.png", "talk.srt", "talk.transcript.txt", "talk.vtt"
    ]  # fmt: skip
    data = json.loads((tmp_path / "talk.json").read_text())
    assert film.frames == imageio_ffmpeg.count_frames_and_secs(tmp_path / "talk.mp4")[0] == data["frames"]
    assert [part["kind"] for part in data["parts"]] == ["title", "scene", "pause"]
    frames = list(animgd.frames(LECTURE))
    assert len(frames) == film.frames and (frames[0] == np.asarray(Image.open(tmp_path / "talk.png"))).all()
    assert "<video" in page(film) and film._repr_png_()[:4] == b"\x89PNG"
    for name in ("talk.gif", "talk"):
        with pytest.raises(UsageError, match=f"{name}: a lecture is a file with the suffix .mp4 or .json"):
            animgd.render(LECTURE, tmp_path / name)
    for call in (animgd.render, animgd.frames):
        with pytest.raises(UsageError, match=r"expected a Scene or a Lecture.*, not str"):
            call("scene.py")
    odd = LECTURE.replace(video=Video(width=321, height=240, fps=10))
    with pytest.raises(UsageError, match="needs an even width"):
        animgd.render(odd, tmp_path / "talk.mp4")


@pytest.mark.parametrize(
    ("file", "named", "expected"),
    [
        ("/tmp/ipykernel_1/234.py", ("Cell", "In[3]"), "Cell In[3], line 7"),
        ("<ipython-input-5-0123456789ab>", None, "Cell In[5], line 7"),
        ("/tmp/ipython-input-5-012.py", None, "Cell In[5], line 7"),
        ("/home/me/scene.py", None, "/home/me/scene.py:7"),
    ],
)
@pytest.mark.parametrize("old", [False, True])
def test_cells_have_the_name_that_ipython_shows(
    monkeypatch, file: str, named: object, expected: str, old: bool
) -> None:
    """In every version of it; other files are as everywhere."""
    compiler = SimpleNamespace() if old else SimpleNamespace(format_code_name=lambda name: named)
    shell = SimpleNamespace(compile=compiler, config={})
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert place(file, 7) == (f"{file}:7" if old and named else expected)


def test_a_plot_of_batches_ends_at_the_epoch() -> None:
    """Epochs are counted, not steps."""
    scene = small(problem=animgd.Problem(x=range(8), y=range(8)), optimizer=SGD(lr=0.001), batch=2, window=None)
    ax = drawn(scene, epoch=3)
    (trail,) = (line for line in ax.lines if len(line.get_xdata()) == 3 * 4 + 1)
    recording = animgd.record(scene)
    run = recording.panels[0].runs[0]
    assert trail.get_xdata() == pytest.approx(run.bias[:13])
    assert "1 run of 4 epochs" in repr(recording) and repr(run).startswith("Trajectory(4 epochs, ")
    with pytest.raises(UsageError, match="no epoch 5: the panel has epochs 0 to 4"):
        animgd.plot(scene, epoch=5)


def test_a_bar_tells_training_and_drawing(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """In a kernel, as a line that is replaced and empty in the end; one's own progress gets the frames instead."""
    lines: list[str] = []
    handle = SimpleNamespace(update=lambda content, raw: lines.append(content["text/plain"]))

    def display(content: dict[str, str], raw: bool, display_id: bool) -> SimpleNamespace:
        handle.update(content, raw)
        return handle

    shell = SimpleNamespace(config={"IPKernelApp": {}}, compile=None)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    monkeypatch.setattr(notebook, "AFTER", 0)
    animgd.render(small(title="Small", seed=5), tmp_path / "a.json")
    told = [line.split(":")[0] for line in lines if line]
    assert list(dict.fromkeys(told)) == ["training Small", "drawing Small"] and lines[-1] == ""
    assert "/4 [" in lines[0] and lines[0].endswith("steps/s]") and any("/10 [" in line for line in lines)
    told = list(lines)
    frames: list[tuple[int, int]] = []
    animgd.render(small(seed=6), tmp_path / "a.json", progress=lambda done, count: frames.append((done, count)))
    assert frames[-1] == (10, 10) and lines == told
