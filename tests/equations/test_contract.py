"""What every equation keeps, whichever it is, with the settings of every recipe."""

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
