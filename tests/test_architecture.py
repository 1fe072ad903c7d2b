"""The architecture: which package imports which, where heavy libraries live, and how large files may become."""

from __future__ import annotations

import ast
import json
import statistics
from graphlib import TopologicalSorter

import pytest
from conftest import ROOT

PACKAGE = ROOT / "animgd"
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}
ANY = {"errors", "frame", "system", "_version"}  # single files that import nothing of ours
MAY_IMPORT = {  # package: the others that it may import, from low to high
    "encoders": set(),
    "scene": set(),
    "recording": {"scene"},
    "training": {"scene", "recording"},
    "graphics": {"scene"},
    "layout": {"graphics", "recording", "scene"},
    "drawing": {"layout", "graphics", "recording", "scene"},
    "processes": set(),
    "output": {"drawing", "encoders", "layout", "graphics", "processes", "training", "recording", "scene"},
    "cli": {"output", "processes", "drawing", "encoders", "training", "recording", "scene"},
    "notebook": {"output", "encoders", "scene"},
    "api": {"notebook", "output", "drawing", "encoders", "recording", "scene"},
}
MAY_BE_IMPORTED_BY = {  # library: the packages that may import it
    "torch": {"training"},
    "matplotlib": {"graphics", "drawing"},
    "contourpy": {"drawing", "training"},
    "PIL": {"encoders"},
    "imageio": {"encoders"},
    "imageio_ffmpeg": {"encoders"},
    "platformdirs": {"recording"},
    "tqdm": {"cli", "notebook"},
    "subprocess": {"encoders", "training"},
}
LIGHT = {
    "animgd.training",
    "animgd.training.author",
    "animgd.training.dynamo_stub",
    "animgd.training.earlier",
}  # of training, without torch
MOST_FILES, MOST_LINES, LONGEST_FUNCTION, MEDIAN_FUNCTION = 12, 350, 60, 8


def package(module: str) -> str:
    """The entry at the top of animgd/ that a module belongs to."""
    return [*module.split("."), ""][1]


