"""In what trainings differ, though the record of one is older than some of the settings of the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from surrogate.evaluation.compare.trainings import trained_with, unlike
from surrogate.evaluation.leaves import leaves
from surrogate.predictors.runs import read_record
from surrogate.predictors.surrogate_settings import RecordedSettings
from surrogate.training.opening import settings_of

FROZEN = sorted((Path(__file__).parents[2] / "frozen").iterdir())


@pytest.fixture(params=FROZEN, ids=lambda folder: folder.name)
def older(request):
    return read_record(request.param)


@pytest.fixture
def again(older):
    """Give ``again(**trainer)``: the same training as it is recorded today, with another seed and other settings."""

    def make(**trainer):
        config = settings_of(older, Path("there"))
        config = config.model_copy(update={"seed": 1, "trainer": config.trainer.model_copy(update=trainer)})
        return older.model_copy(update={"settings": RecordedSettings.of(config)})

    return make


def test_what_an_older_record_lacks_is_what_a_training_that_goes_on_takes(older):
    typed = leaves(settings_of(older, Path("there")).model_dump(mode="json"))
    assert {key: value for key, value in trained_with(older).items() if value is not None} == {
        key: value for key, value in typed.items() if value is not None
    }


def test_an_older_run_and_one_of_today_differ_in_their_seed_alone(older, again):
    assert older.settings.model_dump() != again().settings.model_dump()
    assert unlike(older, again()) == unlike(again(), older) == []


def test_a_setting_that_an_older_record_lacks_differs_from_another_value(older, again):
    assert unlike(older, again(accumulate=4)) == ["trainer.accumulate (1 and 4)"]


def test_where_a_training_ran_is_no_difference(older, again):
    assert unlike(older, again(device="cuda:1", threads=3, data_on="disk", max_seconds=60.0, profile=True)) == []
