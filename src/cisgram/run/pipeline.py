"""The steps of a run in order: what each needs, and whether it has to be done (again)."""

import logging
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from cisgram.errors import InputError
from cisgram.io.files import sha256_of
from cisgram.run.environment import peak_memory, threads_now
from cisgram.run.folder import Run
from cisgram.run.manifest import StepRecord, key_of, now
from cisgram.run.toml import values_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Step:
    """One step of a run.

    A step is done again when its key changes: the hash of the sections of the settings that it reads, of the
    input files, and of the results of the steps before it.
    """

    name: str
    """The verb of the command line."""
    do: Callable[[Run], Mapping[str, Any]]
    """Does the work, writes into :attr:`places`, and returns notes for the report."""
    places: tuple[str, ...]
    """Files and folders, relative to the run folder, that belong to this step alone."""
    sections: tuple[str, ...] = ()
    """Names in :class:`~cisgram.run.config.RunConfig` that its result depends on: sections, or single settings of
    one, such as ``evaluation.average_strands``."""
    needs: tuple[str, ...] = ()
    """Steps whose results it reads."""
    uses: tuple[str, ...] = ()
    """Steps whose results it reads where they have been done."""
    inputs: Callable[[Run], Iterable[str]] = field(default=lambda _: ())
    """Files of the settings that it reads, as written there."""
    is_wanted: Callable[[Run], bool] = field(default=lambda _: True)
    """Whether the settings ask for it; a verb of the command line does it in any case."""
    version: int = 1
    """Raised when the same inputs give another result than before."""


def run_steps(run: Run, steps: Iterable[Step], *, again: bool = False) -> list[str]:
    """Do steps in order, leaving out those whose results are there and still hold.

    Parameters
    ----------
    run
        The run folder.
    steps
        What to do; a step that they need and that is not among them must have been done.
    again
        Do the steps even if their results hold.

    Returns
    -------
    list of str
        Names of the steps that were done.

    Raises
    ------
    InputError
        Where a step that is needed has not been done.
    RunFolderError
        Where a link in the folder leads out of it, or another process works in it.
    """
    done = []
    with run.locked():
        run.refuse_links_out()
        run.manifest.read_again()
        _remove_unfinished_files(run.folder)
        for step in steps:
            parts = step_parts(run, step)
            if not again and _holds(run, step, parts.key_for(step)):
                logger.info("%s: nothing has changed", step.name)
                continue
            _do(run, step, parts, again=again)
            done.append(step.name)
    return done


@dataclass(frozen=True)
class StepParts:
    """Everything that a step's result depends on."""

    settings: Mapping[str, Any]
    """Sections of the settings, by name."""
    files: Mapping[str, str]
    """Input files as the settings name them, with their sha256."""
    before: Mapping[str, Mapping[str, str]]
    """Steps whose results it reads, with the sha256 of their files."""

    def key_for(self, step: Step) -> str:
        """The hash of it all."""
        return key_of(step.name, step.version, self.settings, self.files, self.before)

    def of_settings(self) -> dict[str, str]:
        """Short hashes of the sections, as a step's record keeps them to say later which has changed."""
        return {name: key_of(one)[:16] for name, one in self.settings.items()}

    def of_steps(self) -> dict[str, str]:
        """Short hashes of the results of other steps."""
        return {name: key_of(one)[:16] for name, one in self.before.items()}


def step_parts(run: Run, step: Step, *, hash_input: Callable[[str], str] | None = None) -> StepParts:
    """What a step's result depends on, as it is now.

    Parameters
    ----------
    run, step
        The step of this run.
    hash_input
        Gives the sha256 of an input by its name in the settings; by default that of the file, which is read again
        if its size or time of change differ from what the manifest says.

    Raises
    ------
    InputError
        Where an input is missing, or a step that is needed has not been done.
    """
    hash_input = (lambda name: run.manifest.hash_input(name, run.input(name))) if hash_input is None else hash_input
    settings = {name: values_of(attrgetter(name)(run.config)) for name in step.sections}
    files = {name: hash_input(name) for name in sorted(set(step.inputs(run))) if name}
    before = {}
    for name in step.needs:
        record = run.manifest.steps.get(name)
        if record is None or record.state != "done":
            raise InputError(f"{step.name} needs the step {name!r} first; run: cisgram {name} {run.folder}")
        before[name] = record.outputs
    for name in step.uses:
        record = run.manifest.steps.get(name)
        before[name] = record.outputs if record is not None and record.state == "done" else {}
    return StepParts(settings, files, before)


