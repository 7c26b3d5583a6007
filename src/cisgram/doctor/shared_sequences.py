"""Whether the model meets sequences of the test part in its training: the same bases, exact copies, near copies."""

import numpy as np
import pandas as pd

from cisgram.data.leaks import find_leaks
from cisgram.data.sequence_copies import copy_groups
from cisgram.doctor.verdict import Level, Verdict
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import overlaps
from cisgram.genomics.sequence_set import SequenceSet

WARN_SHARE = 0.05
"""Share of test sequences with a near copy in the training part from which on it is worth a look. Genomes repeat
themselves: of the windows of budding yeast, 3 % have half of their words in one window of another contig; recent
segmental duplications are about 5 % of the human genome."""

ERROR_SHARE = 0.25
"""Share of test sequences that are trained on as they are, base for base, from which on figures mean nothing: what is
learnt by heart is then a quarter of what is judged."""

MIN_SHARED = 0.5
"""Share of a sequence's words of 24 bp that make it a near copy; as for sites that are dropped from the training."""

MAX_BASES = 30_000_000
"""Bases that are compared at most, a few seconds: of longer genomes windows are drawn."""

_HELD_OUT_PART = 0.25
_SEED = 1


def check_shared_windows(
    windows: pd.DataFrame,
    genome: Genome,
    *,
    subject: str = "windows",
    warn_share: float = WARN_SHARE,
    error_share: float = ERROR_SHARE,
    max_bases: int = MAX_BASES,
) -> Verdict:
    """Ask which test windows overlap with training windows, or have a copy among them on either strand.

    A drawn part of the training windows can only miss copies: the share that is found is then a lower bound.

    Parameters
    ----------
    windows
        Interval table with the columns ``split`` and ``dropped``; windows of one length. They may reach beyond the ends
        of contigs; such ones are left aside.
    genome
        The genome.
    subject
        What the windows are called.
    warn_share, error_share
        See :data:`WARN_SHARE` and :data:`ERROR_SHARE`; windows that share bases by their place count for both.
    max_bases
        See :data:`MAX_BASES`.

    Returns
    -------
    Verdict
        ``skipped`` where there are no windows to test, or none to train on.
    """
    used = windows[windows["dropped"].eq("") & windows["split"].isin(["train", "test"])]
    ends = used["chrom"].map(dict(genome.sizes))
    used = _apart(used[(used["start"] >= 0) & (used["end"] <= ends)])
    test, train = used[used["split"].eq("test")], used[used["split"].eq("train")]
    if test.empty or train.empty:
        return Verdict("shared_sequences", subject, "skipped", "there are no windows to train on, or none to test")
    test = _drawn(test, _HELD_OUT_PART * max_bases)
    drawn = _drawn(train, max_bases - _bases(test))
    n_overlapping = int(overlaps(test, train).sum())
    asked = pd.concat([test.assign(split="train"), drawn.assign(split="test")], ignore_index=True)
    leaks = find_leaks(asked, genome, min_shared=MIN_SHARED)  # asks windows of an earlier part: here those of the test
    n_alike, n_same = len(leaks), int(leaks["kind"].eq("same").sum())
    figures = {
        "test": len(test),
        "near_copies": n_alike,
        "exact_copies": n_same,
        "overlapping": n_overlapping,
        "share": max(n_alike, n_overlapping) / len(test),
        "share_of_training_looked_at": len(drawn) / len(train),
    }
    worst = max(n_same, n_overlapping) / len(test)
    level: Level = "error" if worst >= error_share else "warning" if figures["share"] >= warn_share else "ok"
    of = "" if len(drawn) == len(train) else f" (in {figures['share_of_training_looked_at']:.0%} of the training part)"
    evidence = (
        f"{n_alike:,} of {len(test):,} test windows ({n_alike / len(test):.1%}) have half of their 24-mers in one "
        f"training window{of}, {n_same:,} of them all bases; {n_overlapping:,} overlap with one by their place"
    )
    return Verdict("shared_sequences", subject, level, evidence, _REMEDY if level != "ok" else "", figures)


