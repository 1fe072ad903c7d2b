"""A film that fills a slide."""

from __future__ import annotations

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
