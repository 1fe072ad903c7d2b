"""What an author waits for in a notebook: one process, in which everything is imported."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import animgd
from animgd import SGD, Scene, Style
from benchmarks.row import Row

SCENE = Scene(title="High momentum", optimizer=SGD(lr=0.1, momentum=0.9))


def rows(folder: Path, pairs: int, quick: bool) -> Iterator[Row]:
    """The second `render` of a scene, and previews after an edit; the first call of each is not counted."""
    theme = SCENE.replace(style=Style(theme="dark"))
    rates = iter(SCENE.replace(lr=0.01 + 0.001 * number) for number in range(pairs + 1))
    for name, call, bar in (
        ("second render() in one process, 1280x720", lambda: animgd.render(SCENE), 1.0),
        ("preview of a scene with a new theme", theme._repr_png_, 0.3),
        ("preview of a scene with a new learning rate", lambda: next(rates)._repr_png_(), 1.0),
    ):
        call()
        yield Row(name, [_seconds(call) for _ in range(pairs)], "s", bar=bar)


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