def check_shared_sequences(
    sequences: SequenceSet,
    split: np.ndarray,
    *,
    subject: str = "sequences",
    copies_are_dropped: bool = True,
    warn_share: float = WARN_SHARE,
    error_share: float = ERROR_SHARE,
) -> Verdict:
    """Ask which test sequences of a table have a copy, exact or near, among those that are trained on.

    Parameters
    ----------
    sequences
        All sequences, of any lengths.
    split
        ``train``, ``valid`` or ``test`` of each.
    subject
        What they are called.
    copies_are_dropped
        Training sequences that are exact copies of held-out ones, on either strand, are left out before the training:
        they are counted and do not speak against the split.
    warn_share, error_share
        See :data:`WARN_SHARE` and :data:`ERROR_SHARE`. Near copies alone are never an error: designs of mutants are
        made of them, and how a model tells mutants apart may be the very question.

    Returns
    -------
    Verdict
        ``skipped`` where there are no sequences to test, or none to train on.
    """
    is_test, is_train = split == "test", split == "train"
    if not is_test.any() or not is_train.any():
        return Verdict("shared_sequences", subject, "skipped", "there are no sequences to train on, or none to test")
    groups = copy_groups(sequences)
    is_copied = is_test & np.isin(groups, groups[is_train])
    n_copied_in_training = int((is_train & np.isin(groups, groups[is_test])).sum())
    kept = is_train & ~np.isin(groups, groups[split != "train"]) if copies_are_dropped else is_train
    n_alike = _near_copies(sequences, is_test, kept)
    n_test, n_same = int(is_test.sum()), 0 if copies_are_dropped else int(is_copied.sum())
    share = max(n_alike, n_same) / n_test
    level: Level = "error" if n_same / n_test >= error_share else "warning" if share >= warn_share else "ok"
    dropped = " (left out of the training)" if copies_are_dropped and n_copied_in_training else ""
    evidence = (
        f"{n_copied_in_training:,} training sequences are exact copies of test sequences{dropped}; {n_alike:,} of "
        f"{n_test:,} test sequences ({n_alike / n_test:.1%}) have half of their 24-mers in one training sequence"
    )
    figures = {"test": n_test, "near_copies": n_alike, "exact_copies": n_copied_in_training, "share": share}
    remedy = "" if level == "ok" else _REMEDY_TABLE
    return Verdict("shared_sequences", subject, level, evidence, remedy, figures)


_REMEDY = (
    "hold out contigs that share less, leave repeats out with [windows] exclude, or read the figures of the test part "
    "as too good"
)
_REMEDY_TABLE = (
    "give files of your own for sequences.train, valid and test that keep variants of one sequence together, or read "
    "the figures of the test part as those of variants of known sequences"
)


def _near_copies(sequences: SequenceSet, is_test: np.ndarray, is_train: np.ndarray) -> int:
    """How many test sequences have half of their words in one training sequence."""
    if not is_train.any():
        return 0
    joined = Genome(sizes={"joined": sequences.joined.size}, joined=sequences.joined, sha256="")
    part = np.where(is_test, "train", np.where(is_train, "test", ""))
    table = pd.DataFrame({"chrom": "joined", "start": sequences.starts[:-1], "end": sequences.starts[1:] - 1})
    chosen = table.assign(split=part, dropped="")[part != ""]
    shrunk = pd.concat([_drawn(own, MAX_BASES / 2) for _, own in chosen.groupby("split")], ignore_index=True)
    factor = is_test.sum() / max(shrunk["split"].eq("train").sum(), 1)
    found = find_leaks(shrunk, joined, min_shared=MIN_SHARED)
    return min(round(len(found) * factor), int(is_test.sum()))


def _apart(windows: pd.DataFrame) -> pd.DataFrame:
    """Windows of a part without those that begin inside of the one before: these say nothing new."""
    kept = []
    for _, own in windows.groupby(["split", "chrom"], sort=False):
        ordered, end = own.sort_values("start"), -1
        for row, first, last in zip(ordered.index, ordered["start"].tolist(), ordered["end"].tolist(), strict=True):
            if first >= end or last - end > (last - first) // 2:
                kept.append(row)
                end = last
    return windows.loc[sorted(kept)]


def _drawn(windows: pd.DataFrame, max_bases: float) -> pd.DataFrame:
    """So many windows, drawn at random, that they have not more bases than that; at least one."""
    share = max_bases / max(_bases(windows), 1)
    if share >= 1:
        return windows
    rows = np.random.default_rng(_SEED).permutation(len(windows))[: max(1, int(share * len(windows)))]
    return windows.iloc[np.sort(rows)]


def _bases(windows: pd.DataFrame) -> int:
    return int((windows["end"] - windows["start"]).sum())
