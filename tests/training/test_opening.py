"""What training asks of its data before it starts."""

import shutil
from dataclasses import replace

import pytest

from surrogate.datasets.certificate import Certificate, Check
from surrogate.errors import SettingsError
from surrogate.training.train import train

CHECK = Check(name="second", value=0.3, limit=0.01, says="stored labels against a second method")
FAILED = Certificate(status="failed", reason="second 3.00e-01, at most 1.0e-02 was promised", checks=(CHECK,))


@pytest.fixture
def refuted(steady, tmp_path):
    """A data set whose certificate failed."""
    folder = tmp_path / "refuted"
    shutil.copytree(steady.path, folder)
    (folder / "certificate.json").write_text(FAILED.model_dump_json())
    return replace(steady, path=folder)


def test_data_whose_certificate_failed_are_refused_with_what_failed(refuted, settings, tmp_path):
    with pytest.raises(SettingsError, match=r"second 3.00e-01.*allow_uncertified=true"):
        next(train(settings(refuted, tmp_path / "run"), lambda: False))
    assert not (tmp_path / "run").exists()


def test_data_whose_recipe_asked_for_no_certificate_are_refused(steady, settings, tmp_path):
    folder = tmp_path / "unproved"
    shutil.copytree(steady.path, folder)
    unchecked = Certificate(status="passed", reason="every check within its limit", thresholds={"samples": 0})
    (folder / "certificate.json").write_text(unchecked.model_dump_json())
    config = settings(replace(steady, path=folder), tmp_path / "run")
    with pytest.raises(SettingsError, match=r"not certified: no sample was solved again.*allow_uncertified=true"):
        next(train(config, lambda: False))


def test_they_are_accepted_by_name(refuted, settings, tmp_path):
    config = settings(refuted, tmp_path / "run", "allow_uncertified=true", "trainer.epochs=1")
    assert len(list(train(config, lambda: False))) == 1
