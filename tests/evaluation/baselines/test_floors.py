"""Which floor an error is read beside: that of the map which was learned."""

import pytest

from surrogate.datasets.certificate import Certificate
from surrogate.evaluation.baselines.floors import floor_notes
from surrogate.evaluation.evaluate import evaluate
from surrogate.evaluation.intervals import Interval

FLOORS = {"label_floor": 1e-4, "label_floor_last": 1e-3, "step_floor": 1e-2, "step_floor_worst": 2e-2}
KNOWN = Certificate(status="passed", reason="a test", **FLOORS)
TIMES = (0.0, 0.1, 0.2, 0.3)


@pytest.fixture
def notes(specify):
    """Return what is said of an error of one application, and of a roll-out."""
    spec = specify(task="step", times=TIMES)

    def notes(error, rolled=None, task="step", certificate=KNOWN, spec=spec, **problem):
        metrics = {"relative_l2": Interval(error, error, error)}
        metrics |= {} if rolled is None else {"rollout_relative_l2": Interval(rolled, rolled, rolled)}
        return " ".join(floor_notes(certificate, spec, spec.problem(task, **problem), metrics))

    return notes


def test_a_step_is_read_beside_what_a_stored_frame_says_of_the_next(notes):
    assert "below the step floor" in notes(5e-3)
    assert notes(3e-2).startswith("Step floor: the equation, solved from a stored frame, misses the next by 1 %")
    assert "label floor" not in notes(5e-3).lower()


def test_a_step_that_takes_the_lead_time_is_read_beside_it_too(notes):
    assert "below the step floor" in notes(5e-3, lead=True)


def test_a_step_from_several_frames_is_read_beside_the_trajectories(notes):
    assert "below the label floor" in notes(5e-5, history=2)
    assert "Label floor: the labels are" in notes(5e-3, history=2)
    assert "Several frames go in" in notes(5e-3, history=2)


def test_a_roll_out_is_read_beside_the_trajectories(notes):
    assert "error of the roll-out is below the label floor" in notes(3e-2, rolled=5e-5)
    assert "roll-out" not in notes(3e-2, rolled=5e-3)


def test_a_map_is_read_beside_the_last_frame(notes):
    assert "below the label floor: the labels are themselves 0.1 %" in notes(5e-4, task="map")
    assert "Label floor: the labels are on average 0.1 %" in notes(2e-3, task="map")


def test_a_steady_map_is_read_beside_its_labels(notes, specify):
    steady = {"task": "map", "spec": specify(), "certificate": KNOWN.model_copy(update={"label_floor_last": None})}
    assert "Label floor: the labels are on average 0.01 %" in notes(5e-4, **steady)


def test_a_certificate_that_knows_no_steps_says_so(notes):
    old = Certificate(status="passed", reason="a test", label_floor=1e-4)
    assert "what a single stored frame says of the next is not known" in notes(1e-6, certificate=old)
    assert notes(1e-6, certificate=Certificate(status="none", reason="a test")) == ""


def test_the_floor_of_the_steps_is_kept_with_the_figures(dataset, specify, make_run, settings):
    moving = dataset(specify(task="step", times=TIMES))
    (moving.path / "certificate.json").write_text(
        KNOWN.model_copy(update={"step_floor": 1e9, "data": moving.hash}).model_dump_json()
    )
    evaluation = evaluate(settings(make_run(moving)))
    assert any("below the step floor" in note for note in evaluation.notes)
    assert evaluation.to_dict()["step_floor"] == 1e9
