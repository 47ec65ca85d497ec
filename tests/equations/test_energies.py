"""Terms that are the slope of an energy, held to the energy that their equation declares."""

import functools

import numpy as np
import pytest
import torch

from surrogate.equations import Variational, equation_class
from surrogate.registry import EQUATIONS

LINES = ["allen_cahn", "cahn_hilliard", "fisher"]
BOXES = ["allen_cahn_2d", "cahn_hilliard_2d", "swift_hohenberg"]
BY_LINES = ["heat_2d", "heat_3d", "heat_conduction"]
STEADY = ["darcy_rough", "screened_poisson"]


def smooth(points, dimensions, seed):
    """A few waves, ``(s...)``, periodic."""
    x, random = 2 * np.pi * np.arange(points) / points, np.random.default_rng(seed)
    waves = np.stack([x**0, np.cos(x), np.sin(x), np.cos(2 * x), np.sin(2 * x)])
    field = functools.reduce(np.multiply.outer, (random.standard_normal(5) @ waves for _ in range(dimensions)))
    return torch.from_numpy(0.5 * field / np.abs(field).max())


@pytest.mark.parametrize("name", LINES)
def test_the_terms_on_a_line_are_the_slope_of_the_energy(recipe, name):
    equation = recipe(name, **({} if name == "cahn_hilliard" else {"walls": "periodic"})).equation.on((32,), "map")
    u = smooth(32, 1, 0)
    waves = 2j * torch.pi / equation.length * torch.fft.fftfreq(32, 1 / 32, dtype=torch.float64)

    def d(order):
        return waves**order

    change = torch.fft.ifft(equation.linear(d) * torch.fft.fft(u)).real
    outer, reaction = equation.outer(d), torch.fft.fft(equation.nonlinear(u))
    change = change + torch.fft.ifft(reaction if outer is None else outer * reaction).real
    force = equation.force(u[None, None, None, :0], u[None, None, None])[0, 0, 0]
    expected = force if outer is None else -torch.fft.ifft(outer * torch.fft.fft(force)).real
    torch.testing.assert_close(change, expected, rtol=0, atol=1e-10 * float(expected.abs().max()))


@pytest.mark.parametrize("name", BOXES)
def test_the_terms_in_a_plane_are_the_slope_of_the_energy(recipe, name):
    equation = recipe(name).equation.on((32,), "map")
    u = smooth(32, 2, 0)
    waves = 2 * torch.pi / equation.length * torch.fft.fftfreq(32, 1 / 32, dtype=torch.float64)
    laplace = -(waves[:, None] ** 2 + waves**2)
    outer, reaction = equation.outer(laplace), torch.fft.fft2(equation.nonlinear(u))
    terms = equation.linear(laplace) * torch.fft.fft2(u) + (reaction if outer is None else outer * reaction)
    force = torch.fft.fft2(equation.force(u[None, None, :0], u[None, None, None])[0, 0, 0])
    expected = force if outer is None else -outer * force
    torch.testing.assert_close(terms, expected, rtol=0, atol=1e-10 * float(expected.abs().max()))


@pytest.mark.parametrize("name", BY_LINES)
def test_the_change_of_heat_is_the_slope_of_its_energy(recipe, name):
    equation = recipe(name, walls="periodic").equation.on((32,), "map")
    u = smooth(32, equation.dimensions, 0)
    count = len(equation.constants)
    constants = torch.stack([smooth(32, equation.dimensions, seed) + 1 for seed in range(1, 1 + count)] or [u])[:count]
    change = equation.tendency(u[None].numpy(), constants.numpy(), equation.grid.spacing)
    force = equation.force(constants[None], u[None, None, None])[0, 0].numpy()
    np.testing.assert_allclose(change, force, atol=1e-4 * np.abs(force).max())


@pytest.mark.parametrize("name", STEADY)
def test_a_linear_system_is_the_slope_of_the_energy(recipe, name):
    equation = recipe(name).equation.on((12,), "map")
    inputs = torch.from_numpy(equation.draw(0, "train", [0, 1]))
    u = torch.randn(2, 12, 12, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    stencil, right = equation.linear_problem(inputs, 1).system()
    force = equation.force(inputs, u[:, None, None])[:, 0, 0]
    left = (right - stencil(u)) / np.prod(equation.grid.spacing)
    torch.testing.assert_close(left, force, rtol=0, atol=1e-10 * float(force.abs().max()))


def test_the_energy_of_flow_through_a_cube_is_level_at_its_solution(recipe):
    equation = recipe("darcy_3d", refine=1, tolerance=1e-11).equation.on((8,), "map")
    inputs = torch.from_numpy(equation.draw(0, "train", [0]))
    force = equation.force(inputs, equation.solve(inputs).states)
    assert float(force.abs().max()) < 1e-7 * equation.forcing


def test_every_energy_is_held_to_its_terms(recipe):
    held = {recipe(name).equation.name for name in (*LINES, *BOXES, *BY_LINES, *STEADY, "darcy_3d")}
    assert {name for name in EQUATIONS.names() if issubclass(equation_class(name), Variational)} == held
