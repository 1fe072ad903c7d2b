"""Bad scenes: one line with the right place, and the next scene of the same call finds nothing of them."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rig import HEAD, ROOT, SCENE, Program, Result

ROW = "bad scenes"
OPENED = HEAD.count("\n")  # lines before a scene's own first
SLOW_BACKWARD = """import torch
class Slow(torch.autograd.Function):
    @staticmethod
    def forward(c, x): return x.clone()
    @staticmethod
    def backward(c, g):
        while True: pass
def f(w, b): return Slow.apply(w) + b
scene = Scene(problem=Function(f))"""
FATAL = {  # text: (line of its own, 0 for none; words of the one line)
    # ends the program
    "import sys; sys.exit(0)": (1, "sys.exit()"),
    "import sys; sys.exit('no')": (1, "sys.exit()"),
    "raise SystemExit": (1, "sys.exit()"),
    "exit()": (1, ""),
    "import os\nos._exit(0)": (2, "os._exit"),
    "import os\nos._exit(3)": (2, "os._exit"),
    "import os\ndef f():\n    os._exit(0)\nf()": (3, "os._exit"),
    "import os, threading\nt = threading.Thread(target=os._exit, args=(0,)); t.start(); t.join(); 1/0": (2, "ZeroDiv"),
    "import os; os.abort()": (1, "signal 6"),
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)": (0, "signal 9"),
    "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)": (1, "signal 11"),
    "import os, signal; os.kill(os.getpid(), signal.SIGTERM)": (0, "signal 15"),
    "import os, signal; os.kill(os.getpid(), signal.SIGFPE)": (1, "signal 8"),
    "import ctypes; ctypes.string_at(0)": (1, "signal 11"),
    "import ctypes\ndef f():\n    ctypes.memset(1, 0, 9)\nf()": (3, "signal 11"),
    "import os; os.execv('/bin/sleep', ['sleep', '60'])": (0, "replaced its process"),
    "import os; os.execv('/bin/true', ['true'])": (0, "status 0"),
    "raise KeyboardInterrupt": (0, ""),
    "raise GeneratorExit": (0, ""),
    "class Odd(BaseException): pass\nraise Odd('x')": (0, ""),
    # takes time or memory
    "while True: pass": (1, "timed out after 6 s"),
    "while True:\n    try:\n        while True: pass\n    except BaseException: pass": (0, "timed out after 6 s"),
    "import itertools\nsum(itertools.repeat(1))": (2, "timed out after 6 s"),
    "import time; time.sleep(1000)": (1, "timed out after 6 s"),
    "import threading; threading.Event().wait()": (0, "timed out after 6 s"),
    "import signal; signal.pause()": (1, "timed out after 6 s"),
    "import re; re.match('(a+)+$', 'a' * 60 + 'b')": (0, "timed out after 6 s"),
    "kept = []\nwhile True: kept.append(bytearray(10**7))": (2, "MemoryError"),
    "bytearray(10**15)": (1, "MemoryError"),
    "x = 'x'\nwhile True: x += x": (2, "MemoryError"),
    "import numpy\nnumpy.ones((10**6, 10**6))": (2, "Memory"),
    "x = [0] * 10**14": (1, "MemoryError"),
    "10 ** 10 ** 10": (0, "timed out after 6 s"),
    "def f(): f()\nf()": (1, "RecursionError"),
    "import sys; sys.setrecursionlimit(10**9)\ndef f(): f()\nf()": (0, ""),
    "x = eval('(' * 300 + ')' * 300)": (1, ""),
    # reads what is not there
    "input()": (1, "EOFError"),
    "import sys; x = sys.stdin.buffer.read(); 1 / len(x)": (1, "ZeroDivisionError"),
    "open('/nowhere/at/all')": (1, "FileNotFoundError"),
    "import nowhere_to_be_found": (1, "ModuleNotFoundError"),
    "from animgd import Scen": (1, "ImportError"),
    "import animgd; animgd.Scen": (1, "AttributeError"),
    # is not Python
    "x = (": (1, "SyntaxError"),
    "x = = 1": (1, "SyntaxError"),
    "if True:\nx = 1": (2, "IndentationError"),
    "\tx = 1\n        y = 2": (1, "IndentationError"),
    "x = '": (1, "SyntaxError"),
    "return 1": (1, "SyntaxError"),
    "await x": (1, "SyntaxError"),
    "x = 1\0": (0, "null byte"),
    "print 'x'": (1, "SyntaxError"),
    "x = 0777": (1, "SyntaxError"),
    "x = '\\N{NO SUCH NAME}'": (1, "SyntaxError"),
    # is wrong
    "1 / 0": (1, "ZeroDivisionError"),
    "assert False, 'no'": (1, "AssertionError"),
    "raise ValueError('two\\nlines')": (1, "ValueError: two"),
    "raise ValueError('\\x1b[31mred\\x07')": (1, r"\\x1b\[31mred\\x07"),
    "raise ValueError('x' * 10**6)": (1, "ValueError: xxx"),
    "class E(Exception):\n    def __str__(self): 1/0\nraise E": (0, ""),
    "undefined": (1, "NameError"),
    "scene = Scene(titel='x')": (1, "did you mean 'title'"),
    "scene = Scene(epochs=0)": (1, "epochs must be"),
    "scene = Scene(epochs=2.5)": (1, "epochs must be"),
    "scene = Scene(epochs='many')": (1, "epochs must be"),
    "scene = Scene(epochs=True)": (1, "epochs must be"),
    "scene = Scene(epochs=10**9)": (1, "epochs must be"),
    "scene = Scene(title=3)": (1, "title"),
    "scene = Scene(resolution=1)": (1, "resolution"),
    "scene = Scene(resolution=10**9)": (1, "resolution"),
    "scene = Scene(losses=())": (1, "losses"),
    "scene = Scene(losses=('MSELos',))": (1, "did you mean 'MSELoss'"),
    "scene = Scene(losses=('NLLLoss',))": (1, "class labels"),
    "scene = Scene(losses=(3,))": (1, "loss must be"),
    "scene = Scene(panels=(3,))": (1, "panels"),
    "scene = Scene(panels=())": (1, "panels"),
    "scene = Scene(losses=('MSELoss',), panels=(Panel(),))": (1, "panels"),
    "scene = Scene(start=3)": (1, "start"),
    "scene = Scene(start=Point(weight=float('nan'), bias=0))": (1, "Point"),
    "scene = Scene(window=Window(bias=(1, 1)))": (1, "low < high"),
    "scene = Scene(window=Window(weight=(0, float('inf'))))": (1, "weight"),
    "scene = Scene(problem=Problem(x=(), y=()))": (1, "at least one"),
    "scene = Scene(problem=Problem(x=(1,), y=(1, 2)))": (1, "Problem"),
    "scene = Scene(problem=Problem(x=(float('nan'),), y=(1,)))": (1, "Problem"),
    "scene = Scene(problem=3)": (1, "problem"),
    "scene = Scene(optimizer=3)": (1, "optimizer"),
    "scene = Scene(optimizer={'a': 3})": (1, "optimizer"),
    "scene = Scene(optimizer={})": (1, "optimizer must be"),
    "scene = Scene(optimizer=SGD(lr=float('nan')))": (1, "lr must be"),
    "scene = Scene(optimizer=SGD(lr=float('inf')))": (1, "lr must be"),
    "scene = Scene(optimizer=SGD(lr=0))": (1, "lr must be"),
    "scene = Scene(optimizer=SGD(lr=-1))": (1, "lr must be"),
    "scene = Scene(optimizer=SGD(lr=True))": (1, "lr must be"),
    "scene = Scene(optimizer=SGD(lr='0.1'))": (1, "lr must be"),
    "scene = Scene(optimizer=SGD(0.1, momentum=1))": (1, "momentum"),
    "scene = Scene(optimizer=SGD(0.1, momentum=-0.1))": (1, "momentum"),
    "scene = Scene(optimizer=SGD(0.1, weight_decay=-1))": (1, "weight_decay"),
    "scene = Scene(optimizer=SGD(0.1, nesterov=True))": (1, "[Nn]esterov"),
    "scene = Scene(optimizer=SGD(0.1, momentum=0.9, dampening=0.5, nesterov=True))": (1, "dampening"),
    "scene = Scene(optimizer=SGD(0.1, nesterov='yes'))": (1, "nesterov"),
    "scene = Scene(optimizer=SGD(0.1, momentun=0.9))": (1, "did you mean 'momentum'"),
    "scene = Scene(optimizer=Optimizer('Adan', lr=1.0))": (1, "did you mean 'Adam'"),
    "scene = Scene(optimizer=Optimizer('SparseAdam', lr=1.0))": (1, "dense"),
    "scene = Scene(optimizer=Optimizer('Adam', lr=-1.0))": (1, "lr must be"),
    "scene = Scene(optimizer=Optimizer('Adam', lr=1.0, beta=1))": (1, "did you mean 'betas'"),
    "scene = Scene(video=3)": (1, "video"),
    "scene = Scene(video=Video(width=0))": (1, "width"),
    "scene = Scene(video=Video(width=10**6))": (1, "width"),
    "scene = Scene(video=Video(fps=0))": (1, "fps"),
    "scene = Scene(video=Video(fps=float('nan')))": (1, "fps"),
    "scene = Scene(video=Video(epochs_per_second=0))": (1, "epochs_per_second"),
    "scene = Scene(video=Video(hold_end=-1))": (1, "hold_end"),
    "scene = Scene(video=Video(pace='fast'))": (1, "pace"),
    "from animgd.scene.style import Style\nscene = Scene(style=Style(theme='pink'))": (2, "theme"),
    "from animgd.scene.style import Style\nscene = Scene(style=Style(colormap='rainbov'))": (0, "rainbov"),
    "scene = Scene(problem=Function(lambda w, b: 'x'))": (1, "tensor"),
    "scene = Scene(problem=Function(lambda w, b: 1 / 0))": (1, "ZeroDivision|division"),
    "scene = Scene(problem=Function(lambda w: w))": (1, "argument"),
    "import os\nscene = Scene(problem=Function(lambda w, b: os._exit(0)))": (2, "os._exit"),
    "import ctypes\nscene = Scene(problem=Function(lambda w, b: ctypes.string_at(0)))": (2, "signal 11"),
    "import sys\nscene = Scene(problem=Function(lambda w, b: sys.exit()))": (0, ""),
    "import time\nscene = Scene(problem=Function(lambda w, b: time.sleep(99)))": (2, "timed out after 6 s"),
    "def slow(p, y):\n    while True: pass\nscene = Scene(losses=(slow,))": (2, "slow timed out after 6 s"),
    "def slow(p, lr):\n    while True: pass\nscene = Scene(optimizer=Optimizer(slow, lr=1))": (2, "slow timed out"),
    SLOW_BACKWARD: (7, "f timed out after 6 s"),
    "while True:\n    try:\n        while True: pass\n    except: pass": (0, "timed out after 6 s"),
    "scene = SGD()": (1, "missing a required argument: .lr."),
    "scenes = [SGD(0.1)]": (0, "no scene found"),
    "scenes = {None: Scene()}": (1, "must be text, a number"),
    "x = 3  # no scene": (0, "no scene found"),
}  # fmt: skip
RUDE = {  # these make a film, and it is the film of a scene that does nothing odd
    "threads left running": "import threading, time; threading.Thread(target=time.sleep, args=(999,)).start()",
    "a child left running": "import subprocess; subprocess.Popen(['sleep', '999'])",
    "10 MB printed": "print('x' * 10**7)",
    "10 MB printed past Python": "import os; os.write(1, b'x' * 10**5); os.write(2, b'x' * 10**5 + b'\\n')",
    "default dtype": "import torch; torch.set_default_dtype(torch.float64)",
    "default device": "import torch; torch.set_default_device('meta')",
    "gradients off": "import torch; torch.set_grad_enabled(False)",
    "deterministic": "import torch; torch.use_deterministic_algorithms(True); torch.set_num_threads(1)",
    "rcParams": "import matplotlib; matplotlib.rcParams.update({'text.usetex': True, 'path.simplify': False})",
    "a style": "import matplotlib.style as s; s.use('ggplot')",
    "a back end": "import matplotlib; matplotlib.use('svg')",
    "working directory": "import os; os.chdir('/')",
    "the environment": "import os; os.environ.clear()",
    "the search path": "import sys; sys.path.clear()",
    "numpy's errors": "import numpy; numpy.seterr(all='raise')",
    "warnings as errors": "import warnings; warnings.simplefilter('error')",
    "recursion limit": "import sys; sys.setrecursionlimit(80)",
    "built-in functions": "import builtins; builtins.open = builtins.print = None",
    "umask": "import os; os.umask(0o777)",
    "signals": "import signal; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]",
    "an alarm": "import signal; signal.alarm(1)",
    "an interrupt": "import _thread; _thread.interrupt_main()\nfor _ in range(10**7): pass",
    "a fork": "import os; os.fork()",
    "atexit": "import atexit, os; atexit.register(os._exit, 7)",
    "json": "import json; json.dumps = None",
    "stdout closed": "import sys; sys.stdout.close() if False else sys.__stdout__.close()",
    "locale": "import locale; locale.setlocale(locale.LC_ALL, 'C')",
    "random": "import random, numpy; random.seed(1); numpy.random.seed(1)",
    "decimal": "import decimal; decimal.getcontext().prec = 2",
    "nice": "import os; os.nice(1)",
}  # fmt: skip
NAMES = ("torch", "numpy", "random", "json", "typing", "matplotlib", "PIL", "os", "argparse", "__main__")
OPTIONS = ("--scene-timeout", "6", "-f", "json,gif", "--size", "320x240")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A program with a plain film to compare with."""
    program = Program(tmp_path_factory.mktemp("rude"))
    assert program.run(program.write("plain.py"), *OPTIONS).status == 0
    return program


