"""Slides made of clips: a web page on reveal.js, a PowerPoint file. This module is light, for the command line."""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing would take longer than this module
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from animgd.output.slides.clip import Clip

    Write = Callable[[Path, str, tuple[int, int], Sequence[Clip]], None]

SLIDES = {"html": ".html", "pptx": ".pptx"}  # the suffix of each kind


def writer(kind: str) -> Write:
    """What writes slides of a kind to a path: write(path, title, (width, height) of a clip, clips)."""
    from importlib import import_module

    write: Write = import_module(f"animgd.output.slides.{kind}").write
    return write
