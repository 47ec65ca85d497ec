"""``surrogate solve``: the inputs of a split or of a file to fields at a tolerance that is checked.

Shape letters: n samples, c channels, x and y space.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.datasets.layout import MANIFEST
from surrogate.environment import choose_device
from surrogate.errors import InputError, SettingsError
from surrogate.predictors.predictor import refusal_on
from surrogate.predictors.runs import WEIGHTS, load_run
from surrogate.predictors.surrogate import Surrogate
from surrogate.reading import read_array
from surrogate.solve.certified import GUESSING, LEARNED, Certified, Method, certify
from surrogate.solve.discretisation import discretisation
from surrogate.solve.equation import LinearEquation
from surrogate.solve.preconditioner import Preconditioner
from surrogate.solve.preconditioner_store import load_preconditioner
from surrogate.solve.report import SolveReport, summarised
from surrogate.solve.solve_settings import SolveConfig
from surrogate.written import Record, fingerprint, place_single, publish_single

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Means:
    """What may be used to solve an equation: at least ``tolerance`` is met, or nothing is returned."""

    equation: LinearEquation
    surrogate: Surrogate | None
    preconditioner: Preconditioner | None
    tolerance: float
    max_iterations: int
    refine: int
    device: torch.device

    def method(self) -> Method:
        """Return the method that uses all there is."""
        if self.preconditioner is None:
            return "multigrid" if self.surrogate is None else "guess"
        return "preconditioner" if self.surrogate is None else "both"

    def checked(self, array: NDArray[Any], source: str) -> Array:
        """Return inputs ``(n, c, x, y)`` in float64; ``(n, x, y)`` is read as those of a single field.

        Raises:
            InputError: they are not those of the equation, or on a grid that the surrogate cannot take.
        """
        fields = self.equation.spec.constants
        if array.ndim == 3 and len(fields) == 1:
            array = array[:, None]
        if array.ndim != 4 or array.shape[1] != len(fields) or 0 in array.shape or array.dtype.kind not in "fiu":
            expected = f"expected (sample, {len(fields)}, x, y) of {', '.join(field.name for field in fields)}"
            raise InputError(f"{source}: {array.dtype} of shape {array.shape}; {expected}")
        if self.surrogate is not None and (refusal := refusal_on(self.surrogate, array.shape[2:])):
            raise InputError(f"{source}: {refusal}")
        return array.astype(np.float64)

    def solve(self, inputs: Array, method: Method) -> tuple[Array, Certified]:
        """Return the states of ``inputs`` ``(n, c, x, y)``, ``(n, 1, x, y)``, and how they were found.

        Raises:
            InputError, SettingsError, SolverError: as :func:`surrogate.solve.certified.certify`.
        """
        constants = torch.from_numpy(inputs).to(self.device)
        problem = self.equation.problem(constants, self.refine)
        guess = None if self.surrogate is None else partial(self._guess, constants)
        solved = certify(
            problem, method, self.tolerance, self.max_iterations, guess=guess, preconditioner=self.preconditioner
        )
        field = solved.field[:, None]
        return F.avg_pool2d(field, self.refine).cpu().numpy(), solved

    def _guess(self, constants: Tensor) -> Tensor:
        if self.surrogate is None:
            raise SettingsError("a guess needs run=")
        with torch.inference_mode():
            prediction = self.surrogate(constants.float()).double()
        if self.refine > 1:
            prediction = F.interpolate(prediction, scale_factor=self.refine, mode="bilinear")
        return prediction[:, 0]


def solve_fields(
    dataset: Dataset,
    inputs: Array,
    *,
    tolerance: float,
    surrogate: Surrogate | None = None,
    preconditioner: Preconditioner | None = None,
    batch_size: int = 8,
    max_iterations: int = 500,
) -> tuple[Array, SolveReport]:
    """Return the states of ``inputs`` ``(n, c, x, y)`` at ``tolerance``, ``(n, 1, x, y)`` in float64, and a report.

    The equation is that of ``dataset``, on the grid of ``inputs``. What is handed in is used; without a surrogate it is
    classical multigrid.

    Raises:
        SettingsError: the equation has no linear system, or the surrogate is given something else than it.
        InputError: the inputs are not those of the equation (a coefficient that is not positive).
        SolverError: the tolerance is missed.
    """
    device = torch.device("cpu") if surrogate is None else surrogate.device
    learned = None if preconditioner is None else preconditioner.to(device)
    equation = LinearEquation.of(dataset)
    if surrogate is not None and surrogate.problem.channels != equation.spec.constants:
        names = ", ".join(field.name for field in surrogate.problem.channels)
        raise SettingsError(f"the surrogate maps {names}, not what {equation.spec.equation} in {dataset.path} is given")
    means = Means(equation, surrogate, learned, tolerance, max_iterations, 1, device)
    method = means.method()
    solutions = [means.solve(batch, method) for batch in _batches(means.checked(inputs, "inputs"), batch_size)]
    fields = np.concatenate([field for field, _ in solutions])
    return fields, SolveReport(tolerance, fields.shape, (summarised(method, [solved for _, solved in solutions]),))


def solve(config: SolveConfig) -> SolveReport:
    """Solve what the settings ask for, write it where they say, and return what it took, with and without a surrogate.

    Raises:
        SettingsError: what is given does not fit together, the equation has no linear system, or what is at
            ``config.out`` is not ours.
        InputError: a run, preconditioner, data set or file is not one.
        SolverError: the tolerance is missed; nothing is written.
    """
    read = {"run": config.run, "preconditioner": config.preconditioner, "data": config.data, "input": config.input}
    out = config.out
    if out is not None:
        out = place_single(out, lambda: _record(config), inputs=read, overwrite=config.overwrite)
    dataset, means = _means(config)
    method = config.method or means.method()
    if method in GUESSING and means.surrogate is None:
        raise SettingsError(f"method={method}: starts from the prediction of a run; give run=")
    if method in LEARNED and means.preconditioner is None:
        raise SettingsError(f"method={method}: needs preconditioner=; 'surrogate precondition' learns one")
    inputs = _inputs(config, dataset, means)
    methods: list[Method] = [method]
    if config.compare and method != "multigrid":
        methods.append("multigrid")
    for each in methods:  # what is made once, warm
        means.solve(inputs[:1], each)
    fields: list[Array] = []
    solutions: dict[Method, list[Certified]] = {each: [] for each in methods}
    for batch in _batches(inputs, config.batch_size):
        for each in methods:
            states, solved = means.solve(batch, each)
            solutions[each].append(solved)
            if each == method:
                fields.append(states)
    result = np.concatenate(fields)
    rows = tuple(summarised(each, solved) for each, solved in solutions.items())
    some = min(config.discretisation, len(inputs))
    apart = discretisation(means.equation, inputs[:some], result[:some], config.refine) if some else None
    report = SolveReport(config.tolerance, result.shape, rows, apart)
    if out is not None:
        content = io.BytesIO()
        np.save(content, result, allow_pickle=False)
        publish_single(out, content.getvalue(), _record(config), report.as_json())
    return report


def _record(config: SolveConfig) -> Record:
    """Return what solutions are made from."""
    run, learned, data = config.run, config.preconditioner, config.data
    read = {
        "run": run and run / WEIGHTS,
        "preconditioner": learned and learned / WEIGHTS,
        "data": data and data / MANIFEST,
        "input": config.input,
    }
    decisive: dict[str, object] = {"tolerance": config.tolerance, "method": config.method, "refine": config.refine}
    decisive |= {"split": config.split} if config.input is None else {}
    decisive |= {"samples": config.samples}
    made_from = {key: fingerprint(path) for key, path in read.items()} | {key: str(it) for key, it in decisive.items()}
    return Record(command="solve", made_from=made_from)


def _means(config: SolveConfig) -> tuple[Dataset, Means]:
    device = choose_device(config.device)
    run = None if config.run is None else load_run(config.run, device)
    learned = None if config.preconditioner is None else load_preconditioner(config.preconditioner)
    place = config.data
    if place is None and run is not None:
        place = run.record.settings.data
    if place is None and learned is not None:
        place = learned[1].settings.data
    if place is None:
        raise SettingsError("solve: nothing says which equation; give data=, run= or preconditioner=")
    dataset = open_dataset(place)
    equation = LinearEquation.of(dataset)
    if run is not None and (run.record.problem.channels, run.record.problem.task) != (equation.spec.constants, "map"):
        names = ", ".join(field.name for field in run.record.problem.channels)
        raise SettingsError(f"run: {config.run} maps {names}, not what {equation.spec.equation} in {place} is given")
    return dataset, Means(
        equation,
        None if run is None else run.surrogate,
        None if learned is None else learned[0].to(device),
        config.tolerance,
        config.max_iterations,
        config.refine,
        device,
    )


def _inputs(config: SolveConfig, dataset: Dataset, means: Means) -> Array:
    """Return the inputs in float64, checked for their shape."""
    if config.input is None:
        return means.checked(dataset.read(config.split, config.samples)[0], f"the split {config.split}")
    return means.checked(read_array(config.input)[: config.samples], str(config.input))


def _batches(inputs: Array, size: int) -> Iterator[Array]:
    for start in range(0, len(inputs), size):
        yield inputs[start : start + size]
