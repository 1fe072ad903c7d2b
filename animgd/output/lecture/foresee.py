"""A dry run of a lecture: finds the errors that can be found without training to the end, and plans the film."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from animgd.output import preflight
from animgd.output.dry_run import draw_one, rehearsed
from animgd.output.lecture.encoding import check_cards
from animgd.output.lecture.plan import Plan, lasting, plan
from animgd.output.recorder.base import Recorder
from animgd.output.render import recorded
from animgd.output.target import Target
from animgd.recording.events import pauses
from animgd.scene.lecture.lecture import Lecture
from animgd.scene.scene import Scene


def foreseen(
    lecture: Lecture, targets: Sequence[Target], recorder: Recorder, cache: bool, seconds: Fraction | None
) -> Plan:
    """The plan of a lecture, to last so long if `seconds` are given; nothing is written. Raises: as filming."""
    preflight.foresee_files([target.path for target in targets], [target.format for target in targets])
    check_cards(lecture)
    count = [_rehearsed(scene, recorder.of_part(n), cache) for n, scene in enumerate(lecture.scenes)]
    return plan(lecture if seconds is None else lasting(lecture, count, seconds), count)


def _rehearsed(scene: Scene, recorder: Recorder, cache: bool) -> int:
    """Try a scene, and count its pauses: if these are its events, it is recorded."""
    if isinstance(scene.pauses, str):
        return len(pauses(scene, recorded(scene, recorder, cache)))
    short, recording = rehearsed(scene, recorder, cache)
    draw_one(scene, short, recording, (scene.video.width, scene.video.height))
    return len(scene.pauses)
