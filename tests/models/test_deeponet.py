"""The DeepONet."""

import pytest
import torch

from surrogate.fields import Boundary
from surrogate.models.deeponet import boundary_factor


def test_the_output_lies_in_the_span_of_as_many_functions_as_asked_for(build, problem):
    model = build("deeponet", problem((16, 16), outputs=2), n_basis=5).double()
    model.bias.data.zero_()
    outputs = model(torch.randn(40, 1, 16, 16, dtype=torch.float64))
    for channel in range(2):
        singular = torch.linalg.svdvals(outputs[:, channel].flatten(1))
        assert singular[4] > 1e-10 * singular[0] > singular[5]


@pytest.mark.parametrize("branch", ["mlp", "cnn"])
def test_both_branches_read_every_sensor(build, problem, branch):
    model = build("deeponet", problem((16, 16)), branch=branch)
    fields = torch.randn(1, 1, 16, 16, requires_grad=True)
    model(fields).square().sum().backward()
    assert (fields.grad != 0).all()


def test_hard_dirichlet_outputs_vanish_on_the_boundary_and_only_there(build, problem):
    model = build("deeponet", problem((9, 12)), hard_dirichlet=True)
    output = model(torch.randn(2, 1, 9, 12))
    inside = torch.zeros(9, 12, dtype=torch.bool)
    inside[1:-1, 1:-1] = True
    assert not output[..., ~inside].any()
    assert output[..., inside].all()


def test_the_factor_vanishes_on_dirichlet_sides_alone(problem):
    box = problem((5, 5))
    sides = (("dirichlet", "neumann"), ("periodic", "periodic"))
    factor = boundary_factor(box.model_copy(update={"boundary": Boundary(sides=sides)}))
    torch.testing.assert_close(factor, (torch.arange(5) / 4).double()[:, None].expand(5, 5))


def test_the_trunk_is_periodic_where_the_grid_is(build, problem):
    model = build("deeponet", problem((64,), "periodic"), harmonics=1)
    output = model(torch.randn(1, 1, 64))[0, 0]
    assert (output[0] - output[-1]).abs() <= 1.5 * output.diff().abs().max()
