"""What moves is where it should be: trails, points, digits, notices, measured in the pixels of frames."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import imageio.v3 as iio
import numpy as np
import pytest
from numpy.typing import NDArray

from animgd.cli.parser import SIZES
from animgd.drawing.overlays.base import LEAST_UNIT
from animgd.drawing.overlays.trail import AgeingTrail, Pen, Trail
from animgd.drawing.overlays.trail import overlays as trails
from animgd.drawing.renderer import Renderer, contexts
from animgd.drawing.screen_path import TrajectoryPath
from animgd.encoders.png import encoded
from animgd.frame import Box, Color, Pixels
from animgd.graphics.markers import SHAPES
from animgd.graphics.raster import Place
from animgd.graphics.theme import theme_of
from animgd.recording.model import Recording
from animgd.scene.optimizers import SGD
from animgd.scene.problem import Point, Window
from animgd.scene.scene import Run, Scene
from animgd.scene.style import THEMES, Style
from animgd.scene.video import Video
from animgd.training.record import record
from tests import fabricated
from tests.fabricated import Path, place

Gray = NDArray[np.float64]
FINER = 8  # Agg draws its stroke so many times larger: its own edges are then exact
EDGE = 24  # levels of 255: ours from exact coverage, at the slanted edges of a stroke (23 were measured)
CROSSING, FEW = 115, 24  # at most so many pixels differ by more than EDGE, and none by more than CROSSING: where a
# path crosses or turns back on itself, the greater coverage wins instead of adding up (107 and 17 were measured)


def stroked(corners: list[tuple[float, float]], box: Box, wide: float) -> Gray:
    """The coverage of one path, stroked by Agg with round caps and joins. Shapes: that of the box; 0 to 1."""
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.path import Path as AggPath
    from matplotlib.transforms import IdentityTransform

    margin = 16
    width, height = box.right - box.left + 2 * margin, box.bottom - box.top + 2 * margin
    renderer = RendererAgg(width * FINER, height * FINER, 72)
    pen = renderer.new_gc()
    pen.set_linewidth(wide * FINER)
    pen.set_foreground((1.0, 1.0, 1.0))
    pen.set_capstyle("round")
    pen.set_joinstyle("round")
    pen.set_snap(False)
    points = [((x - box.left + margin) * FINER, (height - (y - box.top + margin)) * FINER) for x, y in corners]
    path = AggPath(points)
    path.should_simplify = False
    renderer.draw_path(pen, path, IdentityTransform())
    alpha = np.asarray(renderer.buffer_rgba())[..., 3].astype(float) / 255
    alpha = alpha.reshape(height, FINER, width, FINER).mean((1, 3))
    return alpha[margin:-margin, margin:-margin]


def zigzag(epochs: int) -> Path:
    """To and fro across a valley, turning back on itself."""
    k = np.arange(epochs + 1)
    return 2.0 * (-0.97) ** k, 2.0 + 0.5 * (-0.97) ** k + 0.02 * k


def straight(epochs: int) -> Path:
    """A slanted line, corner to corner."""
    return np.linspace(-4, 7, epochs + 1), np.linspace(-3, 6.1, epochs + 1)


def crowded(epochs: int) -> Path:
    """A circle in steps of less than a pixel, twice around."""
    k = np.arange(epochs + 1)
    return 1.0 + 4 * np.cos(0.1 * k), 2.0 + 4 * np.sin(0.1 * k)


@pytest.mark.parametrize("unit", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("walk", [fabricated.spiral, zigzag, straight, fabricated.leaving, crowded])
def test_trail_drawn_piece_by_piece_is_one_stroke(walk: object, unit: float) -> None:
    """Casing and core of a trail that grew frame by frame are two strokes of one path: no notch, no gap, no blob."""
    path, epochs = walk(60), 60  # type: ignore[operator]
    box = Box(11, 7, 11 + int(240 * unit), 7 + int(240 * unit))
    casing, core = 6.4 * unit, 3.4 * unit
    layers = ((casing / 2, (0, 0, 0), 1.0), (core / 2, (255, 255, 255), 1.0))
    trail = Trail(TrajectoryPath(fabricated.trajectory(path), Window(), box), layers, None)
    end = Fraction(3 * epochs - 2, 3)
    for third in range(3 * epochs - 1):
        list(trail.step(Fraction(third, 3)))
    drawn = np.full((3, box.bottom - box.top, box.right - box.left), 128, np.float32)
    trail.paint(box, drawn)
    corners = [place(box, path, Fraction(k)) for k in range(epochs)] + [place(box, path, end)]
    outer, inner = (stroked(corners, box, wide) for wide in (casing, core))
    want = 128 * (1 - outer) * (1 - inner) + 255 * inner
    off = np.abs(drawn[0] - want)
    assert off.max() <= CROSSING
    assert (off > EDGE).sum() <= (0 if walk in (straight, crowded) else FEW)
    assert off[outer > 0].mean() <= 5


def test_beads_mark_epochs() -> None:
    """At each epoch the trail is thicker, centred on the epoch's place; where epochs crowd, beads keep apart."""
    box = Box(0, 0, 300, 300)
    path = straight(20)
    grounds = []
    for beads in (True, False):
        trail = ageing(box, path, beads)
        list(trail.step(Fraction(20)))
        planes = np.zeros((3, 300, 300), np.float32)
        trail.paint(box, planes)
        grounds.append(planes[0].astype(float))
    more = np.maximum(grounds[0] - grounds[1], 0)
    for epoch in range(1, 11):  # dry steps, each as thick as the next
        x, y = place(box, path, Fraction(epoch))
        assert np.hypot(*(np.array(centroid(more, (x, y), 7)) - (x, y))) < 0.1
    crowd = []
    for beads in (True, False):
        dense = ageing(box, straight(300), beads)
        list(dense.step(Fraction(300)))
        planes = np.zeros((3, 300, 300), np.float32)
        dense.paint(box, planes)
        crowd.append(planes)
    assert np.array_equal(*crowd)


