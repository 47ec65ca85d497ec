"""The DeepONet."""

import pytest
import torch

from surrogate.spaces import Grid


def test_the_output_lies_in_the_span_of_as_many_functions_as_asked_for(build, problem):
    model = build("deeponet", problem((16, 16), outputs=2), n_basis=5).double()
    model.synthesis.constants.data.zero_()
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


def test_the_trunk_is_periodic_where_the_grid_is(build, problem):
    model = build("deeponet", problem((64,), "periodic"), harmonics=1)
    output = model(torch.randn(1, 1, 64))[0, 0]
    assert (output[0] - output[-1]).abs() <= 1.5 * output.diff().abs().max()


@pytest.mark.parametrize("condition", ["dirichlet", "neumann", "periodic"])
def test_at_the_points_of_the_grid_it_is_the_output_on_the_grid(build, problem, condition):
    model = build("deeponet", problem((9, 12), condition, outputs=2), hard_dirichlet=True)
    grid = Grid(points=(9, 12), lengths=(2.0, 0.5), placement=model.problem.grid.placement, origin=(-1.0, 3.0))
    model = build("deeponet", model.problem.on(grid), hard_dirichlet=True)
    fields = torch.randn(3, 1, 9, 12)
    points = torch.cartesian_prod(*(torch.from_numpy(x) for x in grid.coordinates()))
    torch.testing.assert_close(model.at(fields, points), model(fields).flatten(2), rtol=1e-4, atol=1e-5)


def test_it_can_be_differentiated_twice_in_the_points(build, problem):
    model = build("deeponet", problem((8, 8)), activation="tanh", harmonics=2).double()
    fields = torch.randn(1, 1, 8, 8, dtype=torch.float64)
    points = torch.tensor([[0.3, 0.6]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda p: model.at(fields, p), points)


@pytest.mark.parametrize("points", [torch.rand(5), torch.rand(5, 3)])
def test_points_of_another_space_are_refused(build, problem, points):
    with pytest.raises(ValueError, match=r"\(n, 2\)"):
        build("deeponet", problem((8, 8))).at(torch.randn(1, 1, 8, 8), points)


def _changed_by_hand(model):
    model.synthesis.basis.network.layers[1].weight.data[3, 4] += 1e-3


def _trained(model):
    optimizer = torch.optim.Adam(model.train().parameters(), lr=1e-2, fused=True)
    model(torch.randn(4, 1, 9, 12)).square().sum().backward()
    optimizer.step()
    model.eval()


def _loaded(model):
    model.load_state_dict({name: 1.1 * tensor for name, tensor in model.state_dict().items()})


def _replaced(model):
    model.synthesis.basis.network.layers[0] = torch.nn.Linear(
        *reversed(model.synthesis.basis.network.layers[0].weight.shape)
    )


def _wider(model):
    model.double()


CHANGES = [_changed_by_hand, _trained, _loaded, _replaced, _wider]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_the_basis_kept_for_evaluation_is_never_an_old_one(build, problem, change):
    model = build("deeponet", problem((9, 12))).eval()
    fields = torch.randn(2, 1, 9, 12)
    with torch.inference_mode():
        before = model(fields)
    change(model)
    fields = fields.to(model.synthesis.constants)
    with torch.no_grad():
        answer = model(fields)
    assert not torch.equal(answer.float(), before)
    torch.testing.assert_close(answer, model(fields).detach())  # with a graph: nothing kept is used


def test_the_basis_kept_for_some_points_is_not_given_for_others(build, problem):
    model = build("deeponet", problem((9, 12))).eval()
    fields, points = torch.randn(2, 1, 9, 12), torch.rand(12, 2)
    with torch.no_grad():
        together = model.at(fields, points)
        apart = torch.cat([model.at(fields, part) for part in points.split(6)], dim=2)
    torch.testing.assert_close(apart, together, rtol=1e-5, atol=1e-6)
    assert not torch.allclose(together[..., :6], together[..., 6:])


def test_in_evaluation_the_trunk_is_evaluated_once(build, problem):
    model = build("deeponet", problem((9, 12))).eval()
    calls = []
    model.synthesis.basis.network.register_forward_hook(lambda *_: calls.append(1))
    fields = torch.randn(2, 1, 9, 12)
    with torch.no_grad():
        first, second = model(fields), model(fields)
    assert torch.equal(first, second)
    assert len(calls) == 1
    model(fields)
    assert len(calls) == 2


@pytest.mark.parametrize("activation", ["gelu", "tanh", "relu"])
def test_the_activation_is_that_of_the_settings(build, problem, activation):
    model = build("deeponet", problem((8, 8)), branch="mlp", activation=activation)
    apply = {"gelu": torch.nn.functional.gelu, "tanh": torch.tanh, "relu": torch.relu}[activation]
    fields = torch.randn(3, 1, 8, 8)
    networks = []
    trunk = model.synthesis.basis
    for network, values in ((model.branch.dense, fields.flatten(1)), (trunk.network, trunk.place.T)):
        for layer in network.layers[:-1]:
            values = apply(layer(values))
        networks.append(network.layers[-1](values))
    expected = networks[0] @ apply(networks[1]).T + model.synthesis.constants[0]
    torch.testing.assert_close(model(fields).flatten(1), expected, rtol=1e-4, atol=1e-5)
