"""How far off predictions were found to be, told: the bands, what they hold, and what is guaranteed of them."""

from __future__ import annotations

from surrogate.evaluation.report.band_plots import band_plot, calibration_plot
from surrogate.evaluation.report.sections import Picture, Section, Table
from surrogate.evaluation.uncertainty.conformal import least
from surrogate.evaluation.uncertainty.uncertainty_result import KINDS, LEVELS, WHAT, Band, Uncertainty

_SCALES = {"constant": "the same everywhere", "place": "error usual at the place", "spread": "spread of the ensemble"}


def section(result: Uncertainty) -> Section:
    """Return the sentence, the table, and the pictures of calibration and of a band."""
    level, unit = result.level, result.unit
    points, fields = (result.band(kind) for kind in KINDS)
    sentence = (
        f"The prediction ± {_percent(points.width)} of the field holds the truth at"
        f" {_percent(points.coverage)} of the points, ± {_percent(fields.width)} holds"
        f" {_percent(fields.coverage)} of the fields at all points"
        f" ({_percent(level)} asked for; {result.test} test {_plural(unit)})."
    )
    table = Table(
        f"Bands of {_percent(level)}",
        ("half-width", "holds", "of", "95 % interval", "by law", "mean half-width"),
        tuple(_row(band) for band in result.bands),
        "Half-width: mean over points and samples, over the root mean square of the true field. By law: where 99 % of"
        " the draws of calibration and test samples lie; known where a sample has one field. Per point no such law is"
        " known: points of a field depend on each other.",
    )
    line, curves = result.line, result.curves
    pictures = [
        Picture(
            f"What bands of every level hold on the test {_plural(unit)}",
            calibration_plot(curves.levels, curves.observed),
        )
    ]
    if line is not None:
        about = f"{line.field}, truth minus prediction along the middle line, {unit} {line.sample} (of median error)"
        pictures.append(Picture(about, band_plot(line.x, line.error, line.half_widths, line.label)))
    return Section("Uncertainty", sentence, (table, *_ensemble_table(result)), tuple(pictures), _notes(result))


def _row(band: Band) -> tuple[str, ...]:
    return (
        _SCALES[band.scale],
        _percent(band.coverage),
        WHAT[band.kind],
        _span(band),
        "" if band.law is None else f"{_percent(band.law[0])} to {_percent(band.law[1])}",
        f"{_percent(band.width)} of the field, {band.to_constant:.2f} of constant",
    )


def _ensemble_table(result: Uncertainty) -> tuple[Table, ...]:
    if result.ensemble is None:
        return ()
    before, agreement = result.ensemble.before, result.ensemble.correlation
    after = result.band("points", "spread")
    rows = (
        ("mean ± z spread, as it is", _percent(before.coverage), _percent(before.width)),
        ("calibrated", _percent(after.coverage), _percent(after.width)),
    )
    about = (
        f"Asked for: {_percent(result.level)} of the points. Correlation of spread with error:"
        f" {agreement.samples:.2f} over samples (rank), {agreement.points:.2f} over the"
        " points of a field."
    )
    return (Table(f"Ensemble of {result.ensemble.members}", ("", "points held", "mean half-width"), rows, about),)


def _notes(result: Uncertainty) -> tuple[str, ...]:
    unit = result.unit
    usual = "the errors usual at a place are those" if result.line is not None else "the usual error is that"
    notes = [
        f"The first {result.calibration} of the {result.of} {_plural(unit)} of the split '{result.split}'"
        f" calibrate and the others test; {usual} of '{result.scales_from}'.",
        "Guaranteed is the share on average over calibration and new samples of one law (exchangeable), not for each"
        " single input, and nothing for inputs of another law.",
    ]
    if unit == "trajectory":
        notes.append(
            "The bands are of one step from a true state; a roll-out strays farther. Trajectories are exchanged."
        )
    if result.line is None:
        notes.append(
            "No band that follows the error usual at a place, and no picture along a line: the points differ from"
            " sample to sample. Points count by their quadrature weights."
        )
    if result.unproven:
        notes.append(result.unproven)
    beyond = [level for level in LEVELS if result.calibration < least(level)]
    if beyond:
        notes.append(
            f"{result.calibration} calibration {_plural(unit)} reach no level from {_percent(min(beyond))} on,"
            f" which takes {least(min(beyond))}: a band of it would be infinitely wide, and is not in the picture."
        )
    for band in result.bands:
        if band.law is not None and not band.law[0] <= band.coverage <= band.law[1]:
            notes.append(
                f"{_percent(band.coverage)} is beyond what the law allows ({_SCALES[band.scale]}):"
                " calibration and test samples are not of one law, or this is one of the draws in a hundred."
            )
    return tuple(notes)


def _span(band: Band) -> str:
    if band.low is None or band.high is None:
        return f"none: {band.absent}"
    return f"{_percent(band.low)} to {_percent(band.high)}"


def _percent(value: float) -> str:
    return f"{100 * value:.3g} %"


def _plural(unit: str) -> str:
    return "trajectories" if unit == "trajectory" else "samples"
