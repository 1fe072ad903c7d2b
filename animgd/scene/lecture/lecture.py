"""The declaration of a lecture, and its scenes as they are filmed in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from animgd.errors import SceneError
from animgd.scene.base import Declaration
from animgd.scene.lecture.cards import Loop, Pause, Text, Title
from animgd.scene.scene import Scene
from animgd.scene.style import Style
from animgd.scene.video import Video

TRANSITIONS = ("cut", "fade")
WHOLE = ("width", "height", "fps", "quality", "keyframe_interval")  # of `Video`: one for all parts
PARTS = "Scene, Loop, Title, Text or Pause"

Part = Scene | Loop | Title | Text | Pause


@dataclass(frozen=True)
class Lecture(Declaration):
    """Several scenes, cards and pauses as one film.

    parts (tuple of `Scene`, `Title`, `Text`, `Pause`, `Loop`): in the order of the film.
    title (text; default: the module's name): in the metadata, and the chapter before the first scene.
    transition ("cut" or "fade"; default: "cut"): from part to part; "fade" dips through the page for a moment.
    video (`Video`; default: 1920x1080 at 50 frames a second): size, rate and quality of all parts; each scene has its
        own pace.
    style (`Style`; default: dark): colours of all parts; what it leaves out comes from each scene's own style.
    names (tuple of texts; default: those that the module gives its scenes): of the parts, in file names and data.
    """

    parts: tuple[Part, ...]
    title: str | None = None
    transition: str = "cut"
    video: Video = field(default_factory=lambda: Video(width=1920, height=1080, fps=50))
    style: Style = field(default_factory=lambda: Style(theme="dark"))
    names: tuple[str, ...] = ()
    _spelling = "Lecture(parts=(scene, ...))"

    def _check(self) -> None:
        self._check_parts()
        self._is("title", str | None, "text")
        self._one_of("transition", TRANSITIONS)
        self._is("video", Video, "Video(...)")
        self._is("style", Style, "Style(...)")
        self._check_names()

    def _check_parts(self) -> None:
        if isinstance(self.parts, (Scene, Loop, Title, Text)) or not isinstance(self.parts, (tuple, list)):
            raise self._wrong("parts", self.parts, f"a tuple of {PARTS}")
        if not self.parts:
            raise SceneError(f"Lecture: it has no parts: give it at least one {PARTS}", self.origin)
        for number, part in enumerate(self.parts):
            if isinstance(part, Lecture):
                raise SceneError(
                    "Lecture: a lecture cannot be a part of a lecture: list its parts instead", self.origin
                )
            if not isinstance(part, Part):
                raise self._wrong(f"part {number + 1}", part, f"a {PARTS}")
        if isinstance(self.parts[0], Pause):
            raise SceneError("Lecture: it begins with a Pause, which holds the part before it: move it", self.origin)
        self._set("parts", tuple(self.parts))

    def _check_names(self) -> None:
        names = self.names
        right = isinstance(names, (tuple, list)) and all(isinstance(name, str) and name for name in names)
        if not right or len(names) not in (0, len(self.parts)):
            raise self._wrong("names", names, f"a tuple of {len(self.parts)} texts, one for each part")
        self._set("names", tuple(names))

    @property
    def scenes(self) -> tuple[Scene, ...]:
        """Its scenes in their order, with the size, rate and colours of the lecture."""
        found = (part.scene if isinstance(part, Loop) else part for part in self.parts)
        return tuple(self._filled(part) for part in found if isinstance(part, Scene))

    def _filled(self, scene: Scene) -> Scene:
        whole: dict[str, Any] = {name: getattr(self.video, name) for name in WHOLE}
        own, ours = scene.style, self.style
        style = ours.replace(
            colormap=ours.colormap or own.colormap,
            scale=ours.scale or own.scale,
            font=ours.font or own.font,
            aspect=own.aspect if ours.aspect == "auto" else ours.aspect,
        )
        return scene.replace(video=scene.video.replace(**whole), style=style)

    def with_scenes(self, scenes: tuple[Scene, ...]) -> Lecture:
        """The lecture with other scenes in the places of its own."""
        left = iter(scenes)
        parts: list[Part] = []
        for part in self.parts:
            if isinstance(part, Loop):
                parts.append(part.replace(scene=next(left)))
            else:
                parts.append(next(left) if isinstance(part, Scene) else part)
        return self.replace(parts=tuple(parts))
