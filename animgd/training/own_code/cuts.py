"""Find the calls in own code that cut a computation off from torch's gradients."""

from __future__ import annotations

import linecache
import re
import sys
import traceback
from types import FrameType
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from animgd.errors import place
from animgd.scene.module.author_errors import is_library

REFUSED = "requires grad"  # in torch's error for another library that reads a tensor
READING = {"__float__", "__int__", "__complex__", "__index__", "__array__", "numpy", "item", "tolist", "__format__"}
COPYING = {"tensor", "new_tensor", "asarray", "as_tensor"}


class Cut(NamedTuple):
    """A call whose result depends on the input without a gradient."""

    name: str  # of torch's function
    source: str  # code of the call
    origin: str | None  # "file:line"
    silent: bool  # whether gradients were off
    refused: bool  # whether torch raised an error
    calls: int  # of torch until then

    @property
    def cure(self) -> str:
        """What to write instead."""
        called = re.match(r"(?:\w+\.)*(\w+)\(", self.source)
        if self.silent:
            return "remove torch.no_grad()"
        if self.name == "grad":
            return "torch.autograd.grad needs create_graph=True"
        if self.name in COPYING or self.source.startswith("torch."):
            return f"{called[0] if called else self.name}...) copies numbers; use the tensor itself, or torch.stack"
        if self.name in READING and called and callable(getattr(torch, called[1], None)):
            return f"write torch.{called[1]}"
        if self.name in READING:
            return "use the tensor itself" + (f", not {self.source}" if self.source else "")
        return f"remove {self.name if self.name.startswith('.') else f'.{self.name}()'}"


class Watch(TorchFunctionMode):
    """Follows an input through a computation and lists the cuts; changes the result of cut number `disturbed`."""

    def __init__(self, live: Tensor, disturbed: int) -> None:
        super().__init__()
        self.cuts: list[Cut] = []
        self._calls = 0
        self._disturbed = disturbed
        self._live = {id(live): live}  # and tensors computed from it; referenced, so that ids stay unique

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        self._calls += 1
        followed = [each for each in _tensors([args, kwargs]) if id(each) in self._live]
        try:
            result = func(*args, **kwargs)
        except RuntimeError as error:
            if followed and REFUSED in str(error):
                self._note(func, refused=True)
            raise
        if not followed:
            return result
        self._follow(func, args, result)
        if not (_is_lost(result) and self._depends(func, args, kwargs, result)) or _is_custom():
            return result
        self._note(func)
        return _changed(result) if len(self.cuts) - 1 == self._disturbed else result

    def _follow(self, func: Any, args: Any, result: Any) -> None:
        changed = args[:1] if re.search(r"^__i|[^_]_$|^__setitem__$", _name(func)) else ()
        self._live |= {id(each): each for each in _tensors([result, changed]) if each.requires_grad}

    def _depends(self, func: Any, args: Any, kwargs: Any, result: Any) -> bool:
        """Whether the result changes with the input, unlike a shape, for example."""
        try:
            with torch.no_grad():
                return not _same(result, func(*self._moved(args), **self._moved(kwargs)))
        except Exception:
            return True

    def _moved(self, thing: Any) -> Any:
        if isinstance(thing, Tensor):
            return _changed(thing.detach().clone()) if id(thing) in self._live else thing.detach().clone()
        if isinstance(thing, dict):
            return {name: self._moved(value) for name, value in thing.items()}
        return type(thing)(map(self._moved, thing)) if type(thing) in (tuple, list) else thing

    def _note(self, func: Any, refused: bool = False) -> None:
        frames = (frame for frame, _ in traceback.walk_stack(sys._getframe(2)))
        frame = next((frame for frame in frames if not is_library(frame.f_code.co_filename)), None)
        origin = frame and place(frame.f_code.co_filename, frame.f_lineno)
        source = _source(frame) if frame else ""
        self.cuts.append(Cut(_name(func), source, origin, not torch.is_grad_enabled(), refused, self._calls))


def _name(func: Any) -> str:
    """The name of a torch function; of a property like `.data`, the property's."""
    owner = getattr(func, "__self__", None)
    name: str = getattr(func, "__name__", "")
    return "." + str(getattr(owner, "__name__", "")) if name == "__get__" else name


def _tensors(thing: Any) -> list[Tensor]:
    if isinstance(thing, Tensor):
        return [thing]
    inside = thing.values() if isinstance(thing, dict) else thing if isinstance(thing, (tuple, list)) else ()
    return [each for part in inside for each in _tensors(part)]


def _is_lost(result: Any) -> bool:
    if isinstance(result, Tensor):
        return (result.is_floating_point() or result.is_complex()) and not result.requires_grad
    if isinstance(result, (tuple, list)):
        return any(map(_is_lost, result))
    return isinstance(result, (int, float, complex, str, np.ndarray, np.generic)) and not isinstance(result, bool)


def _is_custom() -> bool:
    """Whether a torch.autograd.Function is running, which defines its own gradient."""
    apply = torch.autograd.Function.apply.__func__.__code__  # type: ignore[attr-defined]
    return any(frame.f_code is apply for frame, _ in traceback.walk_stack(sys._getframe(1)))


def _changed(result: Any) -> Any:
    if isinstance(result, (tuple, list)):
        return type(result)(map(_changed, result))
    if isinstance(result, str):
        return "1"
    if isinstance(result, int):
        return result + 1
    return result * 1.5 + 1.3 if not isinstance(result, Tensor) or result.is_floating_point() else result


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor):
        return isinstance(other, Tensor) and torch.equal(one, other)
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(np.all(one == other))


def _source(frame: FrameType) -> str:
    """The code of the call that a frame is at, if it is on one line."""
    first, last, left, right = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    if first is None or first != last:
        return ""
    linecache.checkcache(frame.f_code.co_filename)
    return linecache.getline(frame.f_code.co_filename, first).encode()[left:right].decode(errors="replace")
