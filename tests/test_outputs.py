"""Where outputs go: a new name or our own from the same inputs; links are followed, nothing but files is replaced."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from surrogate.errors import SettingsError, StorageError, SurrogateError, UsageError
from surrogate.files import publish_bytes
from surrogate.outputs import STDOUT, place
from surrogate.written import Record, beside, claim, place_single, publish, publish_single, read_record


def record(command="predict", **made_from):
    return Record(command=command, made_from={"run": "a", "input": "b"} | made_from)


def write(path, data=b"1", overwrite=False, inputs=None, **made_from):
    """Do what predict does with its answer."""
    made = record(**made_from)
    placed = place_single(path, lambda: made, inputs=inputs or {}, overwrite=overwrite)
    publish_single(placed, data, made, {"samples": 1})
    return placed


def device(path):
    """Make what /dev/null is, or what stands for it where only an administrator may."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        os.mkfifo(path)


def bound(path):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


@pytest.mark.parametrize("make", [device, os.mkfifo, bound, os.mkdir], ids=["device", "pipe", "socket", "folder"])
@pytest.mark.parametrize("linked", [False, True], ids=["itself", "by a link"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_only_a_regular_file_is_ever_replaced_by_a_file(tmp_path, monkeypatch, make, linked, overwrite):
    monkeypatch.chdir(tmp_path)  # the name of a socket has at most 108 letters
    make("thing")
    before = os.lstat("thing")
    Path("link").symlink_to("thing")
    out = tmp_path / ("link" if linked else "thing")
    with pytest.raises(SettingsError, match="expected a file or nothing"):
        write(out, overwrite=overwrite)
    with pytest.raises(StorageError, match="never replaced by a file"):
        publish_bytes(out, b"1")
    assert os.lstat("thing").st_ino == before.st_ino
    assert os.lstat("thing").st_mode == before.st_mode
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "thing"]


@pytest.mark.parametrize("make", [device, os.mkfifo, lambda path: path.write_text("mine")])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_is_never_made_where_something_else_is(tmp_path, make, overwrite):
    make(tmp_path / "thing")
    with pytest.raises(SettingsError, match="expected a folder or nothing"):
        claim(tmp_path / "thing", record("eval"), overwrite=overwrite)


@pytest.mark.parametrize("name", ["notes.npy", "two words.npy", "été.npy", "n" * 250 + ".npy"])
def test_a_strangers_file_stays_unless_it_is_to_be_overwritten(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(SettingsError, match=r"exists and is not ours; .* overwrite=true"):
        write(tmp_path / name)
    assert (tmp_path / name).read_text() == "mine"
    write(tmp_path / name, overwrite=True)
    assert (tmp_path / name).read_bytes() == b"1"


def test_a_strangers_file_in_the_place_of_the_record_stays(tmp_path):
    (tmp_path / "u.json").write_text('{"mine": 1}')
    with pytest.raises(SettingsError, match=r"u\.json: exists and is not ours"):
        write(tmp_path / "u.npy")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["u.json"]


def test_our_own_file_is_written_again_from_the_same_inputs_and_from_no_others(tmp_path):
    write(tmp_path / "u.npy", b"1")
    write(tmp_path / "u.npy", b"2")
    assert (tmp_path / "u.npy").read_bytes() == b"2"
    with pytest.raises(SettingsError, match="was made with another input"):
        write(tmp_path / "u.npy", b"3", input="c")
    write(tmp_path / "u.npy", b"3", input="c", overwrite=True)
    assert read_record(tmp_path / "u.json").made_from["input"] == "c"


def test_a_file_that_was_changed_after_it_was_written_is_no_longer_ours(tmp_path):
    write(tmp_path / "u.npy")
    (tmp_path / "u.npy").write_bytes(b"mine")
    with pytest.raises(SettingsError, match="changed after it was written"):
        write(tmp_path / "u.npy")


@pytest.mark.parametrize("written", [False, True], ids=["before the file", "after the file"])
def test_a_kill_between_record_and_file_leaves_what_the_same_command_goes_on_from(tmp_path, monkeypatch, written):
    write(tmp_path / "u.npy", b"old")

    def killed(path, data):
        if written:
            publish_bytes(path, data)
        raise KeyboardInterrupt

    monkeypatch.setattr("surrogate.written.publish_bytes", killed)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "u.npy", b"new")
    monkeypatch.undo()
    write(tmp_path / "u.npy", b"newer")
    assert (tmp_path / "u.npy").read_bytes() == b"newer"


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("alias", ["itself", "a link", "a hard link", "a link to its folder"])
def test_an_input_is_never_written(tmp_path, overwrite, alias):
    (tmp_path / "in").mkdir()
    source = tmp_path / "in" / "a.npy"
    source.write_bytes(b"mine")
    out = {"itself": source, "a link to its folder": tmp_path / "there" / "a.npy"}.get(alias, tmp_path / "b.npy")
    if alias == "a link":
        out.symlink_to(source)
    elif alias == "a hard link":
        out.hardlink_to(source)
    elif alias == "a link to its folder":
        (tmp_path / "there").symlink_to("in")
    with pytest.raises(SettingsError, match=r"is the input input=.*a\.npy, which is never written"):
        write(out, overwrite=overwrite, inputs={"input": source})
    assert source.read_bytes() == b"mine"


def test_no_file_of_an_input_folder_is_replaced_but_a_new_one_may_lie_there(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    (run / "run.json").write_text("{}")
    with pytest.raises(SettingsError, match="is part of the input run="):
        write(run / "run.json", overwrite=True, inputs={"run": run})
    assert write(run / "u.npy", inputs={"run": run}) == run / "u.npy"


def test_nothing_is_written_into_a_data_set_that_is_read(tmp_path):
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(SettingsError, match="lies inside the data set data="):
        place(tmp_path / "eval", "folder", inputs={"data": tmp_path})


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_that_is_or_holds_an_input_is_no_place(tmp_path, overwrite):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a").write_text("mine")
    for out in (tmp_path, tmp_path / "data"):
        with pytest.raises(SettingsError, match="the input data="):
            claim(out, record("eval"), inputs={"data": tmp_path / "data"}, overwrite=overwrite)


def test_a_link_is_followed_and_stays_a_link(tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "u.npy").symlink_to("far/v.npy")
    for data in (b"1", b"2"):
        assert write(tmp_path / "u.npy", data) == tmp_path / "far" / "v.npy"
    assert (tmp_path / "u.npy").is_symlink()
    assert (tmp_path / "far" / "v.npy").read_bytes() == b"2"
    assert (tmp_path / "far" / "v.json").is_file()


def test_a_link_to_a_strangers_file_is_refused_with_the_file_it_means(tmp_path):
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "u.npy").symlink_to("mine")
    with pytest.raises(SettingsError, match=rf"u\.npy \(a link to {tmp_path}/mine\): exists and is not ours"):
        write(tmp_path / "u.npy")


def test_a_link_that_leads_to_itself_is_an_error_of_one_line(tmp_path):
    (tmp_path / "u.npy").symlink_to("u.npy")
    with pytest.raises(StorageError, match=r"u\.npy"):
        write(tmp_path / "u.npy")


def test_a_folder_by_a_dangling_link_is_made_where_the_link_leads(tmp_path):
    (tmp_path / "eval").symlink_to("far")
    assert claim(tmp_path / "eval", record("eval")) == tmp_path / "far"


def test_missing_folders_above_are_made_and_a_file_above_is_an_error(tmp_path):
    write(tmp_path / "new" / "deep" / "u.npy")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StorageError, match="Not a directory"):
        write(tmp_path / "file" / "u.npy")


