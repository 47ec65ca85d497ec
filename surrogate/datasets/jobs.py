"""Jobs of a cluster, through submitit: each is a worker's command line. What they make is seen in the folder alone.

Jobs outlive the command that submitted them; a later command finds those that still run and waits for them.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surrogate.datasets import layout
from surrogate.datasets.crew import ENVIRONMENT, command, refusal
from surrogate.datasets.generation_settings import LocalJobs, SlurmJobs
from surrogate.datasets.samples import Bench
from surrogate.errors import SettingsError, Stopped
from surrogate.files import make_folder, publish_json
from surrogate.plug_in_folders import VARIABLE, opened

if TYPE_CHECKING:
    import submitit

_NAMES = "jobs.json"
# A worker that finds nothing missing needs this long at most to end.
_GRACE = 10.0
_POLL = 0.1


class Jobs:
    """Jobs on the data set planned in ``folder``: those of an earlier call that still run, or else new ones.

    Raises:
        SettingsError: submitit is not installed, or this machine submits no jobs to SLURM.
    """

    pause = 1.0
    farewell = "its jobs go on by themselves; the same command waits for them, or goes on without them"

    def __init__(self, folder: Path, cluster: LocalJobs | SlurmJobs, workers: int, bench: Bench) -> None:
        try:
            import submitit
        except ImportError:
            raise SettingsError("cluster: jobs need submitit; pip install 'surrogate[cluster]'") from None
        self.folder, self.logs = folder, folder / layout.JOBS
        make_folder(self.logs)
        self.jobs = self._earlier(cluster, submitit)
        if not self.jobs:
            with _no_slurm():
                executor = submitit.AutoExecutor(folder=str(self.logs / "%j"), cluster=cluster.kind)
            executor.update_parameters(**_parameters(cluster, workers, bench))
            # No environment of ours is stored in the folder: the job has its own, and these; plug-ins by their paths.
            plugged = {VARIABLE: os.pathsep.join(map(str, opened()))} if opened() else {}
            environment = ["env", *(f"{name}={value}" for name, value in (ENVIRONMENT | plugged).items())]
            run = submitit.helpers.CommandFunction([*environment, *command(folder, bench), "--job"])
            with executor.batch():
                self.jobs = [executor.submit(run) for _ in range(cluster.jobs)]
            publish_json(self.logs / _NAMES, {"kind": cluster.kind, "names": self.names})

    @property
    def names(self) -> tuple[str, ...]:
        """The numbers that the cluster gave the jobs."""
        return tuple(job.job_id for job in self.jobs)

    def tend(self, done: int) -> None:
        """Look whether a job is left that makes the parts that are missing; ``done`` is the number of those there are.

        Raises:
            SurrogateError: what a worker refused.
            Stopped: every job has ended.
        """
        if any(_runs(job) for job in self.jobs):
            return
        for job in self.jobs:
            for line in (job.stdout() or "").splitlines():
                refused = refusal(line)
                if refused is not None:
                    raise refused
        raise Stopped(
            f"{self.folder}: the jobs {', '.join(self.names)} have ended and parts are missing (time limit, or killed?)"
            f"; the same command submits new ones, which go on from there; {self.logs} has what they said"
        )

    def dismiss(self) -> None:
        """Let the jobs end, as every part is made; those that never started are taken back."""
        latest = time.monotonic() + _GRACE
        while (left := [job for job in self.jobs if _runs(job)]) and time.monotonic() < latest:
            time.sleep(_POLL)
        for job in left:
            job.cancel(check=False)

    def close(self) -> None:
        """Leave the jobs to themselves."""

    def _earlier(self, cluster: LocalJobs | SlurmJobs, submitit: Any) -> list[submitit.Job[str]]:
        try:
            record = json.loads((self.logs / _NAMES).read_bytes())
            names = record["names"] if record["kind"] == cluster.kind else []
        except (OSError, ValueError, KeyError, TypeError):
            return []
        kind = {"local": submitit.LocalJob, "slurm": submitit.SlurmJob}[cluster.kind]
        return [job for name in names if _runs(job := kind(folder=str(self.logs / "%j"), job_id=str(name)))]


def _parameters(cluster: LocalJobs | SlurmJobs, workers: int, bench: Bench) -> dict[str, Any]:
    """Return what submitit asks of the cluster: a worker is a task of a core, and a job has ``workers`` of them."""
    shared = {
        "name": "surrogate",
        "timeout_min": cluster.minutes,
        "tasks_per_node": workers,
        "gpus_per_node": 0 if bench.device == "cpu" else 1,
    }
    if isinstance(cluster, LocalJobs):
        return shared
    own = {"partition": cluster.partition, "account": cluster.account}
    return shared | {
        "nodes": 1,
        "cpus_per_task": 1,
        "mem_gb": cluster.memory_gb * workers,
        "slurm_setup": list(cluster.setup),
        "slurm_additional_parameters": cluster.options
        | {key: value for key, value in own.items() if value is not None and key != "partition"},
        **({"slurm_partition": cluster.partition} if cluster.partition else {}),
    }


def _runs(job: Any) -> bool:
    """Return whether a job waits or runs. submitit knows a local job by its handle; without one, its process tells."""
    if not job.done():
        return True
    line = Path(f"/proc/{job.job_id}/cmdline")
    try:
        return b"submitit.local" in line.read_bytes()
    except OSError:
        return False


@contextmanager
def _no_slurm() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise SettingsError(
            "cluster=slurm: this machine has no sbatch; give the command where jobs are submitted, or cluster=local"
        ) from error
