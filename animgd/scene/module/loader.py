"""Load the scenes of a module, with errors that name file and line."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, ModuleType

from animgd.errors import RenderError, SceneError, shortage, told
from animgd.scene.module import limits
from animgd.scene.module.author_errors import explained, inside, is_library, one_line
from animgd.scene.module.catalog import Catalog, catalog
from animgd.scene.scene import Scene


def load(path: str | os.PathLike[str]) -> dict[str, Scene]:
    """Run a scene module in this process and return its scenes by name, titles filled in.

    Lectures are left out. A scene is a program: it runs with your permissions, and what it changes stays changed.
    Modules that it imports from its folder are imported anew.
    Raises: SceneError, with the file and line; RenderError, if a library cannot be loaded.
    """
    found = read(path)
    return found.own if found.lectures else found.unnamed()


def read(path: str | os.PathLike[str]) -> Catalog:
    """Run a scene module and return all its scenes. Raises: SceneError, RenderError."""
    file = Path(path)
    source = _read(file)
    code = _compile(source, file)
    module = ModuleType(f"animgd_scene_{file.stem}")
    module.__file__ = str(file)
    module.__package__, root = _package(file.resolve())
    sys.modules[module.__name__] = module
    with _fresh_imports(root), _blaming(module, file):
        _add_to_path(str(file.parent.resolve()), str(root))
        exec(code, module.__dict__)
        return catalog(module, source)


_imported: set[str] = set()  # names of modules in the folders of scene modules
_added: list[str] = []  # these folders, as they are on sys.path


@contextlib.contextmanager
def _fresh_imports(folder: Path) -> Iterator[None]:
    """Forget modules of earlier folders: they may have been edited, and another folder may have the same names.

    No bytecode is written: it would be stale if a file is edited twice within a second.
    """
    for name in _imported:
        sys.modules.pop(name, None)
    importlib.invalidate_caches()
    before, bytecode, sys.dont_write_bytecode = set(sys.modules), sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = bytecode
        new = {name: getattr(sys.modules[name], "__file__", None) or "" for name in set(sys.modules) - before}
        _imported.update(name for name, file in new.items() if folder in Path(file).parents and not is_library(file))


def _add_to_path(*folders: str) -> None:
    """Add folders behind those of libraries, so that a random.py in them hides none, and before those added earlier."""
    sys.path[:] = [each for each in sys.path if each not in _added]
    _added[:] = [each for each in dict.fromkeys([*folders, *_added]) if each not in sys.path]
    sys.path += _added


def _package(file: Path) -> tuple[str, Path]:
    """The package that a file belongs to, for its relative imports, and the folder from which it is imported."""
    names: list[str] = []
    folder = file.parent
    while (folder / "__init__.py").is_file() and folder.name.isidentifier():
        names, folder = [folder.name, *names], folder.parent
    return ".".join(names), folder


@contextlib.contextmanager
def _blaming(module: ModuleType, file: Path) -> Iterator[None]:
    """Any error of a module's code as a SceneError with its line."""
    try:
        yield
    except SceneError as error:
        raise SceneError(error.args[0], error.origin or _where(error, file)) from error
    except SystemExit as error:
        call = "os._exit()" if isinstance(error, limits.Left) else "sys.exit()"
        raise SceneError(f"the scene module called {call}", _where(error, file)) from error
    except Exception as error:
        if isinstance(error, ImportError) and (limit := shortage(error)):  # a library is not the scene's
            raise RenderError(limit) from error
        raise SceneError(explained(error, list(vars(module))), _where(error, file)) from error


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise SceneError("scene module not found", str(file)) from None
    except (OSError, ValueError) as error:
        raise SceneError(f"cannot read it: {told(error)}", str(file)) from None


def _compile(source: bytes, file: Path) -> CodeType:
    # Not imported: a module that was edited twice within a second would run from stale bytecode.
    try:
        return compile(source, str(file), "exec", dont_inherit=True)
    except SyntaxError as error:
        where = f"{file}:{error.lineno}" if error.lineno else str(file)
        raise SceneError(f"{type(error).__name__}: {error.msg}", where) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise SceneError(f"{type(error).__name__}: {one_line(error)}", str(file)) from error


def _where(error: BaseException, file: Path) -> str:
    """The line of the author's code, in this module or in one that it imports."""
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == str(file)]
    return inside(error) or (f"{file}:{lines[-1]}" if lines else str(file))
