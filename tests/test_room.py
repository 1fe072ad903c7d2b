"""What has room where: nothing is left out beside empty room, no letter is too small, films of a series look alike."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from test_small_map import with_maps, zigzag

from animgd import SGD, Loss, Panel, Run, Scene
from animgd.drawing.readings.counter import EpochCounter
from animgd.drawing.renderer import Renderer, plan
from animgd.frame import Box
from animgd.graphics import text
from animgd.graphics.markers import key
from animgd.graphics.theme import contrast, theme_of
from animgd.layout import Layout
from animgd.layout.elements import LossBar, StateField
from animgd.layout.measure import LEAST
from animgd.layout.text_block import balanced
from animgd.recording.model import Recording
from animgd.scene.style import THEMES, Style
from tests import fabricated

LONG = "Momentum overshoots the minimum and spirals home, while Nesterov looks ahead and arrives a good deal sooner"
SEVERAL = (
    Run("plain", SGD(0.1)),
    Run("momentum", SGD(0.1, momentum=0.9)),
    Run("Nesterov", SGD(0.1, momentum=0.9, nesterov=True)),
)
DECAYED = SGD(0.1, momentum=0.9, weight_decay=0.3)
FIELDS = {
    "usual": {},
    "long title": {"title": LONG[:60]},
    "decay": {"optimizer": DECAYED, "title": "Nesterov and weight decay"},
    "runs": {"optimizer": SEVERAL},
    "companions": {"companions": ("fit", "loss")},
    "settings": {"panels": None, "losses": ("MSELoss", "L1Loss", Loss("HuberLoss", delta=0.5),
                                            Loss("SmoothL1Loss", beta=0.5))},
}  # fmt: skip


def made(size: tuple[int, int], name: str = "usual", **fields: object) -> tuple[Scene, Recording]:
    """A scene of four losses that are named, with a colour bar each, and runs that stay on their maps."""
    named = {"panels": None, "losses": ("MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss")}
    scene = replace(fabricated.scene(size, epochs=100), **{**named, **FIELDS[name], **fields})  # type: ignore[arg-type]
    walks = [fabricated.spiral(100, phase) for phase in (0.0, 0.9, 1.7, 1.7)]
    alike = walks[:1] if len(scene.grid[0].runs) > 1 else walks
    recording = fabricated.with_terms(fabricated.recording(scene, alike))
    panels = [
        replace(panel, landscape=replace(panel.landscape, loss=panel.landscape.loss * (1 + i)))
        for i, panel in enumerate(recording.panels)
    ]
    return scene, replace(recording, panels=tuple(panels))


def planned(size: tuple[int, int], name: str) -> Layout:
    """Its layout."""
    return plan(*made(size, name), size)


SIZES = ((480, 270), (640, 360), (960, 540), (1280, 720), (1080, 1080), (720, 1280))


@pytest.mark.parametrize("size", SIZES[1:], ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("name", FIELDS)
def test_nothing_is_left_out(name: str, size: tuple[int, int]) -> None:
    """Settings, names of curves, losses with three decimals, two in a table of runs, and the factor of the arrows.

    That of a panel with a longer line gives way, rather than that all losses stand in lines of their own.
    """
    if (name, size) == ("long title", (640, 360)):
        pytest.skip("five lines of title leave no room")
    layout = planned(size, name)
    crowded = name in ("companions", "settings") and size in ((640, 360), (1080, 1080))
    assert layout.lost == [f"'→ × 100' of {title}" for title in ("Smooth L1",) if crowded and layout.lost]
    assert layout.fewer == 0
    if name != "runs":
        assert [bool(panel.state) for panel in layout.panels] == [True, True, True, not layout.lost]
    if "companions" not in name or size != (1280, 720):
        assert sum(map(len, layout.values)) + len(layout.cells) == (12 if name == "runs" else 4)
    assert all(plot.aside for plot in layout.plots if plot.kind == "loss")


@pytest.mark.parametrize("size", [(480, 270), (320, 240), (640, 360)])
@pytest.mark.parametrize("name", ["usual", "runs", "settings", "companions"])
def test_no_text_is_below_ten_pixels(name: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """In the first and last frame; but for exponents, whatever is drawn."""
    sizes: list[tuple[str, int]] = []
    true = text._drawn

    def drawn(span: text.Span, size: int, bold: bool) -> object:
        sizes.append((span.text, size))
        return true(span, size, bold)

    monkeypatch.setattr(text, "_drawn", drawn)
    text.mask.cache_clear()
    if (size, name) == ((320, 240), "companions"):
        pytest.skip("refused: no room")
    renderer = Renderer(*made(size, name))
    for number in (0, renderer.timeline.count - 1):
        renderer.frame(number)
    assert sizes and [each for each in sizes if each[1] < LEAST] == []


@pytest.mark.parametrize("size", SIZES[3:], ids=lambda size: "x".join(map(str, size)))
def test_titles_stand_at_the_same_place(size: tuple[int, int]) -> None:
    """Left edge and first baseline do not depend on what else a film shows; nor does the left edge of its maps."""
    places = set()
    for name in FIELDS:
        scene, recording = made(size, name)
        layout = plan(scene, recording, size)
        first = next(word for word in layout.words if word.bold and (scene.title or "").startswith(word.text))
        places.add((first.x, first.y))
        assert layout.progress is not None and layout.progress.left == first.x
    assert len(places) == 1, places


def test_in_wide_frames_the_text_stands_beside_the_maps() -> None:
    """Also where maps that are wider than high would be a bit larger below it."""
    for size in SIZES[:4]:
        scene, _ = made(size)
        wide = replace(scene, window=replace(scene.window, weight=(-4.0, 5.5)))  # type: ignore[type-var]
        recording = fabricated.with_terms(fabricated.recording(wide, [fabricated.spiral(100)]))
        layout = plan(wide, recording, size)
        assert layout.progress and layout.progress.right < layout.panels[0].box.left


def test_a_state_is_apart_from_the_loss_beside_it() -> None:
    """In the table of losses, where the widest of both stand."""
    for size in ((640, 360), (1280, 720)):
        scene, k = fabricated.scene(size, epochs=40), np.arange(41)
        scene = replace(scene, panels=tuple(Panel(title=f"lr {i}", loss="MSELoss") for i in range(4)))
        recording = fabricated.recording(scene, [(1.53**k, 2.0 + 0.0 * k)])
        layout = plan(scene, recording, size)
        losses = [cells.box.right for values in layout.values for cells, _ in values]
        rows = [row for row in layout.bars if isinstance(row, LossBar)]
        assert rows and losses
        for row, right in zip(rows, losses, strict=True):
            assert isinstance(row.settled, StateField)
            said = f"diverged at {recording.panels[row.panel].runs[0].diverged_at}"
            assert row.settled.room >= text.width(said, row.settled.size, True)
            assert row.settled.box.left - right >= 0.5 * layout.em


@pytest.mark.parametrize("theme", THEMES)
def test_the_sign_of_the_minimum_is_seen_on_a_page(theme: str) -> None:
    """Its strokes contrast with the page, and some of their pixels are full."""
    theme_ = theme_of(Style(theme=theme))
    for size in (10, 15, 23):
        stamps = key("minimum", (30.5, 30.5), size, Box(0, 0, 60, 60), theme_)
        assert max(int(mask.coverage.max()) for mask, _ in stamps) >= 200
        assert min(float(contrast(np.array(color), np.array(theme_.page))) for _, color in stamps) >= 4.5


def test_no_sign_stands_alone_in_the_last_line_of_a_key() -> None:
    """Lines are about equally long, and as few as before."""
    parts = [("a", "x" * wide) for wide in (5, 7, 22, 8, 8, 5)]
    lines = balanced(parts, lambda part: len(part[1]), 52)
    assert [[len(text) for _, text in line] for line in lines] == [[5, 7, 22], [8, 8, 5]]
    assert [len(line) for line in balanced(parts, lambda part: len(part[1]), 60)] == [6]


@pytest.mark.parametrize("size", [(1280, 720), (1080, 1080)])
def test_the_epoch_is_beside_its_words(size: tuple[int, int]) -> None:
    """The gaps around the number are the same for one, two and three digits, and only one word moves."""
    scene, recording = made(size)
    counter = plan(scene, recording, size).counter
    assert counter is not None
    overlay = EpochCounter(counter, theme_of(scene.style))
    gaps, words = set(), set()
    for epoch in (5, 14, 100):
        list(overlay.step(epoch))  # type: ignore[arg-type]
        (word, left, _), *digits = overlay._parts
        ends = digits[0][1], digits[-1][1] + counter.number.pitch
        wide = round(text.width(word, counter.word.size))
        gaps.add(left - ends[1] if counter.follows else ends[0] - left - wide)
        words.add(left)
        assert all(stamp.box.intersection(counter.box) == stamp.box for stamp, *_ in overlay.stamps)
        first, last = counter.number.x, counter.number.x + 3 * counter.number.pitch
        assert ends[0] == first if counter.follows else ends[1] == last
    assert len(gaps) == 1 and len(words) == 3


@pytest.mark.parametrize("bold", [False, True])
def test_letters_are_where_the_font_puts_them(bold: bool) -> None:
    """The second of two equal letters is one advance right of the first, and digits of small sizes are not shifted."""
    for size, letter in itertools.product(range(10, 25), "0123456789HnL"):
        one, two = (text.mask(word, size, bold) for word in (letter, 2 * letter))
        columns = [mask.coverage.astype(float).sum(0) for mask in (one, two)]
        middle = [float((c * (np.arange(len(c)) + 0.5)).sum() / c.sum()) for c in columns]
        first, both = one.box.left + middle[0], two.box.left + middle[1]
        advance = text.width(letter, size, bold)
        assert abs(2 * (both - first) - advance) < 0.35, (size, letter)
        large = text.mask(letter, 400, bold)
        c = large.coverage.astype(float).sum(0)
        place = (large.box.left + float((c * (np.arange(len(c)) + 0.5)).sum() / c.sum())) / 400
        assert abs(first - place * size) < 0.35, (size, letter)


@pytest.mark.parametrize("size", SIZES[:4], ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("leaves", [False, True], ids=["stays", "leaves"])
def test_the_heads_of_a_table_are_whole_and_apart(leaves: bool, size: tuple[int, int]) -> None:
    """The bars are of the loss above the minimum, on a logarithmic axis, in every size; no two heads read as one."""
    scene, recording = made(size)
    if leaves:
        scene = replace(scene, panels=tuple(Panel(title=f"lr {i}", loss="MSELoss") for i in range(4)))
        recording = fabricated.recording(scene, [fabricated.leaving(100)])
    layout = plan(scene, recording, size)
    assert layout.bars and layout.progress
    column = [word for word in layout.words if word.x <= layout.progress.right and word.size == layout.tick]
    assert "loss above minimum, log" in " ".join(word.text for word in sorted(column, key=lambda word: word.y))
    heads = [word for word in layout.words if word.text in ("loss", "settled") and word.align == "right"]
    ends = sorted((word.x - text.width(word.text, word.size), word.x) for word in heads)
    assert all(b[0] - a[1] >= 0.9 * layout.tick for a, b in itertools.pairwise(ends))


def test_tables_of_a_series_end_at_one_edge() -> None:
    """Whether runs leave their maps or settle; the line of the epochs and the rule end there too."""
    edges = set()
    for runs in (fabricated.spiral, fabricated.leaving, fabricated.exploding):
        scene, _ = made((1280, 720), panels=tuple(Panel(title=f"lr {i}", loss="MSELoss") for i in range(4)))
        layout = plan(scene, fabricated.with_terms(fabricated.recording(scene, [runs(100)])), (1280, 720))
        assert layout.progress is not None and layout.bars
        edges |= {layout.progress.right, *(box.right for box, color in layout.strokes if color == "hair")}
    assert edges == {450}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
def test_signs_stand_equally_far_from_their_names(size: tuple[int, int]) -> None:
    """And the first one begins at the left margin; so does the title."""
    scene, recording = made(size, hide=("rule",), ghost=SGD(0.1))
    layout = plan(scene, recording, size)
    signs = [mark for mark in layout.marks if isinstance(mark.marker, str)]
    assert len(signs) >= 3
    gaps = []
    for sign in signs:
        at, theme = (sign.x + 0.5, sign.y + 0.5), theme_of(scene.style)
        drawn = [mask for mask, _ in key(str(sign.marker), at, layout.tick, Box(0, 0, *size), theme)]
        ends = [np.flatnonzero((mask.coverage > 100).any(0)) + mask.box.left for mask in drawn]
        right, left = max(int(end[-1]) for end in ends) + 1, min(int(end[0]) for end in ends)
        name = min(word.x for word in layout.words if word.x > sign.x and abs(word.y - sign.y) < layout.tick)
        gaps.append(name - right)
        assert layout.progress is not None and left >= layout.progress.left - 1
    assert max(gaps) - min(gaps) <= max(2, 0.2 * layout.tick), gaps


@pytest.mark.parametrize("size", [(1280, 720), (720, 1280)], ids=str)
def test_arrows_have_a_key_where_small_maps_take_the_place_of_the_rule(size: tuple[int, int]) -> None:
    """The rule names its arrows itself; a ghost is named in any case."""
    scene, recording = made(size, panels=tuple(Panel(title=f"lr {i}", loss="MSELoss") for i in range(4)))
    gone = with_maps(fabricated.recording(scene, [zigzag(100, -1.03)]))
    away = plan(scene, fabricated.with_terms(gone), size)
    stays = plan(scene, recording, size)
    shown = {word.text for word in away.words}
    assert "The small maps" in shown and {"momentum", "downhill"} <= shown and not away.rule
    assert stays.rule and not {mark.marker for mark in stays.marks} & {"momentum", "downhill"}
    haunted = plan(
        replace(scene, ghost=Run("plain", SGD(0.1))), fabricated.with_terms(fabricated.recording(scene)), size
    )
    assert "ghost: plain" in {word.text for word in haunted.words}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("name", ["usual", "settings", "companions", "schedule"])
def test_arrows_choose_no_layout(name: str, size: tuple[int, int]) -> None:
    """A theme without arrows has its letters, maps and losses at the same places: their key and factors give way."""
    panels = tuple(Panel(title=title, loss="MSELoss") for title in ("warm restarts", "constant"))
    fields = {"panels": panels, "companions": ("loss",)} if name == "schedule" else {}
    layouts = []
    for theme in ("light", "seed"):
        scene, recording = made(size, "usual" if name == "schedule" else name, style=Style(theme=theme), **fields)
        layouts.append(plan(scene, recording, size))
    light, seed = layouts
    assert light.em == seed.em and [bool(v) for v in light.values] == [bool(v) for v in seed.values]
    assert light.counter and seed.counter and light.counter.number.x == seed.counter.number.x
    assert len(light.bars) == len(seed.bars)
    for a, b in zip(light.pictures, seed.pictures, strict=True):
        assert abs(a.box.left - b.box.left) <= 0.03 * size[0] and abs(a.box.width - b.box.width) <= 0.07 * b.box.width


def test_losses_are_marked_as_their_panels() -> None:
    """Rows of a table have the signs of the panels."""
    scene, recording = made((1280, 720), "usual", companions=("loss",), window=None)
    two = tuple(Panel(title=title, loss="MSELoss") for title in ("one", "two"))
    scene = replace(scene, panels=two)
    recording = fabricated.with_terms(fabricated.recording(scene, [fabricated.spiral(100), fabricated.spiral(100, 1)]))
    layout = plan(scene, recording, (640, 360))
    rows = [row.bar for row in layout.bars if row.bar]
    assert len(rows) == 2
    for row, marker in zip(rows, (0, 1), strict=True):
        assert [m.marker for m in layout.marks if m.x < row.left and row.top <= m.y <= row.bottom] == [marker]


def test_a_long_title_moves_no_table() -> None:
    """Two lines of title and two of settings move the counter a little, but neither the losses nor the rule."""
    places = set()
    long = SGD(0.1, momentum=0.9, weight_decay=2.0, nesterov=True)
    for fields in ({}, {"title": "Nesterov and weight decay", "optimizer": long}):
        layout = plan(*made((1280, 720), **fields), (1280, 720))
        line = next(box.top for box, color in layout.strokes if color == "hair")
        places.add((round(layout.values[0][0][0].y, -1), line))
    assert len(places) == 1, places
