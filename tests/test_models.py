"""Models: the training of a network in its full space, as it is recorded."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from networks import bare, moons, network, scene

from animgd import SGD, Function, Optimizer, Panel, Random, Run, Scene, record
from animgd.errors import SceneError
from animgd.recording import cache, npz
from animgd.recording.step_terms import terms
from animgd.scene.module import transfer
from animgd.scene.runs.schedule import Schedule
from animgd.training.descent.train import train
from animgd.training.models.function import FunctionObjective
from animgd.training.models.network import Network
from animgd.training.models.objective import ModelLog, ModelObjective
from animgd.training.models.sampling import Sampler
from animgd.training.objective import one_thread
from animgd.training.seeding import Generators

OPTIMIZERS = [
    ("SGD", {"lr": 0.3}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("Adam", {"lr": 0.05}),
    ("AdamW", {"lr": 0.05}),
    ("NAdam", {"lr": 0.05}),
    ("RAdam", {"lr": 0.05}),
    ("Adamax", {"lr": 0.05}),
    ("RMSprop", {"lr": 0.01, "momentum": 0.5}),
    ("Adagrad", {"lr": 0.1}),
    ("Adadelta", {"lr": 1.0}),
    ("ASGD", {"lr": 0.1}),
    ("Rprop", {"lr": 0.01}),
]
SCHEDULES = [
    None,
    ("StepLR", {"step_size": 2}),
    ("ExponentialLR", {"gamma": 0.8}),
    ("CosineAnnealingWarmRestarts", {"T_0": 2}),
]


def logged(film, make: int = 0) -> tuple[ModelLog, ModelObjective]:
    """A run of a scene as its log keeps it."""
    run = film.grid[0].runs[make]
    objective = ModelObjective(Network(film.problem), film.grid[0].loss, Generators(film.seed))
    width = sum(each.numel() for each in network().parameters())
    log = ModelLog(width, 10_000, arrows=True)
    train(objective, run, film.epochs, log)
    return log, objective


@pytest.mark.parametrize("batch", [None, 12])
@pytest.mark.parametrize(("name", "settings"), OPTIMIZERS)
def test_paths_equal_a_bare_loop_bit_for_bit(name, settings, batch):
    """All parameters after each step, and the loss on all data, are those of the loop that anybody would write."""
    for schedule in SCHEDULES:
        usual = {"schedule": Schedule(schedule[0], **schedule[1])} if schedule else {}
        film = scene(optimizer=Optimizer(name, **settings), epochs=4, batch=batch, seed=3, **usual)
        wanted, losses = bare(name, settings, 4, batch, 3, schedule)
        log, _ = logged(film)
        found = np.stack([log.rows.row(number) for number in range(len(log.rows))])
        np.testing.assert_array_equal(found, wanted.numpy())
        np.testing.assert_array_equal(log.table[: len(losses), 0], losses)


@pytest.mark.parametrize(("name", "settings"), OPTIMIZERS)
def test_functions_of_many_parameters_equal_a_bare_loop_too(name, settings):
    """Bit for bit, with and without a schedule."""
    for schedule in SCHEDULES:
        usual = {"schedule": Schedule(schedule[0], **schedule[1])} if schedule else {}
        film = Scene(problem=Function(_bowl, dimensions=10), optimizer=Optimizer(name, **settings), epochs=5, **usual)
        objective, log = FunctionObjective(film.problem, Generators(0)), ModelLog(10, 6, arrows=False)
        train(objective, film.grid[0].runs[0], 5, log)
        torch.manual_seed(0)
        x = torch.randn(10).requires_grad_()
        made = getattr(torch.optim, name)([x], **settings)
        rates = getattr(torch.optim.lr_scheduler, schedule[0])(made, **schedule[1]) if schedule else None
        for step in range(6):
            np.testing.assert_array_equal(log.rows.row(step), x.detach())
            made.zero_grad()
            _bowl(x).backward()
            made.step()
            if rates:
                rates.step()


def test_coordinates_are_projections():
    """Recorded points are those computed by hand, from bare iterates and NumPy's svd."""
    film = scene(optimizer={"a": SGD(lr=0.5), "b": Optimizer("Adam", lr=0.05)}, epochs=8)
    paths = [bare("SGD", {"lr": 0.5}, 8), bare("Adam", {"lr": 0.05}, 8)]
    together = np.concatenate([rows.numpy() for rows, _ in paths]).astype(np.float64)
    mean = together.mean(0)
    axes = np.linalg.svd(together - mean)[2][:2]
    at = (together - mean) @ axes.T
    panel = record(film).panels[0]
    found = np.concatenate([np.stack([run.bias, run.weight], 1) for run in panel.runs])
    signs = np.sign((found * at).sum(0))
    np.testing.assert_allclose(found, at * signs, atol=1e-6)
    rest = np.linalg.norm(together - mean - at @ axes, axis=1)
    np.testing.assert_allclose(np.concatenate([run.off_plane for run in panel.runs]), rest, atol=1e-6)
    np.testing.assert_array_equal(np.concatenate([run.loss for run in panel.runs]), [*paths[0][1], *paths[1][1]])
    assert panel.minima == () and panel.curvatures == (None, None)


