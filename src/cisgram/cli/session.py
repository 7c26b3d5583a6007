"""What all verbs share: how they speak, how they fail, and the options that every one of them has."""

import json
import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cisgram.errors import InputError, MissingExtraError, not_text

Kind = Annotated[
    Literal["binding", "cell-types", "atac", "contacts", "expression"],
    typer.Option(
        "--kind",
        help="Factors in one cell by ChIP-nexus (BPNet), peaks of open chromatin (Basset), ATAC-seq of single cells "
        "(AtacWorks), contact maps of a genome that folds (Akita), or tracks of genes with distal enhancers (Basenji).",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
Processes = Annotated[
    int,
    typer.Option(
        "--processes",
        min=1,
        help="Processes that share windows, sequences or variants, each with its own model; results are the same.",
    ),
]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="Folder where relative paths of the config begin (default: the config's own folder).",
        envvar="CISGRAM_DATA",
        file_okay=False,
        exists=True,
    ),
]

FAILED = 1
"""Exit code of a verb that could not do its work; wrong use of the command line is 2."""


class Session:
    """Carries what a verb has to say at its end."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.result: dict[str, Any] = {}

    def say(self, line: str) -> None:
        """Add a line for people; not shown with ``--json`` or ``--quiet``."""
        self.lines.append(line)


@contextmanager
def session(*, quiet: bool, as_json: bool) -> Iterator[Session]:
    """Run a verb: log lines on standard error, its result on standard output, one line for an error.

    Exit codes: 0 done, 1 failed, 2 wrong use (typer's own), 130 interrupted.
    """
    _speak(quiet=quiet)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name of a file may be no text at all
    spoken = Session()
    try:
        yield spoken
    except (InputError, MissingExtraError, OSError, UnicodeEncodeError) as error:
        said = not_text(error) if isinstance(error, UnicodeEncodeError) else str(error)
        if as_json:
            print(json.dumps({"error": said, "kind": type(error).__name__}))
        print(f"error: {' '.join(said.split())}", file=sys.stderr)
        raise typer.Exit(FAILED) from error
    if as_json:
        print(json.dumps(spoken.result, indent=2, default=str))
    elif not quiet:
        for line in spoken.lines:
            print(line)


def _speak(*, quiet: bool) -> None:
    """Send log lines and warnings to standard error: coloured on a terminal, plain elsewhere."""
    level = logging.ERROR if quiet else logging.INFO
    handler: logging.Handler
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.logging import RichHandler

        handler = RichHandler(
            console=Console(stderr=True), show_path=False, show_level=False, log_time_format="%H:%M:%S"
        )
    else:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", datefmt="%H:%M:%S"))
    for name in ("cisgram", "py.warnings"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level)
    # A user of the command line wants the message, not the line of code that it came from. Some libraries put Python's
    # own way of showing warnings back when they are imported: it needs the line break that a log line has anyway.
    warnings.formatwarning = lambda message, *_, **__: f"warning: {message}\n"
    logging.getLogger("py.warnings").addFilter(_without_line_break)
    logging.captureWarnings(True)


def _without_line_break(record: logging.LogRecord) -> bool:
    """Take the line break off a warning; the handler adds its own."""
    record.msg = str(record.msg).rstrip("\n")
    return True
