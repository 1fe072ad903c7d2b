"""The rules of the house: imports go one way, heavy libraries stay in their rooms, only the command line prints."""

from __future__ import annotations

import ast
import json
from graphlib import TopologicalSorter

import pytest
from conftest import ROOT

HOUSE = ROOT / "animgd"
ROOMS = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in HOUSE.rglob("*.py")
}
TRAINING = {
    f"animgd.{name}"
    for name in ("answer", "batching", "cuts", "examination", "factory", "follow", "landscape", "lowest", "marks",
                 "minimum", "objective",
                 "problem", "recording", "seeding", "slope", "trajectory")
}  # fmt: skip
HEAVY = {  # library: rooms that may import it
    "torch": TRAINING - {"animgd.recording"},
    "matplotlib": {"animgd.fonts", "animgd.mathematics", "animgd.theme", "animgd.backdrop"},
    "contourpy": {"animgd.backdrop"},
    "PIL": {"animgd.encoders.*"},
    "imageio_ffmpeg": {"animgd.encoders.*"},
    "imageio": set(),
    "subprocess": {"animgd.encoders.*", "animgd.trainer"},
}
STILL = ("stage", "canvas", "ink", "track", "timeline", "document", "signs", "numeral", "scale", "lettering",
         "mathematics")  # fmt: skip
DRAWING = {room for room in ROOMS if room.split(".")[1:2] in (["overlays"], ["layout"])} | {
    f"animgd.{name}" for name in STILL
}


