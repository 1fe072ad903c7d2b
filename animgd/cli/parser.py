"""The options, and the answers to --help and --version: without any heavy import."""

from __future__ import annotations

import argparse
from collections import defaultdict

from animgd.cli.console import Results
from animgd.cli.words import WORDS
from animgd.encoders import FORMATS
from animgd.output.platforms import PLATFORMS
from animgd.output.slides import SLIDES
from animgd.scene.themes import SHOWN, THEMES

TYPE_CHECKING = False  # typing takes longer to import than the rest of this
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Types = Mapping[str, Callable[[str], Any]]

EPILOG = """\
{words}
A scene module is a program: it runs with your permissions, so run only those you trust.
Exit status: 0 done; 1 rendering failed, or some of several scenes did; 2 bad usage or bad scene;
128 + n when stopped by signal n.

  python -m animgd scenes/momentum.py                 outputs/momentum.mp4 and outputs/momentum.gif
  python -m animgd -q lecture -o talk scenes/*.py     1920x1080 films for a wall
  python -m animgd -f gif --size 800x450 scene.py     a GIF for an article
  python -m animgd -o film.gif scene.py               a GIF of that name
  python -m animgd --frame -1 scene.py                the last frame as a PNG
  python -m animgd -j 2 --resume scenes/*.py          two at a time, only what is missing
"""
SIZES = {
    "draft": (640, 360),
    "article": (960, 540),
    "standard": (1280, 720),
    "lecture": (1920, 1080),
    "4k": (3840, 2160),
}


def parser(kind: type[argparse.ArgumentParser], to: Types) -> argparse.ArgumentParser:
    """The argument parser; `to` has the conversion of each type of argument."""
    words = "".join(f"  {f'{word} {arguments}':<34}{what}\n" for word, (arguments, what) in WORDS.items())
    parser = kind(prog="animgd", description="Films of optimizers walking down loss landscapes.",
                     epilog=EPILOG.format(words=words),
                     formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, add_help=False,
                     usage="%(prog)s [options] SCENE.py [NAME ...] [SCENE.py [NAME ...]] ...\n"
                           "       %(prog)s {" + ",".join(WORDS) + "} ...")  # fmt: skip
    add = parser.add_argument
    add(
        "scenes",
        nargs="*",
        metavar="SCENE.py [NAME ...]",
        help="scene modules, each with the names of its scenes to film; a folder stands for all of its modules",
    )
    add("-h", "--help", action="store_true", help="show this help message and exit")
    add("-o", "--output", metavar="DIR", default="outputs",
        help="folder for the films (outputs/), or the name of one, such as film.gif")  # fmt: skip
    add("-f", "--format", metavar="LIST", type=to["format"], help=f"comma list of {', '.join(FORMATS)} (mp4,gif)")
    size = parser.add_mutually_exclusive_group()
    sizes = ", ".join(f"{name} {width}x{height}" for name, (width, height) in SIZES.items())
    size.add_argument("-q", "--quality", metavar="NAME", choices=tuple(SIZES), help=sizes)
    size.add_argument("--size", metavar="WxH", type=to["size"], help="width and height in pixels")
    add("--fps", metavar="F", type=to["fps"], help="frames a second, such as 25 or 30000/1001")
    add("--epochs", metavar="N", type=to["whole"], help="optimizer steps")
    add("--duration", metavar="S", type=to["seconds"], help="length of the whole film in seconds, by the pace")
    add("--theme", metavar="NAME", choices=tuple(THEMES), help=", ".join(THEMES))
    add("--show", metavar="LIST", type=to["show"], help=f"what to show: comma list of {', '.join(SHOWN)}")
    add("--hide", metavar="LIST", type=to["hide"], help="what to hide, of the same; all: what is not named by --show")
    add("--set", metavar="PATH=VALUE", type=to["setting"], action="append", default=[], dest="settings",
        help="a field of the scene by its path, such as optimizer.lr=0.05; may be given several times")  # fmt: skip
    add("--suffix", action="store_true", help="add what --set changes to the names of the outputs")
    add("--frame", metavar="K", type=to["whole"], help="only frame K, as <name>-<K>.png; -1 is the last")
    add("--at", metavar="LIST", type=to["at"],
        help="only the first frames that show these epochs, as <name>-at<epoch>.png; or settled, events")  # fmt: skip
    add("--loop", metavar="N", type=to["count"], help="how often a GIF plays, 0 for ever (0)")
    add("--colors", metavar="N", type=to["colors"], help="colours of a GIF, 4 to 256 (208)")
    add("--gif-size", metavar="WxH", type=to["size"], help="the GIF's own size")
    add("--gif-fps", metavar="F", type=to["fps"], help="the GIF's own frames a second")
    add("--max-size", metavar="SIZE", type=to["bytes"], help="the best film of at most this size, such as 2MB")
    add("--for", metavar="PLACE", choices=tuple(PLATFORMS), dest="place",
        help="a platform's limits: " + ", ".join(PLATFORMS))  # fmt: skip
    add("--clips", action="store_true", help="of a lecture: one MP4 from pause to pause, N-01-title.mp4 ...")
    add("--slides", metavar="LIST", type=to["slides"],
        help=f"of a lecture: slides of its clips, comma list of {', '.join(SLIDES)}")  # fmt: skip
    _add_manners(add, to)
    return parser


def _add_manners(add: Callable[..., Any], to: Types) -> None:
    """The options that say how to work, not what to make."""
    add("--no-cache", action="store_false", dest="cache", help="record again even if a recording is cached")
    add("--dry-run", action="store_true", help="check the scenes, and print what would be made: frames, seconds, sizes")
    add("--json", action="store_true", help="one JSON object per output on stdout instead of its path")
    add(
        "-j",
        "--jobs",
        metavar="N",
        type=to["jobs"],
        default="1",
        help="scene modules, or parts of one lecture, filmed at a time (1)",
    )
    add("--resume", action="store_true", help="make only the outputs that are missing")
    add("--scene-timeout", metavar="S", type=to["seconds"], dest="patience",
        help="seconds that a scene module may run before it is stopped (60; watch: 10)")  # fmt: skip
    add("-p", "--open", action="store_true", help="open the result, or the page of watch")
    add("--from", metavar="EXAMPLE", dest="example", help="the example that new copies (momentum)")
    add("--quiet", action="store_true", help="no progress and no warnings")
    add("-v", "--verbose", action="store_true", help="timings, and tracebacks of errors")
    add("--version", action="store_true", help="the version of animgd")


def answer(words: list[str]) -> int | None:
    """Answer --help and --version; the exit status, None if there is more to do."""
    results = Results()
    if words == ["--version"]:
        from animgd._version import __version__

        results.write(f"animgd {__version__}")
        return results.status(0)
    options = words[: words.index("--")] if "--" in words else words
    if not words or "-h" in options or "--help" in options:
        results.write(parser(argparse.ArgumentParser, defaultdict(lambda: str)).format_help().rstrip())
        return results.status(0 if words else 2)
    return None
