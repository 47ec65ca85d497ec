"""Several runs on the same samples: paired differences, refusals, files."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
import torch

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.errors import InputError
from surrogate.evaluation.compare import comparison as side_by_side
from surrogate.evaluation.compare.comparison import compare
from surrogate.evaluation.compare.comparison_files import write_figures
from surrogate.evaluation.compare.comparison_settings import CompareConfig
from surrogate.evaluation.compare.paired_difference import difference
from surrogate.evaluation.intervals import interval
from surrogate.evaluation.report.comparison_page import difference_table, headline, metric_table, write_report

TREE = compose_tree("compare", [])


def config_of(*runs, **changed):
    return read(CompareConfig, TREE | {"runs": [str(run) for run in runs], "device": "cpu"} | changed)


def biased(shift):
    """Return a change that lets a surrogate give its training mean, plus so many deviations."""

    def change(surrogate):
        for parameter in surrogate.operator.parameters():
            torch.nn.init.zeros_(parameter)
        surrogate.output_normaliser.mean += shift * surrogate.output_normaliser.std

    return change


@pytest.fixture(scope="module")
def data(specify, dataset):
    return dataset(specify())


@pytest.fixture(scope="module")
def runs(data, make_run):
    """Give a run that is near the data, and two that are equally far."""
    return [make_run(data, change=biased(shift)) for shift in (0.0, 3.0, 3.0)]


@pytest.fixture(scope="module")
def comparison(runs):
    return compare(config_of(*runs))


def test_a_paired_difference_is_the_interval_of_the_differences():
    random = np.random.default_rng(3)
    first, second = random.standard_normal(7), random.standard_normal(7) + 0.3
    result = difference("rmse", ("a", "b"), (first, second))
    assert result.mean == interval(first - second)
    assert result.better == sum(first[k] < second[k] for k in range(7)) / 7


def test_what_is_hard_for_both_does_not_widen_the_interval():
    random = np.random.default_rng(4)
    hard, apart = 100 * random.standard_normal(50), 1 + 0.01 * random.standard_normal(50)
    result = difference("rmse", ("a", "b"), (hard, hard + apart))
    low, high = pytest.approx(-1, abs=0.01), pytest.approx(-1, abs=0.01)
    assert (result.mean.low, result.mean.high, result.sign) == (low, high, 1)
    assert interval(hard).high - interval(hard).low > 10


@pytest.mark.parametrize(("metric", "sign", "better"), [("rmse", -1, 0.0), ("pearson", 1, 1.0)])
def test_more_is_better_where_it_is(metric, sign, better):
    result = difference(metric, ("a", "b"), (np.full(6, 0.9), np.full(6, 0.5)))
    assert (result.sign, result.better) == (sign, better)


def test_exchanging_the_runs_turns_the_sign():
    first, second = np.arange(6.0), np.arange(6.0) + np.array([1, 2, 1, 2, 1, 2])
    there, back = (difference("rmse", ("a", "b"), pair) for pair in ((first, second), (second, first)))
    assert (there.sign, back.sign, there.better + back.better) == (1, -1, 1.0)
    assert there.mean.low == pytest.approx(-back.mean.high)


@pytest.mark.parametrize("count", range(1, 6))
def test_a_handful_of_samples_names_no_winner(count):
    result = difference("rmse", ("a", "b"), (np.arange(1.0, count + 1), np.arange(1.0, count + 1) + 100))
    assert (result.sign, result.winner, result.verdict) == (0, None, "too few samples to tell")


def test_four_samples_are_too_few_in_words(comparison):
    text = headline(comparison)
    assert text.endswith("but 4 samples are too few to tell it from the others; it takes 6 at least.")
    verdicts = {row[-1] for row in difference_table(comparison, ("relative_l2",)).rows}
    assert verdicts == {"too few samples to tell"}
    assert {one["verdict"] for one in comparison.to_dict()["differences"]} == {"too few samples to tell"}


def test_six_samples_that_differ_clearly_name_the_winner(runs):
    enough = compare(config_of(*runs[:2], split="train"))
    assert enough.differences[0].winner == enough.contenders[0].name
    assert headline(enough).endswith("; zero lies outside the paired 95 % interval of every difference.")


def test_equal_runs_are_not_told_apart(comparison):
    table = metric_table(comparison)
    assert comparison.best("relative_l2") is comparison.contenders[0]
    assert table.rows[0][1] != table.rows[0][2] == table.rows[0][3]
    assert (0, 1) in table.strong
    same = [one for one in comparison.differences if one.metric == "relative_l2"][2]
    assert (same.mean.mean, same.better, same.sign, same.winner) == (0, 0.5, 0, None)


def test_a_tie_with_the_best_is_said(runs):
    tied = compare(config_of(runs[1], runs[2], split="train"))
    assert "do not tell it from" in headline(tied)
    assert [row[-1] for row in difference_table(tied, ("relative_l2",)).rows] == ["undecided"]
    assert [cell.endswith("=") for cell in metric_table(tied).rows[0]] == [False, False, True]


def test_of_many_runs_every_one_is_held_against_the_best(runs, monkeypatch):
    monkeypatch.setattr(side_by_side, "ALL_PAIRS", 1)
    for order in (runs, runs[::-1]):
        comparison = compare(config_of(*order))
        best = comparison.best("relative_l2").name
        pairs = [{one.first, one.second} for one in comparison.differences if one.metric == "relative_l2"]
        assert len(pairs) == (2 if order is runs else 3)
        assert all({best, one.name} in pairs for one in comparison.contenders if one.name != best)


def test_settings_that_are_equal_are_left_out_and_others_are_not(data, make_run, runs):
    other = make_run(data, "model=fno", "model.hidden_channels=6", "model.n_layers=1", "model.n_modes=2")
    assert compare(config_of(runs[0], other)).settings == {"model.hidden_channels": ("4", "6")}


def test_the_files_hold_every_figure(comparison, tmp_path):
    write_figures(comparison, tmp_path)
    tree = json.loads((tmp_path / "compare.json").read_text())
    differences = list(csv.DictReader(io.StringIO((tmp_path / "differences.csv").read_text())))
    samples = list(csv.DictReader(io.StringIO((tmp_path / "per_sample.csv").read_text())))
    names = [one["name"] for one in tree["runs"]]
    metrics = list(tree["runs"][0]["metrics"])
    assert len(set(names)) == 3
    assert len(differences) == len(tree["differences"]) == 3 * len(metrics)
    assert len(samples) == comparison.samples * len(metrics)
    mean = np.mean([float(row[names[1]]) for row in samples if row["metric"] == "relative_l2"])
    assert mean == pytest.approx(tree["runs"][1]["metrics"]["relative_l2"]["mean"])


def test_the_report_names_every_run_and_stays_small(comparison, tmp_path):
    path = write_report(comparison, tmp_path)
    text = path.read_text(encoding="utf-8")
    assert all(one.name in text for one in comparison.contenders)
    assert path.stat().st_size < 5e6
    assert "http:" not in text
    assert "https:" not in text


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"names": ("source", "other")}, "its outputs are other, not answer"),
        ({"points": (16, 16)}, "it learned on 16 x 16 points, not on 8 x 8"),
        ({"task": "step", "times": (0.0, 0.1, 0.2)}, "its task is step, not map"),
    ],
)
def test_runs_that_answer_other_questions_are_refused_in_one_line(specify, dataset, make_run, runs, keys, reason):
    other = make_run(dataset(specify(**keys)))
    with pytest.raises(InputError, match=reason) as caught:
        compare(config_of(runs[0], other))
    assert "\n" not in str(caught.value)


def test_a_run_named_twice_is_refused(runs):
    with pytest.raises(InputError, match="named twice"):
        compare(config_of(runs[0], runs[0]))


def test_other_training_data_are_noted(specify, dataset, make_run, runs):
    def other(generator, n):
        return generator.standard_normal((n, 1, 8, 8)) + 1, generator.standard_normal((n, 1, 1, 8, 8))

    notes = compare(config_of(runs[0], make_run(dataset(specify(), other)))).notes
    assert any("learned from other data" in note for note in notes)


def test_steps_are_compared_by_their_roll_outs_too(specify, dataset, make_run):
    data = dataset(specify((8,), task="step", times=(0.0, 0.1, 0.2, 0.3), condition="periodic"))
    comparison = compare(config_of(*(make_run(data, change=biased(shift)) for shift in (0.0, 1.0))))
    rolled = [one for one in comparison.differences if one.metric == "rollout_relative_l2"]
    means = [one.metrics["rollout_relative_l2"].mean for one in comparison.contenders]
    assert rolled[0].mean.mean == pytest.approx(means[0] - means[1])
    assert comparison.contenders[0].per_sample["rollout_relative_l2"].shape == (comparison.samples,)
