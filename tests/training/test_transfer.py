"""init=RUN: what fits is taken, and what is new changes nothing yet: a training begins as the map it came from."""

import io
import zipfile

import pytest
import torch

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.errors import InputError, SettingsError
from surrogate.exporters.torch import export
from surrogate.predictors.runs import WEIGHTS, load_run, read_record
from surrogate.reading import sha256
from surrogate.spaces import FieldSpec, Grid
from surrogate.training import checkpoint
from surrogate.training.session import open_work
from surrogate.training.train import train
from surrogate.training.training_settings import TrainConfig

from .conftest import poisson, steady_spec, write

CPU = torch.device("cpu")
DRAG = FieldSpec(name="drag", unit="1", role="constant")
SMALL = {
    "fno": ("model.hidden_channels=4", "model.n_layers=2", "model.n_modes=3"),
    "mgno": ("model.hidden_channels=3", "model.n_layers=2", "model.levels=2", "model.pre_smoothing=[1,1]"),
    "unet": ("model.hidden_channels=4", "model.levels=2"),
    "stable_fno": ("model.hidden_channels=4", "model.n_layers=2", "model.n_modes=3"),
    "deeponet": ("model.branch_channels=[4]", "model.branch_layers=[8]", "model.trunk_layers=[8]", "model.n_basis=4"),
}


@pytest.fixture(scope="module")
def settings():
    """Give the settings of a small training: ``settings(dataset, out, *words, model="fno")``."""

    def make(dataset, out, *words, model="fno"):
        given = {word.split("=")[0] for word in words}
        small = [word for word in (*SMALL[model], "trainer.batch_size=4") if word.split("=")[0] not in given]
        tree = compose_tree("train", ["data=somewhere", f"model={model}", *small, *words, "trainer.device=cpu"])
        return read(TrainConfig, tree | {"data": str(dataset.path), "out": str(out)})

    return make


def never():
    return False


@pytest.fixture(scope="module")
def source(steady, settings, tmp_path_factory):
    """Runs of one epoch, by the name of their model."""
    folders = {}

    def make(model):
        if model not in folders:
            folders[model] = tmp_path_factory.mktemp("source") / model
            list(train(settings(steady, folders[model], model=model), never))
        return folders[model]

    return make


@pytest.fixture(scope="module")
def dragged(tmp_path_factory):
    """The data of ``steady`` with one more input, which stands first."""
    spec = steady_spec()

    def draw(generator, n):
        source, answer = poisson(generator, n)
        return torch.cat([torch.rand(source.shape), torch.from_numpy(source)], dim=1).numpy(), answer

    fields = (DRAG, *spec.fields)
    return write(
        tmp_path_factory.mktemp("data") / "dragged",
        spec.model_copy(update={"fields": fields}),
        {"train": 16, "valid": 6, "test": 0},
        draw,
    )


@pytest.fixture(scope="module")
def finer(tmp_path_factory):
    """Pairs on 16 x 16 cells."""
    spec = steady_spec().on(Grid.box((16, 16), "cells"))

    def draw(generator, n):
        source, answer = poisson(generator, n)
        return source.repeat(2, -1).repeat(2, -2), answer.repeat(2, -1).repeat(2, -2)

    return write(tmp_path_factory.mktemp("data") / "finer", spec, {"train": 8, "valid": 4, "test": 0}, draw)


def begun(config, dataset, lines=None):
    """Return the surrogate that a training begins with, and what was taken."""
    tell = (lambda line: None) if lines is None else lines.append
    work = open_work(config, dataset, CPU, fitted=False, tell=tell)
    return work.learner.surrogate.eval(), work.origin


def answers(surrogate, inputs):
    with torch.no_grad():
        return surrogate(inputs)


def inputs_of(dataset):
    return torch.from_numpy(dataset.read("valid")[0])


@pytest.mark.parametrize(
    "model", ["mgno", *(pytest.param(one, marks=pytest.mark.slow) for one in SMALL if one != "mgno")]
)
def test_a_training_begins_as_the_map_it_came_from(steady, settings, source, tmp_path, model):
    config = settings(steady, tmp_path / "run", f"init='{source(model)}'", model=model)
    surrogate, origin = begun(config, steady)
    inputs = inputs_of(steady)
    assert torch.equal(answers(surrogate, inputs), answers(load_run(source(model)).surrogate, inputs))
    assert all(block.taken == block.numbers for block in origin.blocks)
    assert origin.sha256 == sha256(source(model) / WEIGHTS)


