"""Laws of layers that cannot amplify."""

import pytest
import torch

from surrogate.operators.bounded import BoundedSpectral, Contraction, fold, norm_bound

GRIDS = [((16,), (8,)), ((15,), (5,)), ((12, 9), (4, 3)), ((8, 6, 10), (3, 2, 4))]


@pytest.mark.parametrize(("points", "modes"), GRIDS)
def test_no_field_grows_by_more_than_the_bound(points, modes):
    operator = BoundedSpectral(3, modes, "last")
    fields = torch.randn(50, *points, 3)
    grown = operator(fields).flatten(1).norm(dim=1) / fields.flatten(1).norm(dim=1)
    assert operator.bound() < 1
    assert grown.max() <= operator.bound()


def test_a_single_wave_shrinks_by_the_modulus_of_its_own_multiplier():
    operator = BoundedSpectral(1, (5,), "last")
    wave = torch.cos(2 * torch.pi * 3 * torch.arange(16) / 16)[None, :, None]
    shrunk = operator(wave).norm() / wave.norm()
    torch.testing.assert_close(shrunk, operator.gain.sigmoid()[3, 0])


def test_channels_do_not_see_each_other():
    operator, fields = BoundedSpectral(2, (4, 3), "last"), torch.randn(1, 8, 8, 2)
    only = operator(fields * torch.tensor([1.0, 0.0]))
    assert not only[..., 1].any()
    torch.testing.assert_close(only[..., 0], operator(fields)[..., 0])


@pytest.mark.parametrize(("points", "modes"), GRIDS)
def test_a_shifted_field_gives_the_shifted_result(points, modes):
    operator, fields = BoundedSpectral(2, modes, "last"), torch.randn(1, *points, 2)
    axes = tuple(range(1, 1 + len(points)))
    shift = tuple(range(3, 3 + len(points)))
    shifted = operator(fields.roll(shift, axes))
    torch.testing.assert_close(shifted, operator(fields).roll(shift, axes), rtol=1e-4, atol=1e-5)


def test_what_lies_outside_the_ball_is_removed():
    """Of 4 modes a side, (3, 0) lies inside ``(k / 4)^2 < 1`` and (3, 3) outside."""
    operator, x = BoundedSpectral(1, (4, 4), "last"), 2 * torch.pi * torch.arange(12) / 12
    inside = torch.cos(3 * x)[:, None].expand(12, 12)
    corner = torch.cos(3 * x[:, None] + 3 * x[None, :])
    sizes = [operator(field[None, ..., None]).norm().item() for field in (inside, corner)]
    assert sizes[0] > 0.1
    assert sizes[1] < 1e-5


@pytest.mark.parametrize(("points", "modes"), GRIDS)
def test_both_paths_are_the_same_operator(points, modes):
    operator, fields = BoundedSpectral(3, modes, "last").double(), torch.randn(2, *points, 3).double()
    results = []
    for path in ("fft", "dft"):
        operator.path = path
        results.append(operator(fields))
    torch.testing.assert_close(*results)


def test_it_is_the_same_operator_on_a_finer_grid():
    operator, x = BoundedSpectral(1, (4,), "last"), torch.arange(32) / 32
    wave = (torch.cos(2 * torch.pi * x) + torch.sin(2 * torch.pi * 3 * x))[None, :, None]
    coarse, fine = operator(wave[:, ::2]), operator(wave)[:, ::2]
    torch.testing.assert_close(coarse, fine, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (64, 3), (3, 64), (40, 40)])
def test_the_bound_is_not_below_the_largest_singular_value_and_near_it(shape):
    drawn = torch.randn(shape)
    largest = torch.linalg.matrix_norm(drawn, 2)
    assert largest * (1 - 1e-5) <= norm_bound(drawn) <= 1.08 * largest


def test_the_bound_of_an_orthogonal_matrix_is_off_by_the_root_of_its_size():
    """All singular values are equal, the worst case: ``n^(1 / 64)``."""
    orthogonal = torch.linalg.qr(torch.randn(64, 64)).Q
    assert norm_bound(1e-8 * orthogonal).item() == pytest.approx(1e-8 * 64 ** (1 / 64), rel=1e-4)


def test_folding_changes_no_map_and_happens_once():
    operator, field = Contraction(5, 7, "last"), torch.randn(2, 8, 5)
    expected = operator(field)
    for _ in range(2):
        fold(operator)
        torch.testing.assert_close(operator(field), expected)


def test_no_two_fields_move_apart_under_a_contraction():
    operator = Contraction(5, 40, "last")
    with torch.no_grad():
        operator.weight.mul_(100)
    one, other = torch.randn(2, 8, 16, 5)
    assert (operator(one) - operator(other)).norm() <= (one - other).norm()


@pytest.mark.parametrize("shape", [(1, 1), (6, 3), (3, 6), (5, 5)])
def test_the_gradient_of_the_bound_is_that_of_finite_differences(shape):
    assert torch.autograd.gradcheck(norm_bound, torch.randn(shape, dtype=torch.float64, requires_grad=True))
