"""The question: do all files speak of the contigs of the genome, with the same lengths."""

import warnings
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from cisgram.doctor.verdict import Verdict
from cisgram.errors import CisgramWarning, ContigError
from cisgram.genomics.contact_contigs import match_map_contigs
from cisgram.genomics.contigs import ContigMatch, contigs_of_equal_length, match_contigs

_CHECK = "contigs"

MOST_STRANGE = 0.05
"""Share of a file that may lie on contigs which the genome lacks: unplaced contigs and decoys of human and mouse
genomes are 3 to 4 % of their bases, and FASTA files often leave them out."""

MOST_LACKING = 0.05
"""Share of the genome's bases that a file may lack: small and unplaced contigs often have no signal at all, and many
writers list only contigs with signal."""


@dataclass(frozen=True)
class FileContigs:
    """What a file says of contigs."""

    lengths: Mapping[str, int | None]
    """Names in the file, with lengths in bp; None: it does not say how long one is."""
    weights: Mapping[str, int] = field(default_factory=dict)
    """Records per contig, where they were counted."""
    ends: Mapping[str, int] = field(default_factory=dict)
    """Where the last record of every contig ends, in bp, where that was looked at."""

    @property
    def names_or_lengths(self) -> dict[str, int] | list[str]:
        """Lengths where all are known, else names."""
        known = {name: size for name, size in self.lengths.items() if size is not None}
        return known if len(known) == len(self.lengths) else list(self.lengths)


def check_contigs(
    sizes: Mapping[str, int],
    found: FileContigs,
    *,
    subject: str,
    parts: Mapping[str, Collection[str]] | None = None,
    left_out: Collection[str] = (),
    beyond: Literal["warning", "error"] = "error",
    is_whole: bool = True,
) -> Verdict:
    """Whether a file lies on the contigs of the genome.

    Parameters
    ----------
    sizes
        Lengths of the genome's contigs in bp.
    found
        What the file says of its own.
    subject
        What the file is called.
    parts
        Contigs of every part of the split: a file that has nothing on any contig of a part is an error.
    left_out
        Contigs of the genome that the run never uses; they may be missing.
    beyond
        What records beyond the end of a contig are: reads there are left out and counted, intervals stop the run.
    is_whole
        Whether the genome is all that the file can lie on; False where only regions of it are looked at.

    Returns
    -------
    Verdict
        ``ok`` where contigs are matched one to one and have equal lengths, under other names too (chrIV, IV, 4): then
        the names are in the evidence and, as ``mapping``, in the figures.

    Examples
    --------
    >>> check_contigs({"I": 100, "II": 80}, FileContigs({"chrI": 100, "chrII": 80}), subject="a.bw").evidence
    '2 of the 2 contigs of the genome are there, lengths equal; under other names: chrI = I, chrII = II'
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CisgramWarning)  # what it would say is weighed below
            match = match_contigs(sizes, found.names_or_lengths, what="the file")
    except ContigError as error:
        return _unmatched(sizes, found, subject, str(error))
    figures = _figures(match)
    text = _matched_text(match, ", lengths equal" if isinstance(found.names_or_lengths, dict) else "")
    passed = _beyond(sizes, found, match)
    if passed:
        remedy = "use the genome that the file was made with; if this is it, look whether places in the file were moved"
        return Verdict(
            _CHECK, subject, beyond, f"{text}; it goes beyond the ends of contigs: {_some(passed)}", remedy, figures
        )
    there = set(match.to_genome.values())
    if empty := [name for name, contigs in (parts or {}).items() if contigs and not there & set(contigs)]:
        return Verdict(
            _CHECK,
            subject,
            "error",
            f"{text}; there is nothing on the contigs of {' and '.join(empty)}",
            "give the whole file, or choose contigs for [split] that it has",
            figures,
        )
    if is_whole and (doubts := _doubts(sizes, found, match, left_out)):
        remedy = "see whether contigs are meant to be missing; if names are to blame, rename those of one of the files"
        alike = contigs_of_equal_length(sizes, found.lengths).items()
        likely = [f"{name} = {own}" for name, own in alike if name not in match.to_genome and own not in there]
        remedy = f"rename its contigs: equal lengths say that {_some(likely)}" if likely else remedy
        return Verdict(_CHECK, subject, "warning", f"{text}; {'; '.join(doubts)}", remedy, figures)
    return Verdict(_CHECK, subject, "ok", text, figures=figures)


def check_map_contigs(
    sizes: Mapping[str, int], map_sizes: Mapping[str, int], *, bin_size: int, slack_bins: int, subject: str
) -> Verdict:
    """Whether a contact map lies on the contigs of the genome; its lengths are known to a bin only.

    Parameters
    ----------
    sizes, map_sizes
        Lengths in bp of the genome's contigs and of the map's.
    bin_size
        Width of a bin of the map in bp.
    slack_bins
        By how many bins lengths may differ besides rounding.
    subject
        What the map is called.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CisgramWarning)
            match = match_map_contigs(sizes, map_sizes, bin_size=bin_size, slack_bins=slack_bins, what="the map")
    except ContigError as error:
        return _unmatched(sizes, FileContigs(dict(map_sizes)), subject, str(error))
    text = _matched_text(match, f", lengths equal to within {slack_bins} bins of {bin_size:,} bp")
    return Verdict(_CHECK, subject, "ok", text, figures=_figures(match))


