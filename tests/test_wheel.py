"""The wheel holds what the commands need, and works from an empty folder."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TINY = ("grid=16", "count.train=4", "count.valid=2", "count.test=2")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    # Isolation would fetch the build backend again; it is a development dependency already.
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Give a function that runs the installed `surrogate` in an empty folder, away from the checkout."""
    site, empty = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("empty")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(wheel)]
    subprocess.run(pip, check=True, capture_output=True)

    def run(*words: str) -> str:
        # -I would also hide the target folder, so it is put first by hand.
        script = f"import sys; sys.path.insert(0, {str(site)!r}); from surrogate.cli.app import main; main()"
        done = subprocess.run(
            [sys.executable, "-P", "-c", script, *words], cwd=empty, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_the_wheel_holds_every_setting_and_recipe(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = {
        f"surrogate/{file.relative_to(ROOT)}"
        for folder in ("conf", "data_recipes")
        for file in (ROOT / folder).rglob("*.yaml")
    }
    assert shipped <= names


def test_recipes_are_listed_from_an_empty_folder(installed):
    assert "darcy_rough" in installed("list", "recipes")


def test_a_tiny_surrogate_is_trained_from_an_empty_folder(installed):
    installed("generate", "recipe=darcy_rough", *TINY, "out=data/tiny")
    assert "valid relative L2" in installed("train", "data=data/tiny", "model=fno", "trainer.epochs=1", "out=runs/tiny")
