"""What notebooks show: films as videos, scenes as pictures, and a progress bar."""

from __future__ import annotations

import atexit
import base64
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from html import escape
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from animgd.encoders import png
from animgd.errors import cannot_write
from animgd.output.recorder.base import Here
from animgd.output.render import Film, last_frame, recorded, size
from animgd.output.target import check
from animgd.scene.scene import Scene

MOST = 10_000_000  # bytes of a film that is embedded
AFTER = 0.3  # seconds: what is done sooner has no progress bar
TYPES = {"mp4": "video/mp4", "gif": "image/gif", "png": "image/png"}
PLAYS = "controls autoplay loop muted playsinline"
VIDEO = f'<video src="{{source}}" {PLAYS} aria-label="{{name}}" style="{{style}}"></video>'
IMAGE = '<img src="{source}" alt="{name}" style="{style}">'
STYLE = "max-width: 100%; height: auto"

Told = Callable[[int, int], None]


def preview(scene: Scene) -> bytes:
    """The last frame of a scene as a PNG. Raises: as `render`."""
    check(scene, [])
    with watched(None, scene.title or "") as (trained, _):
        recording = recorded(scene, Here(trained))
    return png.encoded(np.ascontiguousarray(last_frame(scene, recording)))


def poster(film: Film) -> bytes | None:
    """The picture that stands for a film as a PNG."""
    return png.encoded(np.ascontiguousarray(film.poster())) if film.poster else None


def page(film: Film) -> str:
    """A film as HTML, with its warnings: a video that is embedded while it is small; else a word about it."""
    paths = [each.target.path for kind in TYPES for each in film.outputs if each.target.format == kind]
    path = next((each for each in paths if each.is_file()), None)
    lines = [*_video(path, film)] if path else [*_poster(film), escape(repr(film))]
    return "<br>\n".join([*lines, *(escape(f"warning: {text}") for text in film.warnings)])


def _video(path: Path, film: Film) -> Iterator[str]:
    bytes, kind, here = size(path), path.suffix.lower().removeprefix("."), Path.cwd()
    if bytes <= MOST:
        yield _shown(kind, _embedded(kind, path.read_bytes()), path.stem)
        return
    large = f"{bytes / 1e6:.1f} MB, too large to be kept in the notebook"
    if path.absolute().is_relative_to(here):  # a server shows files of the notebook's folder only
        link = quote(path.absolute().relative_to(here).as_posix())
        yield _shown(kind, link, path.stem)
        yield f'<a href="{link}">{escape(str(path))}</a>: {large}'
    else:
        yield from _poster(film)
        yield escape(f'{path}: {large}; render(scene, "film.mp4") writes it beside the notebook')


def _poster(film: Film) -> Iterator[str]:
    picture = poster(film)
    if picture:
        yield _shown("png", _embedded("png", picture), "last frame")


def _shown(kind: str, source: str, name: str) -> str:
    return (VIDEO if kind == "mp4" else IMAGE).format(source=source, name=escape(name), style=STYLE)


def _embedded(kind: str, data: bytes) -> str:
    return f"data:{TYPES[kind]};base64,{base64.b64encode(data).decode()}"


_numbers = count(1)


@cache
def _folder() -> str:
    folder = tempfile.mkdtemp(prefix="animgd-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def temporary() -> Path:
    """A new name for a film, in a folder that is removed when the program ends. Raises: OutputError."""
    try:
        return Path(_folder(), f"film-{next(_numbers)}.mp4")
    except OSError as error:
        raise cannot_write("a temporary film", error) from error


@contextmanager
def watched(progress: Told | None, name: str) -> Iterator[tuple[Told | None, Told | None]]:
    """What is told of training and of drawing: in a notebook, without a `progress` of the author's, a bar."""
    if progress is not None or not _in_notebook():
        yield None, progress
        return
    bar = _Bar(name)
    try:
        yield partial(bar.show, "training", " steps"), partial(bar.show, "drawing", " frames")
    finally:
        bar.close()


class _Bar:
    """The progress of one phase after another."""

    def __init__(self, name: str) -> None:
        self._name, self._phase = name, ""
        self._shown: Any = None

    def show(self, phase: str, unit: str, done: int, total: int) -> None:
        """Show how much of a phase is done."""
        if phase != self._phase:
            self.close()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # without ipywidgets the bar is made of text
                from tqdm.auto import tqdm
            title = f"{phase} {self._name}".strip()
            self._shown = tqdm(desc=title, total=total, unit=unit, leave=False, delay=AFTER, file=_Line())
            self._phase = phase
        self._shown.update(done - self._shown.n)

    def close(self) -> None:
        """Remove it."""
        if self._shown is not None:
            self._shown.close()


class _Line:
    """Where a bar is written that is made of text: a line that is replaced, and is empty in the end."""

    def __init__(self) -> None:
        self._shown: Any = None

    def write(self, text: str) -> None:
        """Show a text."""
        content = {"text/plain": text.strip()}
        if self._shown is None:
            self._shown = import_module("IPython.display").display(content, raw=True, display_id=True)
        else:
            self._shown.update(content, raw=True)

    def flush(self) -> None:
        """It is shown already."""


def _in_notebook() -> bool:
    """Whether the program is a kernel, not a terminal."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return shell is not None and "IPKernelApp" in shell.config
