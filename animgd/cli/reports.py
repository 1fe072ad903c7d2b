"""Reports what was made of a scene, what is to be known of it, and what went wrong, to a callback."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from animgd.cli.options import Options
from animgd.errors import AnimgdError, RenderError, SceneError, printable
from animgd.scene.lecture.lecture import Lecture

if TYPE_CHECKING:
    from animgd.output.target import Output
    from animgd.scene.scene import Scene

plain = printable  # for the text of main and the workers

# An event. out: a line of stdout; err: a line of stderr; bar: (importing, training or drawing, name, done, in all), 0
# of 0 if unknown
Tell = Callable[[str, Any], None]


@dataclass
class Summary:
    """The result of a module: the number of scenes filmed, and the exit status of each that failed."""

    made: int = 0
    failed: list[int] = field(default_factory=list)

    @property
    def status(self) -> int:
        """The exit status for all scenes together."""
        if self.made and self.failed:
            return 1
        return 2 if self.failed and all(status == 2 for status in self.failed) else min(1, len(self.failed))

    def add(self, other: Summary) -> None:
        """Add another module's result."""
        self.made += other.made
        self.failed += other.failed


@dataclass(frozen=True)
class NamedScene:
    """A scene, and the stem of its outputs."""

    name: str
    scene: Scene


@dataclass(frozen=True)
class NamedLecture:
    """A lecture, and the stem of its outputs."""

    name: str
    scene: Lecture


Named = NamedScene | NamedLecture


def with_name(name: str, film: Scene | Lecture) -> Named:
    """A scene or lecture with the stem of its outputs."""
    return NamedLecture(name, film) if isinstance(film, Lecture) else NamedScene(name, film)


def told(error: Exception, name: str) -> AnimgdError:
    """What went wrong with a scene or a module."""
    if isinstance(error, AnimgdError):
        return error
    if isinstance(error, MemoryError):
        return AnimgdError(f"{name}: out of memory; try a smaller --size")
    what = traceback.format_exception_only(error)[-1].strip()
    bug = RenderError(f"{name}: {what} (a bug in animgd; use -v for the traceback)")
    bug.__cause__ = error
    return bug


def failed(summary: Summary, error: AnimgdError, options: Options, tell: Tell) -> Summary:
    """Report an error and count it."""
    complain(error, options.verbose, tell)
    summary.failed.append(error.status)
    return summary


def warn(named: Named, warnings: tuple[str, ...], options: Options, tell: Tell) -> None:
    """Report warnings, one a line."""
    if not options.quiet:
        for warning in warnings:
            tell("err", f"animgd: warning: {printable(f'{named.name}: {warning}')}")


def report(output: Output, took: float | None, options: Options, tell: Tell) -> None:
    """Report one output: its path, JSON, or a description; `took` (seconds) is None in a dry run."""
    path, (width, height), fps, frames = output.target.path, output.size, output.fps, output.frames
    if options.json:
        told: dict[str, Any] = {
            "path": str(path), "format": output.target.format, "width": width, "height": height,
            "fps": f"{fps.numerator}/{fps.denominator}", "frames": frames, "duration": float(frames / fps),
        }  # fmt: skip
        if took is not None:
            from animgd.output.render import size

            told |= {"bytes": size(path), "seconds": round(took, 3)}
        tell("out", json.dumps(told))
    elif took is None:
        length = f"{frames} frame{'s' * (frames > 1)} at {fps} a second, {float(frames / fps):g} s"
        tell("out", f"{path}: {width}x{height}, {length}")
    else:
        tell("out", str(path))


def complain(error: AnimgdError, verbose: bool, tell: Tell) -> None:
    """Report an error on one line; with `verbose`, after its traceback."""
    if verbose:
        tell("err", "".join(traceback.format_exception(error)).rstrip())
    at_a_line = isinstance(error, SceneError) or error.origin
    tell("err", f"animgd: {'' if at_a_line else 'error: '}{printable(str(error))}")
