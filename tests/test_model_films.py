"""Films of models: what a plane shows, and that nothing suggests more."""

from __future__ import annotations

import functools
import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from conftest import ROOT
from networks import scene
from numpy.typing import NDArray

from animgd import SGD, Model, Optimizer, Random, Recording, Scene, Video, load, record
from animgd.drawing.overlays import off_plane, point
from animgd.drawing.renderer import Renderer, contexts, plan
from animgd.errors import SceneError
from animgd.graphics.theme import line_colors, theme_of
from animgd.recording.diagnostics import remarks
from animgd.recording.model import Boundaries

VIDEO = Video(width=960, height=540, fps=10, epochs_per_second=10, hold_start=0, hold_end=0, pace="linear")


@functools.cache
def filmed(runs: int = 2) -> tuple[Scene, Recording]:
    """Two runs with their boundaries, or one with its arrows."""
    several = {"SGD": SGD(lr=0.5), "Adam": Optimizer("Adam", lr=0.1)}
    made = scene(optimizer=several if runs == 2 else SGD(lr=0.5), epochs=12, video=VIDEO, resolution=15,
                 companions=("fit",) if runs == 2 else ())  # fmt: skip
    return made, record(made)


@pytest.mark.parametrize("runs", [1, 2])
def test_frames_drawn_piece_by_piece_equal_frames_drawn_from_nothing(runs):
    """Fading trails, distances and boundaries depend on the moment alone."""
    renderer = Renderer(*filmed(runs))
    for number, frame in enumerate(renderer.frames()):
        if number in (0, 5, 12):
            np.testing.assert_array_equal(frame.pixels, Renderer(*filmed(runs)).frame(number))


def words(renderer: Renderer) -> list[str]:
    return [word.text for word in renderer.layout.words]


@pytest.mark.parametrize("runs", [1, 2])
def test_axes_say_what_they_hold_and_no_minimum_is_claimed(runs):
    """Nor are there warnings about one that was not found."""
    made, recording = filmed(runs)
    renderer = Renderer(made, recording)
    right, up = recording.axes
    assert {right, up} <= {*words(renderer)} and right.startswith("PC 1 (") and right.endswith(" % of the variance)")
    assert not any("minimum" in text or "settled" in text for text in words(renderer))
    assert "distance from the plane" in words(renderer)
    assert list(remarks(made, recording)) == [] and list(renderer.remarks) == []


def test_a_legend_is_apart_from_the_companion_below_it():
    """By more than its lines are from each other."""
    made = load(ROOT / "scenes" / "network_plane.py")["scene"].replace(epochs=2, resolution=5)  # its column is full
    layout = Renderer(made, record(made)).layout
    runs = [run.label for run in made.grid[0].runs]
    above, last = sorted(word.y for word in layout.words if word.text in runs)[-2:]
    (heading,) = (word for word in layout.words if word.text == "Decision boundaries")
    assert heading.y - heading.size - last > last - above


def with_distance(recording: Recording, spreads: float) -> Recording:
    """The same with all runs so many spreads away from the plane."""
    (panel,) = recording.panels
    assert panel.plane is not None
    away = spreads * panel.plane.spread
    runs = tuple(replace(run, off_plane=np.full(len(run.weight), away)) for run in panel.runs)
    return replace(recording, panels=(replace(panel, runs=runs),))


def drawn(recording: Recording, runs: int, number: int = 12) -> NDArray[np.int16]:
    """What moves on the map, as the difference to the still picture."""
    renderer = Renderer(filmed(runs)[0], recording)
    box = renderer.layout.panels[0].box
    moved = renderer.frame(number).astype(np.int16) - renderer.still
    return np.abs(moved[box.top : box.bottom, box.left : box.right]).sum(2)


