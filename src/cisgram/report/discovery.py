"""The page of a motif discovery: what was found, how sure it is, where it lies, and what was turned down."""

import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from cisgram.errors import InputError
from cisgram.genomics.motif_symmetry import find_dimer, find_palindrome
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.io.files import write_text_atomic
from cisgram.motifs.denovo.discover import Discovery
from cisgram.motifs.denovo.rounds import FoundMotif
from cisgram.motifs.denovo.significance import Enrichment
from cisgram.motifs.match import DATABASE_MATCH_COLUMNS
from cisgram.report.blocks import Cell, Column, Section, Table, Text, mapping_table, number
from cisgram.report.document import page_html
from cisgram.report.matches import Databases, best_match, bits_cell, find_motif, known_name, match_cell, small
from cisgram.report.sites import convergence_section, sites_section

_TESTS = {
    "fisher": "Fisher's exact test",
    "binomial": "a binomial test, as sequences and controls differ in length",
    "none": "no test, as nothing was held out",
}
_MOTIF_COLUMNS = [
    Column("motif"),
    Column("bits, and consensus"),
    Column("sites", numeric=True, hint="places in all sequences, and how many sequences have one"),
    Column("held-out with a site", numeric=True, hint="sequences that the search never saw"),
    Column("control with a site", numeric=True),
    Column("p", numeric=True, hint="one-sided: as many held-out sequences with a site if they were like the control"),
    Column("q", numeric=True, hint="the p-value after correction for the motifs that may be tried"),
    Column("AUROC", numeric=True, hint="chance that a held-out sequence has a better best site than a control"),
    Column("symmetry"),
]


class _Known(NamedTuple):
    """Matches in databases."""

    matches: pd.DataFrame
    databases: Databases
    max_q_value: float


def write_discovery_report(
    path: str | os.PathLike[str],
    discovery: Discovery,
    sequences: SequenceSet,
    *,
    matches: pd.DataFrame | None = None,
    databases: Databases | None = None,
    title: str = "Motif discovery",
    inputs: Mapping[str, object] | None = None,
) -> Path:
    """Write the page of a discovery.

    Parameters
    ----------
    path
        The HTML file.
    discovery
        What :func:`cisgram.motifs.denovo.discover.discover_motifs` gave.
    sequences
        What it was given.
    matches
        From :func:`cisgram.motifs.match.match_databases`, the queries being the found motifs; None where no database
        was asked.
    databases
        What they were matched with.
    title
        Of the page.
    inputs
        What to state about the files: paths, numbers, hashes.

    Returns
    -------
    pathlib.Path
        The file: one HTML page with all pictures inside, no scripts, nothing loaded from elsewhere.

    Raises
    ------
    InputError
        The table of matches lacks a column.
    """
    known = None
    if matches is not None:
        if missing := [name for name in DATABASE_MATCH_COLUMNS if name not in matches]:
            raise InputError(f"a table of matches lacks {', '.join(missing)}; make it with match_databases")
        known = _Known(matches, databases or {}, max_q_value=0.05)
    sections = [
        _motifs(discovery, known),
        _match_section(discovery, known),
        *sites_section(discovery, sequences),
        convergence_section(discovery),
        _rejected(discovery),
        _settings(discovery, inputs or {}),
    ]
    subtitle = f"{discovery.n_sequences:,} sequences, {discovery.n_control:,} control sequences"
    path = Path(path)
    write_text_atomic(path, page_html([one for one in sections if one is not None], title=title, subtitle=subtitle))
    return path


def _motifs(discovery: Discovery, known: _Known | None) -> Section:
    """The table of what was found, and the findings in plain words."""
    tried = [*discovery.motifs, *discovery.rejected]
    by_test = f", by {_TESTS.get(tried[0].enrichment.test, tried[0].enrichment.test)}" if tried else ""
    lead = f"{_how_tested(discovery)}, against control sequences{by_test}."
    if not discovery.motifs:
        short, text = _nothing(discovery)
        return Section("Motifs", lead, [Text(text)], findings=[short])
    lead += " The motifs and their sites below are refined on all sequences; the tested ones were not."
    rows = [_motif_row(found) for found in discovery.motifs]
    findings = [_finding(found, known) for found in discovery.motifs]
    if discovery.rejected:
        n = len(discovery.rejected)
        findings.append(f"{n} more candidate{'s were' if n > 1 else ' was'} tried and turned down.")
    return Section("Motifs", lead, [Table(_MOTIF_COLUMNS, rows)], findings)


