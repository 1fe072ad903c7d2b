"""The command line; nobody else prints."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import animgd
from animgd.arguments import Options, options, parser
from animgd.errors import AnimgdError, OutputError, SceneError, Stopped, UsageError

if TYPE_CHECKING:
    from animgd.film import Output
    from animgd.scene import Scene
    from animgd.target import Target
    from animgd.trainer import Trainer


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    _forgiving_streams()
    verbose = False
    try:
        with _signals():
            given = parser().parse_args(sys.argv[1:] if arguments is None else list(arguments))
            verbose = given.verbose
            if given.version:
                _out(f"animgd {animgd.__version__}")
                return 0
            if not given.scenes:
                _out(parser().format_help().rstrip())
                return 2
            return _films(options(given))
    except AnimgdError as error:
        _complain(error, verbose)
        return error.status
    except Stopped as stopped:
        return 128 + stopped.signal
    except MemoryError:
        _err("animgd: out of memory; try a smaller --size")
        return 1


@dataclass(frozen=True)
class Shot:
    """One scene to film, and what it becomes."""

    name: str  # of its outputs, without a suffix
    scene: Scene


def _films(asked: Options) -> int:
    shots, errors = _shots(asked)
    for error in errors:
        _complain(error, asked.verbose)
    made, failed = 0, errors
    from animgd.trainer import Trainer

    with Trainer() as trainer:
        for shot in shots:
            try:
                _film(shot, asked, trainer)
                made += 1
            except AnimgdError as error:
                _complain(error, asked.verbose)
                failed.append(error)
    if not failed:
        return 0
    return 1 if made else max(error.status for error in failed) if len(failed) == 1 else _shared(failed)


def _shared(failed: list[AnimgdError]) -> int:
    return 2 if all(error.status == 2 for error in failed) else 1


def _shots(asked: Options) -> tuple[list[Shot], list[AnimgdError]]:
    """Everything that can be known before the first frame: scenes, settings, names. Raises: UsageError."""
    from animgd.loader import load

    shots: list[Shot] = []
    errors: list[AnimgdError] = []
    for module in asked.asked:
        try:
            scenes = load(module.path)
            for name in module.names:
                if name not in scenes:
                    raise UsageError(f"{module.path} has no scene {name!r}; it has {', '.join(scenes)}")
            for name in module.names or scenes:
                stem = module.path.stem if name == "scene" else f"{module.path.stem}-{name}"
                shots.append(Shot(stem, _changed(scenes[name], asked)))
                _check(shots[-1], asked)
        except AnimgdError as error:
            errors.append(error)
    names = [shot.name.casefold() for shot in shots]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"two scenes would be written to {asked.output / twice}; film them in two calls with -o")
    return shots, errors


def _changed(scene: Scene, asked: Options) -> Scene:
    """The scene with what the command line overrides."""
    from animgd.timeline import lasting

    video, origin = scene.video, scene.origin
    if asked.size:
        video = replace(video, width=asked.size[0], height=asked.size[1])
    if asked.fps is not None:
        video = replace(video, fps=asked.fps)
    if asked.epochs is not None:
        if not 1 <= asked.epochs <= 10_000_000:
            raise UsageError(f"--epochs {asked.epochs}: a film needs at least 1 epoch, and at most 10,000,000")
        scene = replace(scene, epochs=asked.epochs)
    if asked.duration is not None:
        video = lasting(video, scene.epochs, asked.duration)
    style = replace(scene.style, theme=asked.theme) if asked.theme else scene.style
    changed = replace(scene, video=video, style=style)
    object.__setattr__(changed, "origin", origin)
    return changed


def _check(shot: Shot, asked: Options) -> None:
    from animgd.target import check
    from animgd.timeline import timeline

    count = timeline(shot.scene.video, shot.scene.epochs).count
    if asked.frame is None:
        check(shot.scene, _targets(shot, asked))
    elif not -count <= asked.frame < count:
        raise UsageError(f"there is no frame {asked.frame}: the film has frames 0 to {count - 1}")


def _targets(shot: Shot, asked: Options) -> list[Target]:
    return [_target(shot, name, asked) for name in asked.formats]


def _target(shot: Shot, format: str, asked: Options) -> Target:
    from animgd.encoders import FORMATS
    from animgd.place import PLACES
    from animgd.target import Limit, Target

    path = asked.output / (shot.name + FORMATS[format].suffix)
    limit = None
    if asked.place:
        if format not in PLACES[asked.place]:
            raise UsageError(f"{asked.place} takes no {format}; it takes {', '.join(PLACES[asked.place])}")
        limit = PLACES[asked.place][format]
    if asked.max_size is not None and format in ("gif", "mp4"):
        most = min(asked.max_size, (limit and limit.bytes) or asked.max_size)
        limit = replace(limit or Limit(), bytes=most)
    if format != "gif":
        return Target(path, format, limit=limit)
    settings = {"colors": asked.colors, "loop": asked.loop}
    given = tuple((name, value) for name, value in settings.items() if value is not None)
    return Target(path, format, asked.gif_size, asked.gif_fps, given, limit)


def _film(shot: Shot, asked: Options, trainer: Trainer) -> None:
    from animgd.film import freeze, shoot

    if asked.dry_run:
        for target in _targets(shot, asked) if asked.frame is None else [_still(shot, asked)]:
            _report(_planned(shot, target, asked), None, asked)
        return
    _folder(asked.output)
    with _bar(shot, asked) as progress:
        if asked.frame is not None:
            film = freeze(shot.scene, asked.frame, _still(shot, asked).path, trainer, asked.cache)
        else:
            film = shoot(shot.scene, _targets(shot, asked), trainer, progress, asked.cache)
    if not asked.quiet:
        for warning in film.warnings:
            _err(f"animgd: warning: {shot.name}: {_plain(warning)}")
    for output in film.outputs:
        _report(output, film.took, asked)
    if asked.verbose:
        _err(f"animgd: {shot.name}: {film.frames} frames in {film.took:.2f} s")


def _still(shot: Shot, asked: Options) -> Target:
    from animgd.target import Target
    from animgd.timeline import timeline

    assert asked.frame is not None
    number = asked.frame % timeline(shot.scene.video, shot.scene.epochs).count
    return Target(asked.output / f"{shot.name}-{number}.png", "png")


def _planned(shot: Shot, target: Target, asked: Options) -> Output:
    from animgd.film import Output

    video = target.of(shot.scene).video
    line = target.line(shot.scene)
    return Output(target, (video.width, video.height), line.fps, 1 if asked.frame is not None else line.count)


def _folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputError(f"cannot make the folder {path}: {reason}; choose another with -o") from error


@contextlib.contextmanager
def _bar(shot: Shot, asked: Options) -> Iterator[Any]:
    if asked.quiet or sys.stderr is None or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield None
        return
    from animgd.progress import Bar

    bar = Bar(_plain(shot.name), sys.stderr)
    try:
        yield bar
    finally:
        bar.clear()


def _report(output: Output, took: float | None, asked: Options) -> None:
    """One output on stdout: its path, or what it is; `took` is None where nothing was made."""
    path, (width, height), fps, frames = output.target.path, output.size, output.fps, output.frames
    if asked.json:
        told: dict[str, Any] = {
            "path": str(path), "format": output.target.format, "width": width, "height": height,
            "fps": f"{fps.numerator}/{fps.denominator}", "frames": frames, "duration": float(frames / fps),
        }  # fmt: skip
        if took is not None:
            from animgd.film import size

            told |= {"bytes": size(path), "seconds": round(took, 3)}
        _out(json.dumps(told))
    elif took is None:
        length = f"{frames} frame{'s' * (frames > 1)} at {fps} a second, {float(frames / fps):g} s"
        _out(f"{path}: {width}x{height}, {length}")
    else:
        _out(str(path))


def _complain(error: AnimgdError, verbose: bool) -> None:
    if verbose:
        _err("".join(traceback.format_exception(error)).rstrip())
    _err(f"animgd: {'' if isinstance(error, SceneError) else 'error: '}{_plain(str(error))}")


def _plain(text: str) -> str:
    """Text that a terminal shows and does not obey, on one line."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _out(line: str) -> None:
    try:
        print(line, flush=True)
    except OSError:  # | head -1 has seen enough; the film is complete nonetheless
        sys.stdout = None


def _err(line: str) -> None:
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            print(line, file=sys.stderr, flush=True)


def _forgiving_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


@contextlib.contextmanager
def _signals() -> Iterator[None]:
    """A signal becomes an exception, so that everybody cleans up; a second one is not listened to."""

    def stop(number: int, frame: object) -> None:
        for name in caught:
            signal.signal(name, signal.SIG_IGN)
        raise Stopped(number)

    names = ("SIGINT", "SIGTERM", "SIGHUP")
    caught = {getattr(signal, n): None for n in names if hasattr(signal, n)}
    try:
        before = {number: signal.signal(number, stop) for number in caught}
    except ValueError:  # not in the main thread: whoever runs us there handles signals
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
