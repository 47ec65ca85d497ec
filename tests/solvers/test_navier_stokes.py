"""Laws of the vorticity solver."""

import numpy as np
import pytest
import torch

from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.navier_stokes import solve_vorticity

NOTHING = torch.zeros(1, 1, dtype=torch.float64)


def grid(n, m=None):
    axes = (torch.arange(count, dtype=torch.float64) / count for count in (n, m or n))
    return [2 * torch.pi * axis for axis in torch.meshgrid(*axes, indexing="ij")]


def eddies(n):
    x, y = grid(n)
    return (torch.sin(x + 2 * y) + 0.7 * torch.cos(2 * x - y) + 0.5 * torch.sin(3 * x) + 0.2 * torch.cos(y))[None] * 4


def stirring(n):
    x, y = grid(n)
    return torch.sin(x + y) + 0.5 * torch.cos(2 * y)


def velocity(vorticity):
    """The flow (psi_y, -psi_x) of period 1 with this vorticity, by complex transforms."""
    n = vorticity.shape[-1]
    k = 2 * np.pi * np.fft.fftfreq(n, 1 / n)
    square = k[:, None] ** 2 + k**2
    square[0, 0] = 1
    psi = np.fft.fft2(vorticity) / square
    return np.fft.ifft2(1j * k * psi).real, np.fft.ifft2(-1j * k[:, None] * psi).real


def test_taylor_green_vortices_only_fade():
    x, y = grid(24)
    start = (torch.cos(2 * x) * torch.cos(2 * y))[None]
    frames = solve_vorticity(start, NOTHING, 0.01, 1.0, Clock(4, 0.5, 10))
    fading = torch.exp(-0.01 * 8 * (2 * torch.pi) ** 2 * 0.5 * torch.arange(5, dtype=torch.float64))
    torch.testing.assert_close(frames[0], fading[:, None, None] * start, rtol=0, atol=1e-13)


def test_a_stirred_fluid_at_rest_turns_as_the_stirring_does():
    x, y = grid(24)
    force = torch.sin(x + y)
    rate = 0.01 * 2 * (2 * torch.pi) ** 2
    frames = solve_vorticity(torch.zeros(1, 24, 24, dtype=torch.float64), force, 0.01, 1.0, Clock(1, 3.0, 30))
    torch.testing.assert_close(frames[0, 1], force * -np.expm1(-3 * rate) / rate, rtol=0, atol=1e-13)


@pytest.mark.parametrize("n", [48, 200], ids=["all lines at once", "a few lines at a time"])
def test_the_first_change_is_what_the_flow_carries_along(n):
    start, time = eddies(n), 1e-5
    change = (solve_vorticity(start, NOTHING, 0.0, 1.0, Clock(1, time, 1))[0, 1] - start[0]).numpy() / time
    u, v = velocity(start[0].numpy())
    k = 2j * np.pi * np.fft.fftfreq(n, 1 / n)
    spectrum = np.fft.fft2(start[0].numpy())
    carried = u * np.fft.ifft2(k[:, None] * spectrum).real + v * np.fft.ifft2(k * spectrum).real
    np.testing.assert_allclose(change, -carried, atol=1e-3 * np.abs(carried).max())


def test_halving_the_step_divides_the_error_by_sixteen():
    exact = solve_vorticity(eddies(32), stirring(32), 0.005, 1.0, Clock(1, 1.0, 320))[0, 1]
    error = [
        float((solve_vorticity(eddies(32), stirring(32), 0.005, 1.0, Clock(1, 1.0, s))[0, 1] - exact).norm())
        for s in (20, 40, 80)
    ]
    assert np.log2(error[0] / error[1]) == pytest.approx(4, abs=0.4)
    assert np.log2(error[1] / error[2]) == pytest.approx(4, abs=0.2)


def drift(steps):
    """How much energy and enstrophy change in a fluid without viscosity."""
    frames = solve_vorticity(eddies(32), NOTHING, 0.0, 1.0, Clock(1, 1.0, steps))[0]
    enstrophy = frames.square().mean((1, 2))
    energy = [float(sum((component**2).mean() for component in velocity(frame.numpy()))) for frame in frames]
    return abs(energy[1] / energy[0] - 1), abs(float(enstrophy[1] / enstrophy[0]) - 1)


def test_without_viscosity_energy_and_enstrophy_stay_as_the_step_goes_to_zero():
    coarse, fine = drift(20), drift(160)
    assert max(fine) < 1e-9
    assert all(a / b > 0.9 * 8**4 for a, b in zip(coarse, fine, strict=True))


