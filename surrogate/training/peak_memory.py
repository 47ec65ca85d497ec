"""How much memory training takes at its peak: of a GPU what torch has handed out, else what the process resides in."""

from __future__ import annotations

import resource
import sys

import torch


def forget_peak(device: torch.device) -> None:
    """Begin a new measurement where the device can: a process has one peak, that of its life."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def peak(device: torch.device) -> int:
    """Return the most bytes in use since :func:`forget_peak`; on a CPU since the process began."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
