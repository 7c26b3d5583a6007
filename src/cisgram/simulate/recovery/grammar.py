"""Which rules of the planted grammar a method found, missed, or invented."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cisgram.simulate.grammar import Cooperation, Grammar
from cisgram.simulate.recovery.spacing import true_help

GRAMMAR_COLUMNS = ("rule", "first", "second", "planted", "found", "verdict")
"""Columns of :func:`grammar_recovery`. ``rule`` says what it is about: ``helps`` (the first motif helps the second),
``period`` (in bp), ``held`` (the protein ``first`` is held at the motif ``second``)."""

FOUND, MISSED, INVENTED, UNDECIDED = "found", "missed", "invented", "undecided"
"""Verdicts. Undecided: planted, asked, and the evidence was not enough to tell."""

HELPS, HELD, PERIOD = "helps", "held", "period"
TOLERANCE_BP = 0.3
"""Greatest error of a period that was found."""

_NEAR_BP = 70


def grammar_recovery(
    grammar: Grammar, found: pd.DataFrame, periods: pd.DataFrame, held: pd.DataFrame, *, helical_share: float
) -> pd.DataFrame:
    """Compare rules that were found with those that were planted.

    Parameters
    ----------
    grammar
        What was planted.
    found
        ``helper helped track relation fold``, one row per ordered pair of motifs and track that were asked about;
        motifs by the names they were planted under, others are left out. A pair helps where any track says ``helps``;
        it is undecided where none does and any says ``unsure``.
    periods
        ``source helper helped peak_bp p_value`` of all looked for.
    held
        ``track pattern``: proteins that are held at motifs.
    helical_share
        Share of distances within enhancers that were planted near turns of the helix. Above 0, a period in distances,
        or in contributions around a motif, is no invention whatever the motifs; one that the model gives back in
        backgrounds (the source ``in silico``) is, unless the one motif helps the other with that period.

    Returns
    -------
    pandas.DataFrame
        :data:`GRAMMAR_COLUMNS`, planted rules first. ``planted`` and ``found`` are, for ``helps``, the fold change of
        the helped site's binding (truth: best sites of both motifs, mean over distances up to 70 bp; found: geometric
        mean over tracks), for ``period`` bp, for ``held`` 1; NaN where there is none. Pairs that were neither planted
        nor found are not listed, nor are planted ones of which a motif is not among those asked about counted as
        anything but missed.

    Notes
    -----
    What is planted of a motif upon itself is not asked: reads of two equal sites cannot be told apart.
    """
    rows = [*_help(grammar, found), *_periods(grammar, periods, helical_share), *_held(grammar, held)]
    table = pd.DataFrame(rows, columns=list(GRAMMAR_COLUMNS))
    order = np.argsort(table["planted"].isna().to_numpy(), kind="stable")
    return table.iloc[order].reset_index(drop=True)


def grammar_summary(table: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Count verdicts by rule.

    Examples
    --------
    >>> row = ("helps", "A", "B", 2.0, 1.9, "found")
    >>> grammar_summary(pd.DataFrame([row], columns=list(GRAMMAR_COLUMNS)))
    {'helps': {'found': 1, 'missed': 0, 'invented': 0, 'undecided': 0}}
    """
    return {
        str(rule): {verdict: int((own["verdict"] == verdict).sum()) for verdict in (FOUND, MISSED, INVENTED, UNDECIDED)}
        for rule, own in table.groupby("rule", sort=False)
    }


