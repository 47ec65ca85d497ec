"""The layers of a Fourier neural operator on a CPU, a few samples at a time, so that what lies between stays in cache.

The functions here compute what plain operations would; they differ in what they move and keep. All of a layer but the
exchange between modes is local to a sample: a part of the batch small enough for the cache is taken through all of it
before the next. For the gradient a layer keeps its input and its linear part ``W v + b + K v``, a channel MLP its
input; what follows from these by products of small matrices is computed again.

Fields have their channels last, so that a matrix between channels is a product with a tall matrix of points.
Shape letters: b batch, s... space, h... rows of the real tables, c channels, i and o channels in and out, p points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import Function, forward_ad

from surrogate.kernels.products import Tables, add_synthesis, analyse, product, synthesise

# Bytes of a field that are taken at once: several of this size fit beside each other in a shared cache.
_PART = 2 << 20


class MixingMatrices(NamedTuple):
    """The matrices of a layer's channel mixing: ``leave gelu(enter v + a) + b + gate u``."""

    enter: Tensor
    enter_bias: Tensor
    leave: Tensor
    leave_bias: Tensor
    gate: Tensor


def applies(field: Tensor) -> bool:
    """Return whether these functions can take ``field``: real, on a CPU, in plain reverse-mode differentiation."""
    return (
        field.device.type == "cpu"
        and field.dtype in (torch.float32, torch.float64)
        and not torch.compiler.is_compiling()
        and not torch.is_autocast_enabled("cpu")
        and not torch._C._functorch.is_functorch_wrapped_tensor(field)
        and forward_ad.unpack_dual(field).tangent is None
    )


def channel_mlp(field: Tensor, enter: Tensor, enter_bias: Tensor, leave: Tensor, leave_bias: Tensor) -> Tensor:
    """Return ``leave gelu(enter v + a) + b`` of a field (..., i), as (..., o)."""
    return _ChannelMLP.apply(field, enter, enter_bias, leave, leave_bias)  # type: ignore[no-untyped-call]


def fourier_layer(
    field: Tensor,
    tables: Tables,
    mix: Callable[[Tensor], Tensor],
    matrix: Tensor,
    bias: Tensor,
    mixing: MixingMatrices | None,
    last: bool,
) -> Tensor:
    """Return the layer of :func:`plain_layer` with ``spectrum = mix(analysis of the field)``, as (b, s..., o)."""
    same, coefficients = _Analysis.apply(field, tables)  # type: ignore[no-untyped-call]
    settings = (tables, last, torch.is_grad_enabled())
    result: Tensor = _Layer.apply(same, mix(coefficients), *settings, matrix, bias, *(mixing or ()))  # type: ignore[no-untyped-call]
    return result


def plain_mlp(field: Tensor, enter: Tensor, enter_bias: Tensor, leave: Tensor, leave_bias: Tensor) -> Tensor:
    """Return :func:`channel_mlp` by plain operations."""
    return F.linear(F.gelu(F.linear(field, enter, enter_bias)), leave, leave_bias)


def plain_layer(
    field: Tensor, convolved: Tensor, matrix: Tensor, bias: Tensor, mixing: MixingMatrices | None, last: bool
) -> Tensor:
    """Return ``gelu(W v + b + K v)``, or with mixing ``gelu(M(gelu(W v + b + K v)) + gate v)``; no outer gelu if last.

    Args:
        field: v, (b, s..., c).
        convolved: K v, (b, s..., o).
        matrix: W, (o, c).
        bias: b, (o,).
        mixing: the matrices of M and the gate.
        last: whether this is the last layer.
    """
    result = F.linear(field, matrix, bias) + convolved
    if mixing is not None:
        result = plain_mlp(F.gelu(result), *mixing[:4]) + mixing.gate * field
    return result if last else F.gelu(result)


