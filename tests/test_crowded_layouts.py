"""Layouts without enough room: every dropped text is a warning; texts that distinguish runs are truncated last."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
from test_look import LONG, complaints, planned

from animgd import SGD, Function, Loss, Optimizer, Panel, Run, Scene
from animgd.drawing.renderer import Renderer
from animgd.drawing.renderer import plan as layout
from animgd.errors import UsageError
from animgd.graphics.numbers import settings
from animgd.graphics.text import clean
from animgd.layout import Layout
from animgd.scene.scene import Window
from tests import fabricated

SIZES = [(640, 360), (1280, 720), (480, 480), (360, 640), (1080, 1080), (960, 300)]
LABEL = "plain gradient descent with a learning rate of a tenth and momentum of"


def texts(scene: Scene) -> Iterator[str]:
    """The texts of a film, each of which must be on the frame or in a warning."""
    yield scene.title or ""
    for panel in scene.grid:
        yield panel.title
        yield from (run.label for run in panel.runs)
    runs = [run for panel in scene.grid for run in panel.runs]
    yield from (settings(run.optimizer) for run in runs)


def unseen(scene: Scene, plan: Layout) -> list[str]:
    """Texts that are neither on the frame (in one or more lines) nor in `lost`."""
    shown = " ".join(" ".join(word.text for word in plan.words).split())
    lost = " ".join(plan.lost)
    found = []
    for text in filter(None, map(clean, texts(scene))):
        short = text.removesuffix("Loss").replace("SmoothL1", "Smooth L1")
        known = text in shown or short in shown or text[:59] in lost or f"'{text}'" in lost
        known |= all(part in shown for part in text.split(" · "))  # what runs share stands apart
        if not known and not (text.startswith(("SGD", "Adam")) and "the settings" in lost):
            found.append(text)
    return found


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("panels", "runs"), [(1, 1), (4, 1), (1, 3), (4, 3), (2, 9), (1, 24)])
def test_every_dropped_text_is_reported(size: tuple[int, int], panels: int, runs: int) -> None:
    """Titles, labels, settings and losses of any length are complete on the frame, or reported."""
    for title, label in itertools.product(("A tiny film", LONG * 3), ("run", LABEL)):
        scene = fabricated.scene(size, panels=panels, runs=runs, epochs=100, title=title)
        several = tuple(Run(f"{label} {i}", SGD(0.1, momentum=0.03 * i, weight_decay=0.01)) for i in range(runs))
        single = SGD(0.1, momentum=0.9, weight_decay=0.01, nesterov=True)
        scene = replace(scene, optimizer=several if runs > 1 else single)
        try:
            plan = layout(scene, fabricated.recording(scene), size)
        except UsageError:
            continue
        assert complaints(plan) == []
        assert unseen(scene, plan) == []
        assert any(plan.values) or plan.cells or "the losses as numbers" in plan.lost


def test_dropped_texts_are_a_warning() -> None:
    """One line with the size; no warning if there is room."""
    scene = fabricated.scene((360, 640), runs=9, title=LONG * 3)
    said = [line for line in Renderer(scene, fabricated.recording(scene)).remarks if "not shown" in line]
    assert len(said) == 1 and said[0].startswith("not shown, for lack of room at 360x640: ")
    assert f"part of the title '{(LONG * 3)[:59]}…'" in said[0] and "the losses as numbers" in said[0]
    assert len(set(said)) == len(said)
    assert not list(Renderer(fabricated.scene(), fabricated.recording(fabricated.scene())).remarks)


def words(plan: Layout) -> list[str]:
    """All texts of a frame, in their order."""
    return [word.text for word in plan.words]


def test_a_loss_that_no_title_names_stands_with_the_settings() -> None:
    """Behind the optimizer, if all panels share it."""
    for loss, name in (("MSELoss", "MSE"), ("SmoothL1Loss", "Smooth L1")):
        panels = tuple(Panel(title=f"lr {lr}", loss=loss, optimizer=SGD(lr, momentum=0.9)) for lr in (0.02, 0.2))
        for size in SIZES[:2] + SIZES[4:5]:
            scene = Scene(panels=panels)
            shown = words(layout(scene, fabricated.recording(scene), size))
            assert any(f"SGD · {name}" in text.replace("\u00a0", " ") for text in shown)
        scene = Scene(panels=panels, title=f"The landscape of {name}")
        assert not any(
            "SGD" in text and name in text for text in words(layout(scene, fabricated.recording(scene), size))
        )
    for losses in (("MSELoss",), ("MSELoss", "L1Loss")):
        scene = Scene(losses=losses)
        assert "MSE" in words(plan := layout(scene, fabricated.recording(scene), size))
        assert not any("SGD" in text and "MSE" in text for text in words(plan))


def test_settings_are_cut_between_their_parts() -> None:
    """Not in a value; and lines of settings are about equally long."""
    runs = (Run("a", SGD(0.1, momentum=0.9, weight_decay=0.125)), Run("b", Optimizer("Adam", lr=0.3)))
    scene = replace(fabricated.scene((480, 270), panels=1), optimizer=runs)
    shown = [text.replace("\u00a0", " ") for text in words(layout(scene, fabricated.recording(scene), (480, 270)))]
    told = [text for text in shown if text.startswith("SGD")]
    assert told and set(told[0].removesuffix(" …").split(" · ")) < {
        "SGD",
        "lr 0.1",
        "momentum 0.9",
        "weight decay 0.125",
    }
    decayed = replace(fabricated.scene((1280, 720)), optimizer=SGD(0.1, momentum=0.9, weight_decay=2, nesterov=True))
    plan = layout(decayed, fabricated.recording(decayed), (1280, 720))
    lines = [word for word in plan.words if "lr" in word.text or "Nesterov" in word.text]
    assert len(lines) == 2 and len(lines[1].text) > 0.5 * len(lines[0].text)


def test_settings_that_differ_at_their_end_remain_distinct() -> None:
    """What settings share stands once, above; each run has its own beside its name."""
    runs = tuple(Run(label, SGD(lr=0.1, momentum=0.9, dampening=0.01, weight_decay=decay)) for label, decay in
                 (("a", 0.25), ("b", 0.5), ("c", 1.25)))  # fmt: skip
    scene = replace(fabricated.scene((400, 225), panels=4, runs=3), optimizer=runs)
    plan = layout(scene, fabricated.recording(scene), (400, 225))
    shown = [text.replace("\u00a0", " ") for text in words(plan)]
    assert [text for text in shown if text.startswith("weight decay")] == [
        f"weight decay {decay}" for decay in ("0.25", "0.5", "1.25")
    ]


@pytest.mark.parametrize("ends", [("0.1", "0.2"), ("left", "left right"), ("x" * 90, "x" * 89 + "y"), ("A", "A$_5$")])
def test_labels_are_cut_where_they_are_alike(ends: tuple[str, str]) -> None:
    """Labels with a common prefix lose the prefix, even if one is the prefix or a word is too long."""
    scene = fabricated.scene((1280, 720), panels=4)
    scene = replace(scene, optimizer=tuple(Run(f"{LABEL} {end}", SGD(0.1)) for end in ends))
    plan = layout(scene, fabricated.recording(scene), (1280, 720))
    shown = [text for text in words(plan) if "…" in text]
    assert len(shown) == len(set(shown)) == 2


def test_panel_titles_are_cut_where_they_are_alike() -> None:
    """The same for panel titles."""
    panels = tuple(Panel(title=f"{LABEL} {i}", loss="MSELoss") for i in range(6))
    scene = replace(fabricated.scene((640, 360)), panels=panels)
    plan = layout(scene, fabricated.recording(scene), (640, 360))
    shown = [text for text in words(plan) if "…" in text]
    assert len(set(shown)) == 6 and all(text.endswith(str(i)) for i, text in enumerate(shown))
    assert len([lost for lost in plan.lost if "the panel title" in lost]) == 6


def test_settings_of_a_loss_without_room_are_named() -> None:
    """Settings of a loss that are dropped are in a warning."""
    losses = (Loss("HuberLoss", delta=0.123456, reduction="mean"),) * 9
    scene = replace(fabricated.scene((400, 300)), panels=None, losses=losses)
    plan = layout(scene, fabricated.recording(scene), (400, 300))
    assert any("delta" in lost and "Huber" in lost for lost in plan.lost)


def test_a_dropped_legend_of_markers_is_reported() -> None:
    """If the legend of the markers does not fit, a warning names them."""
    scene = fabricated.scene((640, 360), panels=4, runs=5, title=LONG)
    plan = layout(scene, fabricated.recording(scene), (640, 360))
    assert {"start", "minimum"} <= set(words(plan)) or "the legend of the markers (start, minimum)" in plan.lost


def test_panels_show_settings_that_their_titles_lack() -> None:
    """A setting that differs between panels is after a title that lacks it, or in a warning."""
    rates = (0.02, 0.2)
    silent = Scene(panels=tuple(Panel(title=name, optimizer=SGD(lr=lr)) for name, lr in zip("AB", rates, strict=True)))
    plan = layout(silent, fabricated.recording(silent), (1280, 720))
    assert [text.replace("\u00a0", " ") for text in words(plan) if "lr" in text] == ["lr 0.02", "lr 0.2"]
    small = replace(silent, panels=tuple(replace(panel, title="x" * 12) for panel in silent.panels or ()) * 8)
    plan = layout(small, fabricated.recording(small), (640, 360))
    assert {"lr 0.02 of xxxxxxxxxxxx", "lr 0.2 of xxxxxxxxxxxx"} <= set(plan.lost)
    said = Scene(panels=tuple(Panel(title=f"lr {lr}", optimizer=SGD(lr=lr)) for lr in rates))
    assert not [text for text in words(layout(said, fabricated.recording(said), (1280, 720))) if "lr\u00a0" in text]
    both = (Optimizer("Adam", lr=0.1), SGD(0.1))
    other = Scene(panels=tuple(Panel(title=optimizer.name, optimizer=optimizer) for optimizer in both))
    plan = layout(other, fabricated.recording(other), (1280, 720))
    assert (words(plan).count("Adam"), words(plan).count("SGD"), plan.lost) == (1, 1, [])


TEXTS = ("x" * 50_000, "word " * 10_000, "动量" * 10_000, r"$\eta^2$ " * 3_000)


@pytest.mark.parametrize("text", TEXTS)
def test_endless_texts_are_cut(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Titles, labels and axis names of 50,000 letters are truncated, and few letters are measured."""
    from animgd.graphics import text as letters

    measured: list[int] = []
    true = letters.advance

    def counted(text: str, *given: object) -> float:
        measured.append(len(text))
        return true(text, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(letters, "advance", counted)
    scene = replace(fabricated.scene((1280, 720), runs=2), title=text)
    scene = replace(scene, optimizer=tuple(Run(f"{text}{i}", SGD(0.1)) for i in range(2)),
                    panels=(Panel(title=text, loss="MSELoss"), Panel(loss="L1Loss")))  # fmt: skip
    recording = replace(fabricated.recording(scene), axes=(text, text))
    plan = layout(scene, recording, (1280, 720))
    assert complaints(plan) == []
    assert sum(measured) < 40_000
    assert {"the title", "the label", "the panel title", "the axis name"} <= {
        lost.removeprefix("part of ").split(" '")[0] for lost in plan.lost
    }


RANGES = [(-5, 8), (0, 1e6), (-1e12, 1e12), (0, 1e-9), (-3e-7, 4e-7), (-1e5, -9.99e4), (1e6, 1e6 + 10),
          (-1.23e-4, -1.21e-4), (1e9, 1e9 + 2000), (-8.25, 7.75), (99.5, 100.5), (-1e15, 1e15), (0.99999, 1.00001),
          (-2.5, 1997.25)]  # fmt: skip


@pytest.mark.parametrize("size", [*SIZES[:2], *(pytest.param(size, marks=pytest.mark.long) for size in SIZES[3:5])])
@pytest.mark.parametrize("panels", [1, 4, pytest.param(6, marks=pytest.mark.long)])
def test_labels_of_any_window_do_not_touch(size: tuple[int, int], panels: int) -> None:
    """For any range, labels touch no other label, axis name or bar, and each axis has labels."""
    for i, (bias, weight) in enumerate(zip(RANGES, RANGES[3:] + RANGES[:3], strict=True)):
        scene = fabricated.scene(size, panels=panels, runs=1 + i % 3)
        scene = replace(scene, window=Window(bias=bias, weight=weight), companions=("fit", "loss") if i % 2 else ())
        plan = planned(scene)
        if plan is None:  # refused, and the size that is named works
            assert panels == 6 and size == SIZES[0]
            continue
        assert complaints(plan) == []
        floor, edge = max(p.box.bottom for p in plan.panels), min(p.box.left for p in plan.panels)
        ticks = [word for word in plan.words if word.size == plan.tick and not word.upright]
        assert [word for word in ticks if word.align == "center" and floor < word.y < floor + 2 * plan.tick]
        assert len([word for word in ticks if word.align == "right" and word.x < edge]) >= 2


def test_labels_of_a_found_window_do_not_touch() -> None:
    """A function whose ticks once overlapped its axis name."""
    from animgd import Point, record

    def valley(x, y):  # type: ignore[no-untyped-def]
        return -8 * x - 16 * y + x**2 + 4 * y**2

    scene = Scene(problem=Function(valley, name="-8x−16y+x²+4y²"), start=Point(x=4, y=4), resolution=21)
    recording = record(scene)
    for size in SIZES:
        assert complaints(layout(scene, recording, size)) == []
