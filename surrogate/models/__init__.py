"""One neural operator per module: ``Settings`` and ``Model(settings, problem)``; shared blocks start with ``_``."""

from surrogate.models._layer import ChannelMLP, Layer, Mixing
from surrogate.models._neural_operator import NeuralOperator
from surrogate.models._stack import Stack

__all__ = ["ChannelMLP", "Layer", "Mixing", "NeuralOperator", "Stack"]
