"""Loading scene modules: which names are scenes, and errors that point at the line."""

from __future__ import annotations

import os
import sys

import pytest

import animgd
from animgd.errors import SceneError
from animgd.scene.module.loader import load

HEAD = "from animgd import *\n"


def failure(path) -> str:
    """The one line that loading a bad module gives."""
    with pytest.raises(SceneError) as caught:
        load(path)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{path.parent}{os.sep}")


def test_every_scene_of_a_module_is_found_by_its_name(write):
    """All module-level scenes count, in their order; their titles say module and name where none is given."""
    module = write(
        HEAD + "fast = Scene(optimizer=SGD(1.0))\nscene = Scene()\nnamed = Scene(title='T')\nx = [3]\n",
        "my_film.py",
    )
    scenes = load(module)
    assert {name: scene.title for name, scene in scenes.items()} == {
        "fast": "My film fast", "scene": "My film", "named": "T",
    }  # fmt: skip
    assert scenes["fast"].origin == f"{module}:2"


def test_a_second_name_is_no_second_scene(write):
    """A second name for the same scene is not filmed twice; an equal scene made again is another scene."""
    assert list(load(write(HEAD + "a = Scene()\nb = a\nc = Scene()\n"))) == ["a", "c"]


@pytest.mark.parametrize(
    "statement", ["from base import scene", "from base import scene as other", "from base import *", "import base"]
)
def test_imported_scenes_do_not_count(write, statement):
    """A scene that another module declares is filmed with that module only."""
    write(HEAD + "scene = Scene(title='base')\n", "base.py")
    module = write(HEAD + statement + "\nmine = Scene()\n", "film.py")
    assert list(load(module)) == ["mine"]


def test_a_name_that_was_imported_may_be_bound_anew(write):
    """Changing an imported scene under its own name makes a scene of this module."""
    write(HEAD + "scene = Scene(title='base')\n", "base.py")
    text = "from dataclasses import replace\nfrom base import scene\nscene = replace(scene, epochs=7)\n"
    assert {name: scene.epochs for name, scene in load(write(text, "film.py")).items()} == {"scene": 7}


def test_neighbours_are_read_again(write):
    """A neighbour that was edited, or a namesake in another folder, is not mistaken for the one loaded before."""
    text = HEAD + "from steps import number\nscene = Scene(epochs=number)\n"
    write("number = 5\n", "one/steps.py")
    write("number = 6\n", "two/steps.py")
    one, two = write(text, "one/film.py"), write(text, "two/film.py")
    assert load(one)["scene"].epochs == 5
    assert load(two)["scene"].epochs == 6
    write("number = 7\n", "one/steps.py")
    assert load(one)["scene"].epochs == 7
    assert load(two)["scene"].epochs == 6


@pytest.mark.parametrize("name", ["random.py", "torch.py", "numpy.py", "animgd.py", "scene.py", "json.py"])
def test_a_scene_may_have_the_name_of_a_library(write, name):
    """A module called torch.py neither breaks imports nor is imported instead."""
    before = sys.modules.get(name.removesuffix(".py"))
    module = write(HEAD + "import random, json, fractions\nscene = Scene(epochs=random.randint(3, 3))\n", name)
    assert load(module)["scene"].epochs == 3
    assert sys.modules.get(name.removesuffix(".py")) is before


def test_a_scene_that_is_called_like_a_module_does_not_replace_it(write, monkeypatch):
    """A library that is imported for the first time is the library, not the scene beside it."""
    monkeypatch.delitem(sys.modules, "wave", raising=False)
    module = write(HEAD + "import wave\nassert wave.open\nscene = Scene()\n", "wave.py")
    assert list(load(module)) == ["scene"]


