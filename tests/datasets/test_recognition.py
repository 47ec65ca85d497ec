"""Laws of recognition: one format or a line that says what decides, and nothing written before it is shown."""

import sys
from types import ModuleType

import numpy as np
import pytest
import torch

from surrogate import registry
from surrogate.datasets.conversion import convert
from surrogate.datasets.foreign import Foreign
from surrogate.datasets.reading_settings import Reading
from surrogate.datasets.recognition import recognised
from surrogate.errors import InputError, SettingsError
from surrogate.spaces import Boundary, DataSpec, FieldSpec, Grid


@pytest.fixture
def flow(tmp_path):
    y = torch.rand(30, 8, 8, generator=torch.Generator().manual_seed(0))
    torch.save({"x": y > 0.5, "y": y}, tmp_path / "flow.pt")
    return tmp_path / "flow.pt"


@pytest.fixture
def format_called(monkeypatch):
    """Give ``format_called(name, recognise, read)``, which adds a format."""

    def add(name, recognise, read=None):
        module = ModuleType(name)
        module.recognise, module.read = recognise, read
        monkeypatch.setitem(sys.modules, f"surrogate.datasets.formats.{name}", module)
        monkeypatch.setattr(registry.FORMATS, "own", (*registry.FORMATS.own, name))

    return add


def samples(count=20, splits=None):
    """Return samples whose values are their numbers, read one by one."""
    spec = DataSpec(
        equation="none",
        grid=Grid.box((4,), "cells"),
        boundary=Boundary.uniform("open", 1),
        fields=(FieldSpec(name="u", unit="1", role="state"),),
        times=(0.0,),
        task="map",
    )

    def read(rows):
        assert len(rows) <= 256
        states = np.broadcast_to(rows[:, None, None, None], (len(rows), 1, 1, 4)).astype(np.float32)
        return np.empty((len(rows), 0, 4), np.float32), states

    return Foreign(spec, "numbers", "", count, read, splits)


def test_a_format_is_recognised_by_what_the_file_holds_and_says_why(flow):
    read = recognised(flow)
    assert (read.format, read.why) == ("neuraloperator", "a torch file of x, y")


def test_two_formats_that_recognise_one_source_are_refused_with_the_key_that_decides(flow, format_called):
    format_called("twin", lambda source: "a square field" if source.suffix == ".pt" else None)
    with pytest.raises(InputError, match=r"neuraloperator \(a torch.*\) and twin \(a square field\); give 'format="):
        recognised(flow)
    assert recognised(flow, "neuraloperator").format == "neuraloperator"


def test_what_a_format_knows_itself_cannot_be_given(flow):
    with pytest.raises(SettingsError, match="lengths: neuraloperator files say that themselves"):
        recognised(flow, reading=Reading(lengths=(2.0,)))


def test_splits_that_the_source_states_are_kept_and_others_dealt(tmp_path, format_called):
    (tmp_path / "x.bin").write_bytes(b"numbers")
    stated = {"train": np.arange(5, 12), "test": np.arange(5)}
    format_called("numbers", lambda source: "it says so", lambda path, reading: samples(12, stated))
    kept = convert(tmp_path / "x.bin", None, (0.5, 0.5, 0.0), 0, tmp_path / "kept")
    assert kept.counts == {"train": 7, "valid": 0, "test": 5}
    np.testing.assert_array_equal(kept.read("test")[1][:, 0, 0, 0], np.arange(5))
    anew = convert(tmp_path / "x.bin", None, (0.5, 0.5, 0.0), 0, tmp_path / "anew", anew=True)
    assert anew.counts == {"train": 6, "valid": 6, "test": 0}
    few = convert(tmp_path / "x.bin", None, (0.5, 0.5, 0.0), 0, tmp_path / "few", samples=8)
    assert few.counts == {"train": 3, "valid": 0, "test": 5}


def test_it_is_shown_before_a_byte_is_written(flow, tmp_path):
    class Seen(Exception):
        pass

    def show(read, rows):
        assert read.format == "neuraloperator"
        assert len(rows["train"]) == 24
        raise Seen

    with pytest.raises(Seen):
        convert(flow, None, (0.8, 0.1, 0.1), 0, tmp_path / "out", show=show)
    assert not (tmp_path / "out").exists()


def test_a_part_is_read_when_it_is_written(tmp_path, format_called):
    (tmp_path / "x.bin").write_bytes(b"numbers")
    format_called("numbers", lambda source: "it says so", lambda path, reading: samples(600))
    dataset = convert(tmp_path / "x.bin", None, (1.0, 0.0, 0.0), 0, tmp_path / "out")
    assert len(dataset.manifest.parts) == 3
    assert sorted(dataset.read("train")[1][:, 0, 0, 0]) == list(range(600))
