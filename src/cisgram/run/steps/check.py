"""Ask the data doctor before anything is made of the data."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from cisgram.doctor.questions import CHECKS
from cisgram.doctor.verdict import Verdict, merge_alike
from cisgram.errors import InputError
from cisgram.io.files import write_json_atomic
from cisgram.run.doctor.check import diagnose
from cisgram.run.folder import Run

logger = logging.getLogger(__name__)


def check(run: Run[Any]) -> Mapping[str, Any]:
    """Do the step: write ``check.json``; the notes count verdicts by level.

    Raises
    ------
    InputError
        Where there are errors that ``[check] accept`` does not name: all of them, with what to do.
    """
    accepted = run.config.check.accept
    found = diagnose(run.config, run.data_folder, run_folder=run.folder).accepting(accepted)
    questions = {name: one._asdict() for name, one in CHECKS.items()}
    write_json_atomic(run.folder / "check.json", {**found.to_json(), "accepted": accepted, "questions": questions})
    for one in merge_alike(found.of("warning")):
        logger.warning("%s, %s: %s; %s", one.check, one.subject, one.evidence, one.remedy)
    if errors := found.of("error"):
        raise InputError(_refusal(errors))
    logger.info("the data are fit to train on: %s", ", ".join(f"{n} {level}" for level, n in found.counts.items() if n))
    return found.counts


def _refusal(errors: Sequence[Verdict]) -> str:
    """All errors in one message."""
    listed = " | ".join(f"{one.check}, {one.subject}: {one.evidence}; {one.remedy}" for one in merge_alike(errors))
    names = ", ".join(f'"{name}"' for name in dict.fromkeys(one.check for one in errors))
    return (
        f"the data are not fit to train on ({len(errors)} error{'s' * (len(errors) > 1)}): {listed}; fix them, or, if "
        f"this is meant, accept them with [check] accept = [{names}]"
    )
