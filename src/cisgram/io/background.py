"""Backgrounds in the format of the MEME suite: how common each word is, for words of one base, two, and so on."""

import os
from itertools import product

import numpy as np

from cisgram.errors import FormatError, InputError
from cisgram.genomics.background import MAX_ORDER, Background
from cisgram.genomics.sequence import ALPHABET
from cisgram.io.files import write_text_atomic
from cisgram.io.packing import read_bytes

_SUM_TOLERANCE = 0.02


def read_background(path: str | os.PathLike[str]) -> Background:
    r"""Read a background file as ``fasta-get-markov`` of the MEME suite writes it (plain or gzip).

    A line holds a word and its probability; words of one length are one order of the chain. Lines that begin with
    ``#`` are comments. Probabilities of the words of a length that sum to 1 within 0.02 are scaled to 1.

    Raises
    ------
    InputError, FormatError
        The file cannot be read or is empty; a line is no word of A, C, G and T with a number above 0; a word is
        missing or comes twice; words are longer than six bases.

    References
    ----------
    The format is described at https://meme-suite.org/meme/doc/bfile-format.html

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     written = (Path(folder) / "bg").write_text("# order 0\nA 0.3\nC 0.2\nG 0.2\nT 0.3\n")
    ...     read_background(Path(folder) / "bg").bases.tolist()
    [0.3, 0.2, 0.2, 0.3]
    """
    shares: dict[str, float] = {}
    for number, line in enumerate(read_bytes(path, "background").decode("utf-8", "replace").splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            word, share = _word_and_share(path, line, number)
            if word in shares:
                raise FormatError(path, f"word {word} came before; each stands once", line=number)
            shares[word] = share
    order = max(map(len, shares), default=0) - 1
    if order < 0:
        raise FormatError(path, "there is no word in this file; a line is a word and its probability")
    tables = []
    for length in range(1, order + 2):
        words = ["".join(letters) for letters in product(ALPHABET, repeat=length)]
        missing = [word for word in words if word not in shares]
        if missing:
            raise FormatError(
                path, f"{len(missing)} of the {len(words)} words of {length} bp are missing, such as {missing[0]}"
            )
        joint = np.array([shares[word] for word in words]).reshape(-1, 4)
        if abs(joint.sum() - 1) > _SUM_TOLERANCE:
            raise FormatError(
                path, f"the words of {length} bp must have probabilities that sum to 1; got {joint.sum():g}"
            )
        tables.append(joint / joint.sum(axis=1, keepdims=True))
    return Background(tuple(tables))


def write_background(path: str | os.PathLike[str], background: Background) -> None:
    """Write a background as the MEME suite reads it; complete or not at all.

    Raises
    ------
    OutputError
        Writing fails.
    """
    lines, of_words = [], np.ones(1)
    for order, table in enumerate(background.conditionals):
        lines.append(f"# order {order}")
        of_words = (of_words[:, None] * table).ravel()
        words = ("".join(letters) for letters in product(ALPHABET, repeat=order + 1))
        lines += [f"{word} {share!r}" for word, share in zip(words, of_words.tolist(), strict=True)]
    write_text_atomic(path, "\n".join(lines) + "\n")


def _word_and_share(path: str | os.PathLike[str], line: str, number: int) -> tuple[str, float]:
    """What a line says."""
    cells = line.split()
    try:
        word, share = cells[0].upper(), float(cells[1])
        if len(cells) != 2 or set(word) - set(ALPHABET) or not 0 < share <= 1:
            raise InputError
    except (IndexError, ValueError) as error:
        raise FormatError(
            path, f"a line is a word of A, C, G and T and its probability, above 0; got {line.strip()!r}", line=number
        ) from error
    if len(word) > MAX_ORDER + 1:
        raise FormatError(path, f"words have at most {MAX_ORDER + 1} bp; got {word}", line=number)
    return word, share
