"""Weights under the first edition's names."""

import pytest
import torch

from surrogate.predictors.first_edition import renamed

NOW = {
    "fno": {
        "operator.lifting.enter.weight": (4, 3),
        "operator.layers.0.operator.0.weight": (3, 2, 4, 4, 2),
        "operator.layers.0.operator.1.bias": (4,),
        "operator.layers.0.mixing.gate": (4,),
        "operator.layers.0.mixing.enter.weight": (2, 4),
    },
    "mgno": {
        "operator.layers.1.operator.0.before.0.0.smoother.weight": (4, 3, 3, 3),
        "operator.layers.1.operator.1.weight": (4, 3),
        "operator.layers.1.operator.2.weight": (3, 2, 4, 4, 2),
        "operator.head.weight": (1, 4),
    },
    "stable_fno": {
        "operator.lifting.weight": (4, 3),
        "operator.layers.0.enter.weight": (4, 3),
        "operator.layers.0.operator.0.gain": (3, 2, 4),
        "operator.layers.0.operator.1.weight": (4, 4),
    },
    "unet": {
        "operator.lifting.first.weight": (4, 1, 3, 3),
        "operator.layers.0.down.1.weight": (4, 4, 3, 3),
        "operator.head.weight": (1, 4),
    },
    "deeponet": {
        "operator.branch.dense.layers.0.weight": (4, 9),
        "operator.synthesis.basis.network.layers.0.weight": (4, 2),
        "operator.synthesis.constants": (1, 1),
    },
    "pod_deeponet": {"operator.synthesis.constants": (1, 9), "operator.synthesis.basis.functions": (1, 4, 9)},
}
THEN = {
    "fno": "lifting.enter.weight layers.0.spectral.weight layers.0.pointwise.bias layers.0.gate "
    "layers.0.mixing.enter.weight",
    "mgno": "cycles.1.before.0.0.smoother.weight pointwise.1.weight spectral.1.weight head.weight",
    "stable_fno": "lifting.matrix.weight layers.0.enter.matrix.weight layers.0.spectral.gain "
    "layers.0.mix.matrix.weight",
    "unet": "enter.first.weight down.1.weight leave.weight",
    "deeponet": "branch.dense.layers.0.weight trunk.layers.0.weight bias",
    "pod_deeponet": "mean basis",
}


@pytest.mark.parametrize("model", NOW)
def test_every_name_of_the_first_edition_is_known_and_keeps_its_numbers(model):
    expected = {name: torch.zeros(shape) for name, shape in NOW[model].items()}
    expected["output_normaliser.mean"] = torch.zeros(1)
    values = [torch.randn(tensor.shape) for tensor in expected.values()]
    # Matrices between channels, and gates, had axes for the point.
    dense = model in ("deeponet", "pod_deeponet")
    old = [value if dense or value.ndim > 2 else value[..., None, None] for value in values]
    named = [f"operator.{name}" for name in THEN[model].split()] + ["output_normaliser.mean"]
    translated = renamed(dict(zip(named, old, strict=True)), expected)
    assert translated.keys() == expected.keys()
    assert all(torch.equal(value, translated[name]) for name, value in zip(expected, values, strict=True))


def test_names_of_today_and_unknown_ones_stay():
    expected = {"operator.head.weight": torch.zeros(1, 4)}
    given = {"operator.head.weight": torch.ones(1, 4), "operator.tail.weight": torch.ones(2, 2, 1)}
    translated = renamed(given, expected)
    assert translated.keys() == given.keys()
    assert all(torch.equal(translated[name], given[name]) for name in given)
