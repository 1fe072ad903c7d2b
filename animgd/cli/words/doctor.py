"""`animgd doctor`: checks the installation and names the command for what is missing."""

from __future__ import annotations

import argparse
import errno
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from animgd._version import __version__
from animgd.cli.libraries import LIBRARIES
from animgd.cli.options import folder
from animgd.errors import UsageError
from animgd.system import cores

if TYPE_CHECKING:
    from animgd.cli.main import Console

OPEN_FILES = 32  # a film needs about 24
FILE_SIZE = 10_000_000  # bytes; most films are smaller


def run(given: argparse.Namespace, console: Console, apart: bool) -> int:
    """Print a line for each check; the status is 0 if all have passed."""
    if given.scenes:
        raise UsageError(f"doctor: unexpected {given.scenes[0]!r}: it checks the installation, not scenes")
    findings = examine(folder(given.output))
    for finding in findings:
        console.results.write(finding.line)
    return 0 if all(finding.well for finding in findings) else 1


@dataclass(frozen=True)
class Finding:
    """One check; `cure` is what to do if it failed, `missing` whether what was looked for is not there."""

    what: str
    found: str
    cure: str = ""
    missing: bool = False

    @property
    def well(self) -> bool:
        """Whether the check passed."""
        return not self.cure

    @property
    def line(self) -> str:
        """The result as one line."""
        cure = f": {self.cure}" if self.cure else ""
        result = "ok" if self.well else "missing" if self.missing else "failed"
        return f"{result:<7} {self.what:<15} {self.found}{cure}"


def examine(output: Path) -> list[Finding]:
    """Check everything that films need; of the libraries only numpy is imported."""
    python = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return [Finding("animgd", __version__), Finding("python", python), *_libraries(), *_ffmpeg(), *_setpriv(), _font(),
            _cache(), Finding("cores", str(cores())), *_limits(), _output(output)]  # fmt: skip


def _libraries() -> Iterator[Finding]:
    from animgd.errors import CURES, told

    for name in LIBRARIES:
        try:
            yield Finding(name, metadata.version(name))
        except OSError as error:
            found = told(error).partition("; ")[0]
            yield Finding(name, found, CURES.get(error.errno or 0, "check the permissions of its files"))
        except metadata.PackageNotFoundError:
            yield Finding(name, "not installed", f"`{_pip()} install {name}`", missing=True)


def _pip() -> str:
    return f"{Path(sys.executable).name} -m pip"


def _ffmpeg() -> Iterator[Finding]:
    from animgd.errors import EncoderError

    try:
        from animgd.encoders.mp4 import locate
        from animgd.encoders.mp4.diagnosis import OTHERS

        program = locate.executable()
        locate.able()
    except ImportError:  # numpy is missing: reported already
        return
    except EncoderError as error:
        if str(error).startswith(locate.NOT_FOUND):
            yield Finding("ffmpeg", locate.NOT_FOUND, f"`{_pip()} install imageio-ffmpeg`", missing=True)
            return
        found, _, cure = str(error).removesuffix(f"; {OTHERS}").rpartition("; ")
        yield Finding("ffmpeg", found, cure)
        return
    yield Finding("ffmpeg", program)
    yield Finding("libx264", "available")


def _setpriv() -> Iterator[Finding]:
    """A setpriv that fails is not a fault: films are made without it."""
    try:
        from animgd.encoders.mp4 import locate

        setpriv = shutil.which("setpriv")
        refused = setpriv and locate.refusal(setpriv)
    except (ImportError, OSError):  # reported already
        return
    if refused:
        yield Finding("setpriv", f"not used: {refused}; an ffmpeg may live on for a moment after kill -9")


def _font() -> Finding:
    place = find_spec("matplotlib")
    fonts = Path(place.origin).parent / "mpl-data" / "fonts" / "ttf" if place and place.origin else Path()
    if (fonts / "DejaVuSans.ttf").is_file():
        return Finding("fonts", str(fonts / "DejaVuSans.ttf"))
    cure = f"`{_pip()} install --force-reinstall matplotlib`"
    return Finding("fonts", "DejaVu Sans not found", cure, missing=True)


def _cache() -> Finding:
    """An unusable cache is not a fault: scenes are recorded again."""
    try:
        from animgd.errors import told
        from animgd.recording.cache import entries, folder

        place = folder()
    except ImportError:  # reported already
        return Finding("cache", "unknown without numpy and platformdirs")
    if place is None:
        return Finding("cache", "none: no home folder, so recordings are not cached")
    try:
        sizes = [entry.stat().st_size for entry in entries()]
    except OSError as error:
        return Finding("cache", f"{place} cannot be read ({told(error)}), so recordings are not cached")
    locked = "" if _writable(place) else "; not writable, so recordings are not cached"
    return Finding("cache", f"{place}, {len(sizes)} recordings, {sum(sizes) / 1e6:.1f} MB{locked}")


def _limits() -> Iterator[Finding]:
    """The limits of this process that are too low for usual films (not on Windows)."""
    if sys.platform == "win32":
        return
    import resource

    from animgd.errors import CURES

    files, size = (resource.getrlimit(each)[0] for each in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE))
    if files != resource.RLIM_INFINITY and files < OPEN_FILES:
        yield Finding("open files", f"at most {files}; films need {OPEN_FILES}", CURES[errno.EMFILE])
    if size != resource.RLIM_INFINITY and size < FILE_SIZE:
        found = f"at most {size / 1e6:.3g} MB; films need up to {FILE_SIZE / 1e6:g} MB"
        yield Finding("file size", found, CURES[errno.EFBIG])


def _output(folder: Path) -> Finding:
    try:
        place = folder.absolute()
    except OSError:
        cure = "go to another one, or give an absolute path with -o"
        return Finding("output folder", f"{folder}: the working folder no longer exists", cure)
    if _writable(place):
        return Finding("output folder", f"{place}")
    return Finding("output folder", f"{place} is not writable", "choose another with -o")


def _writable(place: Path) -> bool:
    """Whether files can be made in a folder, or in its nearest existing parent."""
    try:
        while not place.exists() and place != place.parent:
            place = place.parent
    except OSError:  # a parent that must not be looked into
        return False
    return place.is_dir() and os.access(place, os.W_OK | os.X_OK)
