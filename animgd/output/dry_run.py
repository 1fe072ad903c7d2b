"""A dry run: finds every error that can be found without training to the end."""

from __future__ import annotations

from animgd.output import preflight
from animgd.output.recorder.base import Recorder
from animgd.output.render import rungs, trained
from animgd.output.target import Target, blaming
from animgd.recording import cache as recordings
from animgd.recording.model import Recording
from animgd.scene.scene import Scene

FEW = 2  # steps: the second meets the state that the first has left
COARSE = 3  # samples along each axis of a landscape


def foreseen(scene: Scene, targets: list[Target], recorder: Recorder, cache: bool, still: bool) -> list[Target]:
    """The targets with the size and rate that their limits allow.

    Losses, functions and optimizers are called, frames are planned, and one is drawn; nothing is written.
    Raises: as filming would, but for what comes only with further steps, or with the bytes of a film.
    """
    preflight.foresee(scene, targets, still)
    short, recording = rehearsed(scene, recorder, cache)
    planned = [rungs(scene, recording, each)[0] if each.limit else each for each in targets]
    for video, each in {each.applied_to(scene).video: each for each in reversed(planned)}.items():
        with blaming(scene, each.said, each.shown):
            draw_one(scene, short, recording, (video.width, video.height))
    return planned


def rehearsed(scene: Scene, recorder: Recorder, cache: bool) -> tuple[Scene, Recording]:
    """The scene as far as it is trained here, and its recording; the whole of it if a recording is cached."""
    name = recordings.name(scene, recorder.code)
    kept = recordings.load(name) if name and cache else None
    if kept is not None:
        return scene, kept
    short = scene.replace(epochs=min(scene.epochs, FEW), resolution=min(scene.resolution, COARSE), pauses=())
    return short, trained(short, recorder)


def draw_one(scene: Scene, short: Scene, recording: Recording, size: tuple[int, int]) -> None:
    """Plan the frames of the whole film, and draw one frame of what was trained. Raises: UsageError, SceneError."""
    from animgd.drawing.renderer import Renderer, plan

    plan(scene, recording, size)
    renderer = Renderer(short.replace(video=short.video.replace(width=size[0], height=size[1])), recording)
    renderer.frame(renderer.timeline.count - 1)
