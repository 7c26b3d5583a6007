"""Called marks as a folder that ChromHMM and ``cisgram states learn`` read, with how each call came about."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

import cisgram
from cisgram.chromatin.binarize import BinarizeConfig
from cisgram.chromatin.mark_files import CALL_COLUMNS, CellCalls, ReadingConfig
from cisgram.errors import EmptySetError, RunFolderError
from cisgram.io.chromhmm.binarised import write_binarised
from cisgram.io.chromhmm.file_table import MarkFile
from cisgram.io.files import sha256_of, write_json_atomic
from cisgram.io.tables import write_table

SUMMARY_NAME, RECORD_NAME = "binarize.tsv", "binarize.json"
"""Files beside the calls: one row per cell type and mark, and settings, hashes of all inputs and thresholds."""


class BinaryFolder(NamedTuple):
    """What was written."""

    files: tuple[Path, ...]
    """One per cell type and contig."""
    summary: pd.DataFrame
    """One row per cell type and mark, :data:`cisgram.chromatin.mark_files.CALL_COLUMNS`."""


def write_binary_folder(
    folder: Path, cells: Iterable[CellCalls], *, config: BinarizeConfig, record: Mapping[str, Any]
) -> BinaryFolder:
    """Write calls, cell type by cell type as they come.

    Parameters
    ----------
    folder
        Made if it is missing; what an earlier call of this function wrote there is removed.
    cells
        From :func:`cisgram.chromatin.mark_files.binarize_files`.
    config
        How they were called.
    record
        What else ``binarize.json`` says, such as :func:`inputs_record`.

    Returns
    -------
    BinaryFolder
        Files named ``CELL_CONTIG_binary.txt.gz``, as ChromHMM has them.

    Raises
    ------
    EmptySetError
        There are no cell types.
    RunFolderError
        The folder holds calls of another origin, which learning would mix with these.
    OutputError
        Where writing fails.
    """
    _clear(folder)
    files, summaries, thresholds = [], [], []
    for cell in cells:
        files += [write_binarised(folder, *place, cell.marks, calls) for place, calls in cell.contigs()]
        summaries.append(cell.summary)
        thresholds += [
            {"cell": cell.cell, "mark": mark, "thresholds": {str(sum_): n for sum_, n in calls.thresholds.items()}}
            for mark, calls in cell.calls.items()
        ]
    if not summaries:
        raise EmptySetError("cell types", dropped={}, hint="give files of at least one")
    summary = pd.concat(summaries, ignore_index=True)[list(CALL_COLUMNS)]
    write_table(folder / SUMMARY_NAME, summary, provenance={"cisgram": cisgram.__version__})
    record = {"cisgram": cisgram.__version__, "binarize": asdict(config), **record, "thresholds": thresholds}
    write_json_atomic(folder / RECORD_NAME, record | {"files": sorted(path.name for path in files)})
    return BinaryFolder(tuple(files), summary)


def inputs_record(table: Path, files: Sequence[MarkFile], *, sizes: Path, reading: ReadingConfig) -> dict[str, Any]:
    """What went in: the table, contig lengths and every file of reads, with their SHA-256, and how reads were placed.

    Raises
    ------
    InputError
        A file cannot be read.
    """
    paths = dict.fromkeys(path for file in files for path in (file.path, file.control) if path is not None)
    hashes = {str(path): sha256_of(path) for path in (table, sizes, *paths)}
    rows = [{"cell": one.cell, "mark": one.mark, "file": str(one.path), "control": one.control} for one in files]
    return {
        "table": str(table),
        "chrom_sizes": str(sizes),
        "reading": asdict(reading),
        "inputs": rows,
        "sha256": hashes,
    }


def _clear(folder: Path) -> None:
    """Remove what an earlier call wrote, and refuse a folder with calls that we know nothing about."""
    record, own = folder / RECORD_NAME, []
    if record.is_file():
        try:
            own = [str(name) for name in json.loads(record.read_text(encoding="utf-8"))["files"]]
        except (ValueError, KeyError, TypeError):
            own = []
    found = [path for path in sorted(folder.glob("*_binary*")) if path.is_file()] if folder.is_dir() else []
    if foreign := [path for path in found if path.name not in own]:
        raise RunFolderError(
            f"{folder} holds {foreign[0].name}, which this command did not write; learning would mix it with the new "
            "calls: choose a new folder or empty this one"
        )
    for path in found:
        path.unlink()
    record.unlink(missing_ok=True)
