"""Laws of functions applied on a finer grid."""

import numpy as np
import pytest
import torch

from surrogate.models._dealiasing import dealiased
from surrogate.operators.fourier_interpolation import resampled


def limited(n, highest, dimensions=1):
    """Return a random field on n points a side without frequencies above ``highest``, and its amplitudes."""
    generator = np.random.default_rng(0)
    spectrum = np.fft.fftn(generator.normal(size=(n,) * dimensions), norm="forward")
    for axis in range(dimensions):
        shape = [-1 if axis == other else 1 for other in range(dimensions)]
        spectrum = spectrum * (np.abs(np.fft.fftfreq(n, 1 / n)) <= highest).reshape(shape)
    return torch.from_numpy(np.fft.ifftn(spectrum, norm="forward").real)


def lowest(field, highest):
    """Return the amplitudes up to ``highest`` of a field on one axis."""
    return torch.fft.rfft(field, norm="forward")[: highest + 1]


@pytest.mark.parametrize("n", [16, 15])
def test_the_square_of_all_that_the_grid_holds_is_free_of_aliases(n):
    """Against the square on a grid so fine that nothing can fold back."""
    highest = (n - 1) // 2
    field = limited(n, highest)
    product = dealiased(torch.square, field[None, :, None], 1.5)[0, :, 0]
    fine = resampled(field[None, :, None], (8 * n,))[0, :, 0].square()
    torch.testing.assert_close(lowest(product, highest), lowest(fine, highest))


def test_without_a_finer_grid_two_thirds_are_free_of_aliases_and_the_rest_is_not():
    n, kept = 18, 5  # 18 > 3 * 5
    field = limited(n, kept)
    fine = resampled(field[None, :, None], (8 * n,))[0, :, 0].square()
    torch.testing.assert_close(lowest(field.square(), kept), lowest(fine, kept))
    assert not torch.allclose(lowest(field.square(), 8), lowest(fine, 8))


def test_a_product_in_two_dimensions_is_free_of_aliases_too():
    field = limited(12, 5, 2)
    product = dealiased(torch.square, field[None, ..., None], 1.5)[0, ..., 0]
    fine = resampled(field[None, ..., None], (60, 60))[0, ..., 0].square()
    expected = torch.fft.fft2(fine, norm="forward")[:6, :6]
    torch.testing.assert_close(torch.fft.fft2(product, norm="forward")[:6, :6], expected)


def test_there_and_back_is_the_field_itself():
    field = limited(16, 7)[None, :, None]
    torch.testing.assert_close(resampled(resampled(field, (25,)), (16,)), field)


def test_the_series_goes_through_its_own_points():
    field = limited(15, 7)[None, :, None]
    torch.testing.assert_close(resampled(field, (30,))[:, ::2], field)


def test_a_shifted_field_gives_the_shifted_result():
    field = limited(16, 7)[None, :, None]
    shifted = dealiased(torch.square, field.roll(3, 1), 1.5)
    torch.testing.assert_close(shifted, dealiased(torch.square, field, 1.5).roll(3, 1))
