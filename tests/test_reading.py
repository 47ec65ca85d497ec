"""Laws of reading what strangers wrote: a regular file within its bounds, or one line, soon and in little memory."""

import ast
import json
import os
import signal
import tracemalloc
import zipfile
from contextlib import contextmanager
from copy import copy
from pathlib import Path

import numpy as np
import pytest
import torch

from surrogate.datasets.certificate import read_certificate
from surrogate.datasets.dataset import open_dataset
from surrogate.datasets.formats.neuraloperator import read as read_neuraloperator
from surrogate.datasets.plan import read_plan
from surrogate.errors import InputError, SettingsError, SurrogateError
from surrogate.evaluation.gate.baseline import read_baseline
from surrogate.integrity import read_lines
from surrogate.predictors.exported.artefact import open_artefact
from surrogate.predictors.runs import read_record
from surrogate.predictors.tensor_files import read_tensors
from surrogate.reading import (
    read_array,
    read_bytes,
    read_json,
    read_json_bytes,
    read_text,
    read_yaml,
    sha256,
)
from surrogate.solve.preconditioner_store import read_record as read_preconditioner
from surrogate.training.checkpoint import read_state

PACKAGE = Path(__file__).parents[1] / "surrogate"


def inside(name, reader):
    """Return a reader of the folder of a file, and the name that the file must have in it."""
    return lambda path: reader(path.parent), name


READERS = {
    "bytes": (read_bytes, "a"),
    "text": (read_text, "a"),
    "hash": (sha256, "a"),
    "json": (read_json, "a.json"),
    "lines": (read_lines, "a.jsonl"),
    "record": (read_json_bytes, "a.json"),
    "yaml": (read_yaml, "a.yaml"),
    "array": (read_array, "a.npy"),
    "tensors": (read_tensors, "a.safetensors"),
    "torch": (read_neuraloperator, "a.pt"),
    "onnx": (open_artefact, "a.onnx"),
    "program": (open_artefact, "a.pt2"),
    "baseline": (read_baseline, "gate.json"),
    "run": inside("run.json", read_record),
    "preconditioner": inside("preconditioner.json", read_preconditioner),
    "data set": inside("manifest.json", open_dataset),
    "plan": inside("plan.json", read_plan),
    "certificate": inside("certificate.json", read_certificate),
}


