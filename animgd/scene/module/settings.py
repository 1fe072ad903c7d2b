"""Single fields of a scene or lecture by their path, as the command line sets them: `optimizer.lr=0.05`."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields
from fractions import Fraction
from typing import Any, TypeVar

from animgd.errors import SceneError, UsageError, changed, did_you_mean, meant
from animgd.scene.base import Declaration
from animgd.scene.lecture.lecture import Lecture
from animgd.scene.optimizers import TorchObject
from animgd.scene.problem import AXES, Point, Window
from animgd.scene.scene import Run, Scene

Setting = tuple[str, str]  # the path of a field, and its value as text
Declared = TypeVar("Declared", bound=Declaration)
_Rest = tuple[str, Setting]  # the part of the path that is still to be followed
WORDS = {"true": True, "false": False, "none": None}


def applied(film: Scene | Lecture, settings: Sequence[Setting]) -> Scene | Lecture:
    """The scene with these fields set; of a lecture those it has, the others in all its scenes. Raises: UsageError."""
    if not settings:
        return film
    if isinstance(film, Scene):
        return _set(film, [(path, (path, text)) for path, text in settings])
    names = [path.partition(".")[0] for path, _ in settings]
    known = {field.name for field in fields(Lecture)}
    own = [setting for setting, name in zip(settings, names, strict=True) if name in known]
    # The pace, which a lecture's video has too, is that of its scenes.
    of_scenes = [setting for setting, name in zip(settings, names, strict=True) if name not in known or name == "video"]
    film = _set(film, [(path, (path, text)) for path, text in own])
    scenes = [applied(scene, of_scenes) for scene in film.scenes]
    return film.with_scenes(tuple(scene for scene in scenes if isinstance(scene, Scene)))


def _set(declared: Declared, wanted: Sequence[_Rest]) -> Declared:
    """A declaration with fields set together, since one may need another. Raises: UsageError."""
    if not wanted:
        return declared
    changes: dict[str, Any] = {}
    inside: dict[str, list[_Rest]] = {}
    said: dict[str, list[Setting]] = {}
    for rest, setting in wanted:
        name, _, more = rest.partition(".")
        if isinstance(declared, Run) and name not in _kinds(declared):
            name, more = "optimizer", rest
        if not isinstance(declared, TorchObject) and name not in _kinds(declared):
            raise _wrong([setting], _unknown(declared, name, setting[0].removesuffix(rest)))
        said.setdefault(name, []).append(setting)
        if more:
            inside.setdefault(name, []).append((more, setting))
        else:
            changes[name] = value(setting[1], _kinds(declared).get(name, ""))
    changes |= {name: _set_inside(declared, name, rests) for name, rests in inside.items()}
    try:
        made = declared.replace(**changes)
    except SceneError as error:
        raise _wrong([setting for _, setting in wanted], str(error.args[0])) from None
    for name, given in changes.items():
        for part in _parts(getattr(made, name, None)):
            if not any(part is each for each in _parts(given)):  # made of text, so it has no line
                part._set("origin", _typed(said[name]))
    if own := [setting for name in said if name not in inside for setting in said[name]]:
        made._set("origin", changed(declared.origin, _typed(own)))
    return made


def _parts(value: Any) -> list[Declaration]:
    """The declarations in the value of a field."""
    return [each for each in (value if isinstance(value, tuple) else (value,)) if isinstance(each, Declaration)]


def _set_inside(declared: Declaration, name: str, wanted: list[_Rest]) -> Any:
    """A field that is a declaration, or a tuple of them, with fields of its own set."""
    part = getattr(declared, name, None)
    if isinstance(part, Declaration):
        return _set(part, wanted)
    if not isinstance(part, tuple) or not all(isinstance(each, Declaration) for each in part):
        found = "is not set" if part is None else f"has no fields of its own: set {name}"
        raise _wrong([setting for _, setting in wanted], f"{type(declared).__name__}: {name} {found}")
    chosen: dict[int, list[_Rest]] = {}
    whole = list(part)
    for rest, setting in wanted:
        number, more = _chosen(name, part, rest, setting)
        if more:
            chosen.setdefault(number, []).append((more, setting))
        else:
            whole[number] = value(setting[1])
    return tuple(_set(each, chosen[n]) if n in chosen else each for n, each in enumerate(whole))


def _chosen(name: str, parts: tuple[Declaration, ...], rest: str, setting: Setting) -> tuple[int, str]:
    """Which of several declarations is meant, by label, title, name or number, and what follows. Raises: UsageError."""
    names = [
        str(next(filter(None, (getattr(each, key, None) for key in ("label", "title", "name"))), "")) for each in parts
    ]
    keys = [*zip(names, range(len(parts)), strict=True), *((str(number), number) for number in range(len(parts)))]
    for key, number in sorted(keys, key=lambda each: -len(each[0])):
        if key and f"{rest}.".startswith(f"{key}."):
            return number, rest[len(key) + 1 :]
    first = rest.partition(".")[0]
    if len(parts) == 1 and first.isidentifier():
        return 0, rest
    known = [name for name in names if name] or [str(number) for number in range(len(parts))]
    raise _wrong([setting], f"{name} has no {first!r}; {did_you_mean(first, known)}")


def _kinds(declared: Declaration) -> dict[str, str]:
    """The fields of a declaration, with their types as they are annotated."""
    kinds = {field.name: str(field.type) for field in fields(declared)}  # type: ignore[arg-type]
    return (
        kinds | {name: kinds[field] for name, field in AXES.items()} if isinstance(declared, Point | Window) else kinds
    )


def _unknown(declared: Declaration, name: str, above: str) -> str:
    """The message for a field that there is not; `above` is the path to the declaration."""
    own = list(_kinds(declared))
    inner = {sub: f"{field}.{sub}" for field in reversed(own) for sub in _names_in(getattr(declared, field, None))}
    near = name if name in inner else meant(name, [*own, *inner])
    hint = f"did you mean {above + inner.get(near, near)!r}?" if near else did_you_mean(name, own)
    return f"{type(declared).__name__} has no field {name!r}; {hint}"


def _names_in(part: object) -> list[str]:
    if isinstance(part, TorchObject):
        return [name for name, _ in part.settings]
    return list(_kinds(part)) if isinstance(part, Declaration) else []


def _wrong(settings: Sequence[Setting], message: str) -> UsageError:
    return UsageError(f"{_typed(settings)}: {message}")


def _typed(settings: Sequence[Setting]) -> str:
    """The options as they are typed."""
    return " ".join(f"--set {path}={text}" for path, text in settings)


def value(text: str, kind: str = "") -> Any:
    """A value from its text, for a field that is annotated so: text stays text, and one value makes a tuple of one."""
    kinds = kind.split(" | ")
    if kinds[0] == "str":
        return None if text.strip().lower() == "none" and "None" in kinds else text
    found = _natural(text)
    several = next((each for each in kinds if each.startswith("tuple[")), "")
    if several.startswith("tuple[tuple[") and isinstance(found, tuple) and found and not isinstance(found[0], tuple):
        return (found,)
    single = isinstance(found, tuple | bool | None) or (isinstance(found, str) and "str" in kinds)
    return (found,) if several and not single else found


def _natural(text: str) -> Any:
    """A number, a truth value, none, a tuple of them with commas or in brackets, or else the text."""
    plain = text.strip()
    if plain.lower() in WORDS:
        return WORDS[plain.lower()]
    for convert in (int, float):
        with suppress(ValueError):
            return convert(plain)
    if re.fullmatch(r"\d{1,20}/0*[1-9]\d{0,19}", plain):
        return Fraction(plain)
    if plain[:1] + plain[-1:] in ("()", "[]"):
        with suppress(ValueError, SyntaxError, MemoryError, RecursionError):
            return _tuples(ast.literal_eval(plain))
        plain = plain[1:-1]
    elif plain and "," not in plain:
        return text
    return tuple(_natural(part.strip()) for part in plain.split(",") if part.strip())


def _tuples(found: Any) -> Any:
    return tuple(map(_tuples, found)) if isinstance(found, list | tuple) else found
