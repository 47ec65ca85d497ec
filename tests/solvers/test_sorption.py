"""Laws of diffusion with sorption."""

import numpy as np
import pytest
import torch

from surrogate.errors import SolverError
from surrogate.solvers.sorption import Column, advance, held

FREE = Column(diffusivity=0.2, factor=0.0, exponent=0.5)
CLINGING = Column(diffusivity=0.2, factor=2.0, exponent=0.874)


def cells(count):
    return (torch.arange(count, dtype=torch.float64) + 0.5) / count


def decaying(count, time):
    """A mode that the boundary allows on top of the steady state, 1 - x / 1.2, without sorption, in cell means."""
    mu = _frequency()
    edges = torch.linspace(0, 1, count + 1, dtype=torch.float64)
    mode = -(torch.cos(mu * edges)).diff() * count / mu
    return (1 - cells(count) / 1.2 + np.exp(-0.2 * mu**2 * time) * 0.3 * mode)[None]


def _frequency():
    """The least root of sin m + 0.2 m cos m = 0."""
    low, high = 2.0, 3.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.sin(middle) + 0.2 * middle * np.cos(middle) > 0 else (low, middle)
    return low


def test_more_cells_bring_the_exact_decay_at_order_two():
    errors = []
    for count in (16, 32, 64, 128):
        concentration = advance(decaying(count, 0.0), FREE, [0.004] * 50)
        errors.append(float((concentration - decaying(count, 0.2)).abs().mean()))
    assert min(np.log2(np.divide(errors[:-1], errors[1:]))) > 1.8


def test_more_cells_bring_the_sorbing_flow_at_order_two():
    def end(count):
        return advance(decaying(count, 0.0), CLINGING, [0.02] * 10)

    exact = end(512)
    errors = [float((end(n) - exact.unflatten(1, (n, -1)).mean(2)).abs().mean()) for n in (8, 16, 32, 64)]
    assert min(np.log2(np.divide(errors[:-1], errors[1:]))) > 1.8


def test_halving_the_step_quarters_the_error():
    start = decaying(32, 0.0)

    def end(steps):
        return advance(start, CLINGING, [0.4 / steps] * steps)

    exact = end(256)
    errors = [float((end(steps) - exact).norm()) for steps in (4, 8, 16, 32)]
    assert min(np.log2(np.divide(errors[:-1], errors[1:]))) > 1.8


def test_the_steady_state_is_a_straight_line_to_rounding():
    concentration = advance(torch.full((1, 24), 0.1, dtype=torch.float64), CLINGING, [2.0] * 40)
    torch.testing.assert_close(concentration[0], 1 - cells(24) / 1.2, rtol=0, atol=1e-9)


def test_what_is_held_is_the_integral_of_the_retardation():
    u = torch.linspace(0, 1, 20001, dtype=torch.float64)
    amount = held(u, CLINGING)
    retardation = 1 + 2 * (u + 1e-6) ** -0.126
    torch.testing.assert_close(torch.trapezoid(retardation[100:], u[100:]), amount[-1] - amount[100], rtol=1e-8, atol=0)


def test_concentrations_stay_between_zero_and_the_inlet():
    states = advance(torch.tensor([[0.0], [0.1], [0.9]], dtype=torch.float64).expand(3, 64), CLINGING, [1e-3] * 20)
    assert float(states.min()) >= 0
    assert float(states.max()) <= 1


def test_a_column_is_the_same_alone_and_in_a_batch():
    starts = torch.tensor([[0.0], [0.1], [0.9]], dtype=torch.float64).expand(3, 32)
    together = advance(starts, CLINGING, [0.01, 0.02])
    assert torch.equal(advance(starts[1:2], CLINGING, [0.01, 0.02])[0], together[1])


def test_what_is_not_a_number_is_refused():
    with pytest.raises(SolverError, match="Newton's method: a correction of nan"):
        advance(torch.full((1, 8), torch.nan, dtype=torch.float64), CLINGING, [0.1])
