"""The gate: what was measured now against the baseline, layer by layer, each figure with a verdict."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from surrogate.environment import choose_device, environment
from surrogate.errors import SettingsError
from surrogate.evaluation.documents import Presentable, finite, frame
from surrogate.evaluation.gate import exact
from surrogate.evaluation.gate.baseline import BaselineState, Latency, frozen_folder, read_baseline
from surrogate.evaluation.gate.gate_settings import LEAST_BLOCKS, GateConfig
from surrogate.evaluation.gate.latency import comparable, latency
from surrogate.evaluation.gate.log_ratio import ErrorChange, Rule, Verdict, change, seeds_needed, suspicious, verdicts
from surrogate.evaluation.gate.measure import Measured, measure, overlap
from surrogate.evaluation.report.sections import Section
from surrogate.predictors.runs import unverified

EXACT, QUALITY, LATENCY = "exact", "quality", "latency"


@dataclass(frozen=True)
class GateRow:
    """One figure of a layer: what it was, what it is, the relative change with bounds and what is allowed of it.

    NaN: there is none. ``remark`` is what a reader needs beside the figures, often nothing.
    """

    layer: str
    name: str
    verdict: Verdict
    then: float = math.nan
    now: float = math.nan
    change: float = math.nan
    low: float = math.nan
    high: float = math.nan
    limit: float = math.nan
    remark: str = ""


@dataclass(frozen=True)
class Checked(Presentable):
    """What the gate found; ``passed`` is what the exit code says."""

    title: str
    rows: tuple[GateRow, ...]
    notes: tuple[str, ...]
    passed: bool

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values; a figure that there is not is null."""
        rows = [finite(asdict(row)) for row in self.rows]
        return {"passed": self.passed, "title": self.title, "rows": rows, "notes": list(self.notes)}

    def to_frame(self) -> Any:
        """Return a row for each figure as a ``pandas.DataFrame``."""
        return frame([asdict(row) for row in self.rows])

    def section(self) -> Section:
        """Return it told, a table for each layer."""
        from surrogate.evaluation.report.gate_table import section

        return section(self)


def check(config: GateConfig) -> Checked:
    """Return how the runs of ``config`` stand against its baseline.

    Raises:
        SettingsError: there is no baseline, or it was measured on other data.
        InputError: the baseline, a run or the data cannot be read, or the split is empty.
    """
    state = read_baseline(config.baseline).current
    measured = measure(config)
    _same_question(state, measured, config)
    frozen = exact.compare(frozen_folder(config.baseline), state, config)
    rows = [*map(_exact_row, frozen), *_quality_rows(state, measured, config)]
    notes = [*_notes(state, measured)]
    record, folders = measured.record, (*measured.runs.values(), frozen_folder(config.baseline))
    if record is None:
        folders = folders[-1:]
        notes.append("Predictions are held, and no runs: their time and what they learned from are not known.")
    notes += [note for folder in folders if (note := unverified(folder))]
    if config.latency.blocks and state.latency is not None and record is not None:
        here = environment(choose_device(config.device))
        timed = latency(next(iter(measured.runs.values())), measured.samples.inputs, config)
        if comparable(state.environment, here):
            rows.append(_latency_row(state.latency, timed, config.latency.margin))
        else:
            notes.append(
                f"Latency: {timed.ratio:.3g} of the fixed computation; the baseline's {state.latency.ratio:.3g} was"
                " measured on another processor, number of threads or torch, so they are not compared."
            )
    bad = {"fail", "inconclusive"} if config.inconclusive == "fail" else {"fail"}
    what = "predictions" if record is None else record.settings.model.name
    title = f"{what} on {measured.data.samples} {config.split} samples of"
    title += f" {measured.data.name}, {_count(len(measured.runs), 'seed')}, against {config.baseline.name}"
    return Checked(title, tuple(rows), tuple(notes), not any(row.verdict in bad for row in rows))


def _same_question(state: BaselineState, measured: Measured, config: GateConfig) -> None:
    """Refuse to compare what was measured on other samples or by other metrics."""
    if state.data != measured.data:
        there, here = (f"{it.samples} {it.split} samples of {it.name}" for it in (state.data, measured.data))
        other = f"{there}, these runs on {here}" if there != here else f"other data than these runs, though both {here}"
        raise SettingsError(f"baseline: {config.baseline} was measured on {other}")
    missing = [name for name in config.metrics if name not in state.errors]
    if missing:
        raise SettingsError(f"metrics: {config.baseline} holds no {missing[0]}; it holds {', '.join(state.errors)}")


