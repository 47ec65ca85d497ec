"""Predictions of another library, evaluated as those of a run: neuraloperator's FNO on its own Darcy file.

    python benchmarks/peer_predictions.py FOLDER darcy_train_16.pt PEER_PYTHON

PEER_PYTHON is the interpreter of an environment of its own that has neuraloperator; it reads arrays and writes arrays,
and knows nothing of us. The file is converted to a data set, the peer learns from its training samples and answers its
test samples, and ``surrogate eval predictions=`` and ``surrogate compare`` do the rest. Figures go to
``docs/guide/evaluation.md`` by hand, with the report that was looked at.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
from _table import parser

from surrogate.datasets.dataset import open_dataset
from surrogate.datasets.windows import pairs

# What the peer does: its FNO, its relative L2 loss and its AdamW, on fields standardised by the training samples.
PEER = """
import sys, time
import numpy as np, torch
from neuralop.losses import LpLoss
from neuralop.models import FNO
from neuralop.training import AdamW

folder, epochs = sys.argv[1], int(sys.argv[2])
torch.manual_seed(0)
a, u, test = (torch.from_numpy(np.load(f"{folder}/{name}.npy")) for name in ("a", "u", "test"))
mean, std = u.mean(), u.std()
model = FNO(n_modes=(8, 8), in_channels=1, out_channels=1, hidden_channels=24, n_layers=4)
optimizer = AdamW(model.parameters(), lr=5e-3, weight_decay=1e-4)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
loss, began = LpLoss(d=2), time.time()
for epoch in range(epochs):
    for chosen in torch.randperm(len(a)).split(32):
        optimizer.zero_grad()
        value = loss(model(a[chosen]) * std + mean, u[chosen])
        value.backward()
        optimizer.step()
    schedule.step()
print(f"{sum(p.numel() for p in model.parameters())} parameters, {epochs} epochs in {time.time() - began:.0f} s")
with torch.no_grad():
    answers = torch.cat([model(part) * std + mean for part in test.split(32)])
np.savez(f"{folder}/fno.npz", predictions=answers.numpy(), inputs=test.numpy())
"""
EPOCHS = 40


def surrogate(*words: str) -> None:
    """Run a command of ours."""
    subprocess.run([sys.executable, "-m", "surrogate", *words], check=True)


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("source", help="darcy_train_16.pt")
    arguments.add_argument("peer", help="the interpreter that has neuraloperator")
    options = arguments.parse_args()
    folder, source, peer = options.folder, options.source, options.peer
    data = folder / "data"
    surrogate("data", "convert", f"input={source}", "format=neuraloperator", "split=[0.8,0.1,0.1]", f"out={data}")
    held = open_dataset(data)
    known, test = (pairs(held.spec, "map", *held.read(split)) for split in ("train", "test"))
    for name, values in (("a", known[0]), ("u", known[1]), ("test", test[0])):
        np.save(folder / f"{name}.npy", values)
    (folder / "peer.py").write_text(PEER)
    subprocess.run([peer, str(folder / "peer.py"), str(folder), str(EPOCHS)], check=True)
    surrogate("eval", f"predictions={folder / 'fno.npz'}", f"data={data}")
    run = folder / "ours"
    small = ("model=fno", "model.n_modes=8", "model.hidden_channels=24", f"trainer.epochs={EPOCHS}", "seed=0")
    surrogate("train", f"data={data}", f"out={run}", *small, "allow_uncertified=true")
    surrogate("compare", str(run), str(folder / "fno.npz"), f"data={data}", f"out={folder / 'compare'}")


if __name__ == "__main__":
    main()
