"""With the objective, everything that shows the landscape shows loss + (weight_decay / 2) · ‖parameters‖²."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_collisions import found

from animgd import SGD, Optimizer, Panel, Run, Scene
from animgd.drawing.overlays import marks
from animgd.drawing.renderer import Renderer, contexts
from animgd.recording.model import Minimum, Recording
from animgd.recording.objective import common_decay, with_objective
from animgd.recording.settling import settled_at
from tests import fabricated

DECAY = 0.8
LINES = ("loss +", "decay")


def film(show: tuple[str, ...] = ("objective",), size: tuple[int, int] = (1280, 720)) -> tuple[Scene, Recording]:
    """A run with weight decay that spirals into the bowl, with both minima known."""
    scene = replace(
        fabricated.scene(size, panels=1, epochs=12), optimizer=SGD(0.1, momentum=0.9, weight_decay=DECAY), show=show
    )
    recording = fabricated.with_terms(fabricated.recording(scene))
    # Of (w - 1)² + (b - 2.5)² / 2 + decay / 2 · (w² + b²)
    rest = Minimum(2 / (2 + DECAY), 2.5 / (1 + DECAY), 0.0, proven=True)
    return scene, replace(recording, panels=(replace(recording.panels[0], decayed=(rest,)),))


def height(weight: float, bias: float) -> float:
    return float(fabricated.depth(np.array(weight), np.array(bias))) + DECAY / 2 * (weight**2 + bias**2)


def test_the_landscape_is_that_of_loss_and_decay() -> None:
    """Samples, scale, lowest place and the run's heights are those of the objective; the run's losses stay losses."""
    scene, recording = film()
    (drawn,) = with_objective(scene, recording).panels
    land, path = drawn.landscape, drawn.runs[0]
    weight, bias = (np.linspace(*side, len(land.loss)) for side in (land.window.weight, land.window.bias))
    assert land.loss[7, 30] == pytest.approx(height(weight[7], bias[30]), rel=1e-12)
    row, column = np.unravel_index(land.loss.argmin(), land.loss.shape)
    rest = drawn.decayed[0]
    assert rest and abs(weight[row] - rest.weight) < 0.17 and abs(bias[column] - rest.bias) < 0.17
    assert drawn.heights(0)[3] == pytest.approx(height(path.weight[3], path.bias[3]), rel=1e-12)
    assert path is recording.panels[0].runs[0] and recording.panels[0].landscape.decay == 0
    twice = with_objective(scene, with_objective(scene, recording)).panels[0]
    assert (twice.landscape.loss == land.loss).all(), "a second call changes nothing"
    assert settled_at(drawn, 0) == settled_at(recording.panels[0], 0)


def test_colours_bar_and_losses_agree() -> None:
    """The scale is the objective's, the bar says so, and the table's losses are the same as without it."""
    scene, recording = film()
    plain, _ = film(())
    with_it, without = Renderer(scene, recording), Renderer(plain, recording)
    (panel,) = with_it.layout.panels
    least, most = panel.scale.low, panel.scale.high  # type: ignore[union-attr]
    every = with_objective(scene, recording).panels[0].landscape.loss
    assert (least, most) == (pytest.approx(every.min()), pytest.approx(every.max()))
    texts = [word.text for word in with_it.layout.words]
    assert texts.count("loss") == 1, "the head of the table"
    assert texts[texts.index(LINES[0]) + 1] == LINES[1]
    assert "loss +" not in [word.text for word in without.layout.words]
    assert with_it.info.describe()["panels"][0]["landscape"]["decay"] == DECAY
    assert "decay" not in without.info.describe()["panels"][0]["landscape"]
    kinds = [renderer.info.describe()["panels"][0]["runs"] for renderer in (with_it, without)]
    assert kinds[0] == kinds[1]


def test_both_minima_have_their_names() -> None:
    """On the map, apart from each other, and inside it."""
    scene, recording = film()
    layout = Renderer(scene, recording).layout
    assert [text for _, text in layout.names] == ["start", "minimum of the loss", "minimum of loss + decay"]
    context = contexts(scene, with_objective(scene, recording), layout)[0]
    boxes = [overlay.every[0][0].box for overlay in marks.overlays(context) if isinstance(overlay, marks.Name)]
    assert len(boxes) == 3 and all(context.box.holds(box) for box in boxes)
    assert not boxes[1].intersection(boxes[2]) and all(abs(box.top - boxes[0].top) > 20 for box in boxes[1:])


@pytest.mark.parametrize(
    ("optimizers", "decay"),
    [
        ([SGD(0.1, weight_decay=0.5)], 0.5),
        (
            [SGD(0.1, weight_decay=0.5), Optimizer("Adam", weight_decay=0.5), Optimizer("Adagrad", weight_decay=0.5)],
            0.5,
        ),
        ([SGD(0.1, weight_decay=0.5), SGD(0.1, weight_decay=0.6)], 0),
        ([SGD(0.1, weight_decay=0.5), SGD(0.1)], 0),
        ([Optimizer("AdamW", weight_decay=0.5)], 0),
        ([Optimizer("SGD", lr=0.1, weight_decay=0.5, maximize=True)], 0),
        ([SGD(0.1)], 0),
    ],
)
def test_it_needs_one_decay_that_is_part_of_the_gradient(optimizers: list[SGD | Optimizer], decay: float) -> None:
    """Else the map stays that of the loss, and one line says why."""
    panel = Panel("P", "MSELoss", tuple(Run(str(i), each) for i, each in enumerate(optimizers)))
    scene = Scene(panels=(panel, Panel("Q", "L1Loss", SGD(0.1, weight_decay=0.1))), epochs=4, show="objective")
    assert common_decay(scene.grid[0]) == decay
    renderer = Renderer(scene, fabricated.with_terms(fabricated.recording(scene)))
    said = [line for line in renderer.remarks if "objective" in line]
    assert said == [] if decay else len(said) == 1 and said[0].startswith("no objective on P:")
    alone = scene.replace(panels=(panel,))
    said = [line for line in Renderer(alone, fabricated.recording(alone)).remarks if "no objective:" in line]
    assert len(said) == (not decay)


@pytest.mark.parametrize("size", [(1280, 720), (1080, 1080), (720, 1280), (640, 360), (320, 180)])
def test_nothing_collides(size: tuple[int, int]) -> None:
    """With the objective, the field and the sentence on stability."""
    scene = fabricated.scene(size, panels=4, epochs=12)
    shown = replace(scene, optimizer=SGD(0.1, momentum=0.9, weight_decay=DECAY), show=("objective", "field"))
    assert found(shown) == []


def test_a_name_without_room_changes_nothing() -> None:
    """The name of a minimum at the edge, which would not be inside the map, is left out while frames are drawn."""
    scene, recording = film(())
    edge = Minimum(1.0, 7.5, 0.0, proven=True)
    renderer = Renderer(scene, replace(recording, panels=(replace(recording.panels[0], decayed=(edge,)),)))
    assert "decayed" in dict(renderer.layout.names)
    number = 0
    for frame in renderer.frames():
        assert np.array_equal(frame.pixels, renderer.frame(number))
        number += frame.periods
