import csv
import json
import math
import shutil

import numpy as np
import pytest
import torch

from surrogate.datasets.certificate import Certificate
from surrogate.errors import InputError
from surrogate.evaluation.evaluate import evaluate
from surrogate.evaluation.report.errors_section import seconds_text
from surrogate.integrity import read_sealed

TIMES = (0.0, 0.1, 0.2, 0.3)


def silence(surrogate):
    """Make the operator give zero and its decoding change nothing."""
    with torch.no_grad():
        for parameter in surrogate.operator.parameters():
            parameter.zero_()
        surrogate.output_normaliser.mean.zero_()


@pytest.fixture(scope="module")
def still(specify, dataset):
    """States that never change."""

    def draw(generator, n):
        state = generator.standard_normal((n, 1, 1, 8, 8))
        return generator.standard_normal((n, 1, 8, 8)), np.repeat(state, 4, axis=1)

    return dataset(specify(task="step", times=TIMES), draw)


@pytest.fixture(scope="module")
def steady(specify, dataset):
    return dataset(specify())


@pytest.fixture(scope="module")
def moving(specify, dataset):
    return dataset(specify(task="step", times=TIMES))


def test_an_exact_surrogate_has_no_error_in_one_step_or_many(still, make_run, settings):
    evaluation = evaluate(settings(make_run(still, "residual=true", change=silence)))
    means = {name: interval.mean for name, interval in evaluation.metrics.items()}
    assert means.pop("valid_time") == pytest.approx(TIMES[-1] - TIMES[0])
    assert means.pop("pearson") == pytest.approx(1)
    assert means == dict.fromkeys(means, 0.0)
    assert evaluation.metrics["rmse"].absent == "all 4 samples alike"
    assert evaluation.rollout.relative_l2.tolist() == [0, 0, 0]
    assert evaluation.baselines["persistence"]["rollout_relative_l2"].mean == 0


def test_the_figures_on_disk_are_those_returned(steady, make_run, settings):
    run = make_run(steady)
    evaluation = evaluate(settings(run))
    written = json.loads(read_sealed(run / "eval" / "test" / "metrics.json"))
    assert written == evaluation.to_dict()
    assert set(written["metrics"]) == {
        "relative_l2",
        "h1_fd",
        "h1_mgno",
        "rmse",
        "vrmse",
        "max_error",
        "nrmse",
        "boundary_rmse",
        "conserved_rmse",
        "fourier_low_rmse",
        "pearson",
    }
    assert set(written["baselines"]) == {"training_mean", "nearest_training_sample", "pod_ridge"}
    for intervals in (written["metrics"], *written["baselines"].values()):
        for interval in intervals.values():
            assert interval["low"] <= interval["mean"] <= interval["high"]
    assert (written["split"], written["samples"], written["data"]["hash"]) == ("test", 4, steady.hash)


def test_the_mean_is_that_of_the_table_of_samples(moving, make_run, settings, tmp_path):
    evaluation = evaluate(settings(make_run(moving), out=str(tmp_path / "here")))
    rows = list(csv.DictReader((tmp_path / "here" / "per_sample.csv").read_text().splitlines()))
    assert [(row["sample"], row["step"]) for row in rows][:4] == [("0", "0"), ("0", "1"), ("0", "2"), ("1", "0")]
    for name in ("relative_l2", "rmse"):
        assert np.mean([float(row[name]) for row in rows]) == pytest.approx(evaluation.metrics[name].mean, rel=1e-6)


def test_the_surrogate_is_measured_in_physical_units(steady, make_run, settings):
    run = make_run(steady, change=lambda surrogate: surrogate.output_normaliser.mean.fill_(5.0))
    silent = make_run(steady, change=silence)
    assert evaluate(settings(silent)).metrics["relative_l2"].mean == 1
    assert evaluate(settings(run)).metrics["rmse"].mean > 4


