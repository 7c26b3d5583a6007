"""Motifs in the MEME format, as motif databases and the tools of the MEME suite write it."""

import os
import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from cisgram.arrays import PerBase
from cisgram.errors import FormatError, InputError
from cisgram.genomics.motif import Motif
from cisgram.io.files import write_text_atomic
from cisgram.io.packing import read_bytes

_SUM_TOLERANCE = 0.02 + 1e-9  # four numbers rounded to two digits
_MATRIX = "letter-probability matrix"


def read_meme(path: str | os.PathLike[str]) -> list[Motif]:
    """Read the DNA motifs of a MEME file (plain or gzip), in the order of the file.

    Whatever else the file holds (background, strands, log odds, sites, URLs) is passed over. Rows whose
    proportions sum to 1 within 0.02 are scaled to 1. Where a motif does not say its number of sites, or says 0,
    it is 20, as in the MEME suite. What stands behind the identifier on the MOTIF line is the alternate name.

    Raises
    ------
    InputError
        There is no such file.
    FormatError
        The file is empty, no MEME file, holds no motif, two of the same name or another alphabet than ACGT; or a
        motif has no matrix, the wrong number of rows or columns, or a row that is no distribution.

    References
    ----------
    Bailey, Johnson, Grant and Noble (2015), The MEME Suite, Nucleic Acids Research 43: W39; the format is
    described at https://meme-suite.org/meme/doc/meme-format.html
    """
    lines = read_bytes(path, "MEME file of motifs").decode("utf-8", "replace").splitlines()
    starts = [i for i, line in enumerate(lines) if re.match(r"MOTIF(\s|$)", line)]
    _check_header(path, lines[: starts[0]] if starts else lines)
    if not starts:
        raise FormatError(path, "there is no motif in this MEME file: a motif starts with a line MOTIF <name>")
    motifs, line_of = [], {}
    for start, end in pairwise([*starts, len(lines)]):
        motif = _read_motif(path, lines, start, end)
        if motif.name in line_of:
            raise FormatError(
                path, f"motif {motif.name} came before, on line {line_of[motif.name]}; rename one", line=start + 1
            )
        line_of[motif.name] = start + 1
        motifs.append(motif)
    return motifs


def write_meme(path: str | os.PathLike[str], motifs: Sequence[Motif], *, background: PerBase | None = None) -> None:
    """Write motifs in the MEME format; :func:`read_meme` gets back the same numbers to the last bit.

    Parameters
    ----------
    path
        Where to write.
    motifs
        At least one; no two of the same name.
    background
        Proportions of A, C, G and T to state in the file; ``None`` means uniform.

    Raises
    ------
    InputError
        There are no motifs, or two have the same name.
    OutputError
        The file could not be written.
    """
    names = [motif.name for motif in motifs]
    if not names:
        raise InputError(f"{path}: there are no motifs to write")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"{path}: {names.count(twice)} motifs are named {twice}; give each a name of its own")
    shares = np.full(4, 0.25) if background is None else background
    stated = " ".join(f"{base} {_number(share)}" for base, share in zip("ACGT", shares, strict=True))
    header = f"MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n\nBackground letter frequencies\n{stated}\n"
    write_text_atomic(path, "\n".join([header, *map(_text_of, motifs)]))


def _check_header(path: str | os.PathLike[str], header: list[str]) -> None:
    """What stands before the first motif must say that this is MEME, and DNA."""
    if not any(line.startswith("MEME version") for line in header):
        first = next((line.strip() for line in header if line.strip()), "")
        hint = "; this looks like JASPAR or FASTA format: convert it with jaspar2meme" if first[:1] == ">" else ""
        raise FormatError(
            path, f"no line 'MEME version 4' before the first motif; the file starts {first[:60]!r}{hint}"
        )
    for number, line in enumerate(header, start=1):
        stated = re.match(r"ALPHABET\s*=\s*(\S+)", line)
        if (stated and stated[1] != "ACGT") or re.match(r"ALPHABET\s+(?!=)(?!.*DNA)", line):
            raise FormatError(path, f"the alphabet must be ACGT; got {line.strip()!r}", line=number)


