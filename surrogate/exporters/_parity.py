"""What every exporter does around its own format: a copy that exports, a check against the run, a file that is whole.

Shapes: n stored examples, b batch, c channels, s... space.
"""

from __future__ import annotations

import contextlib
import copy
import io
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.export import Dim

from surrogate.errors import SettingsError, SurrogateError
from surrogate.files import make_folder, publish_bytes
from surrogate.norms import relative_l2
from surrogate.operators.bounded import fold
from surrogate.operators.resampling import resample
from surrogate.operators.spectral import SpectralOperator, use_dft
from surrogate.outputs import OTHERS, STDOUT, emit, place, refuse_terminal
from surrogate.predictors.exported.artefact import artefact_of, open_artefact
from surrogate.predictors.exported.artefact_card import Card, Form, first_line
from surrogate.predictors.exported.ending import with_end
from surrogate.predictors.rollout import roll_out
from surrogate.predictors.runs import Run
from surrogate.predictors.surrogate import Surrogate
from surrogate.spaces import Problem

# One sample, and more than the batch the graph was traced with: a batch frozen into it fails here.
BATCHES = (1, 7)
TRACED = 2


class ExportError(SurrogateError):
    """The exported file does not do what the run does."""


class Graph(NamedTuple):
    """A module with the inputs that it is traced with, and which of their axes may be of another length."""

    module: nn.Module
    inputs: Tensor
    axes: dict[int, Any]


class RollOut(nn.Module):
    """Map inputs (b, c_in, s...) to the states after 1 to ``steps`` applications of a step, (b, steps, c_out, s...)."""

    def __init__(self, step: nn.Module, problem: Problem, steps: int) -> None:
        super().__init__()
        self.step, self.problem, self.steps = step, problem, steps

    def forward(self, fields: Tensor) -> Tensor:
        return roll_out(self.step, self.problem, fields, self.steps)