def test_a_prediction_is_timed_alone_and_in_a_batch(steady, make_run, settings):
    run = make_run(steady)
    evaluation = evaluate(settings(run, batch_size=3))
    written = json.loads((run / "eval" / "test" / "metrics.json").read_text())
    assert written["seconds_one_at_a_time"] == evaluation.seconds_one_at_a_time > 0
    assert " one at a time, " in seconds_text(evaluation)
    assert seconds_text(evaluation).endswith(" each in batches of 3, on cpu")


def test_batches_do_not_change_the_figures(steady, make_run, settings):
    run = make_run(steady)
    ones, all_at_once = (evaluate(settings(run, batch_size=size)).metrics for size in (1, 32))
    for name, interval in ones.items():
        assert interval.mean == pytest.approx(all_at_once[name].mean, rel=1e-5)


def test_the_training_split_is_its_own_nearest_sample(steady, make_run, settings):
    evaluation = evaluate(settings(make_run(steady), split="train"))
    assert evaluation.baselines["nearest_training_sample"]["max_error"].mean == 0


def test_the_samples_to_look_at_are_in_order(steady, make_run, settings):
    evaluation = evaluate(settings(make_run(steady)))
    relative = evaluation.per_sample["relative_l2"]
    assert [shown.title for shown in evaluation.shown] == ["best", "median", "worst"]
    assert [shown.relative_l2 for shown in evaluation.shown] == [relative.min(), np.sort(relative)[2], relative.max()]


def test_a_roll_out_ends_where_the_data_or_the_wish_ends(moving, make_run, settings):
    run = make_run(moving)
    assert len(evaluate(settings(run, rollout=10)).rollout.relative_l2) == 3
    assert len(evaluate(settings(run, rollout=2)).rollout.relative_l2) == 2
    none = evaluate(settings(run, rollout=0))
    assert none.rollout is None
    assert "rollout_relative_l2" not in none.metrics


def test_the_first_step_of_a_roll_out_is_the_first_step(moving, make_run, settings):
    evaluation = evaluate(settings(make_run(moving)))
    first = evaluation.per_sample["relative_l2"].reshape(4, 3)[:, 0]
    assert evaluation.rollout.relative_l2[0] == pytest.approx(first.mean(), rel=1e-6)


def test_another_grid_is_measured_with_its_own_spacing(steady, specify, dataset, make_run, settings):
    fine = dataset(specify((16, 12)))
    evaluation = evaluate(settings(make_run(steady), data=str(fine.path)))
    assert evaluation.problem.grid.points == (16, 12)
    assert evaluation.baselines == {}
    assert "8 x 8" in evaluation.omitted["training_mean"]
    assert "16 x 12" in evaluation.omitted["training_mean"]


@pytest.mark.parametrize(
    ("words", "points", "says"),
    [
        (("off_grid=interpolate",), (16, 16), "brought up by interpolation; a run trained with off_grid=refine"),
        (("off_grid=refine",), (16, 16), "corrected on each finer grid by what was learned"),
        (("off_grid=refine",), (4, 4), "by means or interpolation"),
        (("off_grid=model",), (16, 16), "in units of grid points: away from 8 x 8 points it is another map"),
    ],
)
def test_it_is_said_what_becomes_of_another_grid(steady, specify, dataset, make_run, settings, words, points, says):
    small = ("model=mgno", "model.hidden_channels=2", "model.levels=2", "model.n_modes=null")
    run = make_run(steady, *small, *words)
    notes = evaluate(settings(run, data=str(dataset(specify(points)).path))).notes
    assert any(says in note for note in notes), notes


def test_a_surrogate_tied_to_its_grid_refuses_another(steady, specify, dataset, make_run, settings):
    tied = make_run(steady, "normaliser.outputs=pointwise")
    with pytest.raises(InputError, match=r"16 x 16 points; the fno of .* is tied to 8 x 8 points"):
        evaluate(settings(tied, data=str(dataset(specify((16, 16))).path)))
    assert not (tied / "eval").exists()


