"""An equation by its name or that of a recipe, with the parameters of the recipe and others over them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omegaconf import OmegaConf

from surrogate.config.compose import Tree, compose_tree
from surrogate.config.keywords import words_of
from surrogate.config.recipes import recipes
from surrogate.config.resources import choices, is_choice
from surrogate.errors import SettingsError, nearest
from surrogate.registry import EQUATIONS


def equation_settings(name: str, parameters: Mapping[str, Any]) -> tuple[Tree, str]:
    """Return the settings of an equation, and the recipe that they are from, of those of an equation the first.

    Raises:
        SettingsError: there is no such equation or recipe, or no such parameter.
    """
    recipe = _recipe(name)
    if recipe is None:
        known = {*EQUATIONS.names(), *choices("recipe")}
        raise SettingsError(f"equation: there is no equation or recipe '{name}'{nearest(name, known)}")
    tree = compose_tree("generate", words_of("generate", {"recipe": recipe, "equation": dict(parameters)}))
    return tree["equation"], recipe


def _recipe(name: str) -> str | None:
    if is_choice("recipe", name):
        return name
    nodes = {key.removesuffix(".yaml"): held.node for key, held in sorted(recipes().items())}
    plain = {recipe: OmegaConf.to_container(node["equation"], resolve=False) for recipe, node in nodes.items()}
    of_it = [recipe for recipe, settings in plain.items() if isinstance(settings, dict) and settings["name"] == name]
    return of_it[0] if of_it else None
