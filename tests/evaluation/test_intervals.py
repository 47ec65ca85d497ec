"""Intervals of a mean: what they hold by drawing, what they never claim, and that units do not matter."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from surrogate.evaluation.intervals import DECISIVE, decided, ends, interval, median_bounds, of_metric, share

# Law -> how it is drawn, and its mean; benchmarks/coverage.py has more of them and more draws.
LAWS = {
    "normal": (lambda random, shape: random.standard_normal(shape), 0.0),
    "exponential": (lambda random, shape: random.exponential(size=shape), 1.0),
    "minus an exponential": (lambda random, shape: -random.exponential(size=shape), -1.0),
    "log-normal 0.5": (lambda random, shape: np.exp(0.5 * random.standard_normal(shape)), math.exp(0.125)),
    "log-normal 1": (lambda random, shape: np.exp(random.standard_normal(shape)), math.exp(0.5)),
    "t of 3 degrees": (lambda random, shape: random.standard_t(3, shape), 0.0),
    "its size": (lambda random, shape: np.abs(random.standard_t(3, shape)), 2 * math.sqrt(3) / math.pi),
}
COUNTS = (2, 3, 4, 5, 8, 10, 15, 20, 30, 50)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("count", COUNTS)
def test_an_interval_holds_the_mean_in_at_least_93_of_100_draws(law, count):
    draw, mean = LAWS[law]
    low, high = ends(draw(np.random.default_rng(count), (10_000, count)))
    # The spread of a share of 0.94 of 10,000 draws is 0.0024: what is below 0.93 would fail.
    assert np.mean((low <= mean) & (mean <= high)) > 0.93


def test_of_many_samples_the_interval_is_that_of_the_bootstrap():
    values = np.random.default_rng(1).standard_normal(1000)
    estimate = interval(values)
    other = stats.bootstrap((values,), np.mean, method="percentile", random_state=0).confidence_interval
    width = other.high - other.low
    assert (estimate.low, estimate.high) == pytest.approx((other.low, other.high), abs=0.03 * width)


def test_one_sample_has_a_mean_and_no_interval():
    estimate = interval(np.array([1.17]))
    assert (estimate.mean, estimate.absent) == (1.17, "one sample")
    assert math.isnan(estimate.low)
    assert math.isnan(estimate.high)


def test_samples_that_are_all_alike_have_no_interval():
    assert interval(np.full(4, 0.3)).absent == "all 4 samples alike"


def test_a_value_that_is_not_finite_leaves_nothing():
    estimate = interval(np.array([1.0, np.inf, 2.0]))
    assert math.isnan(estimate.mean)
    assert estimate.absent == "not finite"


@pytest.mark.parametrize("unit", [1e-22, 1e-9, 1e20, -1.0])
@pytest.mark.parametrize("count", [2, 3, 50])
def test_an_interval_turns_with_the_unit(unit, count):
    values = np.random.default_rng(2).lognormal(size=count)
    one, other = interval(values), interval(unit * values)
    assert sorted((other.low, other.high)) == pytest.approx(sorted((unit * one.low, unit * one.high)), rel=1e-12)


@pytest.mark.parametrize("exponent", [-1040, 1010])
def test_the_largest_and_smallest_numbers_have_intervals(exponent):
    values = np.random.default_rng(3).integers(1, 1000, 12).astype(float)
    one, other = interval(values), interval(np.ldexp(values, exponent))
    assert (other.low, other.high) == pytest.approx(tuple(np.ldexp((one.low, one.high), exponent)), rel=1e-3)


def test_an_interval_moves_with_a_shift():
    values = np.random.default_rng(4).exponential(size=20)
    one, other = interval(values), interval(values + 1000)
    assert (other.low - 1000, other.high - 1000) == pytest.approx((one.low, one.high), rel=1e-9)


def test_intervals_of_the_same_samples_are_the_same_every_time():
    values = np.random.default_rng(5).random(30)
    assert interval(values) == interval(values.copy())


def test_an_interval_ends_where_its_metric_does():
    assert of_metric("relative_l2", np.array([0.1, 0.5])).low == 0.0
    assert of_metric("pearson", np.array([0.9, 0.99])).high == 1.0


@pytest.mark.parametrize("count", [6, 10, 30])
@pytest.mark.parametrize("law", ["normal", "exponential", "log-normal 1", "t of 3 degrees"])
def test_of_two_equals_one_is_called_better_in_at_most_5_of_100_draws(law, count):
    draw, random = LAWS[law][0], np.random.default_rng(6)
    alarms = [decided(each) != 0 for each in draw(random, (1500, count)) - draw(random, (1500, count))]
    # The spread of a share of 0.05 of 1500 draws is 0.006.
    assert np.mean(alarms) <= 0.05


def test_a_sign_that_all_share_by_chance_too_often_decides_nothing():
    assert 2 * 0.5**DECISIVE <= 0.05 < 2 * 0.5 ** (DECISIVE - 1)
    assert decided(np.linspace(10, 11, DECISIVE)) == 1
    assert decided(np.linspace(10, 11, DECISIVE - 1)) == 0


def test_a_share_of_all_is_not_certain():
    estimate = share(np.ones(20, bool))
    # The exact lower end is the twentieth root of 0.025.
    assert (estimate.low, estimate.high) == pytest.approx((0.025 ** (1 / 20), 1.0))


def test_the_bounds_of_a_median_hold_for_any_law():
    draws = np.random.default_rng(7).exponential(size=(2000, 15))
    missed = [median_bounds(list(values), 0.95)[0] > math.log(2) for values in draws]
    assert 0.005 < np.mean(missed) <= 0.05


def test_a_median_of_few_has_no_bounds():
    assert median_bounds([1.0, 2.0], 0.99) == (-math.inf, math.inf)
    assert median_bounds(list(range(7)), 0.99) == (0, 6)
