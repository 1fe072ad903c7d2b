"""What the command line asks for; nothing here is heavy."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

from animgd.cli import parser as command_line
from animgd.cli.parser import FORMATS
from animgd.errors import UsageError

Said = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ModuleRequest:
    """A scene module, and the scenes in it that are wanted; none named means all."""

    path: Path
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Options:
    """The command line, understood."""

    asked: tuple[ModuleRequest, ...]
    output: Path  # a folder
    formats: tuple[str, ...]
    size: tuple[int, int] | None
    fps: int | Fraction | None
    epochs: int | None
    duration: Fraction | None
    theme: str | None
    frame: int | None
    loop: int | None
    colors: int | None
    gif_size: tuple[int, int] | None
    gif_fps: int | Fraction | None
    max_size: int | None
    place: str | None
    cache: bool
    dry_run: bool
    json: bool
    quiet: bool
    verbose: bool
    jobs: int = 1
    resume: bool = False
    patience: float = 60.0  # seconds that a scene module may take
    said: Said = ()  # the settings that options override, and how: ("size", "-q draft")
    said_of_gif: Said = ()  # the GIF's own
    file: Path | None = None  # the one output, where -o names a file


class _Parser(argparse.ArgumentParser):
    def parse_args(self, *arguments: Any) -> Any:  # type: ignore[override]
        return self.parse_intermixed_args(*arguments)  # options may stand between scenes

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (--help tells more)")


def parser() -> argparse.ArgumentParser:
    """The options of `usage`, their words understood."""
    return command_line.parser(_Parser, TYPES)


def options(given: argparse.Namespace) -> Options:
    """What was asked for, in one piece. Raises: UsageError."""
    formats = given.format or _usual(given)
    if given.frame is not None and given.format not in (None, ("png",)):
        raise UsageError("--frame makes a PNG; leave -f away, or leave --frame away")
    asked, named = _asked(given.scenes), _named(given.output)
    if named:
        _check_file(given, named, asked)
        formats = (named,)
    size = given.size
    if given.quality:
        from animgd.scene.video import SIZES

        size = SIZES[given.quality]
    return Options(asked, folder(given.output), formats, size, given.fps, given.epochs, given.duration,
                   given.theme, given.frame, given.loop, given.colors, given.gif_size, given.gif_fps, given.max_size,
                   given.place, not given.no_cache, given.dry_run, given.json, given.quiet,
                   given.verbose, given.jobs, given.resume, float(given.patience),
                   _said(given, "quality", "size", "fps", "epochs", "duration"),
                   _said(given, "gif_size", "gif_fps"), Path(given.output) if named else None)  # fmt: skip


def _said(given: argparse.Namespace, *options: str) -> Said:
    """The options that are given, each with the setting that it overrides."""
    found = []
    for option in options:
        value = getattr(given, option)
        if value is not None:
            spelt = "-q" if option == "quality" else "--" + option.replace("_", "-")
            found.append((option.removeprefix("gif_").replace("quality", "size"), f"{spelt} {_word(value)}"))
    return tuple(found)


def _word(value: Any) -> str:
    """A value as one writes it on the command line."""
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    if isinstance(value, Fraction) and Fraction(short := f"{float(value):g}") == value:
        return short
    return str(value)


def folder(output: str) -> Path:
    """The folder that -o names, or that the file lies in that it names."""
    return Path(output).parent if _named(output) else Path(output)


def _named(output: str) -> str | None:
    """The format of the file that -o names; None where it names a folder: no known suffix, or a / at the end."""
    suffix = os.path.splitext(output)[1].lower().removeprefix(".")  # noqa: PTH122 - a Path forgets the / at the end
    return suffix if suffix in FORMATS else None


def _check_file(given: argparse.Namespace, format: str, asked: tuple[ModuleRequest, ...]) -> None:
    """Refuse a file in -o that the other options contradict. Raises: UsageError."""
    name = f"-o {given.output}"
    if given.frame is not None and format != "png":
        raise UsageError(f"{name} means format {format}, and --frame makes a PNG; leave one of them away")
    if given.frame is None and format == "png":
        raise UsageError(f"{name} names one picture; choose it with --frame, or give -f png and a folder")
    if given.format not in (None, (format,)):
        formats = ",".join(given.format)
        raise UsageError(f"{name} means format {format}, and -f asks for {formats}; leave one of them away")
    if len(asked) > 1 or any(len(module.names) > 1 for module in asked):
        raise UsageError(f"{name} names one file, and several scenes are asked for; give -o a folder")
    if Path(given.output).is_dir():
        raise UsageError(f"{name} names a file, and is a folder; {given.output}/ makes films in it")


def _usual(given: argparse.Namespace) -> tuple[str, ...]:
    """The formats where none are asked for."""
    if given.place:
        from animgd.output.platforms import PLACES

        return tuple(PLACES[given.place])
    return ("mp4",) if given.quality in ("lecture", "4k") else ("mp4", "gif")


def _asked(words: list[str]) -> tuple[ModuleRequest, ...]:
    asked: list[ModuleRequest] = []
    for word in words:
        if word.endswith(".py"):
            asked.append(ModuleRequest(Path(word)))
        elif asked:
            asked[-1] = ModuleRequest(asked[-1].path, (*asked[-1].names, word))
        else:
            raise UsageError(f"{word!r} is no scene module: its name must end in .py")
    return tuple(asked)


def _formats(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip().lower() for name in text.split(",")))
    for name in names:
        if name not in FORMATS:
            raise argparse.ArgumentTypeError(f"{name!r} is no format; there are {', '.join(FORMATS)}")
    return names


def _size(text: str) -> tuple[int, int]:
    parts = text.lower().split("x")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) < 8 for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write it like 1280x720")
    width, height = int(parts[0]), int(parts[1])
    if not (1 <= width <= 16384 and 1 <= height <= 16384 and width * height <= 1 << 26):
        raise argparse.ArgumentTypeError(
            f"{text} is no size for a film; each side can have 1 to 16384 pixels, at most 2^26 in all"
        )
    return width, height


def _fps(text: str) -> int | Fraction:
    fps = _fraction(text)
    if not 0 < fps <= 1000:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no frame rate; write a number above 0, at most 1000, such as 25 or 30000/1001"
        )
    return int(fps) if fps.denominator == 1 else fps


def _seconds(text: str) -> Fraction:
    seconds = _fraction(text)
    if not 0 < seconds <= 24 * 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration; write seconds above 0, such as 12 or 7.5")
    return seconds


def _fraction(text: str) -> Fraction:
    """The number, 0 where it is none. An exponent is none: 1e999999999 would take all memory."""
    try:
        return Fraction(text) if re.fullmatch(r"[0-9./]{1,40}", text) else Fraction(0)
    except (ValueError, ZeroDivisionError):
        return Fraction(0)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of times; write 0 for ever, or 1 to 65535")
    return int(text)


def _jobs(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 64):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of scenes at a time; write 1 to 64")
    return int(text)


def _colors(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 4 <= int(text) <= 256):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of colours; a GIF has 4 to 256")
    return int(text)


def _bytes(text: str) -> int:
    found = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)\s*([kKmMgG]?)(i?)[bB]?", text)
    size = 0
    if found:
        power = " kmg".index(found[2].lower() or " ")
        size = int(Fraction(found[1]) * (1024 if found[3] else 1000) ** power)
    if size < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no size of a file; write bytes, or like 500KB or 2MB")
    return size


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None


TYPES: dict[str, Callable[[str], Any]] = {
    "format": _formats, "size": _size, "fps": _fps, "whole": _whole, "seconds": _seconds,
    "count": _count, "colors": _colors, "bytes": _bytes, "jobs": _jobs,
}  # fmt: skip