def bounded() -> None:
    """What a scene may take at most, so that the test does not take the machine's all."""
    resource.setrlimit(resource.RLIMIT_DATA, (3 << 29, 3 << 29))


def crowd(program: Program, texts: list[str], prefix: str) -> Result:
    """All of these modules in one call, a plain scene after each."""
    modules = []
    for number, text in enumerate(texts):
        modules.append(
            program.write(f"{prefix}{number:03d}.py", HEAD + text + "\n" + (SCENE if "scene" not in text else ""))
        )
        modules.append(program.write(f"{prefix}{number:03d}x.py"))
    return program.run(*modules, *OPTIONS, "-j", "2", deadline=900, preexec_fn=bounded)


def check_fatal(program: Program, texts: list[str], prefix: str) -> None:
    done = crowd(program, texts, prefix)
    assert done.status == 1
    lines = [line for line in done.err if line.startswith("animgd: ")]
    assert len(lines) == len(texts), lines
    wrong = [(text, line) for number, (text, line) in enumerate(zip(texts, lines, strict=True))
             if not told(FATAL[text], line, f"{prefix}{number:03d}.py")]  # fmt: skip
    assert wrong == []
    assert not any("Traceback" in line for line in done.err)
    same(program, [f"{prefix}{number:03d}x" for number in range(len(texts))])


