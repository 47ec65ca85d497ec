"""An operator between normalised fields as a map between physical ones.

Shapes: n samples, b batch, c channels, k points asked for, s... space.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from surrogate.capabilities import Capabilities
from surrogate.models._neural_operator import NeuralOperator
from surrogate.predictors.normalisers import Normaliser


@dataclass(frozen=True)
class Normalised:
    """Map fields by ``operator``, between the normaliser of the inputs and that of the outputs."""

    operator: NeuralOperator
    inputs: Normaliser
    outputs: Normaliser
    inner: None = None

    @property
    def capabilities(self) -> Capabilities:
        """What the operator can, but for what a pointwise normaliser ties to the grid."""
        able, pointwise = self.operator.capabilities, [one.kind == "pointwise" for one in (self.inputs, self.outputs)]
        resolutions = "own" if any(pointwise) else able.resolutions
        return replace(able, resolutions=resolutions, any_points=able.any_points and not pointwise[1])

    def __call__(self, fields: Tensor) -> Tensor:
        """Map inputs (b, c_in, s...) to (b, c_out, s...)."""
        return self.outputs.decode(self.operator(self.inputs.encode(fields)))

    def at(self, fields: Tensor, points: Tensor) -> Tensor:
        """Map inputs (b, c_in, s...) to (b, c_out, k) at ``points`` (k, d).

        Raises:
            ValueError: the outputs are normalised at the points of the grid.
        """
        if self.outputs.kind == "pointwise":
            setting = "normaliser.outputs=pointwise"
            raise ValueError(f"it was trained with {setting}, which is defined on the grid and not at points")
        values = self.operator.at(self.inputs.encode(fields), points)
        axes = fields.ndim - 2
        return self.outputs.decode(values.unflatten(2, (-1, *[1] * (axes - 1)))).flatten(2)

    def inner_target(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        """Return what the operator has to give, normalised."""
        return self.outputs.encode(outputs)
