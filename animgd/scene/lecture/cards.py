"""What stands between the scenes of a lecture: cards, pauses, and scenes that play round."""

from __future__ import annotations

from dataclasses import dataclass

from animgd.scene.base import Declaration, is_number
from animgd.scene.scene import Scene
from animgd.scene.video import LONGEST, Rate


@dataclass(frozen=True)
class Title(Declaration):
    """A card with a heading.

    text: the heading; words between dollar signs that parse as a formula are mathematics.
    subtitle (default: none): a smaller line below it.
    """

    text: str
    subtitle: str = ""

    def _check(self) -> None:
        _words(self, "text")
        self._is("subtitle", str, "text")


@dataclass(frozen=True)
class Text(Declaration):
    """A card with a few lines.

    text: what it says; a line break starts a new line; `$...$` as in `Title`.
    """

    text: str

    def _check(self) -> None:
        _words(self, "text")


@dataclass(frozen=True)
class Pause(Declaration):
    """Holds the last frame of the part before it.

    text (default: none): what the lecturer says; it is in captions and notes, not on the film.
    seconds (above 0; default: 3): how long the film stands still.
    """

    text: str = ""
    seconds: Rate = 3

    def _check(self) -> None:
        self._is("text", str, "text")
        if not is_number(self.seconds) or not 0 < self.seconds <= LONGEST:
            raise self._wrong("seconds", self.seconds, f"a number above 0, at most {LONGEST}")


@dataclass(frozen=True)
class Loop(Declaration):
    """A scene that plays round in slides until the next key, and once in a film.

    scene (`Scene`): what is played.
    """

    scene: Scene

    def _check(self) -> None:
        self._is("scene", Scene, "Scene(...)")


def _words(card: Declaration, field: str) -> None:
    value = getattr(card, field)
    if not isinstance(value, str) or not value.strip():
        raise card._wrong(field, value, "text with at least one word")
