"""What memory this process may still have: of the machine, of its own limits, and of every control group it lies in.

A container says nothing in /proc/meminfo, and a shell's ``ulimit -v`` nothing anywhere: whoever asks one of them alone
is killed, or meets a MemoryError, in the middle of the work. No torch here: it is asked before torch loads.
"""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from surrogate.errors import SettingsError

_PROC, _GROUPS = Path("/proc"), Path("/sys/fs/cgroup")
# Of what there is, the part that one command may plan with: the rest is for what it did not count, and for others.
_SHARE = 0.9
# Bytes of address space and of data with which a small prediction runs, measured with PyTorch 2.13 on a CPU.
_TO_START = {resource.RLIMIT_AS: 1e9, resource.RLIMIT_DATA: 4e8}
_OPTIONS = {resource.RLIMIT_AS: ("VmSize", "-v"), resource.RLIMIT_DATA: ("VmData", "-d")}
# Words of the libraries beneath, in lower case, when a block of memory or a thread was refused to them.
_SHORTAGES = (
    "out of memory",
    "can't allocate memory",
    "cannot allocate memory",
    "not enough memory",
    "memory allocation failed",
    "unable to allocate",
    "std::bad_alloc",
    "can't start new thread",
    "cannot allocate write+execute page",
    "failed to map segment from shared object",
    "could not create a primitive",
    "could not create a memory",
)


class Limit(NamedTuple):
    """So many ``bytes`` are free, and whose limit that is."""

    bytes: int
    whose: str


def available(proc: Path = _PROC, groups: Path = _GROUPS) -> Limit:
    """Return the bytes of memory that this process may still take, and what sets that limit.

    It is the least of what the machine has free, what the limits of the process (``ulimit -v``, ``-d``) leave, and what
    each control group leaves that it lies in, of version 1 or 2, its own and all above. Pages of files that a group
    holds in its cache count as free: the kernel gives them back.

    Args:
        proc: where the kernel tells of processes.
        groups: where the control groups are mounted.
    """
    return min([_machine(proc), *_own(proc), *_grouped(proc, groups)], key=lambda limit: limit.bytes)


def of_process(proc: Path = _PROC) -> Limit | None:
    """Return what the limits of the process itself leave, None where it has none."""
    return min(_own(proc), key=lambda limit: limit.bytes, default=None)


def require_start() -> None:
    """Refuse to start where the limits of the process leave less than PyTorch takes.

    Raises:
        SettingsError: it is so.
    """
    for kind, needed in _TO_START.items():
        limit = _left_of(kind, _PROC)
        if limit is not None and limit.bytes < needed:
            have = f"{amount(limit.bytes)} are free {limit.whose}"
            raise SettingsError(f"PyTorch takes about {amount(needed)} to start, and {have}; raise it")


def require(needed: float, what: str, helps: str, free: Limit | None = None) -> None:
    """Refuse work that takes more memory than this process may have, before it starts.

    Args:
        needed: bytes it takes.
        what: the work, with what makes it large, such as ``"16 samples of 512 x 512"``.
        helps: what to do instead.
        free: what there is; None: ask.

    Raises:
        SettingsError: it is more than there is.
    """
    limit = free or available()
    if needed > _SHARE * limit.bytes:
        have = f"{amount(limit.bytes)} are free ({limit.whose})"
        raise SettingsError(f"{what}: needs about {amount(needed)} of memory, and {have}; {helps}")


def amount(count: float) -> str:
    """Return a number of bytes as ``640.0 MB`` or ``12.3 GB``."""
    if count < 1000:
        return f"{count:.0f} bytes"
    for unit in ("kB", "MB"):
        count /= 1000
        if count < 1000:
            return f"{count:.1f} {unit}"
    return f"{count / 1000:,.1f} GB"


def is_shortage(error: BaseException) -> bool:
    """Return whether an exception, of whatever library, means that memory or a thread was refused."""
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    # torch raises RuntimeError, its import ImportError, h5py OSError.
    message = str(error).lower() if isinstance(error, RuntimeError | ImportError | OSError | SystemError) else ""
    return any(words in message for words in _SHORTAGES)


def shortage(error: BaseException) -> str:
    """Return a line for the user of an error that :func:`is_shortage`."""
    message = " ".join(str(error).split()) or "no more memory was given"
    if "cuda" in message.lower():
        return f"the GPU is out of memory: {message[:200]}; take a smaller batch, or device=cpu"
    if "thread" in message:
        return f"no more threads can be started: {message[:200]}; raise ulimit -v and -u, or set OMP_NUM_THREADS=1"
    limit = available()
    return (
        f"out of memory: {message[:200]}; {amount(limit.bytes)} are free ({limit.whose}); take a smaller batch, "
        "a coarser grid, fewer samples or workers, trainer.data_on=disk, or a machine with more"
    )


def _machine(proc: Path) -> Limit:
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for line in _text(proc / "meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            free = int(line.split()[1]) * 1024
    return Limit(free, "of this machine")


def _own(proc: Path) -> Iterator[Limit]:
    """Yield what the process's own limits leave; a page of address space that is taken counts, used or not."""
    yield from (limit for kind in _OPTIONS if (limit := _left_of(kind, proc)) is not None)


def _left_of(kind: int, proc: Path) -> Limit | None:
    most = resource.getrlimit(kind)[0]
    if most == resource.RLIM_INFINITY:
        return None
    name, option = _OPTIONS[kind]
    status = dict(line.split(":", 1) for line in _text(proc / "self" / "status").splitlines() if ":" in line)
    used = int(status.get(name, "0 kB").split()[0]) * 1024
    return Limit(max(0, most - used), f"under the limit of this process, ulimit {option}")


def _grouped(proc: Path, groups: Path) -> Iterator[Limit]:
    """Yield what every control group leaves. Inside a container a path may be the host's: what is not there is passed
    over, and the root of the mount, which always is, is the container's own group."""
    for line in _text(proc / "self" / "cgroup").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        limits: tuple[str, ...] = ("memory.max", "memory.high")
        if number == "0" and not controllers:
            roots, names = (groups, groups / "unified"), (limits, "memory.current", "")
        elif "memory" in controllers.split(","):
            roots = (groups / "memory", groups / controllers)
            names = (("memory.limit_in_bytes",), "memory.usage_in_bytes", "total_")
        else:
            continue
        own = Path(path.strip().lstrip("/")) if ".." not in path else Path()
        for root in roots:
            for group in (own, *own.parents):
                yield from _left(root / group, *names)


def _left(group: Path, limits: tuple[str, ...], usage: str, prefix: str) -> Iterator[Limit]:
    texts = [_text(group / name).strip() for name in limits]
    most, used = [int(text) for text in texts if text.isdigit()], _text(group / usage).strip()
    if most and used.isdigit():
        table = dict(line.split() for line in _text(group / "memory.stat").splitlines() if len(line.split()) == 2)
        cache = sum(int(table.get(f"{prefix}{kind}_file", "0")) for kind in ("inactive", "active"))
        free = min(most) - max(0, int(used) - cache)
        yield Limit(max(0, free), "in the control group, or container, of this process")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
