r"""Which marks are present in bins, as ChromHMM's text files: ``<cell>_<chrom>_binary.txt``, plain or gzip."""

import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from cisgram.arrays import BinCalls
from cisgram.errors import CisgramWarning, EmptySetError, FormatError, InputError
from cisgram.genomics.mark_patterns import NOT_MEASURED, PRESENT, MarkPatterns
from cisgram.io.file_names import require_part_of_name
from cisgram.io.files import about_file
from cisgram.io.packing import read_chunks, require_short_line, write_chunks

_ROWS_AT_ONCE = 100_000


def read_binarised(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], *, bin_size: int = 200
) -> MarkPatterns:
    """Read marks in bins from files, or from all files of a folder with ``_binary`` in their names.

    Files are read one by one, each piece by piece: memory is that of the largest contig (two bytes per bin and mark)
    and 8 bytes per run of bins with the same marks. The marks stand in the order of the first file; those of other
    files are brought into it by name. The order of the contigs is that of the files; of a folder, by name.

    Parameters
    ----------
    paths
        A file, a folder, or several of both.
    bin_size
        Width of a bin in bp, which the files do not tell.

    Raises
    ------
    InputError
        There is no such file or folder, or nothing fit in it.
    FormatError
        A line is not 0, 1 or 2 for each mark; the head is not cell type and contig; a mark or a pair of cell type and
        contig comes twice; or cell types have different numbers of bins on the same contig.
    EmptySetError
        No mark is present anywhere.

    Warns
    -----
    CisgramWarning
        Marks in another order; marks that some files lack, which count as not measured there.
    """
    files = _files(paths)
    heads = [_read_head(file) for file in files]
    _require_unique(files, heads)
    marks = list(dict.fromkeys(mark for _, _, names in heads for mark in names))
    _warn_of_marks(files, heads, marks)
    n_bins = dict[str, tuple[int, Path]]()
    patterns = MarkPatterns.from_calls(marks, _contigs(files, heads, marks, n_bins), bin_size)
    if not (patterns.patterns == PRESENT).any():
        raise EmptySetError(
            "marks", dropped={"bins without any mark": patterns.n_bins}, hint=f"see {files[0]}: were there any reads?"
        )
    return patterns


def write_binarised(
    folder: str | os.PathLike[str],
    cell: str,
    chrom: str,
    marks: Sequence[str],
    calls: BinCalls,
    *,
    is_packed: bool = True,
) -> Path:
    """Write the marks of one contig of one cell type as ChromHMM reads them.

    Parameters
    ----------
    folder
        Where to write; the file is ``<cell>_<chrom>_binary.txt``, with ``.gz`` where it is packed.
    cell, chrom
        Names of cell type and contig.
    marks
        Names of the marks.
    calls
        One row per bin: 0 absent, 1 present, 2 not measured.
    is_packed
        Whether to pack the file.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        Names have tabs or line breaks in them, or there is not one column of 0, 1 and 2 per mark.
    OutputError
        Writing fails.
    """
    if calls.shape[1] != len(marks) or calls.max(initial=0) > NOT_MEASURED:
        raise InputError(f"{cell} {chrom}: one column of 0, 1 or 2 is needed for each of {', '.join(marks)}")
    if any(not name or set(name) & set("\t\n\r/") for name in (cell, chrom)) or any(
        not name or set(name) & set("\t\n\r") for name in marks
    ):
        raise InputError("names of cell types, contigs and marks must not have tabs, line breaks or slashes in them")
    path = Path(folder) / f"{cell}_{chrom}_binary.txt{'.gz' if is_packed else ''}"
    write_chunks(path, _text(cell, chrom, marks, calls))
    return path


def _text(cell: str, chrom: str, marks: Sequence[str], calls: np.ndarray) -> Iterator[bytes]:
    """The content of a file, piece by piece."""
    yield f"{cell}\t{chrom}\n{chr(9).join(marks)}\n".encode()
    for start in range(0, len(calls), _ROWS_AT_ONCE):
        part = calls[start : start + _ROWS_AT_ONCE]
        text = np.full((len(part), 2 * len(marks)), ord("\t"), np.uint8)
        text[:, ::2] = part + ord("0")
        text[:, -1] = ord("\n")
        yield text.tobytes()


_Head = tuple[str, str, tuple[str, ...]]
"""Cell type, contig, marks."""


