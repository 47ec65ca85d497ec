"""Which pictures show a pair of fields: inputs, truth, prediction, error, for any number of axes and channels.

Shapes: c channels, s... space, d axes; fields are ``(c, s...)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surrogate.evaluation.metric import Values
from surrogate.evaluation.report.field_maps import field_panel, scatter_panel
from surrogate.evaluation.report.figures import Array, line_panel, shared_limits, signed_limits
from surrogate.evaluation.report.wording import labelled
from surrogate.evaluation.rollout.rollout_error import Field
from surrogate.spaces import FieldSpec, Problem

# More pictures than this of one sample hide rather than show.
MOST_INPUTS, MOST_OUTPUTS = 4, 3


@dataclass(frozen=True)
class Panel:
    """A picture as a data URI, what it shows, and whether as curves, which are wider than maps."""

    caption: str
    picture: str
    curves: bool = False


@dataclass(frozen=True)
class PanelRow:
    """Pictures that belong together."""

    title: str
    about: str
    panels: list[Panel]


@dataclass(frozen=True)
class Canvas:
    """Where the fields of a problem are drawn: on its grid, or as dots at the points ``at``, ``(d, p)``, of a cloud."""

    problem: Problem
    at: Array | None = None

    @property
    def line(self) -> bool:
        """Whether a picture is a curve over the one axis of a grid."""
        return self.at is None and self.problem.dimensions == 1

    def panel(self, what: str, field: FieldSpec, values: Array, like: Sequence[Array], signed: bool = False) -> Panel:
        """Return the picture of ``values``, in colours that go as far as ``like``, of both signs alike where signed."""
        limits = (signed_limits(like[0]), True) if signed else shared_limits(*like)
        caption, label = f"{field.name}, {what}", labelled(field)
        if self.at is not None:
            return Panel(caption, scatter_panel(values, self.at, label, *limits))
        if self.line:
            return Panel(caption, line_panel({what: values}, self.problem.grid, label), curves=True)
        return Panel(f"{caption}{_slice(self.problem)}", field_panel(values, self.problem.grid, label, *limits))


def sample_panels(inputs: Field, truth: Field, prediction: Field, problem: Problem) -> list[Panel]:
    """Return pictures of a pair: of :func:`input_panels` and of :func:`output_panels`.

    On a cloud those points count alone that have a weight; of three axes they are seen along the last.
    """
    canvas, fields, (inputs, truth, prediction) = drawn(inputs, (truth, prediction), problem)
    return input_panels(inputs, fields, canvas) + output_panels(truth, prediction, canvas)


def drawn(inputs: Field, outputs: Sequence[Field], problem: Problem) -> tuple[Canvas, Sequence[FieldSpec], list[Field]]:
    """Return where a pair is drawn, the fields of its sources, and what is drawn: these, then the outputs."""
    if not problem.placing:
        return Canvas(problem), problem.channels, [inputs, *outputs]
    axes = len(problem.placing) - 1
    counts = inputs[axes] > 0
    canvas = Canvas(problem, inputs[:axes, counts])
    return canvas, problem.channels[axes + 1 :], [each[:, counts] for each in (inputs[axes + 1 :], *outputs)]


def input_panels(inputs: Field, fields: Sequence[FieldSpec], canvas: Canvas) -> list[Panel]:
    """Return a picture of every input field, of the first few where there are many."""
    pairs = zip(inputs[:MOST_INPUTS], fields, strict=False)
    return [canvas.panel("input", field, values, (values,)) for values, field in pairs]


def output_panels(truth: Field, prediction: Field, canvas: Canvas) -> list[Panel]:
    """Return pictures of truth, prediction and error (prediction minus truth) of the output fields.

    Truth and prediction share their axis or their colours. On one axis they share a picture.
    """
    panels, problem = list[Panel](), canvas.problem
    for true, predicted, field in list(zip(truth, prediction, problem.target.fields, strict=True))[:MOST_OUTPUTS]:
        error, both = predicted - true, (true, predicted)
        if canvas.line:
            picture = line_panel({"truth": true, "prediction": predicted}, problem.grid, labelled(field))
            panels.append(Panel(f"{field.name}, truth and prediction", picture, curves=True))
        else:
            panels += [canvas.panel("truth", field, true, both), canvas.panel("prediction", field, predicted, both)]
        panels.append(canvas.panel("error", field, error, (error,), signed=True))
    return panels


def map_panels(absolute: Values, bias: Values, problem: Problem) -> list[Panel]:
    """Return pictures of the mean absolute error and of the mean error of the output fields, both ``(c, s...)``."""
    panels, canvas = list[Panel](), Canvas(problem)
    for size, mean, field in list(zip(absolute, bias, problem.target.fields, strict=True))[:MOST_OUTPUTS]:
        if canvas.line:
            curves = {"mean absolute error": size, "mean error": mean}
            picture = line_panel(curves, problem.grid, labelled(field))
            panels.append(Panel(f"{field.name}, errors over all samples", picture, curves=True))
            continue
        panels.append(canvas.panel("mean absolute error", field, size, (np.zeros(1), size)))
        panels.append(canvas.panel("mean error", field, mean, (mean,), signed=True))
    return panels


def _slice(problem: Problem) -> str:
    """Return where the pictures cut a box of three axes."""
    if problem.dimensions < 3:
        return ""
    z = problem.grid.coordinates()[2]
    return f", z = {z[len(z) // 2]:.3g}"
