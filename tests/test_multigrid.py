"""The V-cycle that solvers, operators and certified solves share, with the parts of a textbook."""

import pytest
import torch
import torch.nn.functional as F

from surrogate.multigrid import v_cycle
from surrogate.operators.padding import uniform_rules
from surrogate.operators.v_cycle import CycleShape, VCycle

SWEEPS, COARSEST_SWEEPS, DAMPING = 2, 20, 4 / 5


def laplacian(field, spacing):
    """The five-point Laplacian, negated, of a field (n, n) that is zero beyond its walls."""
    walled = F.pad(field, (1, 1, 1, 1))
    around = walled[2:, 1:-1] + walled[:-2, 1:-1] + walled[1:-1, 2:] + walled[1:-1, :-2]
    return (4 * field - around) / spacing**2


class Textbook:
    """Damped Jacobi, full weighting of the residual, bilinear interpolation, on the interior nodes of a square."""

    def __init__(self, spacing, sweeps=SWEEPS):
        self.spacing, self.sweeps = spacing, sweeps

    def smoothed(self, right, field):
        for _ in range(self.sweeps):
            field = field + DAMPING * self.spacing**2 / 4 * (right - laplacian(field, self.spacing))
        return field

    def before(self, right):
        return self.smoothed(right, torch.zeros_like(right))

    def down(self, right, field):
        residual = right - laplacian(field, self.spacing)
        for axis in (0, 1):
            rows = residual.movedim(axis, 0)
            residual = (rows[:-2:2] / 4 + rows[1:-1:2] / 2 + rows[2::2] / 4).movedim(0, axis)
        return residual

    def up(self, field, coarse):
        for axis in (0, 1):
            rows = F.pad(coarse.movedim(axis, 0), (0, 0, 1, 1))
            fine = torch.stack([(rows[:-1] + rows[1:]) / 2, rows[1:]], dim=1).flatten(0, 1)[:-1]
            coarse = fine.movedim(0, axis)
        return field + coarse

    def after(self, right, field):
        return self.smoothed(right, field)


def textbook_cycle(n):
    """Return the cycle on n x n interior nodes as a function, down to 3 x 3."""
    levels = [Textbook(2**depth / (n + 1)) for depth in range(n.bit_length() - 2)]
    coarsest = Textbook(1 / 4, COARSEST_SWEEPS)
    return lambda right: v_cycle(levels, coarsest.before, right)


def learned_cycle(n):
    """Return the V-cycle of learned stencils on n x n interior nodes, with the textbook's numbers put in."""
    depths = n.bit_length() - 1
    pre, post = (SWEEPS,) * (depths - 1) + (COARSEST_SWEEPS,), (SWEEPS,) * (depths - 1) + (0,)
    cycle = VCycle(1, 1, (n, n), uniform_rules("zeros", 2), CycleShape(pre, post, "residual", "zero", "unpadded"))
    five = torch.tensor([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], dtype=torch.float64)
    here, weighting = (five == 4).double(), torch.tensor([1, 2, 1], dtype=torch.float64) / 4
    with torch.no_grad():
        for depth in range(depths):
            operator = five * ((n + 1) / 2**depth) ** 2
            for step in (*cycle.double().before[depth], *cycle.after[depth]):
                step.smoother.weight.copy_(DAMPING * here / operator.max())
                if step.operator is not None:
                    step.operator.weight.copy_(operator)
            if depth < depths - 1:
                transfer = cycle.transfers[depth]
                transfer.operator.weight.copy_(operator)
                transfer.restrict_data.weight.copy_(weighting[:, None] * weighting)
                transfer.interpolation.weight.copy_(4 * weighting[:, None] * weighting)
    return cycle.requires_grad_(False)


def convergence_factor(cycle, n):
    """Return the geometric mean of the ratios of successive errors over cycles 3 to 12, the solution being zero."""
    error = torch.randn(n, n, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    sizes = []
    for _ in range(12):
        error = error - cycle(laplacian(error, 1 / (n + 1)))
        sizes.append(float(error.norm()))
    return (sizes[11] / sizes[1]) ** (1 / 10)


@pytest.mark.parametrize("n", [15, 31])
def test_with_the_five_point_stencil_and_jacobi_weights_the_learned_cycle_is_the_solvers(n):
    right = torch.randn(n, n, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(learned_cycle(n)(right[None, None])[0, 0], textbook_cycle(n)(right), rtol=0, atol=1e-14)


def test_its_convergence_factor_is_the_same_on_every_grid_and_the_textbooks():
    """Below a fifth with two sweeps before and after."""
    learned, textbook = [], []
    for n in (15, 31, 63):
        cycle = learned_cycle(n)
        learned.append(convergence_factor(lambda right, cycle=cycle: cycle(right[None, None])[0, 0], n))
        textbook.append(convergence_factor(textbook_cycle(n), n))
    assert learned == pytest.approx(textbook, rel=1e-6)
    assert max(learned) < 0.2
    assert max(learned) < 1.2 * min(learned)


def test_without_finer_grids_the_cycle_is_the_solve_on_the_coarsest():
    assert v_cycle((), lambda right: 3 * right, torch.ones(1)) == 3
