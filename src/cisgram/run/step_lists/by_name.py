"""Steps of a run by name, with the report of all of them at the end."""

from collections.abc import Iterable

from cisgram.run.pipeline import Step
from cisgram.run.steps.report import report


def by_name(steps: Iterable[Step]) -> dict[str, Step]:
    """Steps by name, in their order, and the report of all of them at the end."""
    named = {step.name: step for step in steps}
    return {**named, "report": Step("report", report, places=("report.html",), uses=tuple(named))}