def _holds(run: Run, step: Step, key: str) -> bool:
    """Whether a step was done with the same key and its results are as it left them."""
    record = run.manifest.steps.get(step.name)
    if record is None or record.state != "done" or record.key != key:
        return False
    changed = [name for name, sha256 in record.outputs.items() if _hash_or_none(run.folder / name) != sha256]
    if changed:
        logger.warning(
            "%s: %s is missing or was changed by hand; the step is done again", step.name, ", ".join(changed)
        )
    return not changed


def _do(run: Run, step: Step, parts: StepParts, *, again: bool) -> None:
    """Do one step and write down how it went; what an attempt with another key left is removed first."""
    before, key = run.manifest.steps.get(step.name), parts.key_for(step)
    if again or before is None or before.key != key or before.state == "done":
        for place in step.places:
            _remove(run.folder / place)
        _remove(run.parts(step.name))
    clock, command = time.monotonic(), run.manifest.note_step(step.name)
    record = StepRecord(
        "running",
        key,
        now(),
        command=command.command,
        environment=command.environment,
        threads=threads_now(),
        seed=run.config.seed,
        settings=parts.of_settings(),
        inputs=dict(parts.files),
        needs=parts.of_steps(),
    )
    run.manifest.steps[step.name] = record
    run.manifest.write()
    logger.info("%s: begins", step.name)
    try:
        # Some libraries set the number of threads for all others as well; sums depend on it in their last digits.
        with peak_memory() as peak, threadpool_limits(limits=None), _unchanged_inputs(run, step, parts):
            record.notes = dict(step.do(run))
        files = files_in(run.folder, step.places)
        record.outputs = {name: sha256_of(run.folder / name) for name in files}
        record.output_bytes = {name: (run.folder / name).stat().st_size for name in files}
        record.peak_memory_bytes = peak.n_bytes
        record.state = "done"
    except Exception:
        record.state = "failed"
        raise
    finally:
        record.seconds, record.ended = round(time.monotonic() - clock, 2), now()
        run.manifest.write()
    logger.info("%s: done in %.1f s", step.name, record.seconds)


@contextmanager
def _unchanged_inputs(run: Run, step: Step, parts: StepParts) -> Iterator[None]:
    """Refuse what a step made while others wrote to its inputs: nobody could say what it was made of."""
    try:
        yield
    finally:
        now_there = {path: _hash_if_there(run, path) for path in parts.files}
        if changed := [path for path, sha256 in parts.files.items() if now_there[path] != sha256]:
            for place in step.places:
                _remove(run.folder / place)
            _remove(run.parts(step.name))
            raise InputError(
                f"{step.name}: {', '.join(changed)} {'were' if len(changed) > 1 else 'was'} changed or removed while "
                "the step was reading; its results are removed. Leave the inputs alone and give the same command again"
            )


def _hash_if_there(run: Run, path: str) -> str | None:
    """Hash of an input, or None where it can no longer be read."""
    try:
        return run.manifest.hash_input(path, run.input(path))
    except (InputError, OSError):
        return None


def _remove_unfinished_files(folder: Path) -> None:
    """Remove what a process that was killed was writing just then; only who holds the lock writes here."""
    for path in sorted(folder.rglob("*.partial-*")):
        _remove(path)


def files_in(folder: Path, places: Iterable[str]) -> list[str]:
    """All files of a step that are there, relative to the run folder."""
    found: list[Path] = []
    for place in places:
        path = folder / place
        found += sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path] * path.is_file()
    return [path.relative_to(folder).as_posix() for path in found]


def _hash_or_none(path: Path) -> str | None:
    return sha256_of(path) if path.is_file() else None


def _remove(path: Path) -> None:
    """Remove a file, a folder, or a link, but never what a link leads to."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)
