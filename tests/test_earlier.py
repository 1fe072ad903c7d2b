"""What the last recording has computed is not computed again, and a recording is the same with it as without."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from animgd import SGD, Function, Loss, Optimizer, Panel, Problem, Run, Scene, Schedule, Style, Video, Window
from animgd.recording.npz import dumps
from animgd.training import record as recording
from animgd.training.earlier import Earlier
from animgd.training.record import record

SCENE = Scene(title="A", optimizer=SGD(0.1, momentum=0.9), losses=("MSELoss", "L1Loss"), epochs=6, resolution=15)
ONE = Scene(problem=Function("rosenbrock"), optimizer=Optimizer("Adam", lr=0.1), epochs=6, resolution=15)
EDITS = {  # each edit: the scenes before and after it, landscapes sampled and runs trained after it
    "lr": (SCENE, SCENE.replace(lr=0.11), 0, 2),
    "look": (SCENE, SCENE.replace(title="B", style=Style("dark"), video=Video(640, 360)), 0, 0),
    "epochs": (SCENE, SCENE.replace(epochs=7), 0, 2),
    "loss": (SCENE, SCENE.replace(losses=("MSELoss", Loss("HuberLoss", delta=2.0))), 1, 1),
    "window": (SCENE, SCENE.replace(window=Window(bias=(-4, 8), weight=(-5, 8))), 2, 0),
    "resolution": (SCENE, SCENE.replace(resolution=17), 2, 0),
    "data": (SCENE, SCENE.replace(problem=Problem(x=(0.0, 1.0, 2.0), y=(1.0, 0.0, 3.0)), window=SCENE.window), 2, 2),
    "a run more": (SCENE, SCENE.replace(optimizer=(Run("a", SCENE.optimizer), Run("b", SGD(0.2)))), 0, 2),
    "a panel more": (SCENE, Scene(panels=tuple(Panel(loss=each, optimizer=SGD(0.1, momentum=0.9)) for each in
                     ("MSELoss", "L1Loss", "HuberLoss")), epochs=6, resolution=15), 1, 1),
    "batch": (SCENE, SCENE.replace(batch=10), 0, 2),
    "seed of batches": (SCENE.replace(batch=10), SCENE.replace(batch=10, seed=1), 0, 2),
    "schedule": (SCENE, SCENE.replace(schedule=Schedule("ExponentialLR", gamma=0.9)), 0, 2),
    "clip": (SCENE, SCENE.replace(clip=1.0), 0, 2),
    "another function": (ONE, ONE.replace(problem=Function("himmelblau")), 1, 1),
    "a setting of Adam": (ONE, ONE.replace(optimizer=Optimizer("Adam", lr=0.1, betas=(0.8, 0.999))), 0, 1),
}  # fmt: skip


@pytest.fixture
def computed(monkeypatch) -> Counter[str]:
    """How often landscapes were sampled and runs trained."""
    count: Counter[str] = Counter()

    def counted(name, original, *given, **settings):
        count[name] += 1
        return original(*given, **settings)

    for name in ("survey", "descend", "known_minima"):
        monkeypatch.setattr(recording, name, partial(counted, name, getattr(recording, name)))
    return count


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_computes_what_it_changes(edit: str, computed: Counter[str]) -> None:
    """Landscapes and runs that did not change are reused panel by panel, and the numbers are those of a new start."""
    before, after, landscapes, runs = EDITS[edit]
    earlier = Earlier()
    record(before, None, earlier)
    computed.clear()
    found = record(after, None, earlier)
    assert (computed["survey"], computed["descend"]) == (landscapes, runs)
    assert dumps(found) == dumps(record(after))


def test_own_code_is_always_called(computed: Counter[str]) -> None:
    """A function of one's own may answer differently next time; its neighbours are reused."""
    calls: list[int] = []

    def own(predictions, targets):
        calls.append(1)
        return (predictions - targets).abs().mean()

    scene, earlier = SCENE.replace(losses=("MSELoss", own)), Earlier()
    for _ in range(2):
        calls.clear()
        computed.clear()
        record(scene, None, earlier)
    assert calls and (computed["survey"], computed["descend"], computed["known_minima"]) == (1, 1, 1)


def test_only_the_last_recording_is_kept() -> None:
    """Memory stays flat: what an edit replaces is forgotten; what was begun and not finished does not pile up."""
    earlier = Earlier()
    sizes = []
    for number in range(6):
        record(SCENE.replace(lr=0.1 + 0.01 * number), None, earlier)
        sizes.append(len(earlier._parts))
    assert len(set(sizes)) == 1


def test_progress_counts_reused_steps() -> None:
    """The steps done reach all of them, also where some were not made again."""
    earlier, told = Earlier(), []
    record(SCENE, None, earlier)
    record(SCENE.replace(losses=("MSELoss", "HuberLoss")), lambda done, count: told.append((done, count)), earlier)
    assert told[-1] == (12, 12)
