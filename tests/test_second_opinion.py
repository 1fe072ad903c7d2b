"""Random scenes against a second opinion: the film's data and the pixels of its map agree, or the scene is refused."""

from __future__ import annotations

import copy
import functools
import itertools
import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn_scenes import Draw
from PIL import Image
from second_opinion import Reading
from textbook import simplex

from animgd import Function, render
from animgd.errors import SceneError
from animgd.graphics import color_scale, theme
from animgd.recording.cache import spec
from animgd.scene.module import transfer
from animgd.training.dynamo_stub import postpone

QUICK, FULL = 10, 300
CONVEX = {"MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss", "BCEWithLogitsLoss"}
COUPLED = {"SGD", "Adam", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam", "ASGD"}
MARK, FLAG = (15, 15), (70, 24)  # pixels around a sign, or around an arrow with a distance, that are not the map's


@pytest.fixture
def film(tmp_path):
    """Film a scene in this process, its declaration by way of JSON where it can be told: the data, and frame 0."""
    postpone()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)

    def made(scene):
        if spec(scene):
            (scene,) = transfer.unpacked(transfer.packed([scene]))
        data, frames = tmp_path / "film.json", tmp_path / "film"
        render(scene.replace(hide="all"), data, frames, cache=False)  # nothing but marks over the map
        told = json.loads(data.read_text(), parse_constant=pytest.fail)
        return told, np.asarray(Image.open(Path(frames, "00000.png")).convert("RGB")).astype(int)

    yield made
    torch.set_num_threads(threads)


def test_random_scenes_get_a_second_opinion(film):
    """Path, loss, map and minimum are what a plain reading of the declaration says."""
    assert "agreed" in opinions(film, 0, QUICK)


@pytest.mark.long
def test_many_random_scenes_get_a_second_opinion(film, record_property):
    """The same, for many more."""
    record_property("count", FULL)
    verdicts = opinions(film, 1000, FULL)
    assert verdicts.count("refused") > FULL / 50 and verdicts.count("agreed") > FULL / 2


def opinions(film, first, wanted):
    """The verdicts on so many scenes; whatever is disagreed on is told at the end, all at once."""
    verdicts, disagreed = [], []
    for number in itertools.count(first):
        try:
            verdicts.append(judge(film, number))
        except AssertionError as error:
            disagreed.append(f"scene {number}: {str(error).splitlines()[0]}")
        if len(verdicts) + len(disagreed) == wanted:
            break
    assert not disagreed, "\n".join(disagreed)
    return verdicts


