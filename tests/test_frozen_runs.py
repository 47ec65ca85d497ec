"""Runs of every settings version load for ever, and predict what they predicted when they were made."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from surrogate.predictors.runs import load_run
from surrogate.predictors.tensor_files import read_tensors

FROZEN = sorted((Path(__file__).parent / "frozen").iterdir())


@pytest.mark.parametrize("folder", FROZEN, ids=lambda folder: folder.name)
def test_a_frozen_run_predicts_what_it_always_did(folder):
    run = load_run(folder)
    with torch.no_grad():
        outputs = run.surrogate(run.examples[0])
    # Not bit by bit: another processor sums in another order.
    torch.testing.assert_close(outputs, read_tensors(folder / "expected.safetensors")["outputs"], rtol=1e-5, atol=1e-9)
