"""Every line of Python in the guide runs as printed, one block after the other."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

GUIDE = Path(__file__).resolve().parent.parent.parent / "docs/guide/python.md"


def test_the_python_of_the_guide_runs_as_printed(tmp_path, monkeypatch):
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(blocks) > 3
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    names: dict[str, object] = {}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "(?s).*unlike the training inputs")  # of two dozen training samples
        for block in blocks:
            exec(compile(block, str(GUIDE), "exec"), names)
    assert names["answer"].shape == names["outputs"].shape
