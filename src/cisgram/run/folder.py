"""A run is a folder: where its files lie, whose it is, and who may write in it now."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

from filelock import FileLock, Timeout

from cisgram.errors import ConfigError, InputError, RunFolderError
from cisgram.io.file_names import require_file_name
from cisgram.io.files import require_file, sha256_of, write_text_atomic
from cisgram.run.config import RunConfig, config_text, read_config
from cisgram.run.manifest import Manifest
from cisgram.run.settings.binned import BinnedRunConfig
from cisgram.run.settings.contacts import ContactRunConfig
from cisgram.run.settings.coverage import CoverageRunConfig
from cisgram.run.settings.labels import LabelRunConfig
from cisgram.run.settings.profiles import ProfileRunConfig
from cisgram.run.toml import values_of

Settings = TypeVar("Settings", bound=RunConfig)


class Run(Generic[Settings]):
    """One run folder, its settings and its manifest.

    Parameters
    ----------
    folder
        The run folder.
    config
        What was asked.
    data_folder
        Where relative paths of the settings begin.
    """

    def __init__(self, folder: Path, config: Settings, *, data_folder: Path) -> None:
        self.folder, self.config, self.data_folder = folder, config, data_folder
        self.manifest = Manifest(folder / "manifest.json")
        self.processes = 1
        """How many processes share the work of a step; results do not depend on it, so it is no setting."""

    @classmethod
    def start(
        cls, config_path: Path, *, folder: Path | None = None, data_folder: Path | None = None, update: bool = False
    ) -> "Run[Any]":
        """Make the folder of a new run, or take up one that was started with the same settings.

        Parameters
        ----------
        config_path
            TOML file.
        folder
            The run folder; ``runs/NAME`` by default.
        data_folder
            Where relative paths begin: by default ``$CISGRAM_DATA``, else the folder of the TOML file.
        update
            Take the new settings where the folder holds a run of the same name with others; steps that
            depend on what changed are then done again.

        Raises
        ------
        RunFolderError
            If the folder holds something else, or a run with other settings.
        """
        config: Any = read_config(config_path)
        folder = _default_folder(config.name) if folder is None else folder
        if data_folder is None:
            data_folder = Path(os.environ.get("CISGRAM_DATA", config_path.resolve().parent))
        _refuse_foreign(folder, config, update=update)
        folder.mkdir(parents=True, exist_ok=True)
        run = cls(folder, config, data_folder=data_folder.resolve())
        with run.locked():  # another process may have finished a step since the manifest was read
            write_text_atomic(folder / "config.toml", config_text(config))
            run.manifest.read_again()
            digest = sha256_of(folder / "config.toml")
            run.manifest.describe(seed=config.seed, data_folder=run.data_folder, config_sha256=digest)
        return run

    @classmethod
    def open(cls, folder: Path) -> "Run[Any]":
        """Open a run folder that is there already."""
        if not (folder / "manifest.json").is_file():
            raise RunFolderError(
                f"{folder} is not a run folder: it has no manifest.json; start one with: cisgram run CONFIG"
            )
        config: Any = read_config(folder / "config.toml")
        run = cls(folder, config, data_folder=folder)
        run.data_folder = Path(run.manifest.about.get("data_folder") or folder).expanduser()
        return run

    def input(self, path: str) -> Path:
        """Where an input file of the settings lies; relative paths begin at the data folder.

        Raises
        ------
        InputError
            If it is missing, empty, or no file.
        """
        return require_file(self.data_folder / Path(path).expanduser(), "an input of the run")

    @property
    def examples(self) -> Path:
        """Windows and the arrays that the model is trained on."""
        return self.folder / "examples"

    @property
    def checkpoints(self) -> Path:
        """Best and last weights."""
        return self.folder / "checkpoints"

    @property
    def best(self) -> Path:
        """Weights of the epoch with the lowest validation loss."""
        return self.checkpoints / "best.safetensors"

    @property
    def predictions(self) -> Path:
        """What the model says of windows held out."""
        return self.folder / "predictions"

    @property
    def metrics(self) -> Path:
        """Every metric with its ceiling and floors."""
        return self.folder / "metrics.json"

    @property
    def contributions(self) -> Path:
        """One-hot sequences, hypothetical and projected contributions."""
        return self.folder / "contributions.h5"

    @property
    def patterns(self) -> Path:
        """TF-MoDISco patterns in the public layout."""
        return self.folder / "patterns.h5"

    @property
    def motifs(self) -> Path:
        """Patterns as MEME motifs, their matches, their hits."""
        return self.folder / "motifs"

    @property
    def recovery(self) -> Path:
        """How much planted truth came back."""
        return self.folder / "recovery.json"

    @property
    def report(self) -> Path:
        """The page for people."""
        return self.folder / "report.html"

    def parts(self, step: str) -> Path:
        """Where processes that share a step leave what they have done, until all of it is there."""
        return self.folder / "parts" / step

    def summary(self, done: Sequence[str]) -> dict[str, Any]:
        """What a program that called a verb wants to know: steps done now, state of all, figures, where things are.

        Parameters
        ----------
        done
            Names of the steps that were done just now.
        """
        metrics = json.loads(self.metrics.read_text(encoding="utf-8"))["records"] if self.metrics.is_file() else []
        return {
            "run": str(self.folder),
            "done": list(done),
            "steps": {
                name: {"state": one.state, "seconds": one.seconds, **one.notes}
                for name, one in self.manifest.steps.items()
            },
            "metrics": metrics,
            "report": str(self.report) if self.report.is_file() else None,
        }

    def refuse_links_out(self) -> None:
        """Make sure that nothing in the folder is a link to a place outside: steps write and remove what is theirs.

        The folder itself may be a link.

        Raises
        ------
        RunFolderError
            Naming the first.
        """
        for path in leading_out(self.folder):
            raise RunFolderError(
                f"{path} is a link to {path.readlink()}, outside of the run folder, where a run neither writes nor "
                "removes anything; put the files themselves there (the run folder as a whole may be a link)"
            )

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep others from writing in the folder; a killed process lets go of it by itself.

        Raises
        ------
        RunFolderError
            If another process works in the folder, or it cannot be written to.
        """
        place = self.folder / ".lock"
        if place.is_symlink():  # older lockers would empty the file that it leads to
            place.unlink()
        lock = FileLock(place)
        try:
            lock.acquire(blocking=False)
        except Timeout as error:
            raise RunFolderError(
                f"another process works in {self.folder}; wait for it or choose another --out"
            ) from error
        except OSError as error:
            raise RunFolderError(
                f"{self.folder} cannot be written to ({error.strerror or error}); copy it to a place where it can, or "
                "choose another --out"
            ) from error
        try:
            yield
        finally:
            lock.release()


