"""The loss of a run, as a number."""

from __future__ import annotations

from animgd.layout import Cells
from animgd.numeral import Notation
from animgd.overlays.digits import Digits
from animgd.records import Trajectory
from animgd.theme import Theme


def losses(cells: Cells, notation: Notation, path: Trajectory, theme: Theme) -> Digits:
    """The loss at the epoch last reached."""
    values = path.loss
    return Digits(cells, lambda epoch: notation.write(float(values[epoch])), theme.ink, theme.page)
