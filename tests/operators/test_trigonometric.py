"""The convolution on the waves of a box with walls."""

import math

import numpy as np
import pytest
import scipy.fft
import torch

from surrogate.operators.spectral import Spectral
from surrogate.operators.trigonometric import Trigonometric, boundary_bases, most_waves, wave_tables
from surrogate.spaces import Boundary

BASES = ("sine", "cosine", "sine_cosine", "cosine_sine")
BOXES = [
    (("sine",), ("cells",), (9,), (12,)),
    (("sine", "cosine"), ("nodes", "cells"), (5, 6), (13, 8)),
    (("fourier", "sine"), ("left", "nodes"), (4, 5), (11, 9)),
    (("cosine_sine", "fourier"), ("cells", "left"), (4, 3), (7, 8)),
    (("fourier", "sine", "fourier"), ("left", "cells", "left"), (3, 4, 2), (8, 6, 7)),
    (("sine_cosine", "cosine", "sine"), ("cells", "nodes", "left"), (3, 4, 2), (5, 6, 7)),
]


def places(n, placement):
    return (np.arange(n) + (placement == "cells") / 2) / (n - (placement == "nodes"))


def test_the_waves_follow_from_the_boundary():
    sides = (("dirichlet", "dirichlet"), ("neumann", "robin"), ("dirichlet", "open"), ("open", "dirichlet"))
    boundary = Boundary(sides=(*sides, ("periodic", "periodic")))
    assert boundary_bases(boundary) == ("sine", "cosine", "sine_cosine", "cosine_sine", "fourier")


@pytest.mark.parametrize(
    ("basis", "placement", "transform"),
    [
        ("sine", "cells", lambda u: scipy.fft.dst(u, 2)[:-1] / len(u)),
        ("cosine", "cells", lambda u: scipy.fft.dct(u, 2) / len(u) / np.where(np.arange(len(u)), 1, 2)),
        ("sine_cosine", "cells", lambda u: scipy.fft.dst(u, 4) / len(u)),
        ("cosine_sine", "cells", lambda u: scipy.fft.dct(u, 4) / len(u)),
        ("sine", "nodes", lambda u: scipy.fft.dst(u[1:-1], 1) / (len(u) - 1)),
        ("cosine", "nodes", lambda u: scipy.fft.dct(u, 1) / (len(u) - 1) / np.r_[2, np.ones(len(u) - 2), 2]),
        ("sine_cosine", "nodes", lambda u: scipy.fft.dst(u[1:], 3, norm="backward") / (len(u) - 1)),
        ("cosine_sine", "nodes", lambda u: scipy.fft.dct(u[:-1], 3) / (len(u) - 1)),
        ("sine", "left", lambda u: scipy.fft.dst(u[1:], 1) / len(u)),
        ("cosine_sine", "left", lambda u: scipy.fft.dct(u, 3) / len(u)),
    ],
)
@pytest.mark.parametrize("n", [9, 12])
def test_amplitudes_are_those_of_the_sine_and_cosine_transforms(basis, placement, transform, n):
    field = np.random.default_rng(0).standard_normal(n)
    expected = transform(field)
    analysis, _ = wave_tables(n, len(expected), basis, placement)
    np.testing.assert_allclose(analysis @ field, expected, atol=1e-12)


@pytest.mark.parametrize("placement", ["cells", "nodes", "left"])
@pytest.mark.parametrize("basis", BASES)
def test_sums_of_as_many_waves_as_the_points_hold_are_kept_as_they_are(basis, placement):
    n = 10
    analysis, synthesis = wave_tables(n, most_waves(basis, placement, n), basis, placement)
    np.testing.assert_allclose(analysis @ synthesis, np.eye(len(analysis)), atol=1e-10)