ProfileRun: TypeAlias = Run[ProfileRunConfig]
LabelRun: TypeAlias = Run[LabelRunConfig]
CoverageRun: TypeAlias = Run[CoverageRunConfig]
ContactRun: TypeAlias = Run[ContactRunConfig]
BinnedRun: TypeAlias = Run[BinnedRunConfig]


def _default_folder(name: str) -> Path:
    """Where a run lies that no folder was named for."""
    try:
        require_file_name(name, "a run")
    except InputError as error:
        raise ConfigError(f"{error}; or say with --out where the run shall lie") from error
    return Path("runs", name)


def leading_out(folder: Path) -> Iterator[Path]:
    """Links in a folder, by name, that lead to a place outside of it."""
    inside = os.path.realpath(folder)
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() and os.path.commonpath([inside, os.path.realpath(path)]) != inside:
            yield path


def _is_of_a_beginning(path: Path) -> bool:
    """Whether this is all that a run leaves that died before it wrote its settings."""
    return path.name == ".lock" or path.name.startswith(".partial-")


def _refuse_foreign(folder: Path, config: RunConfig, *, update: bool) -> None:
    """Raise if the folder holds anything but a run with these settings."""
    if folder.is_file():
        raise RunFolderError(f"{folder} is a file; give a folder with --out")
    if not folder.exists() or all(_is_of_a_beginning(path) for path in folder.iterdir()):
        return
    if not (folder / "config.toml").is_file():
        if not (folder / "manifest.json").is_file():
            raise RunFolderError(f"{folder} is not empty and is not a run folder; give another --out")
        if update:
            return
        raise RunFolderError(
            f"{folder} holds a run whose config.toml is gone; bring it back, or give --update to go on with the "
            "settings of this command: steps that were done with others are done again"
        )
    try:
        before, now = values_of(read_config(folder / "config.toml")), values_of(config)
    except InputError as error:
        raise RunFolderError(
            f"{folder} holds a run whose settings cannot be read ({error}); give another --out"
        ) from error
    changed = sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))
    if before["name"] != now["name"]:
        raise RunFolderError(f"{folder} holds the run {before['name']!r}, not {now['name']!r}; give another --out")
    if changed and not update:
        raise RunFolderError(
            f"{folder} holds a run with other settings (they differ in {', '.join(changed)}); "
            "give another --out, or --update to do the steps again that depend on them"
        )
