import getpass
import platform
import re
import socket
from pathlib import Path

import pytest
import torch

from surrogate.environment import choose_device, environment
from surrogate.errors import SettingsError


def test_the_environment_names_versions_and_no_person_or_place():
    here = environment(torch.device("cpu"))
    assert here.torch == torch.__version__
    assert here.threads == torch.get_num_threads()
    assert re.fullmatch(r"[0-9a-f]{40}\+?", here.commit or "0" * 40)
    words = here.model_dump_json()
    assert str(Path.home()) + "/" not in words
    assert f'"{getpass.getuser()}"' not in words
    assert platform.node() == "" or socket.gethostname() not in words


def test_auto_is_a_gpu_where_there_is_one():
    assert choose_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


def test_a_gpu_that_is_not_there_is_refused():
    with pytest.raises(SettingsError, match="take device=cpu"):
        choose_device("cuda:63")
