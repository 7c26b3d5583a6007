"""Exceptions and warnings that a caller may catch.

::

    ValueError
    └── InputError              something that was given cannot be used
        ├── FormatError         a file breaks its format (file, line)
        ├── ContigError         contig names or lengths do not fit together
        ├── EmptySetError       a filter left nothing (how many went, by reason)
        ├── ConfigError         a setting is unknown, misspelt or contradicts another
        ├── CheckpointError     a checkpoint is damaged or belongs to another model
        ├── DivergenceError     a training has failed: its loss is not finite, or all that it predicts is the same
        └── RunFolderError      an output folder belongs to another run
    OSError
    └── OutputError             a result could not be written (disk full, no permission)
    ImportError
    └── MissingExtraError       an optional library is not installed
    UserWarning
    └── CisgramWarning          something was dropped or looks wrong, but work goes on

Every message says which file, line or argument, what must hold, what came, and what to do.
"""

from collections.abc import Mapping
from os import PathLike


class InputError(ValueError):
    """Something that was given cannot be used."""


class FormatError(InputError):
    """A file breaks its format.

    Parameters
    ----------
    path
        The file.
    problem
        What must hold, what came, what to do.
    line
        1-based line number, where there is one.
    """

    def __init__(self, path: str | PathLike[str], problem: str, *, line: int | None = None) -> None:
        self.path, self.line = str(path), line
        where = self.path if line is None else f"{self.path}, line {line}"
        super().__init__(f"{where}: {problem}")


class ContigError(InputError):
    """Contig names or lengths of two inputs do not fit together."""


class EmptySetError(InputError):
    """A chain of filters left nothing.

    Parameters
    ----------
    what
        What is missing now, e.g. ``"training windows"``.
    dropped
        How many were removed, by reason.
    hint
        What to do.
    """

    def __init__(self, what: str, *, dropped: Mapping[str, int], hint: str = "") -> None:
        self.dropped = dict(dropped)
        reasons = ", ".join(f"{n} {reason}" for reason, n in self.dropped.items()) or "none were given"
        super().__init__(f"no {what} left ({reasons}){'; ' + hint if hint else ''}")


class ConfigError(InputError):
    """A setting is unknown, misspelt, of the wrong kind, or contradicts another."""


class CheckpointError(InputError):
    """A checkpoint is damaged, of another version, or belongs to another model."""


class DivergenceError(InputError):
    """A training has failed: its loss is no longer a finite number, or its model predicts the same everywhere."""


class RunFolderError(InputError):
    """An output folder belongs to another run, or lacks a step that is needed first."""


class OutputError(OSError):
    """A result could not be written."""


class MissingExtraError(ImportError):
    """An optional library is not installed.

    Parameters
    ----------
    library
        The library that was asked for.
    extra
        The extra of cisgram that brings it.
    """

    def __init__(self, library: str, extra: str) -> None:
        super().__init__(f"{library} is needed for this and is not installed; run: pip install 'cisgram[{extra}]'")


class CisgramWarning(UserWarning):
    """Something was dropped or looks wrong, but work goes on."""
