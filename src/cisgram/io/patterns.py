"""Pattern files (HDF5): the public layout of TF-MoDISco-lite, for one search or for several.

::

    /<track>/<score>/             attributes: window_size, reason (why there are no patterns), ...
        pos_patterns/pattern_0/   sequence, contrib_scores, hypothetical_contribs   (length 4) float64
            seqlets/              example_idx start end is_revcomp n_seqlets,
                                  sequence, contrib_scores, hypothetical_contribs   (seqlet length 4) float32
            subpattern_0/         the same again
        neg_patterns/...
    /pos_patterns /neg_patterns   hard links into the first group; with the attribute window_size at the root,
                                  tools for the public layout find what they look for

The arrays have the channels last, as the public tools expect; here they come before the length, as everywhere.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import h5py
import numpy as np

from cisgram.errors import FormatError, InputError
from cisgram.genomics.motif import Motif
from cisgram.genomics.pattern import Pattern, PatternSearch, SeqletValues, full_name, seqlet_table
from cisgram.io.files import about_file
from cisgram.io.hdf5 import (
    PACKED,
    chosen_group,
    group_in,
    groups_with,
    named_group,
    reading_hdf5,
    set_attributes,
    writing_hdf5,
)

FORMAT = "cisgram patterns 1"
_SIGNS = ("pos", "neg")
_ARRAYS = ("sequence", "contrib_scores", "hypothetical_contribs")


def write_patterns(
    path: str | os.PathLike[str],
    searches: Mapping[tuple[str, str], PatternSearch],
    *,
    attributes: Mapping[str, object],
) -> None:
    """Write the results of one search per track and score; the file appears complete or not at all.

    Parameters
    ----------
    path
        The file.
    searches
        What was found, by (track, score).
    attributes
        Where it comes from: hashes, settings, seed.

    Raises
    ------
    InputError
        If there is no search, or a pattern lacks the values of its seqlets.
    OutputError
        If it cannot be written.
    """
    if not searches:
        raise InputError("a pattern file needs at least one search; got none")
    names = "\n".join("/".join(name) for name in searches)
    with writing_hdf5(path, attributes={"format": FORMAT, "groups": names, **attributes}) as file:
        for (track, score), search in searches.items():
            group = named_group(file, track, score)
            set_attributes(group, {"window_size": np.int64(search.window_bp), "reason": search.reason})
            for pattern in search.patterns:
                sign, _, number = pattern.name.partition("_pattern_")
                if sign not in _SIGNS or not number.isdecimal():
                    raise InputError(f"patterns are called pos_pattern_0, neg_pattern_0, ...; got {pattern.name!r}")
                _write_pattern(group.create_group(f"{sign}_patterns/pattern_{number}"), pattern)
        first = group_in(file, names.splitlines()[0])
        set_attributes(file, {"window_size": np.int64(next(iter(searches.values())).window_bp)})
        for sign in _SIGNS:
            if f"{sign}_patterns" in first:
                file[f"{sign}_patterns"] = first[f"{sign}_patterns"]


def read_patterns(
    path: str | os.PathLike[str], track: str | None = None, score: str | None = None, *, with_values: bool = True
) -> PatternSearch:
    """Read the patterns of a track and a score, or those of a file that a public tool wrote.

    Parameters
    ----------
    path
        The file.
    track, score
        Names of the group; the first that fits where one is not given. A public file has no groups.
    with_values
        Whether to read what every seqlet looks like.

    Raises
    ------
    InputError
        If the file has no such group.
    FormatError
        If it has no patterns in the public layout, or was cut off.
    """
    with reading_hdf5(path, "patterns") as file:
        if (form := file.attrs.get("format", FORMAT)) != FORMAT:
            raise FormatError(path, f"a pattern file is needed; the attribute format says {form!r}")
        if not groups_with(file):
            if not any(f"{sign}_patterns" in file for sign in _SIGNS):
                raise FormatError(path, "there is no group pos_patterns or neg_patterns, as TF-MoDISco writes them")
            if (track, score) != (None, None):
                raise InputError(f"{path} holds a single search; leave out track and score")
            group: h5py.Group = file
        else:
            group = chosen_group(file, track, score)
        patterns = []
        for sign in _SIGNS:
            members = group_in(group, f"{sign}_patterns") if f"{sign}_patterns" in group else {}
            names = sorted((name for name in map(str, members) if name.startswith("pattern_")), key=_number_of)
            try:
                patterns += [_read_pattern(members[name], f"{sign}_{name}", with_values=with_values) for name in names]
            except (InputError, KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
                raise FormatError(
                    path, f"the patterns below {group.name} cannot be used ({error}); write the file again"
                ) from error
        window_bp = group.attrs.get("window_size")
        if window_bp is None:
            raise FormatError(path, "the attribute window_size is missing: seqlets cannot be placed without it")
        if not isinstance(window_bp, int | np.integer) or window_bp < 1:
            raise FormatError(path, f"the attribute window_size must be a width in bp; got {window_bp!r}")
        return PatternSearch(patterns, str(group.attrs.get("reason", "")), int(window_bp))


def pattern_groups(path: str | os.PathLike[str]) -> list[tuple[str, str]]:
    """Tracks and scores of a pattern file, in the order they were written; none for a public file."""
    with reading_hdf5(path, "patterns") as file:
        return groups_with(file)


def read_pattern_motifs(path: str | os.PathLike[str]) -> list[Motif]:
    """Read the patterns of all tracks and scores of a file as motifs: the PPM of their informative parts.

    Parameters
    ----------
    path
        The file, as in :func:`read_patterns`.

    Returns
    -------
    list of Motif
        In the order of the file, named as :func:`cisgram.genomics.pattern.full_name` does it; patterns of a file
        that a public tool wrote keep their own names. Empty where no search found a pattern.

    Raises
    ------
    FormatError
        As in :func:`read_patterns`.
    """
    groups = pattern_groups(path)
    if not groups:
        return [_motif(path, pattern) for pattern in read_patterns(path, with_values=False).patterns]
    return [
        replace(_motif(path, pattern), name=full_name(track, score, pattern.name))
        for track, score in groups
        for pattern in read_patterns(path, track, score, with_values=False).patterns
    ]


def _motif(path: str | os.PathLike[str], pattern: Pattern) -> Motif:
    """The motif of a pattern, once its matrix is one of proportions."""
    with about_file(path):
        return pattern.motif()


def _write_pattern(group: h5py.Group, pattern: Pattern) -> None:
    """Write one pattern and its subpatterns, as modisco-lite's ``save_pattern`` does."""
    if pattern.values is None:
        raise InputError(f"{pattern.name} lacks the values of its seqlets, which belong to the layout")
    for name, matrix in zip(_ARRAYS, (pattern.ppm, pattern.cwm, pattern.hcwm), strict=True):
        group.create_dataset(name, data=matrix.T)
    seqlets, table = group.create_group("seqlets"), pattern.seqlets
    seqlets.create_dataset("n_seqlets", data=np.array([pattern.n_seqlets]))
    for name, column in (("start", "start"), ("end", "end"), ("example_idx", "example")):
        seqlets.create_dataset(name, data=table[column].to_numpy())
    seqlets.create_dataset("is_revcomp", data=(table["strand"] == "-").to_numpy(dtype=bool))
    for name, values in zip(_ARRAYS, pattern.values, strict=True):
        seqlets.create_dataset(name, data=values.transpose(0, 2, 1), **PACKED)
    for subpattern in pattern.subpatterns:
        _write_pattern(group.create_group(subpattern.name), subpattern)


