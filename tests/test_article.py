"""docs/article.md: each bold number is what the recordings say."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from animgd import load, record
from animgd.recording.model import Recording, Trajectory

ROOT = Path(__file__).parent.parent
FIGURES = sorted((ROOT / "scenes" / "article").glob("figure_*.py"))


def recorded(figure: int) -> Recording:
    """The recording of a figure's scene."""
    return record(load(ROOT / "scenes" / "article" / f"figure_{figure:02d}.py")["scene"])


def settled(recording: Recording, panel: int) -> int:
    """The epoch from which on a run stays within 0.1 of its panel's minimum."""
    return int(np.flatnonzero(away(recording, panel) > 0.1)[-1]) + 1


def away(recording: Recording, panel: int) -> np.ndarray:
    """The distance to the panel's minimum at each epoch."""
    run, minimum = recording.panels[panel].runs[0], recording.panels[panel].minimum
    assert minimum is not None
    return np.hypot(run.weight - minimum.weight, run.bias - minimum.bias)


def overshoot(recording: Recording) -> float:
    """How far MSE runs past its minimum in bias."""
    minimum = recording.panels[0].minimum
    assert minimum is not None
    return float(recording.panels[0].runs[0].bias.max() - minimum.bias)


def steps(run: Trajectory) -> np.ndarray:
    """The length of each step."""
    return np.hypot(np.diff(run.weight), np.diff(run.bias))


def figure_2() -> list[str]:
    film = recorded(2)
    run = film.panels[0].runs[0]
    return [f"{run.weight[-1]:.3f}", f"{run.bias[-1]:.3f}", f"{settled(film, 0)}"]


def figure_3() -> list[str]:
    panel = recorded(3).panels[0]
    assert panel.minimum is not None
    return [f"{panel.minimum.loss:.3f}", f"{panel.landscape.loss.max():.0f}"]


def figure_4() -> list[str]:
    walked = steps(recorded(4).panels[0].runs[0])
    return [f"{walked[0]:.2f}", f"{walked.sum():.1f}"]


def figure_5() -> list[str]:
    film = recorded(5)
    return [f"{settled(film, 0)}", f"{away(film, 1)[100]:.2f}", f"{away(film, 2)[100]:.2f}"]


def figure_6() -> list[str]:
    film = recorded(6)
    walked = steps(film.panels[0].runs[0]).sum()
    return [f"{overshoot(film):.2f}", f"{walked:.1f}", *(f"{settled(film, panel)}" for panel in (0, 1, 2))]


def figure_8() -> list[str]:
    film = recorded(8)
    walked = steps(film.panels[0].runs[0])
    times = walked[0] / steps(recorded(6).panels[0].runs[0])[0]
    told = [f"{walked[0]:.2f}", f"{times:.1f}", f"{overshoot(film):.2f}", f"{settled(film, 0)}", f"{walked.sum():.1f}"]
    return told + [f"{settled(film, panel)}" for panel in (1, 2)]


def figure_9() -> list[str]:
    film = recorded(9)
    run, place = film.panels[0].runs[0], film.panels[0].decayed[0]
    assert place is not None and abs(run.weight[-1] - place.weight) < 1e-5 and abs(run.bias[-1] - place.bias) < 1e-5
    ends = [f"{away(film, panel)[100]:.2f}" for panel in (0, 1, 2)]
    return [*ends, f"{run.weight[-1]:.3f}", f"{run.bias[-1]:.3f}"]


def figure_10() -> list[str]:
    film = recorded(10)
    highest = [f"{film.panels[panel].runs[0].bias.max():.2f}" for panel in (1, 2)]
    return [*highest, f"{overshoot(film):.2f}", *(f"{settled(film, panel)}" for panel in (0, 1, 2))]


def section(figure: int) -> str:
    """What the page says about a figure."""
    text = (ROOT / "docs" / "article.md").read_text(encoding="utf-8")
    found = re.search(rf"^## Figure {figure}:.*?(?=^## |\Z)", text, re.S | re.M)
    assert found, f"the page has no figure {figure}"
    return found[0]


@pytest.mark.parametrize(
    ("figure", "numbers"),
    [
        (2, figure_2),
        (3, figure_3),
        (4, figure_4),
        (5, figure_5),
        (6, figure_6),
        (8, figure_8),
        (9, figure_9),
        (10, figure_10),
    ],
)
def test_numbers_of_the_page_are_those_of_the_recording(figure: int, numbers: Callable[[], list[str]]) -> None:
    """The bold numbers of a section are, in their order, what its scene's recording says."""
    assert re.findall(r"\*\*([\d.]+)\*\*", section(figure)) == numbers()


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.stem)
def test_every_figure_is_on_the_page_with_its_picture(path: Path) -> None:
    """A figure's scene has a section, and the picture that the section shows is there."""
    picture = re.search(r"!\[\]\((.+?)\)", section(int(path.stem[-2:])))
    assert picture
    assert (ROOT / "docs" / picture[1]).stat().st_size > 1000
