"""A run is a folder: its settings, its manifest and its steps."""

from cisgram.run.folder import Run
from cisgram.run.pipeline import run_steps
from cisgram.run.registry import (
    BINNED_STEPS,
    CONTACT_STEPS,
    COVERAGE_STEPS,
    LABEL_STEPS,
    PROFILE_STEPS,
    finish,
    step_of,
)

__all__ = [
    "BINNED_STEPS",
    "CONTACT_STEPS",
    "COVERAGE_STEPS",
    "LABEL_STEPS",
    "PROFILE_STEPS",
    "Run",
    "finish",
    "run_steps",
    "step_of",
]
