"""Rounds of a search: find a motif, test it on held-out sequences, mask its sites, and begin anew."""

import logging
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Rows
from cisgram.genomics.background import Background
from cisgram.genomics.motif import Motif
from cisgram.genomics.motif_alignment import align
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.motifs.denovo.candidates import Candidate, Material
from cisgram.motifs.denovo.config import DiscoveryConfig
from cisgram.motifs.denovo.em import refine_by_em
from cisgram.motifs.denovo.places import Places, best_sites, sites_from
from cisgram.motifs.denovo.search import find_candidate
from cisgram.motifs.denovo.significance import Enrichment, Trial, compare_rates
from cisgram.motifs.denovo.sites import place_sites
from cisgram.motifs.denovo.splits import Split
from cisgram.motifs.denovo.words import enriched_words

_LOG = logging.getLogger(__name__)

_SAMPLE_BP = 250_000
_FINAL_ROUNDS = 3
_ALIKE = 0.7

TRACE_COLUMNS = ("iteration", "stage", "width", "log_likelihood", "log_posterior")
"""Columns of a trace: running number; stage (a ``word``, then ``wider``, ``cut to width``, perhaps ``palindrome``, and
``all sequences``); columns of the motif; log-likelihood per sequence (natural log, against the background alone), and
the same with the prior of the columns, which never falls within a stage."""


class FoundMotif(NamedTuple):
    """A motif, where it lies, and how sure it is."""

    motif: Motif
    start: str
    """The word (IUPAC) that it grew from."""
    threshold_bits: float
    """Score that tells sequences from control sequences best; learnt without the held-out ones."""
    enrichment: Enrichment
    """On held-out sequences, by the motif as it was learnt without them."""
    sites: pd.DataFrame
    """Its places in all sequences: :data:`cisgram.motifs.denovo.sites.SITE_COLUMNS`; ``sequence`` is the row among
    those given."""
    trace: pd.DataFrame
    """How it came about: :data:`TRACE_COLUMNS`, one row per round of EM."""
    palindrome: bool
    """Whether it was kept equal to its reverse complement."""