def _read_motif(path: str | os.PathLike[str], lines: list[str], start: int, end: int) -> Motif:
    """The motif on the lines from ``start`` (its MOTIF line) to before ``end``; 0-based."""
    words = lines[start].split(maxsplit=2)
    if len(words) < 2:
        raise FormatError(path, "a MOTIF line must name the motif: MOTIF <name> [<alternate name>]", line=start + 1)
    name = words[1]
    # The text output of the meme program goes on with "width = 8 sites = 17 ..." on this line.
    alternate_name = re.split(r"(?:^|\s)width\s*=", words[2])[0].strip() if len(words) > 2 else ""
    at = next((i for i in range(start, end) if lines[i].startswith(_MATRIX)), None)
    if at is None:
        raise FormatError(path, f"motif {name} has no '{_MATRIX}:'", line=start + 1)
    options = dict(re.findall(r"(\w+)\s*=\s*(\S+)", lines[at]))
    if options.get("alength", "4") != "4":
        raise FormatError(path, f"motif {name} has alength= {options['alength']}; DNA motifs have 4", line=at + 1)
    ppm = _read_rows(path, lines[:end], at + 1, name=name, width=_whole_number(path, options, "w", line=at + 1))
    n_sites = _positive_number(path, options, "nsites", line=at + 1)
    return Motif(name, ppm.T, n_sites=n_sites or 20, alternate_name=alternate_name)


def _read_rows(
    path: str | os.PathLike[str], lines: list[str], start: int, *, name: str, width: int | None
) -> np.ndarray:
    """The rows of proportions that start on or after a line, ``column 4``."""
    while start < len(lines) and not lines[start].strip():
        start += 1
    rows = []
    for number, line in enumerate(lines[start:], start=start + 1):
        row = _numbers(line)
        if row is None:
            break
        if len(row) != 4:
            raise FormatError(path, f"motif {name}: a row has 4 numbers (A C G T); got {len(row)}", line=number)
        total = sum(row)
        if not (min(row) >= 0 and abs(total - 1) <= _SUM_TOLERANCE):
            hint = "; these look like counts: divide each row by its sum" if total > 1.5 else ""
            raise FormatError(
                path, f"motif {name}: a row must be proportions that sum to 1; got {line.strip()!r}{hint}", line=number
            )
        rows.append(np.array(row) / (total if abs(total - 1) > 1e-9 else 1.0))
    if not rows or len(rows) != (width or len(rows)):
        expected = f"{width} rows (w= {width})" if width else "rows of 4 numbers"
        raise FormatError(path, f"motif {name} must have {expected}; got {len(rows)}", line=start + 1)
    return np.array(rows)


def _numbers(line: str) -> list[float] | None:
    """The numbers of a line; None where the line is empty or holds something else."""
    try:
        return [float(word) for word in line.split()] or None
    except ValueError:
        return None


def _positive_number(path: str | os.PathLike[str], options: dict[str, str], key: str, *, line: int) -> float | None:
    """An option such as ``nsites= 20``; None where it is not given."""
    if key not in options:
        return None
    number = _numbers(options[key])
    if number is None or not 0 <= number[0] < float("inf"):
        raise FormatError(path, f"{key}= must be followed by a number of 0 or more; got {options[key]!r}", line=line)
    return number[0]


def _whole_number(path: str | os.PathLike[str], options: dict[str, str], key: str, *, line: int) -> int | None:
    """The same for whole numbers above 0."""
    number = _positive_number(path, options, key, line=line)
    if number is not None and (number < 1 or number != int(number)):
        raise FormatError(path, f"{key}= must be a whole number above 0; got {options[key]!r}", line=line)
    return None if number is None else int(number)


def _text_of(motif: Motif) -> str:
    """One motif as MEME writes it."""
    rows = "\n".join(" ".join(map(_number, column)) for column in motif.ppm.T)
    title = f"MOTIF {motif.name} {' '.join(motif.alternate_name.split())}".rstrip()
    return f"{title}\n{_MATRIX}: alength= 4 w= {len(motif)} nsites= {_number(motif.n_sites)} E= 0\n{rows}\n"


def _number(value: float | int) -> str:
    """As few digits as give back the same float64."""
    return repr(float(value)).removesuffix(".0")
