"""What every registered model owes the rest of the toolkit."""

from surrogate.registry import MODELS
from surrogate.testing import ModelContract


class TestModels(ModelContract):
    names = MODELS.names()
