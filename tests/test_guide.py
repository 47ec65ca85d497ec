"""The example of docs/guide/plugins.md, written to files, installed and used as the page says."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "guide" / "plugins.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the files of the page, and what they declare installed in its folder ``site``."""
    folder = tmp_path_factory.mktemp("plugins")
    for name, text in re.findall(r"^`([\w./-]+)`:\n\n```\w*\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        file = folder / "my-surrogates" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*pip, "--target", folder / "site", folder / "my-surrogates"], check=True)
    return folder


def run(place, *words):
    """Run a command there, with the package installed; return what it prints."""
    path = os.pathsep.join((str(place / "site"), str(ROOT)))
    environment = os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=place, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_package_of_ones_own_is_trained_evaluated_and_exported_by_name(place):
    (block,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    commands = [shlex.split(line) for line in block.splitlines()]
    assert commands.pop(0) == ["pip", "install", "./my-surrogates"]
    printed = [run(place, *words) for words in commands]
    assert re.search(r"neighbours +Neighbours: each layer .* \(my-surrogates 0\.1\)", printed[0])
    assert "median error" in (place / "runs" / "nagumo" / "eval" / "test" / "report.html").read_text()
    assert (place / "nagumo.onnx").stat().st_size > 1000


@pytest.mark.slow
def test_a_package_of_ones_own_is_held_to_the_contracts(place):
    options = ("-q", "-p", "no:cacheprovider", "-m", "not slow", "-W", "ignore::pytest.PytestUnknownMarkWarning")
    assert "passed" in run(place, "pytest", *options, "my-surrogates/tests")
