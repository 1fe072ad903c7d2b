"""Rendering: names become complete films or nothing, and what is decoded is what was drawn."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image, ImageSequence

import animgd.output.render
from animgd.api import render
from animgd.cli.parser import SIZES
from animgd.drawing.renderer import Renderer
from animgd.encoders import FORMATS, encoder
from animgd.errors import AnimgdError, OutputError, UsageError
from animgd.frame import Pixels
from animgd.graphics.theme import theme_of
from animgd.output.still import still
from animgd.output.target import target
from animgd.recording.model import Recording
from animgd.scene.scene import Scene
from animgd.scene.style import THEMES
from animgd.scene.video import Video
from tests import decoded, doubles, fabricated
from tests.fabricated import WIDE, place

EPOCHS = 10


def circling(phase: float) -> fabricated.Path:
    """A path that moves many pixels with every frame."""
    k = np.arange(EPOCHS + 1)
    return 1.5 + 4 * np.cos(0.5 * k + phase), 1.5 + 4 * np.sin(0.5 * k + phase)


PATHS = [circling(phase) for phase in (0.0, 1.5, 3.0, 4.5)]


@pytest.fixture(autouse=True)
def recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is trained: the paths are made up."""

    def made(scene: Scene, *_: object) -> Recording:
        return fabricated.recording(scene, PATHS)

    monkeypatch.setattr(animgd.output.render, "recorded", made)


def film(**more: object) -> Scene:
    """A film of 14 frames."""
    return fabricated.scene(epochs=EPOCHS, fps=10, epochs_per_second=12.5, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "format"), [("a.mp4", "mp4"), ("a.GIF", "gif"), ("x/a.json", "json"), ("film", "png"),
                                              ("a.b.mp4", "mp4")])  # fmt: skip
def test_suffixes_say_the_format(name: str, format: str) -> None:
    """A name's ending chooses its encoder, in any case; a name without one is a folder of pictures."""
    assert target(name).format == format
    assert target(name).path == Path(name)


@pytest.mark.parametrize("name", ["a.avi", "a.mp5", "a.png", "film.2024", "a.gif "])
def test_an_unknown_suffix_is_refused(name: str) -> None:
    """No guess is made; the message names what there is."""
    with pytest.raises(UsageError, match=r"\.mp4, \.gif"):
        target(name)


def test_every_format_in_one_call(tmp_path: Path) -> None:
    """One pass makes all that is asked for; the answer says where, how many frames and how long."""
    paths = [tmp_path / name for name in ("a.mp4", "a.gif", "a.json", "frames")]
    made = render(film(), *paths)
    assert list(made.paths) == paths
    assert made.frames == 14
    assert made.seconds == 1.4
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.gif", "a.json", "a.mp4", "frames"]
    assert decoded.seen(paths[0]) == (WIDE, 14, 10, Fraction(14, 10))
    gif = decoded.seen(paths[1])
    assert (gif.size, gif.seconds) == (WIDE, Fraction(14, 10)) and gif.pictures <= 14
    told = json.loads(paths[2].read_bytes())
    assert (told["width"], told["height"], told["fps"], told["frames"]) == (*WIDE, "10/1", 14)
    assert decoded.seen(paths[3]) == (WIDE, 14, None, None)


def shown(number: int, name: str, frames: Path) -> Pixels:
    """Frame `number` of a GIF, an MP4 or a folder of PNGs, as a viewer sees it."""
    if name == "png":
        return np.asarray(iio.imread(frames / f"{number:05d}.png"))
    if name == "mp4":
        return doubles.decode(frames, WIDE)[number]
    clock = 0
    with Image.open(frames) as gif:
        for picture in ImageSequence.Iterator(gif):
            clock += picture.info["duration"]
            if clock > 100 * number:
                return np.asarray(picture.convert("RGB"))
    raise AssertionError("the GIF ends too early")


def disc_at(pixels: Pixels, at: tuple[float, float], color: tuple[int, int, int]) -> float:
    """How much of a small disc there has about the point's colour; a trail of that colour fills only a part."""
    x, y = int(at[0]), int(at[1])
    part = pixels[y - 5 : y + 6, x - 5 : x + 6].astype(int)
    rows, columns = np.mgrid[y - 5 : y + 6, x - 5 : x + 6] + 0.5
    inside = np.hypot(columns - at[0], rows - at[1]) < 2.4
    return float((np.abs(part - color).sum(2) < 170)[inside].mean())


