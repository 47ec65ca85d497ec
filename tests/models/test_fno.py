"""The Fourier neural operator."""

import math

import pytest
import torch

from surrogate.errors import SettingsError
from surrogate.models._spectral_box import extension
from surrogate.operators.spectral import Spectral


def smooth(n, placement):
    x = torch.arange(n) / n if placement == "left" else (torch.arange(n) + 0.5) / n
    return (torch.sin(2 * math.pi * x)[:, None] * torch.cos(4 * math.pi * x))[None, None]


def test_a_periodic_field_on_a_finer_grid_gives_nearly_the_same_values(build, problem):
    """Not exactly: an activation makes frequencies that the coarser grid cannot hold."""
    model = build("fno", problem((32, 32), "periodic"))
    coarse, fine = model(smooth(32, "left")), model(smooth(64, "left"))[..., ::2, ::2]
    assert torch.linalg.vector_norm(fine - coarse) < 1e-3 * torch.linalg.vector_norm(coarse)


def test_without_coordinates_a_periodic_model_commutes_with_shifts(build, problem):
    model = build("fno", problem((16, 12), "periodic"), positional_embedding=False).double()
    field = torch.randn(1, 1, 16, 12, dtype=torch.float64)
    torch.testing.assert_close(model(field.roll((3, 5), (2, 3))), model(field).roll((3, 5), (2, 3)))


def test_coordinates_are_periodic_where_the_grid_is(build, problem):
    model = build("fno", problem((64, 64), "periodic"))
    steps = model(torch.zeros(1, 1, 64, 64)).diff(dim=2).abs()
    across = (model(torch.zeros(1, 1, 64, 64))[:, :, 0] - model(torch.zeros(1, 1, 64, 64))[:, :, -1]).abs()
    assert steps.max() > 0
    assert across.max() <= 1.5 * steps.max()


@pytest.mark.parametrize(("n", "condition"), [(16, "neumann"), (32, "neumann"), (17, "dirichlet"), (33, "dirichlet")])
def test_domain_padding_is_a_fraction_of_the_domain_on_every_grid(build, problem, n, condition):
    model = build("fno", problem((16, 16), condition), domain_padding=0.125)
    grid = model.problem.grid.resized((n, n))
    assert [
        (n + added) * h
        for added, h in zip(extension((n, n), grid, model.problem.boundary, model.fraction), grid.spacing, strict=True)
    ] == [1.125, 1.125]


def test_periodic_axes_are_not_padded(build, problem):
    model = build("fno", problem((16, 16), "periodic"), domain_padding=0.5)
    assert extension((16, 16), model.problem.grid, model.problem.boundary, model.fraction) == (0, 0)


@pytest.mark.parametrize(
    ("points", "n_modes", "kept"),
    [((16, 16), None, (8, 8)), ((64, 20), None, (16, 10)), ((32, 32, 8), None, (8, 8, 4)), ((16, 16), 5, (5, 5))],
)
def test_modes_follow_from_the_grid_or_are_the_same_along_every_axis(build, problem, points, n_modes, kept):
    model = build("fno", problem(points), n_modes=n_modes)
    spectral = [part for part in model.modules() if isinstance(part, Spectral)]
    assert {part.n_modes for part in spectral} == {kept}


@pytest.mark.parametrize(
    ("n_modes", "message"), [([4, 4, 4], "got 3 numbers, expected 2"), ([9, 4], r"at most \(8, 8\)")]
)
def test_modes_that_do_not_fit_the_grid_are_refused(build, problem, n_modes, message):
    with pytest.raises(SettingsError, match=message):
        build("fno", problem((16, 16)), n_modes=n_modes)


def test_a_grid_coarser_than_the_modes_is_refused(build, problem):
    with pytest.raises(ValueError, match="cannot hold"):
        build("fno", problem((32, 32), "periodic"))(torch.ones(1, 1, 8, 8))


def test_channel_mixing_can_be_left_out(build, problem):
    plain, mixed = (build("fno", problem((16, 16)), channel_mlp_expansion=e) for e in (None, 0.5))
    extra = 2 * 32 * 16 + 16 + 32 + 32
    assert sum(p.numel() for p in mixed.parameters()) - sum(p.numel() for p in plain.parameters()) == 4 * extra


@pytest.mark.parametrize("basis", ["boundary", "cosine"])
@pytest.mark.parametrize(("n", "condition"), [(17, "dirichlet"), (16, "neumann")])
def test_in_the_waves_of_the_box_a_smooth_field_on_a_finer_grid_gives_nearly_the_same_values(
    build, problem, basis, n, condition
):
    model = build("fno", problem((n, n), condition), basis=basis, n_modes=4).double()
    coarse, fine = model.problem.grid, model.problem.grid.resized((3 * n - 2 * (condition == "dirichlet"),) * 2)
    images = []
    for grid in (coarse, fine):
        x, y = (torch.from_numpy(place) for place in grid.coordinates())
        images.append(model((torch.cos(math.pi * x)[:, None] * torch.cos(2 * math.pi * y))[None, None]).detach())
    start = 1 if condition == "neumann" else 0
    image = images[1][..., start::3, start::3]
    assert torch.linalg.vector_norm(image - images[0]) < 0.02 * torch.linalg.vector_norm(images[0])


def test_waves_of_the_box_need_no_padding_and_hold_as_many_weights(build, problem):
    box = problem((32, 32), "neumann")
    fourier, cosine = (build("fno", box, basis=basis, n_modes=8) for basis in ("fourier", "cosine"))
    assert extension((32, 32), box.grid, cosine.problem.boundary, cosine.fraction) == (0, 0)
    weights = [sum(p.numel() for p in model.layers[0].operator[0].parameters()) for model in (fourier, cosine)]
    assert weights == [15 * 8 * 2 * 32**2, 15 * 15 * 32**2]


def test_on_a_periodic_box_every_basis_is_the_fourier_one(build, problem):
    torch.manual_seed(1)
    fourier = build("fno", problem((12, 12), "periodic"))
    other = build("fno", problem((12, 12), "periodic"), basis="boundary")
    other.load_state_dict(fourier.state_dict())
    field = torch.randn(1, 1, 12, 12)
    assert torch.equal(other(field), fourier(field))
