"""Draw docs/overview.png: one test sample of rough Darcy flow, its solution, what MgNO predicts, and the error.

    python benchmarks/overview.py [--place FOLDER]

Needs data/rough64 and runs/rough64-mgno in FOLDER, as benchmarks/darcy_rough.py leaves them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from _table import ROOT
from matplotlib.figure import Figure

from surrogate.datasets.dataset import open_dataset
from surrogate.datasets.windows import pairs
from surrogate.predictors.runs import load_run


def main() -> None:
    """Draw the sample whose error is the median of the test split."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--place", type=Path, default=ROOT)
    place = parser.parse_args().place.absolute()
    dataset = open_dataset(place / "data" / "rough64")
    run = load_run(place / "runs" / "rough64-mgno")
    inputs, truth = pairs(dataset.spec, "map", *dataset.read("test"))
    with torch.no_grad():
        prediction = run.surrogate(torch.from_numpy(inputs)).numpy()
    error = np.linalg.norm((prediction - truth).reshape(len(truth), -1), axis=1)
    error /= np.linalg.norm(truth.reshape(len(truth), -1), axis=1)
    k = int(np.argsort(error)[len(error) // 2])
    figure = Figure(figsize=(11, 2.5), layout="constrained")
    top = float(truth[k].max())
    panels = [
        ("permeability", inputs[k, 0], "cividis", None),
        ("pressure, classical solver", truth[k, 0], "viridis", (0.0, top)),
        ("pressure, MgNO", prediction[k, 0], "viridis", (0.0, top)),
        (f"error, {100 * error[k]:.2f} % in relative L2", prediction[k, 0] - truth[k, 0], "RdBu_r", None),
    ]
    for axes, (title, field, colours, limits) in zip(figure.subplots(1, 4), panels, strict=True):
        low, high = limits or ((-abs(field).max(), abs(field).max()) if colours == "RdBu_r" else (None, None))
        image = axes.imshow(field.T, origin="lower", extent=(0, 1, 0, 1), cmap=colours, vmin=low, vmax=high)
        axes.set_title(title, fontsize=10)
        axes.set_xticks([0, 1])
        axes.set_yticks([0, 1])
        bar = figure.colorbar(image, ax=axes, fraction=0.046, pad=0.03)
        bar.ax.tick_params(labelsize=7)
        bar.formatter.set_powerlimits((-2, 3))
    figure.savefig(ROOT / "docs" / "overview.png", dpi=140)


if __name__ == "__main__":
    main()
