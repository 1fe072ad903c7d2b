"""The scenes of a module by name: lists and dicts of them, second names, imported ones, other spellings."""

from __future__ import annotations

import unicodedata

import pytest

from animgd.errors import AnimgdError, SceneError, UsageError
from animgd.scene.module.loader import load, read

HEAD = "from animgd import *\n"
PART = HEAD + "slow = Scene(epochs=5)\nfast = Scene(epochs=7)\nmany = [slow, fast, Scene(epochs=9)]\n"


def chosen(path, *names: str) -> list[tuple[str, int]]:
    """The scenes that are filmed, by name, and how many epochs each has."""
    return [(name, scene.epochs) for name, scene in read(path).chosen(names)]


def failure(path, *names: str) -> str:
    """The one line that asking for these gives."""
    with pytest.raises(AnimgdError) as caught:
        chosen(path, *names)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("[Scene() for lr in (0.1, 0.2)]", ["x-0", "x-1"]),
        ("(Scene(),)", ["x-0"]),
        ("{'slow': Scene(), 0.5: Scene(), 3: Scene(), (0.1, 'b'): Scene()}", ["x-slow", "x-0.5", "x-3", "x-0.1-b"]),
        ("[Scene(), 3, None, Scene, Scene()]", ["x-0", "x-4"]),
        ("[[Scene(), Scene()], {'a': Scene(), None: 'no scene'}, []]", ["x-0-0", "x-0-1", "x-1-a"]),
        ("{'lr 0.1': [Scene()]}", ["x-lr 0.1-0"]),
        ("{'a/b': Scene(), 'SGD: c': Scene(), '../..': Scene(), 'new\\nline': Scene(), 'end. ': Scene()}",
         ["x-a-b", "x-SGD- c", "x--", "x-new-line", "x-end"]),
        ("{'größe': Scene(), '学习率': Scene(), '🎬': Scene(), 'x²': Scene(), '\\u202egpj': Scene()}",
         ["x-größe", "x-学习率", "x-🎬", "x-x2", "x--gpj"]),
        ("{'k' * 150: Scene()}", ["x-" + "k" * 150]),
    ],
)  # fmt: skip
def test_scenes_in_a_list_are_scenes(write, value, names):
    """A list counts from 0, a dict gives its keys, nested ones both; what no file can be called gets a dash."""
    assert list(load(write(HEAD + f"x = {value}\n"))) == names


def test_scenes_in_a_list_are_titled_by_their_place(write):
    """The title is readable: the key as it was written; a list called `scene` stands for the module."""
    text = HEAD + "slow_ones = {'lr: 0.1': Scene(), 2: Scene(title='T')}\nscene = [Scene()]\n"
    scenes = load(write(text, "my_film.py"))
    assert [scene.title for scene in scenes.values()] == ["My film slow ones lr: 0.1", "T", "My film 0"]
    assert list(scenes)[-1] == "scene-0"
    assert scenes["scene-0"].origin.endswith("my_film.py:3")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("{1: Scene(), '1': Scene()}", ["two scenes have the name x-1"]),
        ("{'a/b': Scene(), 'a:b': Scene()}", ["two scenes have the name x-a-b"]),
        ("{'x²': Scene(), 'x2': Scene()}", ["two scenes have the name x-x2"]),
        ("{'a': [Scene()], 'a-0': Scene()}", ["two scenes have the name x-a-0"]),
        ("{'': Scene()}", ["the key ''", "has no character"]),
        ("{' . ': Scene()}", ["the key ' . '", "has no character"]),
        ("{'ü' * 76: Scene()}", ["longer than 150 bytes"]),
        ("{None: Scene()}", ["must be text, a number", "not None"]),
        ("{frozenset(): Scene()}", ["must be text, a number", "not frozenset()"]),
    ],
)
def test_keys_that_name_no_film_are_refused(write, value, words):
    """Keys that collide, are empty or too long are one line with the scene's place."""
    module = write(HEAD + f"x = {value}\n")
    told = failure(module)
    assert told.startswith(f"{module}:2: ") and all(word in told for word in words), told


