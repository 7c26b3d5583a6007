"""``cisgram check`` asks whether the data of a run are fit to train on."""

import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.session import FAILED, Data, Json, Quiet, session
from cisgram.doctor.questions import CHECKS
from cisgram.doctor.verdict import Diagnosis, Level, Verdict, merge_alike

_COLORS: Mapping[Level, str] = {"ok": "green", "warning": "yellow", "error": "red", "skipped": "bright_black"}
_MOST_LISTED = 3
"""So many verdicts of one question that are fine, or could not be asked, are listed one by one; more are counted."""


def check(
    config: Annotated[
        Path | None, typer.Argument(help="TOML file of a run, or the folder of one that was started.")
    ] = None,
    data: Data = None,
    list_checks: Annotated[bool, typer.Option("--list", help="Say what is asked, and do nothing.")] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Ask whether the data of a run are fit to train on: nothing is trained, nothing is written.

    Every verdict is ok, a warning (look at it) or an error (what is trained on it would be wrong, or the run cannot
    end), with its evidence and what to do. Exit code: 0, also with warnings; 1 with errors. It is the first step of
    ``cisgram run``, too.
    """
    if config is None and not list_checks:
        raise typer.BadParameter("give the TOML file of a run, or --list", param_hint="CONFIG")
    n_errors = 0
    with session(quiet=quiet, as_json=as_json) as spoken:
        if list_checks or config is None:
            spoken.result = {name: one._asdict() for name, one in CHECKS.items()}
            spoken.lines += _questions()
            return
        from cisgram.run import Run  # late: brings torch
        from cisgram.run.config import read_config
        from cisgram.run.doctor.check import diagnose

        if config.is_dir():
            run = Run.open(config)
            settings, folder, place = run.config, run.folder, run.data_folder
        else:
            settings, folder = read_config(config), None
            place = (data or config.resolve().parent).resolve()
        found = diagnose(settings, place, run_folder=folder).accepting(settings.check.accept)
        n_errors = found.counts["error"]
        spoken.result = found.to_json()
        spoken.lines += _lines(found)
    if n_errors:
        raise typer.Exit(FAILED)


def _questions() -> Iterator[str]:
    """Every question with what a warning and an error mean."""
    for name, one in CHECKS.items():
        yield f"{name}: {one.asked}"
        yield from _entry("warning", one.warning) if one.warning else ()
        yield from _entry("error", one.error) if one.error else ()


def _lines(found: Diagnosis) -> Iterator[str]:
    """The verdicts for people: those on one question together, and the sum of all of them."""
    by_check: dict[str, list[Verdict]] = {}
    for one in found.verdicts:
        by_check.setdefault(one.check, []).append(one)
    for name, verdicts in by_check.items():
        yield name
        yield from _of_question(verdicts)
    counts = ", ".join(f"{n} {level}" for level, n in found.counts.items() if n)
    advice = {"error": "do not train on this", "warning": "look at the warnings first"}
    yield f"{counts or 'nothing was asked'}: {advice.get(found.worst, 'fit to train on')}"


def _of_question(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """The verdicts on one question, the bad ones first; the others are only counted where there are many of them."""
    quiet: tuple[tuple[Level, str], ...] = (("ok", "are fine"), ("skipped", "could not be asked"))
    many = {level: [one.subject for one in verdicts if one.level == level] for level, _ in quiet}
    for one in [*merge_alike(one for one in verdicts if one.is_bad), *(one for one in verdicts if not one.is_bad)]:
        if one.is_bad or len(many[one.level]) <= _MOST_LISTED:
            remedy = f" -> {one.remedy}" if one.remedy else ""
            yield from _entry(one.level, f"{one.subject}: {one.evidence}{remedy}")
    for level, what in quiet:
        if (n := len(many[level])) > _MOST_LISTED:
            yield from _entry(level, f"{n} {what}: {', '.join(many[level][:_MOST_LISTED])}, ...")


def _entry(level: Level, text: str) -> Iterator[str]:
    """A level and what is said of it: on a terminal coloured and broken where it ends, elsewhere one plain line."""
    if not sys.stdout.isatty():
        yield f"  {level:<8} {text}"
        return
    first, *others = textwrap.wrap(text, max(40, shutil.get_terminal_size().columns - 11))
    yield f"  {typer.style(f'{level:<8}', fg=_COLORS[level], bold=level == 'error')} {first}"
    yield from (" " * 11 + line for line in others)
