"""Films within a limit: what is given up, in which order, and what is said."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from animgd import Scene, Video
from animgd.budget import best, given_up, ladder
from animgd.cli import main
from animgd.errors import RenderError
from animgd.place import PLACES
from animgd.target import Limit, Target
from animgd.usage import PLACES as NAMES

SMALL = """
from animgd import SGD, Scene, Video
scene = Scene(losses=("MSELoss",), epochs=20, resolution=21,
              video=Video(width=480, height=320, hold_start=0, hold_end=0, epochs_per_second=20))
"""


def rungs(limit: Limit, format: str = "gif", **video: object) -> list[Target]:
    """The ladder of a film."""
    return ladder(Scene(video=Video(**video)), Target(Path("a." + format), format, limit=limit))  # type: ignore[arg-type]


def test_rate_goes_first_then_size_then_colours() -> None:
    """Fewer frames a second are given up before pixels, and pixels before colours; nothing comes back."""
    steps = rungs(Limit(1000))
    rates = [Fraction(step.fps or 0) for step in steps]
    areas = [(step.size or (0, 0))[0] for step in steps]
    colors = [dict(step.settings).get("colors", 256) for step in steps]
    assert rates == sorted(rates, reverse=True) and areas == sorted(areas, reverse=True)
    assert colors == sorted(colors, reverse=True)
    assert all(rate == rates[-1] for rate, area in zip(rates, areas, strict=True) if area < areas[0])
    assert all(area == areas[-1] for area, color in zip(areas, colors, strict=True) if color < 256)
    assert colors[-1] < 256 and rates[-1] < rates[0]


def test_a_film_gives_up_no_colours_that_it_has_not() -> None:
    """An MP4 has no palette: its ladder ends with its sizes, which stay even."""
    steps = rungs(Limit(1000), "mp4")
    assert not any(step.settings for step in steps)
    assert all(side % 2 == 0 for step in steps for side in step.size or ())


def test_bounds_of_size_and_frames_leave_out_rungs() -> None:
    """A place that takes no more than so many pixels and frames is never offered more."""
    limit = Limit(width=1280, height=1080, frames=150)
    steps = rungs(limit, width=1920, height=1080)
    assert steps
    scene = Scene(video=Video(width=1920, height=1080))
    assert all((step.size or (0, 0))[0] <= 1280 and step.line(scene).count <= 150 for step in steps)


@pytest.mark.parametrize("bytes_of", [[90, 80, 70, 60, 50, 40], [50, 40, 30, 20, 10, 5], [100, 90, 80, 70, 60, 55]])
def test_the_best_that_fits_is_found(bytes_of: list[int]) -> None:
    """The first rung that fits is chosen, in few attempts."""
    steps = [Target(Path(f"{i}.gif"), "gif") for i in range(6)]
    tried: list[int] = []

    def attempt(step: Target) -> int:
        tried.append(steps.index(step))
        return bytes_of[tried[-1]]

    assert steps.index(best(steps, Limit(60), attempt)) == next(i for i, size in enumerate(bytes_of) if size <= 60)
    assert len(tried) == len(set(tried)) <= 5


def test_what_never_fits_names_the_size_reached() -> None:
    """If nothing fits, the error says how small it got."""
    with pytest.raises(RenderError, match=r"does not fit into 5 bytes; with all given up it has 1,234"):
        best([Target(Path("a.gif"), "gif"), Target(Path("b.gif"), "gif")], Limit(5), lambda _: 1234)


def test_what_was_given_up_is_said() -> None:
    """One line names the rate, the size and the colours that the film lost; nothing lost is nothing said."""
    scene, wanted = Scene(), Target(Path("a.gif"), "gif")
    made = Target(Path("a.gif"), "gif", (640, 360), 10, (("colors", 64),))
    said = given_up(scene, wanted, made)
    assert (
        said
        == "a.gif: 10 instead of 25 frames a second, 640x360 instead of 1280x720, 64 colours, to stay within its limits"
    )
    assert given_up(scene, wanted, Target(Path("a.gif"), "gif", (1280, 720), 25)) is None


def test_the_table_of_places_is_the_one_of_the_help() -> None:
    """Every place that --for offers has limits for some format."""
    assert set(NAMES) == set(PLACES)
    assert all(PLACES.values())


def test_max_size_holds_on_disk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The GIF under the name is no larger than asked, complete, and what it gave up is on stderr."""
    scene = tmp_path / "small.py"
    scene.write_text(SMALL)
    assert main(["-o", str(tmp_path / "full"), "-f", "gif", "--json", str(scene)]) == 0
    full = json.loads(capsys.readouterr().out)
    most = full["bytes"] * 2 // 3
    assert main(["-o", str(tmp_path), "-f", "gif", "--max-size", str(most), "--json", str(scene)]) == 0
    told = capsys.readouterr()
    made = json.loads(told.out)
    assert (tmp_path / "small.gif").stat().st_size == made["bytes"] <= most
    assert "to stay within its limits" in told.err
    with Image.open(tmp_path / "small.gif") as film:
        assert film.size == (made["width"], made["height"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full", "small.gif", "small.py"]


def test_a_size_that_nothing_fits_leaves_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Too small a size is status 1, one line with the size reached, and no output."""
    scene = tmp_path / "small.py"
    scene.write_text(SMALL)
    assert main(["-o", str(tmp_path / "out"), "-f", "gif", "--max-size", "500", str(scene)]) == 1
    told = capsys.readouterr()
    assert "does not fit into 500 bytes; with all given up it has" in told.err and told.err.count("\n") == 1
    assert not told.out and not list((tmp_path / "out").iterdir())


def test_a_gif_of_its_own_size_and_rate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Beside the MP4 of the same call, the GIF has the size, rate and loops asked for it."""
    scene = tmp_path / "small.py"
    scene.write_text(SMALL)
    words = ["--gif-size", "320x214", "--gif-fps", "10", "--loop", "1", "--colors", "32", "--json", "-o", str(tmp_path)]
    assert main([*words, str(scene)]) == 0
    mp4, gif = map(json.loads, capsys.readouterr().out.splitlines())
    assert (mp4["width"], mp4["fps"], gif["width"], gif["height"], gif["fps"]) == (480, "25/1", 320, 214, "10/1")
    data = (tmp_path / "small.gif").read_bytes()
    assert b"NETSCAPE2.0" not in data
    with Image.open(tmp_path / "small.gif") as film:
        assert film.size == (320, 214)
        assert len(film.getcolors(1 << 16) or ()) <= 32


WRONG = (
    ["--max-size", "lots"],
    ["--max-size", "0"],
    ["--colors", "3"],
    ["--loop", "-1"],
    ["--for", "powerpoint", "-f", "gif"],
    ["--gif-fps", "60"],
    ["--gif-size", "big"],
)


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_wrong_words_are_one_line(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What these options cannot be is told in one line, status 2, before anything is made."""
    scene = tmp_path / "small.py"
    scene.write_text(SMALL)
    assert main(["-o", str(tmp_path / "out"), *words, str(scene)]) == 2
    told = capsys.readouterr()
    assert told.err.count("\n") == 1 and not told.out
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())
