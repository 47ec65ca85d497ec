"""Every command of the README's tour does what it says, run as printed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parent.parent


def tour() -> list[str]:
    """Return the commands of the code blocks below the heading "A tour"."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    chapter = text.split("## A tour", 1)[1].split("\n## ", 1)[0]
    blocks = re.findall(r"```sh\n(.*?)```", chapter, flags=re.DOTALL)
    joined = "\n".join(blocks).replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def foreign_file(path: Path) -> None:
    """Write a file of the kind that the tour converts: a mask and a field for each of 40 samples."""
    mask = torch.rand(40, 16, 16, generator=torch.Generator().manual_seed(0)) > 0.5
    torch.save({"x": mask, "y": mask.float()}, path)


def test_the_tour_runs_as_printed(tmp_path):
    shell = shutil.which("bash")
    assert shell, "the tour needs a shell"
    commands = tour()
    assert len(commands) > 8
    foreign_file(tmp_path / "darcy_train_16.pt")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command in commands:
        done = subprocess.run(
            [shell, "-c", command],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PATH": path, "OMP_NUM_THREADS": "1"},  # another process of the tests has the other core
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"


def test_lists_in_the_tour_are_quoted_for_zsh():
    unquoted = re.compile(r"(?<!')\b[\w.]+=\[[^\]]*\](?!')")
    assert [command for command in tour() if unquoted.search(command)] == []


@pytest.mark.parametrize("target", ["make demo", "make test"])
def test_the_two_commands_of_the_readme_are_targets(target):
    assert target in (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"\n{target.split()[1]}:" in (ROOT / "Makefile").read_text(encoding="utf-8")
