"""Single deletions: what each kind of motif instance does for the response of its window, and for the reads at it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from torch import nn

from cisgram.arrays import Codes, PairResponses, Rows
from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.q_values import q_values
from cisgram.interpret.experiments.ablation import LocalScores
from cisgram.interpret.experiments.deletion import RANDOM_BASES, AblationConfig, check_instances, fillings_of
from cisgram.interpret.experiments.effects import effect_sizes
from cisgram.interpret.experiments.responses import ONE_STRAND, Asking, Progress, Score, compare
from cisgram.interpret.experiments.spacing import Spacing
from cisgram.nn.predict import Device

SINGLE_COLUMNS = (
    *("name", "track", "n_instances", "n", "intact", "effect", "low", "high", "p_wilcoxon", "q_wilcoxon"),
    *("local_intact", "local_effect", "local_low", "local_high"),
)
"""Columns of :func:`single_table`. ``local_`` columns are read at the instance; NaN without local scores."""


class Singles(NamedTuple):
    """Responses with and without single instances, averaged over fillings; one row per instance."""

    instances: pd.DataFrame
    """``row`` and ``name``."""
    intact: PairResponses
    without: PairResponses
    local_intact: PairResponses | None
    """At the place of the instance."""
    local_without: PairResponses | None


def ablate_singles(
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
) -> Singles:
    """Delete every motif instance of windows alone, and ask the model.

    Parameters are those of :func:`cisgram.interpret.experiments.ablation.ablate_pairs`, and an instance gets the same
    fillings as there. Per window the model reads ``draws instances + 1`` sequences.

    Raises
    ------
    InputError
        Where instances leave their windows, or local scores are asked of both strands.
    EmptySetError
        Where there are no instances.
    """
    check_instances(instances, codes)
    if instances.empty:
        raise EmptySetError("motif instances to delete", dropped={})
    if local is not None and asking.both_strands:
        raise InputError("local scores have a place on the strand that is given; ask one strand (both_strands=False)")
    parts: list[tuple[np.ndarray, ...]] = []
    rows = instances["row"].to_numpy(dtype=np.int64)
    order = np.argsort(rows, kind="stable")
    windows = np.unique(rows)
    start, end = (instances[name].to_numpy(dtype=np.int64) for name in ("start", "end"))
    for done, row in enumerate(windows.tolist(), start=1):
        own = order[rows[order] == row]
        spans = [slice(first, last) for first, last in zip(start[own].tolist(), end[own].tolist(), strict=True)]
        edited = _edited(codes[row], spans, config, np.random.default_rng([config.seed, row]))
        places = (start[own] + (end[own] - start[own]) // 2).tolist() if local is not None else []
        asked = [*scores, *(score for at in places for score in (local(at) if local is not None else ()))]
        found = compare(model, codes[row][None], edited[None], scores=asked, asking=asking, device=device)
        after = found.after[0].reshape(config.n_fillings, len(own), -1).mean(axis=0)
        parts.append(_views(found.before[0], after, is_local=local is not None))
        if progress is not None:
            progress(done, len(windows))
    table = instances[["row", "name"]].iloc[order].reset_index(drop=True)
    whole = [np.concatenate(one) for one in zip(*parts, strict=True)]
    return Singles(table, *(whole if local is not None else [*whole, None, None]))


def _edited(codes: np.ndarray, spans: Sequence[slice], config: AblationConfig, rng: np.random.Generator) -> np.ndarray:
    """Draw by draw: without each instance."""
    forms = []
    for filling in fillings_of(codes, config=config, rng=rng):
        for span in spans:
            forms.append(codes.copy())
            forms[-1][span] = filling[span]
    return np.stack(forms)


def _views(before: np.ndarray, after: np.ndarray, *, is_local: bool) -> tuple[np.ndarray, ...]:
    """Responses of the whole window and at each instance, from all columns side by side."""
    n = len(after)
    if not is_local:
        return np.repeat(before[None], n, axis=0), after
    earlier, later = before.reshape(1 + n, -1), after.reshape(n, 1 + n, -1)
    own = np.arange(n)
    return np.repeat(earlier[:1], n, axis=0), later[:, 0], earlier[1:], later[own, 1 + own]


def single_table(singles: Singles, *, tracks: Sequence[str], seed: int = 0) -> pd.DataFrame:
    """What deleting one instance does, by motif and track.

    Parameters
    ----------
    singles
        From :func:`ablate_singles`.
    tracks
        Names, in the order of the last axis.
    seed
        Of the bootstrap.

    Returns
    -------
    pandas.DataFrame
        :data:`SINGLE_COLUMNS`; effects are after minus before a deletion, so that what a motif gives is minus its
        effect. Where at least 6 windows have instances of a motif, those of one window are averaged and ``n`` is the
        number of windows. ``low`` and ``high`` are 95 % bootstrap intervals; ``q_wilcoxon`` are Benjamini and
        Hochberg's over the table.
    """
    if len(tracks) != singles.intact.shape[1]:
        raise InputError(f"give one name per track; got {len(tracks)} for {singles.intact.shape[1]}")
    names = singles.instances["name"].astype(str).to_numpy()
    rows: Rows = singles.instances["row"].to_numpy(dtype=np.int64)
    tables = []
    for name in sorted(set(names)):
        own = np.flatnonzero(names == name)
        sizes = effect_sizes(singles.intact[own], singles.without[own], sources=rows[own], seed=seed)
        local = {f"local_{column}": np.nan for column in ("intact", "effect", "low", "high")}
        if singles.local_intact is not None and singles.local_without is not None:
            at = effect_sizes(singles.local_intact[own], singles.local_without[own], sources=rows[own], seed=seed)
            local = {"local_intact": at["before"], "local_effect": at["effect"]}
            local |= {"local_low": at["low"], "local_high": at["high"]}
        about = {"name": name, "track": list(tracks), "n_instances": len(own), "intact": sizes["before"]}
        tables.append(sizes[["n", "effect", "low", "high", "p_wilcoxon"]].assign(**about, **local))
    table = pd.concat(tables, ignore_index=True)
    return table.assign(q_wilcoxon=q_values(table["p_wilcoxon"].to_numpy()))[list(SINGLE_COLUMNS)]


def singles_of_spacing(spacing: Spacing, *, names: tuple[str, str]) -> Singles:
    """The same question in backgrounds: taking A out of the sequence with A alone leaves the background.

    Parameters
    ----------
    spacing
        From :func:`cisgram.interpret.experiments.spacing.space_motifs`.
    names
        Of A and B; may be the same.

    Returns
    -------
    Singles
        One row per motif and background, averaged over arrangements; ``row`` is the background.
    """
    none, a, b = (one.mean(axis=1) for one in (spacing.none, spacing.a, spacing.b))
    n = len(none)
    table = pd.DataFrame({"row": np.tile(np.arange(n), 2), "name": np.repeat(np.array(names, dtype=object), n)})
    return Singles(table, np.concatenate([a, b]), np.concatenate([none, none]), None, None)
