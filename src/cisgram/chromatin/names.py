"""Suggested names of states from the textbook meaning of their marks, each with its reason."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import PerState, Rows
from cisgram.chromatin.mark_names import known_mark
from cisgram.chromatin.state_classes import (
    ARTEFACT,
    GROUPS,
    QUIESCENT,
    STATE_CLASSES,
    UNCLEAR,
    Group,
    StateClass,
)
from cisgram.genomics.state_model import StateModel

STATE_NAME_COLUMNS = ("state", "label", "name", "group", "color", "is_ambiguous", "reason")
"""Columns of a table of suggested names; states are numbered from 1."""

_CONTROL = 0.15
"""From this probability on, DNA without an antibody is enriched in a state."""
_LEAST_TOP = 0.3
"""A mark that no state has more often than this is weak everywhere: its levels are taken as shares of this."""
_FAINT, _WEAK = 0.02, 0.2
"""A state is quiescent if no mark has such a probability, or no recognised one such a level."""
_PLAIN_COLORS = (
    "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf",
    "#aec7e8", "#ffbb78", "#98df8a", "#ff9896", "#c5b0d5", "#c49c94", "#f7b6d2", "#c7c7c7", "#dbdb8d", "#9edae5",
)  # fmt: skip
_CLEAR = 0.6
_MARGIN = 0.055


class StateName(NamedTuple):
    """A suggested name."""

    state: int
    """0-based."""
    label: str
    """Mnemonic, unique in the model: ``EnhA``, or ``EnhA1`` and ``EnhA2`` where two states earn it."""
    name: str
    """In words."""
    group: Group
    color: str
    """``#rrggbb``."""
    reason: str
    """A sentence: the shares of bins with its marks, and what they mean."""
    is_ambiguous: bool
    """Whether another kind of chromatin fits about as well; the reason names it."""


class _Fit(NamedTuple):
    """A kind of chromatin and how well a state fits it, 0 to 1."""

    kind: StateClass
    score: float


def suggest_names(
    model: StateModel, *, tss: PerState | None = None, cpg: PerState | None = None
) -> tuple[StateName, ...]:
    """Suggest what the states of a model are.

    Marks are recognised in usual spellings (:func:`cisgram.chromatin.mark_names.known_mark`). The level of a mark is
    its probability over its largest in any state, so that shallow experiments count as deep ones do; each kind of
    chromatin is a list of expected levels (:mod:`cisgram.chromatin.state_classes`), and the kind whose levels are
    nearest is suggested. Kinds whose defining marks were not measured cannot be told.

    Parameters
    ----------
    model
        The states.
    tss, cpg
        Fold enrichments of starts of genes and of CpG islands, where they are known: promoters are enriched in both,
        and a suggestion that they contradict is called ambiguous.

    Returns
    -------
    tuple of StateName
        One per state, in the order of the model.

    References
    ----------
    Roadmap Epigenomics Consortium (2015), Integrative analysis of 111 reference human epigenomes, Nature 518: 317.

    Examples
    --------
    >>> model = StateModel(
    ...     marks=("H3K4me3", "H3K27ac", "H3K27me3"),
    ...     initial=np.array([1.0, 0.0, 0.0]),
    ...     transitions=np.full((3, 3), 1 / 3),
    ...     emissions=np.array([[0.0, 0.0, 0.01], [0.9, 0.8, 0.0], [0.01, 0.0, 0.7]]),
    ... )
    >>> [one.label for one in suggest_names(model)]
    ['Quies', 'TssA', 'ReprPC']
    """
    levels = mark_levels(model)
    found = [_judge(levels.iloc[state], _enriched(tss, cpg, state)) for state in range(model.n_states)]
    labels = _numbered([kind.short for kind, _, _ in found])
    return tuple(
        StateName(state, label, kind.name, kind.group, kind.color, reason, is_ambiguous)
        for state, (label, (kind, reason, is_ambiguous)) in enumerate(zip(labels, found, strict=True))
    )


