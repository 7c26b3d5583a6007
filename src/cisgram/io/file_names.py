"""Names that a file may have on every system, and texts made into such names.

Other systems are stricter than Linux: Windows keeps the names of devices (``con``, ``aux.txt``) for itself, takes off
a dot at the end and knows no ``:``; it and macOS take ``Oct4`` and ``oct4`` for the same file. A run folder that was
written anywhere must open everywhere, and a name from a settings file must never lead out of the folder.
"""

import re
from collections.abc import Iterable

from cisgram.errors import InputError

LONGEST = 120
"""Bytes of a name in UTF-8; file systems end at 255, and endings are added."""
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}


def require_file_name(name: str, what: str) -> None:
    """Make sure that a name that somebody chose can stand in the name of a file.

    Parameters
    ----------
    name
        The name.
    what
        What it is the name of, for the message.

    Raises
    ------
    InputError
        Where it is empty, too long, has other signs than letters, digits, ``-``, ``_`` and ``.``, begins or ends
        with a dot, begins with ``-``, or is a device on Windows.

    Examples
    --------
    >>> require_file_name("Oct4.rep-1", "a track")
    >>> require_file_name("../Oct4", "a track")
    Traceback (most recent call last):
    cisgram.errors.InputError: a track's name is made of letters, digits, '-', '_' and '.'; got '../Oct4'
    """
    if not name or not all(letter.isalnum() or letter in "-_." for letter in name):
        raise InputError(f"{what}'s name is made of letters, digits, '-', '_' and '.'; got {name!r}")
    if name[0] in ".-" or name[-1] == ".":
        raise InputError(f"{what}'s name begins with a letter, a digit or '_' and does not end in '.'; got {name!r}")
    if (n_bytes := len(name.encode())) > LONGEST:
        raise InputError(f"{what}'s name has at most {LONGEST} bytes in UTF-8; got {n_bytes}: {name[:40]}...")
    if _is_device(name):
        raise InputError(f"{what} cannot be called {name!r}, which is a device on Windows; give it another name")


def require_part_of_name(name: str, what: str) -> None:
    """Make sure that somebody else's name, of a cell type say, can stand inside the name of a file as it is.

    Blanks and most signs may: such names are what people know their cells by.

    Parameters
    ----------
    name
        The name; empty where there is none.
    what
        What it is the name of, for the message.

    Raises
    ------
    InputError
        Where it has slashes or control characters in it, or is too long.

    Examples
    --------
    >>> require_part_of_name("CD4 T (naive)", "a group")
    >>> require_part_of_name("B/../../NK", "a group")
    Traceback (most recent call last):
    cisgram.errors.InputError: a group's name becomes part of a file's name and has no slash in it; got 'B/../../NK'
    """
    if set(name) & set("/\\"):
        raise InputError(f"{what}'s name becomes part of a file's name and has no slash in it; got {name!r}")
    if name and not name.isprintable():
        raise InputError(f"{what}'s name becomes part of a file's name and has no control characters; got {name!r}")
    if (n_bytes := len(name.encode(errors="replace"))) > LONGEST:
        raise InputError(f"{what}'s name has at most {LONGEST} bytes in UTF-8; got {n_bytes}: {name[:40]}...")


def require_distinct_files(names: Iterable[str], what: str) -> None:
    """Make sure that names stay different where capital letters do not count.

    Parameters
    ----------
    names
        The names; equal ones are for others to refuse.
    what
        What they are the names of, in the plural.

    Raises
    ------
    InputError
        Where two differ in capital letters alone.
    """
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            raise InputError(
                f"{what} {other!r} and {name!r} differ in capital letters alone: their files would be one on Windows "
                "and macOS; rename one"
            )


def file_name_from(text: str, *, otherwise: str = "unnamed") -> str:
    """Make any text a name that a file may have; different texts may become the same name.

    Parameters
    ----------
    text
        A gene, a variant, a locus, a track of somebody else's table.
    otherwise
        The name where nothing of the text can stay.

    Returns
    -------
    str
        With letters, digits, ``-``, ``+``, ``_`` and ``.``; every stretch of other signs is one ``_``.

    Examples
    --------
    >>> file_name_from("chrIV:1,200-1,400"), file_name_from("../../etc"), file_name_from("CON")
    ('chrIV_1_200-1_400', 'etc', 'CON_')
    """
    plain = re.sub(r"[^\w.+-]+", "_", text).lstrip("_.-").rstrip("_.")
    plain = plain.encode()[:LONGEST].decode(errors="ignore").rstrip("_.") or otherwise
    return f"{plain}_" if _is_device(plain) else plain


def _is_device(name: str) -> bool:
    """Whether Windows keeps a name for a device, with any ending."""
    return name.split(".")[0].casefold() in _DEVICES
