"""torch.export: a ``.pt2`` that any PyTorch of the same version runs without this package."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torch.export import Dim

from surrogate.export._parity import TRACED, check, examples, exportable, published, quiet
from surrogate.runs import Run

SUFFIX = ".pt2"


def export(run: Run, path: Path, tolerance: float) -> float:
    """Write the run as a ``.pt2`` and return its largest relative L2 distance from the run, over stored examples.

    The program maps ``(batch, c_in, s...)`` to ``(batch, c_out, s...)`` in physical units, normalisers included, for
    any batch, on the grid of the training data.

    Raises:
        ExportError: the file differs from the run by more than ``tolerance``; nothing is left at ``path``.
        StorageError: the disk refused.
    """
    with published(path) as beside, quiet("torch.export", "torch._export"):
        inputs = examples(run, TRACED)
        program = torch.export.export(exportable(run), (inputs,), dynamic_shapes=({0: Dim("batch")},))
        torch.export.save(program, beside, extra_files={"problem.json": run.record.problem.model_dump_json()})
        # Loading a .pt2 can run code it holds, so nothing but this file, written a line above, is ever loaded.
        module = torch.export.load(beside).module()

        def exported(fields: Tensor) -> Tensor:
            with torch.inference_mode():
                return module(fields)

        return check(run, exported, tolerance)
