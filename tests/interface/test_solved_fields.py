"""Laws of an equation in the hands of a program: labels of data sets, scaling, shapes as they were given."""

import numpy as np
import pytest
import torch

import surrogate as sg

QUICK = {"equation.resolution": 16, "certificate.samples": 0}


@pytest.fixture(scope="module")
def darcy():
    return sg.equation("darcy_rough", resolution=16)


@pytest.fixture(scope="module")
def permeability():
    return sg.equation("darcy_rough", grid=16).draw(3)


def test_it_gives_the_labels_of_a_data_set_and_a_data_set_gives_it(tmp_path):
    data = sg.generate("darcy_rough", grid=16, train=1, valid=0, test=3, **QUICK, out=tmp_path / "data")
    fields = data.arrays("test")
    solved = data.equation.solve(fields["permeability"])
    assert np.array_equal(solved["pressure"].astype(np.float32), fields["pressure"])
    own = sg.generate("darcy_rough", inputs=fields["permeability"], **QUICK, out=tmp_path / "own")
    assert own.counts == {"train": 0, "valid": 0, "test": 3}
    assert np.array_equal(own.arrays("test")["pressure"], fields["pressure"])


def test_twice_the_permeability_halves_the_pressure(darcy, permeability):
    once, twice = (darcy.solve(factor * permeability)["pressure"] for factor in (1, 2))
    assert np.allclose(2 * twice, once, rtol=1e-6)


def test_one_sample_comes_back_without_an_axis_for_samples(darcy, permeability):
    many = darcy.solve(permeability)
    for one in (permeability[0], permeability[0, 0], {"permeability": permeability[0, 0]}):
        solved = darcy.solve(one)
        assert np.array_equal(solved["pressure"], many["pressure"][0])
        assert solved.residual.shape == ()
    assert many.residual.max() <= darcy.equation.tolerance


def test_torch_gives_torch_and_numpy_numpy(darcy, permeability):
    answer = darcy.solve(torch.from_numpy(permeability))["pressure"]
    assert np.array_equal(answer.numpy(), darcy.solve(permeability)["pressure"])


def test_an_evolution_has_its_times_and_all_its_fields():
    waves = sg.equation("wave_1d", grid=64, frames=3)
    start = waves.draw(2)
    assert np.array_equal(waves.coordinates[0], np.arange(64) / 64)
    solved = waves.solve(dict(zip(waves.inputs, start.swapaxes(0, 1), strict=True)))
    assert set(solved) == {"displacement", "velocity"}
    assert solved["velocity"].shape == (2, len(solved.times), 64)
    assert np.array_equal(solved["displacement"][:, 0], start[:, 0])


def test_parameters_of_an_equation_need_no_prefix_and_a_slip_is_corrected():
    assert sg.equation("burgers", viscosity=0.01).equation.viscosity == 0.01
    with pytest.raises(sg.SurrogateError, match=r"did you mean 'equation.viscosity'"):
        sg.equation("burgers", viscosty=0.01)


def test_a_grid_that_was_named_is_held_to(permeability):
    with pytest.raises(sg.SurrogateError, match=r"expected .sample, 1, 8, 8.: permeability on 8 x 8 points"):
        sg.equation("darcy_rough", grid=8).solve(permeability)


def test_a_coefficient_that_is_not_positive_is_refused_by_its_place(darcy, permeability):
    wrong = permeability.copy()
    wrong[1, 0, 2, 3] = 0
    with pytest.raises(sg.SurrogateError, match=r"sample 1, permeability is 0 at \[2, 3\]; expected a number above 0"):
        darcy.solve(wrong)


def test_data_from_elsewhere_have_no_equation(tmp_path):
    own = sg.from_arrays(a=np.ones((10, 8)), u=np.ones((10, 8)), lengths=1, boundary="periodic", out=tmp_path / "own")
    with pytest.raises(sg.SurrogateError, match="their equation is not known"):
        _ = own.equation
