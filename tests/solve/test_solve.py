"""What the commands do with settings, data sets, runs and files."""

import numpy as np
import pytest
import torch

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.errors import InputError, SettingsError, SolverError
from surrogate.predictors.runs import load_run
from surrogate.solve.certified import certify
from surrogate.solve.check import checked_residual
from surrogate.solve.discretisation import discretisation
from surrogate.solve.equation import LinearEquation, supported
from surrogate.solve.precondition import precondition
from surrogate.solve.preconditioner_store import load_preconditioner
from surrogate.solve.solve import solve, solve_fields
from surrogate.solve.solve_settings import PreconditionConfig, SolveConfig


def settings(*words):
    return read(SolveConfig, compose_tree("solve", words))


def teaching(data, out, *words):
    overrides = [f"data={data}", f"out={out}", "steps=3", "width=4", "batch_size=2", *words]
    return read(PreconditionConfig, compose_tree("precondition", overrides))


@pytest.fixture(scope="module")
def learned(rough, tmp_path_factory):
    out = tmp_path_factory.mktemp("precondition") / "p"
    precondition(teaching(rough.path, out), lambda _: None)
    return out


def test_darcy_and_poisson_are_supported():
    assert supported() == ("darcy", "poisson")


def test_fields_at_the_tolerance_and_their_figures_are_written(rough, a_run, learned, tmp_path):
    out = tmp_path / "new" / "u.npy"
    report = solve(settings(f"run={a_run}", f"preconditioner={learned}", f"out={out}", "tolerance=1e-9"))
    fields = np.load(out)
    assert fields.dtype == np.float64
    problem = LinearEquation.of(rough).problem(torch.from_numpy(rough.read("test")[0]).double())
    assert checked_residual(problem, fields[:, 0]).max() <= 1e-9
    assert [row.method for row in report.rows] == ["both", "multigrid"]
    assert out.with_suffix(".json").is_file()


def test_the_surrogate_and_the_preconditioner_change_the_work_and_not_the_answer(rough, a_run, learned):
    inputs = rough.read("test")[0].astype(np.float64)
    plain, _ = solve_fields(rough, inputs, tolerance=1e-11)
    surrogate, model = load_run(a_run).surrogate, load_preconditioner(learned)[0]
    helped, report = solve_fields(rough, inputs, tolerance=1e-11, surrogate=surrogate, preconditioner=model)
    np.testing.assert_allclose(helped, plain, rtol=1e-7)
    assert report.rows[0].method == "both"


def test_smaller_cells_give_the_labels_of_a_data_set_that_was_made_with_them(rough, tmp_path):
    # Here they were made on the cells of the grid.
    solve(settings(f"data={rough.path}", f"out={tmp_path}/u.npy", "tolerance=1e-10"))
    labels = rough.read("test")[1][:, 0]
    fields = np.load(tmp_path / "u.npy")
    assert np.linalg.norm(fields - labels) < 1e-6 * np.linalg.norm(labels)
    solve(settings(f"data={rough.path}", f"out={tmp_path}/v.npy", "refine=4"))
    finer = np.load(tmp_path / "v.npy")
    assert 1e-4 < np.linalg.norm(finer - labels) / np.linalg.norm(labels) < 0.1


def test_the_distance_of_the_system_from_the_equation_is_that_from_much_finer_cells(rough):
    """Neither the tolerance nor the method comes into it."""
    distance = solve(settings(f"data={rough.path}", "tolerance=1e-10", "samples=2")).discretisation
    inputs = rough.read("test")[0][:2].astype(np.float64)
    coarse, _ = solve_fields(rough, inputs, tolerance=1e-10)
    problem = LinearEquation.of(rough).problem(torch.from_numpy(inputs), refine=16)
    fine = torch.nn.functional.avg_pool2d(certify(problem, "multigrid", 1e-10, 500).field[:, None], 16).numpy()
    apart = max(np.linalg.norm(a - b) / np.linalg.norm(b) for a, b in zip(coarse, fine, strict=True))
    assert distance.relative_l2 == pytest.approx(apart, rel=0.5)
    assert distance.relative_l2 > 1e-3


