"""Ablation: what motif instances of a window do for the response, and for each other.

Of two instances A and B, each is deleted alone, and both. Where effects on the response add up there is no epistasis;
and what deleting A does to the reads at B tells who depends on whom.

References
----------
Avsec et al. (2021), Base-resolution models of transcription-factor binding reveal soft motif syntax: instances in the
genome are replaced by random sequence; the profile is read within 35 bp of the other one.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from torch import nn

from cisgram import arrays
from cisgram.arrays import Codes
from cisgram.errors import EmptySetError, InputError
from cisgram.interpret.experiments.deletion import RANDOM_BASES, AblationConfig, check_instances, fillings_of, pairs_of
from cisgram.interpret.experiments.responses import ONE_STRAND, Asking, Progress, Score, compare
from cisgram.interpret.experiments.spacing import Spacing
from cisgram.nn.predict import Device

LocalScores: TypeAlias = Callable[[int], Sequence[Score]]
"""Scores of what surrounds a 0-based position of the sequence, one per track."""


class Deletions(NamedTuple):
    """Responses with and without two instances, averaged over fillings; one row per pair."""

    intact: arrays.PairResponses
    without_a: arrays.PairResponses
    without_b: arrays.PairResponses
    without_both: arrays.PairResponses

    @property
    def epistasis(self) -> arrays.PairResponses:
        """Effect of deleting both minus the sum of those of deleting each: above 0 where they need each other."""
        return self.intact - self.without_a - self.without_b + self.without_both

    def taken(self, rows: arrays.Rows) -> "Deletions":
        """Some of the pairs."""
        return Deletions(*(one[rows] for one in self))

    def swapped(self) -> "Deletions":
        """The same with A and B exchanged."""
        return Deletions(self.intact, self.without_b, self.without_a, self.without_both)


class Ablation(NamedTuple):
    """What deleting instances by one and by two does."""

    pairs: pd.DataFrame
    """:data:`cisgram.interpret.experiments.deletion.PAIR_COLUMNS`."""
    whole: Deletions
    """Responses of whole windows."""
    at_a: Deletions
    """Responses at the place of A; those of whole windows, where no local scores were asked."""
    at_b: Deletions
    """Responses at the place of B."""
    dropped: Mapping[str, int]
    """Pairs of one window that were left out, by reason."""


def ablate_pairs(
    model: nn.Module,
    codes: Codes,
    instances: pd.DataFrame,
    *,
    scores: Sequence[Score],
    local: LocalScores | None = None,
    config: AblationConfig = RANDOM_BASES,
    asking: Asking = ONE_STRAND,
    device: Device | None = None,
    progress: Progress | None = None,
) -> Ablation:
    """Delete motif instances of windows, alone and by two, and ask the model.

    Parameters
    ----------
    model, scores, asking, device, progress
        As in :func:`cisgram.interpret.experiments.responses.respond`; progress counts windows. Per window the model
        reads ``draws (instances + pairs) + 1`` sequences.
    codes
        Windows, ``batch length``.
    instances
        :data:`cisgram.interpret.experiments.deletion.INSTANCE_COLUMNS`.
    local
        Scores of the surroundings of a position, as many as ``scores`` have tracks, such as
        :class:`cisgram.interpret.local_scores.LocalCountsScore`; asked on the strand that is given only.
    config
        Pairs and fillings.

    Raises
    ------
    InputError
        Where instances leave their windows, or local scores are asked of both strands: on the other one, they would
        read another place.
    EmptySetError
        Where no two instances make a pair.
    """
    check_instances(instances, codes)
    if local is not None and asking.both_strands:
        raise InputError("local scores have a place on the strand that is given; ask one strand (both_strands=False)")
    pairs = pairs_of(instances, config=config)
    if pairs.table.empty:
        hint = f"centres must lie {config.min_distance_bp} to {config.max_distance_bp} bp apart, in one window"
        raise EmptySetError("pairs of instances", dropped=pairs.dropped, hint=hint)
    parts = []
    groups = list(pairs.table.groupby("row", sort=True))
    for done, (row, of_window) in enumerate(groups, start=1):
        window = _Window(codes[int(str(row))], instances, of_window)
        edited = window.edited(config, np.random.default_rng([config.seed, int(str(row))]))
        asked = [*scores, *(score for at in window.centres for score in (local(at) if local is not None else ()))]
        found = compare(model, window.codes[None], edited[None], scores=asked, asking=asking, device=device)
        parts.append(window.sorted_out(found.before[0], found.after[0], config.n_fillings, is_local=local is not None))
        if progress is not None:
            progress(done, len(groups))
    table = pd.concat([group for _, group in groups], ignore_index=True)
    views = [Deletions(*(np.concatenate(one) for one in zip(*view, strict=True))) for view in zip(*parts, strict=True)]
    return Ablation(table, views[0], views[1], views[2], pairs.dropped)


class _Window:
    """One window with its instances that are in pairs."""

    def __init__(self, codes: np.ndarray, instances: pd.DataFrame, pairs: pd.DataFrame) -> None:
        self.codes = codes
        used = np.unique(pairs[["instance_a", "instance_b"]].to_numpy())
        start, end = (instances[name].to_numpy(dtype=np.int64)[used] for name in ("start", "end"))
        self.spans = [slice(int(first), int(last)) for first, last in zip(start, end, strict=True)]
        self.centres = (start + (end - start) // 2).tolist()
        self.a, self.b = (np.searchsorted(used, pairs[f"instance_{which}"].to_numpy()) for which in "ab")

    def edited(self, config: AblationConfig, rng: np.random.Generator) -> np.ndarray:
        """Draw by draw: without each instance, then without each pair."""
        lists = [[span] for span in self.spans]
        lists += [[self.spans[a], self.spans[b]] for a, b in zip(self.a, self.b, strict=True)]
        forms = []
        for filling in fillings_of(self.codes, config=config, rng=rng):
            for spans in lists:
                form = self.codes.copy()
                for span in spans:
                    form[span] = filling[span]
                forms.append(form)
        return np.stack(forms)

    def sorted_out(
        self, before: np.ndarray, after: np.ndarray, n_fillings: int, *, is_local: bool
    ) -> tuple[Deletions, Deletions, Deletions]:
        """Responses of the whole window, at A and at B, from all columns side by side."""
        n = len(self.spans)
        mean = after.reshape(n_fillings, -1, before.size).mean(axis=0)
        shown = np.concatenate([before[None], mean])
        intact, single_a, single_b = np.zeros_like(self.a), 1 + self.a, 1 + self.b
        rows = (intact, single_a, single_b, 1 + n + np.arange(len(self.a)))
        # columns: tracks of the whole window, then (with local scores) those at each instance in turn
        n_views = 1 + n if is_local else 1
        n_tracks = before.size // n_views
        views = shown.reshape(len(shown), n_views, n_tracks)
        at = [np.zeros_like(self.a)] + ([1 + self.a, 1 + self.b] if is_local else [np.zeros_like(self.a)] * 2)
        whole, at_a, at_b = (Deletions(*(views[row, view] for row in rows)) for view in at)
        return whole, at_a, at_b


def ablation_of_spacing(spacing: Spacing, *, names: tuple[str, str]) -> Ablation:
    """The same question in backgrounds: taking A out of the sequence with both leaves B, and so on.

    Parameters
    ----------
    spacing
        From :func:`cisgram.interpret.experiments.spacing.space_motifs`.
    names
        Of A and B.

    Returns
    -------
    Ablation
        A pair per background and arrangement; ``row`` is the background, and there are no instances (-1).
    """
    n, n_edits, n_tracks = spacing.both.shape
    row, edit = (axis.ravel() for axis in np.indices((n, n_edits)))
    distance = spacing.arrangements["distance_bp"].to_numpy()[edit]
    sign = np.where(spacing.arrangements["order"].to_numpy()[edit] == "AB", 1, -1)
    pairs = pd.DataFrame({"row": row, "instance_a": -1, "instance_b": -1, "name_a": names[0], "name_b": names[1]})
    pairs = pairs.assign(centre_a=0, centre_b=sign * distance, distance_bp=distance)
    flat = (one.reshape(n * n_edits, n_tracks) for one in (spacing.both, spacing.b, spacing.a, spacing.none))
    whole = Deletions(*flat)
    return Ablation(pairs, whole, whole, whole, {})