def told(wanted: tuple[int, str], line: str, name: str) -> bool:
    """Whether a line names the module, the place, and the reason, and is a line."""
    place = name + (f":{OPENED + wanted[0]}:" if wanted[0] else "")
    return place in line and bool(re.search(wanted[1], line)) and len(line) < 1000 and line.isprintable()


def same(program: Program, names: list[str]) -> None:
    """Whether these films are the plain one."""
    for kind in ("json", "gif"):
        plain = (program.films / f"plain.{kind}").read_bytes()
        odd = [name for name in names if (program.films / f"{name}.{kind}").read_bytes() != plain]
        assert odd == []


FEW = [
    "import os\nos._exit(0)",
    "import ctypes; ctypes.string_at(0)",
    "while True: pass",
    "import itertools\nsum(itertools.repeat(1))",
    "input()",
]


def test_a_few_bad_scenes(home: Program) -> None:
    """The worst of the bad scenes: one line each, and the scenes after them are filmed as if alone."""
    check_fatal(home, FEW, "few")


UNREADABLE = {
    b"# -*- coding: nonsense -*-\nx = 1\n": "unknown encoding: nonsense",
    b"#!/usr/bin/python\n# vim: set fileencoding=rot13 :\nx = 1\n": "rot13",
    b"x = '\xff\xfe'\n": "utf-8",
    b"# coding: ascii\nx = '\xe4'\n": "ascii",
    "\ufeffx = 1".encode("utf-16"): "null bytes|utf-8",
    b"\xef\xbb\xbf# coding: latin-1\nx = 1\n": "encoding problem",
}


