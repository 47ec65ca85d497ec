"""The gate as a whole: what fails, what passes, what is refused, and what it writes."""

from __future__ import annotations

import json
import math
import shutil
from xml.etree import ElementTree

import numpy as np
import pytest
from typer.testing import CliRunner

from surrogate.cli.app import app
from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.datasets.certificate import Certificate
from surrogate.errors import InputError, SettingsError
from surrogate.evaluation.gate import gate_files
from surrogate.evaluation.gate.baseline import frozen_folder, read_baseline, write_baseline
from surrogate.evaluation.gate.gate_settings import GateConfig
from surrogate.evaluation.gate.measure import measure
from surrogate.evaluation.gate.update import update
from surrogate.evaluation.gate.verdict import check
from surrogate.evaluation.predictions import samples_of
from surrogate.evaluation.report import gate_table
from surrogate.integrity import publish_record
from surrogate.models._layer import Layer
from surrogate.predictors.normalisers import Normaliser
from surrogate.predictors.runs import load_run
from surrogate.registry import metric_label

SEEDS = range(4)


@pytest.fixture(scope="module")
def data(dataset, specify):
    """Give a data set whose inputs and outputs have nothing to do with each other, so that errors are near 1."""
    return dataset(specify())


@pytest.fixture(scope="module")
def seeds(data, make_run, tmp_path_factory):
    """Give ``seeds(change)``: a folder of runs, one for each seed, with what they compute changed."""

    def make(change=None, of=data):
        folder = tmp_path_factory.mktemp("seeds")
        for seed in SEEDS:
            shutil.move(make_run(of, f"seed={seed}", change=change), folder / f"seed{seed}")
        return folder

    return make


@pytest.fixture(scope="module")
def gate():
    """Give the settings of a gate with the shipped defaults, but for latency, which is off."""
    tree = compose_tree("gate", ["baseline=somewhere", "latency.blocks=0"])

    def make(runs, baseline, /, **changed) -> GateConfig:
        return read(GateConfig, tree | {"run": str(runs), "baseline": str(baseline)} | changed)

    return make


@pytest.fixture(scope="module")
def runs(seeds):
    return seeds()


@pytest.fixture(scope="module")
def baseline(runs, gate, tmp_path_factory):
    path = tmp_path_factory.mktemp("baseline") / "gate.json"
    update(gate(runs, path), "the first")
    return path


def layers(checked, verdict="fail"):
    return {row.layer for row in checked.rows if row.verdict == verdict}


def shifted(distance):
    def change(surrogate):
        surrogate.output_normaliser.mean.add_(distance)

    return change


def overflowing(surrogate):
    surrogate.input_normaliser.std.fill_(1e-45)


def test_what_has_not_changed_passes(runs, baseline, gate):
    checked = check(gate(runs, baseline))
    assert checked.passed
    assert {row.verdict for row in checked.rows} == {"pass"}


def recorded(runs, data, folder, **beside):
    """Write what each of the runs predicts, and return the settings that name the files."""
    files = []
    for seed in SEEDS:
        run = load_run(runs / f"seed{seed}")
        samples = samples_of(run, data, "test")
        files.append(str(folder / f"u{seed}.npz"))
        known = {name: value(seed) for name, value in beside.items()}
        np.savez(files[-1], predictions=run.answers(samples, 32).prediction, **known)
    return {"run": None, "runs": files, "data": str(data.path)}


def test_predictions_of_runs_are_held_as_the_runs_are(runs, data, baseline, gate, tmp_path):
    checked = check(gate(runs, baseline, **recorded(runs, data, tmp_path, seed=lambda seed: seed)))
    expected = check(gate(runs, baseline))
    assert checked.rows == expected.rows
    assert any("what they learned from" in note for note in checked.notes)


def test_predictions_of_unknown_seeds_are_not_paired(runs, data, baseline, gate, tmp_path):
    checked = check(gate(runs, baseline, **recorded(runs, data, tmp_path)))
    quality = [row for row in checked.rows if row.layer == "quality"]
    assert [row.change for row in quality] == pytest.approx([0.0] * 3)
    assert all("not paired" in row.remark for row in quality)


def test_no_baseline_is_made_of_predictions(runs, data, gate, tmp_path):
    with pytest.raises(SettingsError, match="frozen from runs"):
        update(gate(runs, tmp_path / "gate.json", **recorded(runs, data, tmp_path)), "a reason")


def test_a_block_that_gives_nothing_fails_the_exact_layer(runs, baseline, gate, monkeypatch):
    monkeypatch.setattr(Layer, "forward", lambda layer, field: 0 * field)
    assert "exact" in layers(check(gate(runs, baseline)))