class Rounds:
    """Sequences and controls, from which sites disappear as motifs are found.

    Parameters
    ----------
    sequences, control
        What is searched, and what it is held against.
    splits
        Which rows are learnt from, and which test: none, one, or folds.
    background
        Against what motifs are held.
    config
        Settings.
    """

    def __init__(
        self,
        sequences: SequenceSet,
        control: SequenceSet,
        splits: list[Split],
        background: Background,
        config: DiscoveryConfig,
    ) -> None:
        self._sequences, self._control, self._splits = sequences, control, splits
        self._background, self._config = background, config
        self._prior = background.bases * config.pseudocount
        self._rng = np.random.default_rng([config.seed, 1])

    def run(self) -> tuple[list[FoundMotif], list[FoundMotif]]:
        """Find motif after motif, until too many in a row do not hold up: (significant, not significant)."""
        found: list[FoundMotif] = []
        rejected: list[FoundMotif] = []
        in_a_row = 0
        for _ in range(self._config.n_motifs):
            candidate = self._candidate()
            if candidate is None:
                break
            tested = self._test(candidate)
            is_found = not tested.q_value > self._config.max_p_value  # NaN: nothing was held out
            name = f"motif_{len(found) + 1}" if is_found else f"rejected_{len(rejected) + 1}"
            described = self._described(candidate, tested, name)
            rates = f"{tested.n_with} of {tested.n} held out, {tested.n_control_with} of {tested.n_control} controls"
            _LOG.info("%s: %s, %s, q = %.2g", name, described.motif.consensus(), rates, tested.q_value)
            (found if is_found else rejected).append(described)
            in_a_row = 0 if is_found else in_a_row + 1
            if in_a_row > self._config.patience:
                break
            self._mask(candidate)
        return found, rejected

    def _candidate(self) -> Candidate | None:
        """The next motif, sought in all sequences, but those held out for good."""
        if len(self._splits) == 1:
            return self._sought(*self._splits[0].without_tested)
        return self._sought(np.arange(len(self._sequences)), np.arange(len(self._control)))

    def _sought(self, rows: Rows, control_rows: Rows) -> Candidate | None:
        learnt, control = self._sequences.take(rows), self._control.take(control_rows)
        starts = enriched_words(
            learnt,
            control,
            max_gap=self._config.max_gap,
            is_stranded=self._config.is_stranded,
            n_best=self._config.n_starts,
        )
        material = self._material(learnt, control)
        sample = material
        if learnt.joined.size > _SAMPLE_BP:
            sample = self._material(_sample_of(learnt, self._rng), _sample_of(control, self._rng))
        return find_candidate(material, sample, starts, self._config)

    def _material(self, sequences: SequenceSet, control: SequenceSet) -> Material:
        return Material(self._places(sequences), self._places(control), self._prior)

    def _places(self, sequences: SequenceSet) -> Places:
        return Places(sequences, self._background, is_stranded=self._config.is_stranded)

    def _test(self, candidate: Candidate) -> Enrichment:
        """Compare held-out sequences with held-out controls.

        Of folds, each tests what was sought without it, whatever that is: so the test stays fair. But a motif that
        less than half of the folds find again is not significant.
        """
        if len(self._splits) == 1:
            own: list[Candidate | None] = [candidate]
        else:
            own = [self._sought(*split.without_tested) for split in self._splits]
        trials = [self._trial(one, split) for one, split in zip(own, self._splits, strict=True)]
        length_ratio = float(self._sequences.lengths.mean() / self._control.lengths.mean())
        tested = compare_rates(trials, n_tests=self._config.n_motifs, length_ratio=length_ratio)
        n_alike = sum(one is not None and _are_alike(one, candidate) for one in own)
        return tested if 2 * n_alike >= len(own) else tested._replace(q_value=1.0)

    def _trial(self, candidate: Candidate | None, split: Split) -> Trial:
        if candidate is None:
            return Trial(np.zeros(len(split.tested)), np.zeros(len(split.control_tested)), np.inf)
        parts = (self._sequences.take(split.tested), self._control.take(split.control_tested))
        scores, control = (best_sites(self._places(part), candidate.ppm).score for part in parts)
        return Trial(scores, control, candidate.threshold.score)

    def _described(self, candidate: Candidate, tested: Enrichment, name: str) -> FoundMotif:
        """Refine on all sequences, and place the sites."""
        places, config = self._places(self._sequences), self._config
        final = refine_by_em(
            places,
            candidate.ppm,
            occurrence=config.occurrence,
            rate=candidate.rate,
            prior=self._prior,
            n_iterations=_FINAL_ROUNDS,
            is_palindrome=candidate.is_palindrome,
        )
        return FoundMotif(
            Motif(name, final.ppm, n_sites=max(final.n_sites, 1.0)),
            candidate.start.letters,
            candidate.threshold.score / np.log(2),
            tested,
            place_sites(places, final.ppm, rate=final.rate, occurrence=config.occurrence),
            _trace(candidate),
            candidate.is_palindrome,
        )

    def _mask(self, candidate: Candidate) -> None:
        """Put N where the motif lies, in sequences and controls."""
        self._sequences, self._control = (
            part.masked(sites_from(self._places(part), candidate.ppm, candidate.threshold.score))
            for part in (self._sequences, self._control)
        )


def _are_alike(one: Candidate, other: Candidate) -> bool:
    """Whether two candidates look alike where they overlap best."""
    shorter = min(one.width, other.width)
    alignment = align(Motif("one", one.ppm), Motif("other", other.ppm), min_overlap=min(4, shorter))
    return alignment.correlation >= _ALIKE


def _trace(candidate: Candidate) -> pd.DataFrame:
    """The stages of a candidate as one table."""
    tables = [
        pd.DataFrame(
            {
                "stage": stage.name,
                "width": stage.width,
                "log_likelihood": stage.log_likelihood,
                "log_posterior": stage.log_posterior,
            }
        )
        for stage in candidate.stages
    ]
    trace = pd.concat(tables, ignore_index=True)
    return trace.assign(iteration=np.arange(1, len(trace) + 1))[list(TRACE_COLUMNS)]


def _sample_of(sequences: SequenceSet, rng: np.random.Generator) -> SequenceSet:
    """As many random sequences as hold about a quarter of a million bases."""
    order = rng.permutation(len(sequences))
    n = int(np.searchsorted(np.cumsum(sequences.lengths[order]), _SAMPLE_BP)) + 1
    return sequences.take(np.sort(order[:n]))
