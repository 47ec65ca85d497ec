"""A run that was stopped in the middle of an epoch ends as one that was not, bit for bit, whatever it is made of."""

import itertools

import pytest
import torch

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.config.resources import groups
from surrogate.errors import Stopped
from surrogate.registry import MODELS
from surrogate.training import checkpoint
from surrogate.training.train import train
from surrogate.training.training_settings import TrainConfig

OPTIMIZERS = groups()["optimizer"]
# A CPU has no float16.
PRECISIONS = ("float32", "float64", "bfloat16")
SMALL = {
    "deeponet": ("model.branch_channels=[4]", "model.branch_layers=[8]", "model.trunk_layers=[8]", "model.n_basis=4"),
    "fno": ("model.hidden_channels=4", "model.n_layers=2", "model.n_modes=3"),
    "mgno": ("model.hidden_channels=3", "model.n_layers=2"),
    "pod_deeponet": ("model.branch_channels=[4]", "model.branch_layers=[8]", "model.n_basis=4"),
    "stable_fno": ("model.hidden_channels=4", "model.n_layers=2", "model.n_modes=3"),
    "unet": ("model.hidden_channels=4",),
}
EVERY = tuple(itertools.product(MODELS.names(), OPTIMIZERS, PRECISIONS, (1, 3), (None, 0.9)))
# Every model with every optimizer; each of the other choices with every model and every optimizer.
SOME = tuple(
    case
    for case in EVERY
    if (MODELS.names().index(case[0]) + OPTIMIZERS.index(case[1])) % 3 == PRECISIONS.index(case[2])
    and (case[3] == 3) == bool(MODELS.names().index(case[0]) % 2)
    and (case[4] is None) == bool(OPTIMIZERS.index(case[1]) % 2)
)


def composed(case, data, folder):
    """Return the settings of the run that stops and of the one that does not."""
    model, optimizer, precision, accumulate, ema = case
    words = (
        *(f"model={model}", f"optimizer={optimizer}", "optimizer.every=2", *SMALL.get(model, ())),
        *(f"trainer.precision={precision}", f"trainer.accumulate={accumulate}", f"trainer.ema={ema or 'null'}"),
        *("trainer.epochs=2", "trainer.batch_size=4", "trainer.device=cpu"),
    )
    tree = compose_tree("train", [f"data='{data.path}'", *words])
    return [read(TrainConfig, tree | {"out": str(folder / name)}) for name in ("broken", "straight")]


def ended(config):
    """Return what a finished run keeps: every tensor of its state, and the bytes of its weights."""
    state = checkpoint.read_state(config.out)
    assert state.current.cursor.epoch == 2
    return checkpoint.read_saved(config.out, state.current), (config.out / "weights.safetensors").read_bytes()


def goes_on_as_if_unbroken(config, straight):
    list(train(straight, lambda: False))
    stops = iter([False] * 7 + [True])
    with pytest.raises(Stopped):
        list(train(config, lambda: next(stops)))
    cursor = checkpoint.read_state(config.out).current.cursor
    assert cursor.step > 0, "it must stop within an epoch"
    list(train(config, lambda: False))
    (tensors, weights), (expected, kept) = ended(config), ended(straight)
    assert tensors.keys() == expected.keys()
    assert [name for name in expected if not torch.equal(tensors[name], expected[name])] == []
    assert weights == kept


@pytest.mark.parametrize("case", SOME, ids=lambda case: "-".join(map(str, case)))
def test_a_stopped_run_goes_on_bit_for_bit(steady, tmp_path, case):
    goes_on_as_if_unbroken(*composed(case, steady, tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("case", sorted(set(EVERY) - set(SOME), key=str), ids=lambda case: "-".join(map(str, case)))
def test_a_stopped_run_goes_on_bit_for_bit_in_every_combination(steady, tmp_path, case):
    goes_on_as_if_unbroken(*composed(case, steady, tmp_path))
