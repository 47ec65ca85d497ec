"""A data set in the hands of a Python program."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surrogate.datasets.dataset import Dataset, describe
from surrogate.datasets.layout import CARD
from surrogate.datasets.store import Floats
from surrogate.datasets.windows import pairs
from surrogate.errors import UsageError, nearest, shown
from surrogate.interface import notebook
from surrogate.interface.card_lines import dataset_card
from surrogate.reading import read_bytes
from surrogate.spaces import SPLITS, ChosenSpaces, DataSpec, Grid, Split, Task

if TYPE_CHECKING:
    from surrogate.interface.checked_data import CheckedData
    from surrogate.interface.exported_data import ExportedData
    from surrogate.interface.solved_fields import OpenedEquation


@dataclass(frozen=True)
class OpenedData:
    """A finished data set; it may be given wherever its path may. Nothing is read before it is asked for.

    Attributes:
        dataset: what lies in the folder, and how it is read.
    """

    dataset: Dataset

    @property
    def path(self) -> Path:
        """Its folder."""
        return self.dataset.path

    @property
    def name(self) -> str:
        """What it is called."""
        return self.dataset.name

    @property
    def spec(self) -> DataSpec:
        """Its fields with their units, domain, boundary, times and task."""
        return self.dataset.spec

    @property
    def counts(self) -> dict[Split, int]:
        """How many samples each split has."""
        return self.dataset.counts

    @property
    def certificate(self) -> str:
        """What its labels have shown, in a line."""
        return self.dataset.certificate.line()

    @property
    def card(self) -> str:
        """The data card, as Markdown."""
        return read_bytes(self.path / CARD).decode("utf-8")

    def arrays(self, split: Split = "train", limit: int | None = None) -> dict[str, Floats]:
        """Return the fields of a split by name, the first ``limit`` samples of it.

        A field is ``(sample, space...)`` where it does not change in time, else ``(sample, time, space...)``; the state
        of a steady problem has no time. The units are those of ``spec.fields``.

        Raises:
            InputError: the split is empty, or a part is damaged.
            UsageError: there is no such split, or ``limit`` is no number of samples.
        """
        _known(split)
        if limit is not None and not (isinstance(limit, int) and limit >= 0):
            raise UsageError(f"limit: expected a number of samples, 0 or more, got {shown(limit)}")
        constants, states = self.dataset.read(split, limit)
        fields = {field.name: constants[:, channel] for channel, field in enumerate(self.spec.constants)}
        for channel, field in enumerate(self.spec.states):
            fields[field.name] = states[:, :, channel] if len(self.spec.times) > 1 else states[:, 0, channel]
        return fields

    def pairs(
        self,
        split: Split = "train",
        task: Task | None = None,
        sources: Sequence[str] | None = None,
        target: str | None = None,
    ) -> tuple[Floats, Floats]:
        """Return inputs ``(n, c, space...)`` and outputs of single applications: what a run predicts from, and what.

        Args:
            split: which samples.
            task: ``map`` or ``step``; None: what the data set says.
            sources: names of the spaces that go in, as :func:`surrogate.train` takes them; None: all but the target.
            target: name of the space that comes out; None: the states.

        Raises:
            InputError: the split is empty, or a part is damaged.
            SettingsError: ``step`` on data of one time, or names that cannot be.
            UsageError: there is no such split.
        """
        _known(split)
        chosen = ChosenSpaces(sources=None if sources is None else tuple(sources), target=target)
        return pairs(self.spec, task or self.spec.task, *self.dataset.read(split), chosen)

    @property
    def equation(self) -> OpenedEquation:
        """The equation that it was made of, as it was solved, for inputs of one's own.

        Raises:
            InputError: it has no recipe, or the equation is a plug-in that is not here.
        """
        from surrogate.interface.solved_fields import equation_of

        return equation_of(self.dataset)

    def check(self, **settings: Any) -> CheckedData:
        """Return what is seen of its samples and splits; see :func:`surrogate.check`.

        Raises:
            SettingsError: a setting that cannot be.
            InputError: a part is damaged.
        """
        from surrogate.interface.checked_data import check

        return check(self, **settings)

    def export(self, format: str, out: str | os.PathLike[str] | None = None, **settings: Any) -> ExportedData:
        """Return the files that it was written to in another format.

        Args:
            format: ``well``, ``pdebench``, ``neuraloperator``, ``npz``, ``netcdf``, ``zarr``, ``vtu``, or another's.
            out: a folder; None: a dated one in ``exports/``.
            settings: as of ``surrogate data export``: ``task``, ``overwrite``.

        Raises:
            SettingsError: a format that cannot hold it, or that this machine lacks the software for, or a folder that
                holds something else.
            InputError: a part is damaged.
            StorageError: the disk refused.
        """
        from surrogate.interface.exported_data import data_as_files

        return data_as_files(self, format=format, out=out, **settings)

    def __fspath__(self) -> str:
        return os.fspath(self.path)

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {split}" for split, count in self.counts.items())
        return f"<data set {self.name} in {self.path}: {counts}>"

    def _repr_html_(self) -> str:
        """Return its card, and a picture of its first samples, for a notebook."""
        shown = notebook.facts(str(self.path), dataset_card(describe(self.dataset)))
        split = next((split for split, count in self.counts.items() if count), None)
        if split is None or not isinstance(self.spec.domain, Grid):
            return shown
        from surrogate.datasets.pictures import picture
        from surrogate.datasets.preview import preview_of_dataset

        return shown + notebook.image(picture(preview_of_dataset(self.dataset, split, 2)))


def _known(split: str) -> None:
    if split not in SPLITS:
        raise UsageError(f"split={split}: there is no such split{nearest(split, SPLITS)}")
