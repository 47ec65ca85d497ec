"""The generalisation sheet and the solver on half the grid, on data made by small recipes."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.datasets.plan import begin
from surrogate.datasets.resolving import solved_anew
from surrogate.datasets.samples import Bench, header_of, plan_of, solve_part
from surrogate.datasets.sealing import seal
from surrogate.datasets.store import encode
from surrogate.errors import InputError
from surrogate.evaluation.baselines.solver_baseline import half_grid
from surrogate.evaluation.evaluate import evaluate
from surrogate.evaluation.generalisation.level_errors import Generalisation
from surrogate.evaluation.generalisation.recipe_levels import RecipeAxis, insulated, levels
from surrogate.evaluation.report.errors_section import metric_table
from surrogate.evaluation.suite_files import ask, kept
from surrogate.files import make_folder, publish_bytes
from surrogate.norms import relative_l2
from surrogate.registry import EQUATIONS

SUITE = compose_tree("eval", ["run=x", "suite=generalisation"])["suite"]


def made(folder, *words):
    """Return the data set of a recipe with 6 training and 4 test samples, as generation makes it, in this process."""
    few = ["count.train=6", "count.valid=2", "count.test=4", "certificate.samples=0", f"out='{folder}'"]
    config = read(GenerateConfig, compose_tree("generate", [*words, *few]))
    plan, header = plan_of(config), header_of(config)
    begin(folder, plan)
    for piece in plan.pieces():
        part = solve_part(config, header, piece, Bench(), pytest.fail)
        make_folder((folder / piece.path).parent)
        publish_bytes(folder / piece.path, encode(part))
    return seal(folder, plan, header, {split: np.arange(count) for split, count in plan.count.items()})


@pytest.fixture(scope="module")
def darcy(tmp_path_factory):
    words = ("recipe=darcy_rough", "grid=16", "equation.resolution=16", "equation.refine=2")
    return made(tmp_path_factory.mktemp("data") / "darcy", *words)


@pytest.fixture(scope="module")
def burgers(tmp_path_factory):
    words = ("recipe=burgers", "task=step", "grid=32", "equation.resolution=128", "equation.frames=5")
    words += ("equation.horizon=0.2", "equation.steps=40", "equation.initial.sigma=10.0", "equation.tolerance=1e-4")
    return made(tmp_path_factory.mktemp("data") / "burgers", *words)


def axis_levels(data, name):
    return levels(data.recipe, RecipeAxis.model_validate_json(json.dumps(SUITE["axes"][name])), data.spec)


def test_a_level_of_the_data_solved_anew_is_the_data(darcy, tmp_path):
    part = solved_anew(darcy.recipe, "test", 4, tmp_path)
    constants, states = darcy.read("test")
    np.testing.assert_array_equal(part.constants, constants)
    np.testing.assert_allclose(part.states, states, rtol=1e-6)


def test_what_was_solved_is_found_again_and_no_other(darcy, tmp_path):
    first = solved_anew(darcy.recipe, "test", 2, tmp_path)
    (file,) = tmp_path.iterdir()
    written = file.stat().st_mtime_ns
    np.testing.assert_array_equal(solved_anew(darcy.recipe, "test", 2, tmp_path).states, first.states)
    assert file.stat().st_mtime_ns == written
    other = solved_anew(darcy.recipe | {"seed": 1}, "test", 2, tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    assert np.abs(other.states - first.states).max() > 0


def test_axes_are_found_in_the_recipe(darcy, burgers):
    held = [{name for name in SUITE["axes"] if axis_levels(data, name)} for data in (darcy, burgers)]
    assert held[0] == {"grid", "contrast", "roughness", "forcing", "boundary"}
    assert held[1] == {"grid", "roughness", "amplitude", "viscosity", "rollout"}


def test_every_level_differs_from_the_data_in_what_its_axis_says(darcy):
    path, several = axis_levels(darcy, "contrast")
    assert path == "equation.permeability.high"
    assert [level.label for level in several] == ["6", "12", "24"]
    assert [level.trained for level in several] == [False, True, False]
    assert [level.recipe["equation"]["permeability"]["high"] for level in several] == [6, 12, 24]
    assert several[1].recipe == darcy.recipe


def test_rougher_fields_keep_their_variance(burgers):
    _, several = axis_levels(burgers, "roughness")
    settings = [EQUATIONS.read(level.recipe["equation"]) for level in several]
    starts = [each.bound(burgers.spec).draw(0, "train", range(200)) for each in settings]
    deviations = [start.std() for start in starts]
    # 200 samples of some ten waves each: a few per cent of each other. With one sigma it would be a factor of 2.6.
    assert max(deviations) / min(deviations) < 1.15
    bends = [np.abs(np.diff(start)).mean() for start in starts]
    assert bends[0] < bends[1] < bends[2]


def test_a_longer_roll_out_takes_the_same_steps(burgers):
    _, several = axis_levels(burgers, "rollout")
    steps = [level.recipe["equation"]["horizon"] / (level.recipe["equation"]["frames"] - 1) for level in several]
    assert steps == pytest.approx([0.05] * 3)
    assert [level.recipe["equation"]["frames"] for level in several] == [3, 5, 9]


def test_darcy_flow_with_no_side_insulated_is_darcy_flow(darcy):
    mixed = EQUATIONS.read(insulated(darcy.recipe, 0)["equation"])
    constants, states = darcy.read("test")
    solved = mixed.bound(darcy.spec).solve(torch.from_numpy(constants).double())
    np.testing.assert_allclose(solved.states.numpy(), states, rtol=1e-5)


def test_an_insulated_side_lets_nothing_through(darcy, tmp_path):
    _, several = axis_levels(darcy, "boundary")
    assert [level.label for level in several] == ["0", "1", "2"]
    one, two = (solved_anew(level.recipe, "test", 4, tmp_path) for level in several[1:])
    assert one.header.spec.boundary.sides[1] == ("neumann", "dirichlet")
    assert two.header.spec.boundary.sides[1] == ("neumann", "neumann")
    np.testing.assert_array_equal(one.constants, two.constants)
    assert (two.states > one.states).mean() > 0.99


def sheet(data, make_run, settings, *words, split="test", **changed):
    run = make_run(data, *words)
    config = settings(run, solver_seconds=0, split=split, suite=SUITE | {"samples": 2} | changed)
    evaluation = evaluate(config)
    return evaluation, ask(evaluation, config.suite).section()


def test_the_sheet_has_every_axis_with_its_levels_and_is_kept(darcy, make_run, settings):
    evaluation, section = sheet(darcy, make_run, settings)
    document = json.loads((evaluation.folder / "generalisation.json").read_text())
    assert [axis["name"] for axis in document["axes"]] == ["grid", "contrast", "roughness", "forcing", "boundary"]
    assert document["skipped"] == ["amplitude", "viscosity", "start", "walls", "rollout"]
    for axis in document["axes"]:
        assert len(axis["levels"]) == 3
        for level in axis["levels"]:
            assert level["low"] <= level["mean"] <= level["high"]
    assert [len(table.rows) for table in section.tables] == [9, 6]
    assert len(section.pictures) == 1
    assert [each.section() for each in kept(evaluation)] == [section]


def test_the_level_of_the_data_is_that_of_its_first_samples(darcy, make_run, settings):
    evaluation, _ = sheet(darcy, make_run, settings)
    document = json.loads((evaluation.folder / "generalisation.json").read_text())
    own = [level for axis in document["axes"] for level in axis["levels"] if level["trained"]]
    mean = evaluation.per_sample["relative_l2"][:2].mean()
    assert [level["mean"] for level in own] == pytest.approx([mean] * 5)


def test_a_surrogate_tied_to_its_grid_says_so(darcy, make_run, settings):
    _, section = sheet(darcy, make_run, settings, "normaliser.outputs=pointwise", axes={"grid": SUITE["axes"]["grid"]})
    rows = {row[0]: row[1:] for row in section.tables[0].rows}
    assert rows["grid 8 x 8"] == ("none", "a grid of 8 x 8 points; this surrogate is tied to 16 x 16 points", "", "")
    assert "only 16 x 16 (8 x 8: no answer, 32 x 32: no answer)" in section.sentence


def test_a_roll_out_is_measured_to_its_end(burgers, make_run, settings):
    axes = {name: SUITE["axes"][name] for name in ("rollout", "viscosity")}
    evaluation, section = sheet(burgers, make_run, settings, "residual=true", axes=axes, samples=4)
    document = json.loads((evaluation.folder / "generalisation.json").read_text())
    rollout, viscosity = document["axes"]
    assert rollout["levels"][1]["mean"] == pytest.approx(evaluation.metrics["rollout_relative_l2"].mean)
    assert viscosity["levels"][1]["mean"] == pytest.approx(evaluation.metrics["relative_l2"].mean)
    assert "t = 0.4" in section.sentence


def test_what_no_input_tells_of_is_not_counted_as_generalisation(darcy, make_run, settings):
    evaluation, section = sheet(darcy, make_run, settings)
    document = json.loads((evaluation.folder / "generalisation.json").read_text())
    seen = {axis["name"]: axis["seen"] for axis in document["axes"]}
    assert seen == {"grid": True, "contrast": True, "roughness": True, "forcing": False, "boundary": False}
    assert section.tables[1].title == "Changes that the model cannot see"
    assert {row[0].split()[0] for row in section.tables[1].rows} == {"forcing", "boundary"}
    counted, _, blind = section.sentence.partition(" No input tells the model")
    assert "forcing" not in counted
    assert blind == " of a change of forcing, boundary: it cannot follow one, and none is counted here."


def test_a_step_that_is_given_one_frame_does_not_see_the_viscosity(burgers, make_run, settings):
    axes = {name: SUITE["axes"][name] for name in ("viscosity", "amplitude", "rollout")}
    evaluation, _ = sheet(burgers, make_run, settings, "residual=true", axes=axes)
    document = json.loads((evaluation.folder / "generalisation.json").read_text())
    assert {axis["name"]: axis["seen"] for axis in document["axes"]} == {
        "viscosity": False,
        "amplitude": True,
        "rollout": True,
    }


def verdicts(evaluation):
    document = json.loads((evaluation.folder / "generalisation.json").read_text())
    return [level["verdict"] for axis in document["axes"] for level in axis["levels"] if not level["trained"]]


def test_a_few_samples_at_a_level_decide_nothing(darcy, make_run, settings):
    evaluation, section = sheet(darcy, make_run, settings, axes={"contrast": SUITE["axes"]["contrast"]}, samples=4)
    assert verdicts(evaluation) == ["undecided", "undecided"]
    assert "only 12 (6: " in section.sentence
    assert section.sentence.count(", undecided") == 2
    assert any("decide nothing" in note for note in section.notes)


def test_six_samples_that_agree_decide(darcy, make_run, settings):
    axes = {"contrast": SUITE["axes"]["contrast"]}
    # An untrained surrogate errs by nearly all of the field at every level.
    evaluation, _ = sheet(darcy, make_run, settings, axes=axes, samples=6, split="train", within=10.0)
    assert verdicts(evaluation) == ["within", "within"]


def test_a_level_that_cannot_be_solved_is_named_not_fatal(darcy, make_run, settings):
    wrong = {"contrast": {"keys": ["equation.permeability.high"], "factors": [-1.0, 1.0]}}
    _, section = sheet(darcy, make_run, settings, axes=wrong)
    assert section.tables[0].rows[0][1] == "none"
    assert "the solver: " in section.tables[0].rows[0][2]


def test_the_sentence_names_the_last_valid_level_on_both_sides():
    levels = [
        {"label": str(at), "trained": at == 2, "mean": mean, "low": mean, "high": mean}
        for at, mean in enumerate((0.01, 0.05, 0.02, 0.03, 0.041))
    ]
    document = {
        "axes": [{"name": "contrast", "path": "x", "rolled": False, "levels": levels}],
        "skipped": [],
        "samples": 4,
        "within": 2.0,
        "task": "map",
        "reference": 0.02,
    }
    assert (
        "for contrast 2 to 3 (0: 1.00 %, 1: 5.00 %, 4: 4.10 %)"
        in Generalisation.model_validate_json(json.dumps(document)).section().sentence
    )


def test_data_without_a_recipe_are_refused(make_run, settings, specify, dataset):
    foreign = dataset(specify())
    with pytest.raises(InputError, match="without a recipe"):
        sheet(foreign, make_run, settings)


def test_the_solver_on_half_the_grid_is_near_and_is_kept(darcy, burgers, tmp_path):
    for data, apart in ((darcy, 0.3), (burgers, 2e-2)):
        problem = data.spec.problem()
        constants, states = data.read("test")
        inputs, outputs = (constants, states[:, 0]) if data is darcy else (states[:, 0], states[:, 1])
        solved = half_grid(data, "test", problem, inputs, 60.0, tmp_path)
        at = (torch.from_numpy(solved).double(), torch.from_numpy(outputs).double(), problem.target)
        error = relative_l2(*at).mean()
        assert 0 < error < apart
        np.testing.assert_array_equal(half_grid(data, "test", problem, inputs, 0.0, tmp_path), solved)


def test_half_a_grid_that_takes_too_long_is_refused(darcy, tmp_path):
    with pytest.raises(InputError, match="solver_seconds allows 1e-06"):
        half_grid(darcy, "test", darcy.spec.problem(), darcy.read("test")[0], 1e-6, tmp_path)


def test_every_baseline_that_there_can_be_is_in_the_table(burgers, make_run, settings):
    evaluation = evaluate(settings(make_run(burgers, "residual=true")))
    expected = ["training_mean", "nearest_training_sample", "pod_ridge", "persistence", "half_grid"]
    assert list(evaluation.baselines) == expected
    assert evaluation.omitted == {}
    table = metric_table(evaluation)
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert (evaluation.folder / "cache").is_dir()


def test_a_sheet_that_was_changed_after_it_was_written_is_refused(darcy, make_run, settings):
    evaluation, _ = sheet(darcy, make_run, settings, axes={"grid": SUITE["axes"]["grid"]})
    path = evaluation.folder / "generalisation.json"
    path.write_text(path.read_text().replace('"mean": ', '"mean": 1', 1))
    with pytest.raises(InputError, match=r"generalisation\.json: changed since it was written"):
        kept(evaluation)


def test_a_sheet_of_an_older_version_that_is_damaged_is_refused_in_a_line(darcy, make_run, settings):
    evaluation, _ = sheet(darcy, make_run, settings, axes={"grid": SUITE["axes"]["grid"]})
    path = evaluation.folder / "generalisation.json"
    document = json.loads(path.read_text())
    del document["checksum"], document["axes"]
    path.write_text(json.dumps(document))
    with pytest.raises(InputError, match="damaged, or of another version; remove it") as error:
        kept(evaluation)
    assert "\n" not in str(error.value)
