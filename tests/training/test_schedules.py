import math
import warnings

import pytest
import torch

from surrogate.registry import SCHEDULES
from surrogate.training.schedule import Moment, factor


def schedule(name, **changes):
    values = {"per": "step", "warmup": 0.25, "start_factor": 0.1, "final_factor": 0.01, "every": 2, "gamma": 0.5}
    return SCHEDULES.read({"name": name} | values | changes)


def factors(settings, steps_per_epoch=10, epochs=8):
    return [factor(settings, Moment(step, steps_per_epoch, epochs)) for step in range(steps_per_epoch * epochs)]


@pytest.mark.parametrize(("per", "positions", "repeats"), [("step", 80, 1), ("epoch", 8, 10)])
@pytest.mark.parametrize("warmup", [0.25, 0.5])
def test_onecycle_is_torchs(per, positions, repeats, warmup):
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    theirs = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 1.0, positions, pct_start=warmup, div_factor=10, final_div_factor=10, cycle_momentum=False
    )
    expected = []
    for _ in range(positions):
        expected += [optimizer.param_groups[0]["lr"]] * repeats
        optimizer.step()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if len(expected) < positions * repeats:
                theirs.step()
    assert factors(schedule("onecycle", per=per, warmup=warmup)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", ["onecycle", "cosine"])
def test_the_rate_begins_peaks_and_ends_where_it_should(name):
    rates = factors(schedule(name))
    assert rates[0] == pytest.approx(0.1)
    assert rates[19] == pytest.approx(1.0)
    assert rates[-1] == pytest.approx(0.01)
    assert rates[:20] == sorted(rates[:20])
    assert rates[19:] == sorted(rates[19:], reverse=True)


def test_cosine_without_warm_up_is_half_a_cosine():
    rates = factors(schedule("cosine", warmup=0.0, final_factor=0.0))
    assert rates == pytest.approx([(1 + math.cos(math.pi * i / 79)) / 2 for i in range(80)])


def test_step_halves_every_second_epoch():
    rates = factors(schedule("step", warmup=0.0))
    assert rates == [0.5 ** (epoch // 2) for epoch in range(8) for _ in range(10)]


def test_constant_warms_up_along_a_line_and_stays():
    rates = factors(schedule("constant", start_factor=0.05))
    assert rates[:20] == pytest.approx([0.05 + 0.95 * i / 19 for i in range(20)])
    assert rates[20:] == [1.0] * 60


@pytest.mark.parametrize("name", SCHEDULES.names())
def test_per_epoch_keeps_the_rate_for_an_epoch(name):
    rates = factors(schedule(name, per="epoch"))
    assert [rates[10 * epoch : 10 * epoch + 10] for epoch in range(8)] == [[rates[10 * e]] * 10 for e in range(8)]


@pytest.mark.parametrize("name", SCHEDULES.names())
@pytest.mark.parametrize("warmup", [0.0, 0.3, 1.0])
def test_the_shortest_runs_have_a_rate(name, warmup):
    for epochs, steps in [(1, 1), (1, 2), (2, 1), (3, 1)]:
        rates = factors(schedule(name, warmup=warmup), steps, epochs)
        assert all(0 < value <= 1 for value in rates)