@contextmanager
def taking_less_than(most: float):
    """Hold what is done inside to so many bytes of memory at once."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < most


@pytest.fixture(autouse=True)
def _soon():
    """A reader that waits is ended after ten seconds."""
    signal.signal(signal.SIGALRM, lambda *_: pytest.fail("it waits"))
    signal.alarm(10)
    yield
    signal.alarm(0)


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("thing", ["pipe", "device", "folder"])
def test_what_is_no_regular_file_is_refused_at_once_by_every_reader(tmp_path, kind, thing):
    reader, name = READERS[kind]
    path = tmp_path / name
    {"pipe": os.mkfifo, "device": lambda path: path.symlink_to("/dev/zero"), "folder": Path.mkdir}[thing](path)
    with pytest.raises(SurrogateError) as caught:
        reader(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", READERS)
def test_a_file_of_a_terabyte_is_refused_by_every_reader_and_takes_no_memory(tmp_path, kind):
    reader, name = READERS[kind]
    if kind == "hash":
        pytest.skip("a hash is taken of any size, block by block")
    path = tmp_path / name
    path.touch()
    os.truncate(path, 10**12)
    with taking_less_than(4e6), pytest.raises(SurrogateError):
        reader(path)


def test_a_state_that_is_a_pipe_is_no_state(tmp_path):
    os.mkfifo(tmp_path / "state.json")
    assert read_state(tmp_path) is None


def test_a_large_record_is_refused_with_its_size_and_the_bound(tmp_path):
    (tmp_path / "a").write_bytes(b"[" + b"1," * 50 + b"1]")
    with pytest.raises(InputError, match="has 103 bytes, more than the 100 bytes that such a file may have"):
        read_json(tmp_path / "a", 100)


def test_a_record_of_millions_of_empty_lists_is_refused_before_it_is_parsed(tmp_path):
    (tmp_path / "a").write_bytes(b"[" + b"[]," * 4_100_000 + b"[]]")
    with taking_less_than(3e7), pytest.raises(InputError, match="more than 4,000,000 values"):
        read_json(tmp_path / "a")


@pytest.mark.parametrize("content", [b"1\n", b"{\n", b'{"a": 1}\n[]\n', b"\xff\n", b'{"a": ' + b"9" * 5000 + b"}\n"])
def test_lines_that_are_no_json_objects_are_named(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(InputError, match=r"line \d"):
        read_lines(tmp_path / "a")


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + level)}: &{chr(98 + level)} [{', '.join(['*' + chr(97 + level)] * 9)}]\n" for level in range(9)
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (BOMB, "anchors and aliases"),
        ("a: &b 1", "anchors and aliases"),
        ("[" * 3000, "more than 20 levels"),
        ("\n".join(" " * level + "a:" for level in range(1000)), "more than 20 levels"),
        ("\n".join(f"- {n}" for n in range(20_001)), "more than 20 levels and 20,000 values"),
        ("a: !!python/object/apply:os.getcwd []", "tags"),
        ("a: " + "1" * 5000, "not YAML"),
        ("a: 2024-13-45", "not YAML"),
        ("a: [1", "line 1: not YAML"),
        ("a: b: c", "line 1: not YAML"),
        ("\x00", "not YAML"),
        ("\x1b[31m", "not YAML"),
        ("a: " + "x" * 2**21, "has 2.1 MB, more than"),
    ],
    ids=lambda value: value[:12].strip(),
)
def test_yaml_that_costs_more_than_its_size_or_is_none_is_one_line(tmp_path, text, says):
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=says) as caught:
        read_yaml(tmp_path / "a.yaml")
    assert "\n" not in str(caught.value)


def test_plain_yaml_is_read(tmp_path):
    (tmp_path / "a.yaml").write_text("# of ours\na: [1, 2.5, x]\nb: {c: null}\n", encoding="utf-8")
    assert read_yaml(tmp_path / "a.yaml") == {"a": [1, 2.5, "x"], "b": {"c": None}}


def header(shape: str, kind: str = "<f4", version: int = 1) -> bytes:
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    length = len(text) + 1
    return (
        b"\x93NUMPY" + bytes([version, 0]) + length.to_bytes(2 if version == 1 else 4, "little") + text.encode() + b"\n"
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (header("(1000000000, 64, 64)"), "declares 1000000000 x 64 x 64 numbers, 16,384.0 GB, and has 0 bytes"),
        (header("(1000000000, 64, 64)", version=2), "declares"),
        (header("(3,)") + bytes(11), "declares 3 numbers, 12 bytes, and has 11 bytes"),
        (header("(2, -1)"), "declares"),
        (header("(1,)", "|O") + bytes(8), "not an array of numbers"),
        (header("(1,)", "<U4") + bytes(16), "not an array of numbers"),
        (header("[" * 900), "damaged"),
        (header("(" + "1" * 5000 + ",)"), "damaged|declares"),
        (b"\x93NUMPY\x09\x00", "damaged"),
        (b"\x93NUMPY", "damaged"),
        (b"", "not an array in NumPy's"),
        (b"x,y\n1,2\n", "not an array in NumPy's"),
        (b"PK\x03\x04", "an archive of several arrays"),
    ],
)
def test_an_array_that_is_not_what_its_header_declares_is_refused_before_memory_is_taken(tmp_path, content, says):
    (tmp_path / "a.npy").write_bytes(content)
    with taking_less_than(4e6), pytest.raises(InputError, match=says) as caught:
        read_array(tmp_path / "a.npy")
    assert "pickle" not in str(caught.value)


def test_an_array_for_which_there_is_no_memory_is_refused_before_it_is_read(tmp_path):
    (tmp_path / "a.npy").write_bytes(header("(250000000000,)"))
    os.truncate(tmp_path / "a.npy", 10**12 + 200)
    with pytest.raises(SettingsError, match=r"needs about 2,000.0 GB of memory, and .* are free"):
        read_array(tmp_path / "a.npy")


@pytest.mark.parametrize("kind", [np.float64, np.complex64, np.bool_, np.int8])
@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3)])
def test_an_array_that_numpy_wrote_is_read_as_it_was(tmp_path, kind, shape):
    array = np.asfortranarray(np.ones(shape, kind))
    np.save(tmp_path / "a.npy", array)
    read = read_array(tmp_path / "a.npy")
    assert read.dtype == kind
    np.testing.assert_array_equal(read, array)


def compressed(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/data.pkl", b"\x80\x02}q\x00.")
        archive.writestr("x/data/0", bytes(32 * 2**20))


def overlapping(path: Path) -> None:
    """Two members of a directory that are the same bytes."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x", bytes(10_000))
        for name in range(1000):
            same = copy(archive.filelist[0])
            same.filename = str(name)
            archive.filelist.append(same)


def pickled(path: Path) -> None:
    torch.save({"x": torch.zeros(1)}, path, _use_new_zipfile_serialization=False)


@pytest.mark.parametrize(
    ("make", "says"),
    [(compressed, "members are compressed"), (overlapping, "declares 10.0 MB"), (pickled, "since version 1.6")],
)
def test_a_torch_file_that_unpacks_to_more_than_it_has_is_refused(tmp_path, make, says):
    make(tmp_path / "a.pt")
    with taking_less_than(4e6), pytest.raises(InputError, match=says):
        read_neuraloperator(tmp_path / "a.pt")


def test_a_tensor_file_that_declares_more_than_it_has_is_refused(tmp_path):
    header = json.dumps({"x": {"dtype": "F32", "shape": [10**12], "data_offsets": [0, 4 * 10**12]}}).encode()
    (tmp_path / "a").write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(InputError, match="not a safetensors file"):
        read_tensors(tmp_path / "a")


# Files that come with the package or from the kernel, or that were written a moment ago by the same process.
READ_THEMSELVES = {
    "reading.py",
    "memory_limits.py",
    "environment.py",
    "files.py",
    "cli/help.py",
    "cli/listing.py",
    "cli/preview.py",
    "datasets/layout.py",
    "training/profile.py",
    "config/enumerated.py",
    "config/known.py",
    "config/recipes.py",
    "config/shipped_settings.py",
    "evaluation/report/page.py",
    "datasets/pictures.py",
    "datasets/jobs.py",
    "cli/compare.py",
    "cli/evaluate.py",
    # It gives NumPy a file that `reading.opened` opened.
    "datasets/formats/table.py",
}


def test_no_other_module_reads_a_file_by_itself():
    readers = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                opens = node.func.attr == "open" and any(
                    isinstance(given, ast.Constant) and str(given.value) in ("r", "rb") for given in node.args
                )
                if opens or node.func.attr in ("read_bytes", "read_text", "fromfile", "loadtxt", "safe_open"):
                    owner = node.func.value
                    if not (isinstance(owner, ast.Name) and owner.id == "reading"):
                        readers.add(str(file.relative_to(PACKAGE)))
    assert readers <= READ_THEMSELVES
