"""However a run is computed, it is the same run: 20 steps in float64 by every path against the plain one."""

import contextlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.nn.modules.module import register_module_forward_hook

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.errors import Stopped
from surrogate.training import checkpoint
from surrogate.training.objective import Graded
from surrogate.training.train import train
from surrogate.training.training_settings import TrainConfig

from .conftest import poisson, steady_spec, write

SCRIPT = Path(__file__).with_name("parallel_runs.py")
MODELS = {
    "fno": ("model=fno", "model.hidden_channels=4", "model.n_layers=2", "model.n_modes=3"),
    "mgno": ("model=mgno", "model.hidden_channels=3", "model.n_layers=2"),
    "deeponet": ("model=deeponet", "model.branch_layers=[8]", "model.trunk_layers=[8]", "model.n_basis=6"),
    "unet": ("model=unet", "model.hidden_channels=3", "model.levels=2"),
}
STEPS = 20


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def after(polls):
    """Return a ``should_stop`` that says yes when asked once more than ``polls`` times."""
    count = iter(range(10**9))
    return lambda: next(count) >= polls


def run(config, should_stop=lambda: False):
    for _ in train(config, should_stop):
        pass


def state(folder):
    """Return every tensor of the newest state: weights and moments, in float64."""
    return checkpoint.read_saved(folder, checkpoint.read_state(folder).current)


def apart(one, other):
    """Return the largest difference between tensors of two states, relative to each tensor's largest number."""
    assert one.keys() == other.keys()
    return max(float((one[name] - other[name]).abs().max() / one[name].abs().max().clamp_min(1e-300)) for name in one)


def same_bits(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


class Opened:
    """How often a file of the data was opened by name rather than read whole; hooks of this kind stay for ever."""

    def __init__(self):
        self.count = 0
        sys.addaudithook(self.see)

    def see(self, event, arguments):
        if event == "open" and arguments[1] is None and str(arguments[0]).endswith(".hdf5"):
            self.count += 1


@pytest.fixture(scope="module")
def opened():
    return Opened()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("paths")


@pytest.fixture(scope="module")
def configs(place):
    """Give the settings of each model: 18 pairs in batches of 4, the last of 2, and 4 epochs of 5 steps."""
    data = write(place / "data", steady_spec(), {"train": 18, "valid": 6, "test": 0}, poisson)
    common = ("loss=h1_fd", "optimizer=adam", "optimizer.lr=1e-2", "trainer.batch_size=4", "trainer.epochs=4")
    common = (*common, "trainer.device=cpu", "trainer.precision=float64")
    made = {}
    for model, words in MODELS.items():
        tree = compose_tree("train", ["data=somewhere", *words, *common])
        made[model] = read(TrainConfig, tree | {"data": str(data.path), "out": str(place / model)})
    return made


@pytest.fixture(scope="module")
def changed(configs, place):
    """Give the settings of a model, computed another way, in a folder of its own."""

    def make(model, name, **trainer):
        config = configs[model]
        update = {"out": place / f"{model}-{name}", "trainer": config.trainer.model_copy(update=trainer)}
        return config.model_copy(update=update)

    return make


@pytest.fixture(scope="module")
def plain(configs):
    """Return the state of each model behind the plain run."""
    for config in configs.values():
        run(config)
    return {model: state(config.out) for model, config in configs.items()}


@pytest.fixture(scope="module")
def together(changed, place):
    """Return what two processes said of their trainings, by the name of the folder, with the folder."""
    half = changed("fno", "one-then-two")
    with pytest.raises(Stopped):
        run(half, after(8))
    runs = [{"settings": changed(model, "ddp", parallel="ddp")} for model in MODELS]
    runs += [{"settings": changed("fno", "parts-ddp", accumulate=2)}]
    runs += [{"settings": changed(model, "fsdp", parallel="fsdp")} for model in MODELS]
    runs += [{"settings": changed("fno", "two-then-one", parallel="fsdp"), "stop": 8}, {"settings": half}]
    # A port for each: a process that is done early must not meet the other where both met before.
    for one, port in zip(runs, free_ports(len(runs)), strict=True):
        one |= {"settings": json.loads(one["settings"].model_dump_json()), "port": port}
    file = place / "runs.json"
    file.write_text(json.dumps(runs))
    common = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "OMP_NUM_THREADS": "1"}
    processes = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT), str(file)],
            env=os.environ | common | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    try:
        outputs = [process.communicate(timeout=500) for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0, 0], outputs
    first, second = ({line["out"]: line for line in map(json.loads, out.splitlines())} for out, _ in outputs)
    assert first == second
    return first