def _read_pattern(group: Any, name: str, *, with_values: bool) -> Pattern:
    """Read one pattern and its subpatterns."""
    seqlets = group["seqlets"]
    _require_shapes(group, seqlets, name)
    values = None
    if with_values and all(array in seqlets for array in _ARRAYS):  # files of modisco-lite 1 lack them
        values = SeqletValues(*(seqlets[array][:].transpose(0, 2, 1) for array in _ARRAYS))
    subpatterns = [
        _read_pattern(group[child], child, with_values=with_values)
        for child in group
        if child.startswith("subpattern_")
    ]
    ppm, cwm, hcwm = (group[array][:].T for array in _ARRAYS)
    return Pattern(
        name,
        ppm,
        cwm,
        hcwm,
        seqlets=seqlet_table(
            seqlets["example_idx"][:], seqlets["start"][:], seqlets["end"][:], seqlets["is_revcomp"][:]
        ),
        values=values,
        subpatterns=tuple(sorted(subpatterns, key=lambda one: (-one.n_seqlets, _number_of(one.name)))),
    )


def _require_shapes(group: Any, seqlets: Any, name: str) -> None:
    """Matrices of one pattern are length by 4 and finite; its seqlets are as many everywhere and as long as it."""
    length = group["sequence"].shape[:1]
    many = seqlets["start"].shape
    shapes = dict.fromkeys(_ARRAYS, (*length, 4))
    for array, shape in shapes.items():
        if group[array].shape != shape or not np.isfinite(group[array][()]).all():
            raise ValueError(f"{array} of {name} must be finite numbers of {shape}; it has {group[array].shape}")
    for column in ("start", "end", "example_idx", "is_revcomp"):
        if len(many) != 1 or seqlets[column].shape != many or seqlets[column].dtype.kind not in "iub":
            raise ValueError(f"{column} of the seqlets of {name} must be whole numbers, {many} of them")
    for array in _ARRAYS:
        if array in seqlets and seqlets[array].shape != (*many, *length, 4):
            raise ValueError(f"{array} of the seqlets of {name} must be {(*many, *length, 4)}")


def _number_of(name: str) -> int:
    """The number at the end of a name."""
    return int(name.rpartition("_")[2])
