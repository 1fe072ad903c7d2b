"""What a film shows is chosen on the command line."""

from __future__ import annotations

import numpy as np
from PIL import Image
from test_cli import HEAD, LEAN


def test_what_is_shown_is_chosen_by_words(animgd, write):
    """--show adds to what a scene shows, --hide takes away, and the command line wins over the scene."""
    scene = f"Scene(title='T', epochs=3, panels=(Panel(),), resolution=21, {LEAN}"
    usual, taken = (
        write(f"{HEAD}scene = {scene})\n", "usual.py"),
        write(f"{HEAD}scene = {scene}, show='anatomy')\n", "taken.py"),
    )

    def frame(module, *words):
        done = animgd(module, "--frame", 2, *words)
        assert done.status == 0, done.err
        return np.asarray(Image.open(done.out[0])).tobytes()

    arrows, anatomy = frame(usual), frame(taken)
    bare = frame(usual, "--hide", "all")
    assert len({arrows, anatomy, bare}) == 3
    assert frame(usual, "--hide", "arrows,rule") == bare
    assert frame(usual, "--hide", "all", "--show", "arrows") == arrows
    assert frame(usual, "--show", "anatomy") == anatomy
    assert frame(taken, "--hide", "anatomy") == arrows