def test_every_weight_is_learned_in_the_plain_run(plain):
    for model, tensors in plain.items():
        moments = {name: tensor for name, tensor in tensors.items() if name.endswith("exp_avg_sq")}
        assert moments
        assert all(tensor.dtype == torch.float64 and tensor.max() > 0 for tensor in moments.values()), model
        assert {float(tensor) for name, tensor in tensors.items() if name.endswith(".step")} == {STEPS}


@pytest.mark.parametrize("model", MODELS)
def test_a_resumed_run_is_the_plain_one_bit_for_bit(model, plain, changed):
    config = changed(model, "resumed")
    for polls in (3, 9):
        with pytest.raises(Stopped):
            run(config, after(polls))
    assert 0 < checkpoint.read_state(config.out).current.cursor.epoch < 4
    run(config)
    assert same_bits(state(config.out), plain[model])


@pytest.mark.parametrize("model", MODELS)
def test_summed_gradients_of_parts_are_those_of_the_batch(model, plain, changed):
    forwards = []

    def count(module, arguments, result):
        if isinstance(module, Graded):
            forwards.append(len(result))

    config, hook = changed(model, "parts", accumulate=3), register_module_forward_hook(count)
    try:
        run(config)
    finally:
        hook.remove()
    assert forwards == 4 * (4 * [2, 1, 1] + [1, 1])
    assert apart(plain[model], state(config.out)) < 1e-10


@pytest.mark.parametrize("model", MODELS)
def test_streamed_samples_train_to_the_same_bits(model, plain, changed, opened):
    config, before = changed(model, "streamed", data_on="disk"), opened.count
    run(config)
    # Once for the survey and once a step, once for the check of the validation samples and twice an epoch.
    assert opened.count - before >= STEPS + 4 * 2
    assert same_bits(state(config.out), plain[model])


@pytest.mark.parametrize("model", MODELS)
def test_two_processes_train_as_one(model, plain, together, place):
    report = together[f"{model}-ddp"]
    assert report["ended"] == "4 epochs"
    assert report["met"] == 3, "a step asks whether to stop, averages gradients and adds up losses"
    assert apart(plain[model], state(place / f"{model}-ddp")) < 1e-10


@pytest.mark.parametrize("model", MODELS)
def test_two_processes_with_pieces_of_the_weights_train_as_one(model, plain, together, place):
    report = together[f"{model}-fsdp"]
    assert report["ended"] == "4 epochs"
    assert report["met"] > 4, "weights are put together and gradients taken apart"
    assert apart(plain[model], state(place / f"{model}-fsdp")) < 1e-10


def test_two_processes_sum_parts_before_they_meet(plain, together, place):
    assert together["fno-parts-ddp"]["met"] == 3
    assert apart(plain["fno"], state(place / "fno-parts-ddp")) < 1e-10


def test_a_stop_of_one_process_stops_both_and_one_process_goes_on(plain, together, changed):
    assert together["fno-two-then-one"]["ended"].startswith("75: ")
    assert together["fno-two-then-one"]["ended"].endswith("epoch 2, step 1 of 5; the same command goes on from there")
    config = changed("fno", "two-then-one")
    run(config)
    assert apart(plain["fno"], state(config.out)) < 1e-10


def test_two_processes_go_on_where_one_stopped(plain, together, place):
    assert together["fno-one-then-two"]["ended"] == "3 epochs"
    assert apart(plain["fno"], state(place / "fno-one-then-two")) < 1e-10


def test_figures_do_not_depend_on_the_number_of_processes(plain, together, place):
    one, two = (
        [json.loads(line) for line in (place / name / "history.jsonl").read_text().splitlines()]
        for name in ("fno", "fno-ddp")
    )
    for key in ("train_loss", "valid_h1_fd", "valid_relative_l2", "learning_rate", "best"):
        assert [row[key] for row in one] == pytest.approx([row[key] for row in two], rel=1e-10)
