"""Checks before the first frame: the outputs' names, the room on the disk, and the programs that encoders need."""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Sequence
from pathlib import Path

from animgd.encoders import BASE, FORMATS, encoder
from animgd.errors import OutputError, cannot_write
from animgd.output.atomic import Part, sweep
from animgd.output.target import Target
from animgd.scene.scene import Scene


def folder(path: Path) -> None:
    """Make the output folder if it is missing. Raises: OutputError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _no_folder(path, error) from error


def _no_folder(path: Path, error: Exception) -> OutputError:
    reason = getattr(error, "strerror", None) or error
    return OutputError(f"cannot make the folder {path}: {reason}; choose another with -o")


def check(scene: Scene, targets: list[Target], still: bool = False) -> None:
    """Refuse targets that could only fail. Raises: OutputError, EncoderError."""
    sweep(targets[0].path.parent)
    for target in targets:
        Part(target.path, folder=not still and not FORMATS[target.format].suffix).discard()
    _means(scene, targets, targets[0].path.parent, still)


def check_files(paths: Sequence[Path], formats: Sequence[str], needed: int) -> None:
    """As `check`, for files that take so many bytes together. Raises: as `check`."""
    for folder in {path.parent for path in paths}:
        sweep(folder)
        room(folder, needed)
    for path in paths:
        Part(path).discard()
    for name in set(formats):
        encoder(name).preflight()


def foresee(scene: Scene, targets: list[Target], still: bool = False) -> None:
    """As `folder` and `check`, for a folder that may not exist yet; it is not made. Raises: as `check`."""
    place = targets[0].path.parent
    above = _above([target.path for target in targets])
    if above == place:
        check(scene, targets, still)
        return
    _means(scene, targets, above, still)


def foresee_files(paths: Sequence[Path], formats: Sequence[str]) -> None:
    """As `check_files`, for a folder that may not exist yet; it is not made. Raises: as `check`."""
    if _above(paths) == paths[0].parent:
        check_files(paths, formats, 0)
    for name in set(formats):
        encoder(name).preflight()


def _above(paths: Sequence[Path]) -> Path:
    """The nearest folder that exists to that of files, whose names it could hold. Raises: OutputError."""
    place = paths[0].parent
    try:
        above = _nearest(place)
    except (OSError, ValueError) as error:
        raise _no_folder(place, error) from error
    for path in paths if above != place else ():
        try:
            _there(above / path.name)
        except OSError as error:  # its name is too long
            raise cannot_write(path, error) from error
    return above


def _nearest(place: Path) -> Path:
    """The nearest folder that exists, in which this one can be made. Raises: OSError, ValueError."""
    above = next((each for each in (place, *place.parents) if _there(each)), Path())
    if not above.is_dir():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    if not os.access(above, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return above


def _there(path: Path) -> bool:
    """Whether anything has that name, a broken link too. Raises: OSError, ValueError, where nothing can have it."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    return True


def _means(scene: Scene, targets: list[Target], place: Path, still: bool) -> None:
    """Check the room on the disk and the encoders' programs. Raises: OutputError, EncoderError."""
    if not still:
        room(place, sum(guess(scene, target) for target in targets))
    for name in {target.format for target in targets}:
        encoder(name).preflight()


def least(format: str, pixels: int) -> int:
    """The least that so many pixels, of all frames together, take. Units: bytes."""
    return int(BASE + encoder(format).bytes_per_pixel * pixels)


def guess(scene: Scene, target: Target) -> int:
    """The least that an output takes. Units: bytes."""
    (width, height), count = target.output(scene).size, target.output(scene).frames
    needed = least(target.format, width * height * count)
    limit = target.limit and target.limit.bytes
    return min(needed, limit or needed)


def room(place: Path, needed: int) -> None:
    """Check that a folder has room for so many bytes. Raises: OutputError."""
    try:
        status = os.statvfs(place)
    except (OSError, AttributeError):  # unknown (Windows): writing will fail instead
        return
    free = status.f_bavail * status.f_frsize
    if free < needed:
        raise OutputError(
            f"cannot write to {place}: No space left on device: {_shown(needed)} are needed at least, "
            f"{_shown(free)} are free; free some space, or choose another folder with -o"
        )


def _shown(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{math.ceil(size / 1e3)} KB"
