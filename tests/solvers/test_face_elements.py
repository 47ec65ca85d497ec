"""Laws of the second opinion on diffusion with any condition on each side."""

import numpy as np
import pytest

from surrogate.solvers.face_elements import FaceElements


def problem(n=12, m=9, **change):
    rng = np.random.default_rng(4)
    given = {
        "coefficient": rng.uniform(0.5, 3.0, (n, m)),
        "forcing": np.zeros((n, m)),
        "values": (np.ones(m), np.zeros(m), np.zeros(n), np.zeros(n)),
        "fixed": (True, True, False, False),
        "exchanges": (0.0, 0.0, 0.0, 0.0),
        "periodic": (False, False),
        "spacing": (1 / n, 1 / m),
    }
    return FaceElements(**(given | change))


def test_layers_across_the_flow_are_exact():
    layers = np.array([1.0, 4.0, 0.2, 9.0, 9.0, 2.0])
    solution = problem(6, 4, coefficient=np.repeat(layers[:, None], 4, axis=1)).solve()
    before = np.cumsum(1 / layers) - 0.5 / layers
    np.testing.assert_allclose(solution, np.repeat(1 - before[:, None] / np.sum(1 / layers), 4, axis=1), atol=1e-12)


def test_a_leaking_wall_is_a_resistance():
    walls = problem(6, 6, coefficient=np.full((6, 6), 2.0), fixed=(True, False, False, False), exchanges=(0, 4.0, 0, 0))
    x = (np.arange(6) + 0.5) / 6
    np.testing.assert_allclose(walls.solve()[:, 0], 1 - x / 2 / (1 / 2 + 1 / 4), atol=1e-12)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_shift_of_a_periodic_problem_shifts_the_solution(axis):
    forcing = np.random.default_rng(1).standard_normal((12, 9))
    whole = {"fixed": (False,) * 4, "periodic": (True, True), "values": (np.zeros(9),) * 2 + (np.zeros(12),) * 2}
    here = problem(forcing=forcing, **whole)
    there = problem(forcing=np.roll(forcing, 4, axis), coefficient=np.roll(here.coefficient, 4, axis), **whole)
    np.testing.assert_allclose(there.solve(), np.roll(here.solve(), 4, axis), atol=1e-12)


def test_a_waning_width_brings_the_square_of_it():
    errors = []
    for n in (8, 16, 32):
        x = (np.arange(n) + 0.5) / n
        exact = np.cos(np.pi * x)[:, None] * np.cos(2 * np.pi * x)
        zero = np.zeros(n)
        solution = problem(
            n,
            n,
            coefficient=np.ones((n, n)),
            forcing=5 * np.pi**2 * exact,
            values=(zero,) * 4,
            fixed=(False,) * 4,
        ).solve()
        errors.append(np.linalg.norm(solution - exact) / np.linalg.norm(exact))
    assert min(np.log2(errors[:-1]) - np.log2(errors[1:])) > 1.9
