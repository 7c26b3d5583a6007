"""The page of one variant: what it does to the prediction, to motif sites, and to what bases around it are worth."""

import os
from collections.abc import Hashable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgram.genomics.motif import Motif
from cisgram.report.blocks import Cell, Column, Section, Table, Text, number, picture, picture_cell
from cisgram.report.experiment_plots import draw_disruption
from cisgram.report.experiments.page import count, write_page
from cisgram.report.folding_plots import folding_picture
from cisgram.report.logos import bit_heights, plot_logo
from cisgram.report.variants.overview import small
from cisgram.report.variants.plots import draw_allele_tracks, plot_levels
from cisgram.report.variants.results import ScoreMeaning, VariantPage, VariantResults

_MAPS = (
    "What the bases around the variant are worth to the model, with either allele, on one scale. A logo that shrinks "
    "at the variant is a site that the variant breaks; one that grows is a site that it makes."
)
_MOST_SITES = 12


def write_variant_page(path: str | os.PathLike[str], page: VariantPage, results: VariantResults) -> Path:
    """Write the page of one variant.

    Parameters
    ----------
    path
        The HTML file.
    page
        What to show.
    results
        All variants of the call, for what scores mean.
    """
    sections = [_effect(page, results)]
    if page.maps is not None:
        sections.append(_maps(page))
    if page.sites is not None:
        sections.append(_sites(page))
    sections.append(_all_scores(page, results))
    subtitle = "" if page.name in ("", ".", page.title) else f"{page.name}, "
    return write_page(path, sections, title=page.title, subtitle=f"{subtitle}{results.model_text}")


def _effect(page: VariantPage, results: VariantResults) -> Section:
    """Predictions with either allele."""
    blocks = []
    if page.tracks:
        draw = partial(draw_allele_tracks, tracks=page.tracks, alleles=page.alleles)
        caption = (
            "Above: the reference allele's prediction in grey, the alternative's as an orange line. Below: alternative "
            "minus reference, red where it is more and blue where it is less. Where there are two strands, the minus "
            "strand is drawn downwards. Of insertions and deletions, the alternative is put into the reference's "
            "places."
        )
        blocks.append(picture(draw, width=10, height=2.9 * len(page.tracks), caption=caption))
    if page.levels is not None:
        levels = page.levels

        def draw_levels(figure: Figure) -> None:
            plot_levels(levels, ax=figure.subplots(), unit=results.meaning.unit)

        height = 1.3 + 0.26 * min(len(levels), 24)
        blocks.append(picture(draw_levels, width=7, height=height, caption="The prediction with either allele."))
    blocks += [folding_picture(one) for one in page.folding]
    blocks += [Text(note) for note in page.notes]
    return Section("Prediction", "", blocks, _sentences(page, results))


def _sentences(page: VariantPage, results: VariantResults) -> list[str]:
    """The most important rows in words."""
    main, meaning = results.main, results.meaning
    rows = page.rows.assign(size=page.rows[main].abs()).sort_values("size", ascending=False, kind="stable")
    found = [_effect_sentence(row, results) for row in rows.head(3).to_dict("records")]
    if len(rows) > 3:
        found.append(f"Of {count(len(rows), 'track')}, those three change most by {main} ({meaning.unit}).")
    found += [
        f"Measured (or known) effect in {track}: {value:.3g}."
        for track, value in list(page.measured.items())[:3]
        if value == value
    ]
    if page.sites is not None:
        found += [_site_sentence(row) for row in page.sites.head(2).to_dict("records")]
        if page.sites.empty:
            found.append("No known motif gains or loses a site here, by the sequence alone.")
    return found


def _effect_sentence(row: dict[Hashable, Any], results: VariantResults) -> str:
    """One track in words."""
    main, value = results.main, float(row[results.main])
    ref, alt = float(row["reference"]), float(row["alternative"])
    what = f"{row['track']}: {main} {value:+.3g}"
    if ref == ref and alt == alt:
        way = "rises" if alt > ref else "falls" if alt < ref else "stays"
        share = f" ({(alt - ref) / ref:+.0%})" if ref > 0 and alt >= 0 else ""
        what = f"In {row['track']}, the prediction {way} from {ref:.3g} to {alt:.3g}{share}; {main} {value:+.3g}"
    if not results.has_null or row[f"{main}_p"] != row[f"{main}_p"]:
        return f"{what}."
    quantile = float(row[f"{main}_quantile"])
    rare = f"larger than {quantile:.1%} of null changes" if quantile < 1 else "larger than all null changes"
    return (
        f"{what}, {rare} of its kind (p = {small(row[f'{main}_p'])}, q = {small(row[f'{main}_q'])}, "
        f"{int(row['n_null']):,} null changes)."
    )


