"""An exported surrogate read back: ONNX, which is data, or a ``.pt2``, which is a program and runs only when trusted.

Shape letters: b batch, t steps, c channels, s... space.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from surrogate.capabilities import Capabilities
from surrogate.errors import InputError
from surrogate.kinds import absent
from surrogate.predictors.exported.artefact_card import Card
from surrogate.predictors.exported.ending import changed, has_its_end
from surrogate.predictors.exported.onnx_session import onnx_call, onnx_card
from surrogate.predictors.exported.program import Kind, program_call, program_card
from surrogate.predictors.loaded import Loaded
from surrogate.predictors.range_checked import RangeChecked
from surrogate.predictors.rollout import roll_out_together
from surrogate.reading import read_bytes
from surrogate.spaces import Problem

Call = Callable[[Tensor], Tensor]

SUFFIXES = (".onnx", ".pt2")

# Protobuf reads no file beyond 2 GiB.
_LARGEST = 2**31 - 1


@dataclass(frozen=True)
class Artefact:
    """An exported file: its card, its bytes and their SHA-256. Nothing of it has been run."""

    path: Path
    kind: Kind | Literal["ONNX"]
    card: Card
    content: bytes
    digest: str

    def figures(self) -> dict[str, str]:
        """Return what a person asks of an artefact first, in order, as text."""
        problem, record = self.card.record.problem, self.card.record
        grid = " x ".join(str(n) for n in problem.grid.points)
        figures = {
            "format": self.kind,
            "model": record.settings.model.name,
            "inputs": "; ".join(
                f"{field.name} [{field.unit}], {low:.4g} to {high:.4g} in training"
                for field, low, high in zip(problem.channels, self.card.low, self.card.high, strict=True)
            ),
            "outputs": "; ".join(f"{field.name} [{field.unit}]" for field in problem.target.fields),
            "grid": f"{grid}, or another" if self.card.dynamic_grid else grid,
            "task": problem.task,
            "trained on": f"{record.data.name} (hash {record.data.hash[:12]})",
            "version": self.card.surrogate,
            "sha256": self.digest,
        }
        figures |= {"integrity": self.unverified} if self.unverified else {}
        return figures | ({"steps": str(self.card.steps)} if self.card.steps > 1 else {})

    @property
    def unverified(self) -> str:
        """In a sentence, that damage to the file would not be noticed; empty where it would."""
        return "" if self.card.ended else f"{self.path} was exported before files were hashed: damage may go unnoticed."

    def load(self, trust: str | None = None) -> Call:
        """Return the map from inputs (b, c_in, s...) to outputs, both in physical units on the CPU.

        Raises:
            InputError: it cannot be run, or is a program that ``trust`` (``sha256:...``) does not name.
            SettingsError: what runs it is not installed.
        """
        if self.kind == "ONNX":
            return onnx_call(self.path, self.content)
        if trust is None:
            raise InputError(
                f"{self.path}: a .pt2 is a program, and is run only where its hash is named: trust=sha256:..., as told "
                "by whom you have it from (surrogate export prints it)"
            )
        if trust != f"sha256:{self.digest}":
            raise InputError(f"{self.path}: is not the program that is trusted; its hash is sha256:{self.digest}")
        return program_call(self.path, self.kind, self.content)

    def predictor(self, trust: str | None = None) -> Loaded:
        """Return the map in the file as a predictor on the CPU; its data set is looked for beside the file.

        Of a file that makes several steps at once a prediction is the first of them, and a roll-out all.

        Raises:
            InputError: as :meth:`load`.
        """
        record = self.card.record
        surrogate = Exported(self.card, self.load(trust))
        kind = f"the {record.settings.model.name} in {self.path}"
        beside = self.path.parent / record.settings.data.name
        return Loaded(self.path, kind, record, surrogate.eval(), self.digest, self.unverified, beside)


class Exported(RangeChecked):
    """An exported map, which has its normalisers inside, and makes ``steps`` steps at once."""

    def __init__(self, card: Card, call: Call) -> None:
        graph = _Graph(card, call)
        super().__init__(graph, card.record.problem)
        self.graph = graph
        self.input_low.copy_(torch.tensor(card.low))
        self.input_high.copy_(torch.tensor(card.high))
        self.guard = card.record.guard

    def roll_out(self, fields: Tensor, problem: Problem, steps: int) -> Tensor:
        """Map inputs to states as :meth:`RangeChecked.roll_out` does, by as many steps at once as the file makes."""
        if self.graph.card.steps == 1:
            return super().roll_out(fields, problem, steps)
        return roll_out_together(self.graph.states, problem, fields, steps)


@dataclass(frozen=True)
class _Graph:
    """The exported map where a surrogate has its wrappers and its operator: the first of its steps."""

    card: Card
    call: Call
    inner: None = None

    @property
    def capabilities(self) -> Capabilities:
        """What the card says."""
        return Capabilities(resolutions="same" if self.card.dynamic_grid else "own")

    def __call__(self, fields: Tensor) -> Tensor:
        states = self.states(fields)
        return states if self.card.steps == 1 else states[:, 0]

    def states(self, fields: Tensor) -> Tensor:
        """Return what the file gives: a state, or those after each of several steps."""
        space, points = tuple(fields.shape[2:]), self.card.record.problem.grid.points
        if space != points and not self.card.dynamic_grid:
            raise ValueError(f"a grid of {space} points; the exported file is tied to {points}")
        return self.call(fields.float()).to(fields)

    def at(self, fields: Tensor, points: Tensor) -> Tensor:
        raise ValueError("an exported file answers on its grid and not at points")

    def inner_target(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        return outputs


def open_artefact(path: Path) -> Artefact:
    """Return the exported file at ``path``, read and checked; nothing of it is run.

    Raises:
        InputError: there is none, it is none of ours, is damaged, refers to other files, holds operators that we do
            not write, or its tensors are not those of its card.
        SettingsError: the package that reads ONNX is not installed.
    """
    if not path.exists():
        raise absent(path, "exported file")
    if path.suffix not in SUFFIXES or not path.is_file():
        raise InputError(f"{path}: expected a file that surrogate export wrote, .onnx or .pt2")
    return artefact_of(path, read_bytes(path, _LARGEST))


def artefact_of(path: Path, content: bytes) -> Artefact:
    """Return the exported file whose bytes are ``content`` and whose name, or suffix alone, is ``path``.

    Raises:
        InputError, SettingsError: as :func:`open_artefact`.
    """
    digest, whole = hashlib.sha256(content).hexdigest(), has_its_end(path, content)
    kind: Kind | Literal["ONNX"]
    kind, card = ("ONNX", onnx_card(path, content)) if path.suffix == ".onnx" else program_card(path, content)
    if card.ended and not whole:
        raise changed(path)
    return Artefact(path, kind, card, content, digest)
