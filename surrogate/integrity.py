"""Nothing is believed without a hash: records that carry a checksum of their own and the hashes of files beside them.

A record is a JSON object. Its last key, ``checksum``, is the SHA-256 of all the others in one fixed form, so that
another layout is the same record and another digit is not. What is older has none, and is read unchecked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field

from surrogate.errors import DamageError, InputError
from surrogate.files import make_folder, publish_bytes, publish_text
from surrogate.reading import LARGEST_RECORD, read_bytes, read_json_bytes
from surrogate.spaces import Frozen

CHECKSUM = "checksum"
# Of a line of a file that grows; a line is short, and meant for other programs too.
_LINE_DIGITS = 16
_HASH_DIGITS = 64

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Digest(Frozen):
    """What a record says of a file: its bytes, their SHA-256, and that of what the file may still be.

    A file that is replaced is first announced: whoever is killed between the record and the file leaves the
    ``former`` one, which is as good.
    """

    size: Annotated[int, Field(ge=0)]
    sha256: Hash
    former: Hash | None = None

    @classmethod
    def of(cls, data: bytes) -> Digest:
        """Return the digest of ``data``."""
        return cls(size=len(data), sha256=hashlib.sha256(data).hexdigest())


Files = dict[str, Digest]


def sealed(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``value``, an object of JSON values, with its checksum as the last key, in place of one that it has."""
    # As it will be read: keys of an object are texts there.
    value = json.loads(json.dumps({key: item for key, item in value.items() if key != CHECKSUM}))
    return {**value, CHECKSUM: f"sha256:{_checksum(value)}"}


def publish_record(path: Path, record: BaseModel | Mapping[str, Any], indent: int = 2) -> None:
    """Make ``path`` hold a record with its checksum, as :func:`surrogate.files.publish_bytes` does.

    Raises:
        StorageError: the disk refused.
        ValueError: the record holds a NaN or an infinity.
    """
    value = json.loads(record.model_dump_json()) if isinstance(record, BaseModel) else record
    publish_text(path, json.dumps(sealed(value), indent=indent, ensure_ascii=False, allow_nan=False) + "\n")


def unsealed(data: bytes, path: Path) -> tuple[bytes, bool]:
    """Return the record in ``data``, which was read from ``path``, without its checksum, and whether it had one.

    What is returned is JSON in the very form that the checksum is of.

    Raises:
        InputError: it is not JSON, or its checksum is not that of its content.
    """
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON, or damaged ({error})") from None
    if not isinstance(value, dict) or CHECKSUM not in value:
        return _canonical(value), False
    checksum = value.pop(CHECKSUM)
    if checksum != f"sha256:{_checksum(value)}":
        raise DamageError(
            f"{path}: changed since it was written, by damage or by hand: its checksum is not that of its content; put "
            f'back a copy, or remove its "{CHECKSUM}" to have it read as it is'
        )
    return _canonical(value), True


def read_sealed(path: Path, most: int = LARGEST_RECORD) -> bytes:
    """Return the record in the file ``path``, of at most ``most`` bytes, as :func:`unsealed` does.

    Raises:
        InputError: there is no such file, it is too large, it is not JSON, or its checksum is not that of its content.
    """
    return unsealed(read_json_bytes(path, most), path)[0]


def check(path: Path, digest: Digest, files: Mapping[str, Digest], record: str) -> None:
    """Refuse the file at ``path`` where ``files``, which stand in the file ``record``, know it with another hash.

    Raises:
        InputError: they do.
    """
    known = files.get(path.name)
    if known is not None and digest.sha256 not in (known.sha256, known.former):
        raise DamageError(
            f"{path}: damaged, or a file from elsewhere: its SHA-256 is not the one in {record}; put back a copy"
        )


def ended(data: bytes, head: bytes = b"") -> bytes:
    """Return ``data``, ``head``, and the 64 hexadecimal digits of the SHA-256 of both."""
    data += head
    return data + hashlib.sha256(data).hexdigest().encode()


def has_end(content: bytes, head: bytes = b"") -> bool | None:
    """Return whether ``content`` ends as :func:`ended` made it; None where it ends without ``head``."""
    if content[:-_HASH_DIGITS][-len(head) :] != head and head:
        return None
    return content[-_HASH_DIGITS:] == hashlib.sha256(content[:-_HASH_DIGITS]).hexdigest().encode()


def keep(path: Path, data: bytes) -> None:
    """Put ``data`` away in a file of a cache, for :func:`kept`; its folder is made.

    Raises:
        StorageError: the disk refused.
    """
    make_folder(path.parent)
    publish_bytes(path, ended(data))


def kept(path: Path) -> bytes | None:
    """Return what :func:`keep` put away; None where there is nothing or damage, so that it is made anew."""
    if not path.is_file():
        return None
    content = read_bytes(path)
    return content[:-_HASH_DIGITS] if has_end(content) else None


def sealed_line(row: Mapping[str, Any]) -> str:
    """Return an object of JSON values as one line with its checksum, for a file that grows by lines."""
    return json.dumps({**row, CHECKSUM: _checksum(row)[:_LINE_DIGITS]}, allow_nan=False) + "\n"


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects in the lines of a file, without their checksums.

    A last line that was cut short, as a killed process leaves it, is left out. Lines without a checksum are those of
    an older version, and stand before all others.

    Raises:
        InputError: there is no such file, it is too large, or a line is damaged.
    """
    return parse_lines(read_json_bytes(path), path)


def parse_lines(data: bytes, path: Path) -> list[dict[str, Any]]:
    """Return the objects in the lines of ``data``, which was read from ``path``, as :func:`read_lines` does."""
    *lines, last = data.split(b"\n")
    rows: list[dict[str, Any]] = []
    checked = False
    for number, line in enumerate(lines, 1):
        row, has = _row(line)
        if row is None or (checked and not has):
            raise DamageError(f"{path}: line {number} is damaged; put back a copy of the file")
        checked = has
        rows.append(row)
    # Whole but for its end: not cut short.
    for line in (last, last[:-1]):
        row, has = _row(line)
        if row is not None and has:
            return [*rows, row]
    return rows


def _row(line: bytes) -> tuple[dict[str, Any] | None, bool]:
    """Return the object in a line, None where it is damaged, and whether it has a checksum."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None, False
    if not isinstance(row, dict):
        return None, False
    if CHECKSUM not in row:
        return row, False
    checksum = row.pop(CHECKSUM)
    return (row if checksum == _checksum(row)[:_LINE_DIGITS] else None), True


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _checksum(value: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(value)).hexdigest()
