"""The looks of labelled runs in a lecture: one label has one look in all its scenes."""

from __future__ import annotations

from collections.abc import Sequence

from animgd.scene.scene import MOST_RUNS, Scene

Looks = tuple[tuple[str, int], ...]  # of labels: the index of their colour, sign and pattern


def looks(scenes: Sequence[Scene]) -> list[Looks]:
    """For each scene, the looks of its labels; empty where no other scene has a label of it.

    A label gets the first look that no label beside it in any scene has.
    """
    every = [_labels(scene) for scene in scenes]
    found: dict[str, int] = {}
    for label in dict.fromkeys(label for labels in every for label in labels):
        taken = {found[other] for labels in every if label in labels for other in labels if other in found}
        found[label] = next(look for look in range(len(taken) + 1) if look not in taken)
    if max(found.values(), default=0) >= MOST_RUNS:
        return [()] * len(scenes)
    return [tuple((label, found[label]) for label in labels) if _is_shared(labels, every) else () for labels in every]


def _labels(scene: Scene) -> tuple[str, ...]:
    """The distinct labels of a scene's panels with labels; none if they are too many to have a look each."""
    named = [panel for panel in scene.grid if any(run.label for run in panel.runs)]
    labels = tuple(dict.fromkeys(run.label for panel in named for run in panel.runs))
    return labels if len(labels) <= MOST_RUNS else ()


def _is_shared(labels: tuple[str, ...], every: Sequence[tuple[str, ...]]) -> bool:
    """Whether another scene has one of these labels too."""
    return any(sum(label in others for others in every) > 1 for label in labels if label)
