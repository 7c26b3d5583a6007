"""The head of a .hic file: its numbers must fit into the file before a library makes room for what they announce.

Layout of versions 6 to 9 after the public description of the format (Durand et al. 2016). Integers are little-endian,
texts end in a zero byte.
"""

import mmap
import struct
from pathlib import Path

from cisgram.errors import FormatError

MAGIC = b"HIC\0"
VERSIONS = range(6, 10)
LONGEST_CONTIG = 1 << 35
"""In bp; several times the longest chromosome that is known."""


def require_sound_head(file: Path) -> None:
    """Make sure that a .hic file is long enough for the attributes, contigs and resolutions that its head announces.

    What is no .hic file, or one of another version, passes: the library that reads it says so.

    Parameters
    ----------
    file
        A file that is there.

    Raises
    ------
    FormatError
        Where a count or place of the head does not fit into the file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.hic")
    ...     _ = path.write_bytes(MAGIC + bytes([9, 0, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0]))
    ...     try:
    ...         require_sound_head(path)
    ...     except FormatError as error:
    ...         print(error.problem)
    the .hic file is cut off or damaged: its footer begins at byte 65535, and it has 16; copy or make it again
    """
    if file.stat().st_size < len(MAGIC) + 4:
        return
    with file.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as content:
        version = struct.unpack_from("<i", content, len(MAGIC))[0]
        if content[: len(MAGIC)] == MAGIC and version in VERSIONS:
            _walk(_Head(file, content, len(MAGIC) + 4), version)


class _Head:
    """A place in a file, from which numbers and texts are taken one after the other."""

    def __init__(self, file: Path, content: mmap.mmap, at: int) -> None:
        self._file, self._content, self._at = file, content, at

    @property
    def n_left(self) -> int:
        """Bytes from here to the end."""
        return len(self._content) - self._at

    def number(self, code: str) -> int:
        """The next integer, ``i`` of four bytes or ``q`` of eight."""
        n_bytes = struct.calcsize(code)
        if self.n_left < n_bytes:
            raise self.error("it ends within its head")
        self._at += n_bytes
        return struct.unpack_from("<" + code, self._content, self._at - n_bytes)[0]

    def count(self, what: str, *, n_bytes: int) -> int:
        """The next integer, of things of at least ``n_bytes`` each."""
        n = self.number("i")
        if not 0 <= n * n_bytes <= self.n_left:
            raise self.error(f"it announces {n} {what}, and has {self.n_left} bytes left for them")
        return n

    def skip_text(self) -> None:
        """Go past the next text."""
        end = self._content.find(b"\0", self._at)
        if end < 0:
            raise self.error("it ends within its head")
        self._at = end + 1

    def skip(self, n_bytes: int) -> None:
        """Go past some bytes that are there."""
        self._at += n_bytes

    def error(self, problem: str) -> FormatError:
        """What is said of the file."""
        return FormatError(self._file, f"the .hic file is cut off or damaged: {problem}; copy or make it again")


def _walk(head: _Head, version: int) -> None:
    """Take everything from the head, each count held against what is left."""
    is_wide, n_bytes = version > 8, head.n_left + len(MAGIC) + 4
    footer = head.number("q")
    if not 0 < footer < n_bytes:
        raise head.error(f"its footer begins at byte {footer}, and it has {n_bytes}")
    head.skip_text()
    if is_wide:
        head.number("q")
        head.number("q")
    for _ in range(2 * head.count("attributes", n_bytes=2)):
        head.skip_text()
    length = "q" if is_wide else "i"
    for _ in range(head.count("contigs", n_bytes=1 + struct.calcsize(length))):
        head.skip_text()
        n_bp = head.number(length)
        if not 0 <= n_bp <= LONGEST_CONTIG:
            raise head.error(f"one of its contigs is said to be {n_bp} bp long")
    for what in ("resolutions", "resolutions in fragments"):
        head.skip(4 * head.count(what, n_bytes=4))
