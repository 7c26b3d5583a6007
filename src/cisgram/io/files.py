"""Files as such: is it there, what is its hash; and results that appear complete or not at all."""

import errno
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from cisgram.errors import FormatError, InputError, OutputError, not_text

_LONGEST_SHOWN = 300
"""Letters of a name in a message, which may be too long to be one."""
_REMEDIES = {
    errno.ENOSPC: "free some space or choose another disk",
    errno.EDQUOT: "your quota is used up: free some space or choose another disk",
    errno.EACCES: "choose a folder that you may write to",
    errno.EPERM: "choose a folder that you may write to",
    errno.EROFS: "choose a folder that you may write to",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.EEXIST: "a part of the path is a file, not a folder",
}


@contextmanager
def about_file(path: str | os.PathLike[str], *, line: int | None = None) -> Iterator[None]:
    """What is wrong with values that were read from a file is told as an error of that file.

    Parameters
    ----------
    path
        The file.
    line
        The line that they come from, counted from 1.

    Raises
    ------
    FormatError
        In the place of an :class:`~cisgram.errors.InputError` that is none yet.

    Examples
    --------
    >>> with about_file("a.tsv", line=3):
    ...     raise InputError("every track needs a name")
    Traceback (most recent call last):
    ...
    cisgram.errors.FormatError: a.tsv, line 3: every track needs a name
    """
    try:
        yield
    except FormatError:
        raise
    except InputError as error:
        raise FormatError(path, str(error), line=line) from error


def require_file(path: str | os.PathLike[str], what: str) -> Path:
    """Make sure that an input is a file with something in it.

    Parameters
    ----------
    path
        Where it should be; ``~`` is the home folder.
    what
        What it is, for the message: ``"genome"``, ``"peaks"``.

    Raises
    ------
    InputError
        Where there is nothing, or something that is not a plain readable file.
    FormatError
        Where the file is empty.
    """
    file = Path(path).expanduser()
    try:
        file.stat()
    except (OSError, ValueError) as error:
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            shown = str(file) if len(str(file)) <= _LONGEST_SHOWN else f"{str(file)[:_LONGEST_SHOWN]}..."
            raise InputError(
                f"{what}: {shown!r} is no file that can be read ({getattr(error, 'strerror', error)})"
            ) from error
    if file.is_dir():
        raise InputError(f"{what}: {file} is a folder; give the file itself")
    if not file.exists():
        if file.is_symlink():
            raise InputError(f"{what}: {file} is a link to {file.readlink()}, where there is nothing; mend the link")
        raise InputError(f"{what}: there is no file {file}{_similar_names(file)}")
    if not file.is_file():
        raise InputError(f"{what}: {file} is a pipe or a device; save it as a file first, it is read more than once")
    if not os.access(file, os.R_OK):
        raise InputError(f"{what}: {file} may not be read; change its permissions (chmod +r)")
    if file.stat().st_size == 0:
        raise FormatError(file, f"the file is empty (0 bytes); {what} expected")
    return file


def sha256_of(path: str | os.PathLike[str]) -> str:
    """The SHA-256 of a file as it lies on disk (packed, if it is packed), in hex."""
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path} cannot be read for its hash: {error.strerror or error}") from error


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Lend a temporary path to write to, which becomes ``path`` when the block ends without an error.

    The file appears complete or not at all, and an older one stays until then. The temporary file lies in the same
    folder and ends in the same name, so that writers who look at the suffix see the right one; it is removed when
    the block fails. A missing folder is made.

    Parameters
    ----------
    path
        The file to write.

    Raises
    ------
    OutputError
        Where writing fails (disk full, no permission, a folder of that name). Errors about other files pass through.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with atomic_path(Path(folder) / "a.txt") as temporary:
    ...         written = temporary.write_text("done")
    ...     (Path(folder) / "a.txt").read_text()
    'done'
    """
    target = Path(path)
    temporary = target.with_name(f".partial-{secrets.token_hex(4)}-{target.name}")
    try:
        if target.is_dir():
            raise OutputError(f"{target} cannot be written: it is a folder; remove it or choose another name")
        target.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        _to_disk(temporary)
        temporary.replace(target)
        _folder_to_disk(target.parent)
    except OSError as error:
        if isinstance(error, OutputError) or _is_about_another_file(error, temporary, target):
            raise
        raise _output_error(target, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_text_atomic(path: str | os.PathLike[str], text: str) -> None:
    r"""Write a text file (UTF-8, lines end in ``\n``), complete or not at all; see :func:`atomic_path`.

    Raises
    ------
    InputError
        Where the text has a piece in it that is no UTF-8: Python keeps the bytes of such names of files as halves of
        letters, which no text file can hold.
    """
    try:
        content = text.encode()
    except UnicodeEncodeError as error:
        raise InputError(not_text(error)) from error
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def write_json_atomic(path: str | os.PathLike[str], value: object) -> None:
    """Write a JSON file, complete or not at all; see :func:`json_text` and :func:`atomic_path`."""
    write_text_atomic(path, json_text(value, path=path))


def json_text(value: object, *, path: str | os.PathLike[str]) -> str:
    """What a JSON file of ours says; NumPy numbers and arrays and paths are written as plain ones.

    Parameters
    ----------
    value
        What is to be written.
    path
        The file, for messages.

    Raises
    ------
    InputError
        Where something has no place in JSON, NaN and infinity among it: write ``None``.

    Examples
    --------
    >>> print(json_text({"a": np.float32(0.5)}, path="a.json"), end="")
    {
      "a": 0.5
    }
    """
    try:
        return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False, default=_plain) + "\n"
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}: this cannot be written as JSON ({error}); NaN and infinity become None") from error


def _similar_names(file: Path) -> str:
    """A hint at files of a similar name in the same folder."""
    if not file.parent.is_dir():
        return f" (nor a folder {file.parent})"
    near = get_close_matches(file.name, [other.name for other in file.parent.iterdir()], n=3)
    return f" (but {', '.join(near)})" if near else ""


def _to_disk(temporary: Path) -> None:
    """Have the operating system put a written file on the disk, so that a rename never shows an empty one."""
    if not temporary.exists():
        raise OutputError(f"nothing was written to {temporary}")
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())


def _folder_to_disk(folder: Path) -> None:
    """The same for the rename itself, where the system knows how; the content is safe in any case."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _is_about_another_file(error: OSError, temporary: Path, target: Path) -> bool:
    """Whether an error names a file that is not ours, such as an input that went missing while we wrote."""
    if error.filename is None:
        return False
    ours = {str(temporary), str(target), *map(str, target.parents)}
    return os.fspath(error.filename) not in ours


def _output_error(target: Path, error: OSError) -> OutputError:
    """The same error, naming the file that was to be written."""
    remedy = _REMEDIES.get(error.errno or 0, "check the disk and the name")
    renamed = OutputError(f"{target} cannot be written: {error.strerror or error}; {remedy}")
    renamed.errno = error.errno
    return renamed


def _plain(value: object) -> object:
    """What JSON does not know as what it knows."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")
