"""Bands of real evaluations: what they are made of, which samples may calibrate them, and ensembles as one run."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch

from surrogate.datasets.dataset import open_dataset
from surrogate.errors import InputError, SettingsError
from surrogate.evaluation.evaluate import evaluate
from surrogate.evaluation.suite_files import ask, kept
from surrogate.evaluation.uncertainty import bands, leakage
from surrogate.evaluation.uncertainty.bands import Answers
from surrogate.integrity import publish_record
from surrogate.predictors.ensemble import open_ensemble
from surrogate.predictors.runs import load_run

SUITE = {"name": "uncertainty", "level": 0.5, "share": 0.5}


def answers(samples, seed=0):
    """Return errors (n, 2 steps, 2 channels, 6 points) that grow along the axis and with the channel."""
    random = np.random.default_rng(seed)
    size = np.linspace(0.1, 1, 6) * np.array([1.0, 50.0])[:, None]
    truth, error = (random.standard_normal((samples, 2, 2, 6)) * size for _ in range(2))
    return Answers(truth.astype(np.float32), error.astype(np.float32), None)


def uniform(generator, n):
    return generator.random((n, 1, 8, 8)), generator.random((n, 1, 1, 8, 8))


@pytest.fixture(scope="module")
def steady(specify, dataset):
    return dataset(specify())


@pytest.fixture(scope="module")
def seeds(steady, make_run):
    return [make_run(steady, f"seed={seed}") for seed in range(3)]


def test_a_channel_in_another_unit_has_the_same_bands():
    seen, known = answers(50), answers(30, seed=1)
    for scale in bands.scales(seen, known).values():
        assert scale[..., 1, :].mean() == pytest.approx(50 * scale[..., 0, :].mean(), rel=0.2)
    constant = bands.scales(seen, known)["constant"]
    assert np.ptp(constant, axis=-1).max() == 0


def test_the_worst_place_decides_on_a_whole_field():
    of, scale = answers(5), np.float32(2.0)
    fields, points = (bands.ratios(of, scale, kind) for kind in ("fields", "points"))
    assert fields.shape == (5, 2)
    assert points.shape == (5, 24)
    np.testing.assert_array_equal(fields.max(1), points.max(1))


def test_a_band_is_as_wide_as_its_scale_over_the_field():
    of = answers(40)
    scale = np.broadcast_to(np.sqrt(np.square(of.truth).mean((0, 1, 3)))[:, None], (2, 6))[None, None]
    assert bands.width(scale, of.truth) == pytest.approx(1.0, rel=1e-5)


def test_a_spread_that_is_the_error_tells_all_of_it():
    of = answers(20)
    telling = Answers(of.truth, of.error, np.abs(of.error))
    assert bands.agreement(telling).to_dict() == pytest.approx({"samples": 1.0, "points": 1.0})
    assert bands.gaussian(telling, 0.9).coverage == 1.0
    assert bands.gaussian(Answers(of.truth, of.error, 0.1 * np.abs(of.error)), 0.9).coverage == 0.0


def test_the_document_of_the_suite_is_kept_and_said(steady, make_run, settings):
    config = settings(make_run(steady), suite=SUITE)
    evaluation = evaluate(config)
    section = ask(evaluation, config.suite).section()
    assert [each.section() for each in kept(evaluation)] == [section]
    written = json.loads((evaluation.folder / "uncertainty.json").read_text())
    assert (written["calibration"], written["test"], written["scales_from"]) == (2, 2, "train")
    assert {(band["scale"], band["kind"]) for band in written["bands"]} == {
        (scale, kind) for scale in ("constant", "place") for kind in ("points", "fields")
    }
    assert "% of the points" in section.sentence
    assert len(section.pictures) == 2
    assert any(
        note.startswith("2 calibration samples reach no level from 70 % on, which takes 3") for note in section.notes
    )


def test_a_share_of_whole_fields_has_an_exact_interval(steady, make_run, settings):
    evaluation = evaluate(settings(make_run(steady), suite=SUITE))
    result = ask(evaluation, settings(make_run(steady), suite=SUITE).suite)
    exact = {0.0: (0.0, 0.841886), 0.5: (0.012579, 0.987421), 1.0: (0.158114, 1.0)}  # of two samples
    for band in result.bands:
        if band.kind == "fields":
            assert (band.low, band.high) == pytest.approx(exact[band.coverage], abs=1e-6)


def test_too_few_samples_for_a_level_are_refused(steady, make_run, settings):
    config = settings(make_run(steady), suite=SUITE | {"level": 0.9})
    with pytest.raises(SettingsError, match="needs at least 9"):
        ask(evaluate(config), config.suite)


def test_steps_are_calibrated_by_trajectories(specify, dataset, make_run, settings):
    config = settings(make_run(dataset(specify(task="step", times=(0.0, 0.1, 0.2)))), suite=SUITE)
    section = ask(evaluate(config), config.suite).section()
    assert "2 test trajectories" in section.sentence
    assert any("one step from a true state" in note for note in section.notes)


@pytest.mark.parametrize(("split", "used"), [("train", "trained on"), ("valid", "selected by")])
def test_samples_that_training_saw_are_refused(steady, seeds, split, used):
    with pytest.raises(InputError, match=f"the run was {used} these samples"):
        leakage.check(load_run(seeds[0]), steady, split)


def test_a_copy_of_training_samples_is_found_by_its_content(specify, dataset, steady, seeds):
    constants, states = steady.read("train")

    def again(generator, n):
        return np.roll(constants, 1, axis=0)[:n], np.roll(states, 1, axis=0)[:n]

    with pytest.raises(InputError, match="sample 0 has the inputs of one that the run was trained on"):
        leakage.check(load_run(seeds[0]), dataset(specify(), again), "test")


def test_the_random_numbers_of_training_are_refused_on_any_grid(specify, dataset, make_run, tmp_path):
    def recipe(name, points):
        folder = tmp_path / name
        shutil.copytree(dataset(specify(points)).path, folder)
        manifest = json.loads((folder / "manifest.json").read_text())
        publish_record(folder / "manifest.json", manifest | {"recipe": {}})
        return open_dataset(folder)

    fine, coarse = recipe("fine", (16, 16)), dataset(specify())
    run = load_run(make_run(coarse))
    path = coarse.path / "manifest.json"
    publish_record(path, json.loads(path.read_text()) | {"recipe": {}})
    with pytest.raises(InputError, match="drawn with the seed of the training data"):
        leakage.check(run, fine, "train")


def test_without_the_training_data_nothing_can_be_shown(specify, dataset, make_run):
    gone, other = dataset(specify()), dataset(specify(), uniform)
    run = load_run(make_run(gone))
    leakage.check(run, other, "test")
    shutil.move(gone.path, gone.path.with_name("elsewhere"))
    with pytest.raises(InputError, match="cannot be shown to be apart"):
        leakage.check(run, other, "test")


def test_an_ensemble_answers_the_mean_of_its_members(steady, seeds):
    fields = torch.from_numpy(steady.read("test")[0])
    with torch.inference_mode():
        each = torch.stack([load_run(folder).surrogate(fields) for folder in seeds])
        torch.testing.assert_close(open_ensemble(seeds, "cpu").surrogate(fields), each.mean(0))


def test_an_ensemble_is_evaluated_as_a_run_with_its_spread(steady, seeds, settings):
    config = settings(None, ensemble=[str(folder) for folder in seeds], suite=SUITE)
    evaluation = evaluate(config)
    result = ask(evaluation, config.suite)
    assert evaluation.predictor.record.parameters == 3 * load_run(seeds[0]).record.parameters
    assert result.section().tables[1].title == "Ensemble of 3"
    assert {band.scale for band in result.bands} == {"constant", "place", "spread"}


def test_an_ensemble_has_members_of_one_kind(steady, seeds, specify, dataset, make_run):
    with pytest.raises(InputError, match="at least two"):
        open_ensemble(seeds[:1], "cpu")
    with pytest.raises(InputError, match="counts once"):
        open_ensemble([seeds[0], seeds[0]], "cpu")
    other = dataset(specify(), uniform)
    with pytest.raises(InputError, match="trained on other data"):
        open_ensemble([seeds[0], make_run(other)], "cpu")
    with pytest.raises(InputError, match="another problem"):
        open_ensemble([seeds[0], make_run(dataset(specify((16, 16))))], "cpu")
