"""The names and titles that a module gives the parts of its lectures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from animgd.scene.lecture.cards import Loop
from animgd.scene.lecture.lecture import Lecture, Part
from animgd.scene.scene import Scene

LONGEST = 40  # characters of a name made of a title


def named(lecture: Lecture, bound: Mapping[str, Any], module: str) -> Lecture:
    """The lecture with a title, a name for each part, and a title for each scene. `bound`: the module's names."""
    names = {id(value): name for name, value in reversed(list(bound.items())) if isinstance(value, Scene)}
    scenes = tuple(_titled(scene, names.get(id(scene)), number) for number, scene in enumerate(_declared(lecture), 1))
    title = lecture.title if lecture.title is not None else _readable(module)
    given = lecture.names or tuple(_name(part, names) for part in lecture.parts)
    return lecture.with_scenes(scenes).replace(title=title, names=given)


def _declared(lecture: Lecture) -> list[Scene]:
    found = (part.scene if isinstance(part, Loop) else part for part in lecture.parts)
    return [part for part in found if isinstance(part, Scene)]


def _titled(scene: Scene, name: str | None, number: int) -> Scene:
    if scene.title is not None:
        return scene
    return scene.replace(title=_readable(name) if name else f"Scene {number}")


def _readable(name: str) -> str:
    title = name.replace("_", " ").strip()
    return title[:1].upper() + title[1:]


def _name(part: Part, names: Mapping[int, str]) -> str:
    """The variable of a scene, or its title as a name; of a card or a pause, its kind."""
    scene = part.scene if isinstance(part, Loop) else part
    if not isinstance(scene, Scene):
        return type(part).__name__.lower()
    words = re.sub(r"[^\w]+", "-", scene.title or "").strip("-_").lower()[:LONGEST]
    return names.get(id(scene)) or words or "scene"
