"""A VCF out again as it came in, with what was found about each allele in its INFO."""

import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

import numpy as np

from cisgram.errors import InputError
from cisgram.io.packing import write_chunks
from cisgram.io.vcf.lines import VcfLine, vcf_lines

_INFO = 7
"""Place of the column INFO."""


@dataclass(frozen=True)
class InfoField:
    """What is added to the INFO of a record: one value per alternative allele.

    Parameters
    ----------
    name
        Letters, digits, ``_`` and ``.``; not beginning with a digit.
    kind
        Of the values.
    description
        For the header.

    Raises
    ------
    InputError
        Where the name has other letters.

    Examples
    --------
    >>> InfoField("diff_sum", "Float", "ALT minus REF").header
    '##INFO=<ID=diff_sum,Number=A,Type=Float,Description="ALT minus REF">'
    """

    name: str
    kind: Literal["Float", "Integer", "String"]
    description: str

    def __post_init__(self) -> None:
        if not self.name.replace(".", "_").isidentifier() or not self.name.isascii():
            raise InputError(f"the name of a field of INFO has letters, digits, _ and . only; got {self.name!r}")

    @property
    def header(self) -> str:
        """Its line in a header."""
        told = self.description.replace("\\", "/").replace('"', "'")  # programs differ in how they read either
        return f'##INFO=<ID={self.name},Number=A,Type={self.kind},Description="{told}">'


def annotate_vcf(
    source: str | os.PathLike[str],
    path: str | os.PathLike[str],
    *,
    fields: Sequence[InfoField],
    values: Mapping[str, Iterable[object]],
) -> None:
    """Write the records of a file of variants again, in their order, with more in their INFO.

    Everything else stays as it is: identifiers, qualities, filters, other INFO, samples. Fields of the same names from
    before are replaced. A BCF becomes text, a plain table a VCF without contigs.

    Parameters
    ----------
    source
        As of :func:`cisgram.io.vcf.read_alleles`.
    path
        VCF; bgzip where its name ends in ``.gz``. It appears complete or not at all.
    fields
        What is added.
    values
        By name of the field, one value for each row of :func:`~cisgram.io.vcf.read_alleles` of ``source``; None and
        NaN where there is none. Of a record without any, the field is left out.

    Raises
    ------
    InputError
        Where a field has no values, or not as many as the file has alleles.
    """
    if missing := [field.name for field in fields if field.name not in values]:
        raise InputError(f"there are no values for the fields {', '.join(missing)}")
    texts = {field.name: [_text(value) for value in values[field.name]] for field in fields}
    write_chunks(path, _annotated(source, fields, texts))


def _annotated(
    source: str | os.PathLike[str], fields: Sequence[InfoField], texts: Mapping[str, Sequence[str]]
) -> Iterator[bytes]:
    """Lines of the new file."""
    ids = tuple(f"##INFO=<ID={field.name}," for field in fields)
    at = 0
    for line in vcf_lines(source):
        if line.text.startswith("##"):
            if not line.text.startswith(ids):
                yield f"{line.text}\n".encode()
        elif line.text.startswith("#CHROM"):
            yield "".join(f"{field.header}\n" for field in fields).encode()
            yield f"{_padded(line.text)}\n".encode()
        elif line.text.strip():
            text, at = _with_info(line, texts, at, source)
            yield f"{text}\n".encode()
    if wrong := [name for name, one in texts.items() if len(one) != at]:
        raise InputError(f"{source} has {at} alleles; got {len(texts[wrong[0]])} values of {wrong[0]}")


def _padded(text: str) -> str:
    """A line with all columns up to INFO, where it has only the first ones."""
    names = text.split("\t")
    return "\t".join([*names, *["QUAL", "FILTER", "INFO"][len(names) - 5 :]]) if len(names) <= _INFO else text


def _with_info(
    line: VcfLine, texts: Mapping[str, Sequence[str]], at: int, source: str | os.PathLike[str]
) -> tuple[str, int]:
    """One record with its values, and the number of the next allele."""
    columns = line.text.split("\t")
    columns += ["."] * (_INFO + 1 - len(columns))
    end = at + columns[4].count(",") + 1
    if any(end > len(one) for one in texts.values()):
        raise InputError(f"{source} has more alleles than there are values ({min(map(len, texts.values()))})")
    kept = [one for one in columns[_INFO].split(";") if one not in ("", ".") and one.split("=")[0] not in texts]
    for name, one in texts.items():
        if any(text != "." for text in one[at:end]):
            kept.append(f"{name}={','.join(one[at:end])}")
    columns[_INFO] = ";".join(kept) or "."
    return "\t".join(columns), end


def _text(value: object) -> str:
    """A value as INFO has it; letters with a meaning there are written as %XX."""
    if value is None or value == "":
        return "."
    if isinstance(value, float | np.floating):
        return f"{value:.6g}" if math.isfinite(value) else "."
    return quote(str(value), safe=" !\"#$&'()*+-./:<>?@[]^_`{|}~\\").replace(" ", "_")
