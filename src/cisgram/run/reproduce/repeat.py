"""A run done again from its own settings and the same inputs, and every result compared with the one before."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numba
import torch
from threadpoolctl import threadpool_limits

from cisgram.errors import InputError, RunFolderError
from cisgram.io.files import sha256_of, write_json_atomic
from cisgram.run.environment import threads_now
from cisgram.run.folder import Run
from cisgram.run.manifest import StepRecord
from cisgram.run.pipeline import run_steps
from cisgram.run.registry import steps_of
from cisgram.run.reproduce.contents import plain_parts
from cisgram.run.reproduce.difference import TOLERANCE, FileDifference, Likeness, compare_files, compare_parts
from cisgram.run.verify import verify_run

REPORT = "reproduction.json"
"""What came of it, in the new run folder."""

_NO_MATTER = ("system", "n_cpus", "memory_bytes")
"""Facts of an environment that no byte of a result depends on; libraries and instructions stand beside them."""


class Condition(NamedTuple):
    """Something that was not as it was the first time."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Reproduction:
    """What came of doing a run again."""

    before: Path
    after: Path
    files: tuple[FileDifference, ...]
    conditions: tuple[Condition, ...]
    """Empty where machine, versions, threads and settings were the same: then every byte must be."""
    tolerance: float

    @property
    def counts(self) -> dict[str, int]:
        """How many results compare in which way."""
        return dict(Counter(one.likeness for one in self.files))

    @property
    def holds(self) -> bool:
        """Whether the results are the same: but for times under the same conditions, else within the tolerance."""
        fine = ("identical", "equal", "close") if self.conditions else ("identical", "equal")
        return all(one.likeness in fine for one in self.files)

    def to_json(self) -> dict[str, Any]:
        """Plain values for programs."""
        files = [{**one._asdict(), "largest": _finite(one.largest)} for one in self.files]
        return {
            "before": str(self.before),
            "after": str(self.after),
            "holds": self.holds,
            "tolerance": self.tolerance,
            "counts": self.counts,
            "conditions": [one._asdict() for one in self.conditions],
            "files": files,
        }


def reproduce(
    folder: Path,
    *,
    out: Path | None = None,
    data_folder: Path | None = None,
    tolerance: float = TOLERANCE,
    processes: int = 1,
) -> Reproduction:
    """Do the finished steps of a run again, in another folder, and compare.

    The settings, the seed and the numbers of threads are those of the run. A repeat that was interrupted is taken up.

    Parameters
    ----------
    folder
        The run folder; nothing in it is changed.
    out
        The folder of the repeat; the name of the run with ``-again`` by default.
    data_folder
        Where relative paths of the settings begin, if that is no longer where it was.
    tolerance
        See :data:`~cisgram.run.reproduce.difference.TOLERANCE`.
    processes
        How many share the work of a step; results do not depend on it.

    Raises
    ------
    InputError
        Where an input is gone or has changed, all of which are named; where no step is done.
    """
    before = Run.open(folder)
    data = before.data_folder if data_folder is None else data_folder
    steps = [step for name, step in steps_of(before).items() if _done(before, name)]
    if not steps:
        raise RunFolderError(f"{folder} has no finished step that could be done again")
    out = folder.with_name(f"{folder.name}-again") if out is None else out
    if out.resolve() == folder.resolve():
        raise RunFolderError(f"{out} is the run itself; give another folder with --out")
    _refuse_other_inputs(folder, data)
    after = Run.start(folder / "config.toml", folder=out, data_folder=data)
    after.processes = processes
    with _threads_of(before.manifest.steps[steps[0].name]):
        run_steps(after, steps)
    files = [one for step in steps for one in _compared(before, after, step.name, tolerance)]
    conditions = tuple(dict.fromkeys(one for step in steps for one in _conditions(before, after, step.name)))
    found = Reproduction(folder, out, tuple(files), conditions, tolerance)
    write_json_atomic(out / REPORT, found.to_json())
    return found


