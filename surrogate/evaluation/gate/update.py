"""A new baseline, for a reason that is kept."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from surrogate.environment import choose_device, environment
from surrogate.errors import InputError, SettingsError
from surrogate.evaluation.gate.baseline import Baseline, BaselineState, spreads, write_baseline
from surrogate.evaluation.gate.exact import freeze, placed
from surrogate.evaluation.gate.gate_settings import GateConfig
from surrogate.evaluation.gate.latency import latency
from surrogate.evaluation.gate.measure import measure, overlap


def update(config: GateConfig, reason: str) -> Baseline:
    """Make what the runs of ``config`` are now the baseline, for a ``reason``; the former state goes to its history.

    Raises:
        SettingsError: no reason was given, or what is there is no baseline or no frozen run of ours.
        InputError: an error is not finite or zero, or test samples are among those that the runs learned from.
    """
    if not reason.strip():
        raise SettingsError("--reason: a baseline is not changed without one")
    folder = placed(config)
    measured = measure(config)
    record = measured.record
    if record is None:
        raise SettingsError("run: a baseline is frozen from runs, these are predictions; expected run=FOLDER")
    for name, values in measured.errors.items():
        for seed, value in values.items():
            if not (math.isfinite(value) and value > 0):
                raise InputError(
                    f"{measured.runs[seed]}: its {name} is {value}; a baseline holds finite errors above 0"
                )
    if shared := overlap(record, measured.samples.inputs):
        raise InputError(
            f"{shared} of {len(measured.samples.inputs)} inputs of {config.split} are among those learned from"
        )
    first = next(iter(measured.runs.values()))
    errors = {name: tuple(by_seed.values()) for name, by_seed in measured.errors.items()}
    timed = latency(first, measured.samples.inputs, config) if config.latency.blocks else None
    frozen = freeze(first, measured.samples.inputs, measured.samples.outputs, folder, config)
    state = BaselineState(
        reason=reason.strip(),
        date=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        environment=environment(choose_device(config.device)),
        model=record.settings.model.name,
        data=measured.data,
        seeds=tuple(measured.runs),
        errors=errors,
        spread=spreads(errors),
        frozen=frozen[0],
        exact=frozen[1],
        latency=timed,
    )
    return write_baseline(config.baseline, state, config.overwrite)
