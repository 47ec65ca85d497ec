"""Laws of function spaces and of the problems made of them."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from surrogate.errors import SettingsError
from surrogate.spaces import LEAD_TIME, POINT, Boundary, Cloud, DataSpec, FieldSpec, Grid, Problem, Space, spaces_of

FROZEN = Path(__file__).parent / "frozen" / "version-1"
A, NU, U, V = (
    FieldSpec(name=name, unit="1", role=role)
    for name, role in (("a", "constant"), ("nu", "uniform"), ("u", "state"), ("v", "state"))
)
GRID, WALLS = Grid.box((8, 8), "cells"), Boundary.uniform("neumann", 2)


def specification(*fields, times=1):
    return DataSpec(
        equation="",
        grid=GRID,
        boundary=WALLS,
        fields=fields,
        times=tuple(map(float, range(times))),
        task="map",
    )


def on_cloud(*fields):
    return Space(fields=fields, domain=Cloud(capacity=5, dimensions=2))


def test_the_problem_of_a_run_of_the_first_edition_is_written_as_it_was_read():
    stored = json.loads((FROZEN / "run.json").read_text())["problem"]
    written = json.loads(Problem.model_validate_json(json.dumps(stored)).model_dump_json())
    assert list(written.items()) == list(stored.items())


def test_channels_are_the_constants_the_lead_time_and_the_frames_oldest_first():
    problem = specification(A, U, NU, V, times=5).problem("step", history=2, lead=True)
    names = [field.name for field in problem.channels]
    assert names == ["a", "nu", "lead_time", "u_1_before", "v_1_before", "u", "v"]
    assert problem.channels[2] == LEAD_TIME
    assert [problem.sources[place].fields[-1].name for place in problem.frames] == ["v_1_before", "v"]


def test_the_channels_of_a_problem_say_what_its_spaces_are():
    posed = specification(A, NU, U, V, times=5).problem("step", history=3, lead=True)
    stored = Problem.on_grid(posed.channels, posed.target.fields, posed.grid, posed.boundary, "step")
    assert stored == posed
    assert [source.domain == POINT for source in posed.sources] == [False, True, True, False, False, False]


def test_a_data_set_is_named_spaces():
    named = spaces_of(specification(A, U, NU, V))
    assert list(named) == ["a", "nu", "u+v"]
    assert named["nu"] == Space(fields=(NU,), domain=POINT)
    assert named["u+v"] == Space(fields=(U, V), domain=GRID, boundary=WALLS)


def test_exchanged_names_make_the_inverse_problem():
    inverse = specification(A, NU, U).pose(sources=["u", "nu"], target="a")
    assert (inverse.channels, inverse.target.fields, inverse.frames) == ((U, NU), (A,), ())
    assert Problem.model_validate_json(inverse.model_dump_json()) == inverse


def test_what_is_not_named_is_all_the_rest_and_the_states():
    data = specification(A, NU, U, V)
    assert data.pose(target="a") == data.pose(sources=["nu", "u+v"], target="a")
    assert data.pose(sources=["a"]) == data.pose(sources=["a"], target="u+v")


def test_of_a_target_that_is_no_state_a_side_is_known_to_be_periodic_at_most():
    sides = Boundary(sides=(("periodic", "periodic"), ("dirichlet", "neumann")))
    data = specification(A, U).model_copy(update={"boundary": sides})
    inverse = data.pose(target="a")
    assert inverse.boundary.sides == (("periodic", "periodic"), ("open", "open"))
    assert inverse.sources[0].boundary == sides == data.pose().boundary


@pytest.mark.parametrize(
    ("sources", "target", "message"),
    [(["b"], "u", "no space 'b'"), (["u"], "u", "one target and other"), ([], "u", "one target and other")],
)
def test_a_problem_by_wrong_names_is_refused(sources, target, message):
    with pytest.raises(SettingsError, match=message):
        specification(A, U).pose(sources, target)


def test_a_problem_between_different_domains_is_stored_as_its_spaces():
    sources = (on_cloud(A), Space(fields=(NU,), domain=POINT))
    problem = Problem(sources=sources, target=Space(fields=(U,), domain=GRID, boundary=WALLS), task="map")
    assert Problem.model_validate_json(problem.model_dump_json()) == problem
    with pytest.raises(SettingsError, match="a: lies elsewhere than u"):
        _ = problem.grid


def test_a_cloud_has_no_grid_and_no_sides():
    problem = Problem(sources=(on_cloud(A),), target=on_cloud(U), task="map")
    assert problem.dimensions == 2
    with pytest.raises(SettingsError, match="u: lies on the points of a cloud"):
        _ = problem.grid
    with pytest.raises(SettingsError, match="lies on the points of a cloud"):
        _ = problem.boundary


def test_a_damaged_stored_problem_names_the_place():
    stored = json.loads((FROZEN / "run.json").read_text())["problem"]
    stored["grid"]["points"] = [1, 1]
    with pytest.raises(ValidationError) as caught:
        Problem.model_validate_json(json.dumps(stored))
    assert caught.value.errors()[0]["loc"] == ("grid",)


def test_a_data_set_on_a_single_point_is_refused():
    with pytest.raises(ValidationError, match="more than a single point"):
        DataSpec(equation="", grid=POINT, boundary=Boundary(sides=()), fields=(U,), times=(0.0,), task="map")


def test_frames_are_the_last_sources_and_have_the_fields_of_the_target():
    space = Space(fields=(U,), domain=GRID, boundary=WALLS)
    with pytest.raises(ValidationError, match="the last of the sources"):
        Problem(sources=(space, space), target=space, task="step", frames=(0,))
    with pytest.raises(ValidationError, match="the fields of the target"):
        Problem(sources=(Space(fields=(A, U), domain=GRID),), target=space, task="step", frames=(0,))
