"""The contracts that a plug-in owes, as classes of tests for pytest: the same that hold what is ours.

from surrogate.testing import ModelContract

class TestLocalAverage(ModelContract):
    names = ("local_average",)
"""

import pkgutil

import pytest

# What fails is shown as in a test of one's own.
pytest.register_assert_rewrite(*(f"{__name__}.{module.name}" for module in pkgutil.iter_modules(__path__)))

from surrogate.testing.contract import default_settings  # noqa: E402
from surrogate.testing.equation_contract import EquationContract  # noqa: E402
from surrogate.testing.format_contract import FormatContract  # noqa: E402
from surrogate.testing.measuring_contracts import LossContract, MetricContract  # noqa: E402
from surrogate.testing.model_contract import ModelContract, box_problem, build_model  # noqa: E402
from surrogate.testing.sampler_contract import SamplerContract  # noqa: E402
from surrogate.testing.training_contracts import (  # noqa: E402
    OptimizerContract,
    ScheduleContract,
    SymmetryContract,
    TrackerContract,
)

__all__ = [
    "EquationContract",
    "FormatContract",
    "LossContract",
    "MetricContract",
    "ModelContract",
    "OptimizerContract",
    "SamplerContract",
    "ScheduleContract",
    "SymmetryContract",
    "TrackerContract",
    "box_problem",
    "build_model",
    "default_settings",
]
