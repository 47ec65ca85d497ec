"""Where a run was made: versions, processor, threads, commit. No user, no host, no path."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import numpy as np
import torch

import surrogate
from surrogate.errors import SettingsError
from surrogate.spaces import Frozen

_CHECKOUT = Path(__file__).resolve().parent.parent


class Environment(Frozen):
    """What may change the last bits of a result; ``commit`` is None outside a checkout."""

    surrogate: str
    commit: str | None
    python: str
    torch: str
    numpy: str
    system: str
    processor: str
    threads: int
    device: str


def environment(device: torch.device) -> Environment:
    """Return what this process runs on."""
    return Environment(
        surrogate=surrogate.__version__,
        commit=_commit(),
        python=platform.python_version(),
        torch=torch.__version__,
        numpy=np.__version__,
        system=f"{platform.system()} {platform.machine()}",
        processor=_processor(),
        threads=torch.get_num_threads(),
        device=torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
    )


def choose_device(name: str) -> torch.device:
    """Return the device called ``auto`` (a GPU where there is one), ``cpu``, ``cuda`` or ``cuda:1``.

    Raises:
        SettingsError: this machine has no such GPU.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise SettingsError(f"device={name}: this machine has {torch.cuda.device_count()} usable GPUs; take device=cpu")
    return device


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _commit() -> str | None:
    """Return the commit of the checkout this code lies in, ``+`` appended where files differ from it."""
    if not (_CHECKOUT / ".git").exists():
        return None
    try:
        head = _git("rev-parse", "HEAD").strip()
        return f"{head}+" if _git("status", "--porcelain", "--untracked-files=no").strip() else head
    except (OSError, subprocess.SubprocessError):
        return None


def _git(*words: str) -> str:
    command = ["git", "-C", str(_CHECKOUT), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout
