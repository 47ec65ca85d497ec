"""Laws of files that are whole or absent."""

import os
import resource
import signal

import pytest

from surrogate.errors import InputError, StorageError
from surrogate.files import publish_bytes, publish_json, publish_text, remove_unfinished
from surrogate.reading import read_json, sha256


def test_what_is_published_is_what_is_read(tmp_path):
    publish_bytes(tmp_path / "a", b"\x00\xff")
    publish_text(tmp_path / "b", "é\n")
    publish_json(tmp_path / "c", {"x": [1, 2.5, None]})
    assert (tmp_path / "a").read_bytes() == b"\x00\xff"
    assert (tmp_path / "b").read_text(encoding="utf-8") == "é\n"
    assert read_json(tmp_path / "c") == {"x": [1, 2.5, None]}


def test_publishing_leaves_nothing_beside_the_file(tmp_path):
    publish_bytes(tmp_path / "a", b"1")
    publish_bytes(tmp_path / "a", b"2")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_write_that_the_disk_refuses_keeps_the_old_file_and_leaves_no_stump(tmp_path):
    path = tmp_path / "a"
    publish_bytes(path, b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(StorageError, match="File too large"):
            publish_bytes(path, bytes(1 << 16))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


def test_a_missing_folder_is_a_storage_error_of_one_line(tmp_path):
    with pytest.raises(StorageError) as caught:
        publish_bytes(tmp_path / "no" / "a", b"")
    assert "\n" not in str(caught.value)


def test_a_kill_at_any_system_call_of_publishing_leaves_the_old_or_the_new_file(tmp_path):
    path = tmp_path / "a"
    publish_bytes(path, b"old")
    seen = set()
    for call in ("fsync", "replace"):
        child = os.fork()
        if child == 0:
            setattr(os, call, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
            publish_bytes(path, b"new")
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        seen.add(path.read_bytes())
    assert seen <= {b"old", b"new"}
    assert len(list(tmp_path.iterdir())) > 1
    remove_unfinished(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_not_json_is_refused_in_one_line(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(InputError, match="not JSON"):
        read_json(tmp_path / "a")


def test_json_has_no_nan(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        publish_json(tmp_path / "a", float("nan"))
    assert not (tmp_path / "a").exists()


def test_sha256_is_the_published_one(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
