"""Plant three regressions and demand that the gate fails on each, in the layer that can see it.

Two are planted in the code that loads weights, one was trained in by `.ci/gate planted`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

# Run before the command line, in its process: every surrogate that is loaded has the fault.
FAULT = """
import sys
import surrogate.predictors.surrogate, surrogate.predictors.runs as runs
load = runs.load_weights
def planted(surrogate, tensors, path):
    load(surrogate, tensors, path)
    {fault}
runs.load_weights = planted
from surrogate.cli.app import main
main()
"""
BLOCK = "[weight.data.zero_() for weight in surrogate.operator.layers[1].operator[0].parameters()]"
SCALE = "surrogate.output_normaliser.std.mul_(1.02)"
CHECK = ("gate", "check", "baseline=.ci/gate.json", "latency.blocks=0", "--json")


def check(run: Path, fault: str) -> tuple[int, set[str]]:
    """Return the exit code of the gate, and the layers in which something failed."""
    command = [sys.executable, "-c", FAULT.format(fault=fault), *CHECK, f"run={run}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)
    return done.returncode, {row["layer"] for row in json.loads(done.stdout)["rows"] if row["verdict"] == "fail"}


def main() -> None:
    work = Path(sys.argv[1])
    wrong = False
    for name, run, fault, layer, blind in (
        ("nothing planted", "seeds", "pass", None, "exact"),
        ("one operator block zeroed", "seeds", BLOCK, "exact", None),
        ("normaliser scaled by 1.02", "seeds", SCALE, "exact", None),
        ("retrained on fewer samples", "fewer", "pass", "quality", "exact"),
    ):
        code, failed = check(work / run, fault)
        expected = (code == 0 and not failed) if layer is None else (code == 1 and layer in failed)
        expected = expected and blind not in failed
        wrong = wrong or not expected
        told = f"failed in {', '.join(sorted(failed))}" if failed else "passed"
        sys.stdout.write(f"{'as it must' if expected else 'WRONG':12}{name:32}{told}, exit {code}\n")
    sys.exit(wrong)


if __name__ == "__main__":
    main()
