"""The page of loci as cases."""

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from cisgram.genomics.locus_study import LocusStudy
from cisgram.report.blocks import Picture, Section, picture
from cisgram.report.experiments.page import MOST_PICTURES, settings_section, write_page
from cisgram.report.locus_plots import draw_locus, locus_height

LEAD = (
    "Grey: observed reads, replicates pooled; blue line: predicted; plus strand upwards, minus strand downwards. "
    "Letters: what each base adds to the model's score of the track. Bands: motif instances of the run, named above. "
    "The table of shades: log2 fold of the reads predicted for the window when the bases of one instance are replaced "
    "by random ones; below the mean, the range over fillings."
)


def write_locus_report(
    path: str | os.PathLike[str], studies: Sequence[LocusStudy], *, settings: Mapping[str, object]
) -> Path:
    """Write the page of loci.

    Parameters
    ----------
    path
        The HTML file.
    studies
        The first :data:`cisgram.report.experiments.page.MOST_PICTURES` are drawn.
    settings
        What to state about the question.
    """
    drawn = [locus_picture(study) for study in studies[:MOST_PICTURES]]
    findings = [line for study in studies[:6] if (line := locus_finding(study))]
    subtitle = "1 locus" if len(studies) == 1 else f"{len(studies):,} loci"
    sections = [
        Section("Loci", LEAD, drawn, findings),
        settings_section(settings, shown=len(drawn), of=len(studies), what="loci"),
    ]
    return write_page(path, sections, title="Loci", subtitle=subtitle)


def locus_picture(study: LocusStudy) -> Picture:
    """One locus as a block of a page."""
    caption = f"Contributions to the score {study.score!r}."
    if study.remark:
        caption += f" {study.remark[0].upper()}{study.remark[1:]}."
    return picture(
        partial(draw_locus, study=study), width=12, height=locus_height(study), caption=caption, title=str(study)
    )


def locus_finding(study: LocusStudy) -> str:
    """The deletion that costs most; nothing where none was made."""
    if study.effects.empty:
        return ""
    row = study.effects.iloc[int(study.effects["effect"].to_numpy().argmin())]
    return (
        f"{study}: deleting {row['pattern']} (instance {row['instance']}) changes the reads of {row['track']} by "
        f"{row['effect']:+.2f} in log2 ({row['low']:+.2f} to {row['high']:+.2f} over fillings), the largest loss there."
    )