def test_the_map_is_the_loss_in_the_plane():
    """Each sample is the loss of a network with the parameters of its point of the plane."""
    film = scene(plane=Random(seed=1), resolution=4)
    panel = record(film).panels[0]
    rows, _ = bare("SGD", {"lr": 0.5}, 6)
    end, model, (x, y) = rows[-1].double(), network(), moons()
    from animgd.training.models.directions import random_plane

    plane = random_plane(film.problem.plane, end.numpy(), dict(model.named_parameters()))
    window = panel.landscape.window
    for row, up in enumerate(np.linspace(*window.weight, 4)):
        for column, right in enumerate(np.linspace(*window.bias, 4)):
            point = plane.lift(np.array([right]), np.array([up]))[0]
            torch.nn.utils.vector_to_parameters(torch.from_numpy(point).float(), model.parameters())
            wanted = torch.nn.functional.cross_entropy(model(x), y).item()
            assert panel.landscape.loss[row, column] == pytest.approx(wanted, rel=2.4e-7)


def test_steps_of_sgd_are_the_sum_of_their_projected_terms():
    """Projection is linear: momentum, downhill and decay add up to the step, as in the full space."""
    optimizer = SGD(lr=0.3, momentum=0.9, weight_decay=0.02)
    (path,) = record(scene(optimizer=optimizer, epochs=10)).panels[0].runs
    found = terms(optimizer, path)
    assert found.complete and set(found.named) == {"momentum", "downhill", "decay"}
    np.testing.assert_allclose(sum(found.named.values())[:-1], found.step, atol=1e-6)


def test_the_terms_of_others_are_not_told():
    """Adam scales each parameter for itself, so its projected gradient is no part of its projected step."""
    optimizer = Optimizer("Adam", lr=0.05)
    (path,) = record(scene(optimizer=optimizer)).panels[0].runs
    assert not terms(optimizer, path).complete


def test_runs_of_one_seed_start_alike_and_others_do_not():
    """The network is made anew for each run, under its seed."""
    runs = (Run("a", SGD(lr=0.1)), Run("b", SGD(lr=0.2)), Run("c", SGD(lr=0.1), seed=1))
    one, other, third = record(scene(optimizer=runs, epochs=2)).panels[0].runs
    assert one.loss[0] == other.loss[0] != third.loss[0]
    again = record(scene(optimizer=runs, epochs=2)).panels[0]
    for path, same in zip((one, other, third), again.runs, strict=True):
        np.testing.assert_array_equal(path.weight, same.weight)


def test_a_module_is_copied():
    """A module that the scene made is not trained itself, and each run starts from it."""
    torch.manual_seed(8)
    own = network()
    before = [each.detach().clone() for each in own.parameters()]
    a, b = record(scene(network=own, optimizer={"a": SGD(lr=0.3), "b": SGD(lr=0.1)})).panels[0].runs
    assert a.loss[0] == b.loss[0] and a.loss[-1] < a.loss[0]
    assert all(torch.equal(one, other) for one, other in zip(before, own.parameters(), strict=True))


