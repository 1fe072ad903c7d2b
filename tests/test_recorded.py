"""Trainings of one's own: written down by `Recorder`, filmed by `Recorded`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import ROOT

from animgd import (
    SGD,
    Adam,
    Function,
    Model,
    Optimizer,
    Panel,
    Problem,
    Recorded,
    Recorder,
    Run,
    Scene,
    UsageError,
    record,
)
from animgd.errors import SceneError
from animgd.recording import cache
from animgd.recording.trained.rows import Rows
from animgd.scene.module import transfer
from animgd.training.problems import toy


def loop(layer, steps, note=None, lr=0.05):
    """A training without anything of ours. Shapes: (steps + 1, 2), weight and bias."""
    x, y = (torch.tensor(values).reshape(-1, 1) for values in toy())
    optimizer = torch.optim.Adam(layer.parameters(), lr=lr)
    rows = [(layer.weight.item(), layer.bias.item())]
    for step in range(steps):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(layer(x), y)
        loss.backward()
        optimizer.param_groups[0]["lr"] = lr / (1 + step)
        optimizer.step()
        rows.append((layer.weight.item(), layer.bias.item()))
        if note:
            note(loss=loss, lr=optimizer.param_groups[0]["lr"])
    return np.array(rows)


def line() -> torch.nn.Linear:
    """The article's line at its start."""
    layer = torch.nn.Linear(1, 1)
    layer.weight.data.fill_(6.0)
    layer.bias.data.fill_(-3.0)
    return layer


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    """Growing files lie in a folder of the test."""
    monkeypatch.chdir(tmp_path)


def one(optimizer, epochs=10, **given):
    """The only run of a scene."""
    scene = Scene(panels=(Panel(loss="MSELoss", optimizer=optimizer),), epochs=epochs, resolution=5, **given)
    return record(scene)


@pytest.mark.parametrize("saved", [True, False])
def test_a_loop_of_ones_own_is_filmed_as_it_was(tmp_path, saved):
    """Parameters and learning rates are the loop's; losses those of all data. A file that still grows is one too."""
    layer = line()
    recorder = Recorder(layer)
    rows = loop(layer, 10, recorder.step)
    path = recorder.save("run.npz") if saved else recorder.growing
    recording = one(Recorded(path, label="mine"))
    run = recording.panels[0].runs[0]
    np.testing.assert_array_equal(np.stack([run.weight, run.bias], 1), rows)
    assert run.lr.tolist() == [0.05 / (1 + k) for k in range(10)] + [0.005]
    trained = one(Adam(lr=0.05), 1).panels[0].runs[0]
    assert run.loss[0] == trained.loss[0] and (run.gradient[0] == trained.gradient[0]).all()
    assert not recording.warnings


def test_every_so_many_steps_and_more_than_one_an_epoch(tmp_path):
    """Every third step is kept; two of these are an epoch of the film."""
    layer = line()
    recorder = Recorder(layer, every=3)
    rows = loop(layer, 20, recorder.step)
    recorder.save("run.npz")
    run = one(Recorded("run.npz", steps_per_epoch=2), 3).panels[0].runs[0]
    np.testing.assert_array_equal(run.weight, rows[::3, 0])
    assert run.steps_per_epoch == 2


@pytest.mark.parametrize(("epochs", "words"), [(4, "the first 4 of its 10 steps"), (12, "stands still after them")])
def test_what_is_cut_or_stands_still_is_said(epochs, words):
    """A film is as long as its scene says, whatever the recording."""
    recorder = Recorder(layer := line())
    rows = loop(layer, 10, recorder.step)
    recorder.save("run.npz")
    recording = one(Recorded("run.npz"), epochs)
    run = recording.panels[0].runs[0]
    assert len(run.weight) == epochs + 1 and run.weight[-1] == rows[min(epochs, 10), 0]
    assert any(words in warning for warning in recording.warnings)


