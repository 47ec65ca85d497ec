"""What the import of the package costs, and what it offers."""

import subprocess
import sys

import pytest

import surrogate as sg


def test_importing_the_package_loads_neither_torch_nor_hydra():
    script = "import sys, surrogate as sg; dir(sg); sg.__version__; "
    script += "sys.exit(any(name in sys.modules for name in ('torch', 'hydra', 'numpy', 'pydantic')))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize("name", [name for name in dir(sg) if not name.startswith("_")])
def test_all_that_is_offered_is_there_and_says_what_it_does(name):
    assert getattr(sg, name).__doc__


def test_what_is_not_offered_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        _ = sg.trian