@pytest.mark.parametrize("runs", [1, 2])
def test_a_trail_far_from_the_plane_is_faint(runs):
    """In the plane it is as strong as ever, a spread of the paths away it is hardly there; points stay."""
    recording = filmed(runs)[1]
    near, far = (drawn(with_distance(recording, spreads), runs) for spreads in (0.0, 1.0))
    trail = np.abs(near - far) > 0
    assert trail.sum() > 200
    assert np.median(far[trail]) < 0.6 * np.median(near[trail])


def test_the_number_beside_a_point_is_its_distance():
    """Another distance changes pixels beside the point only."""
    made, recording = filmed(1)
    one, other = (
        drawn(with_distance(recording, spreads), 1) for spreads in (1.5, 2.5)
    )  # the trail is faintest in both
    rows, columns = np.nonzero(one - other)
    assert rows.size
    renderer = Renderer(made, recording)
    panel, (path,) = renderer.layout.panels[0], recording.panels[0].runs
    window = recording.panels[0].landscape.window
    x = (path.bias[-1] - window.bias[0]) / (window.bias[1] - window.bias[0]) * panel.box.width
    y = (window.weight[1] - path.weight[-1]) / (window.weight[1] - window.weight[0]) * panel.box.height
    assert max(np.abs(columns - x).max(), np.abs(rows - y).max()) < 90


def test_a_point_in_the_plane_has_no_number():
    """Where two decimals show none of its distance, nothing covers the path."""
    made, recording = filmed(1)
    for spreads, numbers in ((0.0, 0), (1.0, 1)):
        shown = with_distance(recording, spreads)
        (context,) = contexts(made, shown, plan(made, shown, (960, 540)))
        (number,) = off_plane.overlays(context)
        list(number.step(Fraction(12)))
        assert len(number.stamps[:1]) == numbers


def test_a_number_stands_outside_of_nested_points():
    """All runs start at one place, where the lower point is larger; equal numbers are there once."""
    made, recording = filmed(2)
    shown = with_distance(recording, 1.0)
    (context,) = contexts(made, shown, plan(made, shown, (960, 540)))
    nested, numbers = [*point.overlays(context)], [*off_plane.overlays(context)]
    for one in (*nested, *numbers):
        list(one.step(Fraction(0)))
    (stamps,) = (number.stamps for number in numbers if number.stamps)
    assert not any(stamps[0][0].box.intersection(each._sprite.box) for each in nested)


def test_boundaries_are_where_the_network_is_undecided():
    """At places of the recorded lines, at the last epoch, is the colour of the run that is on top."""
    made, recording = filmed(2)
    renderer = Renderer(made, recording)
    (plot,) = renderer.layout.plots
    plane = recording.panels[0].plane
    assert plane is not None
    found = plane.predicted[0]
    assert isinstance(found, Boundaries)
    line = found.at(12)[0]
    pixels = renderer.frame(12)
    color = line_colors(theme_of(made.style), plot.series[0].marker)[0]
    places = [plot.transform.to_pixels(*point) for point in line[2:-2]]
    (left, top, right, bottom), edge = plot.box, 2
    inside = [(x, y) for x, y in places if left + edge < x < right - edge and top + edge < y < bottom - edge]
    hits = [np.abs(pixels[int(y), int(x)].astype(int) - color).max() < 60 for x, y in inside]
    assert len(hits) > 10 and np.mean(hits) > 0.9


def test_a_boundary_is_that_of_the_trained_network():
    """Scores of both classes are equal on it."""
    made, _ = filmed(1)
    shown = made.replace(companions=("fit",))
    found = record(shown).panels[0].plane.predicted[0].at(12)
    from networks import moons, network

    torch.manual_seed(0)
    model, (x, y) = network(), moons()
    stepper = torch.optim.SGD(model.parameters(), 0.5)
    for _ in range(12):
        stepper.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        stepper.step()
    scores = model(torch.from_numpy(np.concatenate(found))).detach()
    assert (scores[:, 0] - scores[:, 1]).abs().max() < 0.02


