"""The fast picture is the plain one: what was drawn piece by piece equals what is drawn from nothing."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from animgd.drawing.renderer import Renderer
from animgd.frame import Box
from animgd.recording.model import Landscape, PanelRecording, Recording
from animgd.recording.windows.wider import doublings, widened
from animgd.scene.optimizers import SGD
from animgd.scene.problem import Function, Window
from animgd.scene.scene import Scene
from animgd.scene.style import THEMES, Style
from tests import fabricated
from tests.fabricated import SQUARE, TALL, WIDE

LAYOUTS = {"beside": WIDE, "above": SQUARE, "tall": TALL}
# (runs, epochs, epochs a second): frames between epochs, several epochs a frame, one epoch only
PACES = {"slow": (1, 12, 6), "fast": (1, 60, 25), "runs": (3, 12, 6), "many": (6, 9, 8), "single": (1, 1, 2)}


def check_both(scene: Scene, recording: Recording) -> int:
    """Hold the fast film against the plain one, frame by frame; how many frames differed from the one before."""
    before = moved = None
    renderer, number = Renderer(scene, recording), 0
    for fast in renderer.frames():
        assert np.array_equal(fast.pixels, renderer.frame(number))
        number += fast.periods
        if before is not None:
            changed = (fast.pixels != before).any(2)
            moved += bool(changed.any())
            for box in fast.boxes:
                changed[box.slices] = False
            assert not changed.any(), "pixels changed outside the boxes"
        before, moved = fast.pixels.copy(), moved or 0
    assert moved is not None and number == renderer.timeline.count
    return moved


ALL = [(theme, layout, pace) for theme in THEMES for layout in LAYOUTS for pace in PACES]
SOME = [(theme, layout, "runs") for theme in THEMES for layout in LAYOUTS]
SOME += [("light", "beside", pace) for pace in PACES]


@pytest.mark.parametrize(("theme", "layout", "pace"), [
    pytest.param(*which, marks=() if which in SOME else pytest.mark.long) for which in ALL])  # fmt: skip
def test_fast_equals_plain(theme: str, layout: str, pace: str) -> None:
    """Every frame drawn piece by piece is the one drawn from nothing, and what changed lies inside its boxes."""
    runs, epochs, speed = PACES[pace]
    scene = fabricated.scene(LAYOUTS[layout], runs=runs, epochs=epochs, theme=theme, epochs_per_second=speed)
    moved = check_both(scene, fabricated.recording(scene))
    assert moved >= min(4, epochs)


@pytest.mark.parametrize("walk", fabricated.WALKS)
def test_fast_equals_plain_for_each_path(walk: object) -> None:
    """Inside the window, leaving it, hardly moving, and diverging: each alone, at a size where strokes are wide."""
    scene = fabricated.scene((1280, 720), panels=1, runs=2, epochs=6)
    paths = [walk(6, phase) for phase in (0.0, 1.0)]  # type: ignore[operator]
    check_both(scene, fabricated.recording(scene, paths))


@pytest.mark.parametrize("style", [Style(colormap="viridis", scale="linear"), Style("seed", scale="log"),
                                   Style("dark", colormap="gray")])  # fmt: skip
def test_fast_equals_plain_for_other_styles(style: Style) -> None:
    """A colour map or scale of the author's own changes nothing in that."""
    scene = fabricated.scene(style=style)
    check_both(scene, fabricated.recording(scene))


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, 7.0, -3.0])
def test_fast_equals_plain_over_odd_landscapes(value: float) -> None:
    """Nor does a landscape that is undefined or constant."""
    scene = fabricated.scene(epochs=6)
    check_both(scene, fabricated.recording(scene, loss=np.full((5, 5), value)))


@pytest.mark.parametrize("runs", [1, 3])
@pytest.mark.parametrize("size", [WIDE, SQUARE])
def test_a_single_frame_is_that_of_the_film(size: tuple[int, int], runs: int) -> None:
    """`frame(k)` equals frame k of the film for every k, holds counted."""
    scene = fabricated.scene(size, runs=runs)
    recording = fabricated.recording(scene)
    renderer, other, k = Renderer(scene, recording), Renderer(scene, recording), 0
    for frame in renderer.frames():
        for _ in range(frame.periods):
            assert np.array_equal(other.frame(k), frame.pixels)
            k += 1
    assert k == renderer.info.count == renderer.timeline.count


def test_frames_can_be_asked_for_twice() -> None:
    """A stage keeps nothing of one pass for the next: the second film is the first."""
    scene = fabricated.scene()
    renderer = Renderer(scene, fabricated.recording(scene))
    first = [frame.pixels.copy() for frame in renderer.frames()]
    renderer.frame(5)
    assert all(np.array_equal(a, b.pixels) for a, b in zip(first, renderer.frames(), strict=True))