def numbered_names(names: Sequence[str]) -> tuple[StateName, ...]:
    """Names of states whose marks are not known, in colours that are told apart.

    Mnemonics of known kinds of chromatin (``TssA``, ``1_TssA``, ``EnhA2``) get the group and colour of their kind.

    Parameters
    ----------
    names
        As a segmentation has them; plain numbers become ``State``.

    Examples
    --------
    >>> [(one.label, one.group) for one in numbered_names(["1_TssA", "2"])]
    [('TssA', 'promoter'), ('State', 'other')]
    """
    kinds = {kind.short.lower(): kind for kind in (*STATE_CLASSES, QUIESCENT, ARTEFACT)}
    made = []
    for state, name in enumerate(names):
        label = re.sub(r"^[EUT]?\d+_", "", name)
        kind = kinds.get(label.lower()) or kinds.get(re.sub(r"\d+$", "", label).lower())
        if kind is not None:
            made.append(StateName(state, label, kind.name, kind.group, kind.color, "By its name.", is_ambiguous=False))
        else:
            label = "State" if re.fullmatch(r"[EUT]?\d+", label) else label
            color = _PLAIN_COLORS[state % len(_PLAIN_COLORS)]
            made.append(
                StateName(state, label, label, "other", color, "Its marks are not known here.", is_ambiguous=False)
            )
    return tuple(made)


def names_table(names: Sequence[StateName]) -> pd.DataFrame:
    """Suggested names as a table, columns ``STATE_NAME_COLUMNS``."""
    rows = [(one.state + 1, one.label, one.name, one.group, one.color, one.is_ambiguous, one.reason) for one in names]
    return pd.DataFrame(rows, columns=list(STATE_NAME_COLUMNS))


def biological_order(names: Sequence[StateName]) -> Rows:
    """Order of the states as biologists list them: promoters, enhancers, transcribed, insulators, repressed, the rest.

    Examples
    --------
    >>> quiescent = StateName(0, "Quies", "quiescent", "quiescent", "#e6e6e6", "", False)
    >>> promoter = StateName(1, "TssA", "active promoter", "promoter", "#ff0000", "", False)
    >>> biological_order([quiescent, promoter]).tolist()
    [1, 0]
    """
    kinds = [kind.name for kind in STATE_CLASSES]
    rank = {name: number for number, name in enumerate(kinds)}
    keys = [(GROUPS.index(one.group), rank.get(one.name, len(kinds)), one.state) for one in names]
    return np.array(sorted(range(len(names)), key=keys.__getitem__), dtype=np.int64)


def mark_levels(model: StateModel) -> pd.DataFrame:
    """Levels of recognised marks, 0 to 1: one row per state, one column per mark and one more, ``p_`` of each.

    The level is the probability over the largest in states that are not artefacts, or over 0.3 where no state has
    the mark more often. Of several columns for one mark, the mean is taken.
    """
    known: dict[str, list[int]] = {}
    for column, mark in enumerate(model.marks):
        if name := known_mark(mark):
            known.setdefault(name, []).append(column)
    values = {name: model.emissions[:, columns].mean(axis=1) for name, columns in known.items()}
    is_artefact = _artefacts(values.get("input"), model)
    table: dict[str, np.ndarray] = {}
    for name, p in values.items():
        top = max(float(p[~is_artefact].max(initial=0.0)), _LEAST_TOP)
        table[name] = p if name == "input" else np.minimum(p / top, 1.0)
    table |= {f"p_{name}": p for name, p in values.items()}
    table["any"] = model.emissions.max(axis=1)
    return pd.DataFrame(table, index=range(model.n_states))


def _artefacts(control: np.ndarray | None, model: StateModel) -> np.ndarray:
    """States in which DNA without an antibody is enriched, or nearly all of many marks are."""
    if control is not None:
        return control >= _CONTROL
    return (model.emissions.min(axis=1) > 0.5) & (len(model.marks) >= 6)


