"""Steps of a run by name, with the check of the data before and the report of all of them at the end."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from typing import Any, TypeAlias

from cisgram.run import step_inputs
from cisgram.run.config import RunConfig
from cisgram.run.folder import Run
from cisgram.run.pipeline import Step
from cisgram.run.steps.check import check
from cisgram.run.steps.report import report

Inputs: TypeAlias = Callable[[Run[Any]], Iterable[str]]
"""Files of the settings that a step reads."""


def by_name(
    steps: Iterable[Step], *, settings: type[RunConfig], also_checked: Inputs = step_inputs.none
) -> dict[str, Step]:
    """Steps by name, in their order, between the check of the data and the report of all of them.

    Parameters
    ----------
    steps
        The steps; the first one reads the data.
    settings
        Settings of this kind of run: the check depends on all of them.
    also_checked
        Files that the check reads beside those of the first step.
    """
    named = {step.name: step for step in steps}
    first = next(iter(named.values()))
    named = {"check": _check_before(first, settings, also_checked), **named}
    return {**named, "report": Step("report", report, places=("report.html",), uses=tuple(named))}


def _check_before(first: Step, settings: type[RunConfig], also_checked: Inputs) -> Step:
    """The check of all that the settings name; no step needs it, so that older run folders stay as they are."""

    def inputs(run: Run[Any]) -> Iterator[str]:
        yield from first.inputs(run)
        yield from also_checked(run)

    return Step(
        "check", check, places=("check.json",), sections=tuple(one.name for one in fields(settings)), inputs=inputs
    )