@pytest.mark.skipif(os.geteuid() == 0, reason="an administrator may write anywhere")
def test_a_folder_without_the_right_to_write_is_refused_before_the_work(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(StorageError, match="no right to write"):
        write(tmp_path / "locked" / "u.npy")


def test_a_folder_of_other_things_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(SettingsError, match=r"holds 'thesis\.tex' and nothing of ours"):
        claim(tmp_path, record("eval"))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_in_our_folder_a_file_that_we_did_not_write_stays(tmp_path):
    claim(tmp_path / "eval", record("eval"))
    (tmp_path / "eval" / "report.html").write_text("mine")
    with pytest.raises(SettingsError, match=r"report\.html: exists and is not ours"):
        publish(tmp_path / "eval" / "report.html", "ours")
    publish(tmp_path / "eval" / "report.html", "ours", overwrite=True)
    publish(tmp_path / "eval" / "report.html", "newer")
    assert (tmp_path / "eval" / "report.html").read_text() == "newer"


def test_a_folder_of_another_command_or_other_inputs_is_refused(tmp_path):
    claim(tmp_path / "out", record("eval"))
    claim(tmp_path / "out", record("eval"))
    with pytest.raises(SettingsError, match="holds what surrogate eval wrote"):
        claim(tmp_path / "out", record("compare"))
    with pytest.raises(SettingsError, match="was made with another run"):
        claim(tmp_path / "out", record("eval", run="c"))
    assert claim(tmp_path / "out", record("eval", run="c"), renewed=("run",)) == tmp_path / "out"


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_needs_a_name_refuses_standard_output(kind):
    with pytest.raises(UsageError, match="give a name"):
        place(STDOUT, kind)


def test_the_record_of_an_array_lies_beside_it(tmp_path):
    assert beside(tmp_path / "u.npy") == tmp_path / "u.json"
    assert beside(tmp_path / "u.json") == tmp_path / "u.json.json"


def test_a_name_too_long_for_the_disk_is_an_error_of_one_line(tmp_path):
    with pytest.raises(SurrogateError, match="File name too long"):
        write(tmp_path / ("n" * 300))
