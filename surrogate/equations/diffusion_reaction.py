"""A source, diffusion and a quadratic reaction, ``s_t = D s_xx + k s^2 + u(x)``, from nothing: the plane of x and t."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Any, ClassVar

import numpy as np
import scipy.integrate
import scipy.sparse
import torch
from numpy.typing import NDArray
from pydantic import Field, SerializeAsAny, field_validator
from scipy.interpolate import make_interp_spline
from torch import Tensor

from surrogate import registry
from surrogate.equations._by_module import ByModule
from surrogate.equations._equation import Solved
from surrogate.equations._grids import points_of
from surrogate.errors import SettingsError, SolverError
from surrogate.solvers.driven_diffusion import Rod, react, rod
from surrogate.solvers.etdrk4 import Clock
from surrogate.spaces import Boundary, DataSpec, FieldSpec, Grid, Split, Task

# The second method has so many intervals between two nodes.
_FINER = 6

Array = NDArray[np.float64]
Positive = Annotated[float, Field(gt=0)]


class Equation(ByModule):
    """The coefficients, the law of the source, and how its effect is solved.

    ``source`` names a sampler. Up to ``horizon`` in time, with ``steps`` steps from one row of the grid to the next and
    polynomials of ``degree`` from node to node; ``tolerance`` bounds the relative error of the steps.
    """

    dimensions: ClassVar = 2
    block: ClassVar = 10

    diffusivity: Positive
    reaction: float
    source: SerializeAsAny[registry.Settings]
    horizon: Positive
    steps: Annotated[int, Field(ge=2)]
    degree: Annotated[int, Field(ge=2)]

    @field_validator("source", mode="before")
    @classmethod
    def _read_source(cls, node: Any) -> Any:
        return registry.SAMPLERS.read(node)


def specification(settings: Equation, points: tuple[int, ...], task: Task) -> DataSpec:
    """Return the fields of a data set on ``points`` nodes of space and of time.

    Raises:
        SettingsError: a task other than ``map``, or not two axes.
    """
    if task != "map":
        raise SettingsError(f"task: diffusion_reaction is learned as a whole, expected 'map', got '{task}'")
    return DataSpec(
        equation="diffusion_reaction",
        grid=Grid(
            points=points_of("diffusion_reaction", points, settings.dimensions),
            lengths=(1.0, settings.horizon),
            placement=("nodes", "nodes"),
            origin=(0.0, 0.0),
        ),
        boundary=Boundary(sides=(("dirichlet", "dirichlet"), ("dirichlet", "open"))),
        fields=(
            FieldSpec(name="source", unit="1", role="constant"),
            FieldSpec(name="concentration", unit="1", role="state"),
        ),
        times=(0.0,),
        task=task,
    )


def draw(settings: Equation, specification: DataSpec, seed: int, split: Split, indices: Sequence[int]) -> Array:
    """Return the sources of the samples ``indices``, the same at all times, ``(n, 1, x, t)``."""
    law = registry.SAMPLERS.module(settings.source.name)
    nodes, times = specification.grid.points
    space = Grid.box((nodes,), "nodes")
    source: Array = law.sample(settings.source, space, seed, split, indices)
    return np.repeat(source[:, None, :, None], times, axis=3)


def solve(settings: Equation, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the concentrations that the sources ``inputs``, ``(n, 1, x, t)``, build up.

    ``residual`` is the distance from steps twice as long, relative to the state. Samples are solved one by one: the
    last bits of a matrix product depend on where in a batch a sample lies.

    Raises:
        SolverError: it exceeds the tolerance.
    """
    length = _rod(specification.grid.points[0], settings.degree, inputs.device)
    states, errors = [], []
    for source in inputs[:, 0, :, 0]:
        one = source[None].clone()
        found, longer = (
            react(torch.zeros_like(one), one, settings.diffusivity, settings.reaction, length, clock)
            for clock in (_clock(settings, specification, settings.steps // part) for part in (1, 2))
        )
        error = (found - longer).norm() / found.norm()
        if not float(error) <= settings.tolerance:
            raise SolverError(
                f"error {float(error):.1e} of the time step (equation.steps), expected at most {settings.tolerance:.1e}"
            )
        states.append(found.mT)
        errors.append(error)
    bound = torch.stack(errors)
    taken = settings.steps * (specification.grid.points[1] - 1)
    return Solved(torch.stack(states)[:, None], bound, torch.full_like(bound, taken, dtype=torch.int64))


def refined(settings: Equation, specification: DataSpec, space: int, time: int) -> Equation:
    """Return the settings with a degree ``space`` times as high and ``time`` times as many steps."""
    return settings.model_copy(update={"degree": space * settings.degree, "steps": time * settings.steps})


def residual(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far the rows of the grid are from following each other from nothing, ``(n,)``, relative to them.

    ``constants`` is ``(n, 1, x, t)``, ``states`` ``(n, 1, 1, x, t)``; differentiable in both. Solutions leave what a
    spline through the nodes makes of the thin layers of the first rows.
    """
    nodes, rows = specification.grid.points
    length = _rod(nodes, settings.degree, states.device)
    concentration = states[:, 0, 0].mT
    clock = Clock(1, specification.grid.spacing[1], settings.steps)
    before = concentration[:, :-1].flatten(0, 1)
    source = constants[:, 0].mT[:, :-1].flatten(0, 1)
    followed = react(before, source, settings.diffusivity, settings.reaction, length, clock)[:, 1]
    wrong = concentration[:, 1:] - followed.unflatten(0, (-1, rows - 1))
    return torch.cat((concentration[:, :1], wrong), dim=1).flatten(1).norm(dim=1) / concentration.flatten(1).norm(dim=1)


def second_method(settings: Equation, specification: DataSpec, inputs: Array) -> Array:
    """Return what central differences of order two and SciPy's Radau make of ``inputs``, ``(n, 1, 1, x, t)``."""
    return np.stack([_differences(settings, specification.grid, source) for source in inputs[:, 0, :, 0]])[
        :, None, None
    ]


def invariants(settings: Equation, specification: DataSpec, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
    """Return nothing: the source adds, the reaction multiplies, and the ends let out."""
    return {}


def _differences(settings: Equation, grid: Grid, source: Array) -> Array:
    nodes, times = grid.coordinates()
    inner = np.linspace(0, 1, _FINER * (len(nodes) - 1) + 1)[1:-1]
    scale = settings.diffusivity * (len(inner) + 1) ** 2
    laplace = scipy.sparse.diags_array([scale, -2 * scale, scale], offsets=[-1, 0, 1], shape=(len(inner),) * 2)
    given = make_interp_spline(nodes, source, k=3)(inner)

    def tendency(time: float, state: Array) -> Array:
        return np.asarray(laplace @ state + settings.reaction * state**2 + given, dtype=np.float64)

    def slope(time: float, state: Array) -> scipy.sparse.csc_array:
        return scipy.sparse.csc_array(laplace + scipy.sparse.diags_array(2 * settings.reaction * state))

    found = scipy.integrate.solve_ivp(
        tendency,
        (0.0, settings.horizon),
        np.zeros(len(inner)),
        method="Radau",
        t_eval=times,
        jac=slope,
        rtol=1e-6,
        atol=1e-8 * float(np.abs(given).max()),
    )
    if not found.success:
        raise SolverError(f"Radau: {found.message}")
    return np.pad(found.y, ((1, 1), (0, 0)))[::_FINER]


def _clock(settings: Equation, specification: DataSpec, steps: int) -> Clock:
    return Clock(specification.grid.points[1] - 1, specification.grid.spacing[1], steps)


@lru_cache(maxsize=4)
def _rod(nodes: int, degree: int, device: torch.device) -> Rod:
    return rod(nodes, degree, device)
