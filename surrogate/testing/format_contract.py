"""What every foreign data format owes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from surrogate.datasets.foreign import Foreign
from surrogate.datasets.recognition import PLAIN
from surrogate.datasets.source import read_source
from surrogate.files import publish_text
from surrogate.registry import FORMATS
from surrogate.testing.contract import Contract


class FormatContract(Contract):
    """A format recognises its own files and no others, and gives rows that do not depend on how they are asked for.

    The files are ``files``, by the name of the format; else what ``example(folder)`` of its module writes.
    """

    files: ClassVar[Mapping[str, str]] = {}

    @pytest.fixture
    def file(self, name: str, tmp_path: Path) -> Path:
        """A file, or a folder, of the format."""
        if name in self.files:
            return Path(self.files[name])
        example = vars(FORMATS.module(name)).get("example")
        if example is None:
            pytest.skip("its module has no example(folder); give a file, input=FILE")
        return Path(example(tmp_path))

    @pytest.fixture
    def foreign(self, name: str, file: Path) -> Foreign:
        """What is read of it."""
        read: Foreign = FORMATS.module(name).read(file)
        return read

    def test_it_recognises_its_own_files(self, name: str, file: Path) -> None:
        """A user need not say what a file is; the reason is one phrase, shown before anything is written."""
        why = FORMATS.module(name).recognise(read_source(file))
        assert isinstance(why, str)
        assert why
        assert "\n" not in why

    def test_it_does_not_recognise_what_is_not_its_own(self, name: str, tmp_path: Path) -> None:
        """A file of another kind is left to the formats that know it; who takes all would be in everybody's way."""
        publish_text(tmp_path / "notes.txt", "nothing but words")
        np.save(tmp_path / "alone.npy", np.zeros((3, 4, 5)))
        np.savez(tmp_path / "strange.npz", q7=np.zeros((3, 4)), w9=np.zeros(2))
        if name == PLAIN:
            pytest.skip("it reads what is in no format")
        for file in sorted(tmp_path.iterdir()):
            assert FORMATS.module(name).recognise(read_source(file)) is None, file.name

    def test_no_other_format_takes_its_files_for_its_own(self, name: str, file: Path) -> None:
        """A file that two formats recognise is refused, and the user has to say which it is."""
        source = read_source(file)
        others = [one for one in FORMATS.names() if one not in (name, PLAIN)]
        assert [one for one in others if FORMATS.module(one).recognise(source)] == []

    def test_rows_have_the_shapes_of_the_specification(
        self, foreign: Foreign, record_property: Callable[[str, object], None]
    ) -> None:
        """What was read is what the data set will say of itself: fields, times, points, single precision."""
        constants, states = foreign.read(np.arange(min(2, foreign.count)))
        spec, space = foreign.spec, foreign.spec.grid.points
        record_property("figure", f"{foreign.count} samples")
        assert foreign.count > 0
        assert constants.shape == (min(2, foreign.count), len(spec.constants), *space)
        assert states.shape == (min(2, foreign.count), len(spec.times), len(spec.states), *space)
        assert constants.dtype == states.dtype == np.float32
        assert bool(np.isfinite(states).all())

    def test_a_row_does_not_depend_on_those_read_with_it(self, foreign: Foreign) -> None:
        """Data larger than the memory are read a few rows at a time, in any order, and must come out the same."""
        last = foreign.count - 1
        several: Any = foreign.read(np.array([last, 0]))
        alone: Any = foreign.read(np.array([0]))
        for many, one in zip(several, alone, strict=True):
            assert np.array_equal(many[1], one[0])