def check_named_contigs(
    sizes: Mapping[str, int], names: Iterable[str], *, subject: str, level: Literal["warning", "error"] = "error"
) -> Verdict:
    """Whether contigs that the settings name are contigs of the genome, and which are meant where they are not.

    Parameters
    ----------
    sizes
        Lengths of the genome's contigs in bp.
    names
        Names in the settings.
    subject
        Where they stand, such as ``[split] test``.
    level
        What an unknown name is: names of the split stop the run, a locus to leave out is without effect.

    Examples
    --------
    >>> check_named_contigs({"I": 100, "II": 80}, ["chrI"], subject="[split] test").remedy
    'write I for chrI'
    """
    asked = list(dict.fromkeys(names))
    unknown = [name for name in asked if name not in sizes]
    if not unknown:
        return Verdict(_CHECK, subject, "ok", f"{len(asked)} contigs, all of them the genome's")
    likely: Mapping[str, str] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CisgramWarning)
            likely = match_contigs(sizes, unknown, what=subject).to_genome
    except ContigError:
        pass  # none of them resembles a contig of the genome
    text = f"{_some(unknown)}: no contig of the genome, which has {_some(list(sizes))}"
    written = [f"write {own} for {name}" for name, own in likely.items()]
    remedy = _some(written) if written else "name contigs of the genome"
    return Verdict(_CHECK, subject, level, text, remedy, {"mapping": _pairs(likely)})


def _unmatched(sizes: Mapping[str, int], found: FileContigs, subject: str, message: str) -> Verdict:
    """No contig is the genome's, or lengths differ; equal lengths say which contigs are likely to be meant."""
    likely = contigs_of_equal_length(sizes, found.lengths)
    remedy = "use the genome that the file was made with"
    if likely:
        pairs = [f"{name} = {own}" for name, own in likely.items()]
        remedy = f"rename its contigs: equal lengths say that {_some(pairs)}"
    # What the message advises is said better by the remedy.
    text = message.partition("; use the genome")[0].partition(f"; {len(likely)} have equal lengths")[0]
    return Verdict(_CHECK, subject, "error", text, remedy, {"mapping": _pairs(likely)})


def _figures(match: ContigMatch) -> dict[str, int | str]:
    """Counts of contigs, and which were matched under other names."""
    renamed = {other: own for other, own in match.to_genome.items() if other != own}
    return {
        "n_matched": len(match.to_genome),
        "n_only_in_genome": int(match.table["other"].eq("").sum()),
        "n_only_in_file": int(match.table["genome"].eq("").sum()),
        "mapping": _pairs(renamed),
    }


def _matched_text(match: ContigMatch, lengths: str) -> str:
    """How many contigs are matched, what is known of lengths, and under which names."""
    n_genome = int(match.table["genome"].ne("").sum())
    text = f"{len(match.to_genome)} of the {n_genome} contigs of the genome are there{lengths}"
    renamed = [f"{other} = {own}" for other, own in match.to_genome.items() if other != own]
    return f"{text}; under other names: {_some(renamed)}" if renamed else text


def _beyond(sizes: Mapping[str, int], found: FileContigs, match: ContigMatch) -> list[str]:
    """Contigs on which records end after the contig does."""
    return [
        f"{name} at {end:,} of {sizes[match.to_genome[name]]:,} bp"
        for name, end in found.ends.items()
        if name in match.to_genome and end > sizes[match.to_genome[name]]
    ]


def _doubts(sizes: Mapping[str, int], found: FileContigs, match: ContigMatch, left_out: Collection[str]) -> list[str]:
    """Large parts of the file, or of the genome, without a partner."""
    doubts = []
    weights = found.weights or {name: size or 0 for name, size in found.lengths.items()}
    strange = [name for name in found.lengths if name not in match.to_genome]
    total = sum(weights.values())
    if total and (share := sum(weights.get(name, 0) for name in strange) / total) > MOST_STRANGE:
        what = "records" if found.weights else "bases"
        doubts.append(
            f"{share:.0%} of its {what} lie on {_contigs(len(strange))} that the genome lacks ({_some(strange)})"
        )
    used = {name: size for name, size in sizes.items() if name not in left_out}
    lacking = [name for name in used if name not in match.to_other]
    if lacking and (share := sum(used[name] for name in lacking) / sum(used.values())) > MOST_LACKING:
        doubts.append(
            f"it has nothing on {_contigs(len(lacking))}, {share:.0%} of the genome's bases ({_some(lacking)})"
        )
    return doubts


def _contigs(n: int) -> str:
    return f"{n} contig{'s' * (n != 1)}"


def _pairs(names: Mapping[str, str]) -> str:
    return ", ".join(f"{other} = {own}" for other, own in names.items())


def _some(names: Collection[str]) -> str:
    """A few names and how many there are."""
    shown = ", ".join(list(names)[:4])
    return shown + (f", ... ({len(names)} in all)" if len(names) > 4 else "")
