"""Whether labels can be learnt: they vary, they are known, and copies of a sequence agree."""

from collections.abc import Sequence

import numpy as np

from cisgram.arrays import Labels, Rows
from cisgram.doctor.verdict import Level, Verdict

MIN_TRAINING = 20
"""Sequences of the rarer kind that a track needs to be learnt from; with fewer, each one is learnt by heart."""

MIN_TEST = 5
"""The same for being judged: with 5 the standard error of an AUROC is 0.13, and a coin may reach 0.75."""

MAX_ONE_VALUE = 0.9
"""Share of equal measurements from which on a track is nearly constant: what is left says little."""

MAX_UNKNOWN = 0.5
"""Share of labels of a track that are not known, from which on it is worth a look."""

MAX_DISAGREEING = 0.1
"""Share of the copies of sequences whose labels, 0 or 1, contradict each other: what calling peaks twice gives."""

MAX_COPY_VARIANCE = 0.5
"""Variance among copies of one sequence over the variance of all: beyond, measurements repeat themselves with a
correlation below 0.5, and no model can do better than 0.7 against one of them."""

_MIN_COPIES = 20
_SHOWN = 3


def check_classes(counts_by_split: dict[str, Labels], *, names: Sequence[str], subject: str = "labels") -> Verdict:
    """Ask whether every track has both labels where it is learnt from and where it is judged.

    Parameters
    ----------
    counts_by_split
        For ``train`` and ``test``: ``row track``, labels 0, 1 or NaN.
    names
        Tracks.
    subject
        What the labels are called.

    Returns
    -------
    Verdict
        An error where a track has one label only, or none at all, in the training part or the test part.
    """
    constant, rare, unknown = [], [], []
    for column, name in enumerate(names):
        for part, least in (("train", MIN_TRAINING), ("test", MIN_TEST)):
            labels = counts_by_split[part][:, column]
            n_rarer = int(min((labels == 1).sum(), (labels == 0).sum()))
            where = f"{name} ({n_rarer} of the rarer label in {part})"
            if n_rarer == 0:
                constant.append(where)
            elif n_rarer < least:
                rare.append(where)
        if np.isnan(counts_by_split["train"][:, column]).mean() > MAX_UNKNOWN:
            unknown.append(name)
    level: Level = "error" if constant else "warning" if rare or unknown else "ok"
    n_of = [
        (labels == 1).sum(axis=0) / np.maximum((~np.isnan(labels)).sum(axis=0), 1)
        for labels in counts_by_split.values()
    ]
    evidence = _found(
        f"{len(names)} tracks, of whose labels {np.min(n_of):.1%} to {np.max(n_of):.1%} are 1",
        {"always the same": constant, "too rare": rare, "mostly unknown": unknown},
    )
    remedy = "leave these tracks out, hold out other contigs or sequences, or give more of the rarer label"
    figures = {"tracks": len(names), "constant": len(constant), "rare": len(rare), "mostly_unknown": len(unknown)}
    return Verdict("labels", subject, level, evidence, "" if level == "ok" else remedy, figures)


def check_measurements(labels: Labels, *, names: Sequence[str], subject: str = "labels") -> Verdict:
    """Ask whether measurements vary and are known.

    Parameters
    ----------
    labels
        Of the training part; NaN where one is not known.
    names
        Tracks.
    subject
        What the labels are called.
    """
    constant, nearly, unknown = [], [], []
    for column, name in enumerate(names):
        known = labels[:, column][~np.isnan(labels[:, column])]
        _, n_equal = np.unique(known, return_counts=True)
        if known.size < 2 or n_equal.size == 1:
            constant.append(name)
        elif n_equal.max() / known.size >= MAX_ONE_VALUE:
            nearly.append(f"{name} ({n_equal.max() / known.size:.0%} are one value)")
        if known.size < MAX_UNKNOWN * len(labels):
            unknown.append(name)
    level: Level = "error" if constant else "warning" if nearly or unknown else "ok"
    n_known = int((~np.isnan(labels)).sum())
    evidence = _found(
        f"{len(names)} tracks with {n_known:,} measurements of {labels.size:,}",
        {"always the same": constant, "nearly constant": nearly, "mostly unknown": unknown},
    )
    remedy = "leave these tracks out ([sequences] tracks names those to use), or look at how the table was made"
    figures = {"tracks": len(names), "constant": len(constant), "nearly_constant": len(nearly)}
    return Verdict("labels", subject, level, evidence, "" if level == "ok" else remedy, figures)


def check_copies_agree(
    labels: Labels, groups: Rows, *, names: Sequence[str], kind: str, subject: str = "copies of sequences"
) -> Verdict:
    """Ask whether copies of a sequence have the same label.

    Parameters
    ----------
    labels
        ``row track``; NaN where one is not known.
    groups
        Rows with one number are copies, see :func:`cisgram.data.sequence_copies.copy_groups`.
    names
        Tracks.
    kind
        ``bernoulli``: labels are 0 or 1; ``gaussian``: measurements.
    subject
        What they are called.

    Returns
    -------
    Verdict
        ``skipped`` with fewer than 20 copies.
    """
    n_of_group = np.bincount(groups)
    is_copied = n_of_group[groups] > 1
    n_copied = int(is_copied.sum())
    if n_copied < _MIN_COPIES:
        return Verdict(
            "labels", subject, "skipped", f"{n_copied} sequences have a copy (at least {_MIN_COPIES} needed)"
        )
    shares = {
        name: _disagreement(
            labels[is_copied, column], groups[is_copied], labels[:, column], is_class=kind != "gaussian"
        )
        for column, name in enumerate(names)
    }
    worst = max(shares, key=lambda name: shares[name])
    limit = MAX_COPY_VARIANCE if kind == "gaussian" else MAX_DISAGREEING
    what = "of the variance is among copies" if kind == "gaussian" else "of the copies have both labels"
    level: Level = "warning" if shares[worst] >= limit else "ok"
    evidence = f"{n_copied:,} sequences have a copy; at most {shares[worst]:.1%} {what} ({worst})"
    remedy = "average the measurements of copies, or leave sequences out whose labels contradict each other"
    figures = {"copies": n_copied, "disagreement": shares[worst], "track": worst}
    return Verdict("labels", subject, level, evidence, "" if level == "ok" else remedy, figures)


def _disagreement(labels: np.ndarray, groups: np.ndarray, everything: np.ndarray, *, is_class: bool) -> float:
    """Share of copies with both labels, or the variance among copies over that of all; 0 where nothing is known."""
    known = ~np.isnan(labels)
    _, group = np.unique(groups[known], return_inverse=True)
    if not group.size:
        return 0.0
    values = labels[known]
    n = np.bincount(group)
    mean = np.bincount(group, values) / n
    if is_class:
        return float(((mean > 0) & (mean < 1))[group].mean())
    freedom = int((n - 1).sum())
    spread = float(np.nanvar(everything))
    return float(((values - mean[group]) ** 2).sum() / freedom / spread) if freedom and spread else 0.0


def _found(begin: str, findings: dict[str, list[str]]) -> str:
    """A sentence that names the first few of every finding."""
    parts = [
        f"{len(names)} {what}: {', '.join(names[:_SHOWN])}" + (", ..." if len(names) > _SHOWN else "")
        for what, names in findings.items()
        if names
    ]
    return "; ".join([begin, *parts])
