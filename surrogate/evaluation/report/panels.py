"""Which pictures show a pair of fields: inputs, truth, prediction, error, for any number of axes and channels.

Shapes: c channels, s... space; fields are ``(c, s...)``.
"""

from __future__ import annotations

from dataclasses import dataclass

from surrogate.evaluation.metric import Values
from surrogate.evaluation.report.figures import field_panel, line_panel, shared_limits, signed_limits
from surrogate.evaluation.report.scatter import scatter_panel
from surrogate.evaluation.report.wording import labelled
from surrogate.evaluation.rollout.rollout_error import Field
from surrogate.spaces import Problem

# More pictures than this of one sample hide rather than show.
MOST_INPUTS, MOST_OUTPUTS = 4, 3


@dataclass(frozen=True)
class Panel:
    """A picture as a data URI, and what it shows."""

    caption: str
    picture: str


@dataclass(frozen=True)
class PanelRow:
    """Pictures that belong together."""

    title: str
    about: str
    panels: list[Panel]


def input_panels(inputs: Field, problem: Problem) -> list[Panel]:
    """Return a picture of every input field, of the first few where there are many."""
    panels = []
    for channel, field in zip(inputs[:MOST_INPUTS], problem.channels, strict=False):
        label = labelled(field)
        if problem.dimensions == 1:
            picture = line_panel({field.name: channel}, problem.grid, label)
        else:
            picture = field_panel(channel, problem.grid, label, *shared_limits(channel))
        panels.append(Panel(f"{field.name}, input{_slice(problem)}", picture))
    return panels


def output_panels(truth: Field, prediction: Field, problem: Problem) -> list[Panel]:
    """Return pictures of truth, prediction and error (prediction minus truth) of the output fields.

    Truth and prediction share their axis or their colours. On one axis they share a picture.
    """
    panels = []
    for true, predicted, field in list(zip(truth, prediction, problem.target.fields, strict=True))[:MOST_OUTPUTS]:
        label, error = labelled(field), predicted - true
        grid = problem.grid
        if problem.dimensions == 1:
            both = line_panel({"truth": true, "prediction": predicted}, grid, label)
            panels.append(Panel(f"{field.name}, truth and prediction", both))
            panels.append(Panel(f"{field.name}, error", line_panel({"error": error}, grid, label)))
            continue
        limits = shared_limits(true, predicted)
        where = _slice(problem)
        panels.append(Panel(f"{field.name}, truth{where}", field_panel(true, grid, label, *limits)))
        panels.append(Panel(f"{field.name}, prediction{where}", field_panel(predicted, grid, label, *limits)))
        signed = field_panel(error, grid, label, signed_limits(error), diverging=True)
        panels.append(Panel(f"{field.name}, error{where}", signed))
    return panels


def cloud_panels(inputs: Field, truth: Field, prediction: Field, problem: Problem) -> list[Panel]:
    """Return pictures of what :func:`input_panels` and :func:`output_panels` show, of a sample on a cloud.

    Its points are dots, those that count alone; of three axes they are seen along the last.
    """
    axes = len(problem.placing) - 1
    counts = inputs[axes] > 0
    at, given = inputs[:axes, counts], problem.channels[axes + 1 :]
    panels = []
    for values, field in list(zip(inputs[axes + 1 :, counts], given, strict=True))[:MOST_INPUTS]:
        panels.append(Panel(f"{field.name}, input", scatter_panel(values, at, labelled(field), *shared_limits(values))))
    pairs = zip(truth[:, counts], prediction[:, counts], problem.target.fields, strict=True)
    for true, predicted, field in list(pairs)[:MOST_OUTPUTS]:
        label, error, limits = labelled(field), predicted - true, shared_limits(true, predicted)
        panels.append(Panel(f"{field.name}, truth", scatter_panel(true, at, label, *limits)))
        panels.append(Panel(f"{field.name}, prediction", scatter_panel(predicted, at, label, *limits)))
        panels.append(Panel(f"{field.name}, error", scatter_panel(error, at, label, signed_limits(error), True)))
    return panels


def map_panels(absolute: Values, bias: Values, problem: Problem) -> list[Panel]:
    """Return pictures of the mean absolute error and of the mean error of the output fields, both ``(c, s...)``."""
    panels = []
    for size, mean, field in list(zip(absolute, bias, problem.target.fields, strict=True))[:MOST_OUTPUTS]:
        label, grid, where = labelled(field), problem.grid, _slice(problem)
        if problem.dimensions == 1:
            curves = {"mean absolute error": size, "mean error": mean}
            panels.append(Panel(f"{field.name}, errors over all samples", line_panel(curves, grid, label)))
            continue
        limits = (0.0, shared_limits(size)[0][1])
        picture = field_panel(size, grid, label, limits, diverging=False)
        signed = field_panel(mean, grid, label, signed_limits(mean), diverging=True)
        panels.append(Panel(f"{field.name}, mean absolute error{where}", picture))
        panels.append(Panel(f"{field.name}, mean error{where}", signed))
    return panels


def _slice(problem: Problem) -> str:
    """Return where the pictures cut a box of three axes."""
    if problem.dimensions < 3:
        return ""
    z = problem.grid.coordinates()[2]
    return f", z = {z[len(z) // 2]:.3g}"