def test_modules_that_cannot_be_decoded(tmp_path: Path) -> None:
    """A bad coding line and bytes that are no text are one line each, and the scene after them is filmed."""
    program = Program(tmp_path)
    modules = [program.home / f"odd{number}.py" for number in range(len(UNREADABLE))]
    for module, source in zip(modules, UNREADABLE, strict=True):
        module.write_bytes(source)
    done = program.run(*modules, program.write("plain.py"), *OPTIONS)
    assert done.status == 1 and len(done.err) == len(modules)
    for module, line, reason in zip(modules, done.err, UNREADABLE.values(), strict=True):
        assert line.startswith(f"animgd: {module}") and re.search(reason, line), line
    assert (program.films / "plain.gif").exists()


@pytest.mark.long
def test_bad_scenes(home: Program, record_property) -> None:
    """All of the bad scenes: one line each with the right place, and the scenes after them are filmed as if alone."""
    record_property("count", len(FATAL))
    check_fatal(home, list(FATAL), "bad")


@pytest.mark.long
def test_rude_scenes(home: Program, record_property) -> None:
    """What a scene changes reaches neither the drawing of its own film nor the next scene."""
    record_property("count", len(RUDE))
    done = crowd(home, list(RUDE.values()), "rude")
    spoilt = {"json", "the search path"}  # its own process needs them: one line, and only its own film is lost
    assert len([line for line in done.err if line.startswith("animgd: ")]) == len(spoilt), done.err[-9:]
    assert sum(map(len, done.err)) < 600_000
    good = [f"rude{n:03d}" for n, name in enumerate(RUDE) if name not in spoilt]
    same(home, good + [f"rude{n:03d}x" for n in range(len(RUDE))])


