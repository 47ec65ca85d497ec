"""torch.export: a ``.pt2`` that any PyTorch of the same version runs without this package."""

from __future__ import annotations

import io
from pathlib import Path

import torch

from surrogate.exporters._parity import graph, grid_errors, placed, quiet, write
from surrogate.predictors.exported.artefact_card import CARD, Card, Form
from surrogate.predictors.runs import Run

SUFFIX = ".pt2"


def export(run: Run, path: Path, tolerance: float, form: Form | None = None, overwrite: bool = False) -> float:
    """Write the run as a ``.pt2`` and return its largest relative L2 distance from the run, over stored examples.

    The program maps ``(batch, c_in, s...)`` to ``(batch, c_out, s...)``, with steps to ``(batch, steps, c_out, s...)``,
    in physical units, normalisers included, for any batch, on the grid of the training data or on any.

    Raises:
        SettingsError: the run makes no steps, cannot be exported for any grid, or what is at ``path`` is not ours.
        ExportError: the file differs from the run by more than ``tolerance``; nothing is left at ``path``.
        StorageError: the disk refused.
    """
    form = form or Form()
    card = Card.of(run, form)
    path = placed(run, path, form, "torch.export", overwrite)
    content = io.BytesIO()
    with quiet("torch.export", "torch._export"):
        with grid_errors(form, run):
            module, inputs, axes = graph(run, form)
            program = torch.export.export(module, (inputs,), dynamic_shapes=(axes,))
        # Its writer ends the process where a disk is full; memory is checked and written by us.
        torch.export.save(program, content, extra_files={CARD: card.model_dump_json()})
        return write(run, path, content.getvalue(), SUFFIX, tolerance, form)
