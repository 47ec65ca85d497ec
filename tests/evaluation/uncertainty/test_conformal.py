"""Conformal bands hold what they say whatever the law of the errors: by definition, and over many draws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import betabinom, chisquare

from surrogate.evaluation.uncertainty.conformal import coverage, law, least, multiplier

LEVELS = (0.1, 0.5, 0.8, 0.9, 0.95)


def errors(draws, samples, places, seed=0):
    """Return heavy-tailed errors (draws, samples, places), those of a sample depending on each other."""
    random = np.random.default_rng(seed)
    size = random.standard_cauchy((draws, samples, 1)) ** 2
    return size * (1 + random.random((draws, samples, places)))


@pytest.mark.parametrize("level", LEVELS)
def test_with_one_place_it_is_the_quantile_of_the_finite_sample(level):
    ratios = errors(1, 99, 1)[0]
    assert multiplier(ratios, level) == np.sort(ratios[:, 0])[math.ceil(round(100 * level, 9)) - 1]


@pytest.mark.parametrize("level", LEVELS)
def test_it_is_the_smallest_ratio_that_bounds_the_risk(level):
    ratios = errors(1, 30, 7)[0]
    count = len(ratios)

    def bounded(factor):
        risk = 1 - coverage(ratios, factor).mean()
        return count / (count + 1) * risk + 1 / (count + 1) <= 1 - level + 1e-12

    assert multiplier(ratios, level) == min(factor for factor in ratios.ravel() if bounded(factor))


@pytest.mark.parametrize("level", LEVELS)
def test_places_of_unequal_shares_count_by_them(level):
    ratios, shares = errors(1, 30, 7)[0], np.random.default_rng(1).dirichlet(np.ones(7), 30)
    shares[:, 3] = 0.0
    shares /= shares.sum(axis=1, keepdims=True)
    count = len(ratios)

    def bounded(factor):
        risk = 1 - coverage(ratios, factor, shares).mean()
        return count / (count + 1) * risk + 1 / (count + 1) <= 1 - level + 1e-12

    places = ratios[shares > 0]
    assert multiplier(ratios, level, shares) == min(factor for factor in places if bounded(factor))


@pytest.mark.parametrize("level", LEVELS)
def test_equal_shares_are_as_none(level):
    ratios = errors(1, 30, 7)[0]
    assert multiplier(ratios, level, np.full((30, 7), 1 / 7)) == multiplier(ratios, level)


@pytest.mark.parametrize(("level", "fewest"), [(0.5, 1), (0.8, 4), (0.9, 9), (0.95, 19), (0.99, 99)])
def test_a_level_needs_so_many_samples(level, fewest):
    assert least(level) == fewest
    ratios = errors(1, fewest, 1)[0]
    assert multiplier(ratios, level) == ratios.max()
    with pytest.raises(ValueError, match=f"at least {fewest} calibration samples"):
        multiplier(ratios[1:], level)


def test_the_samples_inside_are_beta_binomial():
    draws, known, tested, level = 4000, 39, 50, 0.9
    scores = errors(draws, known + tested, 1)
    inside = [round(tested * coverage(draw[known:], multiplier(draw[:known], level)).mean()) for draw in scores]
    rank = math.ceil((known + 1) * level)
    expected = draws * betabinom.pmf(np.arange(tested + 1), tested, rank, known + 1 - rank)
    # Rare counts are put together, as the test wants five of each.
    first = int(np.argmax(expected >= 5))
    seen = np.bincount(inside, minlength=tested + 1)
    together = [np.concatenate([[counts[:first].sum()], counts[first:]]) for counts in (seen, expected)]
    assert chisquare(*together).pvalue > 0.01


def test_the_interval_of_the_law_holds_its_share_and_no_shorter_one_does():
    low, high = (round(1000 * end) for end in law(500, 1000, 0.9))
    inside = betabinom(1000, 451, 50)
    assert inside.cdf(high) - inside.cdf(low - 1) >= 0.99
    assert inside.cdf(high - 1) - inside.cdf(low) < 0.99


@pytest.mark.parametrize("places", [1, 20])
def test_on_average_the_share_of_places_is_the_level_and_hardly_more(places):
    draws, known, tested, level = 1500, 49, 20, 0.8
    scores = errors(draws, known + tested, places, seed=3)
    held = [coverage(draw[known:], multiplier(draw[:known], level)).mean() for draw in scores]
    doubt = 4 * np.std(held) / math.sqrt(draws)
    assert level - doubt <= np.mean(held) <= level + 2 / (known + 1) + doubt


def test_what_is_not_a_number_is_held_by_no_band():
    assert coverage(np.array([[1.0, math.nan]]), 2.0).tolist() == [0.5]
