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
        ├── RunFolderError      an output folder belongs to another run
        └── LostProcessError    a process that shared the work was ended from outside
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

_LONGEST = 1500
"""Letters of a message about a file: it may quote what stands there, which may be a line of a million letters."""


class InputError(ValueError):
    """Something that was given cannot be used."""

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes as it is: an error's message is not what it was made of."""
        return _as_it_was, (type(self), self.args, self.__dict__)


class FormatError(InputError):
    """A file breaks its format.

    Parameters
    ----------
    path
        The file.
    problem
        What must hold, what came, what to do; of a very long text the middle is left out.
    line
        1-based line number, where there is one.
    """

    def __init__(self, path: str | PathLike[str], problem: str, *, line: int | None = None) -> None:
        self.path, self.line, self.problem = str(path), line, problem
        where = self.path if line is None else f"{self.path}, line {line}"
        super().__init__(f"{where}: {_shortened(problem)}")


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
    """A setting is unknown, misspelt, of the wrong kind, or contradicts another.

    Parameters
    ----------
    problem
        Which setting, what must hold, what came, what to do; of a very long text the middle is left out.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(_shortened(problem))


class CheckpointError(InputError):
    """A checkpoint is damaged, of another version, or belongs to another model."""


class DivergenceError(InputError):
    """A training has failed: its loss is no longer a finite number, or its model predicts the same everywhere."""


class RunFolderError(InputError):
    """An output folder belongs to another run, or lacks a step that is needed first."""


class LostProcessError(InputError):
    """A process that shared the work was ended from outside, most often for want of memory."""


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


def not_text(error: UnicodeEncodeError) -> str:
    r"""What to tell people whose file or folder has a name that is no text.

    Examples
    --------
    >>> not_text(UnicodeEncodeError("utf-8", "data/caf\udce9", 8, 9, "surrogates not allowed"))
    "a name has bytes that are no UTF-8, and cannot be written into a result: '...data/caf\\udce9...'; rename it"
    """
    near = error.object[max(0, error.start - 40) : error.end + 10]
    return f"a name has bytes that are no UTF-8, and cannot be written into a result: {f'...{near}...'!r}; rename it"


def _shortened(text: str) -> str:
    """A text without its middle, where it is very long."""
    return f"{text[: _LONGEST - 300]} [...] {text[-200:]}" if len(text) > _LONGEST else text


def _as_it_was(kind: type[InputError], arguments: tuple[object, ...], values: dict[str, object]) -> InputError:
    """An error of another process."""
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(values)
    return error
