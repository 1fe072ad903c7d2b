"""Torch's compiler stays away from a process that compiles nothing, and comes when it is wanted."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.rig import ROOT

BEGIN = """
import sys
from animgd.training.dynamo_stub import NAME, postpone
postpone()
import torch
"""


def run(code: str) -> str:
    """What a fresh Python prints."""
    done = subprocess.run([sys.executable, "-c", BEGIN + code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_training_imports_no_compiler() -> None:
    """Every optimizer that can be built makes its step; the compiler's many modules are not there."""
    code = """
made = 0
for kind in (torch.optim.SGD, torch.optim.Adam, torch.optim.RMSprop, torch.optim.Adagrad, torch.optim.NAdam):
    parameter = torch.tensor([1.0], requires_grad=True)
    optimizer = kind([parameter], lr=0.1)
    (parameter**2).sum().backward()
    optimizer.step()
    made += parameter.item() < 1
print(made, any(name.startswith(NAME + ".") for name in sys.modules))
"""
    assert run(code) == "5 False"


@pytest.mark.long
def test_the_real_compiler_takes_its_place() -> None:
    """Whoever compiles, or looks for one of its modules, finds the real one; optimizers go on with it."""
    code = """
print(torch.compile(lambda x: x + 1, backend="eager")(torch.ones(1)).item())
import torch._dynamo.eval_frame
print(hasattr(sys.modules[NAME], "optimize"), torch._dynamo is sys.modules[NAME])
torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1).step()
"""
    assert run(code) == "2.0\nTrue True"


@pytest.mark.long
def test_a_compiler_that_is_there_stays() -> None:
    """Where somebody has imported it already, nothing is put in its place."""
    assert (
        run("import torch._dynamo as real\nreal.optimize\npostpone()\nprint(hasattr(sys.modules[NAME], 'optimize'))")
        == "True"
    )
