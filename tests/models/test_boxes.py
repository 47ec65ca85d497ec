"""Every registered model on every kind of box: one to three dimensions, any size, any side, any place of the points."""

import zlib

import pytest
import torch

from surrogate.registry import MODELS
from surrogate.spaces import Boundary, FieldSpec, Grid, Problem

D, N, R, P = "dirichlet", "neumann", "robin", "periodic"
# points, sides of each axis, placement of each axis
BOXES = {
    "a prime line": ((7,), ((D, D),), ("nodes",)),
    "a line with two kinds of ends": ((30,), ((D, N),), ("cells",)),
    "a periodic line of prime length": ((31,), ((P, P),), ("left",)),
    "a line without its right end": ((12,), ((D, "open"),), ("left",)),
    "a prime square": ((11, 11), ((D, D), (D, D)), ("nodes", "nodes")),
    "an odd and an even axis": ((13, 8), ((N, N), (N, N)), ("cells", "nodes")),
    "a long rectangle": ((9, 50), ((D, D), (N, D)), ("cells", "cells")),
    "a rectangle": ((30, 50), ((N, D), (D, D)), ("cells", "cells")),
    "a channel": ((16, 17), ((P, P), (D, D)), ("left", "nodes")),
    "a column": ((15, 14), ((D, N), (P, P)), ("cells", "left")),
    "two insulated and two leaking sides": ((10, 12), ((N, N), (R, R)), ("nodes", "cells")),
    "a cube": ((12, 12, 12), ((D, D), (D, D), (D, D)), ("cells", "cells", "cells")),
    "a duct": ((8, 7, 9), ((P, P), (D, N), (D, D)), ("left", "cells", "nodes")),
}
# As small as shows the matter.
SMALL = {
    "fno": {"hidden_channels": 8, "n_modes": 3},
    "stable_fno": {"hidden_channels": 8, "n_modes": 3},
    "mgno": {"hidden_channels": 8},
    "unet": {"hidden_channels": 8},
}


def problem_on(points, sides, placement, inputs=2, outputs=2):
    return Problem.on_grid(
        inputs=tuple(FieldSpec(name=f"a{i}", unit="1", role="constant") for i in range(inputs)),
        outputs=tuple(FieldSpec(name=f"u{i}", unit="1", role="state") for i in range(outputs)),
        grid=Grid(points=points, lengths=(1.0,) * len(points), placement=placement, origin=(0.0,) * len(points)),
        boundary=Boundary(sides=sides),
        task="map",
    )


@pytest.mark.parametrize("box", BOXES, ids=str)
@pytest.mark.parametrize("name", [*MODELS.names(), "fno in the waves of the box"])
def test_a_step_of_training_moves_every_weight_on_any_box(name, box, build):
    torch.manual_seed(zlib.crc32(f"{name} {box}".encode()))
    points, sides, placement = BOXES[box]
    name, *waves = name.split(" in ")
    changes = SMALL.get(name, {}) | ({"basis": "boundary"} if waves else {})
    model = build(name, problem_on(points, sides, placement), **changes)
    inputs, targets = torch.randn(4, 2, *points), torch.randn(4, 2, *points)
    weights = dict(model.named_parameters())
    before = {key: weight.detach().clone() for key, weight in weights.items()}
    optimizer = torch.optim.SGD(weights.values(), lr=1e-3)
    outputs = model(inputs)
    assert outputs.shape == targets.shape
    (outputs - targets).square().mean().backward()
    assert [key for key, weight in weights.items() if weight.grad is None or not weight.grad.isfinite().all()] == []
    optimizer.step()
    assert [key for key, weight in weights.items() if torch.equal(weight, before[key])] == []
    assert model(inputs).isfinite().all()


@pytest.mark.parametrize("name", ["fno", "mgno", "unet"])
@pytest.mark.parametrize("axis", [0, 1])
def test_shifts_along_the_periodic_axis_of_a_channel_are_commuted_with(name, axis, build):
    """By a cell of the coarsest grid, which is what every model has in common."""
    sides, placement = [(P, P), (D, N)], ["left", "cells"]
    points = [16, 11]
    if axis == 1:
        sides, placement, points = (list(reversed(each)) for each in (sides, placement, points))
    changes = {"positional_embedding": False} if name in ("fno", "mgno") else {}
    model = build(name, problem_on(tuple(points), tuple(sides), tuple(placement)), **SMALL[name], **changes).double()
    fields = torch.randn(2, 2, *points, dtype=torch.float64)
    shifted = fields.roll(8, 2 + axis)
    torch.testing.assert_close(model(shifted), model(fields).roll(8, 2 + axis))
    other = 3 - axis
    moved = (model(fields.roll(2, other)) - model(fields).roll(2, other)).norm() / model(fields).norm()
    assert moved > 1e-3