def _exact_row(figure: exact.Compared) -> GateRow:
    verdict: Verdict = "pass" if figure.passed else "fail"
    return GateRow(EXACT, figure.name, verdict, figure.then, figure.now, change=figure.apart, limit=figure.tolerance)


def _quality_rows(state: BaselineState, measured: Measured, config: GateConfig) -> list[GateRow]:
    """Return a row for each metric; what is not finite fails before any statistics."""
    rule = Rule(config.margin, config.false_alarm, config.confidence, config.improvement)
    then = {name: state.by_seed(name) for name in measured.errors}
    broken = {name: _unusable(now) for name, now in measured.errors.items()}
    changes = {name: change(then[name], now) for name, now in measured.errors.items() if not broken[name]}
    outcomes = verdicts(changes, rule)
    rows = []
    for name, now in measured.errors.items():
        if not broken[name]:
            rows.append(_quality_row(name, then[name], now, changes[name], outcomes[name], rule))
            continue
        before = geometric_mean(then[name].values())
        rows.append(GateRow(QUALITY, name, "fail", then=before, limit=config.margin, remark=broken[name]))
    if any(suspicious(shift, rule) for shift in changes.values()):
        rows.append(_leakage_row(measured))
    return rows


def _unusable(errors: dict[int, float]) -> str:
    """Return what is wrong with errors that have no logarithm, empty where all have one."""
    for seed, value in errors.items():
        if not (math.isfinite(value) and value > 0):
            return f"seed {seed}: " + ("not finite" if not math.isfinite(value) else "exactly zero, which nothing is")
    return ""


def _quality_row(
    name: str, then: dict[int, float], now: dict[int, float], shift: ErrorChange, verdict: Verdict, rule: Rule
) -> GateRow:
    sure = rule.confidence
    low, high = (math.expm1(it) if shift.freedom else math.nan for it in (shift.lower(sure), shift.upper(sure)))
    if shift.paired:
        then, now = ({seed: it[seed] for seed in then.keys() & now.keys()} for it in (then, now))
    remark = "" if shift.paired else f"{_count(shift.seeds, 'seed')}, not paired"
    if verdict == "inconclusive":
        needed = seeds_needed(shift, rule)
        remark += "; " * bool(remark) + (f"about {needed} seeds would decide" if needed else "more seeds would tell")
    if verdict == "improved":
        remark += "; " * bool(remark) + f"better by over {rule.improvement:.0%}: if meant, record it by 'gate update'"
    before = geometric_mean(then.values())
    return GateRow(
        QUALITY,
        name,
        verdict,
        then=before,
        now=before * math.exp(shift.mean),
        change=math.expm1(shift.mean),
        low=low,
        high=high,
        limit=rule.margin,
        remark=remark,
    )


def _leakage_row(measured: Measured) -> GateRow:
    if measured.record is None:
        remark = (
            "what these predictions learned from is not known, so nobody can tell whether test samples are among it"
        )
        return GateRow(QUALITY, "leakage", "inconclusive", remark=remark)
    shared, count = overlap(measured.record, measured.samples.inputs), len(measured.samples.inputs)
    remark = f"{shared} of {count} test inputs are among those that the runs learned from"
    return GateRow(QUALITY, "leakage", "fail" if shared else "pass", remark=remark)


def _latency_row(then: Latency, now: Latency, margin: float) -> GateRow:
    """Return ``fail`` where even the bounds that favour the surrogate are farther apart than the margin."""
    low, high = now.low / then.high - 1, now.high / then.low - 1
    verdict: Verdict = "fail" if low > margin else "pass" if high < margin else "inconclusive"
    few = min(then.blocks, now.blocks) < LEAST_BLOCKS  # a baseline of an earlier version may have so few
    grown, remark = now.ratio / then.ratio - 1, f"fewer than {LEAST_BLOCKS} blocks have no bounds" if few else ""
    verdict = "inconclusive" if few else verdict
    return GateRow(LATENCY, "ratio", verdict, then.ratio, now.ratio, grown, low, high, margin, remark)


def _notes(state: BaselineState, measured: Measured) -> list[str]:
    notes = []
    left = sorted(measured.runs.keys() - set(state.seeds))
    common = len(measured.runs) - len(left)
    if left and common > 1:
        notes.append(f"Seeds that the baseline has not, left out: {', '.join(map(str, left))}.")
    if measured.record is not None and measured.record.settings.model.name != state.model:
        notes.append(f"The baseline is of {state.model}, these runs are of {measured.record.settings.model.name}.")
    return notes


def geometric_mean(values: Collection[float]) -> float:
    """Return the mean of which a mean log-ratio is the change."""
    return math.exp(math.fsum(map(math.log, values)) / len(values))


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
