"""Films one scene and reports every event to a callback."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from animgd.cli.options import ModuleRequest, Options
from animgd.errors import AnimgdError, RenderError, SceneError, UsageError, printable

if TYPE_CHECKING:
    from pathlib import Path

    from animgd.output.recorder.base import Recorder
    from animgd.output.still import Still
    from animgd.output.target import Output, Target
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
    """A scene and the stem of its outputs."""

    name: str
    scene: Scene


def film_scene(named: NamedScene, options: Options, tell: Tell, recorder: Recorder) -> Summary:
    """Film one scene; errors are reported and counted, never raised."""
    try:
        _film(named, options, tell, recorder)
    except Exception as error:
        return failed(Summary(), told(error, named.name), options, tell)
    return Summary(1)


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


def checked(chosen: list[tuple[str, Scene]], module: ModuleRequest, options: Options) -> list[NamedScene]:
    """Scenes as they are to be filmed, with all checks that need no frame. Raises: SceneError, UsageError."""
    if options.file and len(chosen) > 1:
        several = f"{module.path} has {len(chosen)} scenes ({', '.join(name for name, _ in chosen)})"
        raise UsageError(f"-o {options.file} names one file, but {several}: name one of them, or use a folder")
    made: dict[str, NamedScene] = {}
    for name, scene in chosen:
        stem = module.path.stem if name == "scene" else f"{module.path.stem}-{name}"
        if stem.casefold() in made:
            raise UsageError(f"two scenes would be written to {options.output / stem}: film each with its own -o")
        made[stem.casefold()] = NamedScene(stem, _changed(scene, options))
    for named in made.values():
        _check(named, options)
    return list(made.values())


def _changed(scene: Scene, options: Options) -> Scene:
    """The scene with the settings that the command line overrides."""
    from animgd.drawing.timeline import lasting
    from animgd.output.target import blaming

    video = scene.video
    if options.size:
        video = video.replace(width=options.size[0], height=options.size[1])
    if options.fps is not None:
        video = video.replace(fps=options.fps)
    if options.epochs is not None:
        if not 1 <= options.epochs <= 10_000_000:
            raise UsageError(f"--epochs {options.epochs}: expected at least 1 epoch, and at most 10,000,000")
        scene = scene.replace(epochs=options.epochs)
    if options.duration is not None:
        with blaming(scene, options.said):
            pace = lasting(video, scene.epochs, options.duration).epochs_per_second
        video = video.replace(epochs_per_second=pace)
    style = scene.style.replace(theme=options.theme) if options.theme else scene.style
    show = {name for name in scene.show if name not in (options.hide or ())} | {*(options.show or ())}
    hide = {name for name in scene.hide if name not in (options.show or ())} | {*(options.hide or ())}
    return scene.replace(video=video, style=style, show=tuple(sorted(show)), hide=tuple(sorted(hide)))


def _check(named: NamedScene, options: Options) -> None:
    from animgd.output import budget
    from animgd.output.target import blaming, check

    for target in _targets(named, options):
        check(named.scene, [target])
        with blaming(named.scene, target.said, target.shown):
            budget.check(named.scene, target)


def _targets(named: NamedScene, options: Options) -> list[Target]:
    """The outputs of a scene, as far as they are known without its recording."""
    if options.still:
        return [still.target for still in _stills(named, options)]
    return [_target(named, name, options) for name in options.formats]


def _target(named: NamedScene, format: str, options: Options) -> Target:
    from animgd.encoders import FORMATS, encoder
    from animgd.output.platforms import PLATFORMS
    from animgd.output.target import Limit, Target

    path = options.file or options.output / (named.name + FORMATS[format].suffix)
    limit, said, kind = None, options.said, encoder(format)
    if options.place:
        if format not in (limits := PLATFORMS[options.place]):
            raise UsageError(f"--for {options.place}: {format} is not allowed: choose from {', '.join(limits)}")
        limit = Limit(**limits[format])  # type: ignore[arg-type]
        said += (("place", f"--for {options.place}"), ("bytes", f"--for {options.place}"))
    most = limit.bytes if limit else None
    if options.max_size is not None and kind.sized and (most is None or options.max_size <= most):
        limit = replace(limit or Limit(), bytes=options.max_size)
        said += (("bytes", f"--max-size {options.max_size}"),)
    if format != "gif":  # the only one with a size and a rate of its own
        return Target(path, format, limit=limit, said=said)
    given = tuple((name, getattr(options, name)) for name in kind.options if getattr(options, name) is not None)
    return Target(path, format, options.gif_size, options.gif_fps, given, limit, said + options.said_of_gif)


def _film(named: NamedScene, options: Options, tell: Tell, recorder: Recorder) -> None:
    from animgd.output import preflight
    from animgd.output.render import render_targets
    from animgd.output.still import render_stills
    from animgd.recording.diagnostics import declared

    stills = _stills(named, options, recorder) if options.still else []
    wanted = [still.target for still in stills] or _targets(named, options)
    if options.dry_run:
        from animgd.output.dry_run import foreseen

        _warn(named, tuple(declared(named.scene)), options, tell)
        for target in foreseen(named.scene, wanted, recorder, options.cache, options.still):
            _report(target.output(named.scene, options.still), None, options, tell)
        return
    found = _existing(named, wanted, options)
    missing, made = [target for target in wanted if target.path not in found], {}
    if missing:
        preflight.folder(options.output)
        preflight.check(named.scene, missing, still=options.still)
        known = tuple(declared(named.scene))
        _warn(named, known, options, tell)
        tell("bar", ("training", named.name, 0, 0))
        if stills:
            chosen = [still for still in stills if still.target in missing]
            done = render_stills(named.scene, chosen, recorder, options.cache)
        else:
            progress = lambda k, n: tell("bar", ("drawing", named.name, k, n))  # noqa: E731
            done = render_targets(named.scene, missing, recorder, progress, options.cache)
        made = {output.target.path: output for output in done.outputs}
        _warn(named, tuple(warning for warning in done.warnings if warning not in known), options, tell)
        if options.verbose:
            tell("err", f"animgd: {named.name}: {done.frames} frames in {done.took:.2f} s")
    for target in wanted:
        kept = found.get(target.path)
        _report(kept or made[target.path], 0.0 if kept else done.took, options, tell)


def _existing(named: NamedScene, wanted: list[Target], options: Options) -> dict[Path, Output]:
    """The outputs that --resume keeps."""
    if not options.resume:
        return {}
    from animgd.output.resume import existing

    found = {target.path: existing(target, named.scene, still=options.still) for target in wanted}
    return {path: output for path, output in found.items() if output}


def _warn(named: NamedScene, warnings: tuple[str, ...], options: Options, tell: Tell) -> None:
    if not options.quiet:
        for warning in warnings:
            tell("err", f"animgd: warning: {named.name}: {printable(warning)}")


def _stills(named: NamedScene, options: Options, recorder: Recorder | None = None) -> list[Still]:
    """The single frames that are asked for; without a recorder, those that need no recording. Raises: UsageError."""
    from animgd.output.still import Still
    from animgd.output.target import Target, blaming

    target = Target(options.output, "png", said=options.said)
    if options.frame is not None:
        with blaming(named.scene, options.said):
            count = target.timeline(named.scene).count
        if not -count <= options.frame < count:
            raise UsageError(f"--frame {options.frame}: the film has frames 0 to {count - 1}")
        path = options.file or options.output / f"{named.name}-{options.frame % count}.png"
        return [Still(replace(target, path=path), options.frame)]
    epochs = sorted(_epochs(named, options, recorder))
    if options.file and len(epochs) > 1:
        raise UsageError(f"-o {options.file} names one file, but --at asks for {len(epochs)} frames: use a folder")
    paths = [options.file or options.output / f"{named.name}-at{epoch}.png" for epoch in epochs]
    return [Still(replace(target, path=path), None, epoch) for path, epoch in zip(paths, epochs, strict=True)]


def _epochs(named: NamedScene, options: Options, recorder: Recorder | None) -> set[int]:
    """The epochs of --at; without a recorder, those that are given as numbers. Raises: UsageError."""
    given = options.at or ()
    epochs = {part for part in given if isinstance(part, int)}
    if any(epoch > named.scene.epochs for epoch in epochs):
        raise UsageError(f"--at {max(epochs)}: the film shows epochs 0 to {named.scene.epochs}")
    words = [part for part in given if isinstance(part, str)] if recorder else []
    if words and recorder:
        from animgd.output.render import recorded
        from animgd.recording.events import telling

        recording = recorded(named.scene, recorder, options.cache)
        for word in words:
            found = telling(recording, word)
            if not found:
                what = "no run settles" if word == "settled" else "there are no events"
                raise UsageError(f"--at {word}: {what} in {named.name}")
            epochs |= {*found}
    return epochs


def _report(output: Output, took: float | None, options: Options, tell: Tell) -> None:
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