def _judge(levels: pd.Series, enriched: Mapping[str, float]) -> tuple[StateClass, str, bool]:
    """The kind of a state, why, and whether it is in doubt."""
    marks = [name for name in levels.index if f"p_{name}" in levels.index]
    if levels.get("p_input", 0.0) >= _CONTROL:
        return ARTEFACT, f"{_level('input', levels)}: {ARTEFACT.why}.", False
    if not marks or levels["any"] < _FAINT or max(levels[mark] for mark in marks) < _WEAK:
        return QUIESCENT, f"No mark above {levels['any']:.1%}: {QUIESCENT.why}.", False
    fits = sorted(_fits(levels, marks), key=lambda fit: -fit.score)
    if not fits or fits[0].score < _CLEAR:
        near = f"; the nearest is {fits[0].kind.name}" if fits else ""
        return UNCLEAR, f"{_present(levels, marks)}: {UNCLEAR.why}{near}.", True
    best, rivals = fits[0], [fit for fit in fits[1:] if _is_rival(fit, fits[0])]
    reason = f"{_present(levels, marks)}: {best.kind.why}"
    notes, contradicted = _check_with_genes(best.kind, enriched)
    if rivals:
        notes.append(f"ambiguous, {' or '.join(fit.kind.name for fit in rivals[:2])} fits about as well")
    return best.kind, "; ".join([reason, *notes]) + ".", bool(rivals) or contradicted


def _is_rival(fit: _Fit, best: _Fit) -> bool:
    """Whether another kind fits about as well; strong and weak forms of one kind are a matter of degree."""
    is_degree = fit.kind.defining.keys() == best.kind.defining.keys() and fit.kind.group in ("transcribed", "polycomb")
    return best.score - fit.score < _MARGIN and not is_degree


def _fits(levels: pd.Series, marks: Sequence[str]) -> list[_Fit]:
    """How near a state is to each kind that the marks can tell; defining marks weigh three times as much."""
    fits = []
    for kind in STATE_CLASSES:
        if any(mark not in marks for mark in kind.defining):
            continue
        # A defining mark that is absent rules a kind out, whatever else agrees.
        if any(levels[f"p_{mark}"] < 0.04 or levels[mark] < 0.15 for mark in kind.defining):
            continue
        pairs = [(3.0, mark, level) for mark, level in kind.defining.items()]
        pairs += [(1.0, mark, level) for mark, level in kind.expected.items() if mark in marks]
        away = [weight * abs(float(levels[mark]) - level) for weight, mark, level in pairs]
        fits.append(_Fit(kind, 1 - sum(away) / sum(weight for weight, _, _ in pairs)))
    return fits


def _present(levels: pd.Series, marks: Sequence[str]) -> str:
    """The marks of a state with their shares of bins, the most frequent first."""
    shown = sorted((m for m in marks if levels[f"p_{m}"] >= 0.1 and m != "input"), key=lambda m: -levels[f"p_{m}"])
    if not shown:
        shown = [max(marks, key=lambda m: levels[f"p_{m}"])]
    return ", ".join(_level(mark, levels) for mark in shown[:4])


def _level(mark: str, levels: pd.Series) -> str:
    name = {"input": "Control DNA", "accessible": "open chromatin"}.get(mark, mark)
    return f"{name} {levels[f'p_{mark}']:.0%}"


def _enriched(tss: PerState | None, cpg: PerState | None, state: int) -> dict[str, float]:
    found = {"starts of genes": tss, "CpG islands": cpg}
    return {what: float(folds[state]) for what, folds in found.items() if folds is not None}


def _check_with_genes(kind: StateClass, enriched: Mapping[str, float]) -> tuple[list[str], bool]:
    """What enrichments say of a suggestion, and whether they contradict it."""
    notes = []
    starts = enriched.get("starts of genes", float("nan"))
    is_contradicted = (kind.group == "promoter" and starts < 2) or (kind.group != "promoter" and starts >= 10)
    if kind.group == "promoter" or is_contradicted:
        notes += [f"{what} {fold:.1f}-fold" for what, fold in enriched.items() if fold == fold]
    if is_contradicted:
        notes.append(
            f"ambiguous, as this is {'little' if kind.group == 'promoter' else 'much'} for a state of its kind"
        )
    return notes, is_contradicted


def _numbered(labels: Sequence[str]) -> list[str]:
    """Labels that come more than once get a number."""
    seen: dict[str, int] = {}
    numbered = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        numbered.append(f"{label}{seen[label]}" if labels.count(label) > 1 else label)
    return numbered
