"""The metrics of PDEBench and The Well against what their own published code says of fixed fields.

The numbers were made with ``metric_func`` of the package pdebench 0.1.0 (PyPI; pdebench/models/metrics.py, SHA-256
a469e2f71ff0690bb1658b5c167d4c161798eccfa416cfff1ab6916c8f3d915a) in float64 (``torch.set_default_dtype``): samples of
:func:`field` one by one as ``(1, s..., 1, c)``, lengths left at 1. And with ``VRMSE`` of the_well 1.2.0 (PyPI,
the_well/benchmark/metrics/spatial.py) on ``(b, s..., c)``, mean over channels.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from surrogate.evaluation.metric import errors
from surrogate.spaces import Boundary, Grid, Space

PUBLISHED = {
    (40,): {
        "rmse": [0.15740989687476153, 0.15474987679069374, 0.14176208274623442],
        "nrmse": [0.1930439102044388, 0.19225355538426236, 0.21946188818807522],
        "conserved_rmse": [0.06243479523338374, 0.11399172449335954, 0.06832995263499675],
        "max_error": [0.2588632015926479, 0.25716665260046945, 0.23287836558326902],
        "boundary_rmse": [0.19198866702553113, 0.1140251211739857, 0.10305350606500993],
        "fourier_low_rmse": [0.046798396392696326, 0.052439937682338025, 0.04468575120907806],
        "fourier_middle_rmse": [0.011915025997280237, 0.0075344016935089304, 0.005349175901604752],
        "fourier_high_rmse": [0.004955110266385137, 0.00319730566915673, 0.0029825409566652363],
        "vrmse": [0.40413091331403284, 0.2238450165484251, 0.26289845822791585],
    },
    (30, 26): {
        "rmse": [0.14818761860849733, 0.1482024526780798, 0.14758394276639605],
        "nrmse": [0.20096696838701653, 0.1943413945435502, 0.18311422377944692],
        "conserved_rmse": [0.0022955904607411632, 0.0049797407950991825, 0.004184812393238756],
        "max_error": [0.25888487065724786, 0.2595717667952768, 0.25897028271218747],
        "boundary_rmse": [0.15198360882404272, 0.15029296222004082, 0.14343114739243906],
        "fourier_low_rmse": [0.03192383031823355, 0.03262380886149552, 0.03231191947928444],
        "fourier_middle_rmse": [0.007634734278741773, 0.007637071501272956, 0.007656098790878996],
        "fourier_high_rmse": [0.007204859368442505, 0.007400683433622794, 0.0075267909273787625],
        "vrmse": [0.20179588198774173, 0.20036556350354995, 0.19865995598485564],
    },
}
# What PearsonR of the_well 1.2.0 says: covariances with n, deviations with n - 1, and 1e-7 in the denominator.
PEARSON = {
    (40,): [0.9181452369240479, 0.96881587550844, 0.9422679961412247],
    (30, 26): [0.9789028174087913, 0.9792467706076211, 0.9795468286316987],
}
# What metric_func makes of the three samples as one batch, mean over channels as above.
TOGETHER = {"conserved_rmse": 0.09373552081798965, "max_error": 0.2591121898934762}


def field(points: tuple[int, ...], shift: float) -> torch.Tensor:
    """Return the fixed fields, ``(3, 2, s...)``: predictions are those of shift 0.2, targets those of 0."""
    axes = np.meshgrid(*(np.arange(n) / n for n in points), indexing="ij")
    x = sum((number + 1) * axis for number, axis in enumerate(axes))
    samples = [
        [np.sin(3 * x + b + c + shift) + 0.3 * np.cos(17 * x**2 + c) * (1 + shift) + 0.1 * (b + 1) for c in range(2)]
        for b in range(3)
    ]
    return torch.from_numpy(np.array(samples))


def torus(points):
    return Space(fields=(), domain=Grid.box(points, "left"), boundary=Boundary.uniform("periodic", len(points)))


def ours(points):
    return errors(field(points, 0.2), field(points, 0.0), torus(points))


@pytest.mark.parametrize("points", PUBLISHED)
def test_the_figures_are_those_of_the_published_code(points):
    figures = ours(points)
    for name in PUBLISHED[points].keys() - {"vrmse"}:
        np.testing.assert_allclose(figures[name], PUBLISHED[points][name], rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("points", PUBLISHED)
def test_the_vrmse_is_that_of_the_well_but_for_what_it_adds_to_the_variance(points):
    figures = []
    for channel in range(2):
        prediction, target = (field(points, shift)[:, [channel]] for shift in (0.2, 0.0))
        variance = target.flatten(1).var(1).numpy()
        ours_alone = errors(prediction, target, torus(points))["vrmse"]
        figures.append(ours_alone * np.sqrt(variance / (variance + 1e-7)))
    np.testing.assert_allclose(np.mean(figures, axis=0), PUBLISHED[points]["vrmse"], rtol=1e-12)
    np.testing.assert_allclose(ours(points)["vrmse"], PUBLISHED[points]["vrmse"], rtol=1e-6)


@pytest.mark.parametrize("points", PEARSON)
def test_the_correlation_is_that_of_the_well_but_for_its_small_bias(points):
    n = int(np.prod(points))
    np.testing.assert_allclose(ours(points)["pearson"] * (n - 1) / n, PEARSON[points], rtol=1e-6)


def test_a_batch_of_pdebench_is_the_root_mean_square_or_the_largest_of_ours():
    each = [errors(*(field((40,), s)[:, [c]] for s in (0.2, 0.0)), torus((40,))) for c in range(2)]
    means = [np.sqrt(np.mean(one["conserved_rmse"] ** 2)) for one in each]
    assert np.mean(means) == pytest.approx(TOGETHER["conserved_rmse"], rel=1e-12)
    assert np.mean([one["max_error"].max() for one in each]) == pytest.approx(TOGETHER["max_error"], rel=1e-12)
