"""A recipe whose inputs a user supplies."""

from __future__ import annotations

from pathlib import Path

from surrogate.datasets.generation_settings import Counts, GenerateConfig
from surrogate.datasets.given_inputs import given_inputs, ranges, require_rows


def supplied(config: GenerateConfig, path: Path, all_in_test: bool) -> GenerateConfig:
    """Return a recipe, on the grid of the inputs, for those in a file, which its title and notes then speak of.

    Args:
        config: the recipe.
        path: of the inputs.
        all_in_test: every row is of the split ``test``; else the counts of the recipe deal them out.

    Raises:
        InputError: the file is not one of inputs of its equation.
        SettingsError: the counts are not those of the file.
    """
    equation = config.equation.on(config.grid, config.task)
    given, values = given_inputs(path, equation)
    count = Counts(train=0, valid=0, test=len(values)) if all_in_test else config.count
    require_rows(len(values), count.of_splits, str(path))
    line = f"The inputs were not drawn: they are those of {path.name}: {ranges(values, equation, config.seed)}."
    about = {"title": f"{config.title}, for given inputs", "notes": f"{config.notes}\n\n{line}".strip()}
    return config.model_copy(update={"inputs": given, "count": count} | about)
