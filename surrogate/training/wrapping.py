"""How a surrogate is made to compute: layers again, compiled, as replicas or in pieces. Its state keeps its names.

A model names, in the ``blocks`` of its capabilities, the parts of itself (modules or lists of them) that are computed
again and cut up as one.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from torch import Tensor, distributed, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.nn.parallel import DistributedDataParallel
from torch.utils.checkpoint import checkpoint

from surrogate.errors import SettingsError
from surrogate.predictors.surrogate import Surrogate
from surrogate.training.objective import Graded
from surrogate.training.parallel import Mode


def blocks(surrogate: Surrogate) -> list[nn.Module]:
    """Return the parts that the model names, in order."""
    modules: list[nn.Module] = []
    for name in surrogate.operator.capabilities.blocks:
        part = surrogate.operator.get_submodule(name)
        modules += part if isinstance(part, nn.ModuleList) else [part]
    return modules


def recompute(surrogate: Surrogate) -> None:
    """Make every block keep its input alone for the backward pass, and compute what lies within it again.

    Source: Chen et al. (2016), Training deep nets with sublinear memory cost, arXiv:1604.06174.

    Raises:
        SettingsError: the model names no blocks.
    """
    parts = blocks(surrogate)
    if not parts:
        raise SettingsError("trainer.recompute=true: this model names no blocks that could be computed again")
    for part in parts:
        part.forward = functools.partial(checkpoint, part.forward, use_reentrant=False)


def shard(surrogate: Surrogate) -> None:
    """Leave every process a piece of each weight; blocks are put together while they work (FSDP2).

    Raises:
        SettingsError: a weight cannot be cut.
    """
    device = next(surrogate.parameters()).device.type
    mesh = init_device_mesh(device, (distributed.get_world_size(),))
    try:
        for part in (*blocks(surrogate), surrogate):
            fully_shard(part, mesh=mesh)
    except (ValueError, NotImplementedError) as error:  # what torch says of weights that it cannot cut
        raise SettingsError(f"trainer.parallel=fsdp: {error}; take ddp") from None


def whole(tensor: Tensor) -> Tensor:
    """Return the tensor whose piece this process has; all processes must ask."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def spread(tensors: Mapping[str, Tensor], module: nn.Module) -> dict[str, Tensor]:
    """Return whole tensors cut as those of the same name in ``module`` are; what is not cut stays as it is."""
    cut = {name: tensor for name, tensor in module.state_dict().items() if isinstance(tensor, DTensor)}
    return {
        name: distribute_tensor(tensor.to(cut[name].device), cut[name].device_mesh, cut[name].placements)
        if name in cut and tensor.shape == cut[name].shape
        else tensor
        for name, tensor in tensors.items()
    }


class Replicas:
    """A graded surrogate of which every process has a copy or a piece; called, it gives the losses of its own items."""

    def __init__(self, graded: Graded, mode: Mode) -> None:
        self.graded = graded
        self.module: nn.Module = graded
        if mode == "ddp":
            device = next(graded.parameters()).device
            self.module = DistributedDataParallel(
                graded, device_ids=[device] if device.type == "cuda" else None, forward_sync_buffers=False
            )

    def __call__(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        """Return the losses (b,)."""
        return self.module(inputs, outputs)

    @contextmanager
    def summing(self, last: bool) -> Iterator[None]:
        """Within it, backward adds to the gradient of this process; with ``last``, then takes the mean over all."""
        if isinstance(self.module, DistributedDataParallel) and not last:
            with self.module.no_sync():
                yield
            return
        if isinstance(self.graded.surrogate, FSDPModule):
            self.graded.surrogate.set_requires_gradient_sync(last)
        yield