@pytest.mark.parametrize("after", [False, True])
def test_a_recording_of_another_problem_is_doubted(after):
    """Its first loss is neither that of its start nor that after a step; without a loss, or in batches, who knows."""
    rows = loop(line(), 10)
    for name, told in (("losses.npz", True), ("none.npz", False)):
        recorder = Recorder(layer := line())
        losses = one(Recorded(rows)).panels[0].runs[0].loss
        for (weight, bias), loss in zip(rows[1:], losses[1:] if after else losses, strict=False):
            layer.weight.data.fill_(weight)
            layer.bias.data.fill_(bias)
            recorder.step(loss=loss * 1.001 if told else None)
        recorder.save(name)

    def said(name, loss="MSELoss", every=1, **given):
        panel = Panel(loss=loss, optimizer=Recorded(name, steps_per_epoch=every))
        return " ".join(record(Scene(panels=(panel,), epochs=10 // every, resolution=5, **given)).warnings)

    assert not said("losses.npz") and not said("none.npz", "L1Loss") and not said("losses.npz", "L1Loss", 2)
    assert f"losses: its first recorded loss is {losses[int(after)] * 1.001:.4g}, and here" in said(
        "losses.npz", "L1Loss"
    )
    assert "was it trained on other data" in said("losses.npz", problem=Problem(x=(0.0, 1.0, 2.0), y=(1.0, 3.0, 5.0)))


def test_arrays_are_paths_of_lines_and_of_functions():
    """(weight, bias) of a line, (x, y) of a function; windows are found around where they start."""
    path = np.array([[1.0, 2.0], [0.5, 1.0], [0.0, 0.5]])
    run = one(Recorded(path), 2).panels[0].runs[0]
    assert (run.weight.tolist(), run.bias.tolist()) == (path[:, 0].tolist(), path[:, 1].tolist())
    scene = Scene(problem=Function(lambda x, y: x**2 + 4 * y**2), optimizer=Recorded(path), epochs=2, resolution=5)
    recording = record(scene)
    run = recording.panels[0].runs[0]
    assert (run.bias.tolist(), run.weight.tolist()) == (path[:, 0].tolist(), path[:, 1].tolist())
    assert run.loss.tolist() == [17.0, 4.25, 1.0]
    window = recording.panels[0].landscape.window
    assert window.x[0] < 0 and 1 < window.x[1] < 3 and window.y[1] < 5


def test_a_network_that_was_trained_elsewhere_shares_a_plane():
    """The path of a network in its plane is the same, whether animgd or a loop of one's own has trained it."""
    torch.manual_seed(0)
    x = torch.randn(30, 2)
    y = (x[:, :1] * x[:, 1:]).clone()

    def network():
        torch.manual_seed(1)
        return torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))

    module = network()
    recorder, optimizer = Recorder(module), torch.optim.SGD(module.parameters(), lr=0.1, momentum=0.9)
    for _ in range(12):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(module(x), y)
        loss.backward()
        optimizer.step()
        recorder.step(loss=loss, lr=0.1)
    recorder.save("net.npz")
    runs = (Run("animgd", SGD(lr=0.1, momentum=0.9), seed=1), Run("mine", Recorded("net.npz")))
    scene = Scene(problem=Model(network, x=x, y=y), losses=("MSELoss",), optimizer=runs, epochs=12, resolution=5)
    assert not record(scene).warnings
    (doubt,) = record(scene.replace(problem=Model(network, x=x, y=y + 1))).warnings
    assert "net: its first recorded loss is" in doubt
    ours, theirs = record(scene).panels[0].runs
    np.testing.assert_allclose(theirs.weight, ours.weight, atol=1e-5)
    np.testing.assert_allclose(theirs.loss, ours.loss, rtol=1e-5)
    assert np.ptp(ours.bias) > 0.1


def test_any_arrays_will_do():
    """Functions that return nested lists and dicts of arrays, as JAX has them, and arrays changed in place."""
    parameters = {"dense": {"kernel": np.ones((2, 3)), "bias": np.zeros(3)}, "scales": [np.float64(2), np.ones(1)]}
    recorder = Recorder(lambda: parameters)
    parameters = {"dense": {"kernel": np.full((2, 3), 7), "bias": np.ones(3)}, "scales": [np.float64(1), np.ones(1)]}
    recorder.step()
    rows = Rows(recorder.save("run.npz"))
    assert rows.described.names == ("dense.kernel", "dense.bias", "scales.0", "scales.1")
    first, second = rows
    assert first.values.tolist() == [1] * 6 + [0] * 3 + [2, 1] and second.values.tolist() == [7] * 6 + [1] * 5
    half = torch.ones(3, dtype=torch.bfloat16, requires_grad=True)
    assert next(iter(Rows(Recorder([half]).save("half.npz")))).values.tolist() == [1, 1, 1]


def test_the_growing_file_goes_when_all_of_it_is_saved():
    """It stays as long as something in it is not saved."""
    recorder = Recorder([np.zeros(2)])
    growing = recorder.growing
    recorder.step()
    recorder.save("run.npz")
    recorder.step()
    del recorder
    assert growing.exists() and Rows(growing).count == 3
    recorder = Recorder([np.zeros(2)], growing="mine.rows")
    recorder.step()
    assert recorder.save("run.npz").exists() and recorder.growing.exists()
    del recorder
    assert sorted(each.name for each in Path().iterdir()) == sorted([growing.name, "run.npz"])


KILLED = """
import os, signal, numpy as np, animgd
path = np.array([6.0, -3.0])
recorder = animgd.Recorder([path], growing="killed.rows")
for step in range(1000):
    path *= 0.99
    recorder.step(loss=1.0, lr=0.1)
    if step == 500:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_training_can_be_filmed():
    """All steps up to the kill are there; half a row at the end is no row; recording imports no torch."""
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", KILLED], env=env, check=False)
    assert done.returncode == -signal.SIGKILL
    with Path("killed.rows").open("ab") as file:
        file.write(b"half a row")
    run = one(Recorded("killed.rows"), 501).panels[0].runs[0]
    assert len(run.weight) == 502 and run.weight[-1] == pytest.approx(6 * 0.99**501, rel=1e-4)
    code = "import animgd, sys; animgd.Recorder([[1.0]]); print('torch' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True)
    assert told.stdout.strip() == "False"


def damaged(path, change):
    """A saved file with something wrong."""
    Recorder([np.zeros(2)]).save(path)
    change(path)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Recorded("nowhere.npz"), ["cannot read nowhere.npz", "No such file"]),
        (lambda: Recorded([[1, 2, 3], [1, 2, 3]]), ["array of shape (steps + 1, 2)"]),
        (lambda: Recorded([[1, 2]]), ["at least two rows"]),
        (lambda: Recorded([[1, 2], [3, 4]], steps_per_epoch=0), ["steps_per_epoch must be"]),
        (lambda: Scene(optimizer=Recorded([[1, 2], [3, 4]])).replace(lr=2), ["no setting 'lr'", "trained already"]),
        (lambda: one(Recorded("text.npz")), ["cannot read text", "not"]),
        (lambda: one(Recorded("start.npz")), ["start has no steps"]),
        (lambda: one(Recorded("other.npz")), ["other has 3 parameters, but what is filmed has 2"]),
        (lambda: one(Recorded("members.npz")), ["cannot read members", "not a recording"]),
    ],
)
def test_what_is_wrong_is_one_line_at_its_place(make, words):
    """Files that are missing, damaged, or of another model."""
    Path("text.npz").write_text("not a recording")
    Recorder([np.zeros(2)]).save("start.npz")
    other = Recorder([np.zeros(3)])
    other.step()
    other.save("other.npz")
    with zipfile.ZipFile("members.npz", "w") as archive:
        archive.writestr("a.npy", b"")
    with pytest.raises(SceneError) as caught:
        make()
    text = str(caught.value)
    assert text.startswith(__file__) and "\n" not in text and all(word in text for word in words), text


def test_what_cannot_be_recorded_is_said_when_it_begins():
    """A recorder of nothing, of words, of shapes that change, and of every zeroth step."""
    for wrong in ([], ["a"], 3, lambda: {}):
        with pytest.raises(UsageError, match="Recorder"):
            Recorder(wrong)
    with pytest.raises(UsageError, match="every"):
        Recorder([np.zeros(2)], every=0)
    arrays = [np.zeros(2)]
    recorder = Recorder(arrays)
    arrays[0] = np.zeros(3)
    with pytest.raises(UsageError, match=r"had shapes .* and now have"):
        recorder.step()


def test_recordings_know_what_they_depend_on():
    """Another content of the file is another recording; another name or place is not. Other processes need no file."""
    recorder = Recorder(layer := line())
    loop(layer, 3, recorder.step)
    recorder.save("run.npz")

    def scene(file):
        return Scene(panels=(Panel(loss="MSELoss", optimizer=Recorded(file, label=file)),), epochs=3)

    before = cache.name(scene("run.npz"))
    Path("run.npz").rename("moved.npz")
    assert cache.name(scene("moved.npz")) == before is not None
    loop(layer, 1, recorder.step)
    recorder.save("moved.npz")
    assert cache.name(scene("moved.npz")) != before
    declared = scene("moved.npz")
    Path("moved.npz").unlink()
    assert transfer.unpacked(transfer.packed([declared])) == [declared]


def test_a_label_of_a_known_optimizer_makes_no_terms():
    """What a recorded path was trained with is not known, whatever it is called."""
    path = [[6.0, -3.0], [5.0, -2.0], [4.0, -1.0]]
    named = Recorded(path, label="SGD")
    recording = one({"a": named, "b": Optimizer("Adam", lr=0.1)}, 2)
    from animgd.recording.step_terms import terms
    from animgd.scene.weight_decay import coupled_decay, is_sgd

    assert not terms(named, recording.panels[0].runs[0]).complete and not is_sgd(named) and not coupled_decay(named)


def test_memory_stays_flat_while_a_large_model_is_recorded():
    """Thirty steps of a million parameters take less memory than two of them: 120 MB go to the disk."""
    code = """
import resource, numpy as np, animgd
parameters = np.zeros(1_000_000, np.float32)
recorder = animgd.Recorder([parameters])
recorder.step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for _ in range(30):
    parameters += 1
    recorder.step()
recorder.save("large.npz")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True)
    assert int(done.stdout) < 16_000  # kilobytes
    rows = Rows(Path("large.npz"))
    assert rows.count == 32 and [row.values[7] for row in rows][-1] == 30
