"""The question, for a simulated cell: how much of the planted truth came back."""

from collections.abc import Mapping
from typing import Any

from cisgram.report.blocks import Section
from cisgram.report.planted_variants import planted_variant_blocks
from cisgram.report.profile_results import ProfileResults
from cisgram.report.recovered import RecoveredTable


def truth(results: ProfileResults) -> Section | None:
    """Planted motifs, instances and bases against what was found."""
    recovery = results.recovery
    if recovery is None:
        return None
    motifs = recovery["motifs"]
    n_found = sum(one["is_found"] for one in motifs)
    every = [one for one in recovery["instances"] if one["name"] == "all"]
    findings = [f"Truth recovered: {n_found} of {len(motifs)} planted motifs came out of the model."]
    findings += [
        f"Of {one['n_instances']:,} bound sites in explained windows, {one['recall']:.0%} have a hit of their motif "
        f"(chance: {one['floor_recall']:.0%}); {one['precision']:.0%} of the hits are right "
        f"(chance: {one['floor_precision']:.0%})."
        for one in every
        if one["recall"] is not None and one["precision"] is not None
    ]
    variants, said = planted_variant_blocks(recovery)
    tables = [shown.table(_worth_showing(recovery[key])) for key, shown in _TABLES.items() if recovery.get(key)]
    return Section(
        "Planted truth",
        _LEAD,
        [*tables, *variants],
        [*findings, *_rules(recovery.get("grammar", [])), *said],
    )


def _rules(rows: list[Mapping[str, Any]]) -> list[str]:
    """How many planted rules were found, and how many were invented."""
    if not rows:
        return []
    planted = [row for row in rows if row["planted"] is not None]
    n_found = sum(row["verdict"] == "found" for row in planted)
    n_invented = sum(row["verdict"] == "invented" for row in rows)
    return [f"Grammar recovered: {n_found} of {len(planted)} planted rules; {n_invented} were invented."]


_LEAD = (
    "This cell was simulated, so the answer is known: which motifs were planted, where they are bound, and "
    "which bases matter. A method that looks fine and recovers little here is broken."
)
_TABLES = {
    "motifs": RecoveredTable(
        "Planted motifs",
        {
            "planted": "planted motif",
            "is_found": "found",
            "best": "most similar pattern",
            "similarity": "similarity",
            "floor": "similarity by chance",
        },
        "Similarity: cosine of the two matrices at their best alignment, in both directions; found from 0.8 on. By "
        "chance: the same with the columns of the planted motif shuffled.",
    ),
    "instances": RecoveredTable(
        "Bound sites and hits",
        {
            "name": "motif",
            "n_instances": "bound sites",
            "recall": "with a hit",
            "floor_recall": "by chance",
            "n_hits": "hits",
            "precision": "of them right",
            "floor_precision": "by chance",
        },
        "In the part of the explained windows that was searched. By chance: the same hits at random places.",
    ),
    "grammar": RecoveredTable(
        "Planted grammar",
        {
            "rule": "rule",
            "first": "motif or protein",
            "second": "acts on or at",
            "verdict": "verdict",
            "planted": "planted",
            "found": "found",
        },
        "Helps: the first motif raises the binding of the second, by so many times (planted: best sites of both, mean "
        "over distances up to 70 bp). Period: of that help, in bp; found within 0.3 bp. Held: the protein has reads at "
        "the motif without touching it. Undecided: backgrounds and windows did not agree. Rules that were neither "
        "planted nor found are not listed.",
    ),
    "bases": RecoveredTable(
        "Bases that matter",
        {
            "track": "track",
            "score": "score",
            "name": "bases inside sites of",
            "n_bases": "bases",
            "auroc": "AUROC",
            "floor_auroc": "by chance",
            "auprc": "auPRC",
            "floor_auprc": "by chance",
        },
        "Bases ranked by the size of their contribution: do those inside bound sites come first? By chance: the "
        "contributions of each window rotated.",
    ),
}


def _worth_showing(rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows of planted things: hits of patterns that resemble none of them are counted in the last row alone."""
    return [row for row in rows if "_pattern_" not in str(row.get("name", ""))]
