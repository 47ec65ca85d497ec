"""The settings of ``surrogate compare``, typed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from surrogate.errors import SettingsError
from surrogate.kinds import SOLVER
from surrogate.predictors.effort_settings import SolverEffort
from surrogate.spaces import Split
from surrogate.values import Count, Device, Positive, Writes


class CompareConfig(Writes):
    """``surrogate compare``: several predictors on the same samples; conf/compare.yaml says what is what.

    ``runs`` are folders of runs, exported files and files of predictions; a program among them is run where ``trust``
    is its hash. Where an ``input`` is given, they are held against the solver of the recipe on it, and one is enough.
    """

    runs: Annotated[tuple[Path, ...], Field(min_length=1)]
    solver: SolverEffort
    trust: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")] | None
    data: Path | None
    input: Path | None
    split: Split
    out: Path | None
    batch_size: Positive
    rollout: Count
    device: Device

    @model_validator(mode="after")
    def _something_to_hold_against(self) -> CompareConfig:
        if len(self.runs) < 2 and self.input is None:
            raise SettingsError("1 run to compare; expected two or more: surrogate compare runs/a runs/b")
        return self

    @model_validator(mode="after")
    def _no_idle_solver(self) -> CompareConfig:
        if self.solver.changes and Path(SOLVER) not in self.runs:
            raise SettingsError("solver: says how the solver among the predictors solves; name 'solver' as one of them")
        return self
