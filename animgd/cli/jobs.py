"""Films one scene and reports every event to a callback."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

from animgd.cli import lectures
from animgd.cli.options import ModuleRequest, Options
from animgd.cli.reports import (
    Named,
    NamedLecture,
    NamedScene,
    Summary,
    Tell,
    failed,
    plain,
    report,
    told,
    warn,
    with_name,
)
from animgd.errors import UsageError
from animgd.scene.lecture.lecture import Lecture
from animgd.scene.module.catalog import safe
from animgd.scene.scene import Scene

if TYPE_CHECKING:
    from pathlib import Path

    from animgd.output.recorder.base import Recorder
    from animgd.output.still import Still
    from animgd.output.target import Output, Target
    from animgd.scene.video import Video


def film_scene(named: Named, options: Options, tell: Tell, recorder: Recorder) -> Summary:
    """Film one scene or lecture; errors are reported and counted, never raised."""
    try:
        if isinstance(named, NamedLecture):
            lectures.film(named, options, tell, recorder)
        else:
            _film(named, options, tell, recorder)
    except Exception as error:
        return failed(Summary(), told(error, named.name), options, tell)
    return Summary(1)


def checked(chosen: list[tuple[str, Scene | Lecture]], module: ModuleRequest, options: Options) -> list[Named]:
    """Scenes as they are to be filmed, with all checks that need no frame. Raises: SceneError, UsageError."""
    if options.file and len(chosen) > 1:
        several = f"{module.path} has {len(chosen)} scenes ({', '.join(name for name, _ in chosen)})"
        raise UsageError(f"-o {options.file} names one file, but {several}: name one of them, or use a folder")
    alone = [name for name, film in chosen if not isinstance(film, Lecture)]
    if alone and (options.clips or options.slides):
        option = "--clips" if options.clips else "--slides"
        raise UsageError(f"{option} is for lectures, but {module.path} {alone[0]} is a scene: remove one of them")
    made: dict[str, Named] = {}
    ending = "".join(safe(f"-{path}={text}") for path, text in options.settings) if options.suffix else ""
    for name, scene in chosen:
        known = stem(module, name, scene) + ending
        if known.casefold() in made:
            raise UsageError(f"two scenes would be written to {options.output / known}: film each with its own -o")
        made[known.casefold()] = with_name(known, changed(scene, options))
    for each in made.values():
        if isinstance(each, NamedLecture):
            lectures.check(each, options)
        else:
            _check(each, options)
    return list(made.values())


def stem(module: ModuleRequest, name: str, film: Scene | Lecture) -> str:
    """The stem of a scene's outputs: the module's, and the scene's name unless that is the usual one."""
    usual = "lecture" if isinstance(film, Lecture) else "scene"
    return module.path.stem if name == usual else f"{module.path.stem}-{name}"


def changed(film: Scene | Lecture, options: Options) -> Scene | Lecture:
    """The scene or lecture with the settings that the command line overrides."""
    video = film.video
    if options.size:
        video = video.replace(width=options.size[0], height=options.size[1])
    if options.fps is not None:
        video = video.replace(fps=options.fps)
    style = film.style.replace(theme=options.theme) if options.theme else film.style
    if isinstance(film, Scene):
        return _changed_scene(film.replace(style=style), video, options)
    own = replace(options, duration=None)  # that of the whole film is shared out when all pauses are known
    scenes = tuple(_changed_scene(scene, scene.video, own) for scene in film.scenes)
    return film.with_scenes(scenes).replace(video=video, style=style)


