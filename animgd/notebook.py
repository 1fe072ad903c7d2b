"""What notebooks show: films as videos, scenes as pictures, and a progress bar."""

from __future__ import annotations

import base64
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from html import escape
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from animgd.encoders import png
from animgd.output.recorder.base import Here
from animgd.output.render import Film, last_frame, recorded, size
from animgd.output.target import Output, check
from animgd.scene.scene import Scene

MOST = 10_000_000  # bytes of a film that is embedded
AFTER = 0.3  # seconds: what is done sooner has no progress bar
PLAYING = "controls autoplay loop muted playsinline"
TAGS = {
    "mp4": f'<video src="{{source}}" {PLAYING} aria-label="{{name}}" style="{{style}}"></video>',
    "gif": '<img src="{source}" alt="{name}" style="{style}">',
}
TYPES = {"mp4": "video/mp4", "gif": "image/gif"}
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
    """A film as HTML: embedded while it is small; else a link to it, with a word."""
    shown = next((each for kind in TAGS for each in film.outputs if each.target.format == kind), None)
    lines = [escape(f"warning: {text}") for text in film.warnings]
    if shown and shown.target.stream is None:
        lines = [*_video(shown), *lines]
    return "<br>\n".join(lines or [escape(repr(film))])


def _video(output: Output) -> Iterator[str]:
    path, kind = output.target.path, output.target.format
    if not path.is_file():
        yield escape(f"{path} no longer exists")
        return
    source, large = escape(_link(path)), size(path) > MOST
    if not large:
        source = f"data:{TYPES[kind]};base64,{base64.b64encode(path.read_bytes()).decode()}"
    yield TAGS[kind].format(source=source, name=escape(path.stem), style=STYLE)
    if large:
        found = f"{size(path) / 1e6:.1f} MB, too large to be kept in the notebook"
        yield f'<a href="{source}">{escape(str(path))}</a>: {found}'


def _link(path: Path) -> str:
    """A path as the browser can follow it, relative to the notebook's folder if it is inside."""
    return (
        path.absolute().relative_to(Path.cwd()).as_posix() if path.absolute().is_relative_to(Path.cwd()) else str(path)
    )


_numbers = count(1)


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="animgd-", ignore_cleanup_errors=True)


def temporary() -> Path:
    """A new name for a film, in a folder that is removed when the program ends."""
    return Path(_folder().name, f"film-{next(_numbers)}.mp4")


@contextmanager
def watched(progress: Told | None, name: str) -> Iterator[tuple[Told | None, Told | None]]:
    """What is told of training and of drawing: in a notebook, without a `progress` of the author's, a bar each."""
    if progress is not None or not _in_notebook():
        yield None, progress
        return
    bars: dict[str, Any] = {}

    def teller(phase: str, unit: str) -> Told:
        def tell(done: int, total: int) -> None:
            bar = bars.get(phase) or bars.setdefault(phase, _bar(f"{phase} {name}".strip(), total, unit))
            bar.update(done - bar.n)

        return tell

    try:
        yield teller("training", " steps"), teller("drawing", " frames")
    finally:
        for bar in bars.values():
            bar.close()


def _bar(title: str, total: int, unit: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without ipywidgets the bar is made of text
        from tqdm.auto import tqdm
    return tqdm(desc=title, total=total, unit=unit, leave=False, dynamic_ncols=True, delay=AFTER)


def _in_notebook() -> bool:
    """Whether the program is a kernel, not a terminal."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return shell is not None and "IPKernelApp" in shell.config
