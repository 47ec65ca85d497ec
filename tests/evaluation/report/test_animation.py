import base64
import io

import numpy as np
import pytest
from PIL import Image

from surrogate.evaluation.report.animation import FRAMES, PRINTED, player
from surrogate.spaces import Boundary, FieldSpec, Grid, Problem


def problem(*points, channels=1):
    fields = tuple(FieldSpec(name=f"u{k}", unit="1", role="state") for k in range(channels))
    boundary = Boundary.uniform("periodic", len(points))
    return Problem.on_grid(inputs=fields, outputs=fields, grid=Grid.box(points, "left"), boundary=boundary, task="step")


def pixels(uri):
    assert uri.startswith("data:image/png;base64,")
    return np.array(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))).convert("RGB")).astype(int)


def test_x_runs_to_the_right_and_y_upwards():
    truth = np.zeros((1, 1, 8, 6))
    truth[0, 0, 7, 1] = 1.0
    frame = pixels(player(truth, truth, np.array([0.5]), problem(8, 6)).screens[0].frames[0])
    different = np.argwhere((frame != frame[0, 0]).any(axis=2))
    assert frame.shape[:2] == (6, 8)
    assert different.tolist() == [[6 - 1 - 1, 7]]


def test_an_error_of_zero_is_the_neutral_colour_and_what_is_not_finite_is_grey():
    truth = np.random.default_rng(0).standard_normal((2, 1, 8, 8))
    prediction = truth.copy()
    prediction[1, 0, 0, 7] = np.nan
    shown = player(truth, prediction, np.array([1.0, 2.0]), problem(8, 8))
    assert np.ptp(pixels(shown.screens[2].frames[0]), axis=(0, 1)).tolist() == [0, 0, 0]
    assert pixels(shown.screens[1].frames[1])[0, 0].tolist() == [128, 128, 128]
    assert pixels(shown.screens[0].frames[1])[0, 0].tolist() != [128, 128, 128]


@pytest.mark.parametrize("shape", [(60, 3, 256, 256), (40, 2, 12, 16, 20)])
def test_long_roll_outs_of_large_fields_keep_their_ends_and_stay_small(shape):
    states = np.random.default_rng(1).standard_normal(shape)
    times = np.arange(1.0, len(states) + 1)
    shown = player(states, states[::-1], times, problem(*shape[2:], channels=shape[1]))
    assert len(shown.moments) == FRAMES
    assert (shown.moments[0], shown.moments[-1]) == ("t = 1", f"t = {len(states)}")
    assert (len(shown.printed), shown.printed[0], shown.printed[-1]) == (PRINTED, 0, FRAMES - 1)
    assert sum(len(frame) for screen in shown.screens for frame in screen.frames) < 1.2e6


def test_lines_show_truth_and_prediction_in_one_frame():
    states = np.random.default_rng(2).standard_normal((3, 1, 32))
    shown = player(states, states + 1, np.array([1.0, 2.0, 3.0]), problem(32))
    assert [len(screen.frames) for screen in shown.screens] == [3, 3]
    assert all(frame.startswith("data:image/svg+xml;base64,") for screen in shown.screens for frame in screen.frames)
