"""What every exporter does around its own format: a copy that exports, a check against the run, a file that is whole.

Shapes: n stored examples, b batch, c channels, s... space.
"""

from __future__ import annotations

import contextlib
import copy
import io
import logging
import secrets
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor

from surrogate.errors import StorageError, SurrogateError
from surrogate.files import UNFINISHED, make_folder, sync_folder
from surrogate.norms import relative_l2
from surrogate.operators.bounded import fold
from surrogate.operators.spectral import use_dft
from surrogate.physical import Surrogate
from surrogate.runs import Run

# One sample, and more than the batch the graph was traced with: a batch frozen into it fails here.
BATCHES = (1, 7)
TRACED = 2


class ExportError(SurrogateError):
    """The exported file does not do what the run does."""


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


def check(run: Run, exported: Callable[[Tensor], Tensor], tolerance: float) -> float:
    """Return the largest relative L2 distance, over samples and batches, of ``exported`` from the surrogate itself.

    The surrogate runs eagerly, as it was trained, with its Fourier transforms; every stored example is compared, in
    batches of 1 and of 7.

    Raises:
        ExportError: the distance is above ``tolerance`` or not a number.
    """
    surrogate = copy.deepcopy(run.surrogate).cpu().eval()
    grid, boundary = run.record.problem.grid, run.record.problem.boundary
    stored = examples(run, max(len(run.examples[0]), BATCHES[-1]))
    worst = 0.0
    for batch in BATCHES:
        for start in range(0, len(stored) - batch + 1, batch):
            fields = stored[start : start + batch]
            with torch.inference_mode():
                expected = surrogate(fields)
            distance = float(relative_l2(exported(fields).double(), expected.double(), grid, boundary).max())
            if not distance <= tolerance:
                raise ExportError(
                    f"the exported file differs from {run.folder} by relative L2 {distance:.2e} in a batch of {batch}; "
                    f"expected at most {tolerance:.2e}, so it was removed"
                )
            worst = max(worst, distance)
    return worst


@contextmanager
def published(path: Path) -> Iterator[Path]:
    """Give a neighbour of ``path`` to write to; it takes the name ``path`` when all went well, else it is removed.

    Raises:
        StorageError: the disk refused.
    """
    make_folder(path.parent)
    beside = path.with_name(f"{UNFINISHED}{secrets.token_hex(4)}-{path.name}")
    try:
        yield beside
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror or error}") from error
    finally:
        beside.unlink(missing_ok=True)


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