def test_lists_that_hold_no_scene_are_left_alone(write):
    """Other data, and a list that holds itself, are no scenes and no error; a generator is told how to become one."""
    text = "data = {None: [1, 2], '': 3}\nloop = []\nloop.append(loop)\nscenes = (Scene() for _ in range(3))\n"
    assert list(load(write(HEAD + text + "scene = Scene()\n"))) == ["scene"]
    told = failure(write(HEAD + text))
    assert "no scene found" in told and "scenes (generator)" in told and told.endswith("a list, a tuple or a dict")
    assert "found scenes (list)" in failure(write(HEAD + "scenes = []\n"))


def test_a_scene_counts_once(write):
    """The first name is a scene's; a second one, in a list or beside it, is filmed only where it is named."""
    text = HEAD + "base = Scene(epochs=2)\nx = [base, Scene(epochs=3), base]\nlast = x[1]\nfor s in x: pass\ny = x\n"
    module = write(text)
    assert chosen(module) == [("base", 2), ("x-1", 3)]
    assert chosen(module, "x") == [("x-0", 2), ("x-1", 3), ("x-2", 2)]
    assert chosen(module, "last", "y-0") == [("last", 3), ("y-0", 2)]


def test_a_list_s_name_stands_for_all_in_it(write):
    """`scenes-1` is one of them, `scenes` all, `grid-0` all of a list within."""
    module = write(HEAD + "scenes = [Scene(epochs=1), Scene(epochs=2)]\ngrid = [[Scene(epochs=3)], Scene(epochs=4)]\n")
    assert chosen(module, "scenes-1") == [("scenes-1", 2)]
    assert chosen(module, "grid", "scenes") == [("grid-0-0", 3), ("grid-1", 4), ("scenes-0", 1), ("scenes-1", 2)]
    assert chosen(module, "grid-0") == [("grid-0-0", 3)]
    assert "no scene 'scene-2'; did you mean 'scenes'?" in failure(module, "scene-2")
    assert "no scene 'zzzzz'; choose from scenes-0, scenes-1, grid-0-0, grid-1, scenes" in failure(module, "zzzzz")


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize("name", ["\u00b5_small", "größe", "ﬁt", "x-ﬁt ²"])
def test_names_are_compared_as_python_compares_them(write, name, form):
    """However a keyboard or a shell composes its letters, a name finds what Python made of it."""
    module = write(HEAD + "\u00b5_small = Scene()\ngröße = Scene()\nﬁt = Scene()\nx = {'ﬁt ²': Scene()}\n")
    ((found, _),) = chosen(module, unicodedata.normalize(form, name))
    assert found == unicodedata.normalize("NFKC", name)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("from part import slow", {"slow": [("slow", 5)]}),
        ("from part import slow as late", {"late": [("late", 5)]}),
        ("from part import *", {"fast": [("fast", 7)], "many": [("many-0", 5), ("many-1", 7), ("many-2", 9)]}),
        ("from part import many", {"many-1": [("many-1", 7)]}),
        ("from part import slow\nmine = slow", {"mine": [("mine", 5)]}),
    ],
)
def test_imported_scenes_are_filmed_where_they_are_named(write, text, named):
    """What another module declares is filmed with that module, or where it is named; unasked, one line says so."""
    write(PART, "part.py")
    module = write(text + "\n", "main.py")
    for name, scenes in named.items():
        assert chosen(module, name) == scenes
    first = next(iter(named)).partition("-")[0]
    told = failure(module)
    assert first in told and "(from part); film part.py, or name scenes" in told
    with pytest.raises(SceneError, match="all scenes are imported"):
        load(module)
    if text.endswith("import slow"):
        assert told == f"{module}: all scenes are imported: slow (from part); film part.py, or name scenes"
    assert chosen(write(text + "\n" + HEAD + "own = Scene(epochs=1)\n", "both.py")) == [("own", 1)]


