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
from pathlib import Path

import torch
from torch import Tensor, nn

from surrogate.errors import InputError
from surrogate.predictors.runs import Run, load_run
from surrogate.predictors.surrogate import Surrogate


class Ensemble(Surrogate):
    """A surrogate whose answer is the mean of those of its ``members``, which are surrogates of the same problem."""

    def __init__(self, members: Sequence[Surrogate]) -> None:
        nn.Module.__init__(self)  # it has members where a surrogate has an operator and normalisers
        self.members = nn.ModuleList(members)
        first = members[0]
        self.problem, self.guard = first.problem, first.guard
        self.residual, self.off_grid, self.held = False, None, None
        self.register_buffer("input_low", first.input_low.clone())
        self.register_buffer("input_high", first.input_high.clone())

    @property
    def any_grid(self) -> bool:
        """Whether all members take fields on another grid than the training data's."""
        return all(member.any_grid for member in self._each())

    @property
    def same_on_any_grid(self) -> bool:
        """Whether all members are one map between functions there."""
        return all(member.same_on_any_grid for member in self._each())

    def forward(self, fields: Tensor) -> Tensor:
        """Map inputs (b, c_in, s...) to the mean of the members' outputs (b, c_out, s...), in physical units."""
        return self.answers(fields).mean(0)

    def at(self, fields: Tensor, points: Tensor) -> Tensor:
        """Map inputs (b, c_in, s...) to the mean of the members' outputs (b, c_out, n) at ``points`` (n, d)."""
        return torch.stack([member.at(fields, points) for member in self._each()]).mean(0)

    def answers(self, fields: Tensor) -> Tensor:
        """Map inputs (b, c_in, s...) to the outputs of every member, (m, b, c_out, s...)."""
        return torch.stack([member(fields) for member in self._each()])

    def _each(self) -> list[Surrogate]:
        return [member for member in self.members if isinstance(member, Surrogate)]


def open_ensemble(folders: Sequence[Path], device: str | torch.device) -> Run:
    """Return the runs in ``folders`` as one run, which lies in a folder beside the first, ``ensemble-`` and a hash.

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
            raise InputError(
                f"{run.folder}: the weights of {known[run.digest]}; each member of an ensemble counts once"
            )
        known[run.digest] = run.folder
        if run.record.problem != first.record.problem:
            raise InputError(f"{run.folder}: another problem (fields, grid or boundary) than that of {first.folder}")
        if run.record.data.hash != first.record.data.hash:
            raise InputError(f"{run.folder}: trained on other data than {first.folder}")
    digest = hashlib.sha256("".join(sorted(known)).encode()).hexdigest()
    record = first.record.model_copy(
        update={
            "parameters": sum(run.record.parameters for run in runs),
            "seconds": sum(run.record.seconds for run in runs),
            "metrics": {},
        }
    )
    place = Path(os.path.commonpath([run.folder.absolute().parent for run in runs])) / f"ensemble-{digest[:8]}"
    ensemble = Ensemble([run.surrogate for run in runs]).to(device).eval()
    return Run(place, record, ensemble, first.examples, digest)
