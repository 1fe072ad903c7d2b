"""`animgd new`: writes a starter scene, a copy of an example."""

from __future__ import annotations

import argparse
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from animgd.errors import OutputError, UsageError, cannot_write, did_you_mean

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
    path = Path(given.scenes[0])
    path = path if path.suffix == ".py" else path.with_name(f"{path.name}.py")
    try:
        text = known[name].read_bytes()
        with path.open("xb") as file:
            file.write(text)
        _copy_data(known[name], path)
    except FileExistsError:
        raise UsageError(f"{path} exists: choose another name") from None
    except (OSError, ValueError) as error:
        raise cannot_write(path, error) from error
    console.results.write(str(path))
    return 0


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
