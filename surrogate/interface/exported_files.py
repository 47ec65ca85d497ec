"""A run becomes a file that runs without us, or a module in the hands of a torch program."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from surrogate.config.compose import compose_tree
from surrogate.config.keywords import words_of
from surrogate.config.read import read
from surrogate.environment import choose_device
from surrogate.errors import SettingsError, nearest
from surrogate.exporters._export_settings import ExportConfig
from surrogate.interface import notebook
from surrogate.interface.readable import size
from surrogate.interface.reporters import Reporter, reporter_for
from surrogate.kinds import EXPORTED, kind_of
from surrogate.outputs import STDOUT
from surrogate.predictors.exported.artefact import Exported, open_artefact
from surrogate.predictors.exported.artefact_card import Form
from surrogate.predictors.range_checked import RangeChecked
from surrogate.predictors.runs import load_run
from surrogate.reading import sha256
from surrogate.registry import EXPORTERS


@dataclass(frozen=True)
class ExportedFile:
    """A file that was written and compared with the run.

    Attributes:
        path: of the file.
        error: the largest relative L2 between the file and the run, of a sample, in batches of 1 and 7.
        tensors: what goes in and comes out, in words.
        bytes: its size; None on standard output.
        sha256: its hash; None on standard output.
        data: the data set that the run learned from.
    """

    path: Path
    error: float
    tensors: str
    bytes: int | None
    sha256: str | None
    data: Path

    def figures(self) -> dict[str, str]:
        """Return what is told of it, as name -> text."""
        return {
            **({} if self.bytes is None else {"size": size(self.bytes)}),
            "largest difference to eager": f"{self.error:.1e} (relative L2 of a sample, batches 1 and 7)",
            "tensors": self.tensors,
            **({} if self.sha256 is None else {"sha256": self.sha256}),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self) | {"path": str(self.path), "data": str(self.data)}

    def __fspath__(self) -> str:
        return os.fspath(self.path)

    def _repr_html_(self) -> str:
        """Return its figures, for a notebook."""
        return notebook.facts(str(self.path), self.figures())


def export(
    run: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    *,
    reporter: Reporter | None = None,
    **settings: Any,
) -> ExportedFile:
    """Return the file that a run was written to, run and compared with it before it got its name.

    Args:
        run: a run, or its folder.
        out: the file; None: in the folder of the run.
        reporter: told of what a reader must know.
        settings: as of ``surrogate export``: ``format``, ``steps``, ``dynamic_grid``, ``tolerance``, ``overwrite``.

    Raises:
        UsageError, SettingsError: a setting that cannot be, a format that this machine lacks the software for, or a
            file that differs from the run by more than ``tolerance``.
        InputError: no run is there.
    """
    keywords = {"run": run} | ({} if out is None else {"out": out}) | settings
    config = read(ExportConfig, compose_tree("export", words_of("export", keywords)))
    return exported(config, reporter_for(reporter))


def exported(config: ExportConfig, reporter: Reporter) -> ExportedFile:
    """Return the file of typed settings; raises as :func:`export` does."""
    if config.format not in EXPORTERS:
        hint = nearest(config.format, EXPORTERS.names())
        raise SettingsError(f"format: there is no export format '{config.format}'{hint}")
    exporter = EXPORTERS.module(config.format)
    run = load_run(config.run)
    if run.unverified:
        reporter.note(f"warning: {run.unverified}")
    form = Form(config.steps, config.dynamic_grid)
    path = config.out or config.run / f"{Path(config.run).name}{form.suffix}{exporter.SUFFIX}"
    error = exporter.export(run, path, config.tolerance, form, config.overwrite)
    grid = "any grid that fits" if form.dynamic_grid else f"{form.steps} steps" if form.steps > 1 else "one grid"
    tensors = f"input, output: physical units, any batch size, {grid}"
    written = path != STDOUT
    return ExportedFile(
        path,
        error,
        tensors,
        path.stat().st_size if written else None,
        sha256(path) if written else None,
        run.record.settings.data,
    )


def load(path: str | os.PathLike[str], device: str = "cpu", trust: str | None = None) -> RangeChecked:
    """Return the surrogate of a run or an exported file: a torch module in evaluation mode, in physical units.

    It maps ``(b, c, s...)`` to ``(b, c, s...)``; that of a run can be differentiated. ``surrogate.predict`` also
    checks, batches and tells what is unlike the training inputs.

    Args:
        path: a run or its folder, or an exported file, which runs on the CPU.
        device: ``cpu``, ``cuda``, ``cuda:NUMBER`` or ``auto``.
        trust: ``sha256:...``, the hash of a file that is a program (.pt2), which is run only where it is named.

    Raises:
        InputError: there is neither, it is damaged, or it is a program that is not trusted.
        SettingsError: there is no such device.
    """
    place = Path(path).expanduser().absolute()
    if kind_of(place) == EXPORTED:
        if device.startswith("cuda"):
            raise SettingsError(f"device={device}: an exported file is run on the CPU; take device=cpu")
        artefact = open_artefact(place)
        return Exported(artefact.card, artefact.load(trust)).eval()
    return load_run(place, choose_device(device)).surrogate