def test_a_normaliser_off_by_two_per_cent_fails_the_exact_layer(runs, baseline, gate, monkeypatch):
    decode = Normaliser.decode
    monkeypatch.setattr(Normaliser, "decode", lambda self, fields: 1.02 * decode(self, fields))
    assert "exact" in layers(check(gate(runs, baseline)))


def test_worse_retrainings_fail_the_quality_layer_alone(seeds, baseline, gate):
    checked = check(gate(seeds(shifted(100.0)), baseline))
    assert not checked.passed
    assert layers(checked) == {"quality"}


def test_an_error_that_is_not_finite_fails(seeds, baseline, gate):
    checked = check(gate(seeds(overflowing), baseline))
    assert not checked.passed
    assert [row.remark for row in checked.rows if row.verdict == "fail"] == 3 * ["seed 0: not finite"]


def test_a_great_improvement_has_test_samples_looked_for_among_the_training_samples(runs, seeds, gate, tmp_path):
    update(gate(seeds(shifted(100.0)), tmp_path / "gate.json"), "far too large")
    checked = check(gate(runs, tmp_path / "gate.json"))
    assert checked.passed
    assert {row.name: row.verdict for row in checked.rows if row.layer == "quality"} == {
        "relative_l2": "improved",
        "h1_fd": "improved",
        "max_error": "improved",
        "leakage": "pass",
    }


def test_an_improvement_on_samples_that_were_learned_from_fails(dataset, specify, seeds, gate, baseline, tmp_path):
    def same(generator, n):
        fields = np.random.default_rng(0).standard_normal((n, 2, 8, 8))
        return fields[:, :1], fields[:, None, 1:]

    leaky = seeds(of=dataset(specify(), same))
    with pytest.raises(InputError, match="4 of 4 inputs of test are among those learned from"):
        update(gate(leaky, tmp_path / "gate.json"), "a leak")
    state, measured = read_baseline(baseline).current, measure(gate(leaky, baseline))
    high = {name: tuple(10 * value for value in values.values()) for name, values in measured.errors.items()}
    write_baseline(tmp_path / "gate.json", state.model_copy(update={"data": measured.data, "errors": high}))
    shutil.copytree(frozen_folder(baseline), frozen_folder(tmp_path / "gate.json"))
    checked = check(gate(leaky, tmp_path / "gate.json"))
    assert [row.name for row in checked.rows if row.verdict == "fail"] == ["leakage"]


def test_one_seed_on_each_side_has_no_bounds_and_no_verdict(runs, gate, tmp_path):
    update(gate(runs / "seed0", tmp_path / "gate.json"), "one seed")
    checked = check(gate(runs / "seed1", tmp_path / "gate.json"))
    quality = [row for row in checked.rows if row.layer == "quality"]
    assert {row.verdict for row in quality} == {"inconclusive"}
    assert {gate_table.cells(row)[4] for row in quality} == {"none"}
    assert {one["low"] for one in checked.to_dict()["rows"] if one["layer"] == "quality"} == {None}


def test_a_fall_of_one_seed_has_leaked_samples_looked_for_and_is_no_improvement(runs, seeds, gate, tmp_path):
    update(gate(seeds(shifted(100.0)) / "seed0", tmp_path / "gate.json"), "far too large")
    verdicts = {row.name: row.verdict for row in check(gate(runs / "seed1", tmp_path / "gate.json")).rows}
    assert (verdicts["relative_l2"], verdicts["leakage"]) == ("inconclusive", "pass")


@pytest.mark.parametrize("blocks", [1, 6])
def test_too_few_measurements_of_time_are_refused(runs, gate, tmp_path, blocks):
    with pytest.raises(SettingsError, match="at least 7"):
        gate(runs, tmp_path / "gate.json", latency={"blocks": blocks, "margin": 0.5})


def test_what_cannot_be_decided_fails_where_that_is_asked_for(runs, seeds, baseline, gate):
    one = seeds(shifted(0.3)) / "seed0"
    assert layers(check(gate(one, baseline)), "inconclusive") == {"quality"}
    assert check(gate(one, baseline)).passed
    assert not check(gate(one, baseline, inconclusive="fail")).passed


def test_a_missing_baseline_never_passes(runs, gate, tmp_path):
    with pytest.raises(SettingsError, match="does not exist"):
        check(gate(runs, tmp_path / "none.json"))


def test_an_empty_split_is_refused(data, runs, baseline, gate, tmp_path):
    bare = tmp_path / "bare"
    shutil.copytree(data.path, bare)
    manifest = json.loads((bare / "manifest.json").read_text())
    manifest["parts"] = [part for part in manifest["parts"] if part["split"] != "test"]
    publish_record(bare / "manifest.json", manifest)
    publish_record(bare / "certificate.json", Certificate(status="none", reason="a test"))
    with pytest.raises(InputError, match="no samples"):
        check(gate(runs, baseline, data=str(bare)))


