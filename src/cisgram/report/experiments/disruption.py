"""The page of variants: their scores, maps with either allele, and the motif sites that change."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from cisgram.interpret.experiments.maps import MutationMap
from cisgram.report.blocks import Cell, Column, Picture, Section, Table, number, picture
from cisgram.report.experiment_plots import draw_disruption
from cisgram.report.experiments.page import MOST_PICTURES, count, settings_section, write_page

_MAPS = (
    "What the bases around a variant are worth to the model, with either allele, on one scale. A logo that shrinks at "
    "the variant is a site that the variant breaks; one that grows is a site that it makes. Dots: the base that is "
    "there."
)


@dataclass(frozen=True, eq=False)
class VariantPicture:
    """Mutation maps around one variant for a page."""

    name: str
    track: str
    ref: MutationMap
    alt: MutationMap
    alleles: tuple[str, str]
    start: int
    """Position of the first base relative to the variant."""


def write_disruption_report(
    path: str | os.PathLike[str],
    table: pd.DataFrame,
    pictures: Sequence[VariantPicture],
    *,
    unit: str,
    settings: Mapping[str, object],
    sites: pd.DataFrame | None = None,
) -> Path:
    """Write the page of variants.

    Parameters
    ----------
    path
        The HTML file.
    table
        From :func:`cisgram.interpret.experiments.disruption.disruption_table`.
    pictures
        Maps to draw; the first :data:`MOST_PICTURES` are.
    unit
        Of the response.
    settings
        What to state about the question.
    sites
        Motif sites that the variants change: ``variant``, ``motif``, ``name``, ``ref_bits``, ``alt_bits``,
        ``change_bits``.
    """
    known = table[table["status"] == "ok"]
    columns = [
        Column("variant"),
        Column("name"),
        Column("track"),
        Column("reference", numeric=True, hint=f"{unit} with the reference allele"),
        Column("alternative", numeric=True),
        Column("difference", numeric=True, hint="alternative minus reference"),
        Column("genome"),
    ]
    rows = [
        [
            Cell(str(row["variant"]), "whole"),
            Cell("" if row["name"] == "." else str(row["name"])),
            Cell(str(row["track"])),
            Cell(number(row["before"]), "n"),
            Cell(number(row["after"]), "n"),
            Cell("-" if np.isnan(row["effect"]) else f"{row['effect']:+.3f}", "n strong"),
            Cell(str(row["status"]), "yes" if row["status"] == "ok" else "no"),
        ]
        for row in table.to_dict("records")
    ]
    strongest = known.reindex(known["effect"].abs().sort_values(ascending=False, kind="stable").index)
    strongest = strongest.drop_duplicates("variant").head(6)
    findings = [
        f"{row['variant']} changes the {unit} of {row['track']} by {row['effect']:+.3g} "
        f"({row['before']:.3g} to {row['after']:.3g})."
        for row in strongest.to_dict("records")
    ]
    n_wrong = table.loc[table["status"] != "ok", "variant"].nunique()
    if n_wrong:
        without = (
            "does not fit the genome and has no score" if n_wrong == 1 else "do not fit the genome and have no scores"
        )
        findings.append(f"{count(n_wrong, 'variant')} {without}; the table says why.")
    drawn = [_disruption_picture(one, unit) for one in pictures[:MOST_PICTURES]]
    table_block = Table(columns, rows, title=f"{len(rows)} variants and tracks", is_folded=len(rows) > 80)
    sections = [
        Section("Variants", f"Difference: {unit} with the alternative allele minus that with the reference allele.",
                [table_block], findings),
        Section("Maps", _MAPS, drawn),
    ]  # fmt: skip
    if sites is not None:
        sections.append(_sites_section(sites))
    sections.append(settings_section(settings, shown=len(drawn), of=len(pictures), what="maps"))
    return write_page(path, sections, title="Variants", subtitle=count(table["variant"].nunique(), "variant"))


def _disruption_picture(one: VariantPicture, unit: str) -> Picture:
    draw = partial(draw_disruption, ref=one.ref, alt=one.alt, alleles=one.alleles, unit=unit, start=one.start)
    return picture(draw, width=11, height=6.0, title=f"{one.name}, {one.track}", caption="")


def _sites_section(sites: pd.DataFrame) -> Section:
    """The motif sites that variants change most."""
    columns = [
        Column("variant"),
        Column("motif"),
        Column("reference (bits)", numeric=True),
        Column("alternative (bits)", numeric=True),
        Column("change", numeric=True),
    ]
    rows = [
        [
            Cell(str(row["variant"]), "whole"),
            Cell(f"{row['name']} ({row['motif']})" if row["name"] else str(row["motif"])),
            Cell(number(row["ref_bits"], 1), "n"),
            Cell(number(row["alt_bits"], 1), "n"),
            Cell(f"{row['change_bits']:+.1f}", "n strong"),
        ]
        for row in sites.to_dict("records")
    ]
    lead = (
        "Best score, log2 likelihood ratio against uniform bases, of each motif over all windows that touch the "
        "variant, on either strand. This looks at the sequence alone, not at the model."
    )
    return Section("Motif sites", lead, [Table(columns, rows)])
