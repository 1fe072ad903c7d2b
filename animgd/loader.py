"""A path -> its scenes, with errors that point at the line."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import importlib
import os
import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import animgd
from animgd.errors import SceneError, did_you_mean
from animgd.guard import PATIENCE, Late, Left, guarded
from animgd.scene import Scene


def load(path: str | os.PathLike[str], seconds: float = PATIENCE) -> dict[str, Scene]:
    """Run a scene module and return its scenes by name, titles filled in.

    A scene is a program: it runs with your permissions.
    Units: `seconds` that the module may take, where it is loaded in the main thread.
    Raises: SceneError, with the file and line.
    """
    file = Path(path)
    source = _read(file)
    code = _compile(source, file)
    module = ModuleType(f"animgd_scene_{file.stem}")
    module.__file__ = str(file)
    with _forgotten_neighbours(file.parent.resolve()):
        _run(code, module, file, seconds)
        found = dict(_scenes(module, source))
        if not found:
            raise SceneError(_nothing(module, source), str(file))
    return {name: _titled(scene, file.stem, name) for name, scene in found.items()}


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise SceneError("there is no such scene module", str(file)) from None
    except (OSError, ValueError) as error:
        raise SceneError(f"cannot read it: {getattr(error, 'strerror', None) or error}", str(file)) from None


def _compile(source: bytes, file: Path) -> CodeType:
    # Compiled here, not imported: a module edited within the same second would keep its stale bytecode.
    try:
        return compile(source, str(file), "exec", dont_inherit=True)
    except SyntaxError as error:
        where = f"{file}:{error.lineno}" if error.lineno else str(file)
        raise SceneError(f"{type(error).__name__}: {error.msg}", where) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise SceneError(f"{type(error).__name__}: {_line(error)}", str(file)) from error


def _run(code: CodeType, module: ModuleType, file: Path, seconds: float) -> None:
    sys.modules[module.__name__] = module
    try:
        with guarded(seconds):
            sys.path.append(str(file.parent.resolve()))  # last, so that a neighbour called random.py breaks nothing
            exec(code, module.__dict__)
    except SceneError as error:
        raise SceneError(error.args[0], error.origin or _where(error, file)) from error
    except SystemExit as error:
        how = "os._exit" if isinstance(error, Left) else "SystemExit"
        raise SceneError(f"the scene module stops Python ({how}) instead of ending", _where(error, file)) from error
    except Late as late:
        raise SceneError(overdue(seconds), _where(late, file)) from late
    except Exception as error:
        raise SceneError(_explained(error), _where(error, file)) from error
    finally:
        sys.modules.pop(module.__name__, None)


def overdue(seconds: float) -> str:
    """What is said of a module that does not come to its end."""
    return f"the scene module still ran after {seconds:g} s and was stopped; --scene-timeout gives it more"


@contextlib.contextmanager
def _forgotten_neighbours(folder: Path) -> Iterator[None]:
    """Modules that came from the folder are read again next time: they may be edited, or another folder's namesakes."""
    before = set(sys.modules)
    try:
        yield
    finally:
        for name in set(sys.modules) - before:
            top = name.partition(".")[0]
            if top not in before and {folder / f"{top}.py", folder / top} & _places(sys.modules.get(top)):
                del sys.modules[name]
        importlib.invalidate_caches()


def _places(module: ModuleType | None) -> set[Path]:
    return {Path(place) for place in (getattr(module, "__file__", None), *getattr(module, "__path__", ())) if place}


def _where(error: BaseException, file: Path) -> str:
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == str(file)]
    return f"{file}:{lines[-1]}" if lines else str(file)


def _line(error: BaseException) -> str:
    """The first line of an error's text, with nothing in it that a terminal would obey."""
    first = (str(error).strip().splitlines() or ["(no message)"])[0]
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in first)[:300]


def _explained(error: Exception) -> str:
    """An error of the scene's code in one line; a misspelt field names the one that was meant."""
    text = _line(error)
    misspelt = re.fullmatch(r"(\w+)\.__init__\(\) got an unexpected keyword argument '(\w+)'.*", text)
    kind = getattr(animgd, misspelt[1], None) if misspelt and misspelt[1] in animgd.__all__ else None
    if misspelt and isinstance(kind, type):
        fields = [field.name for field in dataclasses.fields(kind)]
        return f"{misspelt[1]} has no field {misspelt[2]!r}; {did_you_mean(misspelt[2], fields)}"
    return f"{type(error).__name__}: {text}"


def _scenes(module: ModuleType, source: bytes) -> Iterator[tuple[str, Scene]]:
    seen = {id(value) for value in _imported(source).values()}
    for name, value in list(vars(module).items()):
        if isinstance(value, Scene) and id(value) not in seen:
            seen.add(id(value))  # a second name for the same scene is not a second scene
            yield name, value


def _imported(source: bytes) -> dict[str, Any]:
    """What the module's import statements brought in; it may have bound the names to something else since."""
    found: dict[str, Any] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module in sys.modules:
            theirs = sys.modules[node.module]
            public = getattr(theirs, "__all__", vars(theirs))
            names = [(name, name) for name in public] if node.names[0].name == "*" else [
                (alias.name, alias.asname or alias.name) for alias in node.names]  # fmt: skip
            found |= {here: getattr(theirs, there) for there, here in names if hasattr(theirs, there)}
    return found


def _nothing(module: ModuleType, source: bytes) -> str:
    imported = _imported(source)
    own = [(name, value) for name, value in vars(module).items() if imported.get(name, module) is not value]
    found = [f"{name} ({_kind(value)})" for name, value in own if not _is_furniture(name, value)]
    seen = ", ".join(found[:6]) + (", ..." if len(found) > 6 else "") if found else "no name at all"
    return f"no scene here: looked for a module-level name bound to a Scene, found {seen}"


def _kind(value: object) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__


def _is_furniture(name: str, value: Any) -> bool:
    return name.startswith("__") or isinstance(value, ModuleType)


def _titled(scene: Scene, module: str, name: str) -> Scene:
    if scene.title is not None:
        return scene
    words = [module] if name == "scene" else [module, name]
    title = " ".join(words).replace("_", " ").strip()
    titled = dataclasses.replace(scene, title=title[:1].upper() + title[1:])
    object.__setattr__(titled, "origin", scene.origin)
    return titled
