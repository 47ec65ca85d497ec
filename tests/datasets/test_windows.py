"""Laws of the windows that are learned from."""

import numpy as np
import pytest

from surrogate.datasets.window_settings import TimeConfig
from surrogate.datasets.windows import cut, one_step, problem, windows
from surrogate.errors import SettingsError

KINDS = [
    TimeConfig(),
    TimeConfig(history=2),
    TimeConfig(training="unrolled", steps=3),
    TimeConfig(training="push_forward", steps=2, history=2),
    TimeConfig(training="all_pairs", steps=3),
    TimeConfig(training="all_pairs", steps=2, history=2),
]


ONE_STEP = KINDS[0]


def of(part, spec, task="step", time=ONE_STEP):
    return cut(windows(spec.times, task, time), part.constants, part.states)


def test_steps_chain_so_that_an_output_is_the_next_input(spec, part):
    inputs, outputs = of(part, spec)
    steps = len(spec.times) - 1
    inputs, outputs = (each.reshape(7, steps, *each.shape[1:]) for each in (inputs, outputs))
    np.testing.assert_array_equal(inputs[:, 1:, -2:], outputs[:, :-1])
    np.testing.assert_array_equal(inputs[:, 0, -2:], part.states[:, 0])
    np.testing.assert_array_equal(outputs[:, -1], part.states[:, -1])


def test_every_step_is_given_the_constants_of_its_sample(spec, part):
    inputs, _ = of(part, spec)
    np.testing.assert_array_equal(inputs[:, :2], np.repeat(part.constants, len(spec.times) - 1, axis=0))


def test_the_map_goes_from_the_constants_and_the_first_time_to_the_last(spec, part):
    inputs, outputs = of(part, spec, "map")
    np.testing.assert_array_equal(inputs, np.concatenate([part.constants, part.states[:, 0]], axis=1))
    np.testing.assert_array_equal(outputs, part.states[:, -1])


def test_a_steady_map_goes_from_the_constants_alone(spec, part):
    chosen = windows((0.0,), "map", TimeConfig())
    inputs, outputs = cut(chosen, part.constants, part.states[:, :1])
    np.testing.assert_array_equal(inputs, part.constants)
    np.testing.assert_array_equal(outputs, part.states[:, 0])


@pytest.mark.parametrize("time", KINDS, ids=lambda time: f"{time.training}-{time.history}-{time.steps}")
def test_channels_are_those_of_the_problem(spec, part, time):
    inputs, outputs = of(part, spec, "step", time)
    learned = problem(spec, "step", time)
    frames = time.steps if time.training in ("unrolled", "push_forward") else 1
    assert (inputs.shape[1], outputs.shape[1]) == (len(learned.channels), frames * len(learned.target.fields))
    assert (learned.history, learned.takes_lead) == (time.history, time.training == "all_pairs")
    assert inputs.dtype == outputs.dtype == np.float32


def test_frames_go_in_oldest_first_and_come_out_in_the_order_of_time(spec, part):
    inputs, outputs = of(part, spec, "step", TimeConfig(training="unrolled", steps=2, history=2))
    np.testing.assert_array_equal(inputs[0, 2:], part.states[0, :2].reshape(4, 6, 5))
    np.testing.assert_array_equal(outputs[0], part.states[0, 2:].reshape(4, 6, 5))


def test_all_pairs_hold_every_pair_of_frames_within_reach_once(spec, part):
    chosen = windows(spec.times, "step", TimeConfig(training="all_pairs", steps=2))
    frame_pairs = sorted(zip(chosen.given[:, 0].tolist(), chosen.wanted[:, 0].tolist(), strict=True))
    assert frame_pairs == [(i, j) for i in range(4) for j in range(i + 1, 4) if j - i <= 2]


def test_the_lead_is_the_time_between_the_frames_of_a_pair(spec, part):
    uneven = (0.0, 0.5, 1.5, 3.5)
    chosen = windows(uneven, "step", TimeConfig(training="all_pairs", steps=3))
    inputs, _ = cut(chosen, part.constants, part.states)
    times = np.array(uneven)
    expected = np.tile(times[chosen.wanted[:, 0]] - times[chosen.given[:, -1]], 7)
    np.testing.assert_allclose(inputs[:, 2], np.broadcast_to(expected[:, None, None], inputs[:, 2].shape))


def test_what_is_measured_is_one_step_of_the_same_inputs(spec):
    for time in KINDS:
        trained = problem(spec, "step", time)
        assert problem(spec, "step", one_step(trained)) == trained


def test_a_step_of_a_steady_solution_is_refused():
    with pytest.raises(SettingsError, match="expected 'map'"):
        windows((0.0,), "step", TimeConfig())


@pytest.mark.parametrize(
    ("task", "time", "message"),
    [
        ("map", TimeConfig(training="unrolled", steps=2), "time.training=unrolled, time.steps=2: a map"),
        ("map", TimeConfig(history=2), "time.history=2: a map"),
        ("map", TimeConfig(noise=0.1), "time.noise=0.1: a map"),
        ("step", TimeConfig(steps=2), "time.steps=2: one_step takes 1"),
        ("step", TimeConfig(training="unrolled", steps=4), "windows of 5 frames; the trajectories have 4"),
        ("step", TimeConfig(history=4), "windows of 5 frames; the trajectories have 4"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_line(spec, task, time, message):
    with pytest.raises(SettingsError, match=message):
        windows(spec.times, task, time)
