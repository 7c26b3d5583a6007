"""Files that reached code that no file before them reached: what is broken next is made of them."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from random import Random

from tests.fuzz.readers import Reader

READ = 0.9
"""How often the next file is made of one that could be read: what was refused is mostly refused at the same place."""


class Corpus:
    """For each reader the files that are worth to be broken further, and what they reached.

    Parameters
    ----------
    folder
        Where they are kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._reached: dict[str, set[int]] = {}
        self._kept: dict[str, list[Path]] = {}
        self._read: dict[str, list[Path]] = {}

    def n_kept(self, reader: Reader) -> int:
        """How many files of a reader are kept."""
        return len(self._kept.get(reader.name, []))

    def n_reached(self, reader: Reader) -> int:
        """How many steps from line to line were taken for a reader."""
        return len(self._reached.get(reader.name, ()))

    def source(self, reader: Reader, rng: Random) -> Path | None:
        """A folder of files to break further; None, for the valid ones, now and then and where none is kept."""
        kept = self._read if rng.random() < READ else self._kept
        return rng.choice([None, *kept.get(reader.name, [])])

    def add(self, reader: Reader, files: Path, reached: Iterable[int], *, is_read: bool) -> None:
        """Keep a copy of a folder where it reached something new."""
        seen = self._reached.setdefault(reader.name, set())
        new = set(reached) - seen
        if not new:
            return
        seen |= new
        target = self._folder / reader.name / str(self.n_kept(reader))
        shutil.copytree(files, target)
        for kept in (self._kept, *([self._read] if is_read else [])):
            kept.setdefault(reader.name, []).append(target)
