"""The settings of an evaluation, typed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SerializeAsAny, field_validator, model_validator

from surrogate.errors import SettingsError
from surrogate.kinds import SOLVER
from surrogate.predictors.effort_settings import SolverEffort
from surrogate.registry import SUITES, Settings
from surrogate.spaces import Split
from surrogate.values import Count, Device, Positive, Writes


class EvalConfig(Writes):
    """``surrogate eval``: a predictor on a split of its own or of another data set; ``suite`` is what is asked beside.

    It is a ``run``, several that differ in their seed, an ``ensemble``, an exported file (``artefact``), or a file of
    ``predictions`` made elsewhere; ``predictor`` is any of them that is one path, or the solver of the recipe, which
    works as ``solver`` says. An exported file that is a program is
    run where ``trust`` is its hash.
    """

    run: Path | None
    runs: Annotated[tuple[Path, ...], Field(min_length=2)] | None
    ensemble: tuple[Path, ...] | None
    artefact: Path | None
    predictions: Path | None
    predictor: Path | None
    solver: SolverEffort
    trust: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")] | None
    data: Path | None
    split: Split
    out: Path | None
    batch_size: Positive
    rollout: Count
    solver_seconds: Annotated[float, Field(ge=0)]
    metrics: Literal["main", "all"]
    device: Device
    suite: SerializeAsAny[Settings] | None = None

    @field_validator("suite", mode="before")
    @classmethod
    def _read_suite(cls, node: object) -> Settings | None:
        return None if node is None else SUITES.read(node)

    @model_validator(mode="after")
    def _one_subject(self) -> EvalConfig:
        subjects = (self.run, self.runs, self.ensemble, self.artefact, self.predictions, self.predictor)
        if sum(subject is not None for subject in subjects) != 1:
            raise SettingsError(
                "expected one of run=FOLDER, runs=[A,B], ensemble=[A,B], artefact=FILE, predictions=FILE and"
                " predictor=PATH to evaluate"
            )
        if self.solver.changes and self.predictor != Path(SOLVER):
            raise SettingsError("solver: says how predictor=solver solves, which is not evaluated here")
        return self
