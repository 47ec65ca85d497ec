"""One optimizer step: forward, loss, guarded gradient, update, average."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.distributed.tensor import DTensor
from torch.nn.utils import clip_grads_with_norm_, get_total_norm

from surrogate.errors import InputError, SettingsError
from surrogate.predictors.first_edition import renamed
from surrogate.predictors.surrogate import Surrogate
from surrogate.predictors.tensor_files import load_weights
from surrogate.training import parallel
from surrogate.training.items import Batch
from surrogate.training.objective import Graded, Objective
from surrogate.training.optimizer import OptimizerSettings, build_optimizer, sharding, shards
from surrogate.training.parallel import Mode
from surrogate.training.training_settings import TrainerConfig
from surrogate.training.wrapping import Replicas, recompute, shard, spread, whole

_DTYPES = {
    "float32": torch.float32,
    "float64": torch.float64,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}


class Learner:
    """A surrogate with all that changes while it learns: optimizer moments, weight average, gradient scale.

    Args:
        surrogate: fitted, on its device.
        objective: per item, of predictions in physical units.
        optimizer: which optimizer; its rate is given with each step.
        trainer: precision, clipping, averaging, recomputing.
        mode: how several processes work together.

    Raises:
        SettingsError: the device does not have the precision, or the model or the optimizer cannot work that way.
    """

    def __init__(
        self,
        surrogate: Surrogate,
        objective: Objective,
        optimizer: OptimizerSettings,
        trainer: TrainerConfig,
        mode: Mode = "alone",
    ) -> None:
        self.surrogate = surrogate.train()
        self.trainer = trainer
        self.device = next(surrogate.parameters()).device
        self.dtype = _precision(trainer.precision, self.device)
        self.average = copy.deepcopy(surrogate).eval() if trainer.ema is not None else None
        if trainer.recompute:
            recompute(surrogate)
        if mode == "fsdp":
            if self.dtype == torch.float16 or not shards(optimizer):
                names = " and ".join(sharding())
                raise SettingsError(f"trainer.parallel=fsdp: takes the optimizers {names}, and not float16")
            shard(surrogate)
            if self.average is not None:
                shard(self.average)
        self.names = [name for name, _ in surrogate.named_parameters()]
        self.parameters = list(surrogate.parameters())
        self.optimizer = build_optimizer(optimizer, self.parameters)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.dtype == torch.float16)
        self.replicas = Replicas(Graded(surrogate, objective, self.dtype), mode)

    @property
    def evaluated(self) -> Surrogate:
        """The surrogate that is validated and saved: the average where there is one."""
        return self.surrogate if self.average is None else self.average

    def step(self, batches: Iterator[Batch], weights: Sequence[float], rate: float) -> float | None:
        """Take one step and return the loss of its batch; None when the gradient was not finite, and no step taken.

        Args:
            batches: gives the parts of the batch whose gradients are summed, in physical units.
            weights: of an item's loss, for each part that is taken.
            rate: the learning rate.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        value = parallel.total([self.gradient(batches, weights)])[0]
        self.scaler.unscale_(self.optimizer)
        gradients = [parameter.grad for parameter in self.parameters if parameter.grad is not None]
        norm = get_total_norm(gradients)
        finite = math.isfinite(value) and math.isfinite(float(whole(norm)))
        if finite and self.trainer.grad_clip is not None:
            clip_grads_with_norm_(self.parameters, self.trainer.grad_clip, norm)
        if finite or self.scaler.is_enabled():
            self.scaler.step(self.optimizer)
            self.scaler.update()
        if not finite:
            return None
        self._follow()
        return value

    def gradient(self, batches: Iterator[Batch], weights: Sequence[float]) -> float:
        """Add the gradient of the sum of weighted losses to the parameters; return that sum over this process."""
        value = 0.0
        for part, weight in enumerate(weights, start=1):
            inputs, outputs = next(batches)
            with self.replicas.summing(part == len(weights)):
                loss = (self.replicas(inputs, outputs) * weight).sum()
                # What the processes have is averaged.
                self.scaler.scale(loss * parallel.size()).backward()
            value += float(loss.detach())
        return value

    def rehearse(self, batch: Batch) -> None:
        """Go forward and backward through a batch, on whose device that is then done; nothing is learned."""
        self.gradient(iter([batch]), [1 / len(batch[0])])
        self.optimizer.zero_grad(set_to_none=True)
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    @property
    def calibrating(self) -> bool:
        """Whether the gradient scale is still coming down, so that a gradient that overflows is no fault."""
        return self.scaler.is_enabled() and self.scaler.get_scale() > 1

    def is_finite(self) -> bool:
        """Return whether every weight and every moment of the optimizer is finite."""
        return all(bool(tensor.isfinite().all()) for tensor in self.tensors().values())

    def tensors(self) -> dict[str, Tensor]:
        """Return all that a resumed run needs, by name, whole in every process."""
        tensors = {f"weights.{name}": whole(tensor) for name, tensor in self.surrogate.state_dict().items()}
        if self.average is not None:
            tensors |= {f"average.{name}": whole(tensor) for name, tensor in self.average.state_dict().items()}
        for index, moments in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{self.names[index]}.{key}": whole(tensor) for key, tensor in moments.items()}
        return tensors

    def weights(self) -> dict[str, Tensor]:
        """Return what is kept of the surrogate that is evaluated: whole tensors, in float32."""
        tensors = {name: whole(tensor) for name, tensor in self.evaluated.state_dict().items()}
        return {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}

    def restore(self, tensors: Mapping[str, Tensor], path: Path) -> None:
        """Go back to what :meth:`tensors` gave.

        Raises:
            InputError: a tensor read from ``path`` does not belong to this run.
        """
        load_weights(self.surrogate, spread(_below(tensors, "weights."), self.surrogate), path)
        if self.average is not None:
            load_weights(self.average, spread(_below(tensors, "average."), self.average), path)
        learned = dict(zip(self.names, self.parameters, strict=True))
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in _below(tensors, "optimizer.").items():
            parameter, key = name.rsplit(".", 1)
            ((parameter, tensor),) = renamed({parameter: tensor}, learned).items()
            if parameter not in self.names:
                raise InputError(f"{path}: unknown tensor 'optimizer.{name}'")
            index = self.names.index(parameter)
            placed = spread({parameter: tensor}, self.surrogate)[parameter] if tensor.ndim else tensor
            state.setdefault(index, {})[key] = laid_out(placed, self.parameters[index])
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": state, "param_groups": groups})

    def _follow(self) -> None:
        """Move the average: ``a <- d a + (1 - d) w``, buffers copied."""
        if self.average is None or self.trainer.ema is None:
            return
        with torch.no_grad():
            for kept, new in zip(self.average.parameters(), self.parameters, strict=True):
                kept.lerp_(new, 1 - self.trainer.ema)
            for fixed, buffer in zip(self.average.buffers(), self.surrogate.buffers(), strict=True):
                fixed.copy_(buffer)


def _precision(name: str, device: torch.device) -> torch.dtype:
    has = {"float32", "float64", "bfloat16"} if device.type == "cpu" else {"float32", "float64", "float16"}
    if device.type == "cuda" and torch.cuda.is_bf16_supported():
        has.add("bfloat16")
    if name not in has:
        raise SettingsError(f"trainer.precision={name}: {device.type} has {', '.join(sorted(has))}")
    return _DTYPES[name]


def laid_out(moment: Tensor, weight: Tensor) -> Tensor:
    """Return a moment of a weight in memory of its own, as an optimizer keeps it: as the weight lies where it is of
    that shape, else row after row. A file holds rows, and another order of the same numbers gives other last bits.
    """
    if isinstance(moment, DTensor):
        return moment
    alike = moment.shape == weight.shape and not isinstance(weight, DTensor)
    kept = torch.empty_like(weight, dtype=moment.dtype, device=moment.device) if alike else torch.empty_like(moment)
    return kept.copy_(moment)


def _below(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
