"""Steps after the disturbed one are taken from the run without faults where all that they depend on is the same."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.faults.sameness import digest_of

from cisgram.run import pipeline
from cisgram.run.folder import Run
from cisgram.run.pipeline import Step, StepParts


def take_known(steps: Mapping[str, Any], kept: Path, digests: Mapping[str, Mapping[str, str]]) -> None:
    """From now on, have these steps copy what they made before, as long as what they begin with is what it was.

    Parameters
    ----------
    steps
        Records of the steps, as the manifest of the run without faults has them.
    kept
        Its folder.
    digests
        Of its results by step and file, without what depends on the clock.
    """
    plainly = pipeline._do

    def do(run: Run[Any], step: Step, parts: StepParts, *, again: bool) -> None:
        record = steps.get(step.name)
        if record and _begins_the_same(run, parts, record, digests):

            def copy(run: Run[Any]) -> Mapping[str, Any]:
                for path in record["outputs"]:
                    (run.folder / path).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(kept / path, run.folder / path)
                return record["notes"]

            step = replace(step, do=copy)
        plainly(run, step, parts, again=again)

    pipeline._do = do


def _begins_the_same(
    run: Run[Any], parts: StepParts, record: Mapping[str, Any], digests: Mapping[str, Mapping[str, str]]
) -> bool:
    """Whether settings, inputs and the results of other steps are those of the run without faults."""
    if parts.of_settings() != record["settings"] or dict(parts.files) != record["inputs"]:
        return False
    for name, files in parts.before.items():
        expected = {path: digest for path, digest in digests.get(name, {}).items() if path != "notes"}
        if {path: digest_of(run.folder / path) for path in files} != expected:
            return False
    return parts.before.keys() == record["needs"].keys()