def test_the_first_frame_covers_everything() -> None:
    """An encoder that only copies boxes starts from nothing, so the first frame's box is the whole picture."""
    scene = fabricated.scene()
    renderer = Renderer(scene, fabricated.recording(scene))
    assert next(renderer.frames()).boxes == (Box(0, 0, *WIDE),)


EXTRAS = {
    "companions": {"companions": ("fit", "loss")},
    "loss alone": {"companions": ("loss",), "heatmaps": False},
    "ghost": {"ghost": SGD(0.1)},
    "anatomy": {"anatomy": True},
    "all": {"companions": ("fit", "loss"), "ghost": SGD(0.1), "anatomy": True},
}


@pytest.mark.parametrize("runs", [1, 3])
@pytest.mark.parametrize("extra", EXTRAS)
def test_fast_equals_plain_with_companions(extra: str, runs: int) -> None:
    """So it is with everything that an author may add: companions, a ghost, steps taken apart."""
    scene = replace(fabricated.scene((800, 450), panels=2, runs=runs, epochs=6), **EXTRAS[extra])
    check_both(scene, fabricated.recording(scene))


def test_fast_equals_plain_without_a_run() -> None:
    """A scene without any run shows its landscapes, and nothing moves."""
    scene = replace(fabricated.scene(epochs=3), optimizer=())
    assert check_both(scene, fabricated.recording(scene)) == 0


@pytest.mark.parametrize("far", [700.0, -990.0])
def test_fast_equals_plain_far_from_the_ghost(far: float) -> None:
    """However long the distance to the ghost is as a number, it is written inside its box."""
    scene = replace(fabricated.scene(panels=1, epochs=6), ghost=SGD(0.1))
    recording = fabricated.recording(scene, [(np.linspace(1, far, 7), np.linspace(2, -far, 7))])
    check_both(scene, recording)


def test_boxes_are_small_and_inside_the_frame() -> None:
    """Later frames name only what moved: a film that repaints everything would wait for itself."""
    scene = fabricated.scene((1280, 720), epochs=40)
    renderer = Renderer(scene, fabricated.recording(scene, [fabricated.spiral(40)]))
    shares = []
    for n, frame in enumerate(renderer.frames()):
        for box in frame.boxes:
            assert 0 <= box.left < box.right <= 1280
            assert 0 <= box.top < box.bottom <= 720
        if n:
            shares.append(sum((b.right - b.left) * (b.bottom - b.top) for b in frame.boxes) / (1280 * 720))
    assert np.median(shares) < 0.05


def test_boxes_do_not_grow_with_the_path() -> None:
    """The work at epoch 550 is that at epoch 100: the trail behind the point is not drawn again."""
    k = np.arange(601)
    circle = 1.0 + 4 * np.cos(0.2 * k), 2.5 + 4 * np.sin(0.2 * k)
    scene = fabricated.scene(epochs=600, fps=25, epochs_per_second=25)
    area = [sum((b.right - b.left) * (b.bottom - b.top) for b in frame.boxes)
            for frame in Renderer(scene, fabricated.recording(scene, [circle])).frames()]  # fmt: skip
    assert np.mean(area[500:]) <= 1.05 * np.mean(area[100:300])


def test_a_moment_in_which_nothing_moves_has_no_box() -> None:
    """A run that stands still costs nothing: no box, so no encoder works."""
    scene = fabricated.scene(panels=1, epochs=4, epochs_per_second=1)
    still = np.full(5, 1.0), np.full(5, 2.0)
    frames = list(Renderer(scene, fabricated.recording(scene, [still])).frames())
    assert sum(not frame.boxes for frame in frames) > len(frames) / 2


def test_still_has_nothing_that_moves() -> None:
    """The still picture is the film without points, trails and digits, whatever the recorded path is after 0."""
    scene = fabricated.scene()
    other = tuple(np.where(np.arange(13) > 0, v + 1, v) for v in fabricated.spiral(12))
    stills = [Renderer(scene, fabricated.recording(scene, [path])).still for path in (fabricated.spiral(12), other)]
    assert np.array_equal(*stills)
    first = next(Renderer(scene, fabricated.recording(scene, [fabricated.spiral(12)])).frames()).pixels
    assert not np.array_equal(stills[0], first)