def test_evaluation_mode_is_on_screen_and_training_mode_trains():
    """With dropout and batch norm, losses on screen and maps are those of evaluation; random numbers stay the run's."""

    def fickle() -> torch.nn.Module:
        nn = torch.nn
        return nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 2))

    found = record(scene(network=fickle, epochs=3))
    (path,) = found.panels[0].runs
    assert found.warnings == ("losses and maps are those of evaluation mode, which changes BatchNorm1d, Dropout",)
    torch.manual_seed(0)
    model, (x, y) = fickle(), moons()
    made = torch.optim.SGD(model.parameters(), 0.5)
    with one_thread():  # statistics of batches depend on their number
        for epoch in range(4):
            made.zero_grad()
            torch.nn.functional.cross_entropy(model(x), y).backward()
            model.eval()
            with torch.no_grad():
                wanted = torch.nn.functional.cross_entropy(model(x), y).item()
            assert path.loss[epoch] == wanted
            model.train()
            made.step()


def test_panels_share_a_window_and_have_planes_of_their_own():
    """Two panels have two planes; the names of the shared axes leave out the parts of variance that differ."""
    panels = (Panel(optimizer=SGD(lr=0.5)), Panel(optimizer=Optimizer("Adam", lr=0.05)))
    found = record(scene(panels=panels, losses=("MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss"), y=moons()[0]))
    one, other = found.panels
    assert one.landscape.window == other.landscape.window
    assert one.plane.shares != other.plane.shares
    assert found.axes == ("PC 1", "PC 2")
    assert one.plane.axes[0].startswith("PC 1 (") and one.plane.axes[0].endswith(" % of the variance)")


@pytest.mark.parametrize("make", [np.asarray, list, lambda each: each.tolist()])
def test_data_come_as_arrays_lists_or_tensors(make):
    """The same numbers give the same path."""
    x, y = moons()
    plain = record(scene()).panels[0].runs[0]
    found = record(scene(x=make(x.numpy()), y=make(y.numpy()))).panels[0].runs[0]
    np.testing.assert_array_equal(found.weight, plain.weight)


def test_whole_numbers_are_numbers_unless_the_network_takes_them_as_they_are():
    """A line needs floats; an embedding needs the integers."""
    for make in (
        lambda: torch.nn.Linear(1, 2),
        lambda: torch.nn.Sequential(torch.nn.Embedding(9, 2), torch.nn.Flatten()),
    ):
        assert np.isfinite(record(scene(network=make, x=[[k % 9] for k in range(40)])).panels[0].landscape.loss).all()


def test_a_dataset_is_taken_whole():
    """A map-style dataset of pairs gives the same path as its tensors."""
    x, y = moons()
    plain = record(scene()).panels[0].runs[0]
    found = record(scene(x=torch.utils.data.TensorDataset(x, y), y=None))
    np.testing.assert_array_equal(found.panels[0].runs[0].weight, plain.weight)
    assert found.warnings == ("the Dataset is taken whole: 40 samples, 1 kB",)


def test_many_points_at_once_are_those_of_the_loop():
    """`vmap` in chunks gives the loop's losses within two roundings."""
    film = scene()
    _, objective = logged(film)
    sampler = Sampler(objective.module, objective.over)
    points = torch.randn(300, 27, generator=torch.Generator().manual_seed(2))

    def some(first: int, last: int) -> torch.Tensor:
        return points[first:last]

    assert sampler._chunk > 1 and sampler._is_mapped(some, 300)
    at_once = sampler.values(some, 300)
    sampler._chunk = 0
    np.testing.assert_allclose(at_once, sampler.values(some, 300), rtol=2.4e-7)


