"""AOTInductor: a ``.pt2`` that holds compiled machine code, for this kind of processor and this version of PyTorch."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
import torch._inductor.config
from torch.export.pt2_archive._package import package_pt2

from surrogate.errors import SettingsError, StorageError
from surrogate.exporters._parity import graph, grid_errors, placed, quiet, write
from surrogate.outputs import STDOUT
from surrogate.predictors.exported.artefact_card import CARD, Card, Form
from surrogate.predictors.runs import Run

SUFFIX = ".aoti.pt2"
# A package of a small model is some megabytes.
_LEAST = 4 * 2**20


def export(run: Run, path: Path, tolerance: float, form: Form | None = None, overwrite: bool = False) -> float:
    """Write the run as a package of compiled code; return its largest relative L2 distance from the run.

    Its tensors are those of :func:`surrogate.exporters.torch.export`, which see. Compiling takes minutes.

    Raises:
        SettingsError: there is no C++ compiler, the run makes no steps, cannot be exported for any grid, or what
            is at ``path`` is not ours.
        ExportError: the file differs from the run by more than ``tolerance``; nothing is left at ``path``.
        StorageError: the disk refused.
    """
    form = form or Form()
    if path.suffix != ".pt2" and path != STDOUT:
        raise SettingsError(f"out={path}: expected a name that ends in .pt2, which PyTorch insists on")
    _require_compiler()
    card = Card.of(run, form)
    loggers = ("torch.export", "torch._export", "torch._inductor")
    path = placed(run, path, form, "AOTInductor", overwrite)
    content = io.BytesIO()
    with quiet(*loggers), _scratch() as folder:
        with grid_errors(form, run):
            module, inputs, axes = graph(run, form)
            program = torch.export.export(module, (inputs,), dynamic_shapes=(axes,))
            # A folder of its own, not the cache that all users of a machine share.
            options = {"aot_inductor.package": True, "aot_inductor.output_path": folder}
            files = torch._inductor.aot_compile(program.module(check_guards=False), (inputs,), options=options)
        if not isinstance(files, list):
            raise RuntimeError(f"aot_compile returned {type(files).__name__}, expected the files of a package")
        package_pt2(content, aoti_files=files, extra_files={CARD: card.model_dump_json()})
        return write(run, path, content.getvalue(), SUFFIX, tolerance, form)


@contextmanager
def _scratch() -> Iterator[str]:
    """Give a folder for what a compiler leaves; where there is no room for it, that is what went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            yield folder
        except Exception as error:  # the compiler's, the linker's, or that of the archive
            free = shutil.disk_usage(folder).free
            if free > _LEAST:
                raise
            full = f"{tempfile.gettempdir()}: {free / 1e6:.1f} MB left, too few to compile in; set TMPDIR to another"
            raise StorageError(full) from error


def _require_compiler() -> None:
    """Refuse to begin where the compiler that Inductor would call is missing."""
    wanted = torch._inductor.config.cpp.cxx
    names = [name for name in (wanted if isinstance(wanted, tuple) else (wanted,)) if name]
    if not any(shutil.which(name) for name in names):
        raise SettingsError(f"format=aoti compiles C++, and there is no {names[-1]}; set CXX, or take format=torch")
