"""Laws of the ladder: harder samples get finer steps; what nothing solves is put on record and not replaced."""

import json
import shutil

import numpy as np
import pytest
import torch

from surrogate.datasets import layout
from surrogate.datasets.dataset import open_dataset
from surrogate.datasets.generation import generate
from surrogate.datasets.ladder import RUNGS, at_effort, rungs
from surrogate.datasets.manifest import read_part
from surrogate.datasets.samples import header_of
from surrogate.datasets.verification import verify
from surrogate.errors import InputError, SolverError

COUNT = {"train": 10, "valid": 3, "test": 5}
TOP = max(RUNGS)


@pytest.fixture(scope="module")
def burgers(recipe_of):
    """A recipe on a grid so coarse that how well a sample is solved depends on the sample."""

    def made(out, tolerance, **changed):
        equation = {"viscosity": 0.01, "resolution": 8, "steps": 4, "tolerance": tolerance}
        return recipe_of("burgers", out, equation, **({"grid": 8} | changed))

    return made


def finish(config):
    return list(generate(config, lambda: False))


@pytest.fixture(scope="module")
def reached(burgers):
    """The error of every sample at every effort: ``{effort: {(split, index): error}}``."""
    torch.set_num_threads(1)
    config = burgers("unused", 0.99)
    equation = config.equation.bound(header_of(config).spec)
    made = {}
    for effort in RUNGS:
        finer = at_effort(equation, effort)
        for split, count in COUNT.items():
            drawn = equation.draw(config.seed, split, range(count)).astype(np.float32)
            errors = finer.solve(torch.from_numpy(drawn.astype(np.float64))).residual.tolist()
            made.setdefault(effort, {}).update({(split, index): error for index, error in enumerate(errors)})
    return made


def tolerance_that_loses(reached, number):
    """Return a tolerance that ``number`` samples miss at every effort, and those samples."""
    best = {sample: min(errors[sample] for errors in reached.values()) for sample in reached[1]}
    order = sorted(best, key=best.get, reverse=True)
    assert best[order[number - 1]] > best[order[number]]
    return (best[order[number - 1]] * best[order[number]]) ** 0.5, set(order[:number])


@pytest.fixture(scope="module")
def lossy(burgers, reached, tmp_path_factory):
    """A data set of which one sample could not be solved, and that sample."""
    tolerance, lost = tolerance_that_loses(reached, 1)
    config = burgers(tmp_path_factory.mktemp("lossy") / "burgers", tolerance)
    finish(config)
    return config, lost.pop()


def stored(folder):
    """Return ``{(split, index): effort}`` of every stored sample."""
    manifest = open_dataset(folder).manifest
    return {
        (entry.split, int(index)): int(effort)
        for entry in manifest.parts
        for part in [read_part(folder, entry, manifest.header(entry.split))]
        for index, effort in zip(part.indices, part.effort, strict=True)
    }


def test_each_sample_has_the_least_effort_that_reaches_the_tolerance(lossy, reached):
    config, lost = lossy
    tolerance = config.equation.tolerance
    least = {
        sample: min(effort for effort in RUNGS if reached[effort][sample] <= tolerance)
        for sample in reached[1]
        if sample != lost
    }
    assert stored(config.out) == least
    assert len(set(least.values())) > 1


def test_a_sample_that_nothing_solves_is_left_out_and_on_record(lossy):
    config, (split, index) = lossy
    records = list((config.out / layout.QUARANTINE).iterdir())
    assert [path.name for path in records] == [f"{split}-{index:06d}.json"]
    record = json.loads(records[0].read_text())
    assert (record["split"], record["index"], len(record["tried"])) == (split, index, len(RUNGS))
    assert "expected at most" in record["reason"]
    assert open_dataset(config.out).counts[split] == COUNT[split] - 1


def test_the_certificate_counts_what_is_left_out(lossy):
    assert open_dataset(lossy[0].out).certificate.quarantined == 1


def test_verification_accepts_a_missing_sample_by_its_record_alone(lossy, tmp_path):
    config, (split, index) = lossy
    folder = shutil.copytree(config.out, tmp_path / "burgers")
    assert not [line for line in verify(open_dataset(folder))[1] if "quarantine" in line]
    (folder / layout.quarantined(split, index)).unlink()
    (complaint,) = verify(open_dataset(folder))[1]
    assert f"{split}: neither stored nor in quarantine: {index}" in complaint


def test_any_number_of_workers_leaves_out_the_same(burgers, lossy, hashes, tmp_path):
    config, _ = lossy
    other = burgers(tmp_path / "burgers", config.equation.tolerance, workers=2)
    finish(other)
    assert hashes(other.out) == hashes(config.out)


def test_a_part_without_any_sample_is_not_missed(burgers, lossy, tmp_path):
    config, lost = lossy
    single = burgers(tmp_path / "burgers", config.equation.tolerance, part_size=1)
    finish(single)
    assert set(stored(single.out)) == set(stored(config.out))
    assert lost not in stored(single.out)
    assert finish(single) == []


def test_without_its_record_a_lost_sample_is_tried_again(burgers, lossy, tmp_path, hashes):
    config, (split, index) = lossy
    again = burgers(tmp_path / "burgers", config.equation.tolerance)
    finish(again)
    (again.out / layout.MANIFEST).unlink()
    (again.out / layout.quarantined(split, index)).unlink()
    with pytest.raises(InputError, match="holds other samples than planned"):
        finish(again)
    (again.out / f"data/{split}/part-{index // 4:05d}.hdf5").unlink()
    finish(again)
    assert hashes(again.out) == hashes(config.out)


def test_more_than_one_sample_and_more_than_one_percent_lost_is_refused(burgers, reached, tmp_path):
    tolerance, _ = tolerance_that_loses(reached, 2)
    config = burgers(tmp_path / "burgers", tolerance)
    with pytest.raises(SolverError, match=r"2 of 18 samples could not be solved.*sample \d+: .*expected at most"):
        finish(config)
    assert not (config.out / layout.MANIFEST).exists()


def test_a_split_that_is_lost_whole_is_refused(burgers, tmp_path):
    config = burgers(tmp_path / "burgers", 1e-30, count={"train": 1, "valid": 0, "test": 0})
    with pytest.raises(SolverError, match="every sample of train could not be solved"):
        finish(config)


def test_a_steady_problem_has_no_rung_that_only_shortens_steps(recipe, tmp_path):
    config = recipe(tmp_path)
    assert set(rungs(config.equation.bound(header_of(config).spec))) == {1, TOP}