@pytest.mark.parametrize(("bases", "placement", "modes", "points"), BOXES)
def test_the_operator_is_linear_and_maps_any_box_to_itself(bases, placement, modes, points):
    conv = Trigonometric(2, 3, modes, bases, placement, "first").double()
    first, second = torch.randn(2, 1, 2, *points, dtype=torch.float64)
    combined = conv(3 * first - second)
    assert combined.shape == (1, 3, *points)
    torch.testing.assert_close(combined, 3 * conv(first) - conv(second))


@pytest.mark.parametrize("placement", ["cells", "nodes", "left"])
@pytest.mark.parametrize("basis", BASES)
def test_a_sum_of_kept_waves_has_the_same_image_on_a_finer_grid(basis, placement):
    conv = Trigonometric(1, 2, (4, 3), (basis, basis), (placement, placement), "first").double()
    coarse, fine = (8, 24) if placement != "nodes" else (9, 25)
    images = []
    for n in (coarse, fine):
        _, waves = wave_tables(n, 4, basis, placement)
        field = torch.from_numpy(np.outer(waves @ [1, -2, 0.5, 3], waves[:, :3] @ [0.3, 1, -1]))
        images.append(conv(field[None, None]))
    start, step = (1, 3) if placement == "cells" else (0, 3)
    torch.testing.assert_close(images[1][..., start::step, start::step], images[0])


def test_in_sines_the_image_vanishes_on_the_walls():
    conv = Trigonometric(2, 2, (5, 5), ("sine", "sine"), ("nodes", "nodes"), "first").double()
    image = conv(torch.randn(1, 2, 9, 11, dtype=torch.float64)).detach()
    walls = [image[..., 0, :], image[..., -1, :], image[..., 0], image[..., -1]]
    assert max(float(wall.abs().max()) for wall in walls) < 1e-12 * float(image.abs().max())


@pytest.mark.parametrize("basis", ["sine", "cosine"])
@pytest.mark.parametrize("placement", ["cells", "nodes"])
def test_reversing_the_field_reverses_its_image(basis, placement):
    conv = Trigonometric(2, 2, (5, 4), (basis, basis), (placement, placement), "first").double()
    field = torch.randn(1, 2, 9, 8, dtype=torch.float64)
    torch.testing.assert_close(conv(field.flip(2)), conv(field).flip(2))


def test_with_the_symbol_of_the_laplacian_it_solves_the_poisson_equation_between_walls():
    conv = Trigonometric(1, 1, (6,), ("sine",), ("cells",), "first").double()
    with torch.no_grad():
        conv.weight[:, 0, 0] = 1 / (math.pi * torch.arange(1, 7)) ** 2
    x = torch.from_numpy(places(16, "cells"))
    forcing = torch.sin(math.pi * x) + 2 * torch.sin(3 * math.pi * x)
    solution = torch.sin(math.pi * x) / math.pi**2 + 2 * torch.sin(3 * math.pi * x) / (3 * math.pi) ** 2
    torch.testing.assert_close(conv(forcing[None, None])[0, 0], solution)


@pytest.mark.parametrize("modes", [(5,), (4, 3), (3, 2, 4)])
def test_on_a_periodic_box_it_is_the_spectral_convolution(modes):
    points = tuple(2 * m + 1 for m in modes)
    trigonometric = Trigonometric(2, 3, modes, ("fourier",) * len(modes), ("left",) * len(modes), "first")
    spectral = Spectral(2, 3, modes, "first")
    spectral.load_state_dict(trigonometric.state_dict())
    field = torch.randn(2, 2, *points)
    torch.testing.assert_close(trigonometric(field), spectral(field))


def test_a_grid_that_cannot_hold_the_waves_is_refused():
    conv = Trigonometric(1, 1, (7,), ("sine",), ("nodes",), "first")
    assert conv(torch.ones(1, 1, 9)).shape == (1, 1, 9)
    with pytest.raises(ValueError, match="cannot hold the waves kept, 7 of sine"):
        conv(torch.ones(1, 1, 8))