def _how_tested(discovery: Discovery) -> str:
    if discovery.n_splits > 1:
        return (
            f"Sought in {discovery.n_sequences:,} sequences and, as these are few, tested in {discovery.n_splits} "
            "folds: each tests a motif that was sought without it"
        )
    return (
        f"Sought in {discovery.n_sequences - discovery.n_held_out:,} sequences and tested on "
        f"{discovery.n_held_out:,} that the search never saw"
    )


def _nothing(discovery: Discovery) -> tuple[str, str]:
    """That nothing was found, in short, and why this is a result."""
    if not discovery.rejected:
        short = "No motif: no word is so much more common than in the control that a motif could grow from it."
        return short, f"This is a result: {discovery.n_sequences:,} sequences without a common motif look like this."
    best = min(discovery.rejected, key=lambda found: found.enrichment.q_value)
    n = len(discovery.rejected)
    tried = "The one candidate" if n == 1 else f"The best of {n} candidates"
    short = f"No significant motif. {tried} did not hold up in sequences that the search had not seen."
    text = (
        f"{tried}, {best.motif.consensus()}, lies in {_shares(best.enrichment)} (q = {small(best.enrichment.q_value)}, "
        f"limit {discovery.config.max_p_value:g}). This is a result: any search finds its best words even in random "
        "sequences, and the test on held-out sequences tells those from motifs. Either the sequences share none, or a "
        f"motif is too rare or too weak for {discovery.n_held_out:,} held-out sequences to show it."
    )
    return short, text


def _shares(enrichment: Enrichment) -> str:
    return (
        f"{enrichment.n_with:,} of {enrichment.n:,} held-out sequences against {enrichment.n_control_with:,} of "
        f"{enrichment.n_control:,} control sequences"
    )


def _finding(found: FoundMotif, known: _Known | None) -> str:
    motif, enrichment = found.motif, found.enrichment
    text = f"{motif.name}, {motif.consensus()}: "
    if enrichment.n:
        text += f"{_shares(enrichment)}, q = {small(enrichment.q_value)}"
    else:
        text += "not tested, as no sequences were held out"
    if known is not None:
        best = best_match(known.matches, found.motif.name, max_q_value=known.max_q_value)
        if best is None:
            text += "; no known motif is like it"
        else:
            text += f"; looks like {known_name(best)}, q = {small(best['q_value'])}"
    return text + "."


def _motif_row(found: FoundMotif) -> list[Cell]:
    enrichment, sites = found.enrichment, found.sites
    return [
        Cell(found.motif.name, "whole"),
        bits_cell(found.motif, note=found.motif.consensus()),
        Cell(f"{len(sites):,} in {sites['sequence'].nunique():,}", "n"),
        Cell(_of(enrichment.n_with, enrichment.n), "n"),
        Cell(_of(enrichment.n_control_with, enrichment.n_control), "n"),
        Cell(small(enrichment.p_value), "n"),
        Cell(small(enrichment.q_value), "n strong"),
        Cell(number(enrichment.auroc), "n"),
        Cell(_symmetry(found)),
    ]


def _of(n: int, total: int) -> str:
    return f"{n:,} of {total:,} ({n / total:.0%})" if total else "-"


def _symmetry(found: FoundMotif) -> str:
    """Whether the motif is a palindrome or a dimer, in words."""
    palindrome = find_palindrome(found.motif)
    if palindrome is not None or found.palindrome:
        kept = ", kept equal to its reverse complement" if found.palindrome else ""
        if palindrome is None:
            return f"palindrome{kept}"
        middle = f", {palindrome.spacer} bp between the halves" if palindrome.spacer else ""
        return f"palindrome: halves of {palindrome.half_length} bp{middle}{kept}"
    dimer = find_dimer(found.motif)
    if dimer is None:
        return "none"
    return f"direct repeat: {dimer.half_length} bp twice, {dimer.spacer} bp between them"


