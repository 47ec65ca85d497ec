"""The end of an exported file: the SHA-256 of all before it, in a form that other readers of such files know.

An ONNX file ends with one more entry of its metadata, ``surrogate_sha256``; a .pt2, which is a zip archive, with a
comment. Both end with the 64 digits themselves, so that one rule checks either.
"""

from __future__ import annotations

from pathlib import Path

from surrogate.errors import DamageError
from surrogate.integrity import ended, has_end

_DIGITS = 64
_KEY = b"surrogate_sha256"
# Of protobuf: the entry of ModelProto.metadata_props (field 14), its key (field 1) and its value (field 2) of 64 bytes.
_ENTRY = b"\x0a" + bytes([len(_KEY)]) + _KEY + b"\x12" + bytes([_DIGITS])
_ONNX = b"\x72" + bytes([len(_ENTRY) + _DIGITS]) + _ENTRY
_COMMENT = b"surrogate sha256 "
# Of a zip archive: how the record at its end begins, and how long that is without a comment.
_LAST, _LAST_BYTES = b"PK\x05\x06", 22


def with_end(content: bytes, suffix: str) -> bytes:
    """Return an exported file, .onnx or .pt2, with the hash of itself at its end.

    Raises:
        ValueError: a .pt2 is no zip archive, or has a comment already.
    """
    if suffix == ".onnx":
        return ended(content, _ONNX)
    if content[-_LAST_BYTES:][:4] != _LAST or content[-2:] != b"\0\0":
        raise ValueError("expected a zip archive without a comment")
    return ended(content[:-2] + (len(_COMMENT) + _DIGITS).to_bytes(2, "little"), _COMMENT)


def has_its_end(path: Path, content: bytes) -> bool:
    """Return whether the exported file at ``path`` has the hash of itself at its end, as all but the older ones have.

    Raises:
        DamageError: it is that of other content.
    """
    whole = has_end(content, _ONNX if path.suffix == ".onnx" else _COMMENT)
    if whole is False:
        raise changed(path)
    return whole is True


def changed(path: Path) -> DamageError:
    """Return the error for an exported file that is not as it was written."""
    return DamageError(
        f"{path}: damaged, or changed by another program: it is not what surrogate export wrote; put back a copy, or "
        "export the run again"
    )
