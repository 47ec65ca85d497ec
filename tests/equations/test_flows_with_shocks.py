"""Laws of the data of gases, water and Burgers flow with shocks, beside the contract."""

import numpy as np
import pytest
import torch

from surrogate.errors import SettingsError, SolverError
from surrogate.solvers.riemann import euler_riemann, shallow_water_riemann


def exact_means(solution, face, edges, time, within=50):
    """Means over the cells between ``edges`` of a solution that starts from a jump at ``face``."""
    n = len(edges) - 1
    x = np.linspace(edges[0], edges[-1], 2 * n * within + 1)[1::2]
    return solution((x - face) / time).reshape(-1, n, within).mean(2)


def test_the_labels_of_a_tube_are_near_its_exact_solution(recipe, solved):
    law = {"name": "riemann_states", "faces": [[0.5, 0.5]]}
    law["states"] = [[[0.8, 1.2], [-0.1, 0.1], [0.8, 1.2]], [[0.1, 0.2], [-0.1, 0.1], [0.08, 0.15]]]
    config = recipe("euler_sod", initial=law, frames=3)
    equation = config.equation.on((128,), "step")
    inputs, solutions = solved(equation, 0, "train", [0])
    left, right = (tuple(map(float, inputs[0, :, k])) for k in (0, -1))
    exact = exact_means(lambda s: euler_riemann(left, right, 1.4, s), 0.0, np.linspace(-1, 1, 129), 0.4)
    label = solutions.states[0, -1].numpy()
    assert np.abs(label - exact)[[0, 2]].sum() < 5e-3 * np.abs(exact[[0, 2]]).sum()


def test_the_labels_of_a_dam_are_near_its_exact_solution(recipe, solved):
    law = {"name": "riemann_states", "faces": [[0.5, 0.5]], "states": [[[2.0, 3.0], [0, 0]], [[0.5, 1.0], [0, 0]]]}
    law["states"] = [[[float(a), float(b)] for a, b in state] for state in law["states"]]
    config = recipe("dam_break_1d", initial=law, frames=3)
    equation = config.equation.on((128,), "step")
    inputs, solutions = solved(equation, 0, "train", [0])
    left, right = (tuple(map(float, inputs[0, :, k])) for k in (0, -1))
    exact = exact_means(lambda s: shallow_water_riemann(left, right, 1.0, s), 0.0, np.linspace(-5, 5, 129), 2.0)
    assert np.abs(solutions.states[0, -1, 0].numpy() - exact[0]).sum() < 4e-3 * exact[0].sum()


def test_mass_that_appears_from_nowhere_is_noticed(recipe, solved):
    config = recipe("euler_sod", frames=3, horizon=0.1)
    equation = config.equation.on((64,), "step")
    inputs, solutions = solved(equation, 0, "train", [0])
    wrong = solutions.states.clone()
    wrong[:, 1, 0, 20:40] *= 1.001
    assert float(equation.invariants(inputs[:, :0], wrong)["mass"]) > 1e-4


def test_a_round_dam_breaks_alike_along_both_axes(recipe, solved):
    config = recipe("shallow_water_radial", frames=3, horizon=0.2)
    equation = config.equation.on((24,), "step")
    _, solutions = solved(equation, 0, "train", [0])
    height, along, across = solutions.states[0, -1]
    torch.testing.assert_close(height, height.T, rtol=0, atol=1e-12)
    torch.testing.assert_close(along, across.T, rtol=0, atol=1e-12)


def test_a_flow_that_the_cells_cannot_hold_is_refused_by_name(recipe, solved):
    config = recipe("euler_shu_osher", frames=3, tolerance=1e-4)
    equation = config.equation.on((32,), "step")
    with pytest.raises(SolverError, match=r"away from a solve on cells twice as large \(equation.refine\), expected"):
        solved(equation, 0, "train", [0])


def test_half_the_step_changes_less_than_half_the_cells(recipe, solved):
    config = recipe("euler_sod", frames=2, horizon=0.1)
    equation = config.equation.on((64,), "step")
    inputs, solutions = solved(equation, 0, "train", [0])
    changes = []
    for space, time in ((1, 2), (2, 1)):
        finer = equation.refined(space, time)
        changes.append(float((finer.solve(inputs).states - solutions.states).abs().sum()))
    assert 0 < changes[0] < changes[1]


def test_the_second_opinion_on_burgers_is_exact(recipe, solved):
    # Smaller cells come nearer and nearer: what is left is ours.
    distances = []
    for refine in (2, 8):
        config = recipe("inviscid_burgers", frames=3, refine=refine)
        equation = config.equation.on((32,), "map")
        inputs, solutions = solved(equation, 0, "train", [0])
        exact = equation.reference(inputs.numpy())
        distances.append(np.abs(solutions.states.numpy() - exact).mean())
    assert distances[1] < 0.5 * distances[0]


def test_a_law_of_other_fields_is_refused(recipe):
    law = {"name": "gaussian", "boundary": "neumann", "sigma": 1.0, "alpha": 2.0, "tau": 3.0}
    config = recipe("euler_quadrants", initial=law)
    equation = config.equation.on((16,), "step")
    with pytest.raises(SettingsError, match=r"'gaussian' gives fields of shape \[16, 16\], euler_2d has \[4, 16, 16\]"):
        equation.draw(0, "train", [0])


def test_sides_that_do_not_fit_are_refused(recipe):
    with pytest.raises(SettingsError, match="expected 1 pair"):
        recipe("euler_sod", sides=[["open", "open"]] * 2).equation.specification((16,), "step")
    with pytest.raises(SettingsError, match="inviscid_burgers is periodic"):
        recipe("inviscid_burgers", sides=[["open", "open"]]).equation.specification((16,), "map")
