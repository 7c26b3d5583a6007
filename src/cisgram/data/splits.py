"""Which windows are trained on and which are held out, by contig.

Whole contigs are held out, never single windows: windows overlap, and what is learnt on one would be tested on the
other.
"""

from collections.abc import Collection, Mapping
from typing import get_args

import pandas as pd

from cisgram.data.windows import Split, drop, require_kept
from cisgram.errors import ConfigError, ContigError


def split_by_contig(
    windows: pd.DataFrame,
    *,
    valid: Collection[str],
    test: Collection[str],
    leave_out: Collection[str] = (),
    sizes: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """Fill in ``split``: the contigs of ``valid`` and ``test``, and ``train`` for all others.

    Parameters
    ----------
    windows
        A windows table.
    valid, test
        Contigs held out for choices and for figures; either may be empty.
    leave_out
        Contigs whose windows are dropped, with the reason "contig left out"; they keep an empty ``split``.
    sizes
        Contigs of the genome, against which the names are checked; without it, the contigs of ``windows``.

    Returns
    -------
    pandas.DataFrame
        A copy with ``split`` and ``dropped`` filled in.

    Raises
    ------
    ContigError
        If a name is not a contig of the genome.
    ConfigError
        If a contig is named twice.
    EmptySetError
        If a part that was asked for has no windows.

    Examples
    --------
    >>> windows = pd.DataFrame({"chrom": ["I", "II", "III"], "split": "", "dropped": ""})
    >>> split_by_contig(windows, valid=["II"], test=["III"])["split"].tolist()
    ['train', 'valid', 'test']
    """
    named = {"valid": valid, "test": test, "leave_out": leave_out}
    _check_names(named, known=list(windows["chrom"].unique() if sizes is None else sizes))
    of_contig = {contig: split for split in ("valid", "test") for contig in named[split]}
    windows = drop(windows, windows["chrom"].isin(list(leave_out)).to_numpy(), "contig left out")
    split = windows["chrom"].map(of_contig).fillna("train")
    windows["split"] = split.where(~windows["chrom"].isin(list(leave_out)), "")
    for part in get_args(Split):
        if part == "train" or named[part]:
            require_kept(windows, split=part, hint="choose other contigs or looser filters")
    return windows


def _check_names(named: Mapping[str, Collection[str]], *, known: Collection[str]) -> None:
    """Refuse unknown contigs, and contigs with two roles."""
    for role, contigs in named.items():
        if isinstance(contigs, str):
            raise ConfigError(f"{role} must be a list of contigs; got the single word {contigs!r}")
        if unknown := [contig for contig in contigs if contig not in known]:
            raise ContigError(
                f"{role} names {', '.join(unknown)}, which the genome does not have; it has {', '.join(known)}"
            )
    roles: dict[str, str] = {}
    for role, contigs in named.items():
        for contig in contigs:
            if contig in roles:
                raise ConfigError(f"contig {contig} is in {roles[contig]} and in {role}; it can have one role only")
            roles[contig] = role
