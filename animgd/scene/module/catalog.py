"""The scenes of a module by name: its own, those in its lists and dicts, and imported ones."""

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
from animgd.scene.scene import Scene

UNSAFE = '<>:"/\\|?*'  # in a file's name, on some system
LONGEST = 150  # bytes of a key: file names have 255 in all


@dataclass
class Catalog:
    """What may be filmed; without a title of its own, a scene has its module's and its own name."""

    file: str
    own: dict[str, Scene] = field(default_factory=dict)  # filmed unless some are named
    other: dict[str, Scene] = field(default_factory=dict)  # second names, and imported ones: filmed where named
    groups: dict[str, list[str]] = field(default_factory=dict)  # the names in a list or dict
    sources: dict[str, tuple[str, str]] = field(default_factory=dict)  # of imported names: the module and its file

    def unnamed(self) -> dict[str, Scene]:
        """What is filmed unless some are named. Raises: SceneError, where all is imported."""
        if not self.own:
            modules, files = (", ".join(dict.fromkeys(each)) for each in zip(*self.sources.values(), strict=True))
            are, them = ("is", "it") if len(self.sources) == 1 else ("are", "them")
            whence = f"imported from {modules}: film {files}, or name {them}"
            raise SceneError(f"{', '.join(self.sources)} {are} {whence}", self.file)
        return self.own

    def chosen(self, names: tuple[str, ...]) -> list[tuple[str, Scene]]:
        """The scenes that are named, or else the module's own; a list's name stands for all in it.

        Raises: UsageError, SceneError.
        """
        every = self.own | self.other
        chosen = []
        for asked in names or self.unnamed():
            name = _safe(asked)
            if name not in every and name not in self.groups:
                hint = did_you_mean(asked, [*self.own, *self.groups, *self.other])
                raise UsageError(f"{self.file} has no scene {asked!r}; {hint}")
            chosen += [name] if name in every else self.groups[name]
        return [(name, every[name]) for name in chosen]

    def add(self, parts: tuple[str, ...], scene: Scene, own: bool) -> None:
        """Enter a scene under the name that its place gives it. Raises: SceneError."""
        name = "-".join([parts[0], *(_checked(part, parts[0], scene) for part in parts[1:])])
        if name in self.own or name in self.other:
            raise SceneError(f"two scenes would be called {name}: give them keys that differ more", scene.origin)
        (self.own if own else self.other)[name] = _titled(scene, Path(self.file).stem, parts)
        for end in range(1, len(parts)):
            self.groups.setdefault("-".join(map(_safe, parts[:end])), []).append(name)


def catalog(module: ModuleType, source: bytes) -> Catalog:
    """All scenes at a module's top level. Raises: SceneError, where there is none."""
    found = Catalog(str(module.__file__))
    imported = _imported(source)
    homes = {id(value): sys.modules[home] for value, home in imported.values()}
    counted: set[int] = set()
    for name, value in [(name, value) for name, value in vars(module).items() if not name.startswith("__")]:
        for parts, scene in _scenes((name,), value):
            # A second name of an imported scene does not count; a list that was made of some was made to be filmed.
            foreign = id(value) in homes
            own = not foreign and id(scene) not in counted
            found.add(parts, scene, own)
            if own:
                counted.add(id(scene))
            if foreign:
                home = homes[id(value)]
                found.sources[name] = home.__name__, _near(home, found.file)
    if not found.own and not found.other:
        raise SceneError(_nothing(module, imported), found.file)
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


def _safe(text: str) -> str:
    """A name in the letters that Python compares names by (NFKC), with a dash for what a file's name cannot hold."""
    normal = unicodedata.normalize("NFKC", text)
    return "".join("-" if c in UNSAFE or not c.isprintable() else c for c in normal).strip(" .")


def _checked(key: str, name: str, scene: Scene) -> str:
    safe = _safe(key)
    if not safe or len(safe.encode()) > LONGEST:
        why = f"is longer than {LONGEST} bytes" if safe else "has no letter for a file's name"
        raise SceneError(f"{name}: the key {show(key)} {why}; choose another", scene.origin)
    return safe


def _titled(scene: Scene, module: str, parts: tuple[str, ...]) -> Scene:
    if scene.title is not None:
        return scene
    words = [module, *(parts[1:] if parts[0] == "scene" else parts)]
    title = " ".join(words).replace("_", " ").strip()
    return scene.replace(title=title[:1].upper() + title[1:])


def _imported(source: bytes) -> dict[str, tuple[Any, str]]:
    """What the module's import statements brought in, and from which module; names may be bound anew since."""
    found: dict[str, tuple[Any, str]] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and not node.level and node.module in sys.modules:
            theirs = sys.modules[node.module]
            public = getattr(theirs, "__all__", vars(theirs))
            names = [(name, name) for name in public] if node.names[0].name == "*" else [
                (alias.name, alias.asname or alias.name) for alias in node.names]  # fmt: skip
            found |= {here: (getattr(theirs, there), node.module) for there, here in names if hasattr(theirs, there)}
    return found


def _near(module: ModuleType, file: str) -> str:
    """A module's file, as seen from another file's folder."""
    place, folder = Path(module.__file__ or module.__name__), Path(file).parent.resolve()
    return str(place.relative_to(folder) if place.is_relative_to(folder) else place)


def _nothing(module: ModuleType, imported: dict[str, tuple[Any, str]]) -> str:
    own = [(name, value) for name, value in vars(module).items() if imported.get(name, (module,))[0] is not value]
    found = [(name, value) for name, value in own if not name.startswith("__") and not isinstance(value, ModuleType)]
    seen = ", ".join(f"{name} ({_kind(value)})" for name, value in found[:6]) + (", ..." if len(found) > 6 else "")
    looked = f"no scene here: looked for a module-level name bound to a Scene, found {seen or 'no name at all'}"
    unordered = any(isinstance(value, (Iterator, Set)) for _, value in found)
    return looked + ("; scenes may be in a list, a tuple or a dict" if unordered else "")


def _kind(value: object) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__