def test_reel_tells_the_film() -> None:
    """Encoders learn size, rate, count and title, and the inks of all that moves, from the film's info alone."""
    scene = fabricated.scene(runs=3, fps=Fraction(30000, 1001))
    renderer = Renderer(scene, fabricated.recording(scene))
    info = renderer.info
    assert (info.size, info.fps, info.title) == (WIDE, Fraction(30000, 1001), "A tiny film")
    assert info.count == sum(frame.periods for frame in renderer.frames())
    shown = {tuple(color) for color in next(renderer.frames()).pixels.reshape(-1, 3).tolist()}
    assert len(shown & set(info.inks)) >= 5


@pytest.mark.parametrize(
    ("x", "aspect", "said"),
    [((-8, 8), "auto", ""), ((-12, 12), "auto", ""), ((-20, 20), "auto", "a unit of weight is drawn"),
     ((-0.5, 0.5), "auto", "a unit of bias is drawn"), ((-20, 20), "equal", ""), ((-1, 1), "equal", "")],
)  # fmt: skip
def test_axes_of_different_scale_are_said_once_or_made_equal(x: tuple[float, float], aspect: str, said: str) -> None:
    """Beyond 3:1 a function's axes are stretched, which a remark says; aspect="equal" gives both one scale."""
    window = Window(x=x, y=(-4, 4))
    scene = replace(fabricated.scene((1280, 720), panels=1), style=Style(aspect=aspect), window=window)
    bowl = Function(lambda x, y: x**2 + y**2)
    film = Renderer(replace(scene, problem=bowl, panels=None), fabricated.recording(scene))
    told = [line for line in film.remarks if "is drawn" in line]
    assert len(told) == bool(said) and all(line.startswith(said) for line in told)
    box = film.layout.panels[0].box
    stretch = (box.right - box.left) / (x[1] - x[0]) / ((box.bottom - box.top) / 8)
    assert (abs(stretch - 1) < 0.02) == (not said)
    lines = Renderer(replace(scene, style=Style()), fabricated.recording(scene))
    assert not any("is drawn" in line for line in lines.remarks), "weight and bias have units of their own"


def test_remarks_name_what_a_viewer_should_know() -> None:
    """A scale that had to be linear, losses below the scale, and missing glyphs are said once each."""
    scene = fabricated.scene(panels=1, title="film 漢")
    land = np.linspace(-1, 5, 25).reshape(5, 5)
    said = list(Renderer(scene, fabricated.recording(scene, loss=land)).remarks)
    assert len(said) == 2
    assert "linear" in said[0]
    assert "no font has 漢:" in said[1]
    deep = np.geomspace(1e-12, 5, 25).reshape(5, 5)
    said = list(Renderer(fabricated.scene(panels=1), fabricated.recording(scene, loss=deep)).remarks)
    assert len(said) == 1
    assert "share the lowest colour" in said[0]
    assert not list(Renderer(fabricated.scene(), fabricated.recording(fabricated.scene())).remarks)


def test_what_does_not_apply_is_said() -> None:
    """Events and small maps that a scene asks for, and that no panel can have: one line each; otherwise none."""
    asked = ("events", "small-map")
    usual, small = fabricated.scene((1280, 720), panels=1), fabricated.scene((480, 270), panels=9)
    runs = fabricated.scene((1280, 720), panels=1, runs=2)
    for scene, paths, said in (
        (usual, [fabricated.spiral(12)], ["small map"]),
        (usual, [fabricated.leaving(12)], []),
        (usual.replace(heatmaps=False, companions=("loss",)), [fabricated.leaving(12)], ["events", "small map"]),
        (runs, [fabricated.leaving(12), fabricated.leaving(12, 1.0)], ["events", "small map"]),
        (small, [fabricated.leaving(12)] * 9, ["events", "small map"]),
    ):
        told = remarks(scene.replace(show=asked), paths)
        assert [line.partition(":")[0].removeprefix("no ") for line in told if line.startswith("no ")] == said
        assert not [line for line in remarks(scene, paths) if line.startswith("no ")], "unless it is asked for"


def remarks(scene: Scene, paths: list[fabricated.Path]) -> list[str]:
    """What is said of a film whose runs have the wider landscapes that they need."""
    recording = fabricated.recording(scene, paths)
    panels = [replace(each, wider=wider(each)) for each in recording.panels]
    return list(Renderer(scene, replace(recording, panels=tuple(panels))).remarks)


def wider(panel: PanelRecording) -> tuple[Landscape, ...]:
    """The landscapes of the windows that the only run of a panel needs."""
    if len(panel.runs) > 1:
        return ()
    times = sorted({*doublings(panel.runs[0], panel.landscape.window).tolist()} - {0})
    windows = [widened(panel.landscape.window, each) for each in times]
    return tuple(Landscape(window, fabricated.bowl(window)) for window in windows)
