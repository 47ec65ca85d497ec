"""A file of inputs becomes a file of predictions, with a record of what it was made of beside it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.foreign_inputs import read_inputs
from surrogate.datasets.source import holds_several
from surrogate.environment import choose_device
from surrogate.evaluation.array_reply import Reply, Request, Solve, reply
from surrogate.evaluation.prediction_settings import PredictConfig
from surrogate.predictors.runs import WEIGHTS, Run, load_run
from surrogate.reading import read_array
from surrogate.written import Record, fingerprint, place_single, publish_single


@dataclass(frozen=True)
class Prediction:
    """What a prediction read and wrote.

    Attributes:
        path: the array written, links followed; its record lies beside it.
        input_shape: as it was read.
        reply: what the run answered.
    """

    path: Path
    input_shape: tuple[int, ...]
    reply: Reply

    @property
    def output_shape(self) -> tuple[int, ...]:
        """As it was written."""
        return self.reply.output.shape

    @property
    def samples(self) -> int:
        """How many inputs there were."""
        return len(self.reply.output)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a user must know before trusting the output."""
        return self.reply.warnings

    def figures(self) -> dict[str, str]:
        """Return the summary as name -> text."""
        shown = {"input": str(self.input_shape), "output": str(self.output_shape), "samples": str(self.samples)}
        shown |= {"solved": f"{self.reply.solved} of them by the solver"} if self.reply.solved else {}
        return shown | ({"read as": self.reply.assumed} if self.reply.assumed else {})

    def document(self) -> dict[str, Any]:
        """Return what the record beside the output says of it, as JSON values."""
        shapes = {"input": list(self.input_shape), "output": list(self.output_shape)}
        reply, warnings = self.reply, list(self.warnings)
        return {"shapes": shapes, "solved": reply.solved, "read_as": reply.assumed, "warnings": warnings}


def predict(config: PredictConfig, solve: Solve | None = None) -> Prediction:
    """Write what the run gives for the inputs in ``config.input`` to ``config.out``, float32 in physical units.

    The shapes are those of :class:`surrogate.evaluation.array_reply.Request` and of its ``Reply``.

    What is unlike the training inputs, or on a grid that the surrogate did not learn on, is said, refused, or given to
    ``solve`` in place of the surrogate, as ``config.on_outside`` has it.

    Raises:
        InputError: no run there, an array is not one that it can take, or a sample that is refused.
        SettingsError: ``steps`` above 1 for a map or at points, no such device, no solver for this, or what is at
            ``config.out`` is not ours.
        StorageError: the disk refused.
    """
    read = {"run": config.run, "input": config.input, "points": config.points}
    out = place_single(config.out, lambda: _record(config), inputs=read, overwrite=config.overwrite)
    device = choose_device(config.device)
    run = load_run(config.run, device)
    points = None if config.points is None else read_array(config.points)
    array = _inputs(config, run)
    named = (str(config.input), str(config.points))
    request = Request(array, points, config.steps, config.batch_size, config.on_outside, named)
    prediction = Prediction(out, array.shape, reply(run, request, device, solve))
    content = io.BytesIO()
    np.save(content, prediction.reply.output, allow_pickle=False)
    publish_single(out, content.getvalue(), _record(config), prediction.document())
    return prediction


def _inputs(config: PredictConfig, run: Run) -> NDArray[np.generic]:
    """Return the one array of a .npy file; of others what the run takes.

    Raises:
        InputError, SettingsError: as of :func:`surrogate.datasets.foreign_inputs.read_inputs`.
    """
    if holds_several(config.input) or config.format is not None or config.reading.given:
        return read_inputs(config.input, run.record.problem, config.format, config.reading)
    return read_array(config.input)


def _record(config: PredictConfig) -> Record:
    """Return what a prediction is made from."""
    read = {"run": config.run / WEIGHTS, "input": config.input, "points": config.points}
    decisive: dict[str, object] = {"steps": config.steps, "on_outside": config.on_outside}
    decisive |= {key: value for key, value in (("format", config.format), *config.reading.given.items()) if value}
    decisive |= {"tolerance": config.tolerance} if config.on_outside == "solve" else {}
    made_from = {key: fingerprint(path) for key, path in read.items()} | {key: str(it) for key, it in decisive.items()}
    return Record(command="predict", made_from=made_from)