def ageing(box: Box, path: Path, beads: bool) -> AgeingTrail:
    """The trail of an only run, three times as thick as at 720p."""
    track = TrajectoryPath(fabricated.trajectory(path), Window(), box)
    return AgeingTrail(track, Pen.of(theme_of(Style()), 3.0), beads)


def test_a_trail_ages() -> None:
    """The last steps are thicker than those of eight epochs ago and more, which change no more."""
    box, path = Box(0, 0, 300, 300), straight(24)
    trail, drawn = ageing(box, path, beads=False), []
    for epoch in (12, 20, 24):
        list(trail.step(Fraction(epoch)))
        planes = np.zeros((3, 300, 300), np.float32)
        trail.paint(box, planes)
        drawn.append(planes[0].copy())

    def thickness(picture: Gray, epoch: float) -> int:
        x, y = place(box, path, Fraction(epoch))
        return int((picture[round(y) - 12 : round(y) + 12, round(x)] > 128).sum())

    dry = thickness(drawn[0], 3.5)
    assert thickness(drawn[0], 11.5) > dry + 2
    assert abs(thickness(drawn[1], 11.5) - dry) <= 1  # by where the pixels lie
    early = int(place(box, path, Fraction(11))[0])
    assert np.array_equal(drawn[1][:, :early], drawn[2][:, :early])


def test_a_way_back_keeps_its_casing() -> None:
    """Two steps that nearly retrace each other are told apart by the casing of the later one, up to their joint."""
    box = Box(0, 0, 300, 300)
    bias = np.array([-2.0, -2.8, -3.6, -4.5, 6.5, -4.5, -4.0])  # the fourth step is the last of a stroke
    weight = np.array([6.0, 6.0, 6.0, 6.0, 2.0, 5.6, 3.0])
    trail = ageing(box, (weight, bias), beads=False)
    list(trail.step(Fraction(6)))
    planes = np.full((3, 300, 300), 128, np.float32)
    trail.paint(box, planes)
    path = weight, bias
    a, b, c = (place(box, path, Fraction(k)) for k in (3, 4, 5))
    apart = min(np.linspace(0, 1, 400), key=lambda t: abs(across(a, b, c, t) - 6))
    x, y = (b[i] + apart * (c[i] - b[i]) for i in (0, 1))
    column = planes[0, round(y) - 14 : round(y) + 14, round(x)]
    light = np.flatnonzero(column > 200)
    assert (column[light[0] : light[-1]] < 100).any(), "a dark line between two light ones"


