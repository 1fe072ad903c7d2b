"""`animgd list`: the names and lengths of a module's scenes, without filming or training."""

from __future__ import annotations

import argparse
import json
from fractions import Fraction
from typing import TYPE_CHECKING

from animgd.cli import jobs, reports
from animgd.cli.options import ModuleRequest, Options, options
from animgd.errors import AnimgdError, UsageError
from animgd.output.recorder.author import Author
from animgd.processes.child import kill_all
from animgd.scene.lecture.lecture import Lecture
from animgd.scene.module.loader import read
from animgd.scene.module.settings import applied
from animgd.scene.scene import Scene

if TYPE_CHECKING:
    from animgd.cli.main import Console


def run(given: argparse.Namespace, console: Console, apart: bool) -> int:
    """Print a line for each scene. Raises: UsageError."""
    wanted, summary = options(given), reports.Summary()
    if not wanted.modules:
        raise UsageError("list: expected scene modules, such as: animgd list scene.py")
    try:
        for module in wanted.modules:
            try:
                for name, film in _films(module, wanted, apart):
                    console.results.write(_line(module, name, jobs.changed(film, wanted), wanted))
                summary.made += 1
            except AnimgdError as error:
                reports.failed(summary, error, wanted, console.tell)
    finally:
        if apart:
            kill_all()
    return summary.status


def _films(module: ModuleRequest, wanted: Options, apart: bool) -> list[tuple[str, Scene | Lecture]]:
    """All scenes and lectures of a module, or those that are named. Raises: AnimgdError."""
    if not apart:
        found = read(module.path)
        chosen = found.chosen(module.names or found.names)
        return [(name, applied(film, wanted.settings)) for name, film in chosen]
    author = Author(module.path, module.names or None, wanted.patience, settings=wanted.settings)
    try:
        return author.scenes()
    finally:
        author.child.close()


def _line(module: ModuleRequest, name: str, film: Scene | Lecture, wanted: Options) -> str:
    frames, fps, known = _length(film)
    seconds, title, lecture = float(frames / fps), film.title or "", isinstance(film, Lecture)
    if wanted.json:
        told = {"module": str(module.path), "name": name, "title": title, "frames": frames,
                "fps": f"{fps.numerator}/{fps.denominator}", "duration": seconds, "lecture": lecture}  # fmt: skip
        return json.dumps(told)
    length = f"{'' if known else 'at least '}{seconds:.2f} s"
    shown = reports.plain(f"{module.path} {name}")
    return f"{shown:<36} {length:>10} {frames:>6} frames  {'lecture ' * lecture}{reports.plain(title)}"


def _length(film: Scene | Lecture) -> tuple[int, Fraction, bool]:
    """Frames, frames a second, and whether they are known: pauses at events are not before they are recorded."""
    if isinstance(film, Lecture):
        from animgd.output.lecture.plan import plan

        pauses = [scene.pauses for scene in film.scenes]
        made = plan(film, [0 if isinstance(each, str) else len(each) for each in pauses])
        return made.count, made.fps, not any(isinstance(each, str) for each in pauses)
    from animgd.drawing.timeline import timeline

    line = timeline(film.video, film.epochs)
    return line.count, line.fps, True