def test_a_grid_too_coarse_for_the_modes_is_refused_in_a_line(steady, specify, dataset, make_run, settings):
    run = make_run(steady, "model.n_modes=4")
    with pytest.raises(InputError, match=r"cannot take a grid of 4 x 4 points: .*\(4, 4\)") as error:
        evaluate(settings(run, data=str(dataset(specify((4, 4))).path)))
    assert "\n" not in str(error.value)


def test_training_data_that_moved_are_missed_not_fatal(specify, dataset, make_run, settings):
    gone, other = dataset(specify(), name="gone"), dataset(specify(), name="other")
    run = make_run(gone)
    shutil.move(gone.path, gone.path.with_name("elsewhere"))
    evaluation = evaluate(settings(run, data=str(other.path)))
    assert evaluation.baselines == {}
    assert "there is no such data set" in evaluation.omitted["nearest_training_sample"]
    with pytest.raises(InputError, match="data=FOLDER"):
        evaluate(settings(run))


def test_other_numbers_of_fields_or_axes_are_refused(steady, moving, specify, dataset, make_run, settings):
    run = make_run(steady)
    with pytest.raises(InputError, match=r"2 input fields, .* has 1: source"):
        evaluate(settings(run, data=str(moving.path)))
    with pytest.raises(InputError, match="1 space axes"):
        evaluate(settings(run, data=str(dataset(specify((8,))).path)))


def test_what_differs_from_the_training_data_is_noted(steady, specify, dataset, make_run, settings):
    other = dataset(
        specify(names=("heat", "answer"), condition="neumann"),
        lambda generator, n: (generator.uniform(99, 100, (n, 1, 8, 8)), generator.standard_normal((n, 1, 1, 8, 8))),
    )
    notes = " ".join(evaluate(settings(make_run(steady), data=str(other.path))).notes)
    assert "other names" in notes
    assert "boundary conditions differ" in notes
    assert "4 of 4 inputs are unlike the training inputs" in notes


def test_a_truth_of_zero_has_no_relative_error_and_json_says_null(specify, dataset, make_run, settings):
    def zeros(generator, n):
        return generator.standard_normal((n, 1, 8, 8)), np.zeros((n, 1, 1, 8, 8))

    run = make_run(dataset(specify(), zeros))
    evaluation = evaluate(settings(run))
    assert not math.isfinite(evaluation.metrics["relative_l2"].mean)
    written = json.loads((run / "eval" / "test" / "metrics.json").read_text())
    assert written["metrics"]["relative_l2"] == {"mean": None, "low": None, "high": None, "absent": "not finite"}
    assert written["metrics"]["rmse"]["mean"] is not None


def with_certificate(data, tmp_path, **facts):
    folder = tmp_path / "data"
    shutil.copytree(data.path, folder)
    (folder / "certificate.json").write_text(Certificate(reason="a test", **facts).model_dump_json())
    return folder


@pytest.mark.parametrize(("floor", "expected"), [(1e9, "below the label floor"), (1e-9, "Label floor: the labels are")])
def test_an_error_is_read_beside_that_of_the_labels(steady, make_run, settings, tmp_path, floor, expected):
    data = with_certificate(steady, tmp_path, status="passed", label_floor=floor)
    evaluation = evaluate(settings(make_run(steady), data=str(data), out=str(tmp_path / "out")))
    assert any(expected in note for note in evaluation.notes)
    assert evaluation.to_dict()["label_floor"] == floor


def test_an_evaluation_on_data_that_failed_says_so(steady, make_run, settings, tmp_path):
    data = with_certificate(steady, tmp_path, status="failed")
    evaluation = evaluate(settings(make_run(steady), data=str(data), out=str(tmp_path / "out")))
    assert any("certificate of the data failed" in note for note in evaluation.notes)


def test_training_data_that_are_damaged_are_no_baseline_left_out(specify, dataset, make_run, settings):
    data = dataset(specify())
    run = make_run(data)
    part = data.path / "data/train/part-00000.hdf5"
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(content)
    with pytest.raises(InputError, match=r"part-00000\.hdf5: damaged"):
        evaluate(settings(run))