def test_other_data_than_the_baselines_are_refused(dataset, specify, runs, baseline, gate):
    other = dataset(specify(points=(8, 6)))
    with pytest.raises(SettingsError, match="was measured on other data"):
        check(gate(runs, baseline, data=str(other.path)))


def test_a_correlation_is_no_error_to_hold(runs, baseline, gate):
    with pytest.raises(SettingsError, match="there is no error 'pearson' here"):
        check(gate(runs, baseline, metrics=["pearson"]))


def test_a_frozen_run_of_other_weights_is_refused(runs, baseline, gate, tmp_path):
    shutil.copy(baseline, tmp_path / "gate.json")
    shutil.copytree(frozen_folder(baseline), tmp_path / "gate-frozen")
    shutil.copy(runs / "seed3" / "weights.safetensors", tmp_path / "gate-frozen")
    with pytest.raises(InputError, match="not those that the baseline was made with"):
        check(gate(runs, tmp_path / "gate.json"))


def test_runs_that_differ_in_more_than_their_seed_are_refused(data, make_run, runs, baseline, gate):
    other = make_run(data, "seed=9", "loss=mse")
    both = [str(runs / "seed0"), str(other)]
    with pytest.raises(InputError, match=r"differs from .* in loss"):
        check(gate(runs, baseline, run=None, runs=both))


def test_a_new_baseline_keeps_the_former_with_its_reason(runs, seeds, gate, tmp_path):
    path = tmp_path / "gate.json"
    first = update(gate(runs, path), "the first").current
    second = update(gate(seeds(shifted(10.0)), path), "worse")
    assert second == read_baseline(path)
    assert second.history == (first,)
    assert (first.reason, second.current.reason) == ("the first", "worse")
    assert len(first.errors["relative_l2"]) == len(SEEDS)
    assert first.spread["relative_l2"] == pytest.approx(np.log(first.errors["relative_l2"]).std(ddof=1), rel=1e-12)


def test_a_baseline_is_not_changed_without_a_reason_or_by_errors_that_are_not_finite(runs, seeds, gate, tmp_path):
    with pytest.raises(SettingsError, match="without one"):
        update(gate(runs, tmp_path / "gate.json"), " ")
    with pytest.raises(InputError, match="holds finite errors above 0"):
        update(gate(seeds(overflowing), tmp_path / "gate.json"), "a reason")
    assert list(tmp_path.iterdir()) == []


def test_latency_is_a_ratio_that_the_same_surrogate_keeps(runs, gate, tmp_path):
    timed = gate(runs / "seed0", tmp_path / "gate.json", latency={"blocks": 15, "margin": 100.0})
    state = update(timed, "timed").current
    assert state.latency.low <= state.latency.ratio <= state.latency.high
    (row,) = (row for row in check(timed).rows if row.layer == "latency")
    assert row.verdict == "pass"
    held = timed.model_copy(update={"latency": timed.latency.model_copy(update={"margin": 0.5})})
    faster = state.latency.model_copy(update={"ratio": 1e-6, "low": 1e-6, "high": 1e-6})
    write_baseline(tmp_path / "gate.json", state.model_copy(update={"latency": faster}))
    assert "latency" in layers(check(held))


def test_markdown_and_junit_say_what_failed(seeds, baseline, gate, tmp_path):
    checked = check(gate(seeds(shifted(100.0)), baseline))
    gate_files.write(checked, tmp_path)
    failing = {row.name for row in checked.rows if row.verdict == "fail"}
    suite = ElementTree.parse(tmp_path / "gate.xml").getroot()
    assert {case.get("name") for case in suite if case.find("failure") is not None} == failing
    assert (suite.get("tests"), suite.get("failures")) == (str(len(checked.rows)), str(len(failing)))
    text = (tmp_path / "gate.md").read_text()
    assert text.startswith("## gate FAILED")
    assert all(f"| {row.layer}: {metric_label(row.name)} | " in text for row in checked.rows)
    rows = json.loads((tmp_path / "gate.json").read_text())["rows"]
    assert all(
        value is None or not isinstance(value, float) or math.isfinite(value) for row in rows for value in row.values()
    )


@pytest.mark.parametrize(
    ("words", "code"), [([], 0), (["margin=1e-9", "inconclusive=fail"], 1), (["metrics=[none]"], 78)]
)
def test_the_exit_code_says_how_it_ended(runs, baseline, words, code):
    held = runs / "seed0" if code == 1 else runs
    command = ["gate", "check", f"run={held}", f"baseline={baseline}", "latency.blocks=0", *words]
    assert CliRunner().invoke(app, command).exit_code == code