@pytest.mark.parametrize(
    "text", ["import os\nos._exit(0)", "import ctypes; ctypes.string_at(0)", "import sys; sys.exit(0)"]
)
def test_one_bad_scene_alone(home: Program, text: str) -> None:
    """A single module too has a process of its own: status 2 and one line with the place."""
    done = home.run(home.write("alone.py", HEAD + text + "\n"), *OPTIONS)
    assert done.status == 2 and len(done.err) == 1 and done.out == []
    assert told(FATAL[text], done.err[0], "alone.py"), done.err


SLEEP = "import os, signal, subprocess, time\nsubprocess.Popen(['sleep', '999'], start_new_session=True)\n"
DAEMON = """import os, signal, time
if not os.fork():
    os.setsid()
    if not os.fork():
        os.execvp("sleep", ["sleep", "999"])
    os.kill(os.getpid(), signal.SIGKILL)
time.sleep(0.3)
"""
STARTS = {  # how it ends: text of the module, status
    "well": (SLEEP + HEAD + SCENE, 0),
    "with an orphan": (DAEMON + HEAD + SCENE, 0),
    "by an error": (DAEMON + "1 / 0\n", 2),
    "by a signal": (DAEMON + "os.kill(os.getpid(), signal.SIGSEGV)\n", 2),
    "too late": (SLEEP + "while True: pass\n", 2),
}


@pytest.mark.parametrize("how", STARTS)
@pytest.mark.parametrize("several", [False, pytest.param(True, marks=pytest.mark.long)])
def test_what_a_scene_starts_ends_with_it(tmp_path: Path, how: str, several: bool) -> None:
    """Also in a session of its own, it is gone when the program is (which `run` looks for)."""
    program, (text, status) = Program(tmp_path), STARTS[how]
    others = [program.write("other.py")] if several else []
    done = program.run(program.write("starts.py", text), *others, *OPTIONS, "--scene-timeout", "2")
    assert done.status == (status and 2 - several), done.err
    assert len(done.err) == (status > 0), done.err


NEXT = """import os, time
pid, until = int(open("pid").read()), time.monotonic() + 2
while os.path.exists(f"/proc/{pid}"):
    assert time.monotonic() < until, "it lives"
"""


def test_what_a_scene_starts_ends_before_the_next(tmp_path: Path) -> None:
    """A module leaves nothing to the modules after it, also if it has failed."""
    program = Program(tmp_path)
    note = (
        SLEEP.replace("subprocess.Popen", "started = subprocess.Popen", 1)
        + "print(started.pid, file=open('pid', 'w'))\n"
    )
    first = [program.write(f"a{n}.py", note + text) for n, text in enumerate((HEAD + SCENE, "1 / 0\n"))]
    following = [program.write(f"b{n}.py", NEXT + HEAD + SCENE) for n in range(2)]
    done = program.run(first[0], following[0], first[1], following[1], "-f", "json", cwd=tmp_path)
    assert (len(done.out), len(done.err)) == (3, 1), done.err


def test_what_the_program_did_not_start_lives_on(tmp_path: Path) -> None:
    """A shell's background job has the program for a parent once the program has replaced the shell."""
    program = Program(tmp_path)
    call = f"exec {sys.executable} -m animgd -f json -o {program.films} {program.write()}"
    done = subprocess.run(
        ["bash", "-c", f"(sleep 4; echo late) & {call}"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout.splitlines()) == (0, [str(program.films / "small.json"), "late"])


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_scenes_with_the_names_of_libraries(tmp_path: Path, home: Program, name: str) -> None:
    """A scene called torch.py in the current folder neither breaks an import nor is imported."""
    program = Program(tmp_path)
    done = program.run(program.write(f"{name}.py").name, *OPTIONS)
    assert (done.status, done.err) == (0, [])
    assert (program.films / f"{name}.gif").read_bytes() == (home.films / "plain.gif").read_bytes()
