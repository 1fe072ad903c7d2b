"""What is there, what is not, and the command that brings it."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from animgd._version import __version__
from animgd.cli.libraries import LIBRARIES


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `cure` is what to run or do where it is not well."""

    what: str
    found: str
    cure: str = ""

    @property
    def well(self) -> bool:
        """Whether films can be made with it as it is."""
        return not self.cure

    @property
    def line(self) -> str:
        """The finding as one line."""
        cure = f": {self.cure}" if self.cure else ""
        return f"{'ok     ' if self.well else 'missing'} {self.what:<15} {self.found}{cure}"


def examine(output: Path) -> list[Finding]:
    """Everything that films need; nothing heavy is imported but what runs ffmpeg."""
    return [Finding("animgd", __version__), _python(), *_libraries(), *_ffmpeg(), _font(), _cache(),
            Finding("cores", str(_cores())), _output(output)]  # fmt: skip


def _python() -> Finding:
    return Finding("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")


def _libraries() -> Iterator[Finding]:
    for name in LIBRARIES:
        try:
            yield Finding(name, metadata.version(name))
        except metadata.PackageNotFoundError:
            yield Finding(name, "not installed", f"`{_pip()} install {name}`")


def _pip() -> str:
    return f"{Path(sys.executable).name} -m pip"


def _ffmpeg() -> Iterator[Finding]:
    from animgd.errors import EncoderError

    try:
        from animgd.encoders.mp4 import locate

        program = locate.executable()
        locate.able()
    except ImportError:  # numpy is missing, and has been told of
        return
    except EncoderError as error:
        found = str(error).partition("; ")[0].partition(": install")[0]
        yield Finding("ffmpeg", found, f"`{_pip()} install -U imageio-ffmpeg`")
        return
    yield Finding("ffmpeg", program)
    yield Finding("libx264", "one of its encoders")


def _font() -> Finding:
    place = find_spec("matplotlib")
    fonts = Path(place.origin).parent / "mpl-data" / "fonts" / "ttf" if place and place.origin else Path()
    if (fonts / "DejaVuSans.ttf").is_file():
        return Finding("fonts", str(fonts / "DejaVuSans.ttf"))
    return Finding("fonts", "no DejaVu Sans", f"`{_pip()} install --force-reinstall matplotlib`")


def _cache() -> Finding:
    """A cache that cannot be used only means that scenes are recorded again: it is told, and well."""
    try:
        from animgd.recording.cache import entries, folder

        place = folder()
    except ImportError:  # reported already
        return Finding("cache", "unknown without numpy and platformdirs")
    if place is None:
        return Finding("cache", "none, for there is no home; recordings are not kept")
    try:
        sizes = [entry.stat().st_size for entry in entries()]
    except OSError:
        sizes = []
    return Finding("cache", f"{place}, {len(sizes)} recordings, {sum(sizes) / 1e6:.1f} MB{_locked(place)}")


def _locked(place: Path) -> str:
    return "" if _writable(place) else "; nothing can be written there, so recordings are not kept"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _output(folder: Path) -> Finding:
    if _writable(folder):
        return Finding("output folder", f"{folder.absolute()}")
    return Finding("output folder", f"{folder.absolute()} cannot be written to", "choose another with -o")


def _writable(folder: Path) -> bool:
    """Whether files can be made in a folder, or in the nearest that it would be made in."""
    place = folder.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    return place.is_dir() and os.access(place, os.W_OK | os.X_OK)
