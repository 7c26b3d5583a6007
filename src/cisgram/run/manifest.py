"""What a run was made of: versions, machine, hashes of all that went in and came out, and the state of every step."""

import hashlib
import json
import os
import platform
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from cisgram import __version__
from cisgram.errors import RunFolderError
from cisgram.io.files import sha256_of, write_json_atomic

FORMAT = 1
PACKAGES = (
    "torch",
    "lightning-fabric",
    "tangermeme",
    "modisco-lite",
    "numpy",
    "scipy",
    "pandas",
    "numba",
    "pybigtools",
    "pysam",
)

State = Literal["running", "done", "failed"]


@dataclass
class StepRecord:
    """What is known of one step of a run."""

    state: State
    """``running`` after a kill too: the step is then done again or resumed."""
    key: str
    """Hash of everything that the step depends on."""
    started: str = ""
    """UTC, ISO 8601."""
    seconds: float = 0.0
    """Wall time of the last attempt."""
    outputs: dict[str, str] = field(default_factory=dict)
    """Files relative to the run folder, with their sha256."""
    notes: dict[str, Any] = field(default_factory=dict)
    """What the step has to say for the report."""


@dataclass
class FileRecord:
    """An input file as it was when it was last hashed."""

    path: str
    sha256: str
    n_bytes: int
    modified_ns: int


class Manifest:
    """The file ``manifest.json`` of a run folder; every change is written at once and atomically.

    Parameters
    ----------
    path
        Where the file is or will be.

    Raises
    ------
    RunFolderError
        Where the file is there and is not a manifest that this version can read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.inputs: dict[str, FileRecord] = {}
        self.steps: dict[str, StepRecord] = {}
        self.about: dict[str, Any] = {}
        if path.exists():
            self._read()

    def _read(self) -> None:
        try:
            values = json.loads(self.path.read_text(encoding="utf-8"))
            if values["format"] != FORMAT:
                raise RunFolderError(
                    f"{self.path} has format {values['format']}, this version of cisgram reads {FORMAT}; "
                    "read it with the version that wrote it, or start a new run folder"
                )
            self.about = values["about"]
            self.inputs = {name: FileRecord(**one) for name, one in values["inputs"].items()}
            self.steps = {name: StepRecord(**one) for name, one in values["steps"].items()}
        except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
            raise RunFolderError(f"{self.path} is not a cisgram manifest ({error}); move the folder away") from error

    def write(self) -> None:
        """Write the file aside and rename it."""
        write_json_atomic(
            self.path,
            {
                "format": FORMAT,
                "about": self.about,
                "inputs": {name: vars(one) for name, one in sorted(self.inputs.items())},
                "steps": {name: vars(one) for name, one in self.steps.items()},
            },
        )

    def describe(self, *, command: list[str], seed: int, data_folder: Path | None) -> None:
        """Note who runs this, with what and where."""
        self.about = {
            "cisgram": __version__,
            "command": command,
            "seed": seed,
            "data_folder": str(data_folder) if data_folder else "",
            "python": platform.python_version(),
            "system": platform.platform(),
            "n_cpus": os.cpu_count(),
            "packages": {name: _version_of(name) for name in PACKAGES},
        }
        self.write()

    def hash_input(self, name: str, path: Path) -> str:
        """The sha256 of an input; the file is read again only if its size or time of change differ."""
        status = path.stat()
        known = self.inputs.get(name)
        if known and (known.path, known.n_bytes, known.modified_ns) == (str(path), status.st_size, status.st_mtime_ns):
            return known.sha256
        record = FileRecord(str(path), sha256_of(path), status.st_size, status.st_mtime_ns)
        self.inputs[name] = record
        return record.sha256


def key_of(*parts: Any) -> str:
    """A hash of plain values, the same on every machine.

    Examples
    --------
    >>> key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
    True
    """
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
