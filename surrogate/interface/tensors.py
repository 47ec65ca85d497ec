"""Arrays of either kind: NumPy in and NumPy out, torch in and torch out, and no gradient in any answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from surrogate.errors import InputError, shown


def as_numpy(value: Any) -> NDArray[Any]:
    """Return an array, a tensor of any device or nested lists as a NumPy array, which knows no bfloat16.

    Raises:
        InputError: nested lists of several lengths.
    """
    if not isinstance(value, Tensor):
        try:
            return np.asarray(value)
        except ValueError as error:
            raise InputError(f"{shown(value)}: expected an array, or lists of one length ({error})") from None
    plain = value.detach().cpu().resolve_conj().resolve_neg()
    return (plain.float() if plain.dtype == torch.bfloat16 else plain).numpy()


def like(answer: NDArray[Any], given: Any) -> Any:
    """Return ``answer`` as what ``given`` is: a tensor on the device of a tensor, else a NumPy array."""
    return torch.from_numpy(answer).to(given.device) if isinstance(given, Tensor) else answer