def _files(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[Path]:
    """All files that are meant."""
    files = list[Path]()
    for given in [paths] if isinstance(paths, str | os.PathLike) else paths:
        path = Path(given).expanduser()
        if path.is_dir():
            found = sorted(file for file in path.iterdir() if "_binary" in file.name and not file.name.startswith("."))
            if not found:
                raise InputError(f"{path} has no files with '_binary' in their names, such as K562_chr1_binary.txt.gz")
            files += found
        else:
            files.append(path)
    if not files:
        raise InputError("no files of marks in bins were given")
    return files


def _read_head(file: Path) -> _Head:
    """Cell type, contig and marks of a file."""
    head = b""
    for chunk in read_chunks(file, "marks in bins", chunk_bytes=1 << 16):
        head += chunk
        require_short_line(file, head, longest=1 << 22)
        if head.count(b"\n") >= 2:
            break
    lines = [line.rstrip("\r") for line in head.decode("utf-8", "replace").split("\n")[:2]]
    names = [name.strip() for name in lines[0].split("\t")]
    if len(names) != 2 or not all(names):
        raise FormatError(
            file, f"the first line must be cell type and contig with a tab; got {lines[0][:60]!r}", line=1
        )
    with about_file(file, line=1):
        for what, name in zip(("a cell type", "a contig"), names, strict=True):
            require_part_of_name(name, what)
    marks = [name.strip() for name in lines[1].split("\t")] if len(lines) > 1 else []
    if not marks or not all(marks):
        raise FormatError(file, "the second line must name the marks, with tabs", line=2)
    if len(set(marks)) < len(marks):
        twice = next(mark for mark in marks if marks.count(mark) > 1)
        raise FormatError(file, f"every mark must come once; {twice} comes twice", line=2)
    return names[0], names[1], tuple(marks)


def _require_unique(files: list[Path], heads: list[_Head]) -> None:
    """Refuse two files of the same contig of the same cell type."""
    seen = dict[tuple[str, str], Path]()
    for file, (cell, chrom, _) in zip(files, heads, strict=True):
        if (cell, chrom) in seen:
            raise FormatError(
                file, f"{cell} {chrom} came before, in {seen[cell, chrom]}; leave one of them out", line=1
            )
        seen[cell, chrom] = file


def _warn_of_marks(files: list[Path], heads: list[_Head], marks: list[str]) -> None:
    """Say where marks stand in another order, and where some are missing."""
    remarks = []
    lacking = {mark: sorted({cell for cell, _, names in heads if mark not in names}) for mark in marks}
    for mark, cells in lacking.items():
        if cells:
            more = f" and {len(cells) - 4} more" if len(cells) > 4 else ""
            remarks.append(f"{mark} is missing in {', '.join(cells[:4])}{more} and counts as not measured there")
    reordered = [
        file
        for file, (_, _, names) in zip(files, heads, strict=True)
        if list(names) != [mark for mark in marks if mark in names]
    ]
    if reordered:
        remarks.append(f"{len(reordered)} files have their marks in another order ({reordered[0].name}); names decide")
    if remarks:
        warnings.warn("marks in bins: " + "; ".join(remarks), CisgramWarning, stacklevel=3)


def _contigs(
    files: list[Path], heads: list[_Head], marks: list[str], n_bins: dict[str, tuple[int, Path]]
) -> Iterator[tuple[tuple[str, str], np.ndarray]]:
    """The calls of one file after the other, marks in order."""
    for file, (cell, chrom, names) in zip(files, heads, strict=True):
        own = _read_calls(file, names)
        n, other = n_bins.setdefault(chrom, (len(own), file))
        if n != len(own):
            raise FormatError(
                file,
                f"{len(own)} bins on {chrom}, and {n} in {other}; cell types must have the same bins: make both files "
                "with the same bin size and contig lengths",
            )
        if names == tuple(marks):
            yield (cell, chrom), own
            continue
        calls = np.full((len(own), len(marks)), NOT_MEASURED, np.uint8)
        calls[:, [marks.index(name) for name in names]] = own
        yield (cell, chrom), calls


def _read_calls(file: Path, names: tuple[str, ...]) -> np.ndarray:
    """What stands below the two lines of the head."""
    rest, line, parts = b"", 1, list[np.ndarray]()
    for chunk in read_chunks(file, "marks in bins"):
        block = rest + chunk
        for _ in range(max(0, 3 - line)):  # the head, which may reach over two pieces
            _, newline, after = block.partition(b"\n")
            if newline:
                block, line = after, line + 1
        end = block.rfind(b"\n") + 1 if line == 3 or parts else 0
        rest = block[end:]
        if end:
            parts.append(_values(file, block[:end], len(names), 3 + sum(map(len, parts))))
    if rest.strip() and line == 3:
        parts.append(_values(file, rest + b"\n", len(names), 3 + sum(map(len, parts))))
    if not sum(map(len, parts)):
        raise FormatError(file, "there are no bins below the names of the marks")
    return np.concatenate(parts)


def _values(file: Path, block: bytes, n_marks: int, line: int) -> np.ndarray:
    """Whole lines as numbers; ``line`` is the number of the first."""
    text = np.frombuffer(block, np.uint8)
    if len(text) % (2 * n_marks) == 0:  # as a rule: one digit and one separator for each value
        pairs = text.reshape(-1, 2 * n_marks)
        values, between = pairs[:, ::2] - ord("0"), pairs[:, 1::2]
        if (values <= NOT_MEASURED).all() and (between[:, :-1] == 9).all() and (between[:, -1] == 10).all():
            return values
    rows = []
    for number, words in enumerate(block.decode("utf-8", "replace").rstrip("\n").split("\n"), start=line):
        row = words.split()
        if len(row) != n_marks or any(word not in ("0", "1", "2") for word in row):
            wrong = next((word for word in row if word not in ("0", "1", "2")), None)
            came = f"{wrong!r}" if wrong is not None else f"{len(row)} values"
            raise FormatError(
                file, f"a line must have 0, 1 or 2 (not measured) for each of {n_marks} marks; got {came}", line=number
            )
        rows.append(row)
    return np.array(rows, dtype=np.uint8)