def across(a: Place, b: Place, c: Place, part: float) -> float:
    """How far a place on the way from `b` to `c` is above or below the line from `a` to `b`."""
    x, y = b[0] + part * (c[0] - b[0]), b[1] + part * (c[1] - b[1])
    return abs(y - (a[1] + (x - a[0]) / (b[0] - a[0]) * (b[1] - a[1])))


def test_a_path_that_diverged_is_dry() -> None:
    """Where nothing follows, the last steps soon are as thin as old ones."""
    box = Box(0, 0, 300, 300)
    weight, bias = straight(12)
    seen = []
    for ends in (False, True):
        path = weight.copy(), bias.copy()
        if ends:
            path[0][11:] = np.nan
        trail = ageing(box, path, beads=False)
        list(trail.step(Fraction(10)))
        planes = np.zeros((3, 300, 300), np.float32)
        trail.paint(box, planes)
        seen.append(planes[0])
    x, y = place(box, (weight, bias), Fraction(19, 2))
    thick = [int((drawn[round(y) - 12 : round(y) + 12, round(x)] > 128).sum()) for drawn in seen]
    assert thick[1] < thick[0] - 1
    old = place(box, (weight, bias), Fraction(1, 2))
    assert abs(thick[1] - int((seen[1][round(old[1]) - 12 : round(old[1]) + 12, round(old[0])] > 128).sum())) <= 1


def test_trails_are_wider_on_a_large_map() -> None:
    """The path of a map that fills the frame is not thinner than its beads and marks ask for."""
    wide = []
    for panels in (4, 1):
        scene = fabricated.scene((1280, 720), panels=panels, epochs=16)
        recording = fabricated.recording(scene, [(np.full(17, 4.0), np.linspace(-4, 6, 17))])
        context = contexts(scene, recording, Renderer(scene, recording).layout)[0]
        (trail,) = trails(context)
        list(trail.step(Fraction(16)))
        planes = np.zeros((3, context.box.height, context.box.width), np.float32)
        trail.paint(context.box, planes)
        wide.append(planes[0, :, round(context.paths[0].at(Fraction(1, 2))[0]) - context.box.left].sum() / 255)
    assert 1.2 * wide[0] < wide[1] < 2 * wide[0]


def centroid(weight: Gray, near: tuple[float, float], reach: float) -> tuple[float, float]:
    """The centre of gravity of an image around a place. Units: pixels, pixel i having its centre at i + 0.5."""
    left, top = max(0, round(near[0] - reach)), max(0, round(near[1] - reach))
    part = weight[top : round(near[1] + reach), left : round(near[0] + reach)]
    y, x = np.mgrid[: part.shape[0], : part.shape[1]] + 0.5
    assert part.sum() > 0
    return left + float((part * x).sum() / part.sum()), top + float((part * y).sum() / part.sum())


def disc(pixels: Pixels, ring: Color, fill: Color, near: tuple[float, float], radius: float) -> tuple[float, float]:
    """The centre of the disc that is seen near a place, by how close its pixels' colour is to the point's.

    The disc lies on its ring, so its edge pixels are mixtures of the two colours, whatever the ground.
    """
    low, high = np.array(ring, float), np.array(fill, float)
    left, top = int(near[0] - radius) - 1, int(near[1] - radius) - 1
    part = pixels[top : top + 2 * int(radius) + 5, left : left + 2 * int(radius) + 5].astype(float)
    share = (part - low) @ (high - low) / ((high - low) @ (high - low))
    y, x = np.mgrid[: part.shape[0], : part.shape[1]] + 0.5
    away = np.hypot(x - (near[0] - left), y - (near[1] - top))
    share = np.where(away < radius + 0.5, np.clip(share, 0, 1), 0)
    return left + float((share * x).sum() / share.sum()), top + float((share * y).sum() / share.sum())


def through_png(pixels: Pixels) -> Pixels:
    """As a reader of the file sees them."""
    read = np.asarray(iio.imread(io.BytesIO(encoded(np.ascontiguousarray(pixels))), extension=".png"))
    assert np.array_equal(read, pixels)
    return read


@pytest.mark.parametrize(("size", "style"), [*((size, "light") for size in SIZES.values()),
                                             *(((640, 360), style) for style in [*THEMES][1:])])  # fmt: skip
