"""Laws of the second opinion on boxes."""

import numpy as np
import pytest

from surrogate.solvers.box_differences import derivative, integrate_stiff, laplacian, resample_cells


def centres(n):
    return (np.arange(n) + 0.5) / n


@pytest.mark.parametrize(
    ("sides", "function", "slope"),
    [
        ("periodic", lambda x: np.sin(6 * np.pi * x), lambda x: 6 * np.pi * np.cos(6 * np.pi * x)),
        ("neumann", lambda x: np.cos(3 * np.pi * x), lambda x: -3 * np.pi * np.sin(3 * np.pi * x)),
        ("dirichlet", lambda x: np.sin(3 * np.pi * x), lambda x: 3 * np.pi * np.cos(3 * np.pi * x)),
    ],
)
def test_slopes_are_of_order_eight_up_to_every_kind_of_wall(sides, function, slope):
    errors = []
    for n in (32, 64):
        x = centres(n)
        field = np.stack((function(x), 2 * function(x)), axis=1)
        slopes = derivative(field, 1, 1 / n, 0, sides)
        errors.append(np.abs(slopes[:, 0] - slope(x)).max())
        np.testing.assert_allclose(slopes[:, 1], 2 * slopes[:, 0], atol=1e-9)
    assert np.log2(errors[0] / errors[1]) > 7.8


def test_the_laplacian_adds_the_axes():
    x, y = centres(64)[:, None], centres(64)
    field = np.cos(np.pi * x) * np.cos(2 * np.pi * y)
    np.testing.assert_allclose(laplacian(field, (1 / 64, 1 / 64), "neumann"), -5 * np.pi**2 * field, atol=1e-7)


@pytest.mark.parametrize(("sides", "wave"), [("neumann", np.cos), ("dirichlet", np.sin)])
def test_a_series_has_its_values_at_any_number_of_cells(sides, wave):
    coarse = wave(3 * np.pi * centres(12))[:, None] * wave(np.pi * centres(12))
    fine = wave(3 * np.pi * centres(30))[:, None] * wave(np.pi * centres(20))
    np.testing.assert_allclose(resample_cells(coarse, (30, 20), sides), fine, atol=1e-13)
    np.testing.assert_allclose(resample_cells(fine, (12, 12), sides), coarse, atol=1e-13)


def test_stiff_steps_are_of_order_four():
    start = 0.1 + 0.05 * np.cos(2 * np.pi * np.arange(16) / 16)[:, None] * np.ones(8)

    def end(steps):
        frames = integrate_stiff(lambda z: 0.01 * z, lambda u: u - u**2, start, (1 / 16, 1 / 8), (0.0, 2.0), steps)
        return frames[1]

    ends = [end(steps) for steps in (8, 16, 32, 64, 512)]
    errors = [np.linalg.norm(state - ends[-1]) for state in ends[:-1]]
    assert (np.log2(np.divide(errors[:-1], errors[1:])) > 3.7).all()


def test_stiff_steps_damp_what_is_far_too_stiff_for_explicit_ones():
    start = np.cos(2 * np.pi * np.arange(32) / 32)
    frames = integrate_stiff(lambda z: -(z**2), np.zeros_like, start, (1 / 32,), (0.0, 1.0), 4)
    assert np.abs(frames[1]).max() < 1e-6