@pytest.mark.parametrize(
    "model", ["mgno", *(pytest.param(one, marks=pytest.mark.slow) for one in ("fno", "unet", "deeponet"))]
)
def test_an_input_that_the_source_does_not_know_changes_nothing_at_first(
    steady, dragged, settings, source, tmp_path, model
):
    surrogate, origin = begun(settings(dragged, tmp_path / "run", f"init='{source(model)}'", model=model), dragged)
    inputs = inputs_of(dragged)
    expected = answers(load_run(source(model)).surrogate, inputs[:, 1:])
    torch.testing.assert_close(answers(surrogate, inputs), expected, rtol=1e-5, atol=1e-4)
    assert any("new: drag" in block.how for block in origin.blocks)


@pytest.mark.slow
def test_an_input_that_is_gone_is_said_and_the_others_stay_in_their_places(steady, dragged, settings, source, tmp_path):
    config = settings(dragged, tmp_path / "both", f"init='{source('fno')}'")
    list(train(config, never))
    before = load_run(config.out).surrogate.operator.lifting.enter.weight
    surrogate, origin = begun(settings(steady, tmp_path / "run", f"init='{config.out}'"), steady)
    assert origin.blocks[0].how == "without: drag"
    assert torch.equal(surrogate.operator.lifting.enter.weight, before[:, 1:])


@pytest.mark.slow
def test_more_waves_begin_as_the_same_map(steady, settings, source, tmp_path):
    surrogate, origin = begun(settings(steady, tmp_path / "run", f"init='{source('fno')}'", "model.n_modes=4"), steady)
    inputs = inputs_of(steady)
    expected = answers(load_run(source("fno")).surrogate, inputs)
    torch.testing.assert_close(answers(surrogate, inputs), expected, rtol=1e-5, atol=1e-4)
    assert [block.how for block in origin.blocks][1] == "5 to 7 waves; 3 to 4 waves"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "words"),
    [("fno", ()), ("mgno", ("model.levels=4", "model.pre_smoothing=[1,1,1,1]", "model.post_smoothing=[0,0,0,0]"))],
)
def test_on_a_finer_grid_it_begins_as_the_source_applied_there(finer, settings, source, tmp_path, model, words):
    config = settings(finer, tmp_path / "run", f"init='{source(model)}'", *words, model=model)
    surrogate, _ = begun(config, finer)
    inputs = inputs_of(finer)
    there = load_run(source(model)).surrogate
    expected = answers(
        lambda fields: there.output_normaliser.decode(there.operator(there.input_normaliser.encode(fields))), inputs
    )
    torch.testing.assert_close(answers(surrogate, inputs), expected, rtol=1e-5, atol=1e-4)


@pytest.mark.slow
def test_new_levels_learn_though_they_change_nothing_at_first(finer, settings, source, tmp_path):
    words = ("model.levels=3", "model.pre_smoothing=[1,1,1]")
    config = settings(finer, tmp_path / "run", f"init='{source('mgno')}'", *words, model="mgno")
    list(train(config, never))
    cycle = load_run(config.out).surrogate.operator.layers[0].operator[0]
    assert cycle.transfers[1].interpolation.weight.abs().max() > 0


@pytest.mark.slow
def test_fields_in_another_unit_are_normalised_by_the_data(steady, scaled, settings, source, tmp_path):
    """The same name and unit hold the source's; the deviation of these data beside that is said."""
    lines = []
    surrogate, _ = begun(
        settings(scaled(10.0, 1.0), tmp_path / "run", f"init='{source('fno')}'"), scaled(10.0, 1.0), lines
    )
    there = load_run(source("fno")).surrogate
    assert torch.equal(surrogate.input_normaliser.std, there.input_normaliser.std)
    assert "times that" in lines[-2]


@pytest.mark.parametrize(
    "words",
    [
        ("optimizer=adamw", "optimizer.weight_decay=0.1"),
        pytest.param((), marks=pytest.mark.slow),
        pytest.param(("trainer.ema=0.9",), marks=pytest.mark.slow),
    ],
)
def test_what_is_frozen_stays_and_the_rest_learns(steady, settings, source, tmp_path, words):
    config = settings(steady, tmp_path / "run", f"init='{source('fno')}'", "freeze=[lifting,layers.0]", *words)
    list(train(config, never))
    before, after = (load_run(folder).surrogate.operator.state_dict() for folder in (source("fno"), config.out))
    moved = {name.split(".weight")[0] for name in after if not torch.equal(before[name], after[name])}
    assert not any(name.startswith(("lifting", "layers.0")) for name in moved)
    assert any(name.startswith("layers.1") for name in moved)
    assert [block.frozen for block in read_record(config.out).origin.blocks] == [True, True, False, False]


