"""The ``.pt`` files of the neuraloperator library: Darcy flow (steady) and Burgers' equation (17 times).

A file is a dict of tensors without channel axis: ``x`` bool and ``y`` float32, both ``(n, i, j)``, or ``x`` ``(n, i)``,
``y`` ``(n, t, i)`` and ``visc`` ``(1, 1)`` in float64.

Source: https://github.com/neuraloperator/neuraloperator, neuralop/data/datasets (MIT).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from surrogate.datasets.foreign import Foreign
from surrogate.datasets.reading_settings import AS_IT_IS, Reading
from surrogate.datasets.source import Source
from surrogate.errors import InputError
from surrogate.spaces import Boundary, DataSpec, FieldSpec, Grid

if TYPE_CHECKING:
    from torch import Tensor

# The files say no times. Fitting speed and viscosity to the frames gives 0.06 between them, so the last is at 0.96.
_BURGERS_SPACING = 0.06


def recognise(source: Source) -> str | None:
    """Return why a source is such a file."""
    if source.kind != "file" or source.magic != "torch" or set(source.names) not in ({"x", "y"}, {"x", "y", "visc"}):
        return None
    return f"a torch file of {', '.join(sorted(source.names))}"


def read(path: Path, reading: Reading = AS_IT_IS) -> Foreign:
    """Return the content of a ``.pt`` file; nothing in it is executed.

    Raises:
        InputError: not a file of tensors, or not one of the two kinds.
        SettingsError: something was said of it that it says itself.
    """
    from surrogate.datasets.torch_file import read_torch_file

    reading.refuse_others("neuraloperator")
    content = read_torch_file(path)
    keys = set(content)
    if any(held.ndim == 0 or len(held) == 0 for held in content.values()):
        raise InputError(f"{path}: holds no samples")
    if keys == {"x", "y"}:
        return _darcy(path, content["x"], content["y"])
    if keys == {"x", "y", "visc"}:
        return _burgers(path, content["x"], content["y"], content["visc"])
    raise InputError(f"{path}: has keys {sorted(keys)}; expected x, y (Darcy flow) or x, y, visc (Burgers)")


def _darcy(path: Path, x: Tensor, y: Tensor) -> Foreign:
    import torch

    if x.dtype != torch.bool or x.ndim != 3 or y.shape != x.shape or y.dtype != torch.float32 or min(x.shape[1:]) < 2:
        raise InputError(f"{path}: x is {_kind(x)}, y is {_kind(y)}; expected bool and float32, both (n, i, j)")
    spec = DataSpec(
        equation="darcy",
        grid=Grid.box(tuple(x.shape[1:]), "left"),
        boundary=Boundary.uniform("dirichlet", 2),
        fields=(
            FieldSpec(name="inclusion", unit="1", role="constant"),
            FieldSpec(name="pressure", unit="1", role="state"),
        ),
        times=(0.0,),
        task="map",
        # The first node lies on the boundary, where the pressure is fixed: reversed, it stands for the other end.
        symmetries=("flip", "transpose"),
    )
    notes = (
        "-div(a grad u) = f with u = 0 on the boundary of the unit square, and a of two values: `inclusion` is 1 where"
        " a is the larger. The file gives neither the values of a nor f; the fields fit a ratio of 18. The points are"
        " i/n along each axis, so the right and upper boundary are one spacing beyond the last point."
    )
    return Foreign.of(spec, _floats(x)[:, None], _floats(y)[:, None, None], path.stem, notes)


def _burgers(path: Path, x: Tensor, y: Tensor, viscosity: Tensor) -> Foreign:
    shaped = x.ndim == 2 and y.ndim == 3 and min(y.shape[1:]) > 1 and (y.shape[0], y.shape[2]) == x.shape
    if not shaped or viscosity.numel() != 1 or not (x.is_floating_point() and y.is_floating_point()):
        kinds = f"x is {_kind(x)}, y is {_kind(y)}, visc is {_kind(viscosity)}"
        raise InputError(f"{path}: {kinds}; expected floats (n, i), (n, t, i) and one number")
    import torch

    if not torch.equal(x, y[:, 0].to(x.dtype)):
        raise InputError(f"{path}: x is not the first time of y, as it is in a file of Burgers' equation")
    spec = DataSpec(
        equation="burgers",
        grid=Grid.box((x.shape[1],), "left"),
        boundary=Boundary.uniform("periodic", 1),
        fields=(FieldSpec(name="velocity", unit="1", role="state"),),
        times=tuple(round(_BURGERS_SPACING * frame, 12) for frame in range(y.shape[1])),
        task="map",
    )
    notes = (
        f"u_t + u u_x = {viscosity.item():g} u_xx with period 1, sampled from a finer grid. The file gives no times;"
        f" a fit gives {_BURGERS_SPACING} between frames."
    )
    states = _floats(y)[:, :, None]
    return Foreign.of(spec, np.empty((len(states), 0, x.shape[1]), np.float32), states, path.stem, notes)


def _floats(values: Tensor) -> np.ndarray[Any, np.dtype[np.float32]]:
    return values.float().contiguous().numpy()


def _kind(values: Tensor) -> str:
    return f"{str(values.dtype).removeprefix('torch.')} {tuple(values.shape)}"
