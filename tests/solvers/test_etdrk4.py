"""Laws of exponential time differencing."""

import numpy as np
import pytest
import scipy.io
import torch

from surrogate.solvers.etdrk4 import Clock, etdrk4, evolve


def logistic_error(steps):
    """The distance from the exact solution of ``v' = v - v^2``, its linear part taken exactly."""
    start = torch.tensor([[0.1]], dtype=torch.float64)
    frames = evolve(lambda v: -v.square(), torch.ones(1, dtype=torch.float64), start, Clock(1, 4.0, steps))
    exact = 1 / (1 + 9 * np.exp(-4.0))
    return abs(float(frames[0, -1, 0]) - exact)


def test_halving_the_step_divides_the_error_by_sixteen():
    assert np.log2(logistic_error(20) / logistic_error(40)) == pytest.approx(4, abs=0.2)
    assert np.log2(logistic_error(40) / logistic_error(80)) == pytest.approx(4, abs=0.1)


@pytest.mark.parametrize("rate", [0.0, 1e-9, -1e-3, -1.0, -50.0, -1e6])
def test_a_constant_push_is_integrated_exactly_at_any_stiffness(rate):
    linear = torch.tensor([rate], dtype=torch.float64)
    frames = evolve(lambda v: torch.full_like(v, 2.0), linear, torch.ones(1, 1, dtype=torch.float64), Clock(2, 0.5, 1))
    integral = -np.expm1(rate) / -rate if rate else 1.0
    assert float(frames[0, -1, 0]) == pytest.approx(np.exp(rate) + 2 * integral, rel=1e-13)


def test_a_pure_wave_only_turns():
    linear = torch.tensor([3.0j], dtype=torch.complex128)
    frames = evolve(torch.zeros_like, linear, torch.ones(1, 1, dtype=torch.complex128), Clock(5, 1.0, 1))
    turned = torch.exp(3j * torch.arange(6, dtype=torch.float64))
    torch.testing.assert_close(frames[0, :, 0], turned, rtol=0, atol=1e-14)


def test_the_phi_functions_equal_their_series_near_zero():
    step = etdrk4(torch.tensor([1e-5], dtype=torch.float64), 1.0)
    weights = [float(w) for w in (step.inner, step.first, step.middle, step.last)]
    assert weights == pytest.approx([1 / 2 + 1e-5 / 8, 1 / 6 + 1e-5 / 6, 1 / 3 + 1e-5 / 6, 1 / 6], abs=1e-10)


def test_frames_do_not_depend_on_the_batch():
    start = torch.linspace(0.1, 0.9, 5, dtype=torch.float64)[:, None].expand(5, 7).contiguous()
    linear = -torch.arange(7, dtype=torch.float64)
    together = evolve(torch.sin, linear, start, Clock(2, 1.0, 3))
    assert torch.equal(evolve(torch.sin, linear, start[3:4], Clock(2, 1.0, 3))[0], together[3])


def test_korteweg_de_vries_waves_are_those_of_chebfun(reference):
    # u_t + u u_x + 0.0025 u_xxx = 0 with period 2: a linear part that is imaginary.
    data = scipy.io.loadmat(reference / "pinns" / "KdV.mat")
    n = data["uu"].shape[0]
    k = torch.pi * torch.arange(n // 2 + 1, dtype=torch.float64)

    def advection(spectrum):
        return -0.5j * k * torch.fft.rfft(torch.fft.irfft(spectrum, n=n).square())

    start = torch.fft.rfft(torch.from_numpy(data["uu"][:, 0].astype(np.float64)))[None]
    frames = torch.fft.irfft(evolve(advection, 0.0025j * k**3, start, Clock(20, 0.05, 100)), n=n)[0]
    expected = torch.from_numpy(data["uu"].T[::10])
    assert float((frames[:11] - expected[:11]).norm() / expected[:11].norm()) < 1e-7
