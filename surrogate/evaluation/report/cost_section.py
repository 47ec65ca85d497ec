"""What a surrogate was found to cost, told: curves, seconds with bounds, and a verdict where the bounds allow one."""

from __future__ import annotations

import math
from collections.abc import Callable

from surrogate.evaluation.report import wording
from surrogate.evaluation.report.figures import tradeoff_plot
from surrogate.evaluation.report.sections import Picture, Section, Table
from surrogate.evaluation.timing.cost_result import (
    MANY,
    MODES,
    ONE,
    BreakEven,
    Cost,
    Mode,
    TimedAnswer,
    TimedSolve,
    Turns,
    front,
)
from surrogate.evaluation.timing.interleaved import Middle

_DUEL = ("surrogate", "solver as accurate", "solver / surrogate", "paid back after", "verdict")


def section(cost: Cost) -> Section:
    """Return the curves, the table and the sentence."""
    rows = [_row("solver", row) for row in _telling(cost)] + [_row("surrogate", row) for row in cost.surrogate]
    table = Table(
        "Error and seconds",
        ("", "relative L2", ONE, MANY, "at once"),
        tuple(rows),
        f"Seconds for {cost.question}; the solver at the settings that no other beats in error and seconds, and as it"
        " made data (last). All settings timed are in cost.csv.",
    )
    duels = {mode: _duel(each) for mode in MODES if (each := cost.duels.get(mode)) is not None}
    turns = Table(
        "Surrogate and solver in turn",
        ("", *duels),
        tuple(zip(_DUEL, *duels.values(), strict=True)),
        "Medians of blocks in which both took turns, with 99 % bounds (order statistics); undecided where the bounds of"
        " the ratio have one between them. Queries that pay for making the data and training.",
    )
    sentences = " ".join(sentence(cost, mode) for mode in MODES)
    tables = (table, turns) if duels else (table,)
    return Section(
        "Cost against the solver", sentences, tables, tuple(_curve(cost, mode) for mode in MODES), _notes(cost)
    )


def sentence(cost: Cost, mode: Mode) -> str:
    """Return who is quicker when asked in this mode, and after how many queries a surrogate is paid back.

    Results of before there were bounds have none, and then no verdict either.
    """
    best, rival, turns = cost.quickest(mode), cost.rival(mode), cost.duels.get(mode)
    if turns is not None:
        best = next(row for row in cost.surrogate if row.label == turns.surrogate)
    took = wording.duration(best.seconds(mode)) if turns is None or rival is None else _seconds(turns.seconds.surrogate)
    text = f"{mode.capitalize()}, the surrogate ({best.label}) takes {took} for an error of"
    text += f" {wording.quantity('relative_l2', best.error)}. "
    if rival is None:
        return text + "No setting of the solver that was tried is as accurate as the surrogate."
    if turns is None:
        return text + (
            f"The cheapest solve as accurate takes {wording.duration(rival.seconds(mode))} ({rival.label}). These"
            " seconds have no bounds, so which is quicker is not said; measured anew, they have."
        )
    ratio = f"{_span(turns.ratio, _ratio)} times as long"
    text += f"The cheapest solve as accurate ({turns.solver}) takes {_seconds(turns.seconds.solver)}, {ratio}"
    if turns.verdict == "saves nothing":
        return text + ": the surrogate saves nothing, use the solver."
    if turns.verdict == "undecided":
        return text + ": which is quicker is undecided, and so whether the surrogate is ever paid back."
    return text + (f"; {_paid(turns.break_even)}." if turns.break_even else ".")


def _telling(cost: Cost) -> list[TimedSolve]:
    """Return the settings on either front, and the recipe's own."""
    best = {row.label for mode in MODES for row in front(cost.solver, mode)} | {cost.solver[-1].label}
    return [row for row in cost.solver if row.label in best]


def _curve(cost: Cost, mode: Mode) -> Picture:
    def points(rows: list[TimedSolve] | tuple[TimedSolve, ...]) -> list[tuple[float, float]]:
        return [(row.seconds(mode), row.error) for row in rows]

    uri = tradeoff_plot(
        {"solver, at its best": points(front(cost.solver, mode))},
        {"solver, other settings": points(cost.solver)},
        {f"surrogate, {row.label}": (row.seconds(mode), row.error) for row in cost.surrogate},
        f"seconds for {cost.question}",
        "mean relative L2 error",
    )
    return Picture(f"{cost.question}, {mode}: error against seconds (left and below is better)", uri)


def _notes(cost: Cost) -> tuple[str, ...]:
    parts = [f"{name} {wording.duration(value)}" for name, value in cost.preparation.known.items()]
    against = "the labels themselves" if cost.reference == 1 else f"solves {cost.reference} times finer than the data"
    return (
        f"Preparation counted: {', '.join(parts) or 'unknown'}.",
        f"{cost.machine}, {cost.device}, {wording.counted(cost.threads, 'thread')}, all in this process. The solver"
        " works in float64, the surrogate in float32.",
        f"Errors are means over {cost.samples} samples, against {against}.",
        *(f"No surrogate {name}: {reason}." for name, reason in cost.omitted.items()),
        *(f"The solver refused {text}" for text in cost.failed),
    )


def _row(kind: str, row: TimedAnswer) -> tuple[str, ...]:
    error = wording.quantity("relative_l2", row.error)
    return f"{kind}, {row.label}", error, wording.duration(row.one), wording.duration(row.many), str(row.at_once)


def _duel(turns: Turns) -> tuple[str, ...]:
    """Return what stands beside :data:`_DUEL`."""
    return (
        f"{_seconds(turns.seconds.surrogate)}, {turns.surrogate}",
        f"{_seconds(turns.seconds.solver)}, {turns.solver}",
        _span(turns.ratio, _ratio),
        _queries(turns),
        turns.verdict,
    )


def _paid(paid: BreakEven) -> str:
    text = f"making the data and training are paid back after {paid.queries:,} queries"
    return text + f" ({paid.low:,} to {paid.high:,})"


def _queries(turns: Turns) -> str:
    queries = turns.break_even
    if turns.verdict == "undecided" and queries and queries.low is not None:
        return f"{queries.low:,} to never"
    if turns.verdict != "pays back" or not queries:
        return ""
    return f"{queries.queries:,} ({queries.low:,} to {queries.high:,})"


def _ratio(value: float) -> str:
    return f"{value:#.3g}"


def _seconds(middle: Middle) -> str:
    return _span(middle, wording.duration)


def _span(middle: Middle, words: Callable[[float], str]) -> str:
    """Return a median with its bounds, where there are any."""
    if not (math.isfinite(middle.low) and math.isfinite(middle.high)):
        return f"{words(middle.median)} (too few timings for bounds)"
    return f"{words(middle.median)} ({words(middle.low)} to {words(middle.high)})"
