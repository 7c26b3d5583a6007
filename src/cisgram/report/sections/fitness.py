"""The question: is the data fit to train on."""

from collections.abc import Sequence

from cisgram.doctor.questions import CHECKS, OF_THE_MACHINE
from cisgram.doctor.verdict import Diagnosis, Verdict, merge_alike
from cisgram.report.blocks import Cell, Column, Section, Table, Text
from cisgram.report.results import RunResults, json_or_none

_TITLE = "Is the data fit to train on?"


def fitness(results: RunResults) -> Section | None:
    """What the data doctor found before the run began: warnings with what to do, and all else folded."""
    path = results.folder / "check.json"
    values = json_or_none(path)
    if values is None:
        return None
    found = Diagnosis.from_json(values, path=str(path))
    bad = [*found.of("error"), *found.of("warning")]
    n_fine, n_skipped = found.counts["ok"], found.counts["skipped"]
    blocks: list[Table | Text] = [_bad_table(bad)] if bad else [Text("Nothing was found that speaks against it.")]
    blocks += [_other_table(found.of("ok"), f"{n_fine} verdicts that are fine")] if n_fine else []
    blocks += [_other_table(found.of("skipped"), f"{n_skipped} questions that could not be asked")] if n_skipped else []
    lead = (
        f"Every file was asked before anything was made of it. Fine: {n_fine}; warnings: {len(found.of('warning'))}; "
        f"errors: {len(found.of('error'))}; could not be asked: {n_skipped}. All verdicts are in check.json."
    )
    return Section(_TITLE, lead, blocks, findings=_findings(bad, n_fine))


def _findings(bad: Sequence[Verdict], n_fine: int) -> list[str]:
    """What the top of the page says."""
    if not bad:
        return [f"Fitness of the data: {n_fine} verdicts, no warning."]
    names = ", ".join(dict.fromkeys(one.check.replace("_", " ") for one in bad))
    return [f"Fitness of the data: {len(bad)} of {n_fine + len(bad)} verdicts ask for a look ({names})."]


def _bad_table(bad: Sequence[Verdict]) -> Table:
    """Warnings and errors with evidence and remedy."""
    rows = [
        [
            Cell(one.level, "whole"),
            Cell(one.check.replace("_", " ")),
            Cell(one.subject, "wide"),
            Cell(one.evidence, "wide", varies=one.check in OF_THE_MACHINE),
            Cell(one.remedy, "wide"),
        ]
        for one in merge_alike(bad)
    ]
    columns = [Column("level"), Column("question"), Column("of"), Column("evidence"), Column("what to do")]
    return Table(columns, rows, title="To be looked at")


def _other_table(verdicts: Sequence[Verdict], title: str) -> Table:
    """What is fine, or could not be asked; folded."""
    rows = [
        [
            Cell(one.check.replace("_", " ")),
            Cell(one.subject, "wide"),
            Cell(one.evidence, "wide", varies=one.check in OF_THE_MACHINE),
        ]
        for one in verdicts
    ]
    asked = dict.fromkeys(one.check for one in verdicts)
    caption = " ".join(f"{name.replace('_', ' ').capitalize()}: {CHECKS[name].asked}" for name in asked)
    columns = [Column("question"), Column("of"), Column("evidence")]
    return Table(columns, rows, title=title, caption=caption, is_folded=True)
