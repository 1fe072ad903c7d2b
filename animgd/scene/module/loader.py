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

from animgd.errors import SceneError
from animgd.scene.module import limits
from animgd.scene.module.author_errors import explained, first_line, inside
from animgd.scene.module.catalog import Catalog, catalog
from animgd.scene.module.isolation import PATIENCE, Late, Left, guarded
from animgd.scene.scene import Scene


def load(path: str | os.PathLike[str], seconds: float = PATIENCE) -> dict[str, Scene]:
    """Run a scene module and return its scenes by name, titles filled in.

    A scene is a program: it runs with your permissions.
    Units: `seconds` after which the module is stopped, if it is loaded in the main thread.
    Raises: SceneError, with the file and line.
    """
    return read(path, seconds).unnamed()


def read(path: str | os.PathLike[str], seconds: float | None = PATIENCE) -> Catalog:
    """Run a scene module and return all its scenes; without a limit, all that it changes stays. Raises: as `load`."""
    file = Path(path)
    source = _read(file)
    code = _compile(source, file)
    module = ModuleType(f"animgd_scene_{file.stem}")
    module.__file__, module.__package__ = str(file), ""
    if seconds is None:
        return _run_here(code, module, file, source)
    with _fresh_imports(file.parent.resolve()):
        return _run(code, module, file, source, seconds)


def _run_here(code: CodeType, module: ModuleType, file: Path, source: bytes) -> Catalog:
    module.__package__, root = _package(file.resolve())
    sys.modules[module.__name__] = module
    # Last, so that a random.py beside it hides no library.
    sys.path += [each for each in dict.fromkeys((str(file.parent.resolve()), str(root))) if each not in sys.path]
    with _blaming(module, file):
        exec(code, module.__dict__)
        return catalog(module, source)


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
        raise SceneError(explained(error, list(vars(module))), _where(error, file)) from error


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise SceneError("scene module not found", str(file)) from None
    except (OSError, ValueError) as error:
        raise SceneError(f"cannot read it: {getattr(error, 'strerror', None) or error}", str(file)) from None


def _compile(source: bytes, file: Path) -> CodeType:
    # Not imported: a module that was edited twice within a second would run from stale bytecode.
    try:
        return compile(source, str(file), "exec", dont_inherit=True)
    except SyntaxError as error:
        where = f"{file}:{error.lineno}" if error.lineno else str(file)
        raise SceneError(f"{type(error).__name__}: {error.msg}", where) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise SceneError(f"{type(error).__name__}: {first_line(error)}", str(file)) from error


def _run(code: CodeType, module: ModuleType, file: Path, source: bytes, seconds: float) -> Catalog:
    sys.modules[module.__name__] = module
    try:
        with guarded(seconds):
            sys.path.append(str(file.parent.resolve()))  # last, so that a random.py beside it hides no library
            exec(code, module.__dict__)
            return catalog(module, source)
    except SceneError as error:
        raise SceneError(error.args[0], error.origin or _where(error, file)) from error
    except SystemExit as error:
        call = "os._exit()" if isinstance(error, Left) else "sys.exit()"
        raise SceneError(f"the scene module called {call}", _where(error, file)) from error
    except Late as late:
        raise SceneError(overdue(seconds), _where(late, file)) from late
    except Exception as error:
        raise SceneError(explained(error, list(vars(module))), _where(error, file)) from error
    finally:
        sys.modules.pop(module.__name__, None)


def overdue(seconds: float) -> str:
    """The message for a module that runs longer than its limit."""
    return f"the scene module timed out after {seconds:g} s; raise the limit with --scene-timeout"


@contextlib.contextmanager
def _fresh_imports(folder: Path) -> Iterator[None]:
    """Forget modules imported from the folder: they may change, and another folder may have the same names."""
    before = set(sys.modules)
    try:
        yield
    finally:
        for name in set(sys.modules) - before:
            top = name.partition(".")[0]
            if top not in before and {folder / f"{top}.py", folder / top} & _paths(sys.modules.get(top)):
                del sys.modules[name]
        importlib.invalidate_caches()


def _paths(module: ModuleType | None) -> set[Path]:
    return {Path(path) for path in (getattr(module, "__file__", None), *getattr(module, "__path__", ())) if path}


def _where(error: BaseException, file: Path) -> str:
    """The line of the author's code, in this module or in one that it imports."""
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == str(file)]
    return inside(error) or (f"{file}:{lines[-1]}" if lines else str(file))
