"""Laws of the estimate of label noise: exact solutions are near, noise is measured, another unit is told."""

import numpy as np
import pytest

import surrogate as sg
from surrogate.datasets.dual_cells import DualCells
from surrogate.datasets.label_check import judge_of, label_finding
from surrogate.equations import read_equation
from surrogate.errors import SettingsError
from surrogate.spaces import Grid

LAW = {"name": "gaussian", "boundary": "neumann", "sigma": 1.0, "alpha": 2.0, "tau": 3.0}
DARCY = {
    "name": "darcy",
    "permeability": {"name": "two_valued", "low": 1.0, "high": 2.0, "field": LAW},
    **{"forcing": 1.0, "refine": 1, "resolution": 64, "tolerance": 1e-10, "match": None},
}
POINTS = {
    "cells": lambda n: (np.arange(n) + 0.5) / n,
    "nodes": lambda n: np.linspace(0, 1, n),
    "left": lambda n: np.arange(n) / n,
}


def torsion(x, y):
    """The solution of -Laplace u = 1 on the unit square, zero on its sides, by its series in one direction."""
    u = (x * (1 - x) / 2)[:, None] * np.ones(len(y))
    for k in range(1, 120, 2):
        wave = np.cosh(k * np.pi * (y - 0.5)) / np.cosh(k * np.pi / 2)
        u -= 4 / (k * np.pi) ** 3 * np.sin(k * np.pi * x)[:, None] * wave
    return u


def still(placement="cells", noise=0.0, unit=1.0, count=6, least=1.0, **changed):
    """Data of Darcy flow through squares of one permeability each, of which the pressure is known exactly."""
    random = np.random.default_rng(0)
    places = POINTS[placement](24)
    a = np.linspace(least, 4, count)
    u = torsion(places, places) / a[:, None, None]
    u = u * (1 + noise * random.normal(size=u.shape)) * unit
    fields = {"a": np.broadcast_to(a[:, None, None], u.shape), "u": u}
    settings = {"lengths": 1, "boundary": "dirichlet", "placement": placement, "split": (1, 0, 0)} | changed
    return sg.from_arrays(**fields, **settings).dataset


def finding(dataset, equation=None):
    return label_finding(dataset, judge_of(dataset.spec, read_equation(equation or DARCY)), 2, "forcing=1")


@pytest.mark.parametrize("placement", POINTS)
def test_exact_labels_are_near_whatever_points_they_lie_on(placement):
    judged = finding(still(placement))
    assert judged.status == "fine"
    assert judged.figures["lower bound"] < 5e-3
    assert judged.figures["upper bound"] < 1e-2


def test_noise_of_labels_lies_within_the_bounds():
    judged = finding(still(noise=0.03))
    assert judged.status == "look"
    assert judged.figures["lower bound"] < 0.031
    assert judged.figures["upper bound"] > 0.029
    assert judged.figures["upper bound"] - judged.figures["lower bound"] < 0.02
    assert judged.figures["residual"] > 2 * judged.figures["residual of ours"]


def test_another_unit_of_the_labels_is_told_by_its_factor():
    judged = finding(still(unit=1e-3))
    assert judged.figures["factor"] == pytest.approx(1e-3, rel=1e-2)
    assert "times 1000" in judged.says.replace("999", "1000").replace("1001", "1000")
    assert judged.figures["after it"] < 5e-3


def test_a_moving_profile_is_held_against_its_equation():
    x, times = np.arange(32) / 32, np.linspace(0, 1, 5)
    phases = np.random.default_rng(0).uniform(size=(6, 1, 1))
    u = np.sin(2 * np.pi * (x - 0.3 * times[:, None] + phases)) + np.cos(
        4 * np.pi * (x - 0.3 * times[:, None] - phases)
    )
    data = sg.from_arrays(u=u, lengths=1, boundary="periodic", times=times, split=(1, 0, 0)).dataset
    law = {"name": "sines", "terms": 2, "highest": 4, "amplitude": 1.0, "between": None}
    moves = {"name": "advection", "length": 1.0, "initial": law, "horizon": 9.0, "frames": 3}
    moves |= {"steps": 2, "resolution": 32, "tolerance": 1e-4}
    assert finding(data, moves | {"speed": 0.3}).figures["upper bound"] < 1e-5
    assert finding(data, moves | {"speed": 0.2}).status == "look"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"lengths": 2}, "a box of"),
        ({"boundary": "periodic"}, "sides dirichlet/dirichlet along x"),
        ({"target": ["a", "u"]}, "has 1 given fields, these data 0"),
    ],
)
def test_data_that_an_equation_cannot_be_of_are_refused_with_the_reason(changed, reason):
    with pytest.raises(SettingsError, match=f"equation=darcy: .*{reason}"):
        finding(still(count=4, **changed))


def test_what_the_solver_does_not_take_is_no_verdict():
    judged = finding(still(least=-2.0))
    assert judged.status == "none"
    assert "darcy does not solve train" in judged.says


def test_the_same_labels_in_other_units_have_the_same_bounds():
    one, other = finding(still(noise=0.02)), finding(still(noise=0.02, unit=1e-20), DARCY | {"forcing": 1e-20})
    assert one.figures == pytest.approx(other.figures, rel=1e-4)


@pytest.mark.parametrize(("placement", "points"), [("nodes", 10), ("left", 12)])
def test_the_cells_around_nodes_cover_the_box_and_give_every_node_its_value(placement, points):
    around = DualCells.of(Grid.box((6, 6), placement), ("cells", "cells"))
    assert around.points == (points, points)
    values = np.random.default_rng(0).normal(size=(1, 6, 6))
    np.testing.assert_array_equal(around.at_nodes(around.spread(values)[None])[0], values)


def test_the_command_names_recipe_and_parameters(tmp_path):
    data = sg.from_arrays(a=np.full((4, 8, 8), 2.0), u=np.random.rand(4, 8, 8), lengths=1, out=tmp_path / "data")
    with pytest.raises(SettingsError, match="did you mean 'darcy'"):
        sg.check(data, equation="darcyy")
    judged = sg.check(data, equation="darcy", parameters={"forcing": 3.0}, samples=1).quality.findings[-1]
    assert "from darcy (forcing=3, of recipe darcy_log_normal)" in judged.says
