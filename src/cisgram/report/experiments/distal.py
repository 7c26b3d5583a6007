"""The page of promoters and the distal elements that their predicted signal depends on."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cisgram.genomics.promoter_study import PromoterStudy
from cisgram.report.blocks import Picture, Section, picture
from cisgram.report.distal_plots import PromoterPicture, distal_limit, draw_promoter, plot_saliency_against_deletion
from cisgram.report.experiments.folding import frame_table
from cisgram.report.experiments.page import MOST_PICTURES, count, settings_section, write_page
from cisgram.report.style import house_style, png_uri

LEAD = (
    "For each promoter the model is asked how its predicted signal would change with every bin of the window: the "
    "features of a bin, before bins see each other, times the slope of the signal (saliency). Bins that stand out and "
    "say the same on both strands and with the sequence moved a little are joined to elements. Each element is then "
    "shuffled in the sequence and the signal predicted again, as are stretches of the window by chance. All this is "
    "what the model has learnt, not an experiment: what it cannot predict, it cannot explain."
)
SHOWN_COLUMNS = (
    "gene", "track", "chrom", "start", "end", "distance_bp", "kind", "relative", "peak_z", "q_value", "deletion_log2",
    "deletion_p",
)  # fmt: skip
"""Columns of elements that pages show."""


def write_distal_report(
    path: str | os.PathLike[str], pictures: Sequence[PromoterPicture], *, settings: Mapping[str, object]
) -> Path:
    """Write the page.

    Parameters
    ----------
    path
        The HTML file.
    pictures
        The first :data:`cisgram.report.experiments.page.MOST_PICTURES` are drawn, all are in the tables.
    settings
        What to state about the question.
    """
    studies = [one.study for one in pictures]
    elements = joined_elements(studies)
    drawn = [promoter_picture(one) for one in pictures[:MOST_PICTURES]]
    scatter = [deletion_picture(elements)] if elements["deletion_log2"].notna().sum() >= 3 else []
    table = frame_table(elements[list(SHOWN_COLUMNS)], title="Elements")
    sections = [
        Section("Elements that promoters use", LEAD, [*scatter, table], distal_findings(studies)),
        Section("Promoters", "", drawn),
        settings_section(settings, shown=len(drawn), of=len(pictures), what="promoters"),
    ]
    return write_page(path, sections, title="Distal elements", subtitle=count(len(pictures), "promoter"))


def joined_elements(studies: Sequence[PromoterStudy]) -> pd.DataFrame:
    """Elements of all promoters, one below the other."""
    tables = [one.elements for one in studies]
    return pd.concat([one for one in tables if len(one)] or tables[:1], ignore_index=True)


def promoter_picture(shown: PromoterPicture) -> Picture:
    """One promoter as a block of a page."""
    study = shown.study
    with house_style():
        figure: Figure = draw_promoter(shown)
        image, width = png_uri(figure), round(80 * figure.get_size_inches()[0])
    tss = f"{study.chrom}:{study.tss + 1:,}"
    cut = [
        f"{track}: cut at {100 * distal_limit(study, study.tracks.index(track), shown.promoter_bp):.0f} %"
        for track in shown.tracks
    ]
    caption = (
        "Blue: predicted track. Saliency of each bin as a share of the promoter's signal, red where the bin raises it "
        f"and blue where it lowers it, on the scale of the bins farther than {shown.promoter_bp:,} bp from the TSS "
        f"({'; '.join(cut)}). Arcs: from the promoter to the distal elements that stand out, the wider the more "
        "saliency."
    )
    return Picture(image, caption, f"{study.name} ({tss}, strand {study.strand})", width=width)


def deletion_picture(elements: pd.DataFrame) -> Picture:
    """Saliency against deletion as a block of a page: all elements, and beside them the distal ones alone."""
    distal = elements[elements["kind"].eq("distal")].dropna(subset=["relative", "deletion_log2"])
    shown = [elements, distal] if 0 < len(distal) < len(elements) else [elements]

    def draw(figure: Figure) -> None:
        for part, ax in zip(shown, figure.subplots(1, len(shown), squeeze=False)[0], strict=True):
            plot_saliency_against_deletion(part, ax=ax)

    return picture(
        draw,
        width=4.6 * len(shown),
        height=3.4,
        caption="Each point is an element of a promoter and track: estimated by the gradient, and by shuffling it. On "
        "the right, if there are two panels, the distal elements alone.",
        title="Saliency and deletion",
    )


def distal_findings(studies: Sequence[PromoterStudy]) -> list[str]:
    """What came out, a sentence each: how many elements, whether deletion agrees, and the first promoters' own."""
    elements = joined_elements(studies)
    distal = elements[elements["kind"].eq("distal")]
    if distal.empty:
        return ["No distal element stands out of the window of any of these promoters."]
    n_pairs = sum(len(one.tracks) for one in studies)
    found = [
        f"{count(len(distal), 'distal element')} of {count(n_pairs, 'pair')} of promoter and track stand out; their "
        f"distance to the TSS is {distal['distance_bp'].abs().median() / 1000:.1f} kb in the median."
    ]
    found += _agreement(distal)
    return [*found, *(line for study in studies[:4] if (line := promoter_finding(study)))]


def promoter_finding(study: PromoterStudy) -> str:
    """The distal element with the largest share of the signal of a track; nothing where there is none."""
    distal = study.elements[study.elements["kind"].eq("distal")].dropna(subset=["relative"])
    if distal.empty:
        return ""
    row = distal.iloc[int(distal["relative"].abs().to_numpy().argmax())]
    track, own = row["track"], distal[distal["track"].eq(row["track"])]
    side = "upstream" if row["distance_bp"] < 0 else "downstream"
    by_chance = (
        "" if row["deletion_p"] != row["deletion_p"] else f" (p = {row['deletion_p']:.2g} among stretches by chance)"
    )
    place = f"{row['chrom']}:{int(row['start']) + 1:,}-{int(row['end']):,}"
    return (
        f"{study.name}, {track}: {count(len(own), 'distal element')}; the strongest, "
        f"{abs(row['distance_bp']) / 1000:.1f} kb {side} ({place}), has a saliency of {row['relative']:.0%} of the "
        f"signal; shuffled, the signal changes by {row['deletion_log2']:+.2f} in log2{by_chance}."
    )


def _agreement(distal: pd.DataFrame) -> list[str]:
    """Whether deletion says the same as the gradient."""
    known = distal.dropna(subset=["relative", "deletion_log2"])
    if len(known) < 3 or known["relative"].nunique() < 2 or known["deletion_log2"].nunique() < 2:
        return []
    r = float(known["relative"].rank().corr(-known["deletion_log2"].rank()))
    is_same = np.sign(known["relative"]) == -np.sign(known["deletion_log2"])
    n_beyond = int((known["deletion_p"] <= 0.1).sum())
    return [
        f"Shuffling agrees with the gradient for {is_same.mean():.0%} of them in sign (rank correlation {r:.2f}); "
        f"{n_beyond} of {len(known)} change the signal more than nine in ten stretches by chance do."
    ]
