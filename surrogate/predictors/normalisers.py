"""Mean and deviation of fields, taken a block at a time, and the maps to mean 0 and deviation 1 and back.

Shape letters: b batch, c channel, s... space.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from surrogate.predictors.surrogate_settings import NormaliserKind

# A spread below this part of the whole field's spread counts as this part: where all samples agree (on a
# Dirichlet boundary) decoding must give their value, and encoding must not divide by zero.
_FLOOR = 1e-4

# Fields whose moments are summed together: few enough to spare memory.
BLOCK = 64

# A spread below this part of the mean is the rounding of float32, not a spread.
_ROUNDING = 1e-7


class FieldMoments:
    """Mean and deviation over ``axes`` (sizes 1 stay there) of fields (n, c, s...) that come in blocks, in float64.

    Source: Chan, Golub, LeVeque (1983), Algorithms for computing the sample variance, The American Statistician 37.
    """

    mean: Tensor

    def __init__(self, axes: tuple[int, ...]) -> None:
        self.axes = axes
        self.count: float = 0
        self._squares: Tensor

    def add(self, fields: Tensor, weights: Tensor | None = None) -> None:
        """Take one more block of fields; with quadrature weights (n, s...) every number counts as that of its point."""
        wide = fields.double()
        if weights is None:
            mean = wide.mean(self.axes, keepdim=True)
            squares = (wide - mean).square().sum(self.axes, keepdim=True)
            count: float = wide.numel() // mean.numel()
        else:
            shares = weights.double()[:, None]
            count = float(shares.sum())
            mean = (shares * wide).sum(self.axes, keepdim=True) / count
            squares = (shares * (wide - mean).square()).sum(self.axes, keepdim=True)
        if self.count == 0:
            self.mean, self._squares = torch.zeros_like(mean), torch.zeros_like(mean)
        apart, total = mean - self.mean, self.count + count
        self._squares = self._squares + squares + apart.square() * (self.count * count / total)
        self.mean = self.mean + apart * (count / total)
        self.count = total

    @property
    def std(self) -> Tensor:
        """Deviation of the numbers themselves (divided by their count)."""
        return (self._squares / self.count).sqrt()

    def of_channels(self, chosen: slice) -> FieldMoments:
        """Return the moments of some of the channels."""
        moments = FieldMoments(self.axes)
        moments.count, moments.mean, moments._squares = self.count, self.mean[:, chosen], self._squares[:, chosen]
        return moments

    def over(self, axes: tuple[int, ...]) -> FieldMoments:
        """Return the moments over more axes."""
        moments = FieldMoments(self.axes + axes)
        moments.mean = self.mean.mean(axes, keepdim=True)
        moments.count = self.count * (self.mean.numel() // moments.mean.numel())
        spread = self._squares + self.count * (self.mean - moments.mean).square()
        moments._squares = spread.sum(axes, keepdim=True)
        return moments


class Normaliser(nn.Module):
    """An affine map to mean 0 and deviation 1, and back.

    ``none`` changes nothing; ``scalar`` has one mean and deviation for all channels; ``channel`` one for each;
    ``pointwise`` one for each channel and point, which ties it to the grid it was fitted on. Of the points of a cloud,
    among the channels of the inputs, every coordinate has its own, and the weight stays as it is.

    Args:
        kind: which of them.
        channels: number of channels of the fields.
        points: grid points along each axis of the fields.
        placing: how many of the channels, the first, are the points of a cloud, the last of these their weight.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, kind: NormaliserKind, channels: int, points: tuple[int, ...], placing: int = 0) -> None:
        super().__init__()
        self.kind = kind
        self.placing = placing
        shape = (1, channels, *points) if kind == "pointwise" else (1, channels, *[1] * len(points))
        self.register_buffer("mean", torch.zeros(shape))
        self.register_buffer("std", torch.ones(shape))

    def fit(self, fields: Tensor) -> None:
        """Take mean and deviation from ``fields`` of shape (n, c, s...), computed in float64.

        A pointwise deviation is at least 1e-4 of its channel's. A channel without any spread has none to be divided by:
        it takes the size of its value instead, one that is zero everywhere the deviation of all channels together, and
        1 where all of them are zero. So encoded fields do not depend on the unit of the fields.
        """
        moments = self.moments()
        for block in fields.split(BLOCK):
            moments.add(block)
        self.take(moments)

    def moments(self) -> FieldMoments:
        """Return the moments to which fields are added, a block at a time, before :meth:`take` is given them."""
        return FieldMoments((0,) if self.kind == "pointwise" else (0, *range(2, self.mean.ndim)))

    def take(self, moments: FieldMoments) -> None:
        """Take mean and deviation from the moments of all fields, as :meth:`fit` does."""
        if self.kind == "none":
            return
        if self.placing:
            self._put(slice(0, self.placing - 1), moments, "channel")
        self._put(slice(self.placing, None), moments, self.kind)

    def _put(self, chosen: slice, moments: FieldMoments, kind: NormaliserKind) -> None:
        """Take mean and deviation of some channels."""
        moments = moments.of_channels(chosen)
        if kind == "scalar":
            moments = moments.over((1,))
        mean, std = moments.mean, moments.std
        if kind == "pointwise":
            std = torch.maximum(std, _FLOOR * moments.over(tuple(range(2, mean.ndim))).std)
        std = torch.where(std > _ROUNDING * mean.abs(), std, mean.abs())
        together = moments.over((1, *range(2, mean.ndim))).std
        std = torch.where(std > 0, std, torch.where(together > 0, together, 1.0))
        self.mean[:, chosen] = mean
        self.std[:, chosen] = std

    def encode(self, fields: Tensor) -> Tensor:
        """Return the normalised fields, (b, c, s...).

        Raises:
            ValueError: pointwise, and the fields lie on another grid than the one fitted on.
        """
        self._check(fields)
        return (fields - self.mean) / self.std

    def decode(self, fields: Tensor) -> Tensor:
        """Return the fields in physical units, (b, c, s...).

        Raises:
            ValueError: pointwise, and the fields lie on another grid than the one fitted on.
        """
        self._check(fields)
        return fields * self.std + self.mean

    def _check(self, fields: Tensor) -> None:
        if self.kind == "pointwise" and fields.shape[2:] != self.mean.shape[2:]:
            fitted, given = tuple(self.mean.shape[2:]), tuple(fields.shape[2:])
            raise ValueError(f"a pointwise normaliser fitted on {fitted} points cannot take fields on {given}")
