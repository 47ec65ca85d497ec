"""Several trainings of one kind, measured together."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from surrogate.errors import SettingsError
from surrogate.evaluation.compare.seeds import evaluate_runs, over_seeds
from surrogate.evaluation.intervals import interval


def constant(value):
    """Let a surrogate answer nearly ``value`` whatever it is asked."""

    def change(surrogate):
        with torch.no_grad():
            for parameter in surrogate.operator.parameters():
                parameter.zero_()
            surrogate.output_normaliser.mean.fill_(value)

    return change


@pytest.fixture(scope="module")
def steady(specify, dataset):
    return dataset(specify())


@pytest.fixture(scope="module")
def measured(steady, make_run, settings, tmp_path_factory):
    runs = [make_run(steady, f"seed={seed}", change=constant(0.5 * seed)) for seed in range(3)]
    out = tmp_path_factory.mktemp("seeds")
    runs = [run.rename(run.parent / f"seed{seed}") for seed, run in enumerate(runs)]
    config = settings(None, solver_seconds=0, runs=[str(run) for run in runs], out=str(out))
    return evaluate_runs(config), out


def test_each_run_is_evaluated_as_it_is_alone(measured):
    study, out = measured
    evaluations = study.evaluations
    assert [one.predictor.record.settings.seed for one in evaluations] == [0, 1, 2]
    for seed, one in enumerate(evaluations):
        assert one.folder == out / f"seed{seed}"
        written = json.loads((one.folder / "metrics.json").read_text())
        assert written["metrics"]["rmse"]["mean"] == one.metrics["rmse"].mean


def test_the_spread_is_that_between_the_means_of_the_runs(measured):
    evaluations = measured[0].evaluations
    means = [one.metrics["rmse"].mean for one in evaluations]
    rmse = over_seeds(evaluations)["rmse"]
    assert rmse.mean == pytest.approx(np.mean(means))
    assert rmse.deviation == pytest.approx(np.std(means, ddof=1))
    assert rmse.over_seeds == interval(np.array(means), least=0.0)
    # Student's factor for two degrees of freedom is 4.3027; of three runs the interval is wider.
    assert rmse.over_seeds.high - rmse.mean > 4.302653 * np.std(means, ddof=1) / np.sqrt(3)


def test_the_interval_over_samples_is_that_of_the_mean_over_runs(measured):
    evaluations = measured[0].evaluations
    values = np.mean([one.per_sample["rmse"] for one in evaluations], axis=0)
    assert over_seeds(evaluations)["rmse"].over_samples == interval(values, least=0.0)


def test_the_table_says_what_each_interval_covers_and_is_kept(measured):
    study, _ = measured
    table = study.section().tables[0]
    assert table.columns[5:] == ("seed 0", "seed 1", "seed 2")
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert "Neither covers both" in table.about
    written = json.loads((study.evaluations[0].folder / "seeds.json").read_text())
    assert written["seeds"] == [0, 1, 2]
    assert len(written["metrics"]["relative_l2"]["each"]) == 3


def test_runs_that_differ_in_more_than_the_seed_are_refused(steady, make_run, settings):
    one, other = make_run(steady, "seed=0"), make_run(steady, "seed=1", "optimizer.lr=0.5")
    with pytest.raises(SettingsError, match=r"differ in optimizer\.lr"):
        evaluate_runs(settings(None, runs=[str(one), str(other)]))
    assert not (one / "eval").exists()


def test_two_runs_of_one_seed_are_refused(steady, make_run, settings):
    runs = [str(make_run(steady, "seed=4")) for _ in range(2)]
    with pytest.raises(SettingsError, match="a seed of its own"):
        evaluate_runs(settings(None, runs=runs))


def test_runs_on_other_data_are_refused(steady, specify, dataset, make_run, settings):
    other = dataset(specify(), lambda random, n: (random.random((n, 1, 8, 8)), random.random((n, 1, 1, 8, 8))))
    runs = [str(make_run(steady, "seed=0")), str(make_run(other, "seed=1"))]
    with pytest.raises(SettingsError, match="differ in data"):
        evaluate_runs(settings(None, runs=runs))
