"""`animgd new`: writes a starter scene, a copy of an example."""

from __future__ import annotations

import argparse
import os
from importlib import metadata
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

from animgd.errors import OutputError, UsageError, cannot_write, did_you_mean
from animgd.scene.module.author_errors import is_library

if TYPE_CHECKING:
    from animgd.cli.main import Console

USUAL = "momentum"
ROOT = Path(__file__).parents[3]  # a clone, or the folder in which animgd is installed
SHARED = "share/animgd/scenes"  # in the wheel


def run(given: argparse.Namespace, console: Console, apart: bool) -> int:
    """Write the scene module and print its name. Raises: UsageError, OutputError."""
    if len(given.scenes) != 1:
        raise UsageError(f"new: expected one NAME, such as: animgd new my_scene --from {USUAL}")
    known, name = examples(), given.example or USUAL
    if name not in known:
        raise UsageError(f"--from: unknown example {name!r}; {did_you_mean(name, sorted(known))}")
    path = _path(given.scenes[0])
    try:
        text = known[name].read_bytes()
        with path.open("xb") as file:
            file.write(text)
        _copy_data(known[name], path)
    except (OSError, ValueError) as error:
        raise cannot_write(path, error) from error
    console.results.write(str(path))
    return 0


def _path(word: str) -> Path:
    """The file that a name stands for. Raises: UsageError, where a scene module must not have that name."""
    name = os.path.basename(word)  # noqa: PTH119 - a Path drops a trailing /
    if name.startswith(".") or not name:  # no folder of scene modules has it
        raise UsageError(f"new: invalid name {word!r}: expected the name of a file, such as my_scene")
    path = Path(word) if name.endswith(".py") else Path(f"{word}.py")
    if os.path.lexists(path):
        raise UsageError(f"{path} exists: choose another name")
    if not os.path.isdir(path.parent):  # noqa: PTH112 - a Path raises for some names
        raise UsageError(f"new: there is no folder {path.parent}: make it first, or choose another name")
    found = PathFinder.find_spec(path.stem)
    if path.stem == "animgd" or (found and is_library(found.origin or "")):
        raise UsageError(f"new: {path.name} would hide the module {path.stem} from Python there: choose another name")
    return path


def _copy_data(example: Path, path: Path) -> None:
    """Copy the recorded path that an example reads, which has its name. Raises: OSError."""
    data = example.with_suffix(".npz")
    copy = path.with_name(data.name)
    if data.is_file() and not copy.exists():
        copy.write_bytes(data.read_bytes())


def examples() -> dict[str, Path]:
    """The example scene modules by name. Raises: OutputError, if they are not installed."""
    clone = (ROOT / "scenes").glob("*.py") if (ROOT / "pyproject.toml").is_file() else ()
    files = sorted(clone) or _installed() or sorted((ROOT / SHARED).glob("*.py"))  # the last by `pip install --target`
    if not files:
        raise OutputError("the examples of animgd are not installed: install animgd again")
    return {file.stem: file for file in files}


def _installed() -> list[Path]:
    try:
        files = metadata.files("animgd") or []
    except metadata.PackageNotFoundError:
        return []
    found = [Path(str(file.locate())) for file in files if file.match(f"{SHARED}/*.py")]
    return [file for file in found if file.is_file()]
