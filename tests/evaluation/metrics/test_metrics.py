import itertools

import numpy as np
import pytest
import torch

from surrogate.evaluation.metric import errors, metrics
from surrogate.spaces import Boundary, Cloud, Grid, Space

OF_EACH = [each.name for each in metrics() if each.of_each is not None]
LINE = Grid.box((27,), "left", length=2.0)
PLANE = Grid(points=(26, 28), lengths=(1.0, 3.0), placement=("nodes", "left"), origin=(0.0, 0.0))
SPACE = Grid(points=(9, 10, 11), lengths=(1.0, 2.0, 1.0), placement=("cells",) * 3, origin=(0.0,) * 3)
PERIODIC, CLOSED = ("periodic", "periodic"), ("dirichlet", "neumann")
CASES = {
    "line": (LINE, Boundary(sides=(PERIODIC,))),
    "plane": (PLANE, Boundary(sides=(CLOSED, PERIODIC))),
    "torus": (PLANE, Boundary(sides=(PERIODIC, PERIODIC))),
    "box": (SPACE, Boundary(sides=(CLOSED, PERIODIC, PERIODIC))),
}


def on(grid, boundary):
    return Space(fields=(), domain=grid, boundary=boundary)


def fields(grid, count=2):
    random = np.random.default_rng(3)
    return (random.standard_normal((count, 2, *grid.points)) for _ in range(2))


def transformed(f):
    """Return the DFT of (s...) by sums over the points, axis by axis."""
    for axis, n in enumerate(f.shape):
        waves = np.exp(-2j * np.pi * np.outer(np.arange(n), np.arange(n)) / n)
        f = np.moveaxis(np.tensordot(waves, f, (1, axis)), 0, axis)
    return f


def signed(k, n):
    return k if 2 * k < n else k - n


def square(f):
    return sum(float(abs(value)) ** 2 for value in f.ravel())


def h1(f, grid, boundary):
    total = square(f)
    for axis, (h, periodic) in enumerate(zip(grid.spacing, boundary.periodic, strict=True), start=1):
        n = f.shape[axis]
        for i in range(n if periodic else n - 1):
            total += square((np.take(f, (i + 1) % n, axis) - np.take(f, i, axis)) / h)
    return np.sqrt(total)


def h1_of_paper(f):
    total = 0.0
    for channel in f:
        for place, value in np.ndenumerate(transformed(channel)):
            waves = [signed(k, n) for k, n in zip(place, channel.shape, strict=True)]
            total += (1 + sum(k**2 for k in waves if abs(k) < 20)) * abs(value) ** 2
    return np.sqrt(total)


