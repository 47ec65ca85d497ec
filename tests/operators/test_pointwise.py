"""A matrix between channels at every point."""

import pytest
import torch

from surrogate.operators.pointwise import Pointwise


@pytest.mark.parametrize("layout", ["first", "last"])
@pytest.mark.parametrize("points", [(7,), (5, 6), (3, 4, 5)])
def test_a_pointwise_map_is_a_matrix_between_channels_at_every_point(points, layout):
    mixing = Pointwise(3, 2, layout)
    field = torch.randn(4, *points, 3)
    expected = torch.einsum("oi,b...i->b...o", mixing.weight, field) + mixing.bias
    result = mixing(field) if layout == "last" else mixing(field.movedim(-1, 1)).movedim(1, -1)
    torch.testing.assert_close(result, expected)