def _help(grammar: Grammar, found: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Who helps whom."""
    planted = {(rule.helper, rule.helped): rule for rule in grammar.cooperations if rule.amplitude > 0}
    asked = {
        (str(helper), str(helped)): own
        for (helper, helped), own in found.groupby(["helper", "helped"], sort=False)
        if helper != helped
    }
    names = {motif.name for motif in grammar.motifs}
    rows = []
    for pair in [*planted, *(pair for pair in asked if pair not in planted)]:
        if pair[0] == pair[1] or not names.issuperset(pair):
            continue
        own = asked.get(pair)
        says = set() if own is None else set(own["relation"].astype(str))
        fold = np.nan if own is None else float(np.exp(np.log(own["fold"].clip(lower=1e-3)).mean()))
        rule = planted.get(pair)
        verdict = _verdict(is_planted=rule is not None, is_found=HELPS in says, is_unsure="unsure" in says)
        if verdict is not None:
            rows.append((HELPS, *pair, np.nan if rule is None else _true_fold(grammar, rule), fold, verdict))
    return rows


def _verdict(*, is_planted: bool, is_found: bool, is_unsure: bool) -> str | None:
    """What is said of a pair; None where there is nothing to say."""
    if is_planted:
        return FOUND if is_found else UNDECIDED if is_unsure else MISSED
    return INVENTED if is_found else None


def _true_fold(grammar: Grammar, rule: Cooperation) -> float:
    """Mean fold change of the helped site's occupancy over near distances."""
    lengths = [grammar.motifs[grammar.index(name)].length for name in (rule.helper, rule.helped)]
    least = (lengths[0] + lengths[1] + 1) // 2
    distances = np.arange(least + 1, _NEAR_BP + 1, dtype=np.float64)
    return float(np.exp(true_help(grammar, rule.helper, rule.helped, distances)).mean())


def _periods(grammar: Grammar, periods: pd.DataFrame, helical_share: float) -> list[tuple[Any, ...]]:
    """Helical periods of who helps whom: the surest of each planted pair and source, and those of other pairs."""
    planted = {(rule.helper, rule.helped): rule.period_bp for rule in grammar.cooperations if rule.helical_depth > 0}
    planted = {pair: period for pair, period in planted.items() if pair[0] != pair[1]}
    sure = periods[(periods["p_value"] <= 0.01) & periods["peak_bp"].between(10, 11)]
    names = {motif.name for motif in grammar.motifs}
    rows = []
    looked = {(str(one["helper"]), str(one["helped"])) for one in periods.to_dict("records")}
    for pair, period in planted.items():
        if pair not in looked:
            continue
        own = sure[(sure["helper"] == pair[0]) & (sure["helped"] == pair[1])].sort_values("p_value", kind="stable")
        peak = float(own["peak_bp"].iloc[0]) if len(own) else np.nan
        rows.append((PERIOD, *pair, period, peak, FOUND if abs(peak - period) <= TOLERANCE_BP else MISSED))
    directed = sure[sure["source"] != "distances"] if helical_share == 0 else sure[sure["source"] == "in silico"]
    for helper, helped in directed[["helper", "helped"]].drop_duplicates().itertuples(index=False):
        if helper != helped and (helper, helped) not in planted and names.issuperset((helper, helped)):
            own = directed[(directed["helper"] == helper) & (directed["helped"] == helped)]
            rows.append((PERIOD, helper, helped, np.nan, float(own["peak_bp"].iloc[0]), INVENTED))
    return rows


def _held(grammar: Grammar, held: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Proteins that are held by another one at its motif."""
    planted = [
        (one.name, contact.motif) for one in grammar.factors for contact in one.contacts if not contact.is_direct
    ]
    seen = list(zip(held["track"].astype(str), held["pattern"].astype(str), strict=True))
    rows = [(HELD, *pair, 1.0, 1.0 if pair in seen else np.nan, FOUND if pair in seen else MISSED) for pair in planted]
    return rows + [(HELD, *pair, np.nan, 1.0, INVENTED) for pair in seen if pair not in planted]


def renamed(table: pd.DataFrame, names: Mapping[str, str], *, columns: Sequence[str]) -> pd.DataFrame:
    """A table whose motifs are called as they were planted; others keep their names."""
    return table.assign(**{column: [names.get(str(one), str(one)) for one in table[column]] for column in columns})
