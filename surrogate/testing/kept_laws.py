"""The laws of a contract that a part keeps, as values: pytest runs them, and nothing of it is shown."""

from __future__ import annotations

import contextlib
import inspect
import io
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from surrogate.errors import SurrogateError
from surrogate.files import publish_text

_MODULE = "from surrogate.testing import {contract}\n\n\nclass TestIt({contract}):\n    {settings}\n"
_INI = "[pytest]\nmarkers =\n    slow: minutes, not seconds\nfilterwarnings =\n    ignore\n"
# A user's own options and plug-ins of pytest have no say in what a contract is.
_ENVIRONMENT = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}


@dataclass(frozen=True)
class KeptLaw:
    """One law of a contract, and whether a part keeps it.

    Attributes:
        law: the law, a sentence.
        part: which part was held to it.
        verdict: ``holds``, ``fails``, or ``skipped``: it says nothing about such a part.
        figure: what was measured, where that is a number.
        seconds: how long it took.
        meaning: what it means that the law holds, in plain words.
        why: of one that fails, what was seen; of one that is skipped, why.
    """

    law: str
    part: str
    verdict: Literal["holds", "fails", "skipped"]
    figure: str
    seconds: float
    meaning: str
    why: str


def kept_laws(contract: str, settings: dict[str, Any], slow: bool = False) -> list[KeptLaw]:
    """Return the laws of a contract of :mod:`surrogate.testing`, each for all parts that its ``names`` are.

    Args:
        contract: the name of its class, such as ``ModelContract``.
        settings: attributes of the class of tests, such as ``names``; values that Python writes as literals.
        slow: also those that take a minute.

    Raises:
        SurrogateError: there was nothing to hold.
    """
    lines = "\n    ".join(f"{key} = {value!r}" for key, value in settings.items())
    with tempfile.TemporaryDirectory() as place, _apart():
        # Python knows a module by its name, and there may have been another.
        file, ini = Path(place) / f"test_{Path(place).name}.py", Path(place) / "pytest.ini"
        publish_text(file, _MODULE.format(contract=contract, settings=lines))
        publish_text(ini, _INI)
        options = ["-p", "no:cacheprovider", "-c", str(ini), "--rootdir", place, "--capture=sys", "-q"]
        chosen = [] if slow else ["-m", "not slow"]
        recorder, shown = _Recorder(), io.StringIO()
        with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
            code = pytest.main([*options, "--import-mode=importlib", *chosen, str(file)], plugins=[recorder])
    if code == pytest.ExitCode.INTERRUPTED and recorder.stopped:
        raise KeyboardInterrupt
    if not recorder.laws:
        raise SurrogateError(f"{contract}: nothing was held to it: {' '.join(shown.getvalue().split())}")
    return list(recorder.laws.values())


class _Recorder:
    """A plug-in of pytest that keeps what became of every test."""

    def __init__(self) -> None:
        self.laws: dict[str, KeptLaw] = {}
        self.items: dict[str, pytest.Item] = {}
        self.stopped = False

    def pytest_collection_modifyitems(self, items: Sequence[pytest.Item]) -> None:
        self.items = {item.nodeid: item for item in items}

    def pytest_keyboard_interrupt(self) -> None:
        self.stopped = True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        before = self.laws.get(report.nodeid)
        item = self.items[report.nodeid]
        verdict: Literal["holds", "fails", "skipped"] = (
            "skipped" if report.skipped else "fails" if report.failed else before.verdict if before else "holds"
        )
        parameters = dict(item.callspec.params) if hasattr(item, "callspec") else {}
        part = str(parameters.pop("name", ""))
        case = f" ({', '.join(_as_text(value) for value in parameters.values())})" if parameters else ""
        law = str(getattr(item, "originalname", item.name)).removeprefix("test_").replace("_", " ")
        self.laws[report.nodeid] = KeptLaw(
            law=law + case,
            part=part,
            verdict=verdict,
            figure=", ".join(str(value) for name, value in report.user_properties if name == "figure"),
            seconds=report.duration + (before.seconds if before else 0.0),
            meaning=inspect.getdoc(getattr(item, "function", None)) or "",
            why=_why(report) or (before.why if before else ""),
        )


def _why(report: pytest.TestReport) -> str:
    """Return in a line why a test failed or was skipped."""
    if report.skipped and isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is None:
        return "" if report.passed else str(report.longrepr)
    return " ".join(str(crash.message).split())


def _as_text(value: object) -> str:
    """Return a parameter of a test as a reader takes it: ``16 x 17`` for a grid."""
    if isinstance(value, tuple) and all(isinstance(one, int) for one in value):
        return " x ".join(map(str, value)) + " points"
    return str(value)


@contextlib.contextmanager
def _apart() -> Iterator[None]:
    """Keep what users set for their own tests out of these."""
    before = {name: os.environ.get(name) for name in _ENVIRONMENT}
    os.environ.update(_ENVIRONMENT)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