def _site_sentence(row: dict[Hashable, Any]) -> str:
    name = f"{row['motif_name']} ({row['motif']})" if row["motif_name"] else str(row["motif"])
    verb = {"gained": "makes", "lost": "takes away", "stronger": "strengthens", "weaker": "weakens"}[row["change"]]
    return f"It {verb} a site of {name}: {number(row['ref_bits'], 1)} to {number(row['alt_bits'], 1)} bits."


def _maps(page: VariantPage) -> Section:
    """Saturation mutagenesis around the variant, with either allele."""
    assert page.maps is not None
    ref, alt = page.maps
    draw = partial(draw_disruption, ref=ref, alt=alt, alleles=page.alleles, unit=page.maps_unit, start=page.maps_start)
    caption = f"{page.maps_track}. Dots: the base that is there. {page.maps_note}".strip()
    return Section("Bases around it", _MAPS, [picture(draw, width=11, height=6.0, caption=caption)])


def _sites(page: VariantPage) -> Section:
    """Motif sites that come and go, with their logos."""
    assert page.sites is not None
    columns = [
        Column("motif"),
        Column("logo"),
        Column("change"),
        Column("reference"),
        Column("alternative"),
        Column("bits", numeric=True, hint="log2 likelihood ratio of the best window, reference to alternative"),
        Column("p", numeric=True, hint="chance that a window of the background scores as high"),
    ]
    rows = [
        _site_row(row, page.motifs.get(str(row["motif"]))) for row in page.sites.head(_MOST_SITES).to_dict("records")
    ]
    lead = (
        "Known motifs with a site that one of the alleles has and the other has not, or that changes by 1 bit or more; "
        "by the sequence alone. Letters are of the best window that touches the variant, as the motif reads them; what "
        "differs is in small letters."
    )
    more = f"; the first {_MOST_SITES}, motifs.tsv holds all" if len(page.sites) > _MOST_SITES else ""
    table = Table(columns, rows, title=f"{count(len(page.sites), 'site')}{more}")
    return Section("Motif sites", lead, [table] if rows else [Text("There is none.")])


def _site_row(row: dict[Hashable, Any], motif: Motif | None) -> list[Cell]:
    name = f"{row['motif_name']} ({row['motif']})" if row["motif_name"] else str(row["motif"])
    ref, alt = _marked(str(row["ref_site"]), str(row["alt_site"]))
    style = "yes" if row["change"] in ("gained", "stronger") else "no"
    return [
        Cell(name),
        Cell("") if motif is None else _logo(motif),
        Cell(str(row["change"]), style),
        Cell(ref, "mono"),
        Cell(alt, "mono"),
        Cell(f"{number(row['ref_bits'], 1)} to {number(row['alt_bits'], 1)}", "n strong"),
        Cell(f"{small(row['ref_p'])} to {small(row['alt_p'])}", "n"),
    ]


def _logo(motif: Motif) -> Cell:
    def draw(ax: Axes) -> None:
        plot_logo(bit_heights(motif), ax=ax)
        ax.set_ylim(0, 2)
        ax.axis("off")

    return picture_cell(draw, text=motif.consensus(), width=min(0.12 * len(motif), 2.4), height=0.42)


def _marked(ref: str, alt: str) -> tuple[str, str]:
    """Letters that differ between two windows of the same place in small letters.

    Examples
    --------
    >>> _marked("ACGT", "ACTT")
    ('ACgT', 'ACtT')
    """
    if len(ref) != len(alt) or sum(one != other for one, other in zip(ref, alt, strict=True)) > len(ref) // 2:
        return ref, alt  # windows of different places
    both = [
        "".join(one.lower() if one != other else one for one, other in zip(left, right, strict=True))
        for left, right in ((ref, alt), (alt, ref))
    ]
    return both[0], both[1]


def _all_scores(page: VariantPage, results: VariantResults) -> Section:
    """Every score in every track."""
    names = [score.name for score in results.scores]
    columns = [Column("track")]
    for score in results.scores:
        columns.append(Column(score.name, numeric=True, hint=f"{score.definition} ({score.unit})"))
        if f"{score.name}_p" in page.rows:
            columns.append(Column("p", numeric=True, hint=f"of {score.name}, beside null changes"))
    rows = [
        [Cell(str(row["track"])), *(cell for name in names for cell in _score_cells(row, name))]
        for row in page.rows.to_dict("records")
    ]
    lead = "; ".join(_meaning(score) for score in results.scores)
    return Section(
        "All scores", f"{lead}.", [Table(columns, rows, is_folded=len(rows) > 40, title=count(len(rows), "track"))]
    )


def _score_cells(row: dict[Hashable, Any], name: str) -> list[Cell]:
    cells = [Cell(number(row[name]), "n strong")]
    if f"{name}_p" in row:
        cells.append(Cell(small(row[f"{name}_p"]), "n"))
    return cells


def _meaning(score: ScoreMeaning) -> str:
    return f"{score.name}: {score.definition} ({score.unit})"


def page_rows(table: pd.DataFrame, index: int) -> pd.DataFrame:
    """Rows of one variant."""
    return table[table["index"] == index]
