"""Films within a limit: what is given up, in which order, and what is said."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from animgd import Scene, Video
from animgd.cli.main import main
from animgd.drawing.timeline import lasting
from animgd.errors import RenderError, UsageError
from animgd.output.budget import best, check, given_up, ladder
from animgd.output.platforms import PLATFORMS
from animgd.output.target import Limit, Target
from tests import decoded

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
    assert all((step.size or (0, 0))[0] <= 1280 and step.timeline(scene).count <= 150 for step in steps)


@pytest.mark.parametrize("small", [300, 420, 700, 1000])
def test_sizes_that_cannot_be_laid_out_are_left_out(small: int) -> None:
    """Colours are given up at the smallest size that the layout holds, and nothing is smaller; order stays."""
    target = Target(Path("a.gif"), "gif", limit=Limit(1000))
    every = ladder(Scene(), target)
    steps = ladder(Scene(), target, lambda size: size[0] >= small)
    widths = [(step.size or (0, 0))[0] for step in steps]
    assert steps[:5] == every[:5] and widths == sorted(widths, reverse=True)
    assert min(widths) == min(width for width in ((e.size or (0, 0))[0] for e in every) if width >= small)
    assert [dict(step.settings)["colors"] for step in steps if step.settings] == [128, 64, 32, 16]
    assert {step.size for step in steps if step.settings} == {steps[-1].size}


def test_a_layout_that_holds_one_size_in_the_middle_is_no_error() -> None:
    """Sizes may be missing anywhere."""
    steps = ladder(Scene(), Target(Path("a.mp4"), "mp4", limit=Limit(1000)), lambda size: size == (832, 468))
    assert [step.size for step in steps] == [(832, 468)] * len(steps) and len(steps) == 4
    assert ladder(Scene(), Target(Path("a.mp4"), "mp4", limit=Limit(1000)), lambda size: False) == []


BOUNDS = [
    (Limit(width=1280, height=1080), (1920, 1080), (1280, 720)),
    (Limit(width=1280, height=1080), (1080, 1920), (606, 1080)),
    (Limit(width=1920, height=1200, upright=(1200, 1900)), (1080, 1920), (1068, 1900)),
    (Limit(width=1920, height=1200, upright=(1200, 1900)), (1920, 1080), (1920, 1080)),
    (Limit(pixels=1280 * 720), (1920, 1080), (1280, 720)),
    (Limit(pixels=1280 * 720), (1281, 721), (1278, 720)),
    (Limit(pixels=1280 * 720), (960, 960), (960, 960)),
    (Limit(width=100), (301, 201), (100, 66)),
]


@pytest.mark.parametrize(("limit", "size", "first"), BOUNDS)
def test_a_film_too_large_keeps_its_rate_and_its_shape(
    limit: Limit, size: tuple[int, int], first: tuple[int, int]
) -> None:
    """The first rung is the largest of the film's shape within the bounds, even where it is smaller, as quick as it."""
    steps = rungs(limit, width=size[0], height=size[1])
    assert (steps[0].size, steps[0].fps) == (first, 25)
    assert abs(first[0] * size[1] - first[1] * size[0]) <= 2 * max(size)


def test_all_pixels_of_all_frames_count() -> None:
    """X takes 300 million pixels in all frames of a GIF: 1280x720 has room for 325 of them."""
    limit = Limit(**PLATFORMS["x"]["gif"])
    for seconds, fps in ((12, 25), (14, 20), (25, Fraction(25, 2)), (32, 10)):
        video = Video(hold_start=0, hold_end=0, epochs_per_second=Fraction(100, seconds))
        scene = Scene(video=video)
        steps = ladder(scene, Target(Path("a.gif"), "gif", limit=limit))
        assert steps[0].fps == fps, seconds
        for step in steps:
            assert step.size is not None
            assert (
                step.size[0] * step.size[1] * step.timeline(scene).count <= 300_000_000
                and step.timeline(scene).count <= 350
            )


@pytest.mark.parametrize(("place", "format", "video", "words"), [
    ("x", "gif", {"epochs_per_second": 1}, "takes 350 frames"),
    ("x", "mp4", {"epochs_per_second": Fraction(1, 2)}, "takes 140 s"),
    ("x", "mp4", {"epochs_per_second": Fraction(1, 2), "fps": Fraction(30000, 1001)}, "takes 140 s"),
    ("x", "mp4", {"epochs_per_second": Fraction(1, 2), "fps": 3}, "takes 140 s"),
    ("mastodon", "mp4", {"epochs_per_second": Fraction(1, 50)}, "takes 36,000 frames"),
    ("x", "mp4", {"width": 1200, "height": 390}, "1200x390 is too long: the platform takes shapes"),
    ("x", "mp4", {"width": 390, "height": 1200}, "390x1200 is too long: the platform takes shapes"),
])  # fmt: skip
def test_what_no_rung_meets_is_said(place: str, format: str, video: dict[str, object], words: str) -> None:
    """A film that no rung brings within a place's bounds is an error; the duration that it names works."""
    scene, target = Scene(video=Video(**video)), Target(Path("a"), format, limit=Limit(**PLATFORMS[place][format]))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=words) as caught:
        check(scene, target)
    if "--duration" in str(caught.value):
        seconds = Fraction(str(caught.value).rpartition(" ")[2])
        check(Scene(video=lasting(scene.video, scene.epochs, seconds)), target)


