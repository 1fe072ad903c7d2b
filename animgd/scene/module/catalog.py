"""The scenes and lectures of a module by name: its own, scenes in its lists and dicts, and imported ones."""

from __future__ import annotations

import ast
import sys
import unicodedata
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from numbers import Number
from pathlib import Path
from types import ModuleType
from typing import Any

from animgd.errors import SceneError, UsageError, did_you_mean
from animgd.scene.base import show
from animgd.scene.lecture.lecture import Lecture
from animgd.scene.lecture.names import named
from animgd.scene.scene import Scene

UNSAFE = '<>:"/\\|?*'  # in file names, on some systems
LONGEST = 150  # bytes of a key; a file name holds 255


@dataclass
class Catalog:
    """The scenes of a module; a scene without a title gets one from the module's and its own name."""

    file: str
    own: dict[str, Scene] = field(default_factory=dict)  # filmed by default
    other: dict[str, Scene] = field(default_factory=dict)  # aliases and imported scenes: filmed on request
    groups: dict[str, list[str]] = field(default_factory=dict)  # the names in a list or dict
    sources: dict[str, tuple[str, str]] = field(default_factory=dict)  # imported name -> module, its file
    lectures: dict[str, Lecture] = field(default_factory=dict)  # if there are any, only they are filmed by default

    @property
    def names(self) -> tuple[str, ...]:
        """All that the module itself declares: its lectures and its own scenes."""
        return (*self.lectures, *self.own) or tuple(self.other)

    def unnamed(self) -> dict[str, Scene]:
        """The scenes that are filmed by default. Raises: SceneError, if all are imported."""
        if not self.own:
            modules, files = (", ".join(dict.fromkeys(each)) for each in zip(*self.sources.values(), strict=True))
            found = f"all scenes are imported: {', '.join(self.sources)} (from {modules})"
            raise SceneError(f"{found}; film {files}, or name scenes", self.file)
        return self.own

    def chosen(self, names: tuple[str, ...]) -> list[tuple[str, Scene | Lecture]]:
        """The scenes and lectures with these names; the name of a list selects all in it.

        By default the module's lectures, or its own scenes if it has none. Raises: UsageError, SceneError.
        """
        every: dict[str, Scene | Lecture] = {**self.own, **self.other, **self.lectures}
        chosen: list[str] = []
        for given in names or self.lectures or self.unnamed():
            name = safe(given)
            if name not in every and name not in self.groups:
                hint = did_you_mean(given, [*self.lectures, *self.own, *self.groups, *self.other])
                raise UsageError(f"{self.file} has no scene {given!r}; {hint}")
            chosen += [name] if name in every else self.groups[name]
        return [(name, every[name]) for name in dict.fromkeys(chosen)]

    def add(self, parts: tuple[str, ...], scene: Scene, own: bool) -> None:
        """Add a scene under a name made of its variable and keys. Raises: SceneError."""
        name = "-".join([parts[0], *(_checked(part, parts[0], scene) for part in parts[1:])])
        if name in self.own or name in self.other:
            raise SceneError(f"two scenes have the name {name}; choose keys that differ more", scene.origin)
        (self.own if own else self.other)[name] = _titled(scene, Path(self.file).stem, parts)
        for end in range(1, len(parts)):
            self.groups.setdefault("-".join(map(safe, parts[:end])), []).append(name)


def catalog(module: ModuleType, source: bytes) -> Catalog:
    """All scenes and lectures at a module's top level. Raises: SceneError, if there is none."""
    found = Catalog(str(module.__file__))
    imported = _imported(source)
    homes = {id(value): sys.modules[home] for value, home in imported.values()}
    seen: set[int] = set()
    bound = {name: value for name, value in vars(module).items() if not name.startswith("__")}
    for name, value in bound.items():
        for parts, scene in _scenes((name,), value):
            # An alias of an imported scene is not the module's own; a list that it makes of imported scenes is.
            foreign = id(value) in homes
            own = not foreign and id(scene) not in seen
            found.add(parts, scene, own)
            if own:
                seen.add(id(scene))
            if foreign:
                home = homes[id(value)]
                found.sources[name] = home.__name__, _relative(home, found.file)
    found.lectures = {name: named(value, bound, Path(found.file).stem) for name, value in bound.items()
                      if isinstance(value, Lecture)}  # fmt: skip
    if not found.own and not found.other and not found.lectures:
        raise SceneError(_none_found(module, imported), found.file)
    return found


