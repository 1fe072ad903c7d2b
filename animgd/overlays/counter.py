"""The epoch on screen."""

from __future__ import annotations

from animgd.layout import Cells
from animgd.overlays.digits import Digits
from animgd.theme import Theme


def counter(cells: Cells, theme: Theme) -> Digits:
    """The epoch last reached, its leading zeros faint: the number grows without moving."""
    return Digits(cells, lambda epoch: f"{epoch:0{cells.count}d}", theme.ink, theme.page, faint="0")
