"""The U-Net."""

import pytest
import torch

from surrogate.errors import SettingsError


@pytest.mark.parametrize(("points", "levels"), [((64, 64), 4), ((16, 16), 3), ((8, 30), 2), ((211,), 4)])
def test_the_coarsest_grid_has_about_four_points_or_more(build, problem, points, levels):
    assert len(build("unet", problem(points)).layers[0].down) == levels - 1


def test_a_periodic_model_commutes_with_shifts_by_a_coarsest_cell(build, problem):
    model = build("unet", problem((16, 16), "periodic")).double()
    field = torch.randn(2, 1, 16, 16, dtype=torch.float64)
    torch.testing.assert_close(model(field.roll((4, 8), (2, 3))), model(field).roll((4, 8), (2, 3)))


def test_too_many_levels_are_refused(build, problem):
    with pytest.raises(SettingsError, match=r"model.levels: 5 is too many for \(16, 16\) points, expected at most 3"):
        build("unet", problem((16, 16)), levels=5)
