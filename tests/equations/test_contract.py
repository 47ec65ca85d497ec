"""What every equation keeps, whichever it is, with the settings of every recipe."""

from importlib import import_module
from pathlib import Path

from surrogate import equations
from surrogate.config.resources import RECIPE, shipped
from surrogate.registry import EQUATIONS
from surrogate.testing import EquationContract

RECIPES = sorted(shipped(RECIPE))


class TestEquations(EquationContract):
    names = RECIPES

    def reduced(self, equation):
        # As few cells as the laws of conduction hold on.
        fewer = {"resolution": 32} if equation.name == "heat_conduction" else {}
        return super().reduced(equation).model_copy(update=fewer)


def test_every_equation_has_a_recipe(recipe):
    assert {recipe(name).equation.name for name in RECIPES} == set(EQUATIONS.names())


def test_every_family_can_be_imported_from_the_package():
    families = {
        name
        for module in Path(equations.__file__).parent.glob("_[a-z]*.py")
        for name, value in vars(import_module(f"surrogate.equations.{module.stem}")).items()
        if isinstance(value, type) and issubclass(value, equations.Equation) and not name.startswith("_")
    }
    assert "ConservationLaw" in families
    assert all(issubclass(getattr(equations, name), equations.Equation) for name in families)
