"""Write report.html from what is there."""

from collections.abc import Mapping
from typing import Any

from cisgram.report.page import write_report
from cisgram.run.folder import Run


def report(run: Run) -> Mapping[str, Any]:
    """Do the step."""
    write_report(run.folder)
    return {}