def test_smaller_cells_lower_the_distance_from_the_equation(rough):
    coarse, fine = (
        solve(settings(f"data={rough.path}", f"refine={refine}", "samples=2")).discretisation.relative_l2
        for refine in (1, 8)
    )
    assert fine < coarse / 2


def test_too_many_points_to_solve_again_are_reported(rough):
    fields = np.ones((1, 1, 600, 600))
    distance = discretisation(LinearEquation.of(rough), fields, fields, 1)
    assert distance.relative_l2 is None
    assert "not known here" in distance.line()


def test_a_file_on_another_grid_is_solved_there(rough, learned, tmp_path):
    np.save(tmp_path / "a.npy", np.full((2, 17, 30), 3.0))
    report = solve(
        settings(f"data={rough.path}", f"preconditioner={learned}", f"input={tmp_path}/a.npy", f"out={tmp_path}/u.npy")
    )
    assert report.shape == (2, 1, 17, 30)
    assert report.rows[0].fallbacks == 0


def test_when_the_tolerance_is_missed_nothing_is_written(rough, tmp_path):
    with pytest.raises(SolverError):
        solve(settings(f"data={rough.path}", f"out={tmp_path}/u.npy", "tolerance=1e-18"))
    assert list(tmp_path.iterdir()) == []


def test_what_is_missing_is_named(rough, a_run):
    with pytest.raises(SettingsError, match="give data="):
        solve(settings())
    with pytest.raises(SettingsError, match="give run="):
        solve(settings(f"data={rough.path}", "method=guess"))
    with pytest.raises(SettingsError, match="preconditioner="):
        solve(settings(f"run={a_run}", "method=both"))


def test_inputs_of_another_equation_are_refused_by_the_function_too(rough):
    with pytest.raises(InputError, match="permeability"):
        solve_fields(rough, np.ones((2, 5, 8, 8)), tolerance=1e-8)


def test_an_array_of_another_shape_or_with_a_pickle_in_it_is_refused(rough, tmp_path):
    np.save(tmp_path / "a.npy", np.ones((2, 3, 8, 8)))
    with pytest.raises(InputError, match="permeability"):
        solve(settings(f"data={rough.path}", f"input={tmp_path}/a.npy"))
    np.save(tmp_path / "b.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="not an array of numbers"):
        solve(settings(f"data={rough.path}", f"input={tmp_path}/b.npy"))


@pytest.mark.parametrize(("equation", "supported"), [("burgers", "darcy or poisson"), ("darcy_3d", "darcy or poisson")])
def test_an_equation_without_a_linear_system_is_one_line(equation, supported):
    class Elsewhere:
        path, recipe, spec = "data/x", {"equation": {"name": equation}}, type("Spec", (), {"equation": equation})

    with pytest.raises(SettingsError, match=f"{equation} is not supported.*{supported}"):
        LinearEquation.of(Elsewhere())


def test_data_from_outside_have_no_equation_to_solve():
    with pytest.raises(SettingsError, match="not made by a recipe"):
        LinearEquation.of(type("Converted", (), {"path": "data/x", "recipe": None})())


def test_the_system_of_a_published_script_is_refused(darcy):
    equation = LinearEquation(darcy.equation.model_copy(update={"match": "fno"}))
    with pytest.raises(SettingsError, match="match=fno"):
        equation.problem(torch.ones(1, 1, 8, 8, dtype=torch.float64))


def test_training_again_shows_what_is_there_and_other_settings_are_refused(rough, learned):
    before = (learned / "weights.safetensors").stat().st_mtime_ns
    assert precondition(teaching(rough.path, learned), lambda _: None).metrics["arrived_trained"] == 1
    assert (learned / "weights.safetensors").stat().st_mtime_ns == before
    with pytest.raises(SettingsError, match="lr"):
        precondition(teaching(rough.path, learned, "lr=1e-3"), lambda _: None)