class _ChannelMLP(Function):
    @staticmethod
    def forward(ctx: Any, field: Tensor, *matrices: Tensor) -> Tensor:
        ctx.save_for_backward(field, *matrices)
        enter, enter_bias, leave, leave_bias = matrices
        points = field.reshape(-1, field.shape[-1])
        result = field.new_empty(*field.shape[:-1], leave.shape[0])
        rows = result.view(-1, leave.shape[0])
        for part in _parts(rows.shape[0], enter.shape[0] * field.element_size()):
            hidden = product(points[part], enter, enter_bias)
            rows[part] = product(F.gelu(hidden), leave, leave_bias)
        return result

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        field, enter, enter_bias, leave, leave_bias = ctx.saved_tensors
        if torch.is_grad_enabled():
            return _differentiable(plain_mlp, ctx.saved_tensors, gradient)
        points, gradients = field.reshape(-1, field.shape[-1]), gradient.reshape(-1, leave.shape[0])
        sums = [torch.zeros_like(matrix) for matrix in (enter, enter_bias, leave, leave_bias)]
        back = torch.empty_like(points) if ctx.needs_input_grad[0] else None
        enter_t, leave_t = enter.t().contiguous(), leave.t().contiguous()
        for part in _parts(len(points), enter.shape[0] * field.element_size()):
            hidden = product(points[part], enter, enter_bias)
            slope = _mlp_backward(gradients[part], points[part], hidden, leave_t, sums)
            if back is not None:
                back[part] = product(slope, enter_t)
        return (None if back is None else back.view_as(field), *sums)


class _Analysis(Function):
    """Return a field as it is, and its coefficients.

    The field is handed on so that its two gradients meet here, where the second is added part by part to the first.
    """

    @staticmethod
    def forward(ctx: Any, field: Tensor, tables: Tables) -> tuple[Tensor, Tensor]:
        ctx.tables = tables
        sizes = [len(table) for table in tables.analysis]
        coefficients = field.new_empty(field.shape[0], *sizes, field.shape[-1])
        for part in _parts(len(field), field[0].nbytes):
            coefficients[part] = analyse(field[part], tables.analysis)
        return field, coefficients

    @staticmethod
    def backward(ctx: Any, gradient: Tensor, of_coefficients: Tensor) -> tuple[Tensor, None]:
        if torch.is_grad_enabled():
            return gradient + synthesise(of_coefficients, ctx.tables.analysis_t), None
        # The gradient was made by _Layer for this place alone, so it may be changed.
        for part in _parts(len(gradient), gradient[0].nbytes):
            add_synthesis(gradient[part], of_coefficients[part], ctx.tables.analysis_t, out=gradient[part])
        return gradient, None


class _Layer(Function):
    @staticmethod
    def forward(
        ctx: Any,
        field: Tensor,
        spectrum: Tensor,
        tables: Tables,
        last: bool,
        keep: bool,
        *matrices: Tensor,
    ) -> Tensor:
        matrix, bias, *rest = matrices
        result = field.new_empty(*field.shape[:-1], matrix.shape[0])
        # Where nothing bends the linear part, its gradient does not ask for it.
        kept = torch.empty_like(result) if keep and (rest or not last) else None
        for part in _parts(len(field), field[0].nbytes):
            points, rows = field[part].flatten(0, -2), result[part].flatten(0, -2)
            summands = product(points, matrix, bias).view_as(result[part])
            linear = summands if kept is None else kept[part]
            add_synthesis(summands, spectrum[part], tables.synthesis, out=linear)
            linear = linear.flatten(0, -2)
            if rest:
                mixing = MixingMatrices(*rest)
                hidden = product(F.gelu(linear), mixing.enter, mixing.enter_bias)
                linear = product(F.gelu(hidden), mixing.leave, mixing.leave_bias).addcmul_(points, mixing.gate)
            if last:
                rows.copy_(linear)
            else:
                torch.ops.aten.gelu.out(linear, out=rows)
        ctx.save_for_backward(field, kept, spectrum, *matrices)
        ctx.tables, ctx.last = tables, last
        return result

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        field, kept, spectrum, matrix, bias, *rest = ctx.saved_tensors
        tables, mixing = ctx.tables, MixingMatrices(*rest) if rest else None
        if torch.is_grad_enabled():

            def plain(field: Tensor, spectrum: Tensor, matrix: Tensor, bias: Tensor, *rest: Tensor) -> Tensor:
                convolved = synthesise(spectrum, tables.synthesis)
                return plain_layer(field, convolved, matrix, bias, MixingMatrices(*rest) if rest else None, ctx.last)

            gradients = _differentiable(plain, (field, spectrum, matrix, bias, *rest), gradient)
            return (*gradients[:2], None, None, None, *gradients[2:])
        gradient = gradient.contiguous()
        back, of_spectrum = torch.empty_like(field), torch.empty_like(spectrum)
        sums = [torch.zeros_like(tensor) for tensor in (matrix, bias, *rest)]
        matrix_t = matrix.t().contiguous()
        for part in _parts(len(field), field[0].nbytes):
            points, slope = field[part].flatten(0, -2), gradient[part].flatten(0, -2)
            rows = back[part].flatten(0, -2)
            if mixing is not None:
                slope = _mixing_backward(slope, points, kept[part].flatten(0, -2), mixing, ctx.last, sums[2:], rows)
            elif not ctx.last:
                slope = torch.ops.aten.gelu_backward(slope, kept[part].flatten(0, -2))
            _accumulate(sums[0], sums[1], slope, points)
            if mixing is None:
                rows.copy_(product(slope, matrix_t))
            else:
                rows.add_(product(slope, matrix_t))
            of_spectrum[part] = analyse(slope.view(*field[part].shape[:-1], -1), tables.synthesis_t)
        return (back, of_spectrum, None, None, None, *sums)


