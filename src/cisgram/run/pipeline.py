"""The steps of a run in order: what each needs, and whether it has to be done (again)."""

import logging
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from cisgram.errors import InputError
from cisgram.io.files import sha256_of
from cisgram.run.folder import Run
from cisgram.run.manifest import StepRecord, key_of
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
    """
    done = []
    with run.locked():
        for step in steps:
            key = step_key(run, step)
            if not again and _holds(run, step, key):
                logger.info("%s: nothing has changed", step.name)
                continue
            _do(run, step, key, again=again)
            done.append(step.name)
    return done


def step_key(run: Run, step: Step) -> str:
    """The hash of everything that a step's result depends on."""
    settings = {name: values_of(attrgetter(name)(run.config)) for name in step.sections}
    files = {path: run.manifest.hash_input(path, run.input(path)) for path in sorted(set(step.inputs(run))) if path}
    before = {}
    for name in step.needs:
        record = run.manifest.steps.get(name)
        if record is None or record.state != "done":
            raise InputError(f"{step.name} needs the step {name!r} first; run: cisgram {name} {run.folder}")
        before[name] = record.outputs
    for name in step.uses:
        record = run.manifest.steps.get(name)
        before[name] = record.outputs if record is not None and record.state == "done" else {}
    return key_of(step.name, step.version, settings, files, before)


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


def _do(run: Run, step: Step, key: str, *, again: bool) -> None:
    """Do one step and write down how it went; what an attempt with another key left is removed first."""
    before = run.manifest.steps.get(step.name)
    if again or before is None or before.key != key or before.state == "done":
        for place in step.places:
            _remove(run.folder / place)
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    record = StepRecord("running", key, started)
    run.manifest.steps[step.name] = record
    run.manifest.write()
    logger.info("%s: begins", step.name)
    try:
        # Some libraries set the number of threads for all others as well; sums depend on it in their last digits.
        with threadpool_limits(limits=None):
            record.notes = dict(step.do(run))
        record.outputs = {name: sha256_of(run.folder / name) for name in _files_in(run.folder, step.places)}
        record.state = "done"
    except Exception:
        record.state = "failed"
        raise
    finally:
        record.seconds = round(time.monotonic() - clock, 2)
        run.manifest.write()
    logger.info("%s: done in %.1f s", step.name, record.seconds)


def _files_in(folder: Path, places: Iterable[str]) -> list[str]:
    """All files of a step, relative to the run folder."""
    found: list[Path] = []
    for place in places:
        path = folder / place
        found += sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path] * path.is_file()
    return [str(path.relative_to(folder)) for path in found]


def _hash_or_none(path: Path) -> str | None:
    return sha256_of(path) if path.is_file() else None


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()
