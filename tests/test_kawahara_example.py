"""The equation of examples/kawahara, which docs/guide/own_equation.md shows, against what is known of its waves."""

from pathlib import Path

import pytest
import torch

import surrogate as sg
from surrogate.equations import read_equation
from surrogate.plug_in_folders import VARIABLE
from surrogate.testing import default_settings

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "examples" / "kawahara"
LENGTH = 120.0


@pytest.fixture(autouse=True)
def _opened(monkeypatch):
    monkeypatch.setenv(VARIABLE, "")
    sg.plugins(FOLDER)


def solitary_wave(points: int, time: float) -> torch.Tensor:
    """Return ``105/169 sech((x - 36 t / 169) / (2 sqrt 13))^4``: u_t + u u_x + u_xxx - u_xxxxx = 0, in closed form.

    Source: Yamamoto, Takizawa (1981), J. Phys. Soc. Jpn. 50, 1421.
    """
    x = LENGTH * torch.arange(points, dtype=torch.float64) / points
    place = (x - 36 * time / 169 - LENGTH / 3 + LENGTH / 2) % LENGTH - LENGTH / 2
    return 105 / 169 / torch.cosh(place / (2 * 13**0.5)) ** 4


def test_the_solitary_wave_travels_as_its_closed_form_says():
    node = default_settings("recipe", "kawahara")["equation"]
    node |= {"length": LENGTH, "horizon": 40.0, "frames": 3, "steps": 100, "resolution": 256}
    start = solitary_wave(256, 0.0)
    states = read_equation(node).on((256,), "step").solve(start[None, None]).states[0, :, 0]
    for frame, time in ((1, 20.0), (2, 40.0)):
        assert float((states[frame] - solitary_wave(256, time)).norm() / start.norm()) < 1e-6


def test_the_page_shows_the_files_as_they_are():
    page = (ROOT / "docs" / "guide" / "own_equation.md").read_text(encoding="utf-8")
    for file in ("kawahara.py", "kawahara.yaml"):
        text = (FOLDER / "equations" / file).read_text(encoding="utf-8")
        assert text in page
    assert len((FOLDER / "equations" / "kawahara.py").read_text().splitlines()) <= 40


@pytest.mark.slow
def test_it_keeps_its_contract_and_becomes_a_surrogate_with_a_report(tmp_path):
    (part,) = sg.check_contract("kawahara")
    assert part.passed
    data = sg.generate("kawahara", train=16, valid=4, test=4, part_size=8, workers=1, out=tmp_path / "data")
    assert data.certificate.startswith("passed")
    run = sg.train(data, model="fno", epochs=1, out=tmp_path / "run")
    assert run.evaluate(solver_seconds=0).report().stat().st_size > 10_000