@pytest.mark.parametrize("style", THEMES)
@pytest.mark.parametrize("name", ["mp4", "gif", "png"])
def test_all_panels_show_the_epoch_that_is_named(tmp_path: Path, name: str, style: str) -> None:
    """In every decoded frame each panel's disc is where `epoch_of_frame` says, and at no other frame's place."""
    scene = film(theme=style)
    path, data = tmp_path / ("frames" if name == "png" else f"a.{name}"), tmp_path / "a.json"
    render(scene, path, data)
    told = json.loads(data.read_text())
    renderer = Renderer(scene, fabricated.recording(scene, PATHS))
    moments = [renderer.timeline.moment(k) for k in range(told["frames"])]
    assert told["epoch_of_frame"] == [float(moment) for moment in moments]
    color = theme_of(scene.style).points[0]
    for number, moment in enumerate(moments):
        pixels = shown(number, name, path)
        for panel, place_of, track in zip(told["panels"], renderer.layout.panels, PATHS, strict=True):
            assert panel["box"] == list(place_of.box)
            found = {m: disc_at(pixels, place(place_of.box, track, m), color) for m in dict.fromkeys(moments)}
            assert found.pop(moment) > max(0.85, *found.values())  # a bead in the trail's colour fills less


def test_pictures_are_the_stages(tmp_path: Path) -> None:
    """The PNGs hold the renderer's frames, pixel by pixel, and a single frame is one of them, byte for byte."""
    scene = film()
    render(scene, tmp_path / "frames")
    renderer = Renderer(scene, fabricated.recording(scene, PATHS))
    for number in range(14):
        file = tmp_path / "frames" / f"{number:05d}.png"
        assert np.array_equal(iio.imread(file), renderer.frame(number))
    for number, same in ((3, 3), (-1, 13), (0, 0)):
        still(scene, tmp_path / "one.png", frame=number)
        assert (tmp_path / "one.png").read_bytes() == (tmp_path / "frames" / f"{same:05d}.png").read_bytes()


@pytest.mark.parametrize("number", [14, -15, 1000])
def test_a_frame_that_is_not_there_is_refused(tmp_path: Path, number: int) -> None:
    """Asking beyond the film says which frames it has, and writes nothing."""
    with pytest.raises(UsageError, match="frames 0 to 13"):
        still(film(), tmp_path / "one.png", frame=number)
    assert not list(tmp_path.iterdir())


def test_a_still_shows_an_epoch(tmp_path):
    """The first frame that shows it, as a file and as pixels; the last frame where nothing is asked for."""
    scene = film()
    scene = scene.replace(video=scene.video.replace(epochs_per_second=scene.video.fps / 2))  # half epochs, too
    line = target("a.gif").timeline(scene)
    for epoch in (0, 1, scene.epochs):
        number = next(k for k in range(line.count) if line.moment(k) >= epoch)
        assert number == 0 or line.moment(number - 1) < epoch
        still(scene, tmp_path / "epoch.png", epoch=epoch)
        still(scene, tmp_path / "frame.png", frame=number)
        assert (tmp_path / "epoch.png").read_bytes() == (tmp_path / "frame.png").read_bytes()
    pixels = still(scene)
    assert pixels.dtype == np.uint8 and np.array_equal(pixels, still(scene, frame=line.count - 1))
    assert not np.array_equal(pixels, still(scene, epoch=0))


@pytest.mark.parametrize("asked", [{"epoch": -1}, {"epoch": 10**6}, {"epoch": 1, "frame": 1}, {"frame": 10**6}])
def test_stills_that_are_not_in_the_film_are_refused(asked):
    """An epoch or a frame beyond the film, or both at once."""
    with pytest.raises(UsageError):
        still(film(), **asked)


@pytest.mark.parametrize("format", [f for f in FORMATS if FORMATS[f].suffix])
def test_twice_the_same_bytes(tmp_path: Path, format: str) -> None:
    """The same scene gives the same file, so that films can be compared and cached."""
    for name in ("one", "two"):
        render(film(), tmp_path / f"{name}.{format}")
    assert (tmp_path / f"one.{format}").read_bytes() == (tmp_path / f"two.{format}").read_bytes()


