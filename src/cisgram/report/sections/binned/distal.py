"""The question: which distal elements do promoters use, as the model sees it."""

from typing import Any

import pandas as pd

from cisgram.genomics.promoter_study import PromoterStudy
from cisgram.io.promoter_studies import read_promoter_studies
from cisgram.report.binned_results import BinnedResults
from cisgram.report.blocks import Picture, Section, Table, Text
from cisgram.report.distal_plots import PromoterPicture
from cisgram.report.experiments.distal import LEAD, SHOWN_COLUMNS, deletion_picture, promoter_picture
from cisgram.report.experiments.folding import frame_table
from cisgram.report.results import json_or_none

MOST_PROMOTERS = 3
"""Promoters that are drawn; the page in the folder ``distal`` has more."""


def distal(results: BinnedResults) -> Section | None:
    """Findings, saliency against deletion, elements, and the promoters with the most saliency far from the TSS."""
    summary: Any = json_or_none(results.folder / "distal" / "summary.json")
    if summary is None:
        return None
    elements = results.table("distal", "elements.tsv")
    if elements is None:
        return Section("Elements that promoters use", LEAD, [Text("No gene begins in a stretch that was held out.")])
    blocks: list[Table | Text | Picture] = []
    if elements["deletion_log2"].notna().sum() >= 3:
        blocks.append(deletion_picture(elements))
    blocks += [promoter_picture(one) for one in _pictures(results)]
    blocks.append(frame_table(elements[list(SHOWN_COLUMNS)], title=f"Elements of {summary['n_promoters']} promoters"))
    return Section("Elements that promoters use", LEAD, blocks, summary["findings"][:4])


def _pictures(results: BinnedResults) -> list[PromoterPicture]:
    """Promoters whose distal elements have most saliency."""
    studies = read_promoter_studies(results.folder / "distal" / "promoters")
    chosen = sorted(studies, key=lambda one: -_strongest(one))[:MOST_PROMOTERS]
    genes = results.table("evaluation", "annotation.tsv.gz")
    promoter_bp = int(results.config.get("distal", {}).get("promoter_bp", 1000))
    return [PromoterPicture(one, genes, _known(one), promoter_bp=promoter_bp) for one in chosen]


def _strongest(study: PromoterStudy) -> float:
    """Largest share of the signal that a distal element has whose deletion agrees in sign; 0 where there is none."""
    own = study.elements
    agrees = own["kind"].eq("distal") & (own["relative"] * own["deletion_log2"] < 0)
    return float(own["relative"][agrees].abs().max()) if agrees.any() else 0.0


def _known(study: PromoterStudy) -> pd.DataFrame | None:
    """Places of known elements, each once."""
    if study.known.empty:
        return None
    return study.known[["chrom", "start", "end"]].drop_duplicates(ignore_index=True)
