"""What a run was made of: versions, machine, hashes of all that went in and came out, and the state of every step."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from cisgram import __version__
from cisgram.errors import RunFolderError
from cisgram.io.files import json_text, sha256_of, write_text_atomic
from cisgram.run.environment import command_now, environment, without_home

FORMAT = 2
"""Format 1, without environments, history and what each step was made of, is read as well."""

SEAL = "sha256"
"""The last key of the file: the hash of all that stands before it. A file without it is read as well."""

State = Literal["running", "done", "failed"]


@dataclass
class StepRecord:
    """What is known of one step of a run; what format 1 did not write down is empty."""

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
    ended: str = ""
    """UTC, ISO 8601; of a step that was killed, empty."""
    command: list[str] = field(default_factory=list)
    """The command that did it."""
    environment: str = ""
    """Name of its machine and software in :attr:`Manifest.environments`."""
    threads: dict[str, int] = field(default_factory=dict)
    """Threads that each library might use."""
    seed: int | None = None
    """The seed of the run at that time."""
    settings: dict[str, str] = field(default_factory=dict)
    """Sections of the settings that it read, with a short hash of each."""
    inputs: dict[str, str] = field(default_factory=dict)
    """Input files as they were when it began, with their sha256."""
    needs: dict[str, str] = field(default_factory=dict)
    """Steps whose results it read, with a short hash of these."""
    output_bytes: dict[str, int] = field(default_factory=dict)
    """Size of every output."""
    peak_memory_bytes: int = 0
    """The most memory that its process held; 0 where the system does not tell."""


@dataclass
class FileRecord:
    """An input file as it was when it was last hashed."""

    path: str
    """Where it lay, with ``~`` for the home folder."""
    sha256: str
    n_bytes: int
    modified_ns: int


@dataclass
class Command:
    """One call of the command line that did something."""

    command: list[str]
    at: str
    """UTC, ISO 8601."""
    cisgram: str
    """Version."""
    environment: str
    """Name in :attr:`Manifest.environments`."""
    steps: list[str] = field(default_factory=list)
    """Steps that it began."""


_KEYS = frozenset(("format", "about", "environments", "history", "inputs", "steps", SEAL))
_STEPS = TypeAdapter(dict[str, StepRecord])
_FILES = TypeAdapter(dict[str, FileRecord])
_HISTORY = TypeAdapter(list[Command])
_FACTS = TypeAdapter(dict[str, dict[str, Any]])


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
        self.environments: dict[str, dict[str, Any]] = {}
        self.history: list[Command] = []
        self.read_again()

    def read_again(self) -> None:
        """Take up what the file says now, where there is one."""
        if self.path.exists():
            self._read()

    def _read(self) -> None:
        try:
            values = json.loads(self.path.read_text(encoding="utf-8"))
            if values["format"] not in (1, FORMAT):
                raise RunFolderError(
                    f"{self.path} has format {values['format']}, this version of cisgram reads 1 and {FORMAT}; "
                    "read it with the version that wrote it, or start a new run folder"
                )
            self.about = dict(values["about"])
            self.inputs = _taken(_FILES, values["inputs"])
            self.steps = _taken(_STEPS, values["steps"])
            if values["format"] == 1:
                self._take_up_format_1()
            else:
                self.environments = _taken(_FACTS, values["environments"])
                self.history = _taken(_HISTORY, values["history"])
            _require_inside(self.steps)
            _require_seal(values, self.path)
        except RunFolderError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise RunFolderError(f"{self.path} is not a cisgram manifest ({error}); move the folder away") from error

    def _take_up_format_1(self) -> None:
        """Say in the words of this format what an older one said; it had one machine and one command for all."""
        facts = {name: self.about[name] for name in ("cisgram", "python", "system", "n_cpus", "packages")}
        name = name_of_environment(facts)
        self.environments = {name: facts}
        self.history = [Command(list(self.about["command"]), "", facts["cisgram"], name, list(self.steps))]
        self.about = {"seed": self.about["seed"], "data_folder": self.about["data_folder"]}
        for record in self.steps.values():
            record.environment = name

    def write(self) -> None:
        """Write the file aside and rename it; the hash of all the rest stands at its end."""
        values = {
            "format": FORMAT,
            "about": self.about,
            "environments": self.environments,
            "history": [vars(one) for one in self.history],
            "inputs": {name: vars(one) for name, one in sorted(self.inputs.items())},
            "steps": {name: vars(one) for name, one in self.steps.items()},
        }
        plain = json.loads(json_text(values, path=self.path))
        write_text_atomic(self.path, json_text({**plain, SEAL: key_of(plain)}, path=self.path))

    def describe(self, *, seed: int, data_folder: Path | None, config_sha256: str = "") -> None:
        """Note what is run, and where its inputs lie."""
        self.about = {
            "seed": seed,
            "data_folder": without_home(data_folder) if data_folder else "",
            "config_sha256": config_sha256,
        }
        self.write()

    def note_environment(self) -> str:
        """Note the machine and the software of this process; returns its name here."""
        facts = environment()
        name = name_of_environment(facts)
        self.environments[name] = facts
        return name

    def note_step(self, step: str) -> Command:
        """Note in the history that this process begins a step."""
        name, words = self.note_environment(), command_now()
        if not self.history or self.history[-1].at != _BEGUN or self.history[-1].command != words:
            self.history.append(Command(words, _BEGUN, __version__, name))
        self.history[-1].steps.append(step)
        return self.history[-1]

    def hash_input(self, name: str, path: Path) -> str:
        """The sha256 of an input; the file is read again only if its size or time of change differ."""
        status, place = path.stat(), without_home(path)
        known = self.inputs.get(name)
        if known and (known.path, known.n_bytes, known.modified_ns) == (place, status.st_size, status.st_mtime_ns):
            return known.sha256
        record = FileRecord(place, sha256_of(path), status.st_size, status.st_mtime_ns)
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


def name_of_environment(facts: dict[str, Any]) -> str:
    """The name of an environment: the same for the same facts, and nobody's."""
    return key_of(facts)[:12]


def now() -> str:
    """The time in UTC to the second, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


_BEGUN = now()
"""When this process began: calls of one process are one line of the history."""


def _taken(adapter: Any, values: object) -> Any:
    """Plain values as records; strict as JSON is, so that nothing is converted silently."""
    try:
        return adapter.validate_json(json.dumps(values), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{' '.join(map(str, first['loc']))}: {first['msg'].lower()}") from error


def _require_seal(values: dict[str, Any], path: Path) -> None:
    """Refuse a file that says something else than when it was written, such as another figure in the notes."""
    if values["format"] == FORMAT and (foreign := values.keys() - _KEYS):
        raise ValueError(f"it has {', '.join(sorted(foreign))}, which no version writes")
    if SEAL in values and values[SEAL] != key_of({name: one for name, one in values.items() if name != SEAL}):
        raise RunFolderError(
            f"{path} was changed after it was written: its content does not have the sha256 that stands at its end. "
            "Bring the file back from a copy, or remove it: the same command then does all steps again"
        )


def _require_inside(steps: dict[str, StepRecord]) -> None:
    """Refuse names of outputs that lead out of the run folder."""
    for name in (name for record in steps.values() for name in record.outputs):
        paths = PurePosixPath(name), PureWindowsPath(name)
        if not name or any(path.anchor or ".." in path.parts for path in paths):
            raise ValueError(f"an output lies outside of the folder: {name!r}")
