"""Which contigs of two inputs are the same one, where their names differ (chrI, I, 1; chrM, MT, Mito)."""

import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from cisgram.errors import CisgramWarning, ContigError

_PREFIX = re.compile(r"^chr(omosome)?[_\-.]?(?=.)", re.IGNORECASE)
_MITOCHONDRION = frozenset({"m", "mt", "mito", "mtdna", "mitochondrion"})
_ROMAN = re.compile(r"^(?=.)(X{0,3})(IX|IV|V?I{0,3})$")
_ROMAN_ONLY = re.compile(r"[IVX]*I[IVX]*")


@dataclass(frozen=True, eq=False)
class ContigMatch:
    """Which contig of a genome is which contig of another input.

    Parameters
    ----------
    table
        One row per pair, and per contig without a partner: ``genome``, ``other`` (names, empty where there is
        none), ``genome_length``, ``other_length`` (bp, missing where unknown) and ``status``: ``same``,
        ``renamed``, ``length differs`` (names that mean the same, but not the same sequence: not matched),
        ``only in genome`` or ``only in <what>``.
    to_genome
        The other input's name -> the genome's name, for every matched contig.
    to_other
        The genome's name -> the other input's name.
    """

    table: pd.DataFrame
    to_genome: Mapping[str, str]
    to_other: Mapping[str, str]


def match_contigs(
    genome_sizes: Mapping[str, int], other: Mapping[str, int] | Iterable[str], *, what: str = "the other file"
) -> ContigMatch:
    """Find which contigs of a genome and of another input are the same, by their names and lengths.

    Names are the same as they stand; else without ``chr`` in front; else as names of the mitochondrion (M, MT, Mito);
    else as Roman and Arabic numbers (chrIV, 4), provided that one input numbers in the Roman way: the X of a mammal
    or a worm stays X. A name that has two possible partners gets none.

    Parameters
    ----------
    genome_sizes
        Contig lengths of the genome in bp.
    other
        Contig lengths of the other input where it knows them, else its contig names (repeated ones count once).
    what
        What the other input is, for messages and the table: ``"bigWig x.bw"``.

    Returns
    -------
    ContigMatch
        At least one pair.

    Raises
    ------
    ContigError
        Where nothing matches, and where contigs of the same name have different lengths: another assembly. Of
        contigs that mean the same under different names, only a mitochondrion may differ (hg19 has another one
        than GRCh37); it is left out with a warning.

    Warns
    -----
    CisgramWarning
        Once, where contigs are matched under different names, or where some have no partner. Contigs that only the
        genome has are counted where ``other`` gives lengths: peaks need not lie on every contig.

    Examples
    --------
    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", CisgramWarning)
    ...     match = match_contigs({"I": 230, "II": 813, "Mito": 85}, ["chrI", "chrM"])
    >>> match.to_genome
    {'chrI': 'I', 'chrM': 'Mito'}
    """
    lengths = dict(other) if isinstance(other, Mapping) else dict.fromkeys(other)
    rows = _rows(genome_sizes, lengths, f"only in {what}")
    pairs = [row for row in rows if row.genome and row.other]
    serious = [
        row
        for row in pairs
        if row.status == "length differs" and (row.genome == row.other or not _is_mitochondrion(row.genome))
    ]
    if serious:
        row = serious[0]
        raise ContigError(
            f"{what} belongs to another assembly than the genome: {row.other!r} has {row.other_length} bp, "
            f"{row.genome!r} of the genome has {row.genome_length} ({len(serious)} of {len(pairs)} contigs "
            "differ); use the genome that the file was made with"
        )
    matched = [row for row in pairs if row.status != "length differs"]
    if not matched:
        raise ContigError(_nothing_matches(genome_sizes, lengths, what))
    if message := _remarks(rows, what, has_lengths=isinstance(other, Mapping)):
        warnings.warn(message, CisgramWarning, stacklevel=2)
    table = pd.DataFrame(rows, columns=list(_Row._fields))
    return ContigMatch(
        table=table.astype({"genome": str, "other": str, "genome_length": "Int64", "other_length": "Int64"}),
        to_genome={row.other: row.genome for row in matched},
        to_other={row.genome: row.other for row in matched},
    )


def contigs_of_equal_length(genome_sizes: Mapping[str, int], other: Mapping[str, int | None]) -> dict[str, str]:
    """Which contigs of another input are likely to be which of a genome, by length alone.

    Parameters
    ----------
    genome_sizes
        Contig lengths of the genome in bp.
    other
        Those of the other input; None where it does not know one.

    Returns
    -------
    dict
        The other input's name -> the genome's; lengths that come twice on either side say nothing and are left out.

    Examples
    --------
    >>> contigs_of_equal_length({"chr1": 100, "chr2": 70}, {"NC_1.1": 100, "NC_2.1": 80})
    {'NC_1.1': 'chr1'}
    """
    ours, theirs = Counter(genome_sizes.values()), Counter(other.values())
    by_length = {size: name for name, size in genome_sizes.items() if ours[size] == 1}
    return {name: by_length[size] for name, size in other.items() if size in by_length and theirs[size] == 1}


