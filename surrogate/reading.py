"""Files of strangers: one reader for each kind of file, with bounds, of regular files alone.

Whatever is named, a device, a pipe, a file of terabytes or one that says it holds terabytes, is refused in a line
before memory is taken for it. What a file is told by the descriptor that is read, so nobody exchanges it in between.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surrogate.errors import InputError
from surrogate.kinds import absent
from surrogate.memory_limits import amount, require

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# No record of ours comes near: a manifest of a hundred thousand parts has 28 MB.
LARGEST_RECORD = 64 * 2**20
LARGEST_YAML = 2**20
_MOST_VALUES = 4_000_000
_DEEPEST_YAML = 20
_MOST_YAML_NODES = 20_000
_KINDS = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}
_NPY = b"\x93NUMPY"
_ZIP = b"PK\x03\x04"
# What reads the arrays of others, to be saved as ours.
_FOREIGN = {
    ".csv": "numpy.loadtxt(FILE, delimiter=',')",
    ".txt": "numpy.loadtxt(FILE)",
    ".mat": "scipy.io.loadmat(FILE)[NAME]",
    ".pt": "torch.load(FILE, weights_only=True).numpy()",
    ".pth": "torch.load(FILE, weights_only=True).numpy()",
    ".h5": "h5py.File(FILE)[NAME]",
    ".hdf5": "h5py.File(FILE)[NAME]",
}


@contextmanager
def opened(path: Path, most: int | None = None) -> Iterator[BufferedReader]:
    """Give the regular file at ``path``, open for reading.

    Args:
        path: the file, or a link to one.
        most: bytes that it may have, None: as many as it likes.

    Raises:
        InputError: there is none, it is no regular file, or it is larger.
    """
    try:
        # A pipe without a writer would wait for one.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise InputError(f"{path}: is {_KINDS.get(stat.S_IFMT(status.st_mode), 'no regular file')}; expected a file")
    with os.fdopen(handle, "rb") as file:
        if most is not None and status.st_size > most:
            raise InputError(
                f"{path}: has {amount(status.st_size)}, more than the {amount(most)} that such a file may have"
            )
        yield file


def read_bytes(path: Path, most: int | None = None) -> bytes:
    """Return the content of the regular file at ``path``.

    Args:
        path: the file.
        most: bytes that it may have, None: as many as there is memory for.

    Raises:
        InputError: there is none, it is no regular file, or it is larger.
        SettingsError: there is no memory for it.
    """
    with opened(path, most) as file:
        size = os.fstat(file.fileno()).st_size
        if size > LARGEST_RECORD:
            require(size, str(path), "take a machine with more")
        # A file that grows while it is read is read as long as it was.
        try:
            return file.read(size)
        except OSError as error:
            raise InputError(f"{path}: {error.strerror or error}") from error


def read_text(path: Path, most: int = LARGEST_RECORD) -> str:
    """Return the text of a file in UTF-8.

    Raises:
        InputError: there is no such file, it is larger, or it is not text.
    """
    try:
        return read_bytes(path, most).decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not text in UTF-8") from error


def read_json_bytes(path: Path, most: int = LARGEST_RECORD) -> bytes:
    """Return the content of a JSON file of at most ``most`` bytes and four million values, for whoever parses it.

    Raises:
        InputError: there is no such file, it is larger, or holds more values.
    """
    content = read_bytes(path, most)
    # Two bytes of JSON make an object of sixty.
    if sum(content.count(sign) for sign in (b",", b"[", b"{")) > _MOST_VALUES:
        raise InputError(f"{path}: holds more than {_MOST_VALUES:,} values, more than any record of ours")
    return content


def read_json(path: Path, most: int = LARGEST_RECORD) -> Any:
    """Return what the JSON file holds.

    Raises:
        InputError: there is no such file, it is too large, or it is not JSON.
    """
    return _parsed(read_json_bytes(path, most), str(path))


def read_yaml(path: Path) -> Any:
    """Return what a YAML file holds: mappings, lists and scalars, at most a megabyte and twenty levels of them.

    Anchors, aliases and tags are refused: a few lines of them stand for gigabytes, or for objects.

    Raises:
        InputError: there is no such file, or it is not such YAML.
    """
    import yaml

    text = read_text(path, LARGEST_YAML)
    depth = nodes = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            where = f"{path}: line {event.start_mark.line + 1}" if event.start_mark else str(path)
            if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
                raise InputError(f"{where}: anchors and aliases (& and *) are not read; write the value out")
            if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
                raise InputError(f"{where}: tags (!) are not read; write a plain value")
            nodes += isinstance(event, yaml.NodeEvent)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST_YAML or nodes > _MOST_YAML_NODES:
                most = f"{_DEEPEST_YAML} levels and {_MOST_YAML_NODES:,} values"
                raise InputError(f"{where}: more than {most}, which is more than settings have")
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark is not None else ""
        raise InputError(f"{path}: {line}not YAML ({error.problem or error.context})") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: not YAML ({str(error).splitlines()[0]})") from None


def expect_array(path: Path) -> None:
    """Refuse what does not begin as a .npy file does.

    Raises:
        InputError: there is no such file, or it is something else; the message says how to make one of it.
    """
    if not path.exists():
        raise absent(path, "file")
    with opened(path) as file:
        start = file.read(len(_NPY))
    if start.startswith(_ZIP) and path.suffix != ".pt":
        raise InputError(f"{path}: an archive of several arrays; expected a .npy file of one")
    if start != _NPY:
        makes = f"'{path.stem}.npy', {_FOREIGN.get(path.suffix.lower(), 'array')}"
        raise InputError(f"{path}: not an array in NumPy's .npy format; numpy.save({makes}) makes one")


def read_array(path: Path) -> NDArray[np.generic]:
    """Return the one array of a .npy file, which can hold no objects and so runs no code.

    Raises:
        InputError: there is no such file, it is something else, or holds fewer numbers than it declares.
        SettingsError: there is no memory for it.
    """
    import numpy as np  # here, as the command line prints its help without it

    expect_array(path)
    with opened(path) as file:
        count = _declared(file, path)
        if count > LARGEST_RECORD:
            require(2 * count, str(path), "give it in parts")
        file.seek(0)
        try:
            array: NDArray[np.generic] = np.load(file, allow_pickle=False)
        except (ValueError, EOFError):
            raise InputError(f"{path}: damaged: not the array that its header declares") from None
    return array


def refuse_bomb(file: BufferedReader, path: Path) -> int:
    """Return the size of a file of torch's, if it holds no more than that: its archives are stored, not compressed.

    Raises:
        InputError: it is no archive, or one whose members are compressed or are larger than the file.
    """
    if file.read(len(_ZIP)) != _ZIP:
        raise InputError(f"{path}: not a torch file, as torch.save writes it since version 1.6")
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError) as error:
        raise InputError(f"{path}: not a torch file: a damaged archive ({error})") from None
    finally:
        file.seek(0)
    size = os.fstat(file.fileno()).st_size
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise InputError(f"{path}: an archive whose members are compressed, which torch does not write; refused")
    if (declared := sum(member.file_size for member in members)) > size:
        raise InputError(f"{path}: declares {amount(declared)} and has {amount(size)}; refused")
    return size


def sha256(path: Path) -> str:
    """Return the SHA-256 of the file's bytes, in hexadecimal.

    Raises:
        InputError: there is no such file, or it is no regular one.
    """
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _declared(file: BufferedReader, path: Path) -> int:
    """Return the bytes that the header of a .npy file declares, after they were found to be in the file."""
    import numpy as np
    from numpy.lib import format

    readers = {(1, 0): format.read_array_header_1_0, (2, 0): format.read_array_header_2_0}
    readers[3, 0] = format.read_array_header_2_0  # the same, with names of fields in UTF-8, which we refuse
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            shape, _, kind = readers[format.read_magic(file)](file)
    except Exception:  # NumPy hands the text of a header to Python's parser, which has errors of many kinds
        raise InputError(f"{path}: damaged: its header is not one of NumPy's .npy format") from None
    if kind.hasobject or kind.names or kind.kind not in "biufc":
        raise InputError(f"{path}: holds {np.dtype(kind)}, and is not an array of numbers")
    count = kind.itemsize
    for extent in shape:
        count *= int(extent)
    left = os.fstat(file.fileno()).st_size - file.tell()
    if min(shape, default=0) < 0 or count > left:
        says = f"{' x '.join(map(str, shape))} numbers, {amount(count)}"
        raise InputError(f"{path}: declares {says}, and has {amount(left)} of them")
    return count


def _parsed(content: bytes, where: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: not JSON ({error})") from error
