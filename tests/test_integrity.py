"""A record vouches for itself and for the files beside it: what was changed is refused, what is older is read."""

import json

import pytest

from surrogate.errors import InputError
from surrogate.integrity import Digest, check, keep, kept, parse_lines, publish_record, sealed_line, unsealed

RECORD = {"name": "été", "figures": {"error": 1 / 3, "none": None, "small": 1e-300}, "points": [8, 8], "seed": 2**63}


@pytest.fixture
def path(tmp_path):
    publish_record(tmp_path / "record.json", RECORD)
    return tmp_path / "record.json"


def test_what_was_written_is_read(path):
    text, sealed = unsealed(path.read_bytes(), path)
    assert sealed
    assert json.loads(text) == RECORD


def test_every_flipped_bit_of_a_record_is_refused_or_changes_nothing(path):
    whole, same = path.read_bytes(), 0
    for bit in range(8 * len(whole)):
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        try:
            text, sealed = unsealed(bytes(data), path)
        except InputError:
            continue
        if sealed:
            assert json.loads(text) == RECORD
            same += 1
        else:  # the name of the checksum: a key that no record has
            assert json.loads(text).keys() - RECORD.keys()
    assert same < 0.01 * 8 * len(whole)


def test_another_layout_is_the_same_record(path):
    value = json.loads(path.read_text())
    text = json.dumps(dict(reversed(value.items())), ensure_ascii=True)
    assert unsealed(text.encode(), path) == unsealed(path.read_bytes(), path)


def test_an_edit_by_hand_is_refused_with_the_way_out(path):
    value = json.loads(path.read_text()) | {"seed": 7}
    with pytest.raises(InputError, match=r'changed since it was written.*remove its "checksum"'):
        unsealed(json.dumps(value).encode(), path)
    del value["checksum"]
    text, sealed = unsealed(json.dumps(value).encode(), path)
    assert json.loads(text)["seed"] == 7
    assert not sealed


@pytest.mark.parametrize("text", ["", "{", '{"a": 1}}', "[" * 100_000, "\x00", '{"a": ' + "1" * 5000 + "}"])
def test_what_is_no_json_is_refused_in_a_line(path, text):
    with pytest.raises(InputError, match="not JSON, or damaged") as error:
        unsealed(text.encode(), path)
    assert "\n" not in str(error.value)


def test_a_file_is_held_against_what_the_record_knows_of_it(tmp_path):
    old, new, other = (Digest.of(data) for data in (b"old", b"new", b"other"))
    files = {"a": new.model_copy(update={"former": old.sha256})}
    check(tmp_path / "a", new, files, "record.json")
    check(tmp_path / "a", old, files, "record.json")  # announced and not yet replaced
    check(tmp_path / "b", other, files, "record.json")  # not known
    with pytest.raises(InputError, match=r"a: damaged.*not the one in record\.json"):
        check(tmp_path / "a", other, files, "record.json")


def test_what_a_cache_keeps_is_found_again_whole_or_not_at_all(tmp_path):
    path, data = tmp_path / "cache" / "it", bytes(range(100))
    assert kept(path) is None
    keep(path, data)
    assert kept(path) == data
    whole = path.read_bytes()
    for bit in range(8 * len(whole)):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        assert kept(path) is None
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert kept(path) is None


ROWS = [{"epoch": number, "loss": 1 / number, "best": None} for number in (1, 2, 3)]
LINES = "".join(map(sealed_line, ROWS)).encode()


def test_lines_are_read_as_they_were_written(tmp_path):
    assert parse_lines(LINES, tmp_path) == ROWS
    assert parse_lines(b"", tmp_path) == []


def test_a_last_line_that_was_cut_short_is_left_out(tmp_path):
    start = LINES.rindex(b"\n", 0, -1) + 1
    for length in range(start, len(LINES) - 1):
        assert parse_lines(LINES[:length], tmp_path) == ROWS[:2]
    assert parse_lines(LINES[:-1], tmp_path) == ROWS, "whole but for its end"


def test_every_flipped_bit_of_a_line_is_refused_or_changes_nothing(tmp_path):
    for bit in range(8 * len(LINES)):
        data = bytearray(LINES)
        data[bit // 8] ^= 1 << bit % 8
        try:
            rows = parse_lines(bytes(data), tmp_path)
        except InputError:
            continue
        assert [{key: row[key] for key in ROWS[0]} for row in rows] == ROWS


def test_lines_of_an_older_version_are_read_before_all_others(tmp_path):
    old = b'{"epoch": 0}\n'
    assert parse_lines(old + LINES, tmp_path) == [{"epoch": 0}, *ROWS]
    with pytest.raises(InputError, match="line 4 is damaged"):
        parse_lines(LINES + old, tmp_path)
