"""The statistics of the gate: parity with SciPy's tests, few false alarms, enough power."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from surrogate.config.compose import compose_tree
from surrogate.evaluation.gate.log_ratio import ErrorChange, Rule, change, seeds_needed, verdicts


@pytest.fixture(scope="module")
def rule():
    tree = compose_tree("gate", ["baseline=somewhere"])
    return Rule(**{name: tree[name] for name in ("margin", "false_alarm", "confidence", "improvement")})


@pytest.fixture
def generator():
    return np.random.default_rng(0)


def by_seed(values, first=0):
    return dict(enumerate(values.tolist(), start=first))


def test_pairs_are_judged_as_scipy_judges_them(generator):
    then, now = np.exp(generator.standard_normal((2, 7)))
    shift = change(by_seed(then), by_seed(now))
    expected = stats.ttest_rel(np.log(now), np.log(then), alternative="greater")
    assert shift.paired
    assert shift.chance(0.0) == pytest.approx(expected.pvalue, rel=1e-12)
    assert shift.lower(0.95) == pytest.approx(expected.confidence_interval(0.95).low, rel=1e-12)


def test_other_seeds_are_judged_as_scipy_judges_samples_of_unequal_variance(generator):
    then, now = np.exp(generator.standard_normal(12)), np.exp(2 * generator.standard_normal(5))
    shift = change(by_seed(then), by_seed(now, first=50))
    expected = stats.ttest_ind(np.log(now), np.log(then), equal_var=False, alternative="greater")
    assert not shift.paired
    assert shift.chance(0.0) == pytest.approx(expected.pvalue, rel=1e-12)
    assert shift.lower(0.9) == pytest.approx(expected.confidence_interval(0.9).low, rel=1e-12)


def test_a_single_retraining_is_held_against_the_spread_of_the_baseline(generator):
    then = np.exp(generator.standard_normal(20))
    shift = change(by_seed(then), {99: 3.0})
    expected = stats.ttest_ind([math.log(3.0)], np.log(then), equal_var=True, alternative="greater")
    assert shift.chance(0.0) == pytest.approx(expected.pvalue, rel=1e-12)


def test_one_retraining_against_one_decides_nothing(rule):
    assert verdicts({"error": change({0: 1.0}, {0: 1.01})}, rule) == {"error": "inconclusive"}


def test_equal_retrainings_pass(rule, generator):
    values = by_seed(np.exp(generator.standard_normal(5)))
    assert verdicts({"error": change(values, values)}, rule) == {"error": "pass"}


def test_a_growth_below_the_margin_passes_and_one_beyond_it_fails_where_nothing_varies(rule):
    then = by_seed(np.linspace(1.0, 2.0, 5))
    for growth, verdict in ((0.9 * rule.margin, "pass"), (1.1 * rule.margin, "fail")):
        now = {seed: value * (1 + growth) for seed, value in then.items()}
        assert verdicts({"error": change(then, now)}, rule) == {"error": verdict}


def test_a_great_improvement_is_not_passed_over(rule):
    then = by_seed(np.linspace(1.0, 2.0, 5))
    now = {seed: value * (0.99 - rule.improvement) for seed, value in then.items()}
    assert verdicts({"error": change(then, now)}, rule) == {"error": "improved"}


def test_a_great_improvement_that_may_be_chance_is_not_called_one(rule):
    one = {0: 1.0}, {0: 0.1}
    two = {0: 1.0, 1: 1.0}, {0: 0.9, 1: 0.1}
    for then, now in (one, two):
        assert verdicts({"error": change(then, now)}, rule) == {"error": "inconclusive"}


def test_the_seeds_said_to_be_needed_decide_and_one_fewer_does_not(rule):
    shift = ErrorChange(mean=0.1, error=0.06 / math.sqrt(4), freedom=3, seeds=4, paired=True)
    needed = seeds_needed(shift, rule)

    def lower(seeds):
        return ErrorChange(0.1, 0.06 / math.sqrt(seeds), seeds - 1, seeds, paired=True).lower(1 - rule.false_alarm)

    assert lower(needed) > rule.limit >= lower(needed - 1)


def noise(generator, draws, seeds, tails):
    """Return deviations with spread 1 of three metrics that are correlated, ``(draws, 2, seeds, 3)``."""
    shape = (draws, 2, seeds)
    values = math.sqrt(0.8) * generator.standard_normal((*shape, 1)) + math.sqrt(0.2) * generator.standard_normal(
        (*shape, 3)
    )
    if tails == "student":
        return values / np.sqrt(generator.chisquare(3, (*shape, 1)))  # t of 3 degrees over its deviation
    if tails == "diverging":
        return values + 10.0 * (generator.random((*shape, 1)) < 0.1)
    return values


def alarms(rule, deviations, effect=0.0, first=0):
    """Return the number of draws in which a metric fails, each side deviating by its half of ``deviations``."""
    count = 0
    for then, now in np.exp(deviations):
        changes = {
            str(metric): change(by_seed(then[:, metric]), by_seed((1 + effect) * now[:, metric], first))
            for metric in range(3)
        }
        count += "fail" in verdicts(changes, rule).values()
    return count


@pytest.mark.parametrize(
    ("spread", "tails"), [(0.03, "normal"), (0.1, "normal"), (0.3, "normal"), (0.1, "student"), (0.03, "diverging")]
)
def test_of_a_thousand_draws_without_a_change_at_most_four_alarm(rule, generator, spread, tails):
    assert alarms(rule, noise(generator, 1000, 10, tails) * spread / math.sqrt(2)) <= 4


def test_of_a_thousand_draws_with_unrelated_seeds_at_most_four_alarm(rule, generator):
    assert alarms(rule, 0.075 * noise(generator, 1000, 10, "normal"), first=100) <= 4


def test_four_in_five_retrainings_with_ten_per_cent_more_error_are_caught_by_ten_seeds_of_four_per_cent(
    rule, generator
):
    assert alarms(rule, noise(generator, 500, 10, "normal") * 0.04 / math.sqrt(2), effect=0.1) >= 400