@pytest.mark.slow
def test_a_frozen_run_that_was_stopped_goes_on_without_its_source(steady, settings, source, tmp_path):
    """The source is read when a run begins, and never again."""
    words = (f"init='{tmp_path / 'source'}'", "freeze=layers", "trainer.epochs=2")
    (tmp_path / "source").symlink_to(source("fno"))
    straight = settings(steady, tmp_path / "straight", *words)
    list(train(straight, never))
    broken = settings(steady, tmp_path / "broken", *words)
    epochs = train(broken, never)
    next(epochs)
    epochs.close()
    (tmp_path / "source").unlink()
    list(train(broken, never))
    one, other = (checkpoint.read_saved(c.out, checkpoint.read_state(c.out).current) for c in (broken, straight))
    assert [name for name in other if not torch.equal(one[name], other[name])] == []


@pytest.mark.slow
def test_parts_that_were_not_chosen_are_drawn_from_the_seed(steady, settings, source, tmp_path):
    words = (f"init='{source('fno')}'", "init_blocks=[layers]", "seed=3")
    surrogate, _ = begun(settings(steady, tmp_path / "run", *words), steady)
    drawn = open_work(settings(steady, tmp_path / "new", "seed=3"), steady, CPU, fitted=False).learner.surrogate
    assert torch.equal(surrogate.operator.lifting.enter.weight, drawn.operator.lifting.enter.weight)
    assert not torch.equal(surrogate.operator.layers[0].operator[0].weight, drawn.operator.layers[0].operator[0].weight)


@pytest.mark.slow
def test_an_exported_program_gives_its_weights_and_is_not_run(steady, settings, source, tmp_path):
    export(load_run(source("fno")), tmp_path / "fno.pt2", 1e-4)
    surrogate, _ = begun(settings(steady, tmp_path / "run", f"init='{tmp_path / 'fno.pt2'}'"), steady)
    inputs = inputs_of(steady)
    assert torch.equal(answers(surrogate, inputs), answers(load_run(source("fno")).surrogate, inputs))


def test_a_program_whose_weights_are_a_pickle_is_refused(steady, settings, source, tmp_path):
    export(load_run(source("fno")), tmp_path / "fno.pt2", 1e-4)
    content = io.BytesIO()
    with zipfile.ZipFile(tmp_path / "fno.pt2") as whole, zipfile.ZipFile(content, "w") as forged:
        for name in whole.namelist():
            data = whole.read(name).replace(b'"use_pickle": false', b'"use_pickle": true')
            data = data.replace(b'"ended":true', b'"ended":false') if name.endswith("/surrogate") else data
            forged.writestr(name, data)
    (tmp_path / "forged.pt2").write_bytes(content.getvalue())
    with pytest.raises(InputError, match=r"forged\.pt2: its weights cannot be read without running it"):
        begun(settings(steady, tmp_path / "run", f"init='{tmp_path / 'forged.pt2'}'"), steady)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("freeze=[lifing]",), "freeze: the model has no part 'lifing'; did you mean 'lifting'?"),
        (("init_blocks=[layers.7]",), "init_blocks: the model has no part 'layers.7'"),
        (("freeze=[lifting,layers,projection]",), "nothing is left that learns"),
        (("model.hidden_channels=5",), "nothing of it fits this model"),
    ],
)
def test_what_cannot_be_taken_is_one_line(steady, settings, source, tmp_path, words, line):
    with pytest.raises(SettingsError, match=line):
        list(train(settings(steady, tmp_path / "run", f"init='{source('fno')}'", *words), never))
    assert not (tmp_path / "run").exists()


def test_another_model_is_refused(steady, settings, source, tmp_path):
    with pytest.raises(SettingsError, match="holds a fno, and a unet was asked for; expected model=fno"):
        list(train(settings(steady, tmp_path / "run", f"init='{source('fno')}'", model="unet"), never))


def test_what_speaks_of_a_source_needs_one(steady, settings, tmp_path):
    with pytest.raises(SettingsError, match="freeze: speaks of the weights of another run, and init=RUN names none"):
        settings(steady, tmp_path / "run", "freeze=[layers]")


@pytest.mark.slow
def test_the_same_command_with_other_first_weights_is_another_run(steady, settings, source, tmp_path):
    words = (f"init='{source('fno')}'",)
    list(train(settings(steady, tmp_path / "run", *words), never))
    assert list(train(settings(steady, tmp_path / "run", *words), never)) == []
    with pytest.raises(SettingsError, match="init is fno there, null here"):
        list(train(settings(steady, tmp_path / "run"), never))
    list(train(settings(steady, tmp_path / "fno", "seed=5"), never))
    with pytest.raises(SettingsError, match="init is fno there, fno with other weights here"):
        list(train(settings(steady, tmp_path / "run", f"init='{tmp_path / 'fno'}'"), never))
