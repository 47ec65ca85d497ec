"""What the training inputs were like: samples of the same law pass, those of another do not, and why."""

from __future__ import annotations

import math

import pytest
import torch

from surrogate.predictors.range_guard import Guard, Seen, measures, of_values
from surrogate.spaces import Boundary, FieldSpec, Grid, Problem

SOURCE = FieldSpec(name="source", unit="1", role="constant")
VISCOSITY = FieldSpec(name="viscosity", unit="1", role="uniform")


def problem(points, condition="periodic", inputs=(SOURCE,)):
    placement = "left" if condition == "periodic" else "cells"
    boundary = Boundary.uniform(condition, len(points))
    return Problem.on_grid(
        inputs=inputs, outputs=inputs[:1], grid=Grid.box(points, placement), boundary=boundary, task="map"
    )


def waves(count, points, seed=0, decay=1.5, amplitude=1.0):
    """Return random periodic functions (n, 1, s...) of wavenumbers up to 7, the same function on every grid."""
    generator = torch.Generator().manual_seed(seed)
    coordinates = torch.meshgrid(*[torch.arange(n) / n for n in points], indexing="ij")
    fields = torch.zeros(count, *points)
    for k in range(1, 8):
        for at in coordinates:
            phase = 2 * math.pi * torch.rand(count, generator=generator)
            size = amplitude * k**-decay * torch.randn(count, generator=generator)
            shape = (-1, *[1] * len(points))
            fields += size.reshape(shape) * torch.cos(2 * math.pi * k * at + phase.reshape(shape))
    return fields[:, None]


def learned(inputs, of):
    seen = Seen(of)
    for block in inputs.split(64):
        seen.add(block)
    return seen.guard()


@pytest.mark.parametrize("points", [(64,), (32, 32)])
def test_new_samples_of_the_same_law_are_seldom_called_outside(points):
    guard = learned(waves(400, points), problem(points))
    findings = guard.outside(waves(1000, points, seed=1), problem(points))
    assert sum(bool(line) for line in findings) <= 20


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda fields: 20 * fields, "value"),
        (lambda fields: fields + 30, "mean"),
        (lambda fields: fields + 0.5 * torch.cos(40 * math.pi * torch.arange(64) / 64), "wavenumbers 16 to 31"),
        (lambda fields: fields + 2 * torch.linspace(0, 1, 64), "jump where the period ends"),
    ],
)
def test_a_change_is_named(change, named):
    guard = learned(waves(400, (64,)), problem((64,)))
    findings = guard.outside(change(waves(20, (64,), seed=2)), problem((64,)))
    assert all(named in line for line in findings), findings


def test_values_at_walls_are_compared_with_those_of_training():
    inside = torch.sin(math.pi * (torch.arange(32) + 0.5) / 32) * (1 + torch.rand(100, 1, 1))
    guard = learned(inside, problem((32,), "dirichlet"))
    lifted = inside[:1].clone()
    lifted[..., 0] = 0.9
    assert "root mean square at the boundary" in guard.outside(lifted, problem((32,), "dirichlet"))[0]


def test_a_parameter_is_compared_by_its_value_and_it_is_said_by_how_much():
    of = problem((16,), inputs=(VISCOSITY,))
    values = torch.linspace(0.1, 0.2, 50).reshape(-1, 1, 1).expand(-1, 1, 16)
    guard = learned(values, of)
    assert guard.outside(torch.full((1, 1, 16), 0.15), of) == [""]
    assert guard.outside(torch.full((1, 1, 16), 0.4), of)[0].startswith(
        "viscosity: smallest value 0.4 (training: 0.1 to 0.2)"
    )


def test_a_function_has_the_same_numbers_on_a_finer_grid():
    coarse, fine = (measures(waves(5, (n, n)), problem((n, n)), (32, 32)) for n in (32, 64))
    assert coarse.keys() == fine.keys()
    for name, measure in coarse.items():
        if measure.kind == "energy":
            torch.testing.assert_close(fine[name].values, measure.values, rtol=0, atol=1e-3)


def test_octaves_that_a_coarser_grid_does_not_hold_are_left_out():
    guard = learned(waves(400, (64,)), problem((64,)))
    assert "energy at wavenumbers 8 to 15" in {each.what for each in guard.ranges}
    assert not any("energy" in line for line in guard.outside(waves(20, (16,), seed=3), problem((16,))))


def test_the_energies_of_all_octaves_are_the_variance():
    fields = waves(3, (32, 32))
    measured = measures(fields, problem((32, 32)), (32, 32))
    energies = sum(10**measure.values for measure in measured.values() if measure.kind == "energy")
    torch.testing.assert_close(energies, fields.flatten(1).var(1, correction=0), rtol=1e-4, atol=0)


def test_the_order_and_the_size_of_blocks_leave_the_guard_as_it_is():
    fields = waves(100, (32,))
    assert learned(fields, problem((32,))) == learned(fields.flip(0), problem((32,)))


def test_a_guard_survives_its_record():
    guard = learned(waves(20, (32,)), problem((32,)))
    assert Guard.model_validate_json(guard.model_dump_json()) == guard


def test_where_values_alone_were_kept_they_alone_are_compared():
    guard = of_values(problem((32,)), torch.tensor([-1.0]), torch.tensor([1.0]))
    assert guard.outside(torch.zeros(1, 1, 32), problem((32,))) == [""]
    assert "largest value 3 (training: -1 to 1)" in guard.outside(torch.full((1, 1, 32), 3.0), problem((32,)))[0]


@pytest.mark.parametrize("unit", [2.0**-73, 2.0**-30, 2.0**66])
@pytest.mark.parametrize("condition", ["periodic", "dirichlet"])
def test_what_is_found_does_not_know_the_unit(unit, condition):
    of = problem((64,), condition)
    known = waves(60, (64,))
    fields = torch.cat([waves(10, (64,), seed=1), 20 * waves(5, (64,), seed=2), waves(5, (64,), seed=3, decay=0.2)])
    plain, scaled = (learned(size * known, of).outside(size * fields, of) for size in (1.0, unit))
    assert [line.count(";") for line in scaled] == [line.count(";") for line in plain]
    assert [bool(line) for line in scaled] == [bool(line) for line in plain]


@pytest.mark.parametrize("unit", [2.0**-73, 1.0, 2.0**66])
def test_the_energy_of_a_single_training_sample_is_known_to_the_same_part_in_any_unit(unit):
    of = problem((64,))
    guard = learned(unit * waves(1, (64,)), of)
    assert guard.outside(unit * (1 + 5e-5) * waves(1, (64,)), of) == [""]
    assert guard.outside(unit * 1.01 * waves(1, (64,)), of) != [""]


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_field_that_is_the_same_everywhere_has_no_energy_rather_than_a_fraction_of_it(level):
    guard = learned(waves(400, (64,)), problem((64,)))
    energies = [octave for octave in guard.ranges if octave.kind == "energy"]
    assert energies
    for octave in energies:
        assert octave.excess(-300.0).endswith("none, as in a field that is the same everywhere; training had some")
        assert "times the smallest" in octave.excess(octave.low - 1)
    assert "e-30" not in guard.outside(torch.full((1, 1, 64), level), problem((64,)))[0]