def imports(room: str, everywhere: bool = True) -> set[str]:
    """What a room imports, at module level or everywhere; what only types need does not count."""
    found: set[str] = set()
    pending: list[ast.AST] = [ast.parse(ROOMS[room].read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            pending += node.orelse
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports name their room in full"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name for name in inner if name in ROOMS} or {str(node.module)}
        if everywhere or not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            pending += ast.iter_child_nodes(node)
    return found


def allowed(room: str, rooms: set[str]) -> bool:
    """Whether a room is one of these; "animgd.encoders.*" is all in that package."""
    return room in rooms or any(name.endswith(".*") and room.startswith(name[:-1]) for name in rooms)


def test_imports_go_one_way():
    """No room imports, even late, one that imports it: the rooms can be read in one order."""
    graph = {room: imports(room) & set(ROOMS) - {"animgd", room} for room in ROOMS}
    order = list(TopologicalSorter(graph).static_order())  # fails on a circle, and names it
    below: dict[str, set[str]] = {}
    for room in order:
        below[room] = graph[room].union(*(below[other] for other in graph[room]))
    computing, drawing, conducting = TRAINING, {"animgd.stage", "animgd.backdrop"}, {"animgd.film", "animgd.cli"}
    assert not below["animgd.scene"] & {*computing, *drawing, *conducting, "animgd.timeline", "animgd.loader"}
    assert not below["animgd.recording"] & {*drawing, *conducting, "animgd.timeline"}
    assert not below["animgd.stage"] & {*computing, *conducting}
    assert {"animgd.scene", "animgd.records", "animgd.timeline", "animgd.frames"} <= below["animgd.stage"]
    assert {"animgd.stage", "animgd.recording", "animgd.encoders"} <= below["animgd.cli"]


@pytest.mark.parametrize("library", HEAVY)
def test_heavy_libraries_stay_in_their_rooms(library):
    """Each heavy library is imported by the rooms that the design gives it, and by no other."""
    users = {room for room in ROOMS if any(name.split(".")[0] == library for name in imports(room))}
    assert not {room for room in users if not allowed(room, HEAVY[library])}


def test_rooms_with_torch_are_entered_late():
    """Nobody outside the training rooms imports one of them at module level: a kept recording needs no torch."""
    for room in set(ROOMS) - TRAINING:
        assert not imports(room, everywhere=False) & TRAINING, room


def test_encoders_and_drawing_do_not_know_each_other():
    """Encoders see frames only; no room that draws knows encoders or files."""
    ours = {room for room in ROOMS if room.startswith("animgd.encoders")}
    for room in ours:
        known = {name for name in imports(room) if name.startswith("animgd.")} - ours
        assert known <= {"animgd.errors", "animgd.frames"}, room
    for room in DRAWING:
        assert not imports(room) & ours, room


def calls(room: str, *names: str) -> list[str]:
    """Where a room calls one of these."""
    tree = ast.parse(ROOMS[room].read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [f"{room}:{node.lineno}" for node in found if ast.unparse(node.func).split("(")[-1].endswith(names)]


def test_only_the_command_line_prints():
    """One room writes to the terminal: elsewhere, what is to be said is returned, raised, or told to the progress."""
    words = ("print", "warnings.warn", "sys.stdout.write", "sys.stderr.write")
    assert [place for room in ROOMS for place in calls(room, *words)] == []
    users = {room for room in ROOMS if "animgd.streams" in imports(room)}
    assert users == {"animgd.usage", "animgd.cli", "animgd.__main__"}


def test_the_stage_opens_no_files():
    """What draws knows neither paths nor files; `fonts` finds those of fonts, and nothing else does."""
    opening = ("open", ".read_bytes", ".read_text", ".write_bytes", ".write_text", "np.load", "np.save", "savefig")
    for room in DRAWING:
        assert calls(room, *opening) == []
        assert not imports(room) & {"os", "pathlib", "io", "shutil", "tempfile"}, room


def test_no_pickle_anywhere():
    """A scene or a kept recording from elsewhere cannot run code by being read."""
    for room in ROOMS:
        assert not {name.split(".")[0] for name in imports(room)} & {"pickle", "marshal", "shelve", "dill", "joblib"}
        assert calls(room, "torch.load") == []


def test_rooms_stay_small():
    """A room that outgrows 350 lines is two rooms."""
    lines = {room: len(path.read_text(encoding="utf-8").splitlines()) for room, path in ROOMS.items()}
    assert {room: count for room, count in lines.items() if count > 350} == {}


LIGHT = ("numpy", "torch", "matplotlib", "PIL", "imageio_ffmpeg", "imageio")
ASK = """
import json, sys
{}
print(json.dumps([sorted(set(sys.modules) & {{{}}}), {}]))
"""


@pytest.mark.parametrize(
    ("doing", "status"),
    [
        ("import animgd; status = 0", 0),
        ("from animgd import SGD, Scene, Video, Style, load; Scene(optimizer=SGD(0.1)); status = 0", 0),
        ("from animgd.cli import main; status = main(['--version'])", 0),
        ("from animgd.cli import main; status = main([])", 2),
        ("from animgd.cli import main; status = main(['--sice', '3', 'a.py'])", 2),
        ("""
try:
    import runpy; sys.argv = ['animgd', '--help']; runpy.run_module('animgd', run_name='__main__')
except SystemExit as error:
    status = error.code""", 0),
    ],
)  # fmt: skip
def test_what_needs_nothing_heavy_imports_nothing_heavy(python, doing, status):
    """Importing animgd, declaring a scene, --help, --version and usage errors take milliseconds: no heavy library."""
    done = python("-c", ASK.format(doing, ", ".join(map(repr, LIGHT)), "status"))
    assert json.loads(done.stdout.splitlines()[-1]) == [[], status], done.stderr


def test_a_kept_recording_needs_no_torch(animgd, write, python, tmp_path):
    """A change of look, size or format of a scene that is kept trains nothing and imports no torch."""
    module = write()
    assert animgd(module, "-f", "json").status == 0
    options = ["-o", str(tmp_path / "again"), "--theme", "dark", "--size", "400x300", "-f", "gif", str(module)]
    text = f"""
from animgd.cli import main
from animgd.trainer import Trainer
Trainer.begin = None
status = main({options!r})"""
    done = python("-c", ASK.format(text, "'torch'", "status"))
    assert json.loads(done.stdout.splitlines()[-1]) == [[], 0], done.stderr
    assert [path.name for path in (tmp_path / "again").iterdir()] == ["small.gif"]
