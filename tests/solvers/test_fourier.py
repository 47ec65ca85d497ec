"""Laws of Fourier series on a grid."""

import pytest
import torch

from surrogate.solvers.fourier import integer_waves, interpolate_periodic, two_thirds, unresolved


def waves(*points):
    axes = torch.meshgrid(*(torch.arange(n, dtype=torch.float64) / n for n in points), indexing="ij")
    phase = 2 * torch.pi * sum((i + 1) * x for i, x in enumerate(axes))
    return torch.sin(phase)[None]


@pytest.mark.parametrize("points", [(8,), (9,), (8, 9), (9, 12)])
def test_interpolation_samples_the_same_function(points):
    finer = tuple(3 * n for n in points)
    torch.testing.assert_close(interpolate_periodic(waves(*points), 3, len(points)), waves(*finer))


def test_interpolation_drops_the_nyquist_wave():
    jagged = torch.tensor([[1.0, -1.0, 1.0, -1.0]], dtype=torch.float64)
    assert float(interpolate_periodic(jagged, 2, 1).abs().max()) < 1e-15


@pytest.mark.parametrize("n", [12, 13, 14])
def test_no_product_of_kept_waves_lands_on_a_kept_wave_that_is_not_its_own(n):
    kept = [int(k) for k, keep in zip(integer_waves((n,))[0], two_thirds((n,)), strict=True) if keep]
    for a in kept:
        for b in kept:
            assert a + b in kept or abs(a + b - n) not in kept


def test_all_of_the_highest_kept_wave_is_unresolved_and_nothing_of_the_lowest():
    x = torch.arange(48, dtype=torch.float64) / 48
    for k, share in ((1, 0.0), (13, 0.0), (15, 1.0)):
        assert float(unresolved(torch.sin(2 * torch.pi * k * x)[None], 1)) == pytest.approx(share, abs=1e-12)


def test_the_unresolved_share_is_one_of_the_l2_norm():
    x = torch.arange(48, dtype=torch.float64) / 48
    field = 0.3 * torch.cos(2 * torch.pi * 15 * x)[:, None] + 0.4 * torch.cos(2 * torch.pi * 2 * x) + 0 * x[:, None]
    assert float(unresolved(field[None], 2)) == pytest.approx(0.3 / 0.5)