def judge(film, number):
    """Whether both opinions agree, or agree that it cannot be filmed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            scene = Draw(number).scene()
        except SceneError:
            return "refused"  # by the declaration; the tests of declarations have these
        doubts = [doubt(scene, filled.loss, run) for filled in scene.grid for run in filled.runs]
        try:
            told, picture = film(scene)
        except SceneError as refusal:
            assert any(doubts), f"refused for no reason: {refusal}"
            return "refused"
        assert not any(doubts), f"filmed, though {doubts}"
        readings = {filled.loss: Reading(scene.problem, filled.loss) for filled in scene.grid}
        for filled, panel in zip(scene.grid, told["panels"], strict=True):
            reading = readings[filled.loss]
            where = f"{filled.title} {filled.loss and dict(filled.loss.settings)}, "
            for run, got in zip(filled.runs, panel["runs"], strict=True):
                check_path(reading, scene, run, got, panel["window"], where + run.label)
            chart = reading.map(panel["window"]["bias"], panel["window"]["weight"], scene.resolution)
            check_window(scene, panel, where)
            check_map(scene, chart, panel, picture, where)
            check_minimum(scene, reading, chart, panel, where)
            for run, got in zip(filled.runs, panel["runs"], strict=True):
                check_decayed(reading, run.optimizer, got, where + run.label)
    return "agreed"


def doubt(scene, loss, run):
    """Why a run cannot be filmed, if it cannot."""
    reading = Reading(scene.problem, loss)
    try:
        walk(reading, run, 2)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    for x, y in ((run.start.x, run.start.y), (0.6, -1.3), (1.7, 0.8)):
        if not isinstance(scene.problem, Function):
            break
        place = torch.tensor([x, y], dtype=torch.float64, requires_grad=True)
        try:
            slope = torch.autograd.grad(reading.at(*place), place)[0].numpy()
        except RuntimeError:
            continue  # it takes single precision only
        for i, step in enumerate(np.eye(2) * 1e-5):
            before, here, after = (reading.value(x + s * step[0], y + s * step[1]) for s in (-1, 0, 1))
            back, on = (here - before) / 1e-5, (after - here) / 1e-5  # they differ where there is a kink or a jump
            if slope[i] == 0 and abs(on) > 1e-3 and abs(on - back) < 1e-2 * abs(on):
                return f"torch computes no gradient for {'xy'[i]}"
    return ""


def walk(reading, run, steps, kind=None):
    """The path of a run, in the other precision where its function takes no other."""
    try:
        return reading.path(run.optimizer, run.start, steps, kind)
    except RuntimeError:
        return reading.path(run.optimizer, run.start, steps, "float32" if kind == "float64" else "float64")


def check_path(reading, scene, run, got, window, where):
    """The same steps, as far as rounding lets them be the same."""
    path = walk(reading, run, scene.epochs)
    others = [walk(reading, run, scene.epochs, "float32" if reading.kind == "float64" else "float64")]
    others += [walk(nudged(reading, by), run, scene.epochs) for by in (-3e-7, 3e-7)]
    shown = np.array([got["weight"], got["bias"], got["loss"]], dtype=float).T
    assert shown.shape == path.shape, where
    whole = [np.append(~np.isfinite(rows).all(1), True).argmax() for rows in (path, shown, *others)]
    assert abs(whole[0] - whole[1]) <= 1, f"{where}: finite for {whole} steps"
    n = min(whole)
    exact, loose = (1e-9, 1e-6) if reading.kind == "float64" else (2e-5, 30)
    with np.errstate(all="ignore"):
        size = np.maximum.accumulate(1 + np.abs(path[:n]))
        away = np.max([np.abs(path[:n] - other[:n]) for other in others], axis=0)
        allowed = exact * size + loose * np.maximum.accumulate(away)
        bad = ~(np.abs(shown[:n] - path[:n]) <= allowed)
    first = bad.any(1).argmax() if n else 0
    assert not bad.any(), f"{where}: step {first} is {shown[first]}, not {path[first]}"
    end, (low, high) = path[-1, 1::-1], np.array([window["bias"], window["weight"]]).T
    if whole[0] < len(path):
        assert got["diverged_at"] is not None and got["diverged_at"] <= whole[0], f"{where}: it did diverge"
    elif (end >= low - 100 * (high - low)).all() and (end <= high + 100 * (high - low)).all():
        assert got["diverged_at"] is None, f"{where}: it ends near, at {end}, and has not diverged"


def nudged(reading, by):
    """The reading with data as far to the side as rounding may move them, which tells when a path passes a kink."""
    other = copy.copy(reading)
    other.tensors = {kind: [x * (1 + by), *more] for kind, (x, *more) in reading.tensors.items()}
    return other


def check_window(scene, panel, where):
    """The declared window; a found one shows starts and minimum."""
    window = panel["window"]
    if scene.window is not None:
        assert window == {"bias": list(scene.window.bias), "weight": list(scene.window.weight)}, where
        return
    shown = [(run["bias"][0], run["weight"][0]) for run in panel["runs"]]
    if not all(dict(run.optimizer.settings).get("maximize") for filled in scene.grid for run in filled.runs):
        shown += [(m["bias"], m["weight"]) for m in [panel["minimum"]] if m]
    for place in shown:
        for value, (low, high) in zip(place, (window["bias"], window["weight"]), strict=True):
            assert low < value < high, f"{where}: {place} is not in the window that was found, {window}"


def position(loss, low, high, log):
    """Where losses lie on the colour bar, from 0 to 1."""
    with np.errstate(all="ignore"):
        if high / 2 <= low / 2:
            return np.where(np.isfinite(loss), 0.5, np.nan)
        part = np.log(np.maximum(loss, low) / low) / np.log(high / low) if log else (loss - low) / (high - low)
    return np.where(np.isfinite(loss), np.clip(part, 0, 1), np.nan)


def bar(scene, chart, panel):
    """The ends of the colour bar, checked against the map. Gives (low, high, log), None where nothing is finite."""
    finite = chart[np.isfinite(chart)]
    if not finite.size:
        assert panel["landscape"] is None
        return None
    low, high = finite.min(), finite.max()
    log = (scene.style.scale or theme.theme_of(scene.style).scale) == "log" and low >= 0 and high > 0
    told, near = panel["landscape"], 1e-9 * max(abs(low), abs(high))
    assert told["log"] == log or abs(low) <= near  # a rounded 0 may lie on either side
    assert told["high"] == pytest.approx(high, rel=1e-9, abs=near)
    if told["log"]:  # it may cut what is far below the others
        most = max(np.median(finite), finite[finite > 0].min(), 1e-6 * high)
        assert low - near <= told["low"] <= most + near and told["low"] > 0
    else:
        assert told["low"] == pytest.approx(low, rel=1e-9, abs=near)
    return told["low"], told["high"], told["log"]


def check_map(scene, chart, panel, picture, where):
    """The colour at each sample's place is the sample's; where it is undefined, the colour says so."""
    look, table = theme.theme_of(scene.style), theme.colors(scene.style).astype(int)
    left, top, right, bottom = panel["box"]
    ends = bar(scene, chart, panel)
    samples = len(chart) - 1
    unit = position(chart, *ends) if ends else np.full(chart.shape, np.nan)
    around = np.pad(unit, 1, mode="edge")
    around = np.array([around[i : i + len(chart), j : j + len(chart)] for i in range(3) for j in range(3)])
    most, least = np.nanmax(around, 0, initial=-1), np.nanmin(around, 0, initial=2)
    signs = [(run["bias"][0], run["weight"][0]) for run in panel["runs"]]
    signs += [(m["bias"], m["weight"]) for m in (*marks(panel), *panel.get("maxima", []))]
    places = [at(sign, panel["window"], panel["box"]) for sign in signs]
    lines = np.array(color_scale.Scale(*ends).contours() if ends and ends[0] < ends[1] else [])
    checked = 0
    gone = any(run["diverged_at"] == 0 or begins_outside(run, panel["window"]) for run in panel["runs"])
    words = 36 * len(panel["runs"]) if gone else 0  # of a plate at the bottom or at the top that says so
    for row, column in np.ndindex(chart.shape):
        x = min(int(left + column / samples * (right - left)), right - 1)
        y = min(int(bottom - row / samples * (bottom - top)), bottom - 1)
        if column == 0 and len(scene.grid) > 1:
            continue  # pending: the labels of the bar beside it may lie over its left edge
        if (
            y >= bottom - words
            or y < top + words
            or any((np.abs(place - (x + 0.5, y + 0.5)) < size).all() for place, size in places)
        ):
            continue
        color = picture[y, x]
        if np.isnan(unit[row, column]):
            if ends:  # else a word says so
                assert (color == look.undefined).all(), f"{where}: {row, column} is undefined, its colour is {color}"
            continue
        if look.smooth and np.isnan(around[:, row, column]).any():
            continue  # its pixel may belong to what is undefined
        pixels = 1.5 * samples / min(right - left, bottom - top) if look.smooth else 0
        slack = pixels * (most - least)[row, column]
        first, last = (int(np.clip(unit[row, column] + s * slack, 0, 1) * 1023) for s in (-1, 1))
        if look.contour and ((lines > (first - 9) / 1023) & (lines < (last + 9) / 1023)).any():
            continue  # a contour may cross it
        near = np.abs(table[max(0, first - 2) : last + 3] - color).max(1).min()
        assert near <= 1, f"{where}: {row, column} is {unit[row, column]:.4f} up the bar, its colour is {color}"
        checked += 1
    assert checked or words or scene.resolution < 9 or look.smooth or not ends, f"{where}: no sample was seen"


def at(place, window, box):
    """Where the sign of (bias, weight) lies on the frame, and half its size; outside, it is an arrow at the edge."""
    (left, top, right, bottom), (x, y) = box, place
    across, up = window["bias"], window["weight"]
    x = left + (x - across[0]) / (across[1] - across[0]) * (right - left)
    y = bottom - (y - up[0]) / (up[1] - up[0]) * (bottom - top)
    inside = np.array([np.clip(x, left, right), np.clip(y, top, bottom)])
    return inside, (MARK if (inside == (x, y)).all() else FLAG)


def marks(panel):
    """All minima and resting places that are marked."""
    found = [panel["minimum"], *panel.get("minima", []), *(run.get("decayed_minimum") for run in panel["runs"])]
    return [each for each in found if each]


def single(reading):
    """Whether a line through the data is determined at all."""
    return np.ptp(reading.x[reading.weights > 0]) > 0


def is_far(reading):
    """Whether x lies so far from 0, for its spread, that weight and bias cannot be told apart."""
    return np.abs(reading.x).max() > 1e3 * np.ptp(reading.x)


def has_several(reading, decay=0.0):
    """Whether a loss is lowest at several places, or on a floor."""
    least, places = found(reading, decay)
    beside = places[0] + 1e-2 * np.array([[0, 1], [0, -1], [1, 0], [-1, 0]])
    heights = [reading.value(*place) + decay / 2 * place @ place for place in beside]
    return not same(places[0], places) or min(heights) <= least + 1e-12


def same(place, others):
    return all(np.abs(np.array(place) - other).max() < 1e-3 * (1 + np.abs(other).max()) for other in others)


def check_minimum(scene, reading, chart, panel, where):
    """A proven minimum is that of another method; any other is as low as it says, and lower than the map."""
    minimum = panel["minimum"]
    if minimum:
        own = reading.value(minimum["bias"], minimum["weight"])
        assert minimum["loss"] == pytest.approx(own, rel=1e-6, abs=1e-9), f"{where}: {minimum} is at {own}"
    if reading.loss is not None and reading.loss.factory in CONVEX:
        check_proven(reading, minimum, where)
        return
    check_all(reading, chart, panel, where)
    inner = np.where(np.isfinite(chart), chart, np.inf)
    if minimum is None:
        open_line = reading.loss is not None and (not single(reading) or is_far(reading) or has_several(reading))
        fine = reading.map(panel["window"]["bias"], panel["window"]["weight"], 61)  # it may show a pole
        fine = np.where(np.isfinite(fine), fine, np.inf)
        ways = [leaves(reading, each, panel["window"]) for each in (inner, fine)]
        assert open_line or any(ways), f"{where}: lowest inside the map, and no minimum"
        return
    declared = isinstance(scene.problem, Function) and scene.problem.minima is not None
    assert declared or not minimum["proven"], f"{where}: nothing proves {minimum}"
    if not on_edge(inner):
        assert minimum["loss"] <= inner.min() + 1e-9 * (1 + abs(inner.min())), f"{where}: {minimum} is above the map"
    for turn in np.arange(12) * np.pi / 6:
        beside = reading.value(minimum["bias"] + 1e-3 * np.cos(turn), minimum["weight"] + 1e-3 * np.sin(turn))
        assert not beside < minimum["loss"] - 1e-7 * (1 + abs(minimum["loss"])), f"{where}: lower beside {minimum}"


def check_all(reading, chart, panel, where):
    """All minima are as low as the first, and none that the map shows is left out."""
    listed = panel.get("minima")
    if not listed:
        return
    places = [np.array([m["bias"], m["weight"]]) for m in listed]
    heights = [reading.value(*place) for place in places]
    assert listed[0] == panel["minimum"], where
    assert max(heights) <= heights[0] + 1e-6 * (1 + abs(heights[0])), f"{where}: {listed} are not as low"
    if reading.loss is None:  # a loss that a line leaves open is lowest along a line
        around = np.pad(np.where(np.isfinite(chart), chart, np.inf), 1, constant_values=-np.inf)
        n = len(chart)
        least = np.min([around[i : i + n, j : j + n] for i in range(3) for j in range(3)], 0)
        columns, rows = (np.linspace(*panel["window"][side], n) for side in ("bias", "weight"))
        starts = [(columns[j], rows[i]) for i, j in np.argwhere(np.isfinite(chart) & (chart == least))]
        for place in reading.minima(starts)[1] if 0 < len(starts) < 9 else []:
            low = reading.value(*place) <= heights[0] + 1e-9 * (1 + abs(heights[0]))
            inside = columns[0] < place[0] < columns[-1] and rows[0] < place[1] < rows[-1]
            near = any(np.abs(place - other).max() < 1e-3 * (1 + np.abs(place).max()) for other in places)
            assert near or not (low and inside), f"{where}: {place} is as low as {listed}"


def on_edge(chart):
    row, column = np.unravel_index(chart.argmin(), chart.shape)
    return bool({row, column} & {0, len(chart) - 1})


@functools.cache
def found(reading, decay):
    """The least of loss and decay, and where, from several starts."""
    return reading.minima([(0.1, 0.2), (reading.y.mean() + 2, -2.0), (-0.2, 0.05), (-3.0, 2.0)], decay)


def begins_outside(run, window):
    """Whether a run is off the map in the first frame."""
    return any(not window[axis][0] <= run[axis][0] <= window[axis][1] for axis in ("bias", "weight"))


def leaves(reading, chart, window):
    """Whether the way down from the lowest sample ends at an edge (of what is defined, too), or there is none."""
    if on_edge(chart) or np.ptp(chart[np.isfinite(chart)]) == 0:
        return True
    row, column = np.unravel_index(chart.argmin(), chart.shape)
    across, up = window["bias"], window["weight"]
    cell = np.array([across[1] - across[0], up[1] - up[0]]) / (len(chart) - 1)
    corner = np.array([across[0], up[0]])

    def height(steps):
        value = reading.value(*(corner + steps * cell))
        return np.inf if np.isnan(value) else value

    end = simplex(height, np.array([column, row], float))
    around = [height(end + 1e-3 * np.array(side)) for side in ((0, 1), (0, -1), (1, 0), (-1, 0))]
    endless = np.isinf(around).any() or height(end) < chart.min() - 1e6
    return bool(endless or (end < 1e-3).any() or (end > len(chart) - 1 - 1e-3).any())


def check_proven(reading, minimum, where, decay=0.0):
    if not single(reading) and not decay:
        assert minimum is None, f"{where}: all x are equal, so {minimum} is one of many"
        return
    least, places = found(reading, decay)
    lines = np.array([place[0] + place[1] * reading.x for place in places])
    apart = reading.loss.factory == "BCEWithLogitsLoss" and least < 1e-9  # labels that a line tells apart
    endless = apart and not decay
    lost = endless or not np.isfinite(least) or np.abs(lines).max() > 1e4 * (1 + np.abs(reading.y).max())
    if minimum is None:
        drowned = decay and is_far(reading)  # it cannot be centred, as decay pulls towards 0
        assert lost or drowned or has_several(reading, decay), f"{where}: no minimum, but it is {least} at {places[0]}"
        return
    place = np.array([minimum["bias"], minimum["weight"]])
    height = reading.value(*place) + decay / 2 * place @ place
    assert not lost and same(places[0], places), f"{where}: {minimum} is one of many, or none is: {places}"
    assert height <= least + 1e-7 * (1 + abs(least)), f"{where}: {minimum}: {height} is above {least} at {places[0]}"
    lower = height < least - 1e-9 * (1 + abs(least))  # it has found more than the simplex
    assert lower or same(place, places[:1]), f"{where}: {minimum} is not at {places[0]}"


def check_decayed(reading, optimizer, got, where):
    """Where loss and decay together rest."""
    settings, decayed = dict(optimizer.settings), got.get("decayed_minimum")
    coupled = optimizer.name in COUPLED and not settings.get("decoupled_weight_decay")
    decay = settings.get("weight_decay", 0) if coupled else 0
    if not decay:
        assert decayed is None or optimizer.name in ("AdamW", "NAdam"), where
        return
    if reading.loss is None or reading.loss.factory not in CONVEX:
        return
    sign = -1 if settings.get("maximize") else 1
    if sign > 0:
        check_proven(reading, decayed, f"{where}, decayed", decay)
    elif decayed:
        place = np.array([decayed["bias"], decayed["weight"]])
        height = [sign * reading.value(*p) + decay / 2 * p @ p for p in (place, *(place + d for d in 1e-3 * np.eye(2)))]
        assert height[0] <= min(height) + 1e-9 * abs(height[0]), f"{where}: {decayed} is no place to rest"
