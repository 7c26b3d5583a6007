"""A simulation on disk: a folder that becomes ours, files that are all there, a truth that says what was asked for."""

import json
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

import cisgram
from cisgram.errors import FormatError, InputError, RunFolderError
from cisgram.io.files import require_file


@runtime_checkable
class HasTruth(Protocol):
    """The files of a simulation, of which one says what was asked for."""

    @property
    def truth(self) -> Path:
        """``truth.json``."""
        ...


_Files = TypeVar("_Files", bound=HasTruth)

TEMPORARY = ".bases-"
"""What the names of temporary folders inside a simulation begin with."""

_UNFINISHED = ".partial-"
"""What the names of files begin with that a killed process was writing (:func:`cisgram.io.files.atomic_path`)."""

_SETTINGS = "config.toml"
"""Settings of a run, which are written beside a simulation that is complete."""


def paths_of(files: object) -> Iterator[Path]:
    """Every file of a simulation, in the order of the fields that name them, ``truth`` last.

    Parameters
    ----------
    files
        Dataclass whose fields are paths, dataclasses of such fields, or mappings and tuples of either; what else its
        fields hold is no file. ``folder`` is the place of all of them, and left out.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Files:
    ...     folder: Path
    ...     truth: Path
    ...     reads: tuple[Path, ...]
    >>> [str(path) for path in paths_of(Files(Path("a"), Path("a/truth.json"), (Path("a/1.bam"), Path("a/2.bam"))))]
    ['a/1.bam', 'a/2.bam', 'a/truth.json']
    """
    if isinstance(files, Path):
        yield files
    elif isinstance(files, Mapping | tuple):
        for value in files.values() if isinstance(files, Mapping) else files:
            yield from paths_of(value)
    elif is_dataclass(files):
        names = [field.name for field in fields(files) if field.name != "folder"]
        for name in sorted(names, key=lambda name: name == "truth"):
            yield from paths_of(getattr(files, name))


def claim_folder(folder: Path, *, paths: Collection[Path], truth: Path) -> None:
    """Make a folder ours: new, empty, or with an earlier simulation, which is not complete from here on.

    Parameters
    ----------
    folder
        Made if it is missing.
    paths
        The files that will be written.
    truth
        The one of them that is written last; where it is, the folder holds a simulation of ours. It is removed.

    Raises
    ------
    RunFolderError
        Where the folder holds other files and no truth. What a killed simulation left is its own: files that are
        whole are written again, others are removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.glob(f"{TEMPORARY}*"):
        shutil.rmtree(leftover)
    there = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    unfinished = [path for path in there if path.name.startswith(_UNFINISHED)]
    ours = {*paths, *unfinished}
    if ours.intersection(there):
        ours.add(folder / _SETTINGS)
    foreign = [path for path in there if path not in ours]
    if foreign and not truth.exists():
        raise RunFolderError(
            f"{folder} holds {foreign[0].relative_to(folder)} and no {truth.name}, so it is no simulation; "
            "choose a new folder or empty this one"
        )
    for leftover in unfinished:
        leftover.unlink()
    truth.unlink(missing_ok=True)


def require_whole(folder: Path, paths: Iterable[Path]) -> None:
    """Refuse a simulation that lacks files.

    Raises
    ------
    RunFolderError
        Naming those that are missing.
    """
    if missing := [str(path.relative_to(folder)) for path in paths if not path.is_file()]:
        raise RunFolderError(f"the simulation in {folder} lacks {', '.join(missing)}; simulate it again")


def read_truth_of(path: Path, *, kind: str, version: int) -> dict[str, Any]:
    """Read a ``truth.json`` of one kind of simulation.

    Parameters
    ----------
    path
        The file.
    kind
        What its ``format`` must say, e.g. ``cisgram simulated cell``.
    version
        What its ``version`` must be.

    Raises
    ------
    InputError
        Where there is no such file.
    FormatError
        Where it is no JSON, or the truth of something else or of another version.
    """
    text = require_file(path, "truth of a simulation").read_bytes()
    try:
        truth = json.loads(text)
    except ValueError as error:
        raise FormatError(path, f"this is no JSON ({error})") from error
    if not isinstance(truth, dict) or (truth.get("format"), truth.get("version")) != (kind, version):
        raise FormatError(path, f"this is not the truth of a {kind!r} in version {version}")
    return truth


def is_truth_of(truth: Mapping[str, Any], described: Mapping[str, Any]) -> bool:
    """Whether a truth is of these settings, grammar and so on, and of this version of cisgram.

    Parameters
    ----------
    truth
        As it was read.
    described
        What it must say, by key; values that JSON can hold, or tuples, which are lists there.
    """
    wanted = {"cisgram": cisgram.__version__, **described}
    return json.loads(json.dumps(wanted)) == {key: truth.get(key) for key in wanted}


def earlier_simulation(
    load: Callable[[Path], _Files],
    read_truth: Callable[[Path], Mapping[str, Any]],
    folder: Path,
    *,
    described: Mapping[str, Any],
) -> _Files | None:
    """The files of a simulation, if they lie in a folder already, complete, and of what is asked for.

    Parameters
    ----------
    load, read_truth
        Find the files of such a simulation in a folder, and read what its ``truth.json`` says.
    folder
        The folder.
    described
        As for :func:`is_truth_of`.

    Returns
    -------
    HasTruth or None
        None where there is no simulation, or an incomplete one, or one of other settings or another version.
    """
    try:
        files = load(Path(folder))
        truth = read_truth(files.truth)
    except InputError:
        return None
    return files if is_truth_of(truth, described) else None
