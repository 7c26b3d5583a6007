"""The table of results: scores with text for people, ranks, and what statuses say."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cisgram.genomics.variant_table import FAILED, OK, STATUSES
from cisgram.interpret.variants.config import VariantConfig
from cisgram.interpret.variants.model import VariantModel
from cisgram.interpret.variants.outputs import predicts_measurements
from cisgram.interpret.variants.scores import VariantScore, scores_of
from cisgram.report.variants.results import ScoreMeaning

TOTALS = ("ref_sum", "alt_sum")
"""Scores that are totals of either allele, not differences; nothing is compared with a null."""


def all_scores(config: VariantConfig, model: VariantModel) -> tuple[VariantScore, ...]:
    """Scores that are asked for, and the totals of both alleles where the model has any."""
    chosen = list(scores_of(config.scores, model.name))
    if not config.scores and model.name == "basset" and predicts_measurements(model.modules[0]):
        chosen = [one for one in chosen if one.name != "diff_logit"]  # the same as diff_sum
    totals = [one for one in scores_of((), model.name) if one.name in TOTALS and one not in chosen]
    return (*chosen, *totals)


def effect_names(scores: Sequence[VariantScore]) -> list[str]:
    """Names of the scores that compare alleles."""
    return [score.name for score in scores if score.name not in TOTALS and score.compute is not None]


def meanings(scores: Sequence[VariantScore], unit: str) -> list[ScoreMeaning]:
    """Scores for people, in the unit of the model's predictions."""
    return [
        ScoreMeaning(score.name, score.unit.replace("value", unit), score.definition)
        for score in scores
        if score.compute is not None
    ]


def with_texts(table: pd.DataFrame) -> pd.DataFrame:
    """Add ``variant``, ``reference`` and ``alternative`` for pages."""
    texts = [
        f"{chrom}:{pos}:{_short(ref)}>{_short(alt)}"
        for chrom, pos, ref, alt in zip(table["chrom"], table["pos"], table["ref"], table["alt"], strict=True)
    ]
    totals = [table[name] if name in table else np.full(len(table), np.nan) for name in TOTALS]
    return table.assign(variant=texts, reference=totals[0], alternative=totals[1])


def ranking(table: pd.DataFrame, main: str) -> list[int]:
    """Numbers of the scored variants, most striking first: by the least p-value over tracks, then the largest score."""
    known = table[table[main].notna()]
    size = known[main].abs()
    p = known[f"{main}_p"] if f"{main}_p" in known else pd.Series(0.0, index=known.index)
    rows = known.assign(size=size, p=p.fillna(1.0)).sort_values(["p", "size"], ascending=[True, False], kind="stable")
    return [int(index) for index in rows["index"].drop_duplicates()]


def status_rows(statuses: Sequence[str], *, are_pairs: bool = False) -> list[tuple[str, int, str]]:
    """Status, number and meaning, for people; failures by their reason."""
    counts = Counter(statuses)
    return [(status, n, _meaning(status, are_pairs=are_pairs)) for status, n in counts.most_common()]


def _meaning(status: str, *, are_pairs: bool) -> str:
    if are_pairs and status == OK:
        return "both sequences were read"
    return STATUSES[FAILED] if status.startswith(FAILED) else STATUSES.get(status, "")


def _short(allele: str) -> str:
    return allele if len(allele) <= 12 else f"{allele[:8]}...({len(allele)})"
