"""The parsed command line; imports nothing heavy."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
from argparse import ArgumentTypeError
from collections.abc import Callable, Collection
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

from animgd.cli import parser as command_line
from animgd.cli.words import WORDS
from animgd.encoders import BASE, FORMATS, OTHERS, refusal
from animgd.errors import UsageError, meant, near, told
from animgd.output.platforms import PLATFORMS
from animgd.output.slides import SLIDES
from animgd.scene.themes import MOMENTS, SHOWN

PATIENCE = 60  # seconds that a scene module may run, unless --scene-timeout says otherwise
Said = tuple[tuple[str, str], ...]
Convert = Callable[[str], Any]
IMPORT = re.compile(rb"^\s*(?:from|import)\s+animgd\b", re.MULTILINE)


@dataclass(frozen=True)
class ModuleRequest:
    """A scene module and the names of the scenes to film; no name means all."""

    path: Path
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Options:
    """The parsed command line."""

    modules: tuple[ModuleRequest, ...]
    output: Path  # a folder
    formats: tuple[str, ...]
    size: tuple[int, int] | None
    fps: int | Fraction | None
    epochs: int | None
    duration: Fraction | None
    theme: str | None
    show: tuple[str, ...] | None
    hide: tuple[str, ...] | None
    frame: int | None
    at: tuple[int | str, ...] | None  # epochs, or words for epochs that the recording knows
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
    patience: float = float(PATIENCE)
    said: Said = ()  # settings that options override, and the option: ("size", "-q draft")
    said_of_gif: Said = ()  # those of the GIF only
    file: Path | None = None  # the only output, if -o names a file
    chosen: bool = False  # whether the formats are: a lecture's are others by default
    clips: bool = False  # the pieces of lectures instead of films
    slides: tuple[str, ...] = ()  # kinds of slides instead of films
    settings: tuple[tuple[str, str], ...] = ()  # fields to set: their paths, and their values as text
    suffix: bool = False  # whether the outputs' names tell these
    open: bool = False

    @property
    def still(self) -> bool:
        """Whether single frames are asked for."""
        return self.frame is not None or self.at is not None


class _Parser(argparse.ArgumentParser):
    def parse_args(self, words: list[str]) -> Any:  # type: ignore[override]
        end = words.index("--") if "--" in words else len(words)
        given = self.parse_intermixed_args(words[:end])  # options may stand between scenes
        given.scenes = [*given.scenes, *words[end + 1 :]]
        return given

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}{self._hint(message)} (see --help)")

    def _hint(self, message: str) -> str:
        """A suggestion for an option that is unknown, or for a choice."""
        if found := re.match(r"unrecognized arguments: (?:.* )?(-\S*\.py)\b", message):
            return f"; a file whose name begins with - is written ./{found[1]}"
        if found := re.match(r"unrecognized arguments: (?:[^-]\S* )*(--\w[^\s=]*)", message):
            known = meant(found[1][2:], [each[2:] for each in self._option_string_actions if each.startswith("--")])
            return f"; did you mean '--{known}'?" if known else ""
        if found := re.match(r"argument (?:-\w/)?(--\S+): invalid choice: '(.*?)' \(", message):
            return near(found[2], [*(self._option_string_actions[found[1]].choices or ())])
        return ""


def parser() -> argparse.ArgumentParser:
    """The argument parser with the conversions of `TYPES`."""
    return command_line.parser(_Parser, TYPES)


def options(given: argparse.Namespace) -> Options:
    """Options from parsed arguments. Raises: UsageError."""
    if given.example:
        raise UsageError(f"--from is for new: animgd new NAME --from {given.example}")
    formats = given.format or _usual(given)
    option = "--frame" if given.frame is not None else "--at" if given.at is not None else ""
    if option and given.format not in (None, ("png",)):
        raise UsageError(f"{option} writes a PNG: remove -f or {option}")
    if given.suffix and (not given.settings or _named(given.output)):
        missing = f"but -o {given.output} is the name" if given.settings else "but there is no --set"
        raise UsageError(f"--suffix adds to names what --set changes, {missing}: remove --suffix")
    if given.frame is not None and given.at is not None:
        raise UsageError("--frame and --at both choose frames: remove one of them")
    asked, named = _asked(given.scenes), _named(given.output)
    if named:
        _check_file(given, named, asked, option)
        formats = (named,)
    size = command_line.SIZES[given.quality] if given.quality else given.size
    found = vars(given) | {"modules": asked, "output": folder(given.output), "formats": formats, "size": size}
    found |= {"patience": float(given.patience or PATIENCE), "file": Path(given.output) if named else None}
    found |= {"slides": given.slides or ()}
    found |= {"chosen": bool(given.format or named or given.place)}
    found |= {"settings": tuple(given.settings)}
    found |= {"said": (*_set(given), *_said(given, "quality", "size", "fps", "epochs", "duration"))}
    found |= {"said_of_gif": _said(given, "gif_size", "gif_fps")}
    return Options(**{name: found[name] for name in Options.__dataclass_fields__})


def _said(given: argparse.Namespace, *options: str) -> Said:
    """The settings that the given options override, each with the option as typed."""
    found = []
    for option in options:
        value = getattr(given, option)
        if value is not None:
            spelt = "-q" if option == "quality" else "--" + option.replace("_", "-")
            found.append((option.removeprefix("gif_").replace("quality", "size"), f"{spelt} {_word(value)}"))
    return tuple(found)


def _set(given: argparse.Namespace) -> Said:
    """What --set changes of what errors are about."""
    about = {"video.width": "size", "video.height": "size", "video.fps": "fps", "epochs": "epochs"}
    return tuple((about[path], f"--set {path}={text}") for path, text in given.settings if path in about)


def _word(value: Any) -> str:
    """A value as typed on the command line."""
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    if isinstance(value, Fraction) and Fraction(short := f"{float(value):g}") == value:
        return short
    return str(value)


def folder(output: str) -> Path:
    """The folder that -o names, or the folder of the file that it names."""
    return Path(output).parent if _named(output) else Path(output)


def _named(output: str) -> str | None:
    """The format of the file that -o names; None if it names a folder (no known suffix, or a trailing /).

    Raises: UsageError, for the suffix of another format, unless there is a folder of that name.
    """
    suffix = os.path.splitext(output)[1]  # noqa: PTH122 - a Path drops the trailing /
    kind = suffix.lower().removeprefix(".")
    if kind in OTHERS and not os.path.isdir(output):  # noqa: PTH112 - Path raises for long words
        known = ", ".join(f".{name}" for name in FORMATS)
        raise UsageError(f"-o {output}: {refusal(suffix, f'{known}, or a folder')}")
    return kind if kind in FORMATS else None


def _check_file(given: argparse.Namespace, format: str, asked: tuple[ModuleRequest, ...], still: str) -> None:
    """Raises: UsageError: -o names a file, and another option contradicts it."""
    name = f"-o {given.output}"
    if still and format != "png":
        raise UsageError(f"{name} means format {format}, but {still} writes a PNG: remove one of them")
    if not still and format == "png":
        raise UsageError(f"{name} names one frame: choose it with --frame or --at, or use -f png and a folder")
    if given.format not in (None, (format,)):
        formats = ",".join(given.format)
        raise UsageError(f"{name} means format {format}, but -f is {formats}: remove one of them")
    if len(asked) > 1 or any(len(module.names) > 1 for module in asked):
        raise UsageError(f"{name} names one file, but several scenes are given: use a folder")
    if Path(given.output).is_dir():
        raise UsageError(f"{name} is a folder: use {given.output}/ to write films in it")


def _usual(given: argparse.Namespace) -> tuple[str, ...]:
    """The formats if -f is not given."""
    if given.place:
        return tuple(PLATFORMS[given.place])
    return ("mp4",) if given.quality in ("lecture", "4k") else ("mp4", "gif")


def _asked(words: list[str]) -> tuple[ModuleRequest, ...]:
    asked: list[ModuleRequest] = []
    named = False  # whether names may follow
    for word in words:
        if word.endswith(".py"):
            asked.append(ModuleRequest(Path(word)))
            named = True
        elif os.path.isdir(word) and (not named or Path(word).name != word):  # noqa: PTH112 - Path raises for long words
            asked += [ModuleRequest(file) for file in scene_modules(Path(word))]
            named = False
        elif named:
            asked[-1] = ModuleRequest(asked[-1].path, tuple(dict.fromkeys((*asked[-1].names, word))))
        else:
            hint = near(word, tuple(WORDS)) if word == words[0] else ""
            raise UsageError(f"not a scene module: {word!r} (expected a .py file or a folder){hint}")
    return tuple(dict.fromkeys(asked))  # what is named twice is filmed once


def scene_modules(folder: Path) -> list[Path]:
    """The scene modules of a folder: Python files that import animgd, those that begin with _ left out.

    Raises: UsageError.
    """
    try:
        files = sorted(file for file in folder.glob("[!_.]*.py") if file.is_file())
        found = [file for file in files if IMPORT.search(file.read_bytes())]
    except OSError as error:
        raise UsageError(f"cannot read {folder}: {told(error)}") from error
    if not found:
        raise UsageError(f"{folder} has no scene module (a .py file that imports animgd)")
    return found


def _names(what: str, table: Collection[str]) -> Convert:
    """The type of a comma list of names in a table."""

    def converted(text: str) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(name.strip().lower() for name in text.split(",")))
        for name in names:
            if name not in table:
                raise ArgumentTypeError(
                    f"unknown {what} {name!r}: choose from {', '.join(table)}{near(name, tuple(table))}"
                )
        return names

    return converted


def _epochs(text: str) -> tuple[int | str, ...]:
    """A comma list of epochs, and of words for epochs that the recording knows."""
    parts = dict.fromkeys(part.strip().lower() for part in text.split(","))
    return tuple(part if part in MOMENTS else _natural(part) for part in parts)


def _size(text: str) -> tuple[int, int]:
    parts = text.lower().split("x")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) < 8 for part in parts):
        raise ArgumentTypeError(f"invalid size {text!r}: expected WIDTHxHEIGHT, such as 1280x720")
    width, height = int(parts[0]), int(parts[1])
    if not (1 <= width <= 16384 and 1 <= height <= 16384 and width * height <= 1 << 26):
        raise ArgumentTypeError(f"invalid size {text!r}: expected 1 to 16384 pixels a side, and at most 2^26 in all")
    return width, height


def _type(
    what: str, expected: str, convert: Convert, right: Callable[[Any], object], words: tuple[str, ...] = ()
) -> Convert:
    """The type of an argument: invalid is what `convert` refuses, and what is not `right` when it is converted."""

    def converted(text: str) -> Any:
        with contextlib.suppress(ValueError, ZeroDivisionError):
            value = convert(text)
            if right(value):
                return value
        hint = near([part.strip() for part in text.split(",")], words)
        raise ArgumentTypeError(f"invalid {what} {text!r}: expected {expected}{hint}")

    return converted


def _rate(text: str) -> int | Fraction:
    fps = _fraction(text)
    return int(fps) if fps.denominator == 1 else fps


def _fraction(text: str) -> Fraction:
    """The number. Exponents are invalid: 1e999999999 would take all memory."""
    return Fraction(text if re.fullmatch(r"[0-9./]{1,40}", text) else "")


def _setting(text: str) -> tuple[str, str]:
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        raise ValueError
    return path.strip(), value


def _natural(text: str) -> int:
    return int(text if text.isascii() and text.isdigit() else "")


def _bytes(text: str) -> int:
    found = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)\s*([kKmMgG]?)(i?)[bB]?", text)
    if not found:
        raise ValueError
    power = " kmg".index(found[2].lower() or " ")
    size = int(Fraction(found[1]) * (1024 if found[3] else 1000) ** power)
    if 0 < size < BASE:
        raise ArgumentTypeError(f"no film is smaller than {BASE:,} bytes, not {text!r}: did you mean {found[1]}MB?")
    return size


TYPES: dict[str, Convert] = {
    "format": _names("format", FORMATS),
    "slides": _names("kind of slides", SLIDES),
    "show": _names("part of a film", SHOWN),
    "hide": _names("part of a film", (*SHOWN, "all")),
    "size": _size,
    "fps": _type("frame rate", "above 0 and at most 1000, such as 30000/1001", _rate, lambda fps: 0 < fps <= 1000),
    "setting": _type("setting", "PATH=VALUE, such as optimizer.lr=0.05", _setting, lambda found: True),
    "at": _type("list of epochs", "such as 14,30, or settled, or events", _epochs, lambda found: True, MOMENTS),
    "whole": _type("number", "a whole number", int, lambda number: True),
    "seconds": _type("duration", "seconds above 0 and at most 86400, such as 7.5", _fraction, lambda s: 0 < s <= 86400),
    "count": _type("loop count", "0 (for ever) to 65535", _natural, range(65536).__contains__),
    "colors": _type("number of colours", "4 to 256", _natural, range(4, 257).__contains__),
    "bytes": _type("file size", "bytes, or a unit, such as 500KB or 2MB", _bytes, lambda size: size >= 1),
    "jobs": _type("number of modules", "1 to 64", _natural, range(1, 65).__contains__),
}
