"""A recipe becomes a data set."""

from __future__ import annotations

from typing import Any

from surrogate.config.compose import compose_tree
from surrogate.config.keywords import words_of
from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.datasets.generation import generate as generate_parts
from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.interface.array_files import as_file
from surrogate.interface.opened_data import OpenedData
from surrogate.interface.reporters import Reporter, reporter_for
from surrogate.interface.typed_settings import generate_settings


def generate(recipe: str, *, inputs: Any = None, reporter: Reporter | None = None, **settings: Any) -> OpenedData:
    """Return the data set of a recipe, made where it is not there yet.

    The settings are those of ``surrogate generate``, with their defaults: ``grid=64``, ``train=1000`` (for
    ``count.train``; ``valid`` and ``test`` likewise), ``seed``, ``workers``, ``out``, and of the equation
    ``equation={"viscosity": 0.01}`` or ``**{"equation.viscosity": 0.01}``. The same call on the same ``out`` goes on
    with what is unfinished, and opens what is finished.

    Args:
        recipe: one of ``surrogate list recipes``.
        inputs: coefficients, forcings or starts ``(n, c, s...)`` that are solved in place of those that the recipe
            draws; a dictionary of them ``(n, s...)`` by the names of the fields; or the path of a file of such. Then
            the grid is theirs, and all are the split ``test``, unless ``grid`` and the counts say otherwise.
        reporter: told how far it is; None: nobody in a script.
        settings: of the recipe and of its making.

    Raises:
        UsageError, SettingsError: a name or a value that cannot be, with the nearest that can.
        InputError: inputs that are not those of the recipe's equation.
        SolverError: samples could not be solved to their tolerance.
        StorageError: the disk refused.
    """
    with as_file(inputs) as path:
        given = {} if path is None else {"inputs": path}
        tree = compose_tree("generate", words_of("generate", {"recipe": recipe} | given | settings))
        return OpenedData(generated(generate_settings(tree), reporter_for(reporter)))


def generated(config: GenerateConfig, reporter: Reporter) -> Dataset:
    """Return the data set of typed settings, made where it is not there yet; raises as :func:`generate` does."""
    total = sum(config.count.of_splits.values())
    if config.inputs is not None:
        reporter.note(config.notes.rpartition("\n\n")[2])
    if config.pilot and config.certificate.samples and not config.out.exists():
        reporter.note("solving one sample as the certificate will, before the others are made")
    with reporter.stoppable() as should_stop, reporter.progress(f"generate {config.name}", total) as advance:
        there: int | None = None
        for step in generate_parts(config, should_stop):
            # What an earlier call left took no time of this one.
            there = step.done if there is None else there
            rate = (step.done - there) / step.seconds if step.seconds > 0 else 0.0
            advance(step.done, f"{rate:.3g} samples/s" if rate else "")
            if step.done == total and config.certificate.samples:
                reporter.note(f"solving {config.certificate.samples} samples again, for the certificate")
    return open_dataset(config.out)
