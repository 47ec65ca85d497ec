"""VTK's files of points, for clouds: one for each sample, or for each of its frames with a ``.pvd`` that lists them.

``train/sample-00000.vtu`` holds the points that have weight, every field at them, and the weights; ParaView and meshio
read it.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import numpy as np

from surrogate.datasets.export_job import ExportJob, package
from surrogate.datasets.store import Part
from surrogate.spaces import DataSpec, Grid


def refusal(spec: DataSpec) -> str | None:
    """Return why this format cannot hold such data, None where it can."""
    on_grid = "vtu is for the points of clouds, and these lie on a grid: take netcdf"
    return on_grid if isinstance(spec.domain, Grid) else None


def write(job: ExportJob) -> tuple[str, ...]:
    """Write every sample into the folder of its split; return what the format cannot say.

    Raises:
        InputError: a part is missing or damaged.
        SettingsError: meshio is not installed.
    """
    meshio = package("meshio", "vtu", "fem")
    for split in job.splits:
        folder = job.folder / split
        folder.mkdir()
        for rows, part in job.parts(split):
            for row, number in enumerate(range(rows.start, rows.stop)):
                _write(meshio, job.spec, part, row, folder / f"sample-{number:05d}")
    return ("vtu has no units and no task: they are in the data card of the data set",)


def _write(meshio: ModuleType, spec: DataSpec, part: Part, row: int, stem: Path) -> None:
    axes = spec.domain.dimensions
    there = part.constants[row, axes] > 0
    points = np.zeros((int(there.sum()), 3))
    points[:, :axes] = part.constants[row, :axes, there]
    given = {field.name: part.constants[row, place, there] for place, field in enumerate(spec.constants)}
    cells = [("vertex", np.arange(len(points))[:, None])]
    data = {name: values for name, values in given.items() if name not in "xyz"[:axes]}
    frames = []
    for frame in range(len(spec.times)):
        states = {field.name: part.states[row, frame, place, there] for place, field in enumerate(spec.states)}
        path = stem.with_name(f"{stem.name}.vtu" if len(spec.times) == 1 else f"{stem.name}-{frame:04d}.vtu")
        meshio.Mesh(points, cells, point_data=data | states).write(path)
        frames.append(path.name)
    if len(frames) > 1:
        _list_frames(stem.with_name(f"{stem.name}.pvd"), frames, spec.times)


def _list_frames(path: Path, frames: list[str], times: tuple[float, ...]) -> None:
    root = ElementTree.Element("VTKFile", type="Collection", version="0.1")
    collection = ElementTree.SubElement(root, "Collection")
    for name, time in zip(frames, times, strict=True):
        ElementTree.SubElement(collection, "DataSet", timestep=repr(time), part="0", file=name)
    ElementTree.ElementTree(root).write(path, xml_declaration=True, encoding="utf-8")
