"""Laws of polynomials of high degree on intervals."""

import numpy as np
import pytest

from surrogate.solvers.spectral_elements import (
    cosine_interpolation,
    evaluation,
    gauss_lobatto,
    line,
    local_interpolation,
)

BREAKS = (0.0, 0.2, 0.7, 1.0)


@pytest.mark.parametrize("degree", [2, 7, 24])
def test_gauss_lobatto_integrates_polynomials_of_twice_the_degree_less_one(degree):
    nodes, weights = gauss_lobatto(degree)
    power = 2 * degree - 2
    assert (weights * nodes**power).sum() == pytest.approx(2 / (power + 1), rel=1e-12)


def test_the_free_modes_are_cosines_and_the_pinned_ones_sines():
    elements = line(BREAKS, 12)
    free, pinned = elements.modes()[0], elements.pinned_modes()[0]
    np.testing.assert_allclose(free[:5], (np.pi * np.arange(5)) ** 2, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(pinned[:5], (np.pi * np.arange(1, 6)) ** 2, rtol=1e-9)


def test_modes_are_orthonormal():
    elements = line(BREAKS, 5)
    modes = elements.modes()[1]
    np.testing.assert_allclose(modes.T @ (elements.weights[:, None] * modes), np.eye(len(modes)), atol=1e-12)


def test_a_polynomial_of_the_degree_is_evaluated_exactly_everywhere():
    at = np.linspace(0, 1, 17)
    values = line(BREAKS, 5).points ** 5
    np.testing.assert_allclose(evaluation(BREAKS, 5, at) @ values, at**5, atol=1e-14)


def test_local_interpolation_is_exact_for_polynomials_and_needs_no_more_nodes_than_there_are():
    at = np.linspace(0, 1, 23)
    for count, degree in ((11, 4), (4, 7)):
        nodes = np.linspace(0, 1, count)
        power = min(degree, count - 1)
        np.testing.assert_allclose(local_interpolation(nodes, at, degree) @ nodes**power, at**power, atol=1e-13)


def test_cosine_interpolation_is_exact_for_cosines():
    at = np.linspace(0, 1, 23)
    nodes = np.linspace(0, 1, 7)
    for k in range(7):
        np.testing.assert_allclose(
            cosine_interpolation(7, at) @ np.cos(np.pi * k * nodes), np.cos(np.pi * k * at), atol=1e-13
        )