def _done(run: Run[Any], name: str) -> bool:
    record = run.manifest.steps.get(name)
    return record is not None and record.state == "done"


def _refuse_other_inputs(folder: Path, data_folder: Path) -> None:
    """Raise where results would be of other inputs."""
    found = verify_run(folder, data_folder=data_folder).findings
    others = [one for one in found if one.kind in ("input missing", "input changed")]
    if others:
        listed = "; ".join(f"{one.where} ({one.kind.split()[1]}: {one.detail})" for one in others)
        raise InputError(
            f"{folder} cannot be done again, since its inputs are no longer what they were: {listed}; put them back, "
            "or say with --data where they lie"
        )


@contextmanager
def _threads_of(record: StepRecord) -> Iterator[None]:
    """As many threads as a step had, as far as there are; sums depend on them in their last digits."""
    before = threads_now()
    wanted = {**before, **record.threads}
    with threadpool_limits(limits=wanted["blas"], user_api="blas"):
        with suppress(ValueError):  # there are fewer here
            numba.set_num_threads(wanted["numba"])
        torch.set_num_threads(wanted["torch"])
        try:
            yield
        finally:
            numba.set_num_threads(before["numba"])
            torch.set_num_threads(before["torch"])


def _compared(before: Run[Any], after: Run[Any], step: str, tolerance: float) -> Iterator[FileDifference]:
    """All results of a step."""
    old, new = before.manifest.steps[step], after.manifest.steps[step]
    for path in [*old.outputs, *(path for path in new.outputs if path not in old.outputs)]:
        if path not in old.outputs:
            yield FileDifference(path, step, "new", where="only the repeat has it")
        elif path not in new.outputs:
            yield FileDifference(path, step, "missing", where="the repeat does not have it")
        elif new.outputs[path] == old.outputs[path]:
            yield FileDifference(path, step, "identical")
        else:
            yield FileDifference(path, step, *_of_contents(before, after, path, old.outputs[path], tolerance))
    if step not in ("check", "report"):  # the one's notes count verdicts, the other has none
        likeness, largest, where = compare_parts(plain_parts(old.notes), plain_parts(new.notes), tolerance=tolerance)
        if old.notes == new.notes:
            likeness = "identical"
        yield FileDifference("notes of the step in manifest.json", step, likeness, largest, where)


def _of_contents(
    before: Run[Any], after: Run[Any], path: str, sha256: str, tolerance: float
) -> tuple[Likeness, float, str]:
    """Compare two files whose bytes differ."""
    first = before.folder / path
    if not first.is_file() or sha256_of(first) != sha256:
        return "differs", float("inf"), "the bytes differ, and the first file is gone or was changed since it was made"
    return compare_files(first, after.folder / path, tolerance=tolerance)


def _conditions(before: Run[Any], after: Run[Any], step: str) -> Iterator[Condition]:
    """What was not the same when a step was done again."""
    old, new = before.manifest.steps[step], after.manifest.steps[step]
    first, second = (
        _flat(run.manifest.environments.get(record.environment, {})) for run, record in ((before, old), (after, new))
    )
    for name in second:
        if name not in _NO_MATTER and first.get(name) != second[name]:
            yield Condition(name, first.get(name, "not known"), second[name])
    pairs = (("threads of", old.threads, new.threads), ("settings", old.settings, new.settings))
    for what, one, other in pairs:
        for name in sorted(one.keys() | other.keys()):
            if one.get(name) != other.get(name):
                yield Condition(f"{what} {name}", str(one.get(name, "not known")), str(other.get(name, "none")))


def _flat(facts: Any) -> dict[str, str]:
    """An environment as names and texts; packages by their own names."""
    packages = {f"package {name}": str(one) for name, one in facts.get("packages", {}).items()}
    return {**{name: str(one) for name, one in facts.items() if name != "packages"}, **packages}


def _finite(value: float) -> float | None:
    return value if value != float("inf") else None