def _match_section(discovery: Discovery, known: _Known | None) -> Section | None:
    """The best known motifs of every found one, aligned."""
    if known is None or not discovery.motifs:
        return None
    columns = [Column("motif"), Column("best matches: found above, known below")]
    rows = []
    for found in discovery.motifs:
        own = known.matches[known.matches["query"] == found.motif.name].sort_values("p_value", kind="stable")
        cells = [Cell(found.motif.name, "whole"), *(_match(found, match, known) for _, match in own.head(3).iterrows())]
        rows.append(cells if len(cells) > 1 else [*cells, Cell("no match", "soft")])
    widest = max(map(len, rows))
    rows = [[*row, *[Cell("")] * (widest - len(row))] for row in rows]
    columns += [Column("") for _ in range(widest - 2)]
    names = ", ".join(f"{name} ({len(motifs):,} motifs)" for name, motifs in known.databases.items())
    lead = f"Matches by Tomtom in {names or 'the databases'}; the columns that both motifs have stand on grey."
    return Section("Known motifs", lead, [Table(columns, rows)])


def _match(found: FoundMotif, match: pd.Series, known: _Known) -> Cell:
    note = f"{known_name(match)}, {match['database']}, q\u00a0=\u00a0{small(float(match['q_value']))}"
    motif = find_motif(known.databases, match)
    if motif is None or match["q_value"] > known.max_q_value:
        return Cell(f"not significant: {note}" if motif is not None else note, "soft")
    return match_cell(found.motif, motif, match, note=note)


def _rejected(discovery: Discovery) -> Section | None:
    """Candidates that did not hold up, folded."""
    if not discovery.rejected:
        return None
    limit = discovery.config.max_p_value
    rows = [[*_motif_row(found), Cell(_reason(found.enrichment, limit))] for found in discovery.rejected]
    table = Table(
        [*_MOTIF_COLUMNS, Column("why")],
        rows,
        title=f"{len(rows)} candidate{'s' if len(rows) > 1 else ''} without significance",
        is_folded=True,
    )
    lead = "What the search put together from enriched words, and held-out sequences did not confirm."
    return Section("Turned down", lead, [table])


def _reason(enrichment: Enrichment, limit: float) -> str:
    if not enrichment.n_with:
        return "no held-out sequence has a site"
    share, control = enrichment.n_with / enrichment.n, enrichment.n_control_with / max(enrichment.n_control, 1)
    if share <= control:
        return f"no more common in held-out sequences ({share:.0%}) than in the control ({control:.0%})"
    return f"{share:.0%} against {control:.0%} can be chance: q is above {limit:g}"


def _settings(discovery: Discovery, inputs: Mapping[str, object]) -> Section:
    dropped = {f"left out: {reason}": f"{n:,}" for reason, n in discovery.dropped.items()}
    bases = ", ".join(f"{base} {share:.3f}" for base, share in zip("ACGT", discovery.background.bases, strict=True))
    used = {
        **{key: str(value) for key, value in inputs.items()},
        "sequences used": f"{discovery.n_sequences:,}",
        "of these held out for the test": f"{discovery.n_held_out:,}"
        + (f", in {discovery.n_splits} folds" if discovery.n_splits > 1 else ""),
        "control sequences": f"{discovery.n_control:,}",
        **(dropped or {"left out": "none"}),
        "background": f"Markov chain of order {discovery.background.order}; {bases}",
    }
    settings = mapping_table(asdict(discovery.config), names=("setting", "value"))
    folded = Table(settings.columns, settings.rows, title="All settings", is_folded=True)
    findings = []
    if discovery.dropped:
        said = ", ".join(f"{n:,} {reason}" for reason, n in discovery.dropped.items())
        findings = [f"{sum(discovery.dropped.values()):,} sequences were left out: {said}."]
    return Section(
        "Inputs and settings", blocks=[mapping_table(used, names=("what", "value")), folded], findings=findings
    )
