"""Laws of the check of a data set: what was planted is named, what is sound is left alone, in whatever unit."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import surrogate as sg
from surrogate.cli.app import app
from surrogate.datasets.sample_survey import Survey
from surrogate.datasets.store import Header, Part
from surrogate.spaces import Boundary, Cloud, DataSpec, FieldSpec, Grid

COUNTS = {"train": 60, "valid": 20, "test": 20}


def steady() -> DataSpec:
    return DataSpec(
        equation="flow",
        grid=Grid.box((12, 10), "cells"),
        boundary=Boundary(sides=(("dirichlet", "dirichlet"), ("periodic", "periodic"))),
        fields=(FieldSpec(name="a", unit="1", role="constant"), FieldSpec(name="u", unit="1", role="state")),
        times=(0.0,),
        task="map",
    )


def moving() -> DataSpec:
    return steady().model_copy(update={"times": tuple(range(6)), "task": "step"})


def smooth(seed, *shape):
    """Random waves of low frequency, which every grid resolves."""
    random = np.random.default_rng(seed)
    x, y = np.meshgrid(np.linspace(0, 1, 12), np.linspace(0, 1, 10), indexing="ij")
    waves = np.stack([np.sin(np.pi * (i * x + 2 * j * y) + i) for i in range(3) for j in range(3)])
    return np.einsum("...k,kxy->...xy", random.normal(size=(*shape, 9)), waves).astype(np.float32)


def samples(seed=0, spec=None):
    """Constants and states of every split, as a dictionary that a test may spoil."""
    times = 1 if spec is None else len(spec.times)
    return {
        split: [smooth((seed, place, 0), count, 1), smooth((seed, place, 1), count, times, 1)]
        for place, (split, count) in enumerate(COUNTS.items())
    }


def seen(arrays, spec=None, size=17):
    """Return the findings by name, of samples that come in parts of ``size``."""
    spec = spec or steady()
    survey = Survey(spec)
    for split, (constants, states) in arrays.items():
        header = Header(name="flow", spec=spec, split=split, seed=0, recipe=None)
        for first in range(0, len(states), size):
            rows = np.arange(first, min(first + size, len(states)))
            none = np.zeros(len(rows))
            survey.add(Part(header, rows, constants[rows], states[rows], none, none.astype(int), none.astype(int)))
    return {finding.name: finding for finding in survey.quality("0" * 64).findings}


def statuses(findings):
    return {name: finding.status for name, finding in findings.items()}


def unsound(findings):
    return {name for name, finding in findings.items() if finding.status in ("look", "fault")}


@pytest.mark.parametrize("spec", [steady(), moving()], ids=["steady", "moving"])
def test_sound_data_of_twenty_seeds_raise_nothing(spec):
    assert [unsound(seen(samples(seed, spec), spec)) for seed in range(20)] == [set()] * 20


def test_an_input_in_two_splits_is_a_fault_and_named():
    arrays = samples()
    arrays["test"][0][7] = arrays["train"][0][3]
    arrays["test"][1][7] = arrays["train"][1][3]
    findings = seen(arrays)
    assert unsound(findings) == {"leakage"}
    assert findings["leakage"].samples == (("test", 7),)
    assert "1 of 20 inputs of test are inputs of train" in findings["leakage"].says


def test_a_near_copy_in_another_split_is_named_and_an_equal_one_is_leakage():
    arrays = samples()
    arrays["valid"][0][4] = 1.001 * arrays["train"][0][30]
    assert unsound(seen(arrays)) == {"near twins"}
    assert seen(arrays)["near twins"].samples == (("valid", 4),)


def test_windows_of_one_trajectory_in_two_splits_share_frames():
    arrays = samples(spec=moving())
    arrays["test"][0][2] = arrays["train"][0][5]
    arrays["test"][1][2, :5] = arrays["train"][1][5, 1:]
    findings = seen(arrays, moving())
    assert unsound(findings) == {"shared frames"}
    assert findings["shared frames"].samples == (("test", 2),)


def test_a_start_at_rest_that_all_share_is_no_leakage():
    arrays = samples(spec=moving())
    for _, states in arrays.values():
        states[:, 0] = 0.0
    assert "shared frames" not in unsound(seen(arrays, moving()))


def test_equal_inputs_with_other_outputs_contradict_each_other():
    arrays = samples()
    arrays["train"][0][8] = arrays["train"][0][2]
    findings = seen(arrays)
    assert unsound(findings) == {"duplicates", "contradictions"}
    assert findings["contradictions"].status == "fault"
    arrays["train"][1][8] = arrays["train"][1][2] * (1 + 1e-5)
    assert seen(arrays)["contradictions"].status == "look"
    arrays["train"][1][8] = arrays["train"][1][2]
    assert unsound(seen(arrays)) == {"duplicates"}


@pytest.mark.parametrize(
    ("spoil", "kind"), [(lambda u: u * 1e3, "size"), (lambda u: np.where(u == u.max(), 50 * u, u), "peak")]
)
def test_a_sample_unlike_the_others_is_named(spoil, kind):
    arrays = samples()
    arrays["train"][1][11] = spoil(arrays["train"][1][11])
    finding = seen(arrays)["outliers"]
    assert finding.samples == (("train", 11),)
    assert f"by the {kind} of 'u'" in finding.says


def test_a_state_that_is_the_same_everywhere_is_a_fault_and_a_flat_sample_is_named():
    arrays = samples()
    arrays["valid"][1][3] = 2.0
    finding = seen(arrays)["constant fields"]
    assert (finding.status, finding.samples) == ("look", (("valid", 3),))
    for _, states in arrays.values():
        states[:] = 0.0
    assert seen(arrays)["constant fields"].status == "fault"


def test_what_is_not_a_number_is_named_and_spoils_no_other_finding():
    arrays = samples()
    sound = statuses(seen(arrays))
    arrays["train"][1][9, 0, 0, 2, 2] = np.nan
    arrays["test"][0][0] = np.inf
    findings = seen(arrays)
    assert findings["numbers"].samples == (("train", 9), ("test", 0))
    assert statuses(findings) == sound | {"numbers": "fault"}


def test_a_split_of_another_law_is_unlike_train():
    arrays = samples()
    arrays["test"][0] *= 4
    assert "of 'a' in test" in seen(arrays)["splits alike"].says
    assert unsound(seen(arrays)) >= {"splits alike"}


def test_noise_is_not_resolved_by_its_grid():
    arrays = samples()
    for _, states in arrays.values():
        states[:] = np.random.default_rng(1).normal(size=states.shape)
    finding = seen(arrays)["resolution"]
    assert finding.status == "look"
    # Of 119 waves but the mean, 34 are long along both axes.
    assert finding.figures["u"] == pytest.approx(85 / 119, abs=0.02)


def test_a_frame_that_is_stored_twice_is_named():
    arrays = samples(spec=moving())
    arrays["train"][1][6, 3] = arrays["train"][1][6, 2]
    finding = seen(arrays, moving())["frames"]
    assert (finding.status, finding.samples) == ("look", (("train", 6),))


@pytest.mark.parametrize("unit", [1e-22, 0.3048, 1e12])
@pytest.mark.parametrize("channel", ["a", "u", "both"])
def test_other_units_change_no_finding(unit, channel):
    arrays = samples()
    arrays["test"][0][7] = arrays["train"][0][3]
    arrays["valid"][0][4] = 1.001 * arrays["train"][0][30]
    arrays["train"][1][11] *= 1e3
    arrays["train"][1][12] = 0.5
    other = {
        split: [a * np.float32(unit if channel != "u" else 1), u * np.float32(unit if channel != "a" else 1)]
        for split, (a, u) in arrays.items()
    }
    before, after = seen(arrays), seen(other)
    assert {name: (f.status, f.samples) for name, f in before.items()} == {
        name: (f.status, f.samples) for name, f in after.items()
    }
    for name, finding in before.items():
        assert finding.figures == pytest.approx(after[name].figures, rel=1e-4), name


def test_how_samples_lie_in_parts_changes_no_finding():
    arrays = samples()
    arrays["valid"][0][4] = 1.001 * arrays["train"][0][30]
    whole, pieces = seen(arrays, size=1000), seen(arrays, size=3)
    assert {name: f.line() for name, f in whole.items()} == {name: f.line() for name, f in pieces.items()}


def test_what_lies_beyond_the_last_point_of_a_cloud_changes_nothing():
    random = np.random.default_rng(0)
    names = (("x", "coordinate"), ("weight", "weight"), ("a", "constant"), ("u", "state"))
    spec = steady().model_copy(
        update={
            "domain": Cloud(capacity=9, dimensions=1),
            "boundary": Boundary(sides=()),
            "fields": tuple(FieldSpec(name=name, unit="1", role=role) for name, role in names),
        }
    )
    constants = random.random((40, 3, 9)).astype(np.float32)
    states = random.random((40, 1, 1, 9)).astype(np.float32)
    constants[:, 1, 6:] = 0.0
    arrays = {"train": [constants, states]}
    before = seen(arrays, spec)
    constants[:, 2, 6:] = 1e9
    states[..., 6:] = -7.0
    assert before == seen(arrays, spec)
    assert unsound(before) == set()


def test_the_command_ends_with_one_where_a_fault_is_and_the_conversion_says_it(tmp_path):
    a, u = (smooth(seed, 40) for seed in (0, 1))
    a[20:], u[20:] = a[:20], u[:20]
    data = sg.from_arrays(a=a, u=u, lengths=1.0, out=tmp_path / "twice")
    ran = CliRunner().invoke(app, ["data", "check", f"data={data.path}", "--json"])
    document = json.loads(ran.stdout)
    assert (ran.exit_code, document["findings"][1]["status"]) == (1, "fault")
    assert document["line"].startswith("FAULT: leakage:")
    assert "## Quality\n\nFAULT: leakage:" in data.card
    assert not data.check().sound
    assert document["line"] in CliRunner().invoke(app, ["info", str(data.path), "--json"]).stdout
