"""A run is a folder: its settings, its manifest and its steps."""

from cisgram.run.folder import Run
from cisgram.run.pipeline import run_steps
from cisgram.run.registry import STEPS, finish

__all__ = ["STEPS", "Run", "finish", "run_steps"]
