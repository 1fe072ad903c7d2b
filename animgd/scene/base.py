"""The base class of declarations: frozen dataclasses that check their fields and record the line that made them."""

from __future__ import annotations

import dataclasses
import inspect
import math
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType, UnionType
from typing import TYPE_CHECKING, Any, Self

from animgd.errors import SceneError, did_you_mean, near, place

_PACKAGE = str(Path(__file__).parent.parent) + os.sep
MOST_SHOWN = 6  # numbers of a tuple in a repr
_GENERATED = ("<string>", "<frozen")  # the __init__ of a dataclass, dataclasses.replace


class _Declared(type):
    """The metaclass of declarations: wrong arguments raise a SceneError that names the right ones."""

    @property
    def __signature__(cls) -> inspect.Signature:
        """The signature that help() and editors show: the fields."""
        whole = inspect.signature(cls.__init__)  # type: ignore[misc]
        return whole.replace(parameters=list(whole.parameters.values())[1:])

    if not TYPE_CHECKING:  # mypy checks calls against the fields

        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            try:
                return super().__call__(*args, **kwargs)
            except TypeError:
                message = cls._argument_error(args, kwargs)
                if message is None:  # the arguments are right: the error has another cause
                    raise
                raise SceneError(message, here()) from None


class Declaration(metaclass=_Declared):
    """A part of a scene; subclasses are frozen dataclasses that check themselves in `_check`."""

    origin: str | None = None  # "file:line" that made it; not a field, so not compared
    _spelling = ""  # an example for messages; by default Name(first_field=...)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "__repr__" not in vars(cls):  # else each dataclass makes its own
            cls.__repr__ = Declaration.__repr__  # type: ignore[method-assign]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self._arguments())})"

    def _arguments(self) -> Iterator[str]:
        """The arguments that differ from their defaults, as in source code."""
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if not _same(value, self._default(field)):
                yield f"{field.name}={brief(value)}"

    def _default(self, field: dataclasses.Field[Any]) -> object:
        """The value of a field that is not given."""
        return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()

    def __post_init__(self) -> None:
        object.__setattr__(self, "origin", here())
        self._check()

    def _check(self) -> None:
        """Check and normalise the fields."""

    @classmethod
    def _argument_error(cls, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str | None:
        """The message for wrong arguments, None if they are right."""
        signature = inspect.signature(cls)
        known = list(signature.parameters)
        unknown = next((name for name in kwargs if name not in known), None)
        if unknown and not any(p.kind == p.VAR_KEYWORD for p in signature.parameters.values()):
            return f"{cls.__name__} has no field {unknown!r}; {cls._hint(unknown, known)}"
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            return f"{cls.__name__}: {error}; write {cls._spelling or f'{cls.__name__}({known[0]}=...)'}"
        return None

    @classmethod
    def _hint(cls, unknown: str, known: list[str]) -> str:
        """A suggestion for an unknown field."""
        return did_you_mean(unknown, known)

    def replace(self, **changes: Any) -> Self:
        """A copy with some fields changed; its origin is that of the original. Raises: SceneError."""
        made: Self = dataclasses.replace(self, **changes)  # type: ignore[type-var]
        made._set("origin", self.origin)
        return made

    def _set(self, field: str, value: object) -> None:
        object.__setattr__(self, field, value)

    def _wrong(self, field: str, value: object, allowed: str, names: Iterable[str] = ()) -> SceneError:
        """The error for a value, with a suggestion if it must be of `names`."""
        found = f"{field} must be {allowed}, not {show(value)}"
        return SceneError(f"{type(self).__name__}: {found}{near(value, tuple(names))}", self.origin)

    def _number(self, field: str, allowed: str = "a finite number", *, above: float = -math.inf,
                least: float = -math.inf, below: float = math.inf) -> float:  # fmt: skip
        value = getattr(self, field)
        if not (is_number(value) and value > above and value >= least and value < below):
            raise self._wrong(field, value, allowed)
        return float(value)

    def _whole(self, field: str, allowed: str, *, least: int, most: int) -> None:
        value = getattr(self, field)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self._wrong(field, value, allowed)

    def _is(self, field: str, kind: type | UnionType, allowed: str) -> None:
        if not isinstance(getattr(self, field), kind):
            raise self._wrong(field, getattr(self, field), allowed)

    def _names(self, field: str) -> None:
        value = getattr(self, field)
        if not isinstance(value, (tuple, list)) or len(value) != 2 or not all(isinstance(name, str) for name in value):
            raise self._wrong(field, value, "a pair of names, such as ('x', 'y')")
        self._set(field, tuple(value))

    def _one_of(self, field: str, names: Iterable[str]) -> None:
        value, names = getattr(self, field), tuple(names)
        if value not in names:
            raise self._wrong(field, value, "one of " + ", ".join(map(repr, names)), names)


def is_number(value: object) -> bool:
    """Whether a value is a finite real number, not a bool."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def show(value: object) -> str:
    """A value for an error message: one line of at most 80 characters."""
    try:
        text = " ".join(ascii(value).split()) if not isinstance(value, str) else repr(value)
    except Exception as error:  # an author's __repr__ may raise
        text = f"<{type(value).__name__}, whose repr fails with {type(error).__name__}>"
    return text if len(text) <= 80 else text[:77] + "..."


def brief(value: object) -> str:
    """A value of a declaration as in source code: a callable by its name, an array by its shape, some of many rows."""
    if isinstance(value, (str, Declaration)):
        return repr(value)
    if callable(value) and hasattr(value, "__name__"):
        return str(value.__name__)
    if hasattr(value, "shape"):
        return f"<{type(value).__name__} of shape {tuple(value.shape)}>"
    if not isinstance(value, tuple):
        return show(value)
    if len(value) > MOST_SHOWN and (is_number(value[0]) or isinstance(value[0], tuple)):
        return f"({', '.join(map(brief, value[:3]))}, ... {len(value)} in all)"
    return f"({', '.join(map(brief, value))}{',' * (len(value) == 1)})"


def _same(one: Any, other: Any) -> bool:
    """Whether two values are equal; arrays are only where they are one object."""
    try:
        return one is other or bool(one == other)
    except Exception:  # of arrays, and of what an author's __eq__ raises
        return False


def here() -> str | None:
    """Where the nearest caller outside this package is, as "file:line"."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith((_PACKAGE, *_GENERATED)) and frame.f_globals.get("__name__") != "dataclasses":
            return place(name, frame.f_lineno)
        frame = frame.f_back
    return None