def test_a_rate_above_a_place_s_is_given_up_first() -> None:
    """A film of 144 frames a second becomes one of the place's highest rate."""
    steps = rungs(Limit(**PLATFORMS["mastodon"]["mp4"]), "mp4", fps=144)
    assert (steps[0].fps, steps[0].size) == (120, (1280, 720))
    assert rungs(Limit(**PLATFORMS["x"]["mp4"]), "mp4", fps=60)[0].fps == 60


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
    with pytest.raises(RenderError, match=r"does not fit into 5 bytes: the smallest version has 1,234 bytes$"):
        best([Target(Path("a.gif"), "gif"), Target(Path("b.gif"), "gif")], Limit(5), lambda _: 1234)
    last = Target(Path("a.gif"), "gif", (352, 198), Fraction(25, 2), (("colors", 16),))
    words = r"the smallest version has 1,234 bytes, at 352x198, 12\.5 frames a second, 16 colours$"
    with pytest.raises(RenderError, match=words):
        best([last], Limit(5), lambda _: 1234)


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
    assert main(["-o", str(tmp_path / "out"), "-f", "gif", "--max-size", "4096", str(scene)]) == 1
    told = capsys.readouterr()
    assert "does not fit into 4,096 bytes: the smallest version has" in told.err and told.err.count("\n") == 1
    assert not told.out and not list((tmp_path / "out").iterdir())


def test_a_size_too_small_for_the_layout_is_passed_over(write, animgd, capsys) -> None:
    """Five panels do not fit 288x162: the film is the smallest that they hold, and what it has lost is said."""
    video = "Video(hold_start=0, hold_end=0, fps=10)"
    scene = f"Scene(losses=('MSELoss',) * 5, epochs=2, resolution=5, title='Five', video={video})"
    module = write(f"from animgd import *\nscene = {scene}")
    words = ["-q", "draft", "-f", "gif", "--colors", 16]
    done = animgd(*words, "--max-size", "4096", module)
    (line,) = done.err
    least = re.search(r"version has ([\d,]+) bytes, at 352x198, 10 frames a second, 16 colours$", line)
    assert done.status == 1 and least and done.made == []
    most = int(least[1].replace(",", ""))
    done = animgd(*words, "--max-size", most, "--json", module)
    made = json.loads(done.out[0])
    assert (made["width"], made["height"], made["fps"], made["bytes"]) == (352, 198, "10/1", most)
    assert "352x198 instead of 640x360, to stay" in done.err[-1]


def test_a_film_too_small_from_the_start_says_how_small_it_can_be(write, animgd) -> None:
    """If not even the largest size within the limit can be laid out, the smallest that can is named; status 2."""
    module = write("from animgd import *\nscene = Scene(epochs=3, resolution=5)")
    done = animgd("--size", "200x100", "-f", "gif", "--max-size", "1MB", module)
    assert done.status == 2 and done.made == [] and len(done.err) == 1
    words = r"200x100 is too small for 4 panels; the smallest of this shape that works is (\d+x\d+)$"
    size = re.search(words, done.err[0])
    assert size and animgd("--size", size[1], "-f", "gif", "--max-size", "1MB", module).status == 0


def test_remarks_are_those_of_the_film_that_was_kept(write, animgd, monkeypatch) -> None:
    """What is said of how a film is drawn is about the film under the name, not about one that was tried."""
    said = property(lambda renderer: [f"drawn at {renderer.layout.size[0]}"])
    monkeypatch.setattr("animgd.drawing.renderer.Renderer.remarks", said)
    module = write(SMALL)
    done = animgd("-f", "gif", "--max-size", "20KB", "--epochs", "8", "--json", module)
    width = json.loads(done.out[0])["width"]
    assert [line for line in done.err if "drawn at" in line] == [f"animgd: warning: small: drawn at {width}"]
    assert width < 480


def test_places_limits_are_refused_before_anything_is_drawn(write, animgd, monkeypatch) -> None:
    """A film that a place cannot take is one line, status 2, and nothing is recorded; --dry-run says the same."""
    monkeypatch.setattr("animgd.output.render.recorded", lambda *given: pytest.fail("it must not record"))
    module = write(SMALL)
    for words in (["--for", "x", "--duration", "141", "-f", "mp4"], ["--for", "x", "--duration", "60"]):
        for more in ([], ["--dry-run"]):
            done = animgd(*words, *more, module)
            assert done.status == 2 and len(done.err) == 1 and "--duration" in done.err[0] and done.made == []


def test_a_dry_run_names_the_size_within_the_limits(write, animgd) -> None:
    """What a place allows at most is what --dry-run says, in the formats that it takes."""
    module = write(SMALL)
    done = animgd("--for", "x", "--size", "1920x1080", "--dry-run", module)
    assert [line.partition(": ")[2].partition(",")[0] for line in done.out] == ["1280x720", "1920x1080"]
    assert [Path(line.partition(":")[0]).suffix for line in done.out] == [".gif", ".mp4"]


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


OFTEN = ", keyframe_interval=0.4"


@pytest.mark.parametrize(
    ("words", "own", "apart"),
    [((), "", 50), (("--for", "keynote"), "", 25), (("--for", "powerpoint"), OFTEN, 10)],
)
def test_presenters_can_drag_a_film(words: tuple[str, ...], own: str, apart: int, tmp_path: Path) -> None:
    """For slides, an MP4 has a key frame a second; a scene that asks for other ones keeps them."""
    (tmp_path / "small.py").write_text(SMALL.replace("epochs_per_second=20", f"epochs_per_second=12.5{own}"))
    assert main(["--quiet", "-o", str(tmp_path), "-f", "mp4", *words, str(tmp_path / "small.py")]) == 0
    assert decoded.key_frames(tmp_path / "small.mp4") == [Fraction(frame, 25) for frame in range(0, 41, apart)]


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
