"""Motifs from wherever they are kept: MEME, JASPAR, TRANSFAC and HOMER text, a run's patterns, or JASPAR itself."""

import os
import re
from pathlib import Path

from cisgram.errors import InputError
from cisgram.genomics.motif import Motif
from cisgram.io.count_matrices import read_count_matrices
from cisgram.io.files import require_file
from cisgram.io.jaspar import read_jaspar
from cisgram.io.meme import read_meme
from cisgram.io.packing import read_bytes
from cisgram.io.patterns import read_pattern_motifs

ACCEPTED = (
    "a MEME file; a text file in the format of JASPAR, TRANSFAC or HOMER, or a bare PFM; a patterns.h5; "
    "a run folder with one; or jaspar, jaspar:fungi, jaspar:vertebrates,insects for that database"
)
"""What :func:`read_motifs` takes, for messages and help."""

_HDF5 = b"\x89HDF\r\n\x1a\n"
_MEME = re.compile(r"^(MEME version|MOTIF)\b", re.MULTILINE)


def read_motifs(source: str | os.PathLike[str]) -> list[Motif]:
    r"""Read motifs, whoever found them: classical ones and those of a model speak the same language.

    What a file is, is told by what stands in it, whatever its name.

    Parameters
    ----------
    source
        One of

        * a MEME file, plain or gzip (:func:`cisgram.io.meme.read_meme`);
        * a text file in the format of JASPAR, TRANSFAC or HOMER, or a bare matrix
          (:func:`cisgram.io.count_matrices.read_count_matrices`);
        * a ``patterns.h5`` of a run or of TF-MoDISco: all patterns of all tracks and scores, trimmed and named
          ``TRACK.SCORE.PATTERN`` (:func:`cisgram.io.patterns.read_pattern_motifs`);
        * a run folder, for the ``patterns.h5`` in it;
        * ``jaspar`` for the core collection of the JASPAR database, or ``jaspar:`` and the taxa wanted, with commas
          between (:func:`cisgram.io.jaspar.read_jaspar`). A file of that name goes first.

    Returns
    -------
    list of Motif
        At least one.

    Raises
    ------
    InputError
        There is nothing of that name, the file is none of these or broken (FormatError), or it holds no motif.
    MissingExtraError
        Where the database is asked for and not installed.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     written = (Path(folder) / "reb1.pfm").write_text("0 0 9\n0 0 0\n0 0 0\n9 9 0\n")
    ...     read_motifs(Path(folder) / "reb1.pfm")
    [<Motif reb1: TTA, 9 sites>]
    """
    path = Path(source).expanduser()
    if not path.exists() and re.match(r"jaspar(:|$)", str(source), re.IGNORECASE):
        taxa = [taxon.strip().lower() for taxon in str(source).partition(":")[2].split(",") if taxon.strip()]
        return read_jaspar(taxa=taxa or None)
    if path.is_dir():
        if not (path / "patterns.h5").is_file():
            raise InputError(f"{path} is a folder without a patterns.h5; motifs are read from {ACCEPTED}")
        path = path / "patterns.h5"
    if not path.exists():
        try:
            require_file(path, "motifs")
        except InputError as error:
            raise InputError(f"{error}; motifs are read from {ACCEPTED}") from error
    motifs = _read_file(require_file(path, "motifs"))
    if not motifs:
        raise InputError(f"{path} holds no pattern: the search for them found none; give another source of motifs")
    return motifs


def _read_file(path: Path) -> list[Motif]:
    """Read a file by what it begins with."""
    with path.open("rb") as file:
        is_hdf5 = file.read(len(_HDF5)) == _HDF5
    if is_hdf5:
        return read_pattern_motifs(path)
    text = read_bytes(path, "motifs").decode("utf-8", "replace")
    try:
        return read_meme(path) if _MEME.search(text) else read_count_matrices(path)
    except InputError as error:
        if _MEME.search(text) or text.lstrip().startswith(">"):
            raise  # the kind is clear: what is wrong with it has been said
        raise InputError(f"{error}; motifs are read from {ACCEPTED}") from error
