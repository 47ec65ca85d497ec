"""How long the error of a roll-out stays below the deviation of the truth, in the unit of time."""

from __future__ import annotations

from surrogate.evaluation.metric import EVERYWHERE, Metric

METRIC = Metric(
    name="valid_time",
    label="valid for a time of",
    unit="none",
    better="higher",
    domains=EVERYWHERE,
    main=True,
    place=220,
)