class _Row(NamedTuple):
    """A row of the table of a match."""

    genome: str
    other: str
    genome_length: int | None
    other_length: int | None
    status: str


def _rows(genome_sizes: Mapping[str, int], lengths: Mapping[str, int | None], only_other: str) -> list[_Row]:
    """The genome's contigs in their order, then those of the other input without a partner."""
    pairs = _pairs_of_names(list(genome_sizes), list(lengths))
    rows = []
    for ours, size in genome_sizes.items():
        theirs = pairs.get(ours)
        if theirs is None:
            rows.append(_Row(ours, "", size, None, "only in genome"))
            continue
        length = lengths[theirs]
        status = "same" if ours == theirs else "renamed"
        rows.append(_Row(ours, theirs, size, length, status if length in (None, size) else "length differs"))
    partners = set(pairs.values())
    return rows + [_Row("", name, None, size, only_other) for name, size in lengths.items() if name not in partners]


def _pairs_of_names(ours: list[str], theirs: list[str]) -> dict[str, str]:
    """Names that mean the same, ours -> theirs: at each step among those without a partner, and only one to one."""
    is_roman = any(_ROMAN_ONLY.fullmatch(_bare(name)) for name in (*ours, *theirs))
    ways: list[Callable[[str], str]] = [str, _bare, lambda name: _bare(name).lower(), _mitochondrion_as_one]
    if is_roman:
        ways.append(_roman_as_number)
    pairs: dict[str, str] = {}
    for key in ways:
        free_ours = _by_key([name for name in ours if name not in pairs], key)
        taken = set(pairs.values())
        free_theirs = _by_key([name for name in theirs if name not in taken], key)
        pairs |= {free_ours[k]: free_theirs[k] for k in free_ours if k in free_theirs}
    return pairs


def _by_key(names: list[str], key: Callable[[str], str]) -> dict[str, str]:
    """Names by what they mean; without those that mean the same as another."""
    keys = [key(name) for name in names]
    n_of_key = Counter(keys)
    return {k: name for k, name in zip(keys, names, strict=True) if n_of_key[k] == 1}


def _bare(name: str) -> str:
    """A name without ``chr``."""
    return _PREFIX.sub("", name)


def _is_mitochondrion(name: str) -> bool:
    return _bare(name).lower() in _MITOCHONDRION


def _mitochondrion_as_one(name: str) -> str:
    """One word for all names of the mitochondrion; other names without ``chr``, in lower case."""
    return "mitochondrion" if _is_mitochondrion(name) else _bare(name).lower()


def _roman_as_number(name: str) -> str:
    """A Roman number up to XXXIX as an Arabic one; other names as for the mitochondrion."""
    found = _ROMAN.match(_bare(name))
    if found is None:
        return _mitochondrion_as_one(name)
    ones = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"].index(found[2])
    return str(10 * len(found[1]) + ones)


def _remarks(rows: list[_Row], what: str, *, has_lengths: bool) -> str:
    """What a user should know about a match; empty where every contig has a partner of its own name."""
    remarks = []
    if renamed := [f"{row.other} = {row.genome}" for row in rows if row.status == "renamed"]:
        remarks.append(f"{len(renamed)} contigs are matched under different names ({_some(renamed)})")
    if differing := [row for row in rows if row.status == "length differs"]:
        names = [f"{row.other}: {row.other_length} bp, the genome's {row.genome_length}" for row in differing]
        remarks.append(f"left out because of another length: {_some(names)}")
    if missing := [row.other for row in rows if not row.genome]:
        remarks.append(f"the genome lacks {len(missing)} of its contigs ({_some(missing)})")
    if has_lengths and (lacking := [row for row in rows if not row.other]):
        share = sum(row.genome_length or 0 for row in lacking) / sum(row.genome_length or 0 for row in rows)
        names = _some([row.genome for row in lacking])
        remarks.append(f"it lacks {len(lacking)} contigs of the genome ({names}: {share:.1%} of its bases)")
    return f"{what}: " + "; ".join(remarks) if remarks else ""


def _nothing_matches(genome_sizes: Mapping[str, int], lengths: Mapping[str, int | None], what: str) -> str:
    """What to say, and to suggest, where no contig has a partner."""
    text = (
        f"no contig of {what} is one of the genome; {what} has {_some(list(lengths)) or 'no contigs'}, "
        f"the genome has {_some(list(genome_sizes))}"
    )
    alike = [f"{name} = {own}" for name, own in contigs_of_equal_length(genome_sizes, lengths).items()]
    if alike:
        return f"{text}; {len(alike)} have equal lengths ({_some(alike)}), so rename the contigs of one of them"
    return f"{text}; use the genome that the file was made with, or rename the contigs of one of them"


def _some(names: list[str]) -> str:
    """A few names and how many more there are."""
    return ", ".join(names[:4]) + (f", ... {len(names)} in all" if len(names) > 4 else "")
