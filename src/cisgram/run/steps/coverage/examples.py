"""Stretches that the page shows: raw, denoised and deep coverage, the probability of peaks, and peaks."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from cisgram.data.coverage_store import CoverageReader, open_coverage
from cisgram.genomics.interval import Interval
from cisgram.io.files import atomic_path
from cisgram.run.folder import CoverageRun
from cisgram.run.steps.coverage.judge import Ground
from cisgram.run.steps.coverage.known import KnownGenome, held_out_contigs, require_places
from cisgram.training.denoise import Denoised

LENGTH_BP = 20_000
"""Length of a stretch that is chosen by itself."""


class ExampleTracks:
    """Values of a few stretches, gathered while everything else passes by.

    Parameters
    ----------
    loci
        The stretches that every pair is shown at.
    further
        Stretches that only some question is about; they are numbered after the others.
    """

    def __init__(self, loci: Sequence[Interval], further: Sequence[Interval] = ()) -> None:
        self.loci = tuple(loci)
        self._places = (*self.loci, *further)
        self._values: dict[str, np.ndarray] = {}

    def add(self, track: str, kind: str, read: CoverageReader, *, only: int | None = None) -> None:
        """A track that can be read anywhere; at ``only`` one of the stretches, if given."""
        for number, locus in enumerate(self._places):
            if only not in (None, number):
                continue
            self._values[f"{number}/{track}/{kind}"] = read(locus.chrom, locus.start, locus.end).astype(np.float32)

    def add_deep(self, pair: str, ground: Ground) -> None:
        """The deep coverage of a pair and its peaks."""
        self.add(pair, "deep", ground.deep)
        self.add(pair, "peaks", ground.peaks)

    def taker(self, track: str) -> Callable[[Denoised], None]:
        """What a stream of denoised stretches is shown to."""

        def take(part: Denoised) -> None:
            for number, locus in enumerate(self._places):
                first = max(locus.start, part.start)
                end = min(locus.end, part.start + part.track.size)
                if locus.chrom != part.chrom or first >= end:
                    continue
                for kind, values in (("denoised", part.track), ("probability", part.probability)):
                    whole = self._values.setdefault(f"{number}/{track}/{kind}", np.zeros(len(locus), np.float32))
                    whole[first - locus.start : end - locus.start] = values[first - part.start : end - part.start]

        return take

    def write(self, path: Path) -> None:
        """Write all values, and as text the loci that every pair is shown at."""
        with atomic_path(path) as partial, partial.open("wb") as stream:
            values = {"loci": np.array([str(locus) for locus in self.loci]), **self._values}
            np.savez_compressed(stream, allow_pickle=False, **values)


def example_loci(run: CoverageRun, known: KnownGenome) -> list[Interval]:
    """The loci that were asked for, or stretches of the test contigs with many peaks, some, and few.

    Chosen by the bases in peaks of the first judged pair: the most, the median and the lowest of those that have any.
    """
    asked = [require_places(known, Interval.parse(text)) for text in run.config.evaluation.examples]
    if asked:
        return asked
    pair = next((one for one in run.config.pairs if one.use == "test"), run.config.pairs[0])
    read = known.reader(open_coverage(run.examples / "store"), f"{pair.name}.peaks")
    found = []
    for chrom, start, end in known.regions[known.regions["chrom"].isin(held_out_contigs(run))].itertuples(index=False):
        for left in range(start, end - LENGTH_BP + 1, LENGTH_BP):
            n = int((read(chrom, left, left + LENGTH_BP) > 0).sum())
            if n:
                found.append((n, Interval(str(chrom), left, left + LENGTH_BP)))
    found.sort(key=lambda one: one[0])
    places = dict.fromkeys([len(found) - 1, len(found) // 2, 0]) if found else {}
    return [found[place][1] for place in places]
