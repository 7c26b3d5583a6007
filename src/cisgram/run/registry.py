"""Which steps a run has, by its kind."""

from collections.abc import Mapping
from typing import Any

from cisgram.errors import InputError
from cisgram.run.config import model_name
from cisgram.run.folder import Run
from cisgram.run.pipeline import Step, run_steps
from cisgram.run.settings.binned import BinnedRunConfig
from cisgram.run.settings.contacts import ContactRunConfig
from cisgram.run.settings.coverage import CoverageRunConfig
from cisgram.run.settings.labels import LabelRunConfig
from cisgram.run.settings.profiles import ProfileRunConfig
from cisgram.run.step_lists.binned import BINNED_STEPS
from cisgram.run.step_lists.contacts import CONTACT_STEPS
from cisgram.run.step_lists.coverage import COVERAGE_STEPS
from cisgram.run.step_lists.labels import LABEL_STEPS
from cisgram.run.step_lists.profiles import PROFILE_STEPS


def steps_of(run: Run[Any]) -> Mapping[str, Step]:
    """Every step that this kind of run has, wanted or not."""
    return {
        ProfileRunConfig: PROFILE_STEPS,
        LabelRunConfig: LABEL_STEPS,
        CoverageRunConfig: COVERAGE_STEPS,
        ContactRunConfig: CONTACT_STEPS,
        BinnedRunConfig: BINNED_STEPS,
    }[type(run.config)]


def step_of(run: Run[Any], name: str) -> Step:
    """One step of a run.

    Raises
    ------
    InputError
        Where this kind of run has no such step.
    """
    steps = steps_of(run)
    if name not in steps:
        raise InputError(
            f"{run.folder} is a run of {model_name(run.config)}, which has no step {name!r}; it has {', '.join(steps)}"
        )
    return steps[name]


def finish(run: Run[Any]) -> list[str]:
    """Do every wanted step that is not done yet or no longer holds; returns the names of those that were done."""
    return run_steps(run, [step for step in steps_of(run).values() if step.is_wanted(run)])
