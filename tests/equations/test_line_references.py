"""The equations on a line, held against files that nobody here made, over all frames of each."""

import numpy as np
import pytest
import scipy.io
import torch

from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.fourier import interpolate_periodic


def line(points, low, high):
    return low + (high - low) * torch.arange(points, dtype=torch.float64) / points


def distance(frames, expected):
    expected = torch.from_numpy(np.ascontiguousarray(expected))
    return float((frames - expected).norm() / expected.norm())


@pytest.fixture
def chebfun(reference):
    return lambda name: scipy.io.loadmat(reference / "pinns" / f"{name}.mat")


def test_the_burgers_shock_is_that_of_chebfun(on_line, chebfun):
    # 255 intervals on a period of 2, eight points in each; the file has both ends.
    x = line(255 * 8, -1, 1)
    solve = on_line("burgers", 2.0, viscosity=0.01 / np.pi)
    frames = solve(-torch.sin(torch.pi * x)[None], Clock(99, 0.01, 20))[0, :, ::8]
    assert distance(frames, chebfun("burgers_shock")["usol"].T[:, :255]) < 1e-9


def test_the_korteweg_de_vries_waves_are_those_of_chebfun(on_line, chebfun):
    start = torch.cos(torch.pi * line(512, -1, 1))[None]
    frames = on_line("korteweg_de_vries", 2.0, steepening=1.0, dispersion=0.0025)(start, Clock(200, 0.005, 30))[0]
    assert distance(frames, chebfun("KdV")["uu"].T) < 1e-10


def test_the_kuramoto_sivashinsky_waves_are_those_of_chebfun(on_line, chebfun):
    start = -torch.sin(torch.pi * line(512, -1, 1))[None]
    terms = {"steepening": 5 / np.pi, "growth": 5 / (3 * np.pi**2), "damping": 5 / (27 * np.pi**4)}
    frames = on_line("kuramoto_sivashinsky", 2.0, **terms)(start, Clock(200, 0.005, 10))[0]
    assert distance(frames, chebfun("KS")["uu"].T[:, :512]) < 1e-8


def test_the_allen_cahn_phases_are_those_of_chebfun_but_for_the_kink_of_the_start(on_line, chebfun):
    x = line(1024, -1, 1)
    solve = on_line("allen_cahn", 2.0, diffusivity=1e-4, reaction=5.0)
    frames = solve((x**2 * torch.cos(torch.pi * x))[None], Clock(200, 0.005, 8))[0, :, ::2]
    assert distance(frames, chebfun("AC")["uu"].T) < 2e-5


def test_the_schroedinger_waves_are_those_of_chebfun_but_for_the_waves_it_left_out(on_line, chebfun):
    start = (2 / torch.cosh(line(1024, -5, 5))).to(torch.complex128)[None]
    solve = on_line("nonlinear_schroedinger", 10.0, dispersion=0.5, focusing=1.0)
    frames = solve(start, Clock(200, np.pi / 400, 10))[0, :, ::4]
    assert distance(frames, chebfun("NLS")["uu"].T) < 2e-5


def test_the_burgers_flows_that_neuraloperator_bundles_are_these(on_line, reference):
    # Starts known at 16 points only; frames 0.06 apart, whatever their names say.
    path = reference / "neuraloperator" / "burgers_test_16.pt"
    data = torch.load(path, weights_only=True)  # noqa: TID251
    start = interpolate_periodic(data["x"][:100].double(), 8, 1)
    frames = on_line("burgers", 1.0, viscosity=0.01)(start, Clock(16, 0.06, 20))[:, :, ::8]
    expected = data["y"][:100].double()
    error = (frames - expected).flatten(1).norm(dim=1) / expected.flatten(1).norm(dim=1)
    assert float(error.median()) < 3e-4