def test_a_mirror_across_the_diagonal_turns_every_eddy_around():
    frames = solve_vorticity(eddies(24), stirring(24), 0.005, 1.0, Clock(2, 0.5, 10))
    mirrored = solve_vorticity(-eddies(24).mT, -stirring(24).mT, 0.005, 1.0, Clock(2, 0.5, 10))
    torch.testing.assert_close(mirrored, -frames.mT)


def test_turning_the_box_by_a_right_angle_turns_the_flow():
    def turned(field):
        return torch.roll(field.flip(-1), 1, dims=-1).mT  # the points of y -> -y, then x and y exchanged

    frames = solve_vorticity(eddies(24), stirring(24), 0.005, 1.0, Clock(2, 0.5, 10))
    turned_frames = solve_vorticity(turned(eddies(24)), turned(stirring(24)), 0.005, 1.0, Clock(2, 0.5, 10))
    torch.testing.assert_close(turned_frames, turned(frames))


@pytest.mark.parametrize(
    ("sign", "change"),
    [
        (1, lambda field: torch.roll(field, (5, 11), (-2, -1))),
        (-1, lambda field: field.mT),
        (-1, lambda field: torch.roll(field.flip(-2), 1, -2)),
    ],
    ids=["shift", "mirror across the diagonal", "mirror of x"],
)
def test_a_step_of_a_moved_flow_is_the_moved_step(sign, change):
    step = solve_vorticity(eddies(24), stirring(24), 0.005, 1.0, Clock(1, 0.05, 1))
    moved = solve_vorticity(sign * change(eddies(24)), sign * change(stirring(24)), 0.005, 1.0, Clock(1, 0.05, 1))
    torch.testing.assert_close(moved, sign * change(step), rtol=0, atol=1e-12)


def test_energy_changes_by_what_friction_takes_and_stirring_gives():
    viscosity, drag, time = 0.01, 0.1, 1e-3
    frames = solve_vorticity(eddies(32), stirring(32), viscosity, 1.0, Clock(2, time, 10), drag)[0].numpy()
    energy = [sum((part**2).mean() for part in velocity(frame)) / 2 for frame in frames]
    u, v = velocity(frames[1])
    push = velocity(stirring(32).numpy())  # the force without divergence whose curl stirs
    given = (u * push[0] + v * push[1]).mean() - viscosity * (frames[1] ** 2).mean() - drag * (u**2 + v**2).mean()
    assert (energy[2] - energy[0]) / (2 * time) == pytest.approx(given, rel=1e-5)


def test_gradients_pass_through_a_step():
    start = eddies(16).requires_grad_()

    def end(field):
        return solve_vorticity(field, stirring(16), 0.01, 1.0, Clock(1, 0.02, 2))[0, 1].square().sum()

    (slope,) = torch.autograd.grad(end(start), start)
    along = eddies(16).roll(3, -1)
    ahead, behind = (float(end(eddies(16) + sign * 1e-5 * along)) for sign in (1, -1))
    assert float((slope * along).sum()) == pytest.approx((ahead - behind) / 2e-5, rel=1e-6)


def test_the_period_only_sets_the_units():
    a = solve_vorticity(eddies(24), stirring(24), 0.005, 1.0, Clock(1, 0.5, 10))
    b = solve_vorticity(eddies(24), stirring(24), 0.005 * 9, 3.0, Clock(1, 0.5, 10))
    torch.testing.assert_close(a, b)


def test_more_points_along_one_axis_show_the_same_flow():
    x, y = grid(32, 64)
    start = torch.sin(x + 2 * y)[None] + torch.cos(x - y)
    square = solve_vorticity(start[:, :, ::2].contiguous(), NOTHING, 0.02, 1.0, Clock(1, 0.5, 20))
    wide = solve_vorticity(start, NOTHING, 0.02, 1.0, Clock(1, 0.5, 20))
    torch.testing.assert_close(wide[..., ::2], square, rtol=0, atol=1e-9)


def test_a_sample_is_the_same_alone_and_in_a_batch():
    start = torch.cat((eddies(24), 2 * eddies(24), eddies(24).mT))
    together = solve_vorticity(start, stirring(24), 0.005, 1.0, Clock(2, 0.5, 10))
    alone = solve_vorticity(start[1:2], stirring(24), 0.005, 1.0, Clock(2, 0.5, 10))
    torch.testing.assert_close(alone[0], together[1], rtol=0, atol=1e-12)