def test_point_is_centred_on_its_place(size: tuple[int, int], style: str) -> None:
    """In the PNG of any frame, each panel's disc lies within 0.1 pixel of where box, window and parameters put it."""
    scene = fabricated.scene(size, epochs=9, theme=style)
    paths = [fabricated.spiral(9, phase) for phase in (0.0, 1.0, 2.0, 3.0)]
    renderer, look = Renderer(scene, fabricated.recording(scene, paths)), theme_of(scene.style)
    for number in (0, 3, 6, 9, 12) if size[0] < 1900 else (4, 11):
        pixels, moment = through_png(renderer.frame(number)), renderer.timeline.moment(number)
        for panel, path in zip(renderer.layout.panels, paths, strict=True):
            want = place(panel.box, path, moment)
            unit = max(LEAST_UNIT, min(size) / 720)
            found = disc(pixels, look.ring, look.points[0], want, 6.2 * unit - 1)
            assert np.hypot(found[0] - want[0], found[1] - want[1]) < 0.1


def covered(scene: Scene, recording: Recording, number: int, patch: pytest.MonkeyPatch) -> tuple[Renderer, Gray]:
    """What points cover in a frame, whatever lies below: how far black points and white ones differ. From 0 to 1."""
    from animgd.drawing.overlays.point import Look

    shown = []
    made = Look.of
    for color in ((0, 0, 0), (255, 255, 255)):

        def one(*given: object, color: Color = color) -> Look:
            from dataclasses import replace

            return replace(made(*given), colors=(color,) * 3)  # type: ignore[arg-type]

        patch.setattr(Look, "of", one)
        renderer = Renderer(scene, recording)
        shown.append(renderer.frame(number).astype(float).mean(2))
    patch.setattr(Look, "of", made)
    return renderer, (shown[1] - shown[0]) / 255


