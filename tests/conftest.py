"""What tests share: where the files from outside lie."""

import os
from pathlib import Path

import pytest

# Files of minutes, which begin first where several processes share the tests, so that no one is left with them.
LONGEST = ("test_readme.py", "test_commands.py", "test_contract.py", "test_parity.py", "test_generation.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; all others keep their order."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONGEST)))


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of foreign files that the tests read; nothing of it is part of the repository."""
    beside = Path(__file__).parents[2] / "shared" / "reference"
    folder = Path(os.environ.get("SURROGATE_REFERENCE", beside))
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent; SURROGATE_REFERENCE names another folder")
    return folder