def test_an_edit_within_the_same_second_counts(write, monkeypatch):
    """Stale bytecode is never run, and none is written."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    module = write(HEAD + "scene = Scene(epochs=1)\n")
    stamp = module.stat().st_mtime_ns
    assert load(module)["scene"].epochs == 1
    write(HEAD + "scene = Scene(epochs=2)\n")
    os.utime(module, ns=(stamp, stamp))
    assert load(module)["scene"].epochs == 2
    write("", "neighbour.py")
    write(HEAD + "import neighbour\nscene = Scene()\n")
    load(module)
    assert not list(module.parent.rglob("__pycache__"))


def test_a_module_runs_once_and_not_as_main(write):
    """Loading executes a module once, with a name of its own and its own path in __file__."""
    text = HEAD + "import os, sys\nassert __name__ != '__main__' and sys.modules[__name__].__file__ == __file__\n"
    module = write(text + "with open(__file__ + '.log', 'a') as log: log.write('x')\nscene = Scene()\n")
    load(module)
    assert module.with_name("small.py.log").read_text() == "x"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("scene = Scene(\n", "small.py:1: SyntaxError: '(' was never closed"),
        ("x = 1\nscene = = 2\n", "small.py:2: SyntaxError: invalid syntax"),
        ("if 1:\nx = 1\n", "small.py:2: IndentationError: "),
        ("x = 1\0\n", "small.py: "),
        ("", "no scene found: expected a module-level name bound to a Scene, found no names"),
        ("import os\nlr = 0.1\ndef make(): pass\n", "found lr (float), make (function)"),
        (HEAD + "scene = Scene\n", "found scene (the class Scene)"),
        (HEAD + "scenes = [SGD(0.1)]\n", "found scenes (list)"),
        (HEAD + "\nscene = Scene(titel='x')\n", "small.py:3: Scene has no field 'titel'; did you mean 'title'?"),
        (
            HEAD + "scene = Scene(optimizer=SGD(lr=0.1, momentun=0.9))\n",
            "SGD has no field 'momentun'; did you mean 'momentum'?",
        ),
        (HEAD + "scene = Scene(video=Video(widht=9))\n", "Video has no field 'widht'; did you mean 'width'?"),
        (HEAD + "scene = Scene(qqq=1)\n", "Scene has no field 'qqq'; choose from title, optimizer"),
        (HEAD + "\n\nscene = Scene(\n    epochs=0)\n", "small.py:4: Scene: epochs must be a whole number"),
        (HEAD + "scene = SGD()\n", "small.py:2: SGD: missing a required argument: 'lr'; write SGD(lr=0.1)"),
        (HEAD + "import math\nmath.sin()\n", "small.py:3: TypeError: math.sin"),
        ("x = Adam(lr=0.1)\n", "small.py:1: NameError: name 'Adam' is not defined; write from animgd import Adam"),
        (HEAD + "x = rmsprop(lr=0.1)\n", "; did you mean 'RMSprop'?"),
        (HEAD + "x = SDG(lr=0.1)\n", "small.py:2: NameError: name 'SDG' is not defined; did you mean 'SGD'?"),
        (HEAD + "steps = 3\nx = stesp\n", "small.py:3: NameError: name 'stesp' is not defined; did you mean 'steps'?"),
        ("scene = Scene()\n", "small.py:1: NameError: name 'Scene' is not defined; write from animgd import Scene"),
        ("from animgd import Adan\n", "ImportError: cannot import name 'Adan' from 'animgd'; did you mean 'Adam'?"),
        ("import animgd\nanimgd.adamW(lr=1)\n", "small.py:2: AttributeError: animgd has no 'adamW'; did you mean"),
        ("from torch.optim import Adam\nAdam(lr=1)\n", "; write Optimizer(Adam, lr=0.1)"),
        (HEAD + "def f():\n    raise ValueError('two\\nlines')\nf()\n", "small.py:3: ValueError: two"),
        ("import sys\nsys.exit(3)\n", "small.py:2: the scene module called sys.exit()"),
        ("from animgd import Scen\n", "small.py:1: ImportError: cannot import name 'Scen'"),
        ("import nowhere_to_be_found\n", "small.py:1: ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
        ("raise ValueError('\\x1b[31mred')\n", r"ValueError: \x1b[31mred"),
        ("raise ValueError\n", "ValueError: (no message)"),
        ("def f(): f()\nf()\n", "RecursionError"),
    ],
)
def test_bad_modules_are_one_line_with_the_place(write, text, wanted):
    """Whatever is wrong with a module, one line says where and what."""
    assert wanted in failure(write(text))


@pytest.mark.parametrize("name", ["whatever", "doc", "x1"])
def test_a_name_that_nothing_is_near_gets_no_hint(write, name):
    """A hint that is far off would lead astray; what Python itself puts into a module is none."""
    assert failure(write(HEAD + f"print({name})\n")).endswith(f"NameError: name '{name}' is not defined")


def test_the_line_of_a_neighbour_is_named(write):
    """What goes wrong in a module beside the scene is told with that module's line, not the import's."""
    write("import json\n\njson.loads('{')\n", "part.py")
    assert failure(write(HEAD + "import part\n")).startswith("part.py:3: JSONDecodeError: ")
    write(HEAD + "\nlr = SGD(lr=0)\n", "part.py")
    assert failure(write(HEAD + "import part\n")).startswith("part.py:3: SGD: lr must be")


def test_names_that_do_not_exist_are_explained_in_python_too():
    """`from animgd import Adan` says what was meant; asking whether there is one is no error."""
    with pytest.raises(ImportError, match=r"'Adan' from 'animgd'; did you mean 'Adam'"):
        exec("from animgd import Adan")
    with pytest.raises(ImportError, match="did you mean 'SGD'"):
        exec("from animgd import Scene, SDG")
    with pytest.raises(ImportError, match="'quux'"):
        exec("from animgd import quux")
    with pytest.raises(AttributeError, match="did you mean 'RMSprop'"):
        animgd.RMSProp  # noqa: B018
    assert not hasattr(animgd, "Adan")
    exec("from animgd import scene")


def test_files_that_cannot_be_read_are_named(tmp_path):
    """A missing module, and a folder of that name, are errors that name the path."""
    assert failure(tmp_path / "gone.py") == "gone.py: scene module not found"
    (tmp_path / "folder.py").mkdir()
    assert failure(tmp_path / "folder.py").startswith("folder.py: cannot read it: ")
    (tmp_path / "latin.py").write_bytes(b"x = '\xe9'\n")
    assert "SyntaxError" in failure(tmp_path / "latin.py")


def test_the_public_names_are_the_contract_s():
    """`from animgd import ...` offers the declarations and the three functions, and nothing misspelt."""
    declarations = {"SGD", "Function", "Loss", "Optimizer", "Panel", "Point", "Problem", "Run", "Scene"}
    wanted = declarations | {"Style", "Video", "Window", "load", "record", "render"}
    assert wanted <= set(animgd.__all__) <= set(dir(animgd))
    assert all(getattr(animgd, name) for name in wanted)
    with pytest.raises(AttributeError, match="'Scen'"):
        animgd.Scen  # noqa: B018
