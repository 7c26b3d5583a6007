"""From files of sequences with labels to a store, each sequence in its part of the split."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Labels, Rows
from cisgram.data.label_checks import count_labels, require_both_labels
from cisgram.data.labelled_build import store_sequences
from cisgram.data.sequence_copies import copy_groups, random_split
from cisgram.errors import ConfigError, EmptySetError, InputError
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.io.sequence_tables import SequenceTable, read_sequence_table
from cisgram.io.sequences import read_sequences
from cisgram.io.tables import write_table
from cisgram.run.folder import LabelRun
from cisgram.run.settings.labels import SequencesConfig

logger = logging.getLogger(__name__)

_PARTS = ("train", "valid", "test")
_FASTA = (".fa", ".fasta", ".fna", ".fa.gz", ".fasta.gz", ".fna.gz", ".fa.bgz")


class _Part(NamedTuple):
    """What the files of one part hold."""

    sequences: SequenceSet
    labels: Labels
    tracks: tuple[str, ...]
    dropped: dict[str, int]
    changed: dict[str, int]


def sequence_files(run: LabelRun) -> Iterator[str]:
    """Every file of sequences and labels, as written in the settings."""
    asked = _asked(run)
    yield from (*asked.train, *asked.valid, *asked.test)
    yield from [asked.labels] if asked.labels else []


class SplitSequences(NamedTuple):
    """Sequences with labels, each in its part of the split."""

    sequences: SequenceSet
    labels: Labels
    """NaN where one is not known."""
    tracks: tuple[str, ...]
    split: np.ndarray
    """``train``, ``valid`` or ``test`` of each."""
    groups: Rows
    """Sequences with one number are copies of each other, on either strand."""
    rows_left_out: dict[str, int]
    """Rows of the files that are not used, by reason."""
    changed: dict[str, int]
    """Letters that were altered, by what was done."""


def split_sequences(run: LabelRun) -> SplitSequences:
    """Read all sequences and labels; parts that have no files are drawn.

    Raises
    ------
    InputError
        Where parts have other tracks, or sequences another length than the model reads.
    """
    asked = _asked(run)
    parts = {name: _read_part(run, getattr(asked, name)) for name in _PARTS if getattr(asked, name)}
    tracks = parts["train"].tracks
    for name, part in parts.items():
        if part.tracks != tracks:
            raise InputError(
                f"the {name} files have the tracks {', '.join(part.tracks)}, train has {', '.join(tracks)}"
            )
    sequences = joined([part.sequences for part in parts.values()])
    labels = np.concatenate([part.labels for part in parts.values()])
    split = np.repeat(list(parts), [len(part.sequences) for part in parts.values()])
    _require_length(sequences, run.config.model.input_length)
    groups = copy_groups(sequences)
    shares = {name: getattr(asked, f"{name}_share") for name in ("valid", "test") if name not in parts}
    if shares:
        drawn = random_split(groups, shares=shares, seed=run.config.seed)
        split = np.where(split == "train", drawn, split)
    left_out, changed = (_added([getattr(part, name) for part in parts.values()]) for name in ("dropped", "changed"))
    return SplitSequences(sequences, labels, tracks, split, groups, left_out, changed)


def prepare_sequences(run: LabelRun) -> Mapping[str, Any]:
    """Read sequences and labels, split them where parts are missing, look for copies, store."""
    asked = _asked(run)
    sequences, labels, tracks, split, groups, left_out, changed = split_sequences(run)
    is_copy = _like_held_out(groups, split)
    dropped = np.where(is_copy, "copy of a held-out sequence", "") if asked.like_held_out == "drop" else ""
    dropped = np.broadcast_to(dropped, split.shape)
    kept = dropped == ""
    counts = count_labels(labels[kept], split[kept], names=tracks)
    if run.config.likelihood.kind == "bernoulli":
        _require_zero_or_one(labels, tracks)
        require_both_labels(counts)
    store_sequences(run.examples, sequences, labels, split=split.tolist(), track_names=tracks, dropped=dropped.tolist())
    if run.config.likelihood.kind == "bernoulli":
        write_table(run.examples / "labels.tsv", counts)
    return {
        "n_candidates": len(sequences),
        "n_kept": {name: int((kept & (split == name)).sum()) for name in _PARTS},
        "dropped": {"copy of a held-out sequence": int((~kept).sum())} if not kept.all() else {},
        "n_leaks": {"train": int(is_copy.sum())} if is_copy.any() else {},
        "rows_left_out": left_out,
        "changed": changed,
    }


def joined(parts: Sequence[SequenceSet]) -> SequenceSet:
    """Several sets as one."""
    lengths = np.concatenate([np.diff(part.starts) for part in parts])
    return SequenceSet(
        [str(name) for part in parts for name in part.names],
        np.concatenate([part.joined for part in parts]),
        np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]),
    )


def _asked(run: LabelRun) -> SequencesConfig:
    if run.config.sequences is None:
        raise ConfigError("a run on sequences needs [sequences]")
    return run.config.sequences


def _read_part(run: LabelRun, paths: Sequence[str]) -> _Part:
    """The files of one part, end to end."""
    read = [_read_file(run, path) for path in paths]
    tracks = read[0].tracks
    for path, one in zip(paths, read, strict=True):
        if one.tracks != tracks:
            raise InputError(f"{path} has the tracks {', '.join(one.tracks)}, {paths[0]} has {', '.join(tracks)}")
    return _Part(
        joined([one.sequences for one in read]),
        np.concatenate([one.labels for one in read]),
        tracks,
        _added([one.dropped for one in read]),
        _added([one.changed for one in read]),
    )


def _read_file(run: LabelRun, path: str) -> SequenceTable:
    """A table, or a FASTA file with the labels of its records."""
    asked = _asked(run)
    if not path.lower().endswith(_FASTA):
        return read_sequence_table(run.input(path), tracks=asked.tracks, where=asked.where)
    if not asked.labels:
        raise ConfigError(f"{path} is FASTA: sequences.labels must name the table of its labels")
    records = read_sequences(run.input(path))
    table = pd.read_csv(run.input(asked.labels), sep=None, engine="python", index_col=0)
    table.index = table.index.astype(str)
    if unknown := [name for name in asked.tracks if name not in table]:
        raise InputError(f"{asked.labels} has no column {unknown[0]!r}; it has {', '.join(map(str, table.columns))}")
    if missing := [name for name in records.sequences.names if name not in table.index]:
        raise InputError(f"{len(missing)} records of {path} have no row in {asked.labels}, such as {missing[0]!r}")
    if table.index.has_duplicates:
        raise InputError(f"{asked.labels} has several rows for {table.index[table.index.duplicated()][0]!r}")
    chosen = table[list(asked.tracks)] if asked.tracks else table.select_dtypes("number")
    if not chosen.shape[1]:
        raise InputError(f"no column of {asked.labels} holds numbers")
    labels = chosen.loc[list(records.sequences.names)].to_numpy(dtype=np.float64)
    tracks = tuple(map(str, chosen.columns))
    return SequenceTable(records.sequences, labels, tracks, dict(records.dropped), dict(records.changed))


def _require_length(sequences: SequenceSet, input_length: int) -> None:
    """Refuse sequences of several lengths, or of another than the model's."""
    lengths, counts = np.unique(sequences.lengths, return_counts=True)
    if not lengths.size:
        raise EmptySetError("sequences", dropped={})
    if lengths.size > 1 or lengths[0] != input_length:
        shown = ", ".join(f"{n} of {length} bp" for length, n in list(zip(lengths, counts, strict=True))[:5])
        raise InputError(
            f"sequences must all be {input_length} bp long ([model] input_length); there are {shown}; cut or pad them, "
            "or set input_length"
        )


def _like_held_out(groups: np.ndarray, split: np.ndarray) -> np.ndarray:
    """Which training sequences have a copy in another part."""
    held_out = np.unique(groups[split != "train"])
    return (split == "train") & np.isin(groups, held_out)


def _require_zero_or_one(labels: Labels, tracks: Sequence[str]) -> None:
    """Refuse measurements where labels are due."""
    is_wrong = ~(np.isnan(labels) | (labels == 0) | (labels == 1))
    if is_wrong.any():
        row, column = np.argwhere(is_wrong)[0]
        raise InputError(
            f"labels must be 0, 1 or empty; {tracks[column]} has {labels[row, column]:g}; "
            'for measurements write [likelihood] kind = "gaussian"'
        )


def _added(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Counts by reason, added up."""
    names = dict.fromkeys(name for one in counts for name in one)
    return {name: sum(one.get(name, 0) for one in counts) for name in names}