def test_data_in_parts_have_the_loss_of_the_whole():
    """A mean over many samples is computed in parts where they would not fit into memory."""
    _, objective = logged(scene())
    sampler = Sampler(objective.module, objective.over)
    points = torch.randn(5, 27, generator=torch.Generator().manual_seed(2))
    whole = sampler.values(lambda first, last: points[first:last], 5)
    sampler._rows = 7
    np.testing.assert_allclose(sampler.values(lambda first, last: points[first:last], 5), whole, rtol=1e-6)


def test_a_network_that_vmap_cannot_map_is_looped():
    """Own control flow is computed point by point."""

    class Branching(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.line = torch.nn.Linear(2, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.line(x) if self.line.weight.sum().item() > 0 else -self.line(x)

    assert np.isfinite(record(scene(network=Branching)).panels[0].landscape.loss).all()


def test_a_function_of_ten_parameters():
    """`Function(f, dimensions=10)` is trained in ten, from a normally distributed start or one's own."""
    film = scene().replace(
        problem=Function(_bowl, dimensions=10, start=(1.0,) * 10), losses=FOUR, optimizer=SGD(lr=0.05), epochs=20
    )
    (path,) = record(film).panels[0].runs
    assert path.loss[0] == pytest.approx(55.0)
    x = torch.ones(10, requires_grad=True)
    made = torch.optim.SGD([x], 0.05)
    for _ in range(20):
        made.zero_grad()
        _bowl(x).backward()
        made.step()
    assert path.loss[-1] == _bowl(x).item()
    drawn = record(film.replace(problem=Function(_bowl, dimensions=10)))
    torch.manual_seed(0)
    assert drawn.panels[0].runs[0].loss[0] == _bowl(torch.randn(10)).item()


def _bowl(x: torch.Tensor) -> torch.Tensor:
    return (torch.arange(1.0, 11.0) * x**2).sum()


FOUR = ("MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss")


def test_a_recording_of_a_model_is_kept_whole():
    """Bytes of a recording give it back, with planes, distances and boundaries."""
    found = record(scene(companions=("fit",)))
    again = npz.loads(npz.dumps(found))
    assert again.axes == found.axes and again.device == "cpu"
    one, other = found.panels[0], again.panels[0]
    np.testing.assert_array_equal(one.runs[0].off_plane, other.runs[0].off_plane)
    assert one.plane.shares == other.plane.shares
    for mine, theirs in zip(one.plane.predicted[0].at(6), other.plane.predicted[0].at(6), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_scene_with_a_model_reaches_a_film_worker():
    """The network, and arrays, stay where they are; all else is the same."""
    film = scene(companions=("fit",))
    text = transfer.packed([film])
    (told,) = transfer.unpacked(text)
    assert transfer.packed([told]) == text
    assert told.problem.plane == film.problem.plane and told.problem == told.problem
    assert cache.name(film) is None
    assert cache.name(told, "code") != cache.name(told.replace(companions=()), "code")
    json.loads(text)


def test_a_function_with_a_start_needs_dimensions():
    """Fields that mean nothing are refused."""
    with pytest.raises(SceneError, match="need dimensions"):
        Function(_bowl, start=(1, 2, 3))
    with pytest.raises(SceneError, match="start must be 3 numbers"):
        Function(_bowl, dimensions=3, start=(1, 2))


def test_progress_counts_up_to_all_there_is():
    """Training, planes and landscapes are counted, and the last count is the whole."""
    told: list[tuple[int, int]] = []
    record(scene(optimizer={"a": SGD(lr=0.5), "b": SGD(lr=0.1)}), lambda done, count: told.append((done, count)))
    done = [each for each, _ in told]
    assert done == sorted(done) and len({count for _, count in told}) == 1
    assert told[-1][1] - told[-1][0] <= 100 // 4 + 1  # planes of few parameters need fewer passes


def test_threads_and_order_change_no_byte():
    """The same seed gives the same bytes, on one thread or two, alone or after another recording."""
    made, before = scene(batch=12, companions=("fit",)), torch.get_num_threads()
    found = []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            found.append(npz.dumps(record(made)))
            record(scene(seed=9))
    finally:
        torch.set_num_threads(before)
    assert found[0] == found[1] != npz.dumps(record(made.replace(seed=1)))
