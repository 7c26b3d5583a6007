"""Is a run folder what its manifest says: every result, every input, the settings, and what follows from what."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from cisgram.errors import InputError
from cisgram.io.files import sha256_of
from cisgram.run.folder import Run, leading_out
from cisgram.run.manifest import StepRecord
from cisgram.run.pipeline import Step, files_in, step_parts
from cisgram.run.registry import steps_of

Kind: TypeAlias = Literal[
    "output missing",
    "output changed",
    "link outwards",
    "input missing",
    "input changed",
    "settings changed",
    "step stale",
    "step unfinished",
    "step not done",
    "file unknown",
    "file left over",
]
"""What can be found. ``stale``: what the step was made of is not what it would be made of now."""

_HARMLESS = ("step not done", "file unknown", "file left over")
_OWN = ("manifest.json", "config.toml", ".lock", "reproduction.json")
_HASH_DIGITS = 12


class Finding(NamedTuple):
    """One thing that is not as the manifest says."""

    kind: Kind
    where: str
    """File or step."""
    step: str
    """The step that it belongs to; empty where there is none."""
    detail: str
    """What differs, and how."""

    @property
    def is_problem(self) -> bool:
        """Whether a result can no longer be trusted; else it is only worth knowing."""
        return self.kind not in _HARMLESS


@dataclass(frozen=True)
class Verification:
    """What came of looking at a run folder."""

    folder: Path
    findings: tuple[Finding, ...]
    n_steps: int
    """Steps that are done."""
    n_outputs: int
    """Results that were read and hashed."""
    n_inputs: int
    """Input files that were read and hashed."""

    @property
    def holds(self) -> bool:
        """Whether every result is there, as it was made, and made of what is there now."""
        return not any(one.is_problem for one in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Plain values for programs."""
        counts = {"steps": self.n_steps, "outputs": self.n_outputs, "inputs": self.n_inputs}
        findings = [{**one._asdict(), "is_problem": one.is_problem} for one in self.findings]
        return {"run": str(self.folder), "holds": self.holds, "checked": counts, "findings": findings}


def verify_run(folder: Path, *, with_inputs: bool = True, data_folder: Path | None = None) -> Verification:
    """Read every file of a run again and compare with the manifest; nothing is written.

    Parameters
    ----------
    folder
        The run folder.
    with_inputs
        Read the input files too. Otherwise they are taken to be as the manifest says, and need not be there.
    data_folder
        Where relative paths of the settings begin, if that is no longer where it was.

    Raises
    ------
    RunFolderError
        Where the folder is not one of a run.
    ConfigError
        Where its settings cannot be read.
    """
    run = Run.open(folder)
    run.data_folder = run.data_folder if data_folder is None else data_folder
    steps, done = steps_of(run), {name: one for name, one in run.manifest.steps.items() if one.state == "done"}
    hashes, outwards = _Inputs(run) if with_inputs else None, set(leading_out(folder))
    findings = [
        *_of_settings(run),
        *(finding for name, record in done.items() for finding in _of_outputs(run, name, record, outwards)),
        *([] if hashes is None else hashes.findings()),
        *(finding for name in done if name in steps for finding in _if_stale(run, steps[name], hashes)),
        *_of_states(run, steps.values()),
        *_of_other_files(run, steps),
    ]
    n_outputs = sum(len(record.outputs) for record in done.values())
    return Verification(folder, tuple(findings), len(done), n_outputs, 0 if hashes is None else len(hashes.known))


def _of_settings(run: Run[Any]) -> Iterator[Finding]:
    """Whether config.toml is as the last command wrote it; which steps that concerns, their own findings say."""
    known = run.manifest.about.get("config_sha256")
    if known and (found := sha256_of(run.folder / "config.toml")) != known:
        yield Finding("settings changed", "config.toml", "", _other(known, found))


def _of_outputs(run: Run[Any], step: str, record: StepRecord, outwards: Collection[Path]) -> Iterator[Finding]:
    """Results that are gone or other than they were, or lie behind a link out of the folder."""
    for name, sha256 in record.outputs.items():
        path = run.folder / name
        if outside := next((one for one in (path, *path.parents) if one in outwards), None):
            where = f"{outside.relative_to(run.folder)} is a link to {outside.readlink()}, outside of the run folder"
            yield Finding("link outwards", name, step, f"{where}, and was not read")
        elif not path.is_file():
            yield Finding("output missing", name, step, "the file is not there")
        elif (found := sha256_of(path)) != sha256:
            size = record.output_bytes.get(name)
            yield Finding("output changed", name, step, _sizes(size, path.stat().st_size) + _other(sha256, found))


