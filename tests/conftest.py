"""What tests share: where the files from outside lie."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of foreign files that the tests read; nothing of it is part of the repository."""
    beside = Path(__file__).parents[2] / "shared" / "reference"
    folder = Path(os.environ.get("SURROGATE_REFERENCE", beside))
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent; SURROGATE_REFERENCE names another folder")
    return folder
