"""What several trainings were found to have in common, told."""

from __future__ import annotations

from surrogate.evaluation.compare.seeds import SeedStudy
from surrogate.evaluation.metric import metric_named
from surrogate.evaluation.report import wording
from surrogate.evaluation.report.sections import Section, Table


def section(study: SeedStudy) -> Section:
    """Return the table over the runs, and what is certain of the mean over other samples and other seeds."""
    unit = wording.common_unit(study.evaluations[0].problem.target.fields)
    columns = (
        "",
        "mean",
        "95 %, other samples",
        "95 %, other seeds",
        "deviation",
        *(f"seed {seed}" for seed in study.seeds),
    )
    rows = tuple(
        (
            metric_named(name).label,
            wording.quantity(name, one.mean, unit),
            "" if one.over_samples is None else wording.span(name, one.over_samples, unit),
            wording.span(name, one.over_seeds, unit),
            wording.quantity(name, one.deviation, unit),
            *(wording.quantity(name, value, unit) for value in one.each),
        )
        for name, one in study.metrics.items()
        if metric_named(name).main
    )
    error = study.metrics["relative_l2"]
    assert error.over_samples is not None
    count, samples = len(study.evaluations), study.evaluations[0].samples
    sentence = (
        f"Over {count} trainings that differ in their seed alone the relative L2 error is "
        f"{wording.quantity('relative_l2', error.mean, '')}: {wording.span('relative_l2', error.over_samples, '')} if "
        f"other samples are drawn and the trainings stay, {wording.span('relative_l2', error.over_seeds, '')} if the "
        f"samples stay and others are trained; single trainings deviate by "
        f"{wording.quantity('relative_l2', error.deviation, '')} (one standard deviation)."
    )
    about = (
        f"Means over {count} runs. Other samples: from the {wording.counted(samples, 'sample')}, each the mean over the"
        f" runs. Other seeds: from the means of the {count} runs. Neither covers both."
    )
    return Section("Over seeds", sentence, (Table("Several trainings", columns, rows, about),))
