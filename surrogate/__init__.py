"""Turn a partial differential equation into a fast, trusted neural operator.

    import surrogate as sg

    data = sg.generate("darcy_rough", grid=64, train=1000)
    run = sg.train(data, model="mgno", epochs=60)
    run.evaluate().metrics["relative_l2"]

Importing this loads neither torch nor Hydra; they come with the first function that is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from surrogate.errors import SurrogateError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from surrogate.interface.arrays_as_data import from_arrays
    from surrogate.interface.checked_data import CheckedData, check
    from surrogate.interface.compared_runs import AgainstSolver, SideBySide, compare
    from surrogate.interface.contracts import HeldPart, check_contract
    from surrogate.interface.evaluated_runs import Evaluated, evaluate
    from surrogate.interface.exported_data import ExportedData
    from surrogate.interface.exported_files import ExportedFile, export, load
    from surrogate.interface.foreign_data import read
    from surrogate.interface.generated_data import generate
    from surrogate.interface.inventory import Inventory
    from surrogate.interface.listing_folders import list
    from surrogate.interface.new_parts import NewPart, new
    from surrogate.interface.opened_data import OpenedData
    from surrogate.interface.opened_folders import plugins
    from surrogate.interface.opened_run import OpenedRun
    from surrogate.interface.opening_by_kind import open
    from surrogate.interface.points_as_data import from_points
    from surrogate.interface.predicted_fields import predict
    from surrogate.interface.solved_fields import OpenedEquation, SolvedFields, equation
    from surrogate.interface.trained_runs import train
    from surrogate.interface.tuned_runs import OpenedStudy, tune

__version__ = "0.1.0"

_HOMES = {
    "AgainstSolver": "compared_runs",
    "CheckedData": "checked_data",
    "SideBySide": "compared_runs",
    "Evaluated": "evaluated_runs",
    "ExportedData": "exported_data",
    "ExportedFile": "exported_files",
    "OpenedData": "opened_data",
    "OpenedEquation": "solved_fields",
    "OpenedRun": "opened_run",
    "SolvedFields": "solved_fields",
    "check": "checked_data",
    "OpenedStudy": "tuned_runs",
    "HeldPart": "contracts",
    "NewPart": "new_parts",
    "check_contract": "contracts",
    "compare": "compared_runs",
    "equation": "solved_fields",
    "evaluate": "evaluated_runs",
    "export": "exported_files",
    "from_arrays": "arrays_as_data",
    "from_points": "points_as_data",
    "generate": "generated_data",
    "list": "listing_folders",
    "Inventory": "inventory",
    "load": "exported_files",
    "new": "new_parts",
    "open": "opening_by_kind",
    "plugins": "opened_folders",
    "predict": "predicted_fields",
    "read": "foreign_data",
    "train": "trained_runs",
    "tune": "tuned_runs",
}

__all__ = [
    "AgainstSolver",
    "CheckedData",
    "Evaluated",
    "ExportedData",
    "ExportedFile",
    "HeldPart",
    "Inventory",
    "NewPart",
    "OpenedData",
    "OpenedEquation",
    "OpenedRun",
    "OpenedStudy",
    "SideBySide",
    "SolvedFields",
    "SurrogateError",
    "__version__",
    "check",
    "check_contract",
    "compare",
    "equation",
    "evaluate",
    "export",
    "from_arrays",
    "from_points",
    "generate",
    "list",
    "load",
    "new",
    "open",
    "plugins",
    "predict",
    "read",
    "train",
    "tune",
]


def __getattr__(name: str) -> Any:
    """Return what is offered under a name, imported when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'surrogate' has no attribute '{name}'")
    offered = getattr(importlib.import_module(f"surrogate.interface.{_HOMES[name]}"), name)
    globals()[name] = offered
    return offered


def __dir__() -> Sequence[str]:
    return sorted(__all__)
