"""A run answers for fields: arrays in, arrays out, in physical units."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.config.compose import compose_tree
from surrogate.config.keywords import words_of
from surrogate.config.read import read
from surrogate.datasets.dataset import open_dataset
from surrogate.evaluation.array_reply import Request, Solve, reply
from surrogate.evaluation.prediction_settings import PredictConfig
from surrogate.interface.opened_run import OpenedRun
from surrogate.interface.tensors import as_numpy, like
from surrogate.predictors.runs import Run


def predict(run: str | os.PathLike[str], fields: Any, *, points: Any = None, **settings: Any) -> Any:
    """Return what a run answers for inputs, in physical units: an array for an array, a tensor for a tensor.

    No gradient is in the answer; :func:`surrogate.load` gives a module to differentiate. Inputs unlike those of
    training are a Python warning, unless ``on_outside`` is ``error`` or ``solve``.

    Args:
        run: a run, whose weights are read once, or its folder, which is read at every call.
        fields: ``(n, c, s...)``; ``(c, s...)`` is one sample, ``(n, s...)`` is taken where there is one input field.
        points: places ``(p, d)`` to answer at, of a model that does; None: the grid of the inputs.
        settings: as of ``surrogate predict``: ``steps``, ``batch_size``, ``on_outside``, ``tolerance``, ``device``.

    Returns:
        ``(n, c, s...)``; with several steps every state on the way, ``(n, t, c, s...)``; at points ``(n, c, p)``.

    Raises:
        UsageError, SettingsError: a setting that cannot be.
        InputError: no run is there, or it cannot take these inputs.
    """
    keywords = {"run": run, "input": ".", "out": "."} | settings
    config = read(PredictConfig, compose_tree("predict", words_of("predict", keywords)))
    opened = run if isinstance(run, OpenedRun) else OpenedRun(config.run)
    predictor = opened.predictor(config.device)
    places = None if points is None else as_numpy(points)
    request = Request(as_numpy(fields), places, config.steps, config.batch_size, config.on_outside)
    answer = reply(predictor, request, predictor.surrogate.device, solver(config.tolerance))
    for line in answer.warnings:
        warnings.warn(line, stacklevel=2)
    return like(answer.output, fields)


def solver(tolerance: float) -> Solve:
    """Return what solves inputs of a run classically, to ``tolerance``, with its prediction as the first guess."""

    def solve(run: Run, fields: NDArray[np.float32]) -> NDArray[np.floating]:
        # Solvers bring large parts of SciPy; most predictions need none.
        from surrogate.solve.solve import solve_fields

        dataset = open_dataset(Path(run.record.settings.data))
        return solve_fields(dataset, fields.astype(np.float64), tolerance=tolerance, surrogate=run.surrogate)[0]

    return solve
