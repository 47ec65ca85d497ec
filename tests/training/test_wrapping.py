"""Recomputed, lowered or compiled: the same operator."""

import pytest
import torch
import torch._inductor.config

from surrogate.capabilities import Capabilities
from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.errors import SettingsError
from surrogate.predictors.tensor_files import read_tensors
from surrogate.training.estimate import kept_bytes
from surrogate.training.session import open_work
from surrogate.training.train import train
from surrogate.training.training_settings import TrainConfig
from surrogate.training.wrapping import recompute

CPU = torch.device("cpu")
MODELS = {
    "fno": ("model=fno", "model.hidden_channels=8", "model.n_layers=3", "model.n_modes=3"),
    "mgno": ("model=mgno", "model.hidden_channels=8", "model.n_layers=3"),
    "unet": ("model=unet", "model.hidden_channels=8", "model.levels=2"),
}
COMMON = ("loss=h1_fd", "optimizer=adam", "trainer.batch_size=8", "trainer.device=cpu", "trainer.epochs=2")


def config_of(dataset, out, model, *words):
    tree = compose_tree("train", ["data=somewhere", *MODELS[model], *COMMON, *words])
    return read(TrainConfig, tree | {"data": str(dataset.path), "out": str(out)})


def opened(dataset, out, model, *words):
    config = config_of(dataset, out, model, *words)
    work = open_work(config, dataset, CPU, fitted=False)
    return work.learner, work.train.batch(torch.arange(8))


def gradients(learner, batch):
    loss = learner.gradient(iter([batch]), [1 / 8])
    return loss, {name: parameter.grad for name, parameter in learner.surrogate.named_parameters()}


@pytest.mark.parametrize("model", ["mgno", "unet"])
def test_computing_again_keeps_less_and_gives_the_same_gradient(steady, tmp_path, model):
    kept, results = [], []
    for word in ("trainer.recompute=false", "trainer.recompute=true"):
        learner, batch = opened(steady, tmp_path / "run", model, word)
        results.append(gradients(learner, batch))
        kept.append(kept_bytes(learner, batch))
    assert kept[1] < 0.5 * kept[0]
    assert results[0][0] == results[1][0]
    assert all(torch.equal(gradient, results[1][1][name]) for name, gradient in results[0][1].items())


def test_a_model_without_blocks_cannot_be_computed_again(steady, tmp_path):
    learner, _ = opened(steady, tmp_path / "run", "unet")
    learner.surrogate.operator.capabilities = Capabilities()
    with pytest.raises(SettingsError, match="names no blocks"):
        recompute(learner.surrogate)


@pytest.mark.parametrize("model", ["fno", "mgno"])
def test_bfloat16_is_float32_to_a_few_percent(steady, tmp_path, model):
    results = []
    for precision in ("float32", "bfloat16"):
        learner, batch = opened(steady, tmp_path / "run", model, f"trainer.precision={precision}")
        results.append(gradients(learner, batch))
    (loss, exact), (lowered, rough) = results
    assert lowered != loss
    assert lowered == pytest.approx(loss, rel=0.02)
    length = sum(float(gradient.square().sum()) for gradient in exact.values()) ** 0.5
    apart = sum(float((gradient - rough[name]).square().sum()) for name, gradient in exact.items()) ** 0.5
    assert apart < 0.05 * length


def test_without_a_compiler_nothing_is_begun(steady, settings, tmp_path):
    missing = torch._inductor.config.patch({"cpp.cxx": ("no-such-compiler",)})
    with missing, pytest.raises(SettingsError, match=r"trainer.compile=true: needs a C\+\+ compiler; install g\+\+"):
        next(train(settings(steady, tmp_path / "run", "trainer.compile=true"), lambda: False))
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("model", ["fno", "mgno"])
def test_a_compiled_operator_learns_the_same_under_the_same_names(steady, tmp_path, model):
    lines, words = [], ("trainer.compile=false", "trainer.compile=true")
    for word in words:
        config = config_of(steady, tmp_path / word, model, word)
        list(train(config, lambda: False, lines.append))
    (line,) = lines
    assert line.startswith("compiled in ")
    eager, compiled = (read_tensors(tmp_path / word / "weights.safetensors") for word in words)
    assert eager.keys() == compiled.keys()
    assert all(torch.allclose(tensor, compiled[name], atol=1e-3) for name, tensor in eager.items())
