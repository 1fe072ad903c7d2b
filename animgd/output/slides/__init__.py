"""Slides made of clips: a web page on reveal.js, a PowerPoint file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple


class Clip(NamedTuple):
    """A film that fills a slide. Units: `seconds` is how long it lasts."""

    film: Path
    poster: Path  # a PNG, shown before the film plays
    title: str
    notes: str  # for the speaker
    seconds: float
    loops: bool = False  # plays round until the next key, instead of standing still at its end


Write = Callable[[Path, str, tuple[int, int], Sequence[Clip]], None]
SLIDES = {"html": ".html", "pptx": ".pptx"}  # the suffix of each kind


def writer(kind: str) -> Write:
    """What writes slides of a kind to a path: write(path, title, (width, height) of a clip, clips)."""
    write: Write = import_module(f"animgd.output.slides.{kind}").write
    return write