def _scenes(parts: tuple[str, ...], value: Any, above: tuple[int, ...] = ()) -> Iterator[tuple[tuple[str, ...], Scene]]:
    """The scenes in a value, with the names and keys that lead to each."""
    if isinstance(value, Scene):
        yield parts, value
    elif isinstance(value, (list, tuple, dict)) and id(value) not in above:
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(each, (Scene, list, tuple, dict)):
                for tail, scene in _scenes((), each, (*above, id(value))):
                    yield (*parts, _text(key, scene), *tail), scene


def _text(key: object, scene: Scene) -> str:
    """A key as text. Raises: SceneError."""
    if isinstance(key, tuple):
        return "-".join(_text(each, scene) for each in key)
    if not isinstance(key, (str, Number)):
        raise SceneError(f"a scene's key must be text, a number, or a tuple of them, not {show(key)}", scene.origin)
    return str(key)


def safe(text: str) -> str:
    """A name in NFKC, as Python compares names, with a dash for each character that a file name cannot hold."""
    normal = unicodedata.normalize("NFKC", text)
    return "".join("-" if c in UNSAFE or not c.isprintable() else c for c in normal).strip(" .")


def _checked(key: str, name: str, scene: Scene) -> str:
    name_of_file = safe(key)
    if not name_of_file or len(name_of_file.encode()) > LONGEST:
        why = f"is longer than {LONGEST} bytes" if name_of_file else "has no character that a file name can hold"
        raise SceneError(f"{name}: the key {show(key)} {why}; choose another", scene.origin)
    return name_of_file


def _titled(scene: Scene, module: str, parts: tuple[str, ...]) -> Scene:
    if scene.title is not None:
        return scene
    words = [module, *(parts[1:] if parts[0] == "scene" else parts)]
    title = " ".join(words).replace("_", " ").strip()
    return scene.replace(title=title[:1].upper() + title[1:])


def _imported(source: bytes) -> dict[str, tuple[Any, str]]:
    """Names bound by the module's import statements -> (value, its module); they may have been rebound since."""
    found: dict[str, tuple[Any, str]] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and not node.level and node.module in sys.modules:
            source_module = sys.modules[node.module]
            public = getattr(source_module, "__all__", vars(source_module))
            names = [(name, name) for name in public] if node.names[0].name == "*" else [
                (each.name, each.asname or each.name) for each in node.names]  # fmt: skip
            known = [(name, alias) for name, alias in names if hasattr(source_module, name)]
            found |= {alias: (getattr(source_module, name), node.module) for name, alias in known}
    return found


def _relative(module: ModuleType, file: str) -> str:
    """A module's file, relative to another file's folder if it is inside."""
    path, folder = Path(module.__file__ or module.__name__), Path(file).parent.resolve()
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def _none_found(module: ModuleType, imported: dict[str, tuple[Any, str]]) -> str:
    own = [(name, value) for name, value in vars(module).items() if imported.get(name, (module,))[0] is not value]
    found = [(name, value) for name, value in own if not name.startswith("__") and not isinstance(value, ModuleType)]
    seen = ", ".join(f"{name} ({_kind(value)})" for name, value in found[:6]) + (", ..." if len(found) > 6 else "")
    message = f"no scene found: expected a module-level name bound to a Scene, found {seen or 'no names'}"
    unordered = any(isinstance(value, (Iterator, Set)) for _, value in found)
    return message + ("; put scenes into a list, a tuple or a dict" if unordered else "")


def _kind(value: object) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__