def bands(e):
    """Return the amplitudes of one channel in the three bands."""
    n, spectrum = e.shape, transformed(e)
    if len(n) == 1:
        shells = [abs(spectrum[k]) for k in range(n[0] // 2 + 1)]
    else:
        squares = [0.0] * min(size // 2 for size in n)
        for place in itertools.product(*(range(size // 2) for size in n)):
            shell = int(np.floor(np.sqrt(sum(k**2 for k in place))))
            if shell < len(squares):
                squares[shell] += abs(spectrum[place]) ** 2
        shells = np.sqrt(squares)
    return [np.sum(part) / len(part) / e.size for part in (shells[:4], shells[4:12], shells[12:]) if len(part)]


def energies(f, lengths):
    last = int(min(n // 2 * max(lengths) / length for n, length in zip(f.shape[1:], lengths, strict=True)))
    sums = np.zeros(last + 1)
    for channel in f:
        for place, value in np.ndenumerate(transformed(channel) / channel.size):
            waves = [signed(k, n) / side for k, n, side in zip(place, channel.shape, lengths, strict=True)]
            shell = round(max(lengths) * np.sqrt(sum(k**2 for k in waves)))
            if shell <= last:
                sums[shell] += abs(value) ** 2
    return sums


def on_the_sides(e):
    """Return the values of one channel on the sides; a corner once for each of its sides."""
    return np.concatenate([np.take(e, side, axis).ravel() for axis in range(e.ndim) for side in (0, -1)])


def brute_force(p, t, grid, boundary):
    """Return every metric of one sample (c, s...) by loops over its points and waves."""
    e, n = p - t, t[0].size
    ours, true = energies(p, grid.lengths), energies(t, grid.lengths)

    def mean(of):
        return np.mean([of(*each) for each in zip(e, p, t, strict=True)])

    expected = {
        "relative_l2": np.sqrt(square(e) / square(t)),
        "h1_fd": h1(e, grid, boundary) / h1(t, grid, boundary),
        "h1_mgno": h1_of_paper(e) / h1_of_paper(t),
        "rmse": mean(lambda e, p, t: np.sqrt(square(e) / n)),
        "nrmse": mean(lambda e, p, t: np.sqrt(square(e) / square(t))),
        "vrmse": mean(lambda e, p, t: np.sqrt(square(e) / n / (square(t - t.mean()) / (n - 1)))),
        "max_error": mean(lambda e, p, t: max(abs(value) for value in e.ravel())),
        "boundary_rmse": mean(lambda e, p, t: np.sqrt(np.mean(on_the_sides(e) ** 2))),
        "conserved_rmse": mean(lambda e, p, t: abs(sum(p.ravel()) - sum(t.ravel())) / n),
        "spectrum_distance": sum(E / true.sum() * abs(np.log(o / E)) for o, E in zip(ours, true, strict=True)),
        "pearson": mean(lambda e, p, t: np.corrcoef(p.ravel(), t.ravel())[0, 1]),
    }
    each = np.mean([bands(channel) for channel in e], axis=0)
    names = ["fourier_low_rmse", "fourier_middle_rmse", "fourier_high_rmse"]
    expected |= dict(zip(names, each, strict=False))
    if not all(boundary.periodic):
        del expected["spectrum_distance"]
    return expected


@pytest.mark.parametrize("case", CASES)
def test_metrics_are_those_of_loops_over_the_points(case):
    grid, boundary = CASES[case]
    prediction, target = fields(grid)
    measured = errors(torch.from_numpy(prediction), torch.from_numpy(target), on(grid, boundary))
    for sample in range(2):
        expected = brute_force(prediction[sample], target[sample], grid, boundary)
        assert set(measured) == set(expected)
        for name, value in expected.items():
            assert measured[name][sample] == pytest.approx(value, rel=1e-12, abs=0), name


def test_every_metric_is_there_on_a_torus():
    prediction, target = (torch.from_numpy(field) for field in fields(PLANE))
    assert list(errors(prediction, target, on(*CASES["torus"]))) == [
        each.name for each in metrics() if each.of_each is not None
    ]


def test_a_coarse_grid_has_no_high_band_and_an_open_box_no_spectrum():
    prediction, target = (torch.from_numpy(field) for field in fields(Grid.box((8, 8), "cells")))
    measured = errors(prediction, target, on(Grid.box((8, 8), "cells"), Boundary.uniform("dirichlet", 2)))
    assert set(OF_EACH) - set(measured) == {
        "fourier_middle_rmse",
        "fourier_high_rmse",
        "spectrum_distance",
    }


def test_an_exact_prediction_is_perfect_by_every_metric():
    _, target = (torch.from_numpy(field) for field in fields(PLANE))
    measured = errors(target, target, on(*CASES["torus"]))
    assert measured.pop("pearson") == pytest.approx([1, 1], rel=1e-14)
    assert {name: values.max() for name, values in measured.items()} == dict.fromkeys(measured, 0.0)


def test_an_error_inside_is_none_on_the_boundary():
    _, target = (torch.from_numpy(field) for field in fields(PLANE))
    prediction = target.clone()
    prediction[:, :, 1:-1, 1:-1] += 1
    assert errors(prediction, target, on(*CASES["plane"]))["boundary_rmse"].max() == 0


def test_a_metric_gives_each_sample_its_own_value():
    prediction, target = (torch.from_numpy(field) for field in fields(PLANE, 3))
    together = errors(prediction, target, on(*CASES["torus"]))
    alone = errors(prediction[1:2], target[1:2], on(*CASES["torus"]))
    assert {name: values[1] for name, values in together.items()} == pytest.approx(
        {name: values[0] for name, values in alone.items()}, rel=1e-13
    )


def test_what_needs_neighbours_on_a_grid_says_so_of_a_cloud():
    cloud = Cloud(capacity=20, dimensions=2)
    measured = {each.name: why for each in metrics() if (why := each.absence(cloud, None))}
    bands = (f"fourier_{band}_rmse" for band in ("low", "middle", "high"))
    gridded = ("h1_fd", "h1_mgno", "boundary_rmse", *bands, "spectrum_distance")
    assert measured == dict.fromkeys(gridded, "it needs a grid")


def test_more_of_a_gain_is_better():
    better = {each.name: each.gain(np.array([1.0]))[0] for each in metrics()}
    assert {name for name, sign in better.items() if sign > 0} == {"pearson", "valid_time"}
