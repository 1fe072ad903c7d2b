"""`animgd doctor`: checks the installation and names the command for what is missing."""

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
from animgd.system import cores


@dataclass(frozen=True)
class Finding:
    """One check; `cure` is what to do if it failed."""

    what: str
    found: str
    cure: str = ""

    @property
    def well(self) -> bool:
        """Whether the check passed."""
        return not self.cure

    @property
    def line(self) -> str:
        """The result as one line."""
        cure = f": {self.cure}" if self.cure else ""
        return f"{'ok     ' if self.well else 'missing'} {self.what:<15} {self.found}{cure}"


def examine(output: Path) -> list[Finding]:
    """Check everything that films need; of the libraries only numpy is imported."""
    python = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return [Finding("animgd", __version__), Finding("python", python), *_libraries(), *_ffmpeg(), _font(), _cache(),
            Finding("cores", str(cores())), _output(output)]  # fmt: skip


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
    except ImportError:  # numpy is missing: reported already
        return
    except EncoderError as error:
        found = str(error).partition("; ")[0].partition(": install")[0]
        yield Finding("ffmpeg", found, f"`{_pip()} install -U imageio-ffmpeg`")
        return
    yield Finding("ffmpeg", program)
    yield Finding("libx264", "available")


def _font() -> Finding:
    place = find_spec("matplotlib")
    fonts = Path(place.origin).parent / "mpl-data" / "fonts" / "ttf" if place and place.origin else Path()
    if (fonts / "DejaVuSans.ttf").is_file():
        return Finding("fonts", str(fonts / "DejaVuSans.ttf"))
    return Finding("fonts", "DejaVu Sans not found", f"`{_pip()} install --force-reinstall matplotlib`")


def _cache() -> Finding:
    """An unusable cache is not a fault: scenes are recorded again."""
    try:
        from animgd.recording.cache import entries, folder

        place = folder()
    except ImportError:  # reported already
        return Finding("cache", "unknown without numpy and platformdirs")
    if place is None:
        return Finding("cache", "none: no home folder, so recordings are not cached")
    try:
        sizes = [entry.stat().st_size for entry in entries()]
    except OSError:
        sizes = []
    locked = "" if _writable(place) else "; not writable, so recordings are not cached"
    return Finding("cache", f"{place}, {len(sizes)} recordings, {sum(sizes) / 1e6:.1f} MB{locked}")


def _output(folder: Path) -> Finding:
    if _writable(folder):
        return Finding("output folder", f"{folder.absolute()}")
    return Finding("output folder", f"{folder.absolute()} is not writable", "choose another with -o")


def _writable(folder: Path) -> bool:
    """Whether files can be made in a folder, or in its nearest existing parent."""
    place = folder.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    return place.is_dir() and os.access(place, os.W_OK | os.X_OK)
