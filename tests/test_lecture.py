"""Lectures: declarations, names, shared looks and scales, cards, and the plan of the film."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from animgd import SGD, Function, Lecture, Loop, Panel, Pause, Run, Scene, Style, Text, Title, Video, Window, record
from animgd.drawing.lecture.cards import MOST_WORDS, card, card_layout
from animgd.drawing.lecture.edit import Edit, edited
from animgd.drawing.renderer import Renderer
from animgd.drawing.timeline import paused, timeline
from animgd.errors import SceneError, UsageError
from animgd.frame import Box, Frame
from animgd.graphics.mathtext import spoken
from animgd.graphics.text import mask
from animgd.layout.elements import InLecture
from animgd.output.lecture.plan import lasting, plan
from animgd.output.lecture.staging import shared_scales
from animgd.scene.lecture.looks import looks
from animgd.scene.module import transfer
from animgd.scene.module.loader import load, read

SCENE = Scene(title="S", epochs=4)
VIDEO = Video(width=320, height=180, fps=10)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Lecture(()), "it has no parts: give it at least one"),
        (lambda: Lecture(SCENE), "parts must be a tuple of Scene"),
        (lambda: Lecture((SCENE, Lecture((SCENE,)))), "a lecture cannot be a part of a lecture"),
        (lambda: Lecture((SCENE, "text")), "part 2 must be a Scene, Loop, Title, Text or Pause, not 'text'"),
        (lambda: Lecture((Pause("x"), SCENE)), "it begins with a Pause"),
        (lambda: Lecture((SCENE,), transition="wipe"), "transition must be one of 'cut', 'fade'"),
        (lambda: Lecture((SCENE,), names=("a", "b")), "names must be a tuple of 1 texts"),
        (lambda: Title(" "), "text must be text with at least one word"),
        (lambda: Text(3), "text must be text with at least one word"),
        (lambda: Pause(seconds=0), "seconds must be a number above 0"),
        (lambda: Loop(Title("x")), "scene must be Scene(...)"),
        (lambda: Scene(pauses=(101,)), 'pauses must be a tuple of epochs from 0 to 100, or "events"'),
        (lambda: Scene(pauses="all"), "pauses must be"),
    ],
)
def test_wrong_lectures_are_one_line(make, said):
    """Each names the line, and what to write."""
    with pytest.raises(SceneError) as raised:
        make()
    assert said in str(raised.value) and "\n" not in str(raised.value)
    assert str(raised.value).startswith(f"{__file__}:{make.__code__.co_firstlineno}: ")


def test_a_lecture_sets_size_rate_and_theme_of_its_scenes():
    """The pace, and what the lecture's style leaves open, stay the scene's."""
    own = Scene(video=Video(epochs_per_second=7), style=Style(scale="linear", theme="light"))
    lecture = Lecture((Title("t"), own, Loop(own)))
    for scene in lecture.scenes:
        video = scene.video
        assert (video.width, video.height, video.fps, video.epochs_per_second) == (1920, 1080, 50, 7)
        assert (scene.style.theme, scene.style.scale) == ("dark", "linear")
    assert transfer.unpacked(transfer.packed([lecture])) == [lecture]


def test_a_module_with_a_lecture_films_only_its_lecture(write):
    """Its scenes are filmed when they are named; the parts have the names of the module."""
    text = "from animgd import *\nslow_one = Scene(epochs=2)\nother = Scene(title='O')\n" + (
        "lecture = Lecture((Title('x'), slow_one, Pause(), Scene(epochs=3), Loop(other)))\n"
    )
    found = read(write(text, "talk.py"))
    ((name, lecture),) = found.chosen(())
    assert name == "lecture" and lecture.title == "Talk"
    assert lecture.names == ("title", "slow_one", "pause", "scene", "other")
    assert [scene.title for scene in lecture.scenes] == ["Slow one", "Scene 2", "O"]
    assert [name for name, _ in found.chosen(("other",))] == ["other"]
    assert list(load(write(text, "talk.py"))) == ["slow_one", "other"]
    with pytest.raises(UsageError, match="has no scene 'lectur'; did you mean 'lecture'"):
        found.chosen(("lectur",))


def runs(*labels: str) -> Scene:
    return Scene(optimizer={label: SGD(0.01 * (n + 1)) for n, label in enumerate(labels)})


def test_a_label_keeps_its_look_from_scene_to_scene():
    """Labels beside each other differ; where no label is shared, nothing changes."""
    found = looks([runs("a", "b"), runs("c", "b"), runs("a", "c", "d"), runs("e")])
    known: dict[str, int] = {}
    for row in found[:3]:
        assert len({look for _, look in row}) == len(row)
        for label, look in row:
            assert known.setdefault(label, look) == look
    assert found[0] == (("a", 0), ("b", 1)) and found[3] == ()
    assert looks([runs("a", "b"), runs("c", "d")]) == [(), ()]


def test_the_look_of_a_label_is_drawn():
    """The legend and the runs have the index of the lecture."""
    scene = runs("a", "b").replace(epochs=2, losses=("MSELoss",), video=VIDEO)
    renderer = Renderer(scene, record(scene), InLecture(looks=(("a", 3), ("b", 1))))
    assert renderer.layout.markers == ((3, 1),)
    assert {mark.marker for mark in renderer.layout.marks} >= {3, 1}


def test_panels_with_one_problem_share_a_scale():
    """Whatever their windows; another loss, another decay in the landscape or another function has its own."""
    bowl = Scene(problem=Function("quadratic"), epochs=2)
    near = bowl.replace(window=Window(x=(-1, 1), y=(-1, 1)))
    line = Scene(epochs=2, losses=("MSELoss", "L1Loss"))
    scenes = [bowl, near, line]
    found = shared_scales(scenes, [record(scene) for scene in scenes])
    assert found[0] == found[1] and len({*found[0], *found[2]}) == 3
    alone = shared_scales([near], [record(near)])[0][0]
    assert found[0][0].high > alone.high and found[0][0].low <= alone.low


CARDS = [
    Title("Five ways down", "What the settings of SGD do to its path, and why it is worth knowing"),
    Title("A rather long heading that needs several lines, and that goes on for quite a while"),
    Text("One.\nTwo $\\theta_{t+1} = \\theta_t - 0.1 \\cdot g$, three.\n" + "word " * 30),
    Text("a b c d e f g h i j k l m n o p q r s t u v w x y z " * 2),
]


@pytest.mark.parametrize("shown", CARDS)
@pytest.mark.parametrize("size", [(1920, 1080), (640, 360), (720, 720), (1080, 1920)])
def test_cards_can_be_read(shown, size):
    """At most 12 words a line, letters of 3.8 % of the height, nothing within 2 % of the edge, lines apart."""
    style = Style(theme="dark")
    plan, boxes = card_layout(shown, size, style), []
    for label in plan.labels:
        assert len(label.text.replace(" \\", "\\").split()) <= MOST_WORDS + 6 * label.text.count("$")
        assert label.size >= 0.038 * min(size)
        box = mask(label.text, label.size, label.bold).moved(label.x, label.y).box
        assert box.left >= 0.02 * size[0] and box.right <= 0.98 * size[0]
        assert box.top >= 0.02 * size[1] and box.bottom <= 0.98 * size[1]
        boxes.append(box)
    assert all(one.bottom <= other.top + 0.2 * plan.labels[0].size for one, other in zip(boxes, boxes[1:]))  # noqa: B905, RUF007
    picture = card(shown, size, style)
    assert picture.shape == (size[1], size[0], 3) and np.ptp(picture) > 150


def test_lines_of_a_card_are_balanced():
    """No line with one word after a full one."""
    labels = card_layout(Text("seven words that do not fit one line of a card at all"), (640, 360), Style()).labels
    widths = [mask(label.text, label.size, False).box.width for label in labels]
    assert len(widths) == 2 and min(widths) > 0.7 * max(widths)


def test_a_card_that_is_too_full_is_refused():
    """With the line that made it."""
    text = Text("word " * 300)
    with pytest.raises(SceneError, match=r"Text: too many words for a card of 640x360.*make several cards"):
        card_layout(text, (640, 360), Style())


def test_formulas_are_spoken_in_plain_characters():
    """In captions, TeX is no text; dollars are."""
    assert spoken("keep $\\beta^2$ of it, $5") == "keep β² of it, $5"
    assert spoken("$\\frac{1}{2} \\cdot x_{t+1}$") == "1/2 ⋅ xt+1"


def test_a_paused_timeline_repeats_frames():
    """All moments stay, in their order."""
    line = timeline(VIDEO, 20)
    held = paused(line, [0, line.first_frame(6), line.count - 1], 7)
    assert held.count == line.count + 21
    before, after = ([each.moment(frame) for frame in range(each.count)] for each in (line, held))
    assert sorted(after) == after and set(after) == set(before)
    assert after.count(line.moment(line.first_frame(6))) == 8
    assert paused(line, [], 7) == line


def numbered(periods: list[int]) -> list[Frame]:
    """Frames that show their number; only its pixel is in their boxes."""
    frames = []
    for n, stay in enumerate(periods):
        pixels = np.full((4, 6, 3), 100, np.uint8)
        pixels[0, n % 6] = 10 * n
        frames.append(Frame(pixels, (Box(0, 0, 6, 4),) if n == 0 else (Box(0, 0, 6, 1),), stay))
    return frames


@pytest.mark.parametrize("edit", [Edit(0, 9), Edit(0, 9, 3, 2, 4), Edit(3, 7), Edit(4, 9, 2), Edit(2, 2, 5, 3, 3)])
def test_edited_frames_are_those_asked_for(edit):
    """Painting only the boxes gives each frame; fades mix with the page and reach the whole picture."""
    periods, page = [3, 1, 1, 4, 1], np.zeros((4, 6, 3), np.uint8)
    every = [frame.pixels for frame in numbered(periods) for _ in range(frame.periods)]
    wanted = [*every[edit.first : edit.last + 1], *[every[edit.last]] * edit.hold]
    seen, picture = [], np.zeros((4, 6, 3), np.uint8)
    for frame in edited(iter(numbered(periods)), edit, page):
        for box in frame.boxes:
            picture[box.slices] = frame.pixels[box.slices]
        seen += [picture.copy()] * frame.periods
    assert len(seen) == len(wanted) == edit.count
    for n, (found, expected) in enumerate(zip(seen, wanted, strict=True)):
        inside = n >= edit.appear and edit.count - n > edit.vanish
        if inside:
            assert np.array_equal(found, expected)
        else:
            assert found.sum() < expected.sum()


def lecture(**fields: object) -> Lecture:
    slow = Scene(title="A", epochs=10, pauses=(2, 5), video=Video(epochs_per_second=5, hold_start=0.5, hold_end=0.5))
    parts = (Title("t"), slow, Pause("words", 1.5), Text("few words"), slow.replace(title="B", pauses=()))
    return Lecture(parts, title="L", video=VIDEO, **fields)


def test_the_plan_counts_every_frame():
    """Cards stay as long as one reads them, pauses as they say, scenes three seconds more for each pause."""
    made = plan(lecture(), [2, 0])
    assert [shown.frames for shown in made.parts] == [30, 31 + 60, 15, 30, 31]
    assert [shown.start for shown in made.parts] == [0, 30, 121, 136, 166] and made.count == 197
    assert made.chapters == (("L", 0, 30), ("A", 30, 166), ("B", 166, 197))
    assert [piece.edit.count for piece in made.pieces] == [30, 106, 30, 31]


def test_a_fade_is_half_in_each_part():
    """Not at the beginning and the end of the film."""
    edits = [piece.edit for piece in plan(lecture(transition="fade"), [2, 0]).pieces]
    assert [(edit.appear, edit.vanish) for edit in edits] == [(0, 2), (2, 2), (2, 2), (2, 0)]


@pytest.mark.parametrize("seconds", [Fraction(16), Fraction(25), Fraction("19.7"), Fraction(1, 3) + 30])
def test_a_duration_is_reached_to_the_frame(seconds):
    """Cards, pauses and holds stay; the paces of all scenes change alike."""
    made = plan(lasting(lecture(), [2, 0], seconds), [2, 0])
    assert made.count == int(seconds * 10 + Fraction(1, 2))
    assert [shown.frames for shown in made.parts if shown.scene is None] == [30, 15, 30]
    assert abs((made.parts[1].frames - 60) - made.parts[4].frames) <= 1


def test_too_short_a_duration_is_refused():
    """With the shortest that works, which does."""
    with pytest.raises(UsageError, match=r"the shortest is ([0-9.]+) s") as raised:
        lasting(lecture(), [2, 0], Fraction(10))
    least = Fraction(str(raised.value).split()[-2])
    assert plan(lasting(lecture(), [2, 0], least), [2, 0]).count == least * 10


def test_a_ghost_is_the_scene_before():
    """As outside of lectures."""
    ghost = Run("momentum", SGD(0.1, momentum=0.9))
    assert Lecture((Scene(ghost=ghost, panels=(Panel(loss="MSELoss"),)),)).scenes[0].ghost == ghost