class _Inputs:
    """Input files of the steps that are done, each read once."""

    def __init__(self, run: Run[Any]) -> None:
        done = [record for record in run.manifest.steps.values() if record.state == "done"]
        names = {name for record in done for name in record.inputs}
        # Format 1 did not say which step read what.
        self.known = {name: one for name, one in run.manifest.inputs.items() if name in names or not names}
        self.sha256: Callable[[str], str] = cache(lambda name: sha256_of(run.input(name)))
        self._run = run

    def findings(self) -> Iterator[Finding]:
        """Those that are gone or other than they were."""
        for name, record in sorted(self.known.items()):
            readers = ", ".join(step for step, one in self._run.manifest.steps.items() if name in one.inputs)
            try:
                found = self.sha256(name)
            except InputError as error:
                yield Finding("input missing", name, readers, str(error))
                continue
            if found != record.sha256:
                sizes = _sizes(record.n_bytes, self._run.input(name).stat().st_size)
                yield Finding("input changed", name, readers, sizes + _other(record.sha256, found))


def _if_stale(run: Run[Any], step: Step, inputs: _Inputs | None) -> Iterator[Finding]:
    """Whether a step would now be made of something else."""
    record = run.manifest.steps[step.name]

    def as_written(name: str) -> str:
        known = run.manifest.inputs.get(name)
        return record.inputs.get(name) or (known.sha256 if known else "")

    try:
        parts = step_parts(run, step, hash_input=as_written if inputs is None else inputs.sha256)
    except InputError as error:
        yield Finding("step stale", step.name, step.name, f"what it is made of is not there: {error}")
        return
    if parts.key_for(step) == record.key:
        return
    now = {"settings": parts.of_settings(), "inputs": parts.files, "needs": parts.of_steps()}
    before = {"settings": record.settings, "inputs": record.inputs, "needs": record.needs}
    words = {"settings": "settings [{}]", "inputs": "input {}", "needs": "results of {}"}
    reasons = [
        words[what].format(name)
        for what in words
        for name in sorted(now[what].keys() | before[what].keys())
        if now[what].get(name) != before[what].get(name)
    ]
    if not record.settings and not record.inputs and not record.needs:
        reasons = ["settings, inputs, earlier steps or the step itself (the manifest is too old to say which)"]
    yield Finding("step stale", step.name, step.name, "changed since: " + (", ".join(reasons) or "the step itself"))


def _of_states(run: Run[Any], steps: Any) -> Iterator[Finding]:
    """Steps that were begun and not ended, and those that are wanted and were never begun."""
    for step in steps:
        record = run.manifest.steps.get(step.name)
        if record is None:
            if step.is_wanted(run):
                yield Finding("step not done", step.name, step.name, "it has not been begun")
        elif record.state != "done":
            ending = "it failed" if record.state == "failed" else "it was interrupted, or is running now"
            yield Finding("step unfinished", step.name, step.name, f"{ending}; begun {record.started}")


def _of_other_files(run: Run[Any], steps: Any) -> Iterator[Finding]:
    """Files that no step owns, and what interrupted writers left."""
    records = run.manifest.steps
    owned = {name for record in records.values() for name in record.outputs} | set(_OWN)
    for name, step in steps.items():
        if name in records and records[name].state != "done":
            owned |= set(files_in(run.folder, (*step.places, run.parts(name).relative_to(run.folder).as_posix())))
    for path in sorted(one for one in run.folder.rglob("*") if one.is_file()):
        name = path.relative_to(run.folder).as_posix()
        if any(part.startswith(".") and "partial-" in part for part in name.split("/")) or name.startswith("parts/"):
            if name not in owned:
                yield Finding("file left over", name, "", "an interrupted writer left it; it may be removed")
        elif name not in owned:
            yield Finding("file unknown", name, "", "no step wrote it")


def _other(before: str, now: str) -> str:
    return f"sha256 was {before[:_HASH_DIGITS]}, is {now[:_HASH_DIGITS]}"


def _sizes(before: int | None, now: int) -> str:
    return f"{before:,} bytes became {now:,}; " if before is not None and before != now else ""