def imports(module: str, everywhere: bool = True) -> set[str]:
    """What a module imports, at module level or everywhere; what only types need does not count."""
    found: set[str] = set()
    pending: list[ast.AST] = [ast.parse(MODULES[module].read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            pending += node.orelse
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports name their module in full"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name for name in inner if name in MODULES} or {str(node.module)}
        if everywhere or not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            pending += ast.iter_child_nodes(node)
    return found


@pytest.mark.parametrize("name", [*MAY_IMPORT, *ANY])
def test_imports_go_one_way(name):
    """A package imports, even late, only those that the table names."""
    for module in MODULES:
        if package(module) == name:
            others = {package(found) for found in imports(module) & set(MODULES)} - {name}
            assert others <= (MAY_IMPORT[name] | ANY if name in MAY_IMPORT else set()), module


def test_the_table_has_no_circle():
    """Packages can be read in one order, and so can the modules of each."""
    list(TopologicalSorter(MAY_IMPORT).static_order())
    graph = {module: imports(module) & set(MODULES) - {"animgd", module} for module in MODULES}
    list(TopologicalSorter(graph).static_order())
    assert {package(module) for module in MODULES} == {*MAY_IMPORT, *ANY, "__main__", ""}


@pytest.mark.parametrize("library", MAY_BE_IMPORTED_BY)
def test_heavy_libraries_have_few_homes(library):
    """Each heavy library is imported by the packages that the table gives it, and by no other."""
    users = {module for module in MODULES if any(name.split(".")[0] == library for name in imports(module))}
    assert not {module for module in users if package(module) not in MAY_BE_IMPORTED_BY[library]}


def test_torch_is_imported_late():
    """No module outside of training imports one with torch at module level: a cached recording needs no torch."""
    heavy = {module for module in MODULES if package(module) == "training"} - LIGHT
    for module in set(MODULES) - heavy:
        assert not imports(module, everywhere=False) & heavy, module


def calls(module: str, *names: str) -> list[str]:
    """Where a module calls one of these."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [f"{module}:{node.lineno}" for node in found if ast.unparse(node.func).split("(")[-1].endswith(names)]


def test_only_the_command_line_prints():
    """One module writes to the terminal: elsewhere, what is to be said is returned, raised, or told to the progress."""
    words = ("print", "warnings.warn", "sys.stdout.write", "sys.stderr.write")
    assert [place for module in MODULES for place in calls(module, *words)] == []
    users = {module for module in MODULES if "animgd.cli.console" in imports(module)}
    assert users == {"animgd.cli.parser", "animgd.cli.main", "animgd.__main__"}


def test_drawing_opens_no_files():
    """What draws knows neither paths nor files; `graphics.fonts` finds those of fonts."""
    opening = ("open", ".read_bytes", ".read_text", ".write_bytes", ".write_text", "np.load", "np.save", "savefig")
    drawing = {module for module in MODULES if package(module) in ("graphics", "layout", "drawing")}
    for module in drawing - {"animgd.graphics.fonts", "animgd.graphics.theme"}:
        assert calls(module, *opening) == []
        assert not imports(module) & {"os", "pathlib", "io", "shutil", "tempfile"}, module


def test_no_pickle_anywhere():
    """A scene or a kept recording from elsewhere cannot run code by being read."""
    for module in MODULES:
        assert not {name.split(".")[0] for name in imports(module)} & {"pickle", "marshal", "shelve", "dill", "joblib"}
        assert calls(module, "torch.load") == []


def test_files_and_folders_stay_small():
    """A module that outgrows its lines is two modules, and a folder that outgrows its files two folders."""
    lines = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in MODULES.items()}
    assert {module: count for module, count in lines.items() if count > MOST_LINES} == {}
    folders = [path.parent for path in MODULES.values() if path.parent != PACKAGE]
    assert {folder.name: folders.count(folder) for folder in folders if folders.count(folder) > MOST_FILES} == {}


def test_functions_stay_short():
    """A long function is several."""
    sizes = {}
    for module, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                sizes[module, node.name, node.lineno] = (node.end_lineno or 0) - node.lineno + 1
    assert [where for where, size in sizes.items() if size > LONGEST_FUNCTION] == []
    assert statistics.median(sizes.values()) <= MEDIAN_FUNCTION


HEAVY = ("numpy", "torch", "matplotlib", "PIL", "imageio_ffmpeg", "imageio", "platformdirs", "tqdm")
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
        ("from animgd.cli.main import main; status = main(['--version'])", 0),
        ("from animgd.cli.main import main; status = main([])", 2),
        ("from animgd.cli.main import main; status = main(['--sice', '3', 'a.py'])", 2),
        ("""
try:
    import runpy; sys.argv = ['animgd', '--help']; runpy.run_module('animgd', run_name='__main__')
except SystemExit as error:
    status = error.code""", 0),
    ],
)  # fmt: skip
def test_what_needs_nothing_heavy_imports_nothing_heavy(python, doing, status):
    """Importing animgd, declaring a scene, --help, --version and usage errors take milliseconds: no heavy library."""
    done = python("-c", ASK.format(doing, ", ".join(map(repr, HEAVY)), "status"))
    assert json.loads(done.stdout.splitlines()[-1]) == [[], status], done.stderr


def test_a_kept_recording_needs_no_torch(animgd, write, python, tmp_path):
    """A change of look, size or format of a scene that is kept trains nothing and imports no torch."""
    module = write()
    assert animgd(module, "-f", "json").status == 0
    options = ["-o", str(tmp_path / "again"), "--theme", "dark", "--size", "400x300", "-f", "gif", str(module)]
    text = f"""
from animgd.cli.main import main
from animgd.output.recorder.base import Here
Here.begin = None
status = main({options!r})"""
    done = python("-c", ASK.format(text, "'torch'", "status"))
    assert json.loads(done.stdout.splitlines()[-1]) == [[], 0], done.stderr
    assert [path.name for path in (tmp_path / "again").iterdir()] == ["small.gif"]
