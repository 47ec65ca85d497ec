"""A unit changes no relative figure, no verdict and no relative word of an evaluation."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.evaluation.baselines.pod_ridge import pod_ridge
from surrogate.evaluation.baselines.untrained import nearest_training_sample, persistence, training_mean
from surrogate.evaluation.evaluate import evaluate
from surrogate.evaluation.gate.gate_settings import GateConfig
from surrogate.evaluation.gate.update import update
from surrogate.evaluation.gate.verdict import check
from surrogate.evaluation.metric import errors
from surrogate.evaluation.overview import overview
from surrogate.evaluation.report.errors_section import metric_table
from surrogate.evaluation.report.evaluation_page import write_report
from surrogate.evaluation.rollout.long_run import blow_up_times, energy_spectrum, spectrum_error, valid_times
from surrogate.evaluation.uncertainty.bands import Answers, band, ratios, scales, width
from surrogate.evaluation.uncertainty.uncertainty_result import KINDS
from surrogate.spaces import Boundary, Grid, Space

UNITS = (1e-22, 1e-9, 1e18, 1e20)
# Units of inputs and outputs.
BOTH = [(1e-22, 1e20), (1e20, 1e-22), (1e-9, 1e18)]
RELATIVE = ("relative_l2", "h1_fd", "h1_mgno", "vrmse", "nrmse", "spectrum_distance", "pearson")
ABSOLUTE = ("rmse", "max_error", "boundary_rmse", "conserved_rmse", "fourier_low_rmse", "fourier_middle_rmse")
GRID, BOUNDARY = Grid.box((16, 16), "left"), Boundary.uniform("periodic", 2)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def measured(unit=1.0, shift=0.0):
    prediction, target = (unit * (noise(3, 2, 16, 16, seed=seed).astype(float) + shift) for seed in (0, 1))
    return errors(
        torch.from_numpy(prediction), torch.from_numpy(target), Space(fields=(), domain=GRID, boundary=BOUNDARY)
    )


@given(power=st.floats(-22, 20))
@tried(derandomize=True, deadline=None, max_examples=15)
def test_relative_metrics_stay_and_the_others_follow_the_unit(power):
    plain, scaled = measured(), measured(10.0**power)
    for name in RELATIVE:
        np.testing.assert_allclose(scaled[name], plain[name], rtol=1e-9, err_msg=name)
    for name in ABSOLUTE:
        np.testing.assert_allclose(scaled[name] / 10.0**power, plain[name], rtol=1e-9, err_msg=name)


@pytest.mark.parametrize("unit", UNITS)
def test_what_compares_with_the_deviation_does_not_know_where_zero_is(unit):
    for name in ("vrmse", "pearson"):
        np.testing.assert_allclose(measured(unit, 300.0)[name], measured()[name], rtol=1e-9, err_msg=name)


@pytest.mark.parametrize("level", [0.0, 300.1, 1e-22])
def test_a_target_without_variance_has_no_vrmse_and_no_correlation(level):
    target = torch.full((2, 1, 10, 10), level).double()
    space = Space(fields=(), domain=Grid.box((10, 10), "cells"), boundary=Boundary.uniform("neumann", 2))
    figures = errors(torch.cat([target[:1] + 1, target[1:]]), target, space)
    assert np.isposinf(figures["vrmse"][0])
    assert np.isnan([figures["vrmse"][1], *figures["pearson"]]).all()


@pytest.mark.parametrize("units", BOTH)
def test_baselines_are_the_same_in_other_units(units):
    inputs, known, answers = noise(5, 2, 8), noise(12, 2, 8, seed=1), noise(12, 1, 8, seed=2)
    inputs[:, 1], known[:, 1] = 300.1, 300.1  # agrees in all training samples, rounded in every unit

    def made(of_inputs, of_outputs):
        given, learned = of_inputs * inputs, (of_inputs * known, of_outputs * answers)
        return [
            nearest_training_sample(given, *learned) / of_outputs,
            pod_ridge(given, *learned) / of_outputs,
            training_mean(learned[1], 2) / of_outputs,
            persistence(given, 1) / of_inputs,
        ]

    units = [np.float32(unit) for unit in units]
    for scaled, plain in zip(made(*units), made(np.float32(1), np.float32(1)), strict=True):
        np.testing.assert_allclose(scaled, plain, rtol=1e-3, atol=1e-4)


def test_a_channel_that_never_varied_tells_training_samples_no_better_apart():
    known, answers = noise(12, 2, 8, seed=1), noise(12, 1, 8, seed=2)
    known[:, 1] = 300.1
    queries = known.copy()
    queries[:, 1] = 1e20
    np.testing.assert_array_equal(nearest_training_sample(queries, known, answers), answers)
    assert np.isfinite(pod_ridge(queries, known, answers)).all()


@pytest.mark.parametrize("unit", UNITS)
def test_roll_outs_are_judged_alike(unit):
    truth = noise(3, 6, 2, 16).cumsum(1)
    truth[:, :, 1] = 7.0  # never changes
    prediction = truth + 0.2 * noise(3, 6, 2, 16, seed=1).cumsum(1)
    line = Grid.box((16,), "left")

    def judged(size):
        ours, true = np.float32(size) * prediction, np.float32(size) * truth
        spectra = [energy_spectrum(fields, line) for fields in (ours, true)]
        return [valid_times(ours, true, 0.1), blow_up_times(ours, true, 0.1), spectrum_error(*spectra)]

    for scaled, plain in zip(judged(unit), judged(1.0), strict=True):
        np.testing.assert_allclose(scaled, plain, rtol=1e-5)


def test_a_truth_that_never_changes_has_no_valid_time():
    assert np.isnan(valid_times(noise(2, 3, 1, 8), np.full((2, 3, 1, 8), 300.1, np.float32), 0.1)).all()


@pytest.mark.parametrize("unit", UNITS)
def test_bands_hold_the_same_and_are_as_wide_for_their_fields(unit):
    def made(size):
        def drawn(seed):
            return Answers(*(np.float32(size) * noise(20, 2, 1, 8, seed=seed + k) for k in (0, 1)), None)

        seen, known, tested = drawn(0), drawn(2), drawn(4)
        at = {name: (scales(seen, known)[name], scales(seen, tested)[name]) for name in ("constant", "place")}
        return [
            band(
                (name, kind),
                ratios(known, one, kind),
                ratios(tested, other, kind),
                0.8,
                width(other, tested.truth),
                None,
            )
            for name, (one, other) in at.items()
            for kind in KINDS
        ]

    for scaled, plain in zip(made(unit), made(1.0), strict=True):
        for figure in ("factor", "coverage", "low", "high", "width"):
            assert getattr(scaled, figure) == pytest.approx(getattr(plain, figure), rel=1e-4), figure


def test_a_band_around_a_truth_of_zero_has_no_width_of_its_own():
    assert np.isposinf(width(np.ones((1, 1, 1, 1), np.float32), np.zeros((2, 1, 1, 8), np.float32)))


@pytest.mark.parametrize("unit", UNITS)
def test_error_maps_and_spectra_follow_the_unit(unit):
    def made(size):
        fields = (np.float32(size) * noise(3, 1, 16, 16, seed=seed) for seed in (0, 1))
        return overview(*fields, GRID, BOUNDARY)

    scaled, plain = made(unit), made(1.0)
    np.testing.assert_allclose(scaled.absolute / unit, plain.absolute, rtol=1e-5)
    np.testing.assert_allclose(scaled.spectra["error"] / unit**2, plain.spectra["error"], rtol=1e-5)


@pytest.fixture(scope="module")
def in_units(dataset, specify):
    """Give a data set whose inputs and outputs are scaled by powers of two near the units given."""

    def make(inputs=1.0, outputs=1.0):
        def draw(generator, n):
            values = generator.standard_normal((2, n, 1, 8, 8))
            return inputs * values[0], outputs * values[1][:, None]

        return dataset(specify(), draw)

    return make


TWOS = (2.0**-73, 2.0**66)


def test_an_evaluation_says_the_same_of_data_in_other_units(in_units, make_run, settings, tmp_path):
    figures = []
    for place, units in (("plain", (1.0, 1.0)), ("scaled", TWOS)):
        data = in_units(*units)
        evaluation = evaluate(settings(make_run(data), split="test", out=str(tmp_path / place)))
        text = write_report(evaluation).read_text(encoding="utf-8")
        head = text[text.index("relative L2 error is") :].split("<")[0]
        relative = {name: value for name, value in evaluation.metrics.items() if name in RELATIVE}
        rows = [
            row
            for row in metric_table(evaluation).rows + metric_table(evaluation, benchmarks=True).rows
            if row[1].endswith("%")
        ]
        others = [[made[name].mean for name in RELATIVE if name in made] for made in evaluation.baselines.values()]
        figures.append((relative, rows, others, evaluation.notes, head))
    assert figures[0] == figures[1]
    assert "predicting zero would have been better" in figures[0][3][0]


def test_the_gate_gives_the_same_verdicts(in_units, make_run, tmp_path, tmp_path_factory):
    tree = compose_tree("gate", ["baseline=somewhere", "latency.blocks=0"])

    def rows(units, name):
        data, folders = in_units(*units), {}
        for worse in (0.0, 0.5):
            folders[worse] = tmp_path_factory.mktemp("seeds")
            for seed in range(4):

                def change(surrogate, by=worse * units[1]):
                    surrogate.output_normaliser.mean.add_(by)

                shutil.move(make_run(data, f"seed={seed}", change=change), folders[worse] / f"seed{seed}")
        baseline = {"baseline": str(tmp_path / name / "gate.json")}
        update(read(GateConfig, tree | baseline | {"run": str(folders[0.0])}), "the first")
        checked = check(read(GateConfig, tree | baseline | {"run": str(folders[0.5])}))
        return [(row.layer, row.name, row.verdict, row.change) for row in checked.rows]

    plain, scaled = rows((1.0, 1.0), "plain"), rows(TWOS, "scaled")
    assert [row[:3] for row in scaled] == [row[:3] for row in plain]
    np.testing.assert_allclose([row[3] for row in scaled], [row[3] for row in plain], rtol=1e-6, atol=1e-12)