def test_progress_counts_every_frame(tmp_path: Path) -> None:
    """Whoever waits is told, in frames of the film, up to the last."""
    told: list[tuple[int, int]] = []
    render(film(), tmp_path / "a.json", progress=lambda done, count: told.append((done, count)))
    assert told == sorted(told)
    assert told[-1] == (14, 14)
    assert len(told) == 14 - 2 - 3
    assert {count for _, count in told} == {14}


def test_warnings_are_told_once(tmp_path: Path) -> None:
    """What a viewer should know comes back with the film, each line once, and the film is complete."""
    walks = [fabricated.exploding(EPOCHS)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(animgd.output.render, "recorded", lambda scene, *_: fabricated.recording(scene, walks))
        made = render(film(title="漢"), tmp_path / "a.gif")
    assert len(made.warnings) == len(set(made.warnings)) == 5
    assert sum("diverged at epoch" in line for line in made.warnings) == 4
    assert made.frames == 14
    assert not render(film(), tmp_path / "a.gif").warnings


@pytest.mark.parametrize("names", [("a.mp4", "a.mp4"), ("a.gif", "./a.gif"), ("x/../a.gif", "a.gif")])
def test_two_outputs_with_one_name_are_refused(
    tmp_path: Path, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second would replace the first; nothing is written at all."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x").mkdir()
    with pytest.raises(UsageError, match="same name"):
        render(film(), *names)
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize(("size", "name"), [((641, 360), "a.mp4"), ((640, 361), "a.mp4")])
def test_what_a_format_cannot_hold_is_refused_first(tmp_path: Path, size: tuple[int, int], name: str) -> None:
    """An odd size names its even neighbour before anything is drawn, and the other format is not written either."""
    with pytest.raises(UsageError, match="640x360"):
        render(fabricated.scene(size), tmp_path / name, tmp_path / "a.gif")
    assert not list(tmp_path.iterdir())


class Breakdown(Exception):  # noqa: N818 - it stands for what is no error of ours
    """Something that nobody foresaw."""


@pytest.mark.parametrize("method", ["__init__", "add", "finish"])
@pytest.mark.parametrize("error", [Breakdown, KeyboardInterrupt, OutputError])
def test_whatever_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, error: type[BaseException]
) -> None:
    """If one encoder fails at any point, every name keeps its old film, and no temporary file or child stays."""
    old = {name: f"the old {name}".encode() for name in ("a.mp4", "a.gif", "a.json")}
    for name, words in old.items():
        (tmp_path / name).write_bytes(words)
    gif = encoder("gif")

    def fail(*_: object) -> None:
        raise error("no")

    monkeypatch.setattr(gif, method, fail)
    with pytest.raises(error):
        render(film(), *(tmp_path / name for name in old), tmp_path / "frames")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == old
    assert not doubles.children()


def test_a_stage_that_fails_midway_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same if drawing fails after some frames, or the one who shows the progress does."""
    (tmp_path / "a.mp4").write_bytes(b"old")

    def fail(done: int, count: int) -> None:
        if done > 5:
            raise Breakdown

    with pytest.raises(Breakdown):
        render(film(), tmp_path / "a.mp4", tmp_path / "a.gif", progress=fail)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a.mp4": b"old"}
    assert not doubles.children()


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    """There is no folder to write to: the message names the file."""
    with pytest.raises(AnimgdError, match=r"cannot write .*nowhere"):
        render(film(), tmp_path / "nowhere" / "a.gif")


@pytest.mark.long
@pytest.mark.parametrize("size", SIZES.values(), ids=list(SIZES))
def test_every_preset_makes_a_film(tmp_path: Path, size: tuple[int, int]) -> None:
    """At every size of the command line the film has its frames and its size."""
    scene = fabricated.scene(size, epochs=3)
    made = render(scene, tmp_path / "a.mp4")
    assert decoded.seen(tmp_path / "a.mp4") == (size, made.frames, 10, Fraction(made.frames, 10))


def test_an_epoch_that_the_film_skips_is_told(tmp_path: Path) -> None:
    """The still shows the next one, and says so; an epoch that is shown is silent."""
    scene = film().replace(epochs=60, video=Video(fps=25, epochs_per_second=100, pace="linear"))
    told = {epoch: still(scene, tmp_path / f"at{epoch}.png", epoch=epoch).warnings for epoch in (13, 16)}
    assert not [line for line in told[16] if "no frame" in line]
    assert "no frame shows epoch 13: at13.png shows 16" in told[13]
