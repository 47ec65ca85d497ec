"""torch.export: a ``.pt2`` that any PyTorch of the same version runs without this package."""

from __future__ import annotations

from pathlib import Path

import torch

from surrogate.artefact.artefact import open_artefact
from surrogate.artefact.card import CARD, Card, Form
from surrogate.export._parity import check, end, graph, grid_errors, published, quiet
from surrogate.reading import sha256
from surrogate.runs import Run

SUFFIX = ".pt2"


def export(run: Run, path: Path, tolerance: float, form: Form | None = None) -> float:
    """Write the run as a ``.pt2`` and return its largest relative L2 distance from the run, over stored examples.

    The program maps ``(batch, c_in, s...)`` to ``(batch, c_out, s...)``, with steps to ``(batch, steps, c_out, s...)``,
    in physical units, normalisers included, for any batch, on the grid of the training data or on any.

    Raises:
        SettingsError: the run makes no steps, or cannot be exported for any grid.
        ExportError: the file differs from the run by more than ``tolerance``; nothing is left at ``path``.
        StorageError: the disk refused.
    """
    form = form or Form()
    card = Card.of(run, form)
    with published(path) as beside, quiet("torch.export", "torch._export"):
        with grid_errors(form, run):
            module, inputs, axes = graph(run, form)
            program = torch.export.export(module, (inputs,), dynamic_shapes=(axes,))
        torch.export.save(program, beside, extra_files={CARD: card.model_dump_json()})
        end(beside)
        # Loading a .pt2 can run code it holds; this one was written a line above.
        return check(run, open_artefact(beside).load(f"sha256:{sha256(beside)}"), tolerance, form)
