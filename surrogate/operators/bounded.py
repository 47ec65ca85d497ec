"""Linear layers that cannot amplify: multipliers of modulus below 1, and matrices of norm at most 1.

Shape letters: b batch, c channels, i channels in, o channels out, s... space, k... kept frequencies.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx

from surrogate.operators.operator import CHANNELS_OUT, Layout, WeightAxis
from surrogate.operators.pointwise import Pointwise
from surrogate.operators.spectral import SpectralOperator

# Squarings that bound the norm of a matrix: of 64 equal singular values it is then 7 % too large, of unequal ones less.
_SQUARINGS = 5


class BoundedSpectral(SpectralOperator):
    """Convolve each channel with a learned kernel whose Fourier coefficients have modulus ``sigmoid(gain) < 1``.

    ``(F v)_c(k) = sigmoid(gain_kc) exp(i phase_kc) (F u)_c(k)`` for the frequencies k that are kept, 0 for all others.

    Frequencies outside the ball ``sum_i (k_i / n_modes_i)^2 < 1`` are removed, so that no direction is
    resolved further than another. The operator norm in L2 is at most :meth:`bound`, on every grid: what the layer is
    fed with for ever cannot grow in it.

    Source: McCabe, Harrington, Subramanian, Brown (2023), Towards Stability of Autoregressive Neural Operators,
    arXiv:2306.10619, section 4.

    Args:
        channels: channels of the field, each of which is convolved by itself.
        n_modes: for each space axis, how many frequencies ``0 .. n_modes - 1`` the ball reaches.
        layout: where fields have their channels.

    Attributes:
        gain: real, (k..., c); the modulus is its sigmoid.
        phase: real, (k..., c); in radians.
    """

    inside: Tensor

    def __init__(self, channels: int, n_modes: Sequence[int], layout: Layout) -> None:
        super().__init__(channels, channels, n_modes, layout)
        axes = [np.concatenate([np.arange(m), np.arange(1 - m, 0)]) for m in self.n_modes[:-1]]
        shares = [k / m for k, m in zip([*axes, np.arange(self.n_modes[-1])], self.n_modes, strict=True)]
        radius = sum(share**2 for share in np.meshgrid(*shares, indexing="ij"))
        self.register_buffer("inside", torch.from_numpy(radius < 1)[..., None].float(), persistent=False)
        self.gain = nn.Parameter(2 + torch.randn(*self.kept, channels))
        self.phase = nn.Parameter(torch.randn(*self.kept, channels))

    def bound(self) -> float:
        """Return what the operator norm in L2 is at most: the largest modulus, below 1."""
        return float((self.gain.detach().sigmoid() * self.inside).max())

    def axes(self) -> dict[str, tuple[WeightAxis, ...]]:
        # No number here is a multiplier of zero.
        each = (*(WeightAxis("waves", numbers) for numbers in self.waves()), CHANNELS_OUT)
        return {"gain": each, "phase": each}

    def multiply(self, real: Tensor, imaginary: Tensor) -> tuple[Tensor, Tensor]:
        """Map both parts of a spectrum, (b, k..., c), to those of another of the same shape."""
        modulus = self.gain.sigmoid() * self.inside
        x, y = modulus * self.phase.cos(), modulus * self.phase.sin()
        return real * x - imaginary * y, real * y + imaginary * x

    def adjoint(self) -> BoundedSpectral:
        """Return the multipliers of the same moduli and the opposite phases."""
        other = self._turned()
        other.phase = nn.Parameter(-self.phase.detach())
        return other


class Contraction(Pointwise):
    """A matrix between channels at every point, divided by a bound of its norm, and constants: Lipschitz constant <= 1.

    ``v(x) = (W / bound(W)) u(x) + b`` with the bound of :func:`norm_bound`, whose source is there. It is computed anew
    from the weights each time, so that there is no state beside them; :meth:`fold` puts it into the weights for good,
    for what only predicts.
    """

    def __init__(self, channels_in: int, channels_out: int, layout: Layout) -> None:
        super().__init__(channels_in, channels_out, layout)
        self.folded = False

    def fold(self) -> None:
        """Divide the weights by the bound, which is not computed again; the map stays what it is."""
        if not self.folded:
            with torch.no_grad():
                self.weight.div_(norm_bound(self.weight))
        self.folded = True

    def matrix(self) -> Tensor:
        """Return the matrix over the bound of its norm."""
        return self.weight if self.folded else self.weight / norm_bound(self.weight)


def fold(module: nn.Module) -> None:
    """Fold every contraction inside ``module``: a smaller graph to export, of the same map."""
    for part in module.modules():
        if isinstance(part, Contraction):
            part.fold()


def norm_bound(matrix: Tensor) -> Tensor:
    """Return a number not below the largest singular value of a matrix (o, i), and near it; differentiable once.

    It is ``(sum_i s_i^q)^(1/q)`` over the singular values s with ``q = 64``, which squaring ``G = W^T W`` again and
    again computes. Its gradient is ``W G^(q/2 - 1)`` up to a factor, a product of the same squares.

    Source: Delattre, Barthélemy, Araujo, Allauzen (2023), Efficient bound of Lipschitz constant for convolutional
    layers by Gram iteration, arXiv:2305.16173, theorem 1.
    """
    # In the type of the weights, whatever the precision of the arithmetic around it: the powers need the digits.
    with torch.autocast(matrix.device.type, enabled=False) if _lowered(matrix) else nullcontext():
        bound: Tensor = _NormBound.apply(matrix)  # type: ignore[no-untyped-call]
    return bound


def _lowered(matrix: Tensor) -> bool:
    return torch.is_autocast_enabled(matrix.device.type)


class _NormBound(torch.autograd.Function):
    """:func:`norm_bound` with its gradient in closed form: far fewer operations than those of each squaring."""

    @staticmethod
    def forward(ctx: FunctionCtx, matrix: Tensor) -> Tensor:
        size = torch.linalg.matrix_norm(matrix)
        unit = matrix / size
        wide = unit.shape[0] < unit.shape[1]
        gram = unit @ unit.T if wide else unit.T @ unit
        logarithm, power = size.log(), 2.0
        squares = []
        for _ in range(_SQUARINGS - 1):
            # Divided by its norm, which is put back in the end, so that nothing leaves the range of the numbers.
            size = torch.linalg.matrix_norm(gram)
            logarithm = logarithm + size.log() / power
            squares.append(gram / size)
            gram, power = squares[-1] @ squares[-1], 2 * power
        bound = (logarithm + torch.linalg.matrix_norm(gram).log() / power).exp()
        ctx.save_for_backward(matrix, bound, gram, *squares)
        return bound

    @staticmethod
    def backward(ctx: FunctionCtx, gradient: Tensor) -> Tensor:
        matrix, bound, *squares = ctx.saved_tensors  # type: ignore[attr-defined]
        product = torch.linalg.multi_dot(squares)
        wide = matrix.shape[0] < matrix.shape[1]
        steep = product @ matrix if wide else matrix @ product
        # f is of degree 1, so that <gradient of f at W, W> = f(W), which gives the factor.
        return gradient * bound / (steep * matrix).sum() * steep
