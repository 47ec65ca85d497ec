"""Laws of the reader of APEBench's files."""

import json

import pytest

from surrogate.datasets.formats import apebench
from surrogate.errors import InputError

from . import imitations


def test_any_of_its_files_stands_for_the_scenario(tmp_path):
    folder = imitations.apebench_folder(tmp_path).path
    for name in ("1d_phy_burgers_train.npy", "1d_phy_burgers_test.npy", "1d_phy_burgers.json"):
        spec = apebench.read(folder / name).spec
        assert spec == apebench.read(folder).spec
    assert spec.grid.lengths == (2.0,)
    assert spec.grid.placement == ("left",)
    assert spec.times == pytest.approx((0.0, 0.1, 0.2))


def test_what_the_settings_lack_is_guessed_aloud(tmp_path):
    folder = imitations.apebench_folder(tmp_path).path
    (folder / "1d_phy_burgers.json").write_text(json.dumps({"info": {"num_points": 8}}))
    assert [guess.split()[0] for guess in apebench.read(folder).guesses] == ["length", "time"]


def test_a_folder_of_several_scenarios_is_refused(tmp_path):
    folder = imitations.apebench_folder(tmp_path).path
    (folder / "other_train.npy").write_bytes((folder / "1d_phy_burgers_train.npy").read_bytes())
    with pytest.raises(InputError, match="several scenarios, 1d_phy_burgers, other"):
        apebench.read(folder)
