import base64
import io
import json
import re

import matplotlib.image
import numpy as np
import pytest

from surrogate.evaluation.evaluate import evaluate
from surrogate.evaluation.report.evaluation_page import write_report
from surrogate.evaluation.report.field_maps import field_panel
from surrogate.evaluation.report.figures import shared_limits
from surrogate.spaces import Grid

TIMES = (0.0, 0.1, 0.2, 0.3)
HOSTILE = "<script>alert(1)</script>$\\frac{&\"'"


@pytest.fixture(scope="module")
def report(specify, dataset, make_run, settings):
    """Give the text of the report on a problem."""

    def text(*given, history=(), **keys):
        run = make_run(dataset(specify(*given, **keys)))
        (run / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in history))
        evaluation = evaluate(settings(run))
        return write_report(evaluation).read_text(encoding="utf-8")

    return text


def pictures(text):
    return [
        base64.b64decode(encoded).decode() for encoded in re.findall(r'src="data:image/svg\+xml;base64,([^"]*)"', text)
    ]


def test_the_report_needs_nothing_from_outside(report):
    text = report(history=[{"epoch": 1, "train_loss": 0.5, "valid_relative_l2": None, "best": True}])
    assert set(re.findall(r'(?:src|href|srcset|action)="([^"#]{0,19})', text)) == {"data:image/svg+xml;", ""}
    assert "http:" not in text
    assert "https:" not in text
    assert "url(" not in text
    assert "@import" not in text


def test_the_pictures_need_nothing_from_outside(report):
    for picture in pictures(report()):
        links = re.findall(r'(?:href|src)="([^"]{0,16})', picture) + re.findall(r"url\(([^)]{0,1})", picture)
        assert all(link.startswith(("#", "data:image/png")) for link in links)


def test_names_from_the_data_are_text_not_markup(report):
    for points in ((8,), (8, 8)):
        text = report(points, names=(HOSTILE, "answer"))
        assert "&lt;script&gt;alert(1)" in text
        assert text.count("<script") == 1
        for picture in pictures(text):
            assert "<script" not in picture


@pytest.mark.parametrize(("points", "panels"), [((16,), 3), ((8, 6), 4), ((8, 6, 8), 4)])
def test_every_number_of_axes_has_its_panels(report, points, panels):
    text = report(points)
    maps = 1 if len(points) == 1 else 2
    assert len(pictures(text)) == 3 * panels + maps + 2
    assert ("z = 0.5" in text) == (len(points) == 3)


def test_a_step_task_shows_its_roll_out_beside_persistence(report):
    text = report((8, 6), task="step", times=TIMES)
    assert "Fed with its own output for 3 steps" in text
    assert "persistence" in text
    assert text.count('class="frames"') == 3
    assert text.count("data-moment") == 3 * 3
    assert 'id="rollout"' not in report((8, 6))


def test_the_truth_says_whether_its_colours_have_a_neutral_middle():
    positive, signed = np.array([[0.0, 2.0]]), np.array([[-1.0, 1.0]])
    assert shared_limits(positive, signed) == ((-1.0, 2.0), False)
    assert shared_limits(signed, positive) == ((-2.0, 2.0), True)


def test_the_first_axis_runs_to_the_right_and_the_second_upwards():
    field = np.zeros((8, 8))
    field[6, 1] = 1.0
    uri = field_panel(field, Grid.box((8, 8), "cells"), "u", (0.0, 1.0), diverging=False)
    svg = base64.b64decode(uri.split(",")[1]).decode()
    image = next(tag for tag in re.findall(r"<image [^>]*>", svg) if "pixelated" in tag)
    pixels = matplotlib.image.imread(io.BytesIO(base64.b64decode(re.search(r'base64,([^"]*)', image)[1])))
    row, column = np.unravel_index(pixels[..., 0].argmax(), pixels.shape[:2])
    assert (row, column) == (1, 6)
    # The matrix of the tag takes columns to the right and rows upwards: y of an SVG runs down.
    across, _, _, along = (float(number) for number in re.search(r"matrix\(([^)]*)\)", image)[1].split()[:4])
    assert across > 0 > along


def test_large_fields_make_no_large_file(specify, dataset, make_run, settings):
    run = make_run(dataset(specify((256, 256))))
    evaluation = evaluate(settings(run))
    assert write_report(evaluation).stat().st_size < 5e6


def test_figures_that_are_not_finite_are_shown_as_such(specify, dataset, make_run, settings):
    def zeros(generator, n):
        return np.ones((n, 1, 8, 8)), np.zeros((n, 1, 1, 8, 8))

    evaluation = evaluate(settings(make_run(dataset(specify(), zeros))))
    assert "not finite" in write_report(evaluation).read_text(encoding="utf-8")
