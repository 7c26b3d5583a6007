"""Motifs from words of the command line: names in a file of motifs, or IUPAC letters."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

from cisgram.errors import ConfigError, InputError
from cisgram.genomics.motif import Motif
from cisgram.io.motifs import read_motifs

_LOG = logging.getLogger(__name__)


def motifs_asked(wanted: Sequence[str], source: str | None) -> list[Motif]:
    """Motifs from words of the command line: names in a file of motifs, or IUPAC letters, plain or as NAME=LETTERS.

    Parameters
    ----------
    wanted
        The words; none takes all motifs of the file.
    source
        What :func:`cisgram.io.motifs.read_motifs` takes, or None.

    Raises
    ------
    InputError
        Where a word is neither; near names are listed. A name that several motifs share stands for all of them.

    Examples
    --------
    >>> [(motif.name, motif.consensus()) for motif in motifs_asked(["TGASTCA", "box=ttgnncaa"], None)]
    [('TGASTCA', 'TGASTCA'), ('box', 'TTGNNCAA')]
    """
    in_file = [] if source is None else [_labelled(motif) for motif in read_motifs(source)]
    if not wanted and not in_file:
        raise ConfigError("name a motif: --motif LETTERS, or --motif-file FILE with or without --motif NAME")
    found = [motif for word in wanted for motif in _motifs_asked(word, in_file, source)] or in_file
    return list({motif.name: motif for motif in found}.values())


def one_motif_per_word(wanted: Sequence[str], source: str | None) -> list[Motif]:
    """Motifs from words of the command line, one for each word: the first of those that share a name.

    For questions about one motif or two. Patterns of a run often share a name, for several tracks have the same motif;
    which one was taken is logged.

    Parameters
    ----------
    wanted
        At least one word, as in :func:`motifs_asked`.
    source
        What :func:`cisgram.io.motifs.read_motifs` takes, or None.

    Raises
    ------
    ConfigError
        Where there is no word; the message lists names of the file.
    InputError
        Where a word is no motif.
    """
    in_file = [] if source is None else [_labelled(motif) for motif in read_motifs(source)]
    if not wanted:
        names = f" (it has {', '.join(motif.name for motif in in_file[:5])}, ...)" if in_file else ""
        raise ConfigError(f"name a motif: --motif LETTERS, or --motif NAME of --motif-file FILE{names}")
    found = []
    for word in wanted:
        several = _motifs_asked(word, in_file, source)
        if len(several) > 1:
            _LOG.info("%s names %d motifs of %s; the first is taken: %s", word, len(several), source, several[0].name)
        found.append(several[0])
    return found


def _labelled(motif: Motif) -> Motif:
    """A motif whose name shows its second name too, which is what people know: ``CTCF_MA0139.2``."""
    words = "_".join(motif.alternate_name.split())
    return replace(motif, name=f"{words}_{motif.name}") if words and words not in motif.name else motif


def _motifs_asked(word: str, in_file: Sequence[Motif], source: str | None) -> list[Motif]:
    """All motifs of a name or second name, in upper or lower case; else the one of these letters."""
    keys = {motif.name: {motif.name.lower(), *_second_names(motif)} for motif in in_file}
    if found := [motif for motif in in_file if word.lower() in keys[motif.name]]:
        return found
    name, _, letters = word.rpartition("=")
    try:
        return [Motif.from_consensus(name or letters.upper(), letters)]
    except InputError as error:
        near = get_close_matches(word.lower(), sorted({key for one in keys.values() for key in one}), n=5, cutoff=0.4)
        hint = f"; near names are {', '.join(near)}" if near else ""
        where = f"no motif in {source}, and " if source is not None else ""
        raise InputError(f"{word!r} is {where}not made of IUPAC letters{hint}") from error


def _second_names(motif: Motif) -> set[str]:
    """Second name, and the first one without it."""
    second = motif.alternate_name.lower()
    return {second, motif.name.lower().removeprefix("_".join(second.split()) + "_")} if second else set()
