"""What the verbs on states read: segmentations of one model, sets of intervals, anchors, models."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from cisgram.genomics.segmentation import Segmentation
    from cisgram.genomics.state_model import StateModel


def read_cells(paths: Sequence[Path], *, bin_size: int, n_states: int | None = None) -> "list[Segmentation]":
    """Segmentations by the states of one model: as many states as the model, or any of the files, has."""
    from dataclasses import replace

    from cisgram.errors import InputError
    from cisgram.io.chromhmm.segments import read_segments

    read = [read_segments(path, bin_size=bin_size) for path in paths]
    most = max(one.n_states for one in read)
    if n_states is not None and most > n_states:
        raise InputError(f"the segments have states up to {most}, the model has {n_states}; are they of this model?")
    most = n_states or most
    names = {number: name for one in read for number, name in enumerate(one.names) if name != str(number + 1)}
    shared = tuple(names.get(number, str(number + 1)) for number in range(most))
    cells = [one.cell for one in read]
    labels = cells if len(set(cells)) == len(cells) else [path.name.partition(".")[0] for path in paths]
    return [replace(one, cell=label, n_states=most, names=shared) for one, label in zip(read, labels, strict=True)]


def read_sets(paths: Sequence[Path]) -> "dict[str, pd.DataFrame]":
    """Sets of intervals by the names of their files; a folder stands for all files in it."""
    from cisgram.errors import InputError
    from cisgram.io.tables import read_intervals

    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            found = sorted(one for one in path.iterdir() if one.is_file() and not one.name.startswith("."))
            if not found:
                raise InputError(f"{path} has no files; --sets takes BED files or folders of them")
            files += found
        else:
            files.append(path)
    names = [path.name for path in files]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"sets are called by the names of their files; {twice} was given twice")
    columns = ["chrom", "start", "end"]
    return {path.name: read_intervals(path)[columns] for path in files}


def is_model(path: Path) -> bool:
    """Whether a file is a ``model_N.txt``, and not segments."""
    from cisgram.io.packing import read_bytes

    first = read_bytes(path, "a model or segments")[:200].decode("utf-8", "replace").split("\n")[0].split()
    return len(first) >= 3 and first[0].isdecimal() and first[1].isdecimal() and first[2] in ("E", "T", "U")


def read_models(paths: Sequence[Path]) -> "dict[str, StateModel]":
    """Models by the names of their files, with the folder where names come twice."""
    from cisgram.io.chromhmm.model import read_state_model

    stems = [path.name.partition(".")[0] for path in paths]
    names = stems if len(set(stems)) == len(stems) else [str(path) for path in paths]
    return {name: read_state_model(path) for name, path in zip(names, paths, strict=True)}
