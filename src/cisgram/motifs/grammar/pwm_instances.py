"""Hits by sequence alone, in the form of instances: what contributions are worth beside a plain scan."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from cisgram.arrays import OneHot
from cisgram.errors import InputError
from cisgram.genomics.background import Background
from cisgram.genomics.motif import Motif
from cisgram.genomics.pattern import Pattern
from cisgram.genomics.sequence import codes_of
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.motifs.grammar.distinct import best_of_overlapping
from cisgram.motifs.grammar.instances import INSTANCE_COLUMNS, empty_instances
from cisgram.motifs.scanning.scan import ScanConfig, scan_sequences

_SCAN = ScanConfig()


def find_pwm_instances(
    patterns: Sequence[Pattern | Motif],
    one_hot: OneHot,
    windows: pd.DataFrame,
    *,
    background: Background | None = None,
    scan: ScanConfig = _SCAN,
    trim_share: float = 0.3,
) -> pd.DataFrame:
    """Find the instances of patterns by their PWMs.

    Parameters
    ----------
    patterns
        Patterns, or known motifs, which are taken whole: such as that of a protein without an experiment, which no
        model of the others may show.
    one_hot
        Sequences of the windows, ``window 4 length``; windows with an N have no score there.
    windows
        Interval table, one row per sequence.
    background
        Where nothing binds; by default the shares of bases in the sequences.
    scan
        What counts as a hit, see :func:`cisgram.motifs.scanning.scan.scan_sequences`.
    trim_share
        As in :class:`cisgram.motifs.grammar.instances.InstanceConfig`.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`cisgram.motifs.grammar.instances.INSTANCE_COLUMNS`, with ``pwm_score`` the score of the scan in
        bits, and NaN for all that contributions would say. Of hits of one pattern that overlap, the best stays.
    """
    if len(one_hot) != len(windows):
        raise InputError(f"sequences and windows must be as many; got {len(one_hot)} and {len(windows)}")
    motifs = [
        replace(one.motif(share=trim_share) if isinstance(one, Pattern) else one, name=f"{row}")
        for row, one in enumerate(patterns)
    ]
    sequences = SequenceSet.from_codes([*codes_of(one_hot)], names=[f"{row}" for row in range(len(windows))])
    hits = scan_sequences(motifs, sequences, background=background, config=scan).hits
    if hits.empty:
        return empty_instances()
    window, number = (hits[name].astype(str).to_numpy().astype(np.int64) for name in ("chrom", "name"))
    start, end = hits["start"].to_numpy(dtype=np.int64), hits["end"].to_numpy(dtype=np.int64)
    group = window * len(patterns) + number
    kept = best_of_overlapping(group, start, end, [hits["score"].to_numpy(dtype=np.float64).round(6)])
    origin = windows["start"].to_numpy()[window]
    nothing = np.full(len(hits), np.nan)
    columns = (
        windows["chrom"].to_numpy()[window],
        start + origin,
        end + origin,
        hits["strand"].astype(str).to_numpy(),
        np.array([pattern.name for pattern in patterns], dtype=object)[number],
        window,
        *(nothing,) * 4,
        hits["score"].to_numpy(dtype=np.float64),
    )
    table = pd.DataFrame(dict(zip(INSTANCE_COLUMNS, columns, strict=True))).loc[kept & (start + origin >= 0)]
    table = table.iloc[np.lexsort((number[table.index], table["start"], table["window"]))]
    return table.astype({"chrom": str, "strand": str, "pattern": str}).reset_index(drop=True)