def _mixing_backward(
    slope: Tensor, points: Tensor, linear: Tensor, mixing: MixingMatrices, last: bool, sums: list[Tensor], back: Tensor
) -> Tensor:
    """Return the gradient of ``linear`` (p, o), add those of the matrices to ``sums``, put the gate's into ``back``."""
    bent = F.gelu(linear)
    hidden = product(bent, mixing.enter, mixing.enter_bias)
    if not last:
        outer = product(F.gelu(hidden), mixing.leave, mixing.leave_bias).addcmul_(points, mixing.gate)
        slope = torch.ops.aten.gelu_backward(slope, outer)
    torch.mul(slope, mixing.gate, out=back)
    sums[4].add_((slope * points).sum(0))
    of_hidden = _mlp_backward(slope, bent, hidden, mixing.leave.t().contiguous(), sums)
    return torch.ops.aten.gelu_backward(product(of_hidden, mixing.enter.t().contiguous()), linear)


def _mlp_backward(slope: Tensor, points: Tensor, hidden: Tensor, leave_t: Tensor, sums: list[Tensor]) -> Tensor:
    """Return the gradient of ``hidden``, add those of both matrices and constants to ``sums``."""
    _accumulate(sums[2], sums[3], slope, F.gelu(hidden))
    of_hidden = torch.ops.aten.gelu_backward(product(slope, leave_t), hidden)
    _accumulate(sums[0], sums[1], of_hidden, points)
    return of_hidden


def _accumulate(matrix: Tensor, bias: Tensor, slope: Tensor, points: Tensor) -> None:
    """Add to the gradients of ``matrix`` (o, i) and ``bias`` (o,) what ``slope`` (p, o) at ``points`` (p, i) gives."""
    # Up to seven times faster when of two tall matrices the one with fewer columns is the transposed one.
    if points.shape[1] < slope.shape[1]:
        matrix.add_(torch.mm(points.t(), slope).t())
    else:
        matrix.addmm_(slope.t(), points)
    bias.add_(slope.sum(0))


def _parts(count: int, each: int) -> Iterator[slice]:
    """Return slices of ``count`` things of ``each`` bytes, about as many at once as the cache takes."""
    step = max(1, _PART // each)
    return (slice(start, min(start + step, count)) for start in range(0, count, step))


def _differentiable(
    function: Callable[..., Tensor], inputs: tuple[Tensor, ...], gradient: Tensor
) -> tuple[Tensor | None, ...]:
    """Return the gradients of ``function`` with a graph of their own, for derivatives of derivatives."""
    needed = [tensor for tensor in inputs if tensor.requires_grad]
    gradients = iter(torch.autograd.grad(function(*inputs), needed, gradient, create_graph=True, allow_unused=True))
    return tuple(next(gradients) if tensor.requires_grad else None for tensor in inputs)
