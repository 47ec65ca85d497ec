"""The equation of a data set as a judge of fields."""

import numpy as np
import pytest
import torch

from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.datasets.residual import label_residual, residual_of
from surrogate.datasets.windows import pairs
from surrogate.errors import SettingsError

CASES = {
    "darcy_rough": ({"refine": 1, "resolution": 1}, "map", 1e-5),
    "poisson": ({}, "map", 0.02),
    "burgers": ({"resolution": 128, "frames": 5, "horizon": 0.4, "steps": 50}, "step", 1e-4),
}


@pytest.fixture(scope="module")
def made(recipe_of, unbroken, tmp_path_factory):
    """Return a data set of a recipe with its settings and what its fields mean, and three pairs solved for it."""
    manifest, kept = open_dataset(unbroken).manifest, {}

    def make(name):
        if name not in kept:
            grid = 128 if name == "burgers" else 16
            config = recipe_of(name, tmp_path_factory.mktemp("judged"), CASES[name][0], grid=grid)
            spec = config.equation.specification(config.grid * config.equation.dimensions, config.task)
            drawn = config.equation.bound(spec).draw(0, "train", [0, 1, 2]).astype(np.float32)
            states = config.equation.bound(spec).solve(torch.from_numpy(drawn).double()).states.numpy()
            recipe = config.model_dump(mode="json")
            dataset = Dataset(unbroken, manifest.model_copy(update={"spec": spec, "recipe": recipe}))
            fields = drawn[:, : len(spec.constants)], states.astype(np.float32)
            kept[name] = dataset, *map(torch.from_numpy, pairs(spec, CASES[name][1], *fields))
        return kept[name]

    return make


@pytest.mark.parametrize("name", sorted(CASES))
def test_labels_have_nearly_no_residual_and_wrong_fields_have_one(made, name):
    _, task, most = CASES[name]
    dataset, inputs, outputs = made(name)
    residual = residual_of(dataset, task)
    good, wrong = residual(inputs, outputs), residual(inputs, 1.1 * outputs)
    assert good.shape == (len(inputs),)
    assert good.max() < most
    assert (wrong > 5 * good).all()


@pytest.mark.parametrize("name", ["darcy_rough", "burgers"])
def test_its_gradient_is_that_of_finite_differences(made, name):
    dataset, *fields = made(name)
    inputs, outputs = (field[:1] for field in fields)
    residual = residual_of(dataset, CASES[name][1])
    generator = torch.Generator().manual_seed(0)
    wave, along = torch.randn(2, *outputs.shape, generator=generator, dtype=torch.float64) * outputs.std()
    field = (outputs + 0.1 * wave).requires_grad_()
    (slope,) = torch.autograd.grad(residual(inputs, field).sum(), field)
    step = 1e-6
    there, back = (residual(inputs, field.detach() + sign * step * along).sum() for sign in (1, -1))
    torch.testing.assert_close((slope * along).sum(), (there - back) / (2 * step), rtol=1e-6, atol=0)


def test_a_step_is_judged_by_itself(made):
    """The residual of one pair does not depend on which interval of the trajectory it is, nor on the other pairs."""
    dataset, inputs, outputs = made("burgers")
    residual = residual_of(dataset, "step")
    torch.testing.assert_close(residual(inputs[2:3], outputs[2:3])[0], residual(inputs[1:4], outputs[1:4])[1])


def test_a_map_over_several_frames_has_no_residual(made):
    with pytest.raises(SettingsError, match="none from the first to the last; expected task=step"):
        residual_of(made("burgers")[0], "map")


def test_data_without_a_recipe_have_no_equation(made):
    dataset = made("poisson")[0]
    foreign = Dataset(dataset.path, dataset.manifest.model_copy(update={"recipe": None}))
    with pytest.raises(SettingsError, match="not made by a recipe"):
        residual_of(foreign, "map")


def test_the_residual_of_the_labels_is_that_of_the_training_split(unbroken):
    dataset = open_dataset(unbroken)
    inputs, outputs = map(torch.from_numpy, pairs(dataset.spec, "map", *dataset.read("train", limit=4)))
    expected = residual_of(dataset, "map")(inputs, outputs).mean()
    assert label_residual(dataset, "map", limit=4) == pytest.approx(float(expected))
