"""The table that says which file holds which mark of which cell type (ChromHMM's cellmarkfiletable)."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cisgram.errors import FormatError, InputError
from cisgram.io.files import require_file, write_text_atomic
from cisgram.io.packing import read_bytes
from cisgram.io.tables.columns import require_cells

_NAME = re.compile(r"[^\s/\\]+")


class MarkFile(NamedTuple):
    """One file of one mark in one cell type."""

    cell: str
    mark: str
    path: Path
    control: Path | None = None
    """Reads of the control (input, IgG) that it is compared with."""


def read_mark_files(
    path: str | os.PathLike[str], *, folder: str | os.PathLike[str] | None = None
) -> tuple[MarkFile, ...]:
    r"""Read a table of cell type, mark, file and, perhaps, file of the control.

    Parameters
    ----------
    path
        Three or four columns, separated by tabs. A pair of cell type and mark may have several rows: replicates, whose
        reads are added up. Empty lines and those that begin with ``#`` are passed over.
    folder
        Where relative names of files begin; the folder of the table, if it is not given.

    Returns
    -------
    tuple of MarkFile
        In the order of the table; every file is there.

    Raises
    ------
    InputError, FormatError
        With the line: a row has too few or too many columns, a name is empty or cannot be part of a file name, a file
        is missing, or comes twice for one mark of a cell type.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.bed").write_text("chr1\t0\t50\t.\t0\t+\n")
    >>> _ = (folder / "marks.tsv").write_text("K562\tH3K4me3\ta.bed\n")
    >>> [(one.cell, one.mark, one.path.name, one.control) for one in read_mark_files(folder / "marks.tsv")]
    [('K562', 'H3K4me3', 'a.bed', None)]
    """
    table = Path(path).expanduser()
    start = table.parent if folder is None else Path(folder)
    try:
        text = read_bytes(table, "table of marks").decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(path, "a table of marks must be text in UTF-8: cell type, mark, file") from error
    files: list[MarkFile] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            file = _mark_file(table, line, number, start)
            if any(file[:3] == earlier[:3] for earlier in files):
                text = f"{file.path.name} comes twice for {file.mark} of {file.cell}; its reads would count twice"
                raise FormatError(path, text, line=number)
            files.append(file)
    if not files:
        raise FormatError(path, "this table has no row; cell type, mark and file, separated by tabs, are expected")
    return tuple(files)


def write_mark_files(path: str | os.PathLike[str], files: Sequence[MarkFile]) -> None:
    """Write a table of marks; names of files inside its folder become relative to it.

    Raises
    ------
    InputError
        Where a name has a tab or a line break in it.
    OutputError
        Where writing fails.
    """
    folder = Path(path).parent
    rows = []
    for file in files:
        places = [file.path] if file.control is None else [file.path, file.control]
        relative = [str(one.relative_to(folder) if one.is_relative_to(folder) else one) for one in places]
        rows.append([file.cell, file.mark, *relative])
        require_cells("table of marks", rows[-1])
    write_text_atomic(path, "".join("\t".join(row) + "\n" for row in rows))


def _mark_file(table: Path, line: str, number: int, start: Path) -> MarkFile:
    """One row of the table, checked."""
    cells = [cell.strip() for cell in line.rstrip("\r\n").split("\t")]
    while len(cells) > 3 and not cells[-1]:
        cells.pop()
    if not 3 <= len(cells) <= 4:
        raise FormatError(
            table,
            "a row needs cell type, mark, file and perhaps the file of the control, separated by tabs; "
            f"got {len(cells)} columns: {line[:80]!r}",
            line=number,
        )
    for what, name in zip(("cell type", "mark"), cells, strict=False):
        if not _NAME.fullmatch(name):
            raise FormatError(table, f"the {what} must be a name without blanks or slashes; got {name!r}", line=number)
    if not all(cells[2:]):
        raise FormatError(table, "the name of a file is empty", line=number)
    try:
        paths = [require_file(start / Path(cell).expanduser(), "reads of a mark") for cell in cells[2:]]
    except InputError as error:
        raise FormatError(table, str(error), line=number) from error
    return MarkFile(cells[0], cells[1], paths[0], paths[1] if len(paths) > 1 else None)
