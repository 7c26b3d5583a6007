"""The command line: one verb per file."""

from cisgram.cli.main import main

__all__ = ["main"]