def test_scenes_of_a_folder_beside_are_named_with_it(write):
    """The file to film instead is named as it is seen from the module's folder."""
    write(PART, "lib/part.py")
    told = failure(write("from lib.part import slow, fast\n", "main.py"))
    assert told.endswith("slow, fast (from lib.part); film lib/part.py, or name scenes")


def test_what_is_made_of_imported_scenes_is_the_module_s_own(write):
    """A list that collects imported scenes, and a name that is bound by hand, were made to be filmed."""
    write(PART, "part.py")
    assert chosen(write("from part import slow, fast\nx = [fast, slow]\n", "main.py")) == [("x-0", 7), ("x-1", 5)]
    assert chosen(write("import part\nscene = part.slow\n", "other.py")) == [("scene", 5)]


def test_relative_imports_are_told_to_leave_the_dot(write):
    """A scene module is in no package: one line says what to write."""
    write(PART, "part.py")
    told = failure(write("\nfrom .part import slow\n", "main.py"))
    assert "main.py:2: ImportError" in told and "without the dot" in told


def test_a_wrong_name_names_the_right_one(write):
    """A misspelt scene is one line with the one that was meant."""
    module = write(HEAD + "slow = Scene()\n")
    with pytest.raises(UsageError, match=r"small\.py has no scene 'slwo'; did you mean 'slow'\?"):
        chosen(module, "slwo")


LEAN = "panels=(Panel(loss='MSELoss'),), epochs=1, resolution=3, video=Video(320, 240, 10, 10, 0, 0)"


def test_lists_are_filmed_under_their_names(animgd, write):
    """Every scene of a list and a dict becomes a file; on the command line one or all of a list are named."""
    text = f"x = [Scene({LEAN}) for _ in range(2)]\nby = {{0.5: Scene({LEAN}), 'ü/²': Scene({LEAN})}}\n"
    module = write(HEAD + text, "many.py")
    assert animgd(module, "x-1", unicodedata.normalize("NFD", "by-ü/²"), "-f", "json").made == [
        "many-by-ü-2.json", "many-x-1.json",
    ]  # fmt: skip
    done = animgd(module, "x", "by-0.5", "-f", "png", "--frame", "0")
    assert done.out == [str(done.folder / f"many-{name}-0.png") for name in ("x-0", "x-1", "by-0.5")]
    assert len(animgd(module, "-f", "json").out) == 4


def test_imported_scenes_are_filmed_under_this_module_s_name(animgd, write):
    """A named import makes a film of this module; unasked, there is one line and no film."""
    write(HEAD + f"slow = Scene({LEAN})\n", "part.py")
    module = write("from part import slow\n", "main.py")
    done = animgd(module, "-f", "json")
    assert (done.status, done.out) == (2, [])
    assert done.err == [f"animgd: {module}: all scenes are imported: slow (from part); film part.py, or name scenes"]
    assert animgd(module, "slow", "-f", "json").made == ["main-slow.json"]


@pytest.mark.parametrize(
    "text",
    [f"x = {{'a': Scene({LEAN}), 'A': Scene({LEAN})}}", f"fast = Scene({LEAN})\nFAST = Scene({LEAN})"],
)
def test_films_with_one_name_are_refused(animgd, write, text):
    """Where only the case differs, nothing is filmed: one film would replace another."""
    done = animgd(write(HEAD + text + "\n"), "-f", "json")
    assert (done.status, done.made, len(done.err)) == (2, [], 1)
    assert "two scenes would be written to" in done.err[0]


def test_a_film_and_a_folder_with_one_name_are_refused(animgd, write):
    """The pictures of a.mp4.py would lie where the film of a.py does; other formats of the two do not meet."""
    modules = [write(HEAD + f"scene = Scene({LEAN})\n", name=name) for name in ("a.py", "a.mp4.py")]
    done = animgd(*modules, "-f", "mp4,png")
    assert (done.status, done.made, len(done.err)) == (2, [], 1)
    assert "a.mp4" in done.err[0]
    assert animgd(*modules, "-f", "json,png", "--dry-run").status == 0
