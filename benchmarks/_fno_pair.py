"""Our FNO and neuraloperator's with the same weights: the same map, so that their seconds can be compared."""

from __future__ import annotations

import copy
import json
import warnings
from typing import Any

import torch
import torch.nn.functional as F
import yaml
from _table import ROOT
from torch import Tensor, nn

from surrogate.models import fno
from surrogate.spaces import Boundary, FieldSpec, Grid, Problem

# The peer's n_modes=(24, 24) are the frequencies -12 .. 11 by 0 .. 12; ours 13 are -12 .. 12 by 0 .. 12.
BATCH, WIDTH, LAYERS, PEER_MODES, OUR_MODES = 20, 32, 4, 24, 13
BLOCKS = {"default": {}, "plain": {"use_channel_mlp": False, "fno_skip": "linear"}}


def ours(n: int, block: str) -> fno.Model:
    """Return our model for n x n points on the unit square, its block as the peer's."""
    given = yaml.safe_load((ROOT / "conf" / "model" / "fno.yaml").read_text(encoding="utf-8"))["model"]
    given |= {"n_modes": OUR_MODES, "hidden_channels": WIDTH, "n_layers": LAYERS, "domain_padding": 0.0}
    given |= {"lifting_channel_ratio": 2.0, "projection_channel_ratio": 2.0}
    given |= {"channel_mlp_expansion": 0.5 if block == "default" else None}
    settings = fno.Settings.model_validate_json(json.dumps(given))
    fields = [FieldSpec(name=name, unit="1", role=role) for name, role in (("a", "constant"), ("u", "state"))]
    grid, boundary = Grid.box((n, n), "left"), Boundary.uniform("open", 2)
    return fno.Model(
        settings, Problem.on_grid(inputs=(fields[0],), outputs=(fields[1],), grid=grid, boundary=boundary, task="map")
    )


def theirs(block: str) -> nn.Module:
    """Return neuraloperator's model as it is shipped."""
    warnings.simplefilter("ignore")
    from neuralop.models import FNO

    modes = (PEER_MODES, PEER_MODES)
    return FNO(n_modes=modes, in_channels=1, out_channels=1, hidden_channels=WIDTH, n_layers=LAYERS, **BLOCKS[block])


class EveryOther(nn.Module):
    """A GELU at the first, third, fifth ... call; nothing at the others."""

    def __init__(self) -> None:
        super().__init__()
        self.bends = False

    def forward(self, field: Tensor) -> Tensor:
        self.bends = not self.bends
        return F.gelu(field) if self.bends else field


def share_weights(mine: fno.Model, peer: Any) -> None:
    """Copy our weights into the peer, where they fit in every place but one: our frequency +12, made zero.

    Without channel mixing the peer's block takes a GELU twice; here it is made to take one, as ours and the paper's do.
    """
    if not peer.fno_blocks.use_channel_mlp:
        peer.fno_blocks.non_linearity = EveryOther()
    half = PEER_MODES // 2
    with torch.no_grad():
        for matrices, mlp in ((mine.lifting, peer.lifting), (mine.projection, peer.projection)):
            _copy_mlp(matrices, mlp)
        for layer, conv, skip, index in zip(
            mine.layers, peer.fno_blocks.convs, peer.fno_blocks.fno_skips, range(LAYERS), strict=True
        ):
            spectral, pointwise = layer.operator.operators
            spectral.weight[half] = 0
            # Ours are 0 .. 12, -12 .. -1; the peer's -12 .. 11.
            kept = torch.view_as_complex(spectral.weight).roll(half, 0)[:PEER_MODES]
            conv.weight.tensor.copy_(kept.permute(2, 3, 0, 1))
            conv.bias.copy_(pointwise.bias.view_as(conv.bias))
            skip.conv.weight.copy_(pointwise.weight.view_as(skip.conv.weight))
            if layer.mixing is not None:
                _copy_mlp(layer.mixing, peer.fno_blocks.channel_mlp[index])
                gate = peer.fno_blocks.channel_mlp_skips[index].weight
                gate.copy_(layer.mixing.gate.view_as(gate))


def distance(mine: fno.Model, peer: Any, fields: Tensor) -> float:
    """Return the relative L2 distance of the outputs.

    Our last layer has a GELU before its channel mixing, the peer's has not: it gets one here, and is timed without.
    """
    peer = copy.deepcopy(peer)
    if hasattr(peer.fno_blocks, "channel_mlp"):
        peer.fno_blocks.channel_mlp[-1] = nn.Sequential(nn.GELU(), peer.fno_blocks.channel_mlp[-1])
    with torch.no_grad():
        answer, expected = mine(fields), peer(fields)
    return float((answer - expected).norm() / expected.norm())


def floor(n: int, block: str) -> tuple[float, float]:
    """Return the least operations and bytes of a training step in float32, the kept modes by products.

    Operations: every matrix product three times (itself and two gradients). Bytes: each field of full width that
    crosses a layer is written once and read twice forward, and its gradient written once and read twice.
    """
    points, kept = BATCH * n * n, 2 * OUR_MODES
    pointwise = 2 * points * (3 * 2 * WIDTH + 2 * WIDTH * WIDTH + 2 * WIDTH * WIDTH + 2 * WIDTH)
    layer = 2 * points * WIDTH * WIDTH * (1 if block == "plain" else 2)
    transform = 2 * BATCH * WIDTH * (kept * n * n + kept * kept * n)
    mixing = 2 * BATCH * (2 * OUR_MODES - 1) * OUR_MODES * (2 * WIDTH) ** 2
    operations = 3.0 * (pointwise + LAYERS * (layer + 2 * transform + mixing))
    return operations, 4.0 * points * WIDTH * 6 * (LAYERS + 1)


def _copy_mlp(mine: Any, peer: Any) -> None:
    for stencil, dense in zip((mine.enter, mine.leave), peer.fcs, strict=True):
        dense.weight.copy_(stencil.weight.view_as(dense.weight))
        dense.bias.copy_(stencil.bias)