def _changed_scene(scene: Scene, video: Video, options: Options) -> Scene:
    from animgd.drawing.timeline import lasting
    from animgd.output.target import blaming

    if options.epochs is not None:
        if not 1 <= options.epochs <= 10_000_000:
            raise UsageError(f"--epochs {options.epochs}: expected at least 1 epoch, and at most 10,000,000")
        left = scene.pauses if isinstance(scene.pauses, str) else [k for k in scene.pauses if k <= options.epochs]
        scene = scene.replace(epochs=options.epochs, pauses=left)
    if options.duration is not None:
        with blaming(scene, options.said):
            pace = lasting(video, scene.epochs, options.duration).epochs_per_second
        video = video.replace(epochs_per_second=pace)
    show = {name for name in scene.show if name not in (options.hide or ())} | {*(options.show or ())}
    hide = {name for name in scene.hide if name not in (options.show or ())} | {*(options.hide or ())}
    return scene.replace(video=video, show=tuple(sorted(show)), hide=tuple(sorted(hide)))


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

        warn(named, tuple(declared(named.scene)), options, tell)
        for target in foreseen(named.scene, wanted, recorder, options.cache, options.still):
            report(target.output(named.scene, options.still), None, options, tell)
        return
    found = _existing(named, wanted, options)
    missing, made = [target for target in wanted if target.path not in found], {}
    if missing:
        preflight.folder(options.output)
        preflight.check(named.scene, missing, still=options.still)
        known = tuple(declared(named.scene))
        warn(named, known, options, tell)
        tell("bar", ("training", named.name, 0, 0))
        if stills:
            chosen = [still for still in stills if still.target in missing]
            done = render_stills(named.scene, chosen, recorder, options.cache)
            for still in chosen if not options.quiet else ():
                if still.happens:
                    tell("err", f"animgd: {plain(still.target.path.name)}: {plain(still.happens)}")
        else:
            progress = lambda k, n: tell("bar", ("drawing", named.name, k, n))  # noqa: E731
            done = render_targets(named.scene, missing, recorder, progress, options.cache)
        made = {output.target.path: output for output in done.outputs}
        warn(named, tuple(warning for warning in done.warnings if warning not in known), options, tell)
        if options.verbose:
            tell("err", f"animgd: {plain(named.name)}: {done.frames} frames in {done.took:.2f} s")
    for target in wanted:
        kept = found.get(target.path)
        report(kept or made[target.path], 0.0 if kept else done.took, options, tell)


def _existing(named: NamedScene, wanted: list[Target], options: Options) -> dict[Path, Output]:
    """The outputs that --resume keeps."""
    if not options.resume:
        return {}
    from animgd.output.resume import existing

    found = {target.path: existing(target, named.scene, still=options.still) for target in wanted}
    return {path: output for path, output in found.items() if output}


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
    epochs = sorted(_epochs(named, options, recorder).items())
    if options.file and len(epochs) > 1:
        raise UsageError(f"-o {options.file} names one file, but --at asks for {len(epochs)} frames: use a folder")
    paths = [options.file or options.output / f"{named.name}-at{epoch}.png" for epoch, _ in epochs]
    return [Still(replace(target, path=path), None, *each) for path, each in zip(paths, epochs, strict=True)]


def _epochs(named: NamedScene, options: Options, recorder: Recorder | None) -> dict[int, str]:
    """The epochs of --at, and what happens at those that a word stands for; without a recorder, those given as numbers.

    Raises: UsageError.
    """
    given = options.at or ()
    epochs = {part: "" for part in given if isinstance(part, int)}
    if any(epoch > named.scene.epochs for epoch in epochs):
        raise UsageError(f"--at {max(epochs)}: the film shows epochs 0 to {named.scene.epochs}")
    words = [part for part in given if isinstance(part, str)] if recorder else []
    if words and recorder:
        from animgd.output.lecture.captions import happenings
        from animgd.output.render import recorded
        from animgd.recording.events import telling

        recording = recorded(named.scene, recorder, options.cache)
        happens = happenings(named.scene, recording)
        for word in words:
            found = telling(recording, word)
            if not found:
                what = "no run settles at the lowest point found" if word == "settled" else "there are no events"
                raise UsageError(f"--at {word}: {what} in {named.name}")
            epochs |= {epoch: ", ".join(text for at, text in happens if ceil(at) == epoch) for epoch in found}
    return epochs