def graph(run: Run, form: Form) -> Graph:
    """Return what is traced for ``form``.

    Raises:
        SettingsError: several steps of what is no step, or another grid than that of the training data where the model
            is not one map on all of them.
    """
    problem, model = run.record.problem, exportable(run)
    if form.steps > 1 and problem.task != "step":
        raise SettingsError(f"steps={form.steps}: {run.path.name} maps inputs to a solution and makes no steps")
    axes: dict[int, Any] = {0: Dim("batch")}
    if form.dynamic_grid:
        for axis, (unit, ends, least) in enumerate(_free_axes(run), start=2):
            # Symbols of no other name survive all of the exporters.
            units = Dim(f"n{axis - 2}", min=max(1, -(-least // unit)))
            axes[axis] = units if (unit, ends) == (1, 0) else unit * units + ends
    module: nn.Module = model if form.steps == 1 else RollOut(model, problem, form.steps)
    return Graph(module, examples(run, TRACED), axes)


def _free_axes(run: Run) -> list[tuple[int, int, int]]:
    """Return (u, e, m) for each axis: its points may be e and any multiple of u, from m on."""
    surrogate, problem = run.surrogate, run.record.problem
    name = run.record.settings.model.name
    units = surrogate.capabilities.dynamic_cells
    if not surrogate.capabilities.same_on_any_grid or units is None:
        raise SettingsError(f"dynamic_grid=true: this {name} is not one map on every grid; leave it out")
    if surrogate.held is not None:
        raise SettingsError("dynamic_grid=true: physics.hard_boundary holds values on the grid of the training data")
    free = []
    for axis, (n, unit, where) in enumerate(zip(problem.grid.points, units, problem.grid.placement, strict=True)):
        ends = 1 if where == "nodes" and unit > 1 else 0
        if (n - ends) % unit:
            raise SettingsError(
                f"dynamic_grid=true: model.domain_padding fits grids of a multiple of {unit} cells, and not {n} points"
            )
        spectral = [part for part in surrogate.modules() if isinstance(part, SpectralOperator)]
        free.append((unit, ends, max([4, *(2 * part.n_modes[axis] - 1 for part in spectral)])))
    return free


@contextmanager
def grid_errors(form: Form, run: Run) -> Iterator[None]:
    """Within it, what stops a graph from being made for any grid becomes a :class:`SettingsError` of one line."""
    try:
        yield
    except (SurrogateError, OSError):
        raise
    except Exception as error:  # each exporter has its own for "this depends on the size"
        if not form.dynamic_grid:
            raise
        name = run.record.settings.model.name
        reason = first_line(error)
        raise SettingsError(f"dynamic_grid=true: the graph of this {name} depends on its grid ({reason})") from error


def exportable(run: Run) -> Surrogate:
    """Return a copy of the surrogate on the CPU, without Fourier transforms, in evaluation mode."""
    surrogate = copy.deepcopy(run.surrogate).cpu().eval().requires_grad_(False)
    use_dft(surrogate)
    fold(surrogate)
    return surrogate


def examples(run: Run, count: int) -> Tensor:
    """Return ``count`` stored inputs (count, c, s...), repeated where fewer are stored."""
    inputs = run.examples[0].cpu()
    return inputs[torch.arange(count) % len(inputs)]


def check(run: Run, exported: Callable[[Tensor], Tensor], tolerance: float, form: Form | None = None) -> float:
    """Return the largest relative L2 distance, over samples, steps and batches, of ``exported`` from the run itself.

    The surrogate runs eagerly, as it was trained, with its Fourier transforms; every stored example is compared, in
    batches of 1 and of 7, and where the grid is dynamic on one of half as many points more, too.

    Raises:
        ExportError: the distance is above ``tolerance`` or not a number.
    """
    form = form or Form()
    surrogate = copy.deepcopy(run.surrogate).cpu().eval()
    problem = run.record.problem
    stored = examples(run, max(len(run.examples[0]), BATCHES[-1]))
    sets = [stored]
    if form.dynamic_grid:
        sizes = zip(problem.grid.points, _free_axes(run), strict=True)
        finer = tuple(n + unit * max(1, n // (2 * unit)) for n, (unit, _, _) in sizes)
        sets.append(resample(stored[: BATCHES[-1]], problem.grid.resized(finer), problem.boundary.periodic))
    worst = 0.0
    for fields in (part for inputs in sets for size in BATCHES for part in _batches(inputs, size)):
        with torch.inference_mode():
            expected = roll_out(surrogate, problem, fields, form.steps)
        answer = exported(fields)
        answer = answer if form.steps > 1 else answer[:, None]
        grid = problem.grid.resized(tuple(fields.shape[2:]))
        for step in range(form.steps):
            pair = answer[:, step].double(), expected[:, step].double()
            distance = float(relative_l2(*pair, problem.target.on(grid)).max())
            if not distance <= tolerance:
                after = f" after step {step + 1}" if form.steps > 1 else ""
                raise ExportError(
                    f"the exported file differs from {run.path} by relative L2 {distance:.2e}{after} in a batch of "
                    f"{len(fields)}; expected at most {tolerance:.2e}, so it was not written"
                )
            worst = max(worst, distance)
    return worst


def _batches(inputs: Tensor, size: int) -> Iterator[Tensor]:
    """Return the whole batches of so many among the inputs."""
    return (inputs[start : start + size] for start in range(0, len(inputs) - size + 1, size))


def placed(run: Run, path: Path, form: Form, kind: str, overwrite: bool) -> Path:
    """Return where an exported file goes: a new name, or an export of this run in this form; links are followed.

    In the run's own folder an export follows the run: one of an earlier state of its training is replaced.

    Raises:
        SettingsError: something else is there.
        StorageError: nothing can be written there.
        UsageError: it is standard output, and that is a terminal.
    """
    if path == STDOUT:
        refuse_terminal()
        return path

    def judge(there: Path) -> str:
        try:
            file = open_artefact(there)
        except SurrogateError:
            return OTHERS
        if file.kind != kind:
            return f"is an export of ours, but {file.kind} and not {kind}"
        renewed = run.path.is_dir() and there.parent.samefile(run.path)
        same = file.card.same_as(Card.of(run, form), renewed)
        return "" if same else "is an export of ours, but of another run or in another form"

    return place(path, "file", inputs={"run": run.path}, overwrite=overwrite, ours=judge)


def write(run: Run, path: Path, content: bytes, suffix: str, tolerance: float, form: Form) -> float:
    """Write an exported file that does what the run does; return the distance between the two, as :func:`check`.

    It ends with the hash of itself, and is checked in memory: a full disk, or a file that differs, leaves what is at
    ``path`` as it was.

    Raises:
        ExportError: it differs.
        StorageError: the disk refused.
    """
    content = with_end(content, suffix)
    # To load a program is to run code that it holds; this one was made here.
    made = artefact_of(Path(f"export{suffix}") if path == STDOUT else path, content)
    distance = check(run, made.load(f"sha256:{made.digest}"), tolerance, form)
    if path == STDOUT:
        emit(content)
    else:
        make_folder(path.parent)
        publish_bytes(path, content)
    return distance


@contextmanager
def quiet(*loggers: str) -> Iterator[None]:
    """Keep the exporters of torch from printing, warning and logging; their errors still come through."""
    before = {name: logging.getLogger(name).level for name in loggers}
    try:
        for name in loggers:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
