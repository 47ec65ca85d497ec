"""A deep ensemble: runs of one problem on the same data, from several seeds, evaluated as one run.

Source: Lakshminarayanan, Pritzel, Blundell (2017), Simple and Scalable Predictive Uncertainty Estimation using Deep
Ensembles, NeurIPS, arXiv:1612.01474. Its members give a value at each point and no variance of their own, so the spread
of the ensemble is theirs alone: it knows what seeds disagree on, not what all of them get wrong.

Shape letters: m members, b batch, c channels, s... space.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from surrogate.capabilities import Capabilities, Resolutions
from surrogate.errors import InputError
from surrogate.predictors.loaded import Loaded
from surrogate.predictors.rollout import roll_out
from surrogate.predictors.runs import load_run
from surrogate.predictors.surrogate import Surrogate
from surrogate.spaces import Problem, Space


class Ensemble(nn.Module):
    """A map whose answer is the mean of those of its ``members``, which are surrogates of the same problem."""

    def __init__(self, members: Sequence[Surrogate]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.first = members[0]

    @property
    def problem(self) -> Problem:
        """What all members answer."""
        return self.first.problem

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.first.device

    @property
    def capabilities(self) -> Capabilities:
        """What all members can do."""
        able = [member.capabilities for member in self._each()]
        same = all(each.same_on_any_grid for each in able)
        resolutions: Resolutions = "same" if same else "any" if all(each.any_grid for each in able) else "own"
        return replace(able[0], resolutions=resolutions, any_points=all(each.any_points for each in able))

    def accepts(self, *sources: Space, target: Space | None = None) -> str | None:
        """Return why some member does not answer functions of these spaces, None where all do."""
        reasons = (member.accepts(*sources, target=target) for member in self._each())
        return next((each for each in reasons if each is not None), None)

    def forward(self, fields: Tensor) -> Tensor:
        """Map inputs (b, c_in, s...) to the mean of the members' outputs (b, c_out, s...), in physical units."""
        return self.of_members(fields).mean(0)

    def at(self, fields: Tensor, points: Tensor) -> Tensor:
        """Map inputs (b, c_in, s...) to the mean of the members' outputs (b, c_out, n) at ``points`` (n, d)."""
        return torch.stack([member.at(fields, points) for member in self._each()]).mean(0)

    def roll_out(self, fields: Tensor, problem: Problem, steps: int) -> Tensor:
        """Map inputs (b, c_in, s...) of ``problem`` to the states after 1 to ``steps`` steps, (b, t, c_out, s...)."""
        return roll_out(self, problem, fields, steps)

    def unlike(self, fields: Tensor) -> list[str]:
        """Return, per sample of (b, c_in, s...), in what it is unlike the training inputs, which all members had."""
        return self.first.unlike(fields)

    def of_members(self, fields: Tensor) -> Tensor:
        """Map inputs (b, c_in, s...) to the outputs of every member, (m, b, c_out, s...)."""
        return torch.stack([member(fields) for member in self._each()])

    def _each(self) -> list[Surrogate]:
        return [member for member in self.members if isinstance(member, Surrogate)]


def open_ensemble(folders: Sequence[Path], device: str | torch.device) -> Loaded:
    """Return the mean of the runs in ``folders``, whose place is beside the first, ``ensemble-`` and a hash.

    Its record is that of the first run with the parameters and seconds of all; it has no figures of its own.

    Raises:
        InputError: fewer than two runs, one given twice, or runs of other problems or other data than the first.
    """
    if len(folders) < 2:
        raise InputError(f"ensemble={[str(folder) for folder in folders]}: an ensemble needs at least two runs")
    runs = [load_run(folder, device) for folder in folders]
    first, known = runs[0], dict[str, Path]()
    for run in runs:
        if run.digest in known:
            raise InputError(f"{run.path}: the weights of {known[run.digest]}; each member of an ensemble counts once")
        known[run.digest] = run.path
        if run.record.problem != first.record.problem:
            raise InputError(f"{run.path}: another problem (fields, grid or boundary) than that of {first.path}")
        if run.record.data.hash != first.record.data.hash:
            raise InputError(f"{run.path}: trained on other data than {first.path}")
    digest = hashlib.sha256("".join(sorted(known)).encode()).hexdigest()
    record = first.record.model_copy(
        update={
            "parameters": sum(run.record.parameters for run in runs),
            "seconds": sum(run.record.seconds for run in runs),
            "metrics": {},
        }
    )
    place = Path(os.path.commonpath([run.path.absolute().parent for run in runs])) / f"ensemble-{digest[:8]}"
    ensemble = Ensemble([run.surrogate for run in runs]).to(device).eval()
    kind = f"the ensemble of {len(runs)} runs of {record.settings.model.name}"
    return Loaded(place, kind, record, ensemble, digest, data=record.settings.data)
