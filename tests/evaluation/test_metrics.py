import itertools

import numpy as np
import pytest
import torch

from surrogate.evaluation.metrics import METRICS, errors, interval
from surrogate.fields import Boundary, Grid

GRID = Grid(points=(5, 4), lengths=(1.0, 3.0), placement=("nodes", "left"), origin=(0.0, 0.0))
MIXED = Boundary(sides=(("dirichlet", "neumann"), ("periodic", "periodic")))


@pytest.fixture
def fields():
    generator = torch.Generator().manual_seed(3)
    return (torch.randn(3, 2, 5, 4, generator=generator) for _ in range(2))


def brute_force(p, t):
    """Return every metric of one sample (c, x, y) by loops over its points."""
    places = list(itertools.product(range(2), range(5), range(4)))

    def square(f, at=places):
        return sum(f[place] ** 2 for place in at)

    def h1(f):
        edges = sum(((f[c, i + 1, j] - f[c, i, j]) / (1 / 4)) ** 2 for c, i, j in places if i < 4)
        edges += sum(((f[c, i, (j + 1) % 4] - f[c, i, j]) / (3 / 4)) ** 2 for c, i, j in places)
        return np.sqrt(square(f) + edges)

    def h1_of_paper(f):
        total = 0.0
        for c, k, m in places:
            waves = (np.exp(-2j * np.pi * (k * i / 5 + m * j / 4)) * f[c, i, j] for i in range(5) for j in range(4))
            total += (1 + (k if k < 3 else k - 5) ** 2 + (m if m < 2 else m - 4) ** 2) * abs(sum(waves)) ** 2
        return np.sqrt(total)

    e = p - t
    outermost = [place for place in places if place[1] in (0, 4)]
    return {
        "relative_l2": np.sqrt(square(e) / square(t)),
        "h1_fd": h1(e) / h1(t),
        "h1_mgno": h1_of_paper(e) / h1_of_paper(t),
        "rmse": np.sqrt(square(e) / 40),
        "max_error": max(abs(e[place]) for place in places),
        "boundary": np.sqrt((square(e, outermost) / 16) / (square(t) / 40)),
    }


def test_metrics_are_those_of_loops_over_the_points(fields):
    prediction, target = fields
    found = errors(prediction, target, GRID, MIXED)
    assert list(found) == list(METRICS)
    for sample in range(3):
        for name, value in brute_force(prediction[sample].double().numpy(), target[sample].double().numpy()).items():
            assert found[name][sample] == pytest.approx(value, rel=1e-9), name


def test_a_box_without_ends_has_no_boundary_error(fields):
    assert "boundary" not in errors(*fields, GRID, Boundary.uniform("periodic", 2))


def test_an_error_inside_is_no_boundary_error(fields):
    _, target = fields
    prediction = target.clone()
    prediction[:, :, 1:4] += 1
    assert errors(prediction, target, GRID, MIXED)["boundary"].max() == 0


def test_the_bootstrap_interval_holds_the_true_mean_as_often_as_it_says():
    draws = np.random.default_rng(0).exponential(size=(400, 60))
    found = [interval(values, 400) for values in draws]
    covered = np.mean([one.low <= 1 <= one.high for one in found])
    # 0.95 by construction, a little less for 60 skewed values; the spread of 400 trials is 0.011.
    assert 0.90 < covered < 0.97


def test_the_bootstrap_interval_has_the_width_of_the_standard_error():
    values = np.random.default_rng(1).standard_normal(1000)
    found = interval(values, 4000)
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / np.sqrt(1000), rel=0.05)


def test_intervals_of_the_same_samples_are_paired():
    values = np.random.default_rng(2).random(50)
    one, twice = interval(values, 300), interval(2 * values, 300)
    assert (twice.low, twice.mean, twice.high) == pytest.approx((2 * one.low, 2 * one.mean, 2 * one.high))
