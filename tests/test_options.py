"""The command line, understood: what is asked for, and every wrong word refused in one line."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from animgd.cli.options import ModuleRequest, options, parser
from animgd.cli.parser import SIZES, answer
from animgd.errors import UsageError
from animgd.output.target import target
from animgd.scene.style import THEMES


def understood(*words: str):
    """What the words ask for."""
    return options(parser().parse_args(list(words)))


def test_what_is_not_said_is_left_to_the_scene():
    """Without options, films go to outputs/ as mp4 and gif, and nothing of the scene is overridden."""
    asked = understood("scenes/momentum.py")
    assert asked.modules == (ModuleRequest(Path("scenes/momentum.py")),)
    assert (asked.output, asked.formats) == (Path("outputs"), ("mp4", "gif"))
    overridden = (asked.size, asked.fps, asked.epochs, asked.duration, asked.theme, asked.frame)
    assert overridden == (None,) * 6
    assert asked.cache and not (asked.dry_run or asked.json or asked.quiet or asked.verbose)


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        (["-o", "films"], "output", Path("films")),
        (["--output", "a/b"], "output", Path("a/b")),
        (["-f", "gif"], "formats", ("gif",)),
        (["--format", "PNG, json,png"], "formats", ("png", "json")),
        (["-q", "draft"], "size", (640, 360)),
        (["-q", "article"], "size", (960, 540)),
        (["-q", "standard"], "size", (1280, 720)),
        (["-q", "lecture"], "size", (1920, 1080)),
        (["--quality", "4k"], "size", (3840, 2160)),
        (["-q", "lecture"], "formats", ("mp4",)),
        (["-q", "4k"], "formats", ("mp4",)),
        (["-q", "4k", "-f", "gif"], "formats", ("gif",)),
        (["--size", "800x450"], "size", (800, 450)),
        (["--size", "800X450"], "size", (800, 450)),
        (["--fps", "30"], "fps", 30),
        (["--fps", "30000/1001"], "fps", Fraction(30000, 1001)),
        (["--fps", "12.5"], "fps", Fraction(25, 2)),
        (["--epochs", "7"], "epochs", 7),
        (["--duration", "7.5"], "duration", Fraction(15, 2)),
        (["--theme", "seed"], "theme", "seed"),
        (["--show", "arrows"], "show", ("arrows",)),
        (["--show", "rule, anatomy,rule"], "show", ("rule", "anatomy")),
        (["--hide", "rule"], "hide", ("rule",)),
        (["--hide", "all"], "hide", ("all",)),
        (["--frame", "3"], "frame", 3),
        (["--frame", "-1"], "frame", -1),
        (["--frame=-1"], "frame", -1),
        (["--no-cache"], "cache", False),
        (["--dry-run"], "dry_run", True),
        (["--json"], "json", True),
        (["--quiet"], "quiet", True),
        (["-v"], "verbose", True),
    ],
)
def test_each_option_sets_what_it_says(words, field, value):
    """Every option of the contract, before and after the scene."""
    assert getattr(understood(*words, "a.py"), field) == value
    assert getattr(understood("a.py", *words), field) == value


def test_names_belong_to_the_module_before_them():
    """An argument that ends in .py is a module, the names after it choose in it, options may stand between."""
    asked = understood("a.py", "x", "y", "-q", "draft", "b.py", "--json", "z", "c.py")
    assert asked.modules == (
        ModuleRequest(Path("a.py"), ("x", "y")), ModuleRequest(Path("b.py"), ("z",)), ModuleRequest(Path("c.py")),
    )  # fmt: skip
    assert asked.json and asked.size == (640, 360)


def test_two_dashes_end_the_options():
    """What comes after them is a file or a name, whatever it begins with."""
    asked = understood("-q", "draft", "a.py", "x", "--", "-y", "-v.py", "--help")
    assert asked.modules == (ModuleRequest(Path("a.py"), ("x", "-y")), ModuleRequest(Path("-v.py"), ("--help",)))
    assert (asked.size, asked.verbose) == ((640, 360), False)
    assert answer(["--", "--help"]) is None and answer(["--", "-h.py"]) is None


def test_what_is_named_twice_is_named_once():
    """A scene or a module; -o with the name of one file takes it too."""
    assert understood("a.py", "b.py", "a.py").modules == (ModuleRequest(Path("a.py")), ModuleRequest(Path("b.py")))
    assert understood("a.py", "x", "y", "x").modules == (ModuleRequest(Path("a.py"), ("x", "y")),)
    assert understood("-o", "x.gif", "a.py", "x", "x").file == Path("x.gif")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["momentum"], ["not a scene module: 'momentum'", ".py"]),
        (["x", "a.py"], ["not a scene module: 'x'"]),
        (["a.py", "-f", "webm"], ["unknown format 'webm'", "mp4, gif, png, json"]),
        (["a.py", "-f", ""], ["unknown format"]),
        (["a.py", "-q", "huge"], ["huge", "draft", "lecture", "4k"]),
        (["a.py", "-q", "draft", "--size", "8x8"], ["not allowed with"]),
        (["a.py", "--size", "800"], ["invalid size '800': expected WIDTHxHEIGHT", "1280x720"]),
        (["a.py", "--size", "800x"], ["invalid size"]),
        (["a.py", "--size", "0x450"], ["1 to 16384"]),
        (["a.py", "--size", "99999x450"], ["1 to 16384"]),
        (["a.py", "--size", "16384x16384"], ["2^26"]),
        (["a.py", "--size", "-8x8"], ["--size"]),
        *[(["a.py", "--fps", rate], ["invalid frame rate", "30000/1001"])
          for rate in ("0", "nan", "inf", "1001", "ten", "1/0", "1e999999999", "")],
        (["a.py", "--fps", "-25"], ["invalid frame rate"]),
        *[(["a.py", "--epochs", number], ["expected a whole number"]) for number in ("2.5", "many", "nan", "")],
        *[(["a.py", "--duration", time], ["invalid duration"]) for time in ("0", "-1", "nan", "100000", "1e999999999")],
        (["a.py", "--theme", "neon"], ["neon", "light", "dark", "seed"]),
        (["a.py", "--show", "arows"], ["unknown part of a film 'arows'", "arrows, rule, events, small-map, lens"]),
        (["a.py", "--show", "all"], ["unknown part of a film 'all'"]),
        (["a.py", "--hide", ""], ["unknown part of a film"]),
        (["a.py", "--frame", "last"], ["expected a whole number"]),
        (["a.py", "--frame", "3", "-f", "gif"], ["--frame writes a PNG"]),
        (["a.py", "--frames", "3"], ["--frames"]),
        (["a.py", "--qual", "draft"], ["--qual"]),
        (["a.py", "--frme", "3"], ["unrecognized arguments: --frme 3; did you mean '--frame'? (see --help)"]),
        (["a.py", "--gif_size=8x8"], ["did you mean '--gif-size'?"]),
        (["a.py", "--steps", "8"], ["unrecognized arguments: --steps 8; did you mean '--epochs'?"]),
        (["a.py", "--theme", "drak"], ["; did you mean 'dark'? (see --help)"]),
        (["a.py", "-q", "lectur"], ["; did you mean 'lecture'?"]),
        (["a.py", "--for", "pwerpoint"], ["; did you mean 'powerpoint'?"]),
        (["a.py", "-f", "gfi"], ["unknown format 'gfi': choose from mp4, gif, png, json; did you mean 'gif'?"]),
        (["a.py", "--show", "rule,arows"], ["; did you mean 'arrows'?"]),
        (["a.py", "--at", "3,setled"], ["invalid list of epochs '3,setled'", "; did you mean 'settled'?"]),
        (["wtch", "a.py"], ["not a scene module: 'wtch'", "; did you mean 'watch'?"]),
        (["a.py", "-o"], ["-o/--output", "expected one argument"]),
        (["a.py", "-o", "--", "b"], ["-o/--output", "expected one argument"]),
        (["-x.py"], ["unrecognized arguments: -x.py; a file whose name begins with - is written ./-x.py (see --help)"]),
    ],
)  # fmt: skip
def test_wrong_words_are_one_line(words, told):
    """A wrong argument is a usage error of one line that names it and what is possible."""
    with pytest.raises(UsageError) as caught:
        understood(*words)
    text = str(caught.value)
    assert "\n" not in text and all(part in text for part in told), text


def test_choices_are_those_of_the_tables():
    """Qualities and themes are known without importing what is heavy, and are the same ones."""
    for option, table in (("--quality", SIZES), ("--theme", THEMES)):
        action = next(action for action in parser()._actions if option in action.option_strings)
        assert tuple(action.choices) == tuple(table)
    assert "draft 640x360, article 960x540, standard 1280x720" in parser().format_help()


def test_the_help_names_every_option_and_warns():
    """--help has every option of the contract, the exit statuses, and that scenes are programs."""
    text = parser().format_help()
    names = "-o --output -f --format -q --quality --size --fps --epochs --duration --theme --frame --no-cache --dry-run"
    for name in [
        *names.split(),
        "--json",
        "--quiet",
        "-v",
        "--version",
        "-h",
        "Exit status",
        "runs with your permissions",
    ]:
        assert name in text


@pytest.mark.parametrize(("output", "folder", "file", "formats"), [
    ("film.gif", ".", "film.gif", ("gif",)), ("a/b/film.GIF", "a/b", "a/b/film.GIF", ("gif",)),
    ("film.mp4", ".", "film.mp4", ("mp4",)), ("/t/film.json", "/t", "/t/film.json", ("json",)),
    ("a.b.mp4", ".", "a.b.mp4", ("mp4",)), ("film.gif/", "film.gif", None, ("mp4", "gif")),
    ("dir.with.dots/", "dir.with.dots", None, ("mp4", "gif")), ("dir.with.dots", "dir.with.dots", None, ("mp4", "gif")),
    (".gif", ".gif", None, ("mp4", "gif")), ("film.gif/.", "film.gif", None, ("mp4", "gif")),
    ("gif", "gif", None, ("mp4", "gif")), ("v1.2", "v1.2", None, ("mp4", "gif")),
    ("film.pdf/", "film.pdf", None, ("mp4", "gif")),
    ("pdf", "pdf", None, ("mp4", "gif")), (".pdf", ".pdf", None, ("mp4", "gif")),
])  # fmt: skip
def test_a_known_suffix_names_a_file(output: str, folder: str, file: str | None, formats: tuple[str, ...]) -> None:
    """-o with a known suffix, in any case, is the file itself, in its format; everything else is a folder."""
    asked = understood("-o", output, "a.py")
    assert (asked.output, asked.file, asked.formats) == (Path(folder), file and Path(file), formats)


@pytest.mark.parametrize("suffix", ["pdf", "SVG", "eps", "jpg", "jpeg", "webp", "webm", "avi", "tif", "html", "pptx"])
def test_the_suffix_of_another_format_is_refused(suffix: str, tmp_path: Path, monkeypatch) -> None:
    """A name such as paper.pdf is no folder, unless there is one; for figures the way to them is told."""
    monkeypatch.chdir(tmp_path)
    name = f"paper.{suffix}"
    with pytest.raises(UsageError) as caught:
        understood("a.py", "--frame", "-1", "-o", name)
    text = str(caught.value)
    assert f"-o {name}: unknown suffix '.{suffix}': choose from .mp4, .gif, .png, .json" in text and "\n" not in text
    assert ("animgd.plot" in text) is (suffix in ("pdf", "SVG", "eps"))
    with pytest.raises(UsageError, match="unknown suffix") as caught:
        target(name)
    assert ("animgd.plot" in str(caught.value)) is (suffix in ("pdf", "SVG", "eps"))
    Path(name).mkdir()
    assert understood("a.py", "-o", name).output == Path(name)


def test_a_file_s_name_may_agree_with_the_other_options() -> None:
    """A format that the suffix says as well, a place, a quality, and a PNG's name for one frame."""
    assert understood("-o", "a.gif", "-f", "gif", "a.py", "slow").formats == ("gif",)
    assert understood("-o", "a.gif", "--for", "x", "a.py").formats == ("gif",)
    assert understood("-o", "a.gif", "-q", "4k", "a.py").formats == ("gif",)
    assert understood("-o", "a.png", "--frame", "3", "a.py").file == Path("a.png")


@pytest.mark.parametrize(("words", "told"), [
    (["-o", "film.mp4", "-f", "gif"], "-o film.mp4 means format mp4, but -f is gif: remove one of them"),
    (["-o", "film.mp4", "-f", "mp4,gif"], "-f is mp4,gif"),
    (["-o", "film.gif", "--frame", "3"], "-o film.gif means format gif, but --frame writes a PNG"),
    (["-o", "x.png"], "-o x.png names one frame: choose it with --frame or --at, or use -f png and a folder"),
    (["-o", "x.png", "-f", "png"], "-o x.png names one frame"),
    (["-o", "x.gif", "b.py"], "-o x.gif names one file, but several scenes are given: use a folder"),
    (["-o", "x.gif", "one", "two"], "-o x.gif names one file, but several scenes are given"),
])  # fmt: skip
def test_a_file_s_name_that_other_options_contradict(words: list[str], told: str) -> None:
    """A contradiction is one line that names both sides."""
    with pytest.raises(UsageError) as caught:
        understood("a.py", *words)
    assert told in str(caught.value)
