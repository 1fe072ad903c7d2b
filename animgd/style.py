"""How a film looks, as far as a scene says."""

from __future__ import annotations

from dataclasses import dataclass

from animgd.declaration import Declaration

THEMES = ("light", "dark", "seed")
SCALES = ("log", "linear")
ASPECTS = ("auto", "equal")


@dataclass(frozen=True)
class Style(Declaration):
    """Colours of the film; what is None comes from the theme.

    `colormap` is a name that matplotlib knows (or "animgd", "animgd-dark"); `scale` says how losses
    become colours; `font` is a file or a family for characters that the film's own font lacks; `aspect` "equal" gives
    both axes one scale.
    """

    theme: str = "light"
    colormap: str | None = None
    scale: str | None = None
    font: str | None = None
    aspect: str = "auto"

    def _check(self) -> None:
        self._one_of("theme", THEMES)
        if self.colormap is not None:
            self._is("colormap", str, "the name of a colour map")
        if self.scale is not None:
            self._one_of("scale", SCALES)
        if self.font is not None:
            self._is("font", str, "the name of a font file or family")
        self._one_of("aspect", ASPECTS)
