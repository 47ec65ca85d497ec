"""Fields of a foreign source on points of their own, which make a data set on clouds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray
from pydantic import ValidationError

from surrogate.datasets.foreign import Foreign, Rows
from surrogate.datasets.formats._blocks import FieldBlock, joined
from surrogate.datasets.formats._choices import Times, fields_of, times_of
from surrogate.datasets.reading_settings import Reading
from surrogate.errors import InputError
from surrogate.spaces import Boundary, Cloud, DataSpec, FieldSpec, Split
from surrogate.typed_record import first_complaint

# What a user may say of fields on points: there is no box.
_TAKEN = ("inputs", "outputs", "times", "equation", "units")


@dataclass(frozen=True)
class OnPoints:
    """Fields on points, ``p`` of them in ``d`` dimensions.

    Attributes:
        format: its name, as the user gives it.
        name: of the data set.
        notes: for the card.
        where: the source, for an error.
        count: of the samples.
        capacity: how many points a sample has at most.
        dimensions: of a point.
        coordinates: rows ``(b,)`` -> ``(b, p, d)``.
        weights: rows -> ``(b, p)``, 0 beyond the last point of a sample.
        blocks: the fields, ``(b, p)``, ``(b,)`` or ``(b, t, p)``.
        times: of the frames; how many there are, where nothing is said.
        splits: which rows are which, where the source says it.
        guesses: what was guessed, with the key that says otherwise.
    """

    format: str
    name: str
    notes: str
    where: str
    count: int
    capacity: int
    dimensions: int
    coordinates: Callable[[Rows], NDArray[Any]]
    weights: Callable[[Rows], NDArray[Any]]
    blocks: Sequence[FieldBlock]
    times: Times = 1
    splits: Mapping[Split, Rows] | None = None
    guesses: tuple[str, ...] = ()

    def read_as(self, reading: Reading) -> Foreign:
        """Return the samples, with what the user says in place of what the source says.

        Raises:
            InputError: no samples.
            SettingsError: a key does not fit the source.
        """
        reading.refuse_others(self.format, *_TAKEN)
        if self.count < 1:
            raise InputError(f"{self.where}: holds no samples")
        axes = tuple(FieldSpec(name=axis, unit="1", role="coordinate") for axis in "xyz"[: self.dimensions])
        weight = FieldSpec(name="weight", unit="1", role="weight")
        points = FieldBlock(axes, lambda rows: list(self.coordinates(rows).transpose(2, 0, 1)))
        blocks = [points, FieldBlock((weight,), lambda rows: [self.weights(rows)]), *self.blocks]
        times, guessed = times_of(self.times, reading, self.where)
        try:
            spec = DataSpec(
                equation=reading.equation or self.name,
                grid=Cloud(capacity=self.capacity, dimensions=self.dimensions),
                boundary=Boundary(sides=()),
                fields=fields_of(blocks, (), reading, self.where),
                times=times,
                task="step" if len(times) > 1 else "map",
            )
        except ValidationError as error:
            raise InputError(f"{self.where}: {first_complaint(error, 'its fields')}") from None
        return Foreign(
            spec=spec,
            name=self.name,
            notes=self.notes,
            count=self.count,
            read=joined(spec, blocks, self.where),
            splits=self.splits,
            held={field.name: block.held for block in blocks for field in block.fields if block.held is not None},
            guesses=(*self.guesses, *guessed),
        )
