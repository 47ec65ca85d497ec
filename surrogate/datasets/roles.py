"""Which arrays of a source are given and which are to be found: said by the user, or by names that leave no doubt."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

import numpy as np

from surrogate.datasets.reading_settings import Reading
from surrogate.datasets.source_arrays import SourceArrays
from surrogate.errors import InputError, SettingsError, nearest

# What others call them: papers, tutorials and data sets of the field.
_OUTPUTS = {"u", "uu", "usol", "usave", "sol", "solution", "solutions", "output", "outputs", "out", "y"}
_OUTPUTS |= {"target", "targets", "label", "labels", "truth"}
_INPUTS = {"a", "a0", "u0", "x", "f", "k", "ic", "rhs", "coeff", "coeffs", "coefficient", "coefficients", "input"}
_INPUTS |= {"inputs", "features", "initial", "forcing", "source", "kappa", "perm", "permeability", "conductivity"}
_INPUTS |= {"diffusivity"}


class Roles(NamedTuple):
    """The names of the arrays that are given and of those that are to be found, and what was guessed."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    guesses: tuple[str, ...]


def roles_of(held: SourceArrays, coordinates: Collection[str], reading: Reading) -> Roles:
    """Return the roles of the arrays of a source; ``coordinates`` are the names of those that are such.

    Raises:
        InputError: names do not say which array is given.
        SettingsError: the user names an array that is not there, or names none to be found.
    """
    inputs = None if reading.inputs is None else named("inputs", reading.inputs, held)
    outputs = None if reading.outputs is None else named("outputs", reading.outputs, held)
    if both := set(inputs or ()) & set(outputs or ()):
        raise SettingsError(f"outputs: '{min(both)}' is among the inputs too; expected it in one of them")
    fields = _fields(held, coordinates)
    if outputs is not None and (inputs is not None or set(fields) <= set(outputs)):
        return Roles(inputs or (), outputs, ())
    if inputs is not None or outputs is not None:
        rest = tuple(name for name in fields if name not in (inputs or outputs or ()))
        if not rest:
            raise SettingsError("inputs: there is no array but these; outputs= says what is to be found")
        key = "outputs" if outputs is None else "inputs"
        guesses = (f"{key}: all other arrays; {key}= says which",)
        return Roles(inputs or rest, outputs or rest, guesses)
    if odd := next((name for name, what in held.others.items() if what == "complex numbers"), None):
        raise InputError(
            f"{held.source.path}: '{odd}' holds complex numbers; store real and imaginary part as two arrays, or name "
            "the arrays to read by inputs= and outputs="
        )
    if len(fields) == 1:
        return Roles((), tuple(fields), ())
    given = tuple(name for name in fields if _plain(name) in _INPUTS)
    wanted = tuple(name for name in fields if _plain(name) in _OUTPUTS)
    if not fields:
        raise InputError(f"{held.source.path}: holds coordinates and single numbers alone; outputs= names a field")
    if given and wanted and len(given) + len(wanted) == len(fields):
        return Roles(given, wanted, ("inputs, outputs: by their names; inputs= and outputs= say otherwise",))
    first, *_, last = fields
    arrays = ", ".join(f"{name} {held.plain[name].shape}" for name in list(fields)[:8])
    raise InputError(
        f"{held.source.path}: holds {arrays}; which is given, and which is to be found? "
        f"give them as in inputs={first} outputs={last}"
    )


def _fields(held: SourceArrays, coordinates: Collection[str]) -> tuple[str, ...]:
    """Return the names of the arrays that are neither coordinates nor single numbers."""
    return tuple(
        name
        for name, member in held.plain.items()
        if name not in coordinates and np.prod(member.shape, dtype=float) > 1
    )


def named(key: str, names: Iterable[str], held: SourceArrays) -> tuple[str, ...]:
    """Return the full names of the arrays that a user names, the last part of which is enough where it is the only."""
    full = []
    for name in names:
        ends = [known for known in held.plain if known == name] or [
            known for known in held.plain if known.rpartition("/")[2] == name
        ]
        if name in held.others:
            raise InputError(f"{held.source.path}: '{name}' is {held.others[name]}; expected an array of numbers")
        if len(ends) != 1:
            hint = nearest(name, held.plain) if not ends else f"; there are {', '.join(ends[:6])}"
            raise SettingsError(f"{key}: there is no array '{name}' in {held.source.path.name}{hint}")
        full += ends
    return tuple(full)


def _plain(name: str) -> str:
    return name.rpartition("/")[2].lower()