def test_three_classes_have_all_their_boundaries():
    """Between the first and the second, the second and the third, and the first and the third."""
    x = torch.cat([torch.randn(20, 2, generator=torch.Generator().manual_seed(k)) * 0.3 + torch.tensor(centre)
                   for k, centre in enumerate(((0.0, 2.0), (-2.0, -1.0), (2.0, -1.0)))])  # fmt: skip
    made = scene(network=lambda: torch.nn.Linear(2, 3), x=x, y=torch.arange(60) // 20, epochs=30, companions=("fit",))
    (panel,) = record(made).panels
    points = np.concatenate(panel.plane.predicted[0].at(30))
    torch.manual_seed(0)
    assert (points[:, 1] > 0.5).any() and (np.abs(points[:, 0]) < 0.5).any()
    assert (points[:, 0] > 1).any() and (points[:, 0] < -1).any()


def test_the_curve_of_one_feature_is_the_network_s():
    """Recorded at each epoch over the range of the data, and drawn."""
    x = torch.linspace(-1, 1, 20)[:, None]
    nn = torch.nn
    problem = Model(lambda: nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1)), x, x**2, Random())
    made = Scene(problem=problem, optimizer=SGD(lr=0.1), epochs=5, video=VIDEO, resolution=5, companions=("fit",))
    recording = record(made)
    curves = recording.panels[0].plane.predicted[0]
    assert curves.y.shape == (6, len(curves.x))
    torch.manual_seed(0)
    with torch.no_grad():
        wanted = problem.network()(torch.from_numpy(curves.x)[:, None])[:, 0]
    np.testing.assert_allclose(curves.y[0], wanted, atol=1e-6)
    renderer = Renderer(made, recording)
    (plot,) = renderer.layout.plots
    middle = len(curves.x) // 2
    row, column = plot.transform.y(curves.y[5, middle]), plot.transform.x(curves.x[middle])
    color = line_colors(theme_of(made.style), plot.series[0].marker)[0]
    assert np.abs(renderer.frame(5)[int(row), int(column)].astype(int) - color).max() < 40


def test_the_film_as_data_has_the_distances(animgd, write):
    """`-f json` says what a page needs to say the same, and on which device it was trained."""
    folder = str(ROOT / "tests")
    text = f"import sys\nsys.path.insert(0, {folder!r})\nfrom networks import scene as made\nscene = made(epochs=3)\n"
    done = animgd(write(text), "-f", "json")
    assert done.status == 0
    told = json.loads((done.folder / "small.json").read_text())
    assert told["device"] == "cpu"
    (panel,) = told["panels"]
    (run,) = panel["runs"]
    assert len(run["off_plane"]) == len(run["loss"]) == 4 and min(run["off_plane"]) >= 0
    assert panel["axes"][0].startswith("PC 1 (") and sum(panel["variance"]) <= 1 + 1e-9
    assert panel["minima"] == [] and panel["minimum"] is None and run["settled_at"] is None


def test_a_loss_that_the_map_does_not_have_has_no_cursor():
    """The cursor beside the colour bar stands at losses of the map only: the run's own may be beyond."""
    made, recording = filmed(1)
    (panel,) = recording.panels
    beyond = replace(panel, runs=tuple(replace(run, loss=run.loss + 100) for run in panel.runs))
    renderer = Renderer(made, replace(recording, panels=(beyond,)))
    place = renderer.layout.panels[0]
    between = np.s_[place.bar.top : place.bar.bottom, place.box.right + 3 : place.bar.left - 1]
    assert (renderer.frame(12)[between] == renderer.still[between]).all()
    ours = Renderer(made, recording)
    assert (ours.frame(12)[between] != ours.still[between]).any()


def test_the_companion_fit_is_refused_where_it_can_show_nothing():
    """In one line, before anything is trained."""
    with pytest.raises(SceneError, match="x has 5 features"):
        record(scene(network=lambda: torch.nn.Linear(5, 2), x=torch.randn(40, 5), companions=("fit",)))