@pytest.mark.parametrize("size", SIZES.values(), ids=list(SIZES))
def test_every_shape_of_point_is_centred(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """So is the point of each of several runs, whatever its shape, over trails and signs."""
    runs = len(SHAPES)
    scene = fabricated.scene(size, panels=2, runs=runs, epochs=4)
    turns = [2 * np.pi * k / runs for k in range(runs)]
    rest = np.array([0.93, 1, 1.07, 1.1, 1.13])
    paths = [(1.5 + 3.5 * np.sin(t) * rest, 1.5 + 3.5 * np.cos(t) * rest) for t in turns]
    recording = fabricated.recording(scene, paths)
    renderer, part = covered(scene, recording, 5, monkeypatch)
    moment = renderer.timeline.moment(5)
    assert moment.denominator > 1, "between two epochs"
    for panel in renderer.layout.panels:
        for path in paths:
            want = place(panel.box, path, moment)
            found = centroid(part, want, 20 * min(size) / 720)
            assert np.hypot(found[0] - want[0], found[1] - want[1]) < 0.1


def test_point_outside_the_window_is_an_arrow_at_the_edge(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that left is not clipped silently: its arrow stands inside the panel, at the edge where it went."""
    scene = fabricated.scene((1280, 720), panels=1, epochs=4)
    path = np.full(5, 1.0), np.linspace(2.0, 40.0, 5)
    renderer, part = covered(scene, fabricated.recording(scene, [path]), 8, monkeypatch)
    box = renderer.layout.panels[0].box
    rows, columns = np.nonzero(part > 0.5)
    assert columns.max() < box.right
    assert columns.min() > box.right - 0.2 * (box.right - box.left)
    assert abs(rows.mean() + 0.5 - place(box, path, Fraction(4))[1]) < 0.5


def test_diverged_run_freezes_and_says_so() -> None:
    """From the epoch of divergence on it is said beside the panel's name, and nothing of that run moves any more."""
    scene = replace(fabricated.scene((1280, 720), panels=1, epochs=8, epochs_per_second=10), hide=("events",))
    path = tuple(np.concatenate([v[:5], np.full(4, np.nan)]) for v in fabricated.spiral(8))
    recording = fabricated.recording(scene, [path])
    assert recording.panels[0].runs[0].diverged_at == 5
    renderer = Renderer(scene, recording)
    box = renderer.layout.panels[0].box
    state = renderer.layout.panels[0].state
    assert state is not None
    shown = [(renderer.timeline.moment(f), renderer.frame(f)) for f in range(2, 11)]
    for (a, first), (b, second) in pairwise(shown):
        assert np.array_equal(first[box.slices], second[box.slices]) == (b > 4)
        assert np.array_equal(first[state.box.slices], second[state.box.slices]) == (not a < 5 <= b)


def test_a_notice_keeps_its_epoch() -> None:
    """Where a run's label is too long for its panel, the label is cut, and the epoch of its divergence is not."""
    from animgd.drawing.overlays.divergence import _said
    from animgd.graphics.fonts import PLAIN
    from animgd.graphics.text import width

    label, fate = "gradient descent with a large learning rate", "diverged at epoch 5"
    for room in range(0, 600, 10):
        text = _said(label, fate, 16, room, PLAIN)
        assert width(text, 16) <= room or text == "…"
        assert fate in text or room < width(f"…: {fate}", 16) + 1
    assert _said(label, fate, 16, 600, PLAIN) == f"{label}: {fate}"
    assert _said("", fate, 16, 600, PLAIN) == fate


def test_digits_do_not_move() -> None:
    """At one place from the right of a loss, or from the left of the epoch, a digit is always the same pixels."""
    scene = fabricated.scene((1280, 720), epochs=120, fps=25, epochs_per_second=25)
    recording = fabricated.recording(scene, [fabricated.spiral(120)])
    renderer = Renderer(scene, recording)
    seen: dict[tuple[int, int, str], bytes] = {}
    counter = renderer.layout.counter
    assert counter is not None and counter.follows
    fields = [(counter.number, lambda e: str(e).ljust(3))]
    for values, recorded in zip(renderer.layout.values, recording.panels, strict=True):
        losses = recorded.runs[0].loss
        fields += [(cells, lambda e, n=notation, v=losses: n.write(float(v[e]))) for cells, notation in values]
    assert len(fields) == 5
    for (moment, _), frame in zip(renderer.timeline.moments(), renderer.frames(), strict=True):
        epoch = int(moment)
        for i, (cells, write) in enumerate(fields):
            text = write(epoch)
            right = cells.x + cells.count * cells.pitch
            for k, letter in enumerate(reversed(text)):
                if "." in text and k == text[::-1].index("."):
                    right -= cells.pitch  # the point is narrower than a digit; all left of it moves with it
                    break
                left = right - (k + 1) * cells.pitch
                if letter == " ":
                    continue
                part = frame.pixels[cells.box.top : cells.box.bottom, left : left + cells.pitch]
                assert seen.setdefault((i, k, letter), part.tobytes()) == part.tobytes()
    assert len({letter for i, k, letter in seen if i == 0 and k == 1}) == 10
    assert len(seen) > 100


@pytest.mark.parametrize("style", THEMES)
def test_counter_shows_the_epoch_last_reached(style: str) -> None:
    """Two frames have equal counters exactly if they show the same whole epoch."""
    scene = fabricated.scene(theme=style)
    renderer = Renderer(scene, fabricated.recording(scene))
    assert renderer.layout.counter is not None
    box = renderer.layout.counter.box
    shown: dict[bytes, set[int]] = {}
    for number in range(renderer.info.count):
        shown.setdefault(renderer.frame(number)[box.slices].tobytes(), set()).add(int(renderer.timeline.moment(number)))
    assert sorted(map(sorted, shown.values())) == [[k] for k in range(13)]


def test_points_of_a_fan_can_be_seen() -> None:
    """Of many runs from many starts, each point shows at least ten pixels of its colour in the smallest preset."""
    starts = tuple(Run("", SGD(0.1), Point(weight=w, bias=b)) for w in (-3, 0, 3, 6) for b in (-3, 0, 3, 6))
    scene = Scene(optimizer=starts, losses=("MSELoss",) * 4, epochs=4, video=Video(width=640, height=360))
    renderer = Renderer(scene, record(scene))
    pixels, look = renderer.frame(0), theme_of(scene.style)
    box = renderer.layout.panels[0].box
    filled = np.abs(pixels[box.slices].astype(int) - look.points[0]).max(axis=2) < 40
    assert filled.sum() >= 10 * len(starts)
