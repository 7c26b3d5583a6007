"""De novo discovery: the motifs that sequences share and control sequences do not."""

import logging
import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Rows
from cisgram.errors import CisgramWarning, EmptySetError
from cisgram.genomics.background import Background, estimate_background
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import N
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.motifs.denovo.candidates import Candidate, Material
from cisgram.motifs.denovo.config import DiscoveryConfig
from cisgram.motifs.denovo.em import refine_by_em
from cisgram.motifs.denovo.matching import gc_matched
from cisgram.motifs.denovo.places import Places, best_sites, sites_from
from cisgram.motifs.denovo.search import find_candidate
from cisgram.motifs.denovo.significance import Enrichment, compare_rates
from cisgram.motifs.denovo.sites import place_sites
from cisgram.motifs.denovo.words import enriched_words

_LOG = logging.getLogger(__name__)

_SAMPLE_BP = 250_000
_ENOUGH_HELD_OUT = 100
_MIN_SEQUENCES = 10
_ENOUGH_CONTROLS = 2000
_LN2 = np.log(2)


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
    """On the held-out sequences, by the motif as it was learnt without them."""
    sites: pd.DataFrame
    """Its places in all sequences: :data:`cisgram.motifs.denovo.sites.SITE_COLUMNS`; ``sequence`` is the row among
    those given."""
    trace: pd.DataFrame
    """How it came about: :data:`TRACE_COLUMNS`, one row per round of EM."""
    palindrome: bool
    """Whether it was kept equal to its reverse complement."""


class Discovery(NamedTuple):
    """What a search found."""

    motifs: tuple[FoundMotif, ...]
    """Significant ones, in the order found."""
    rejected: tuple[FoundMotif, ...]
    """Candidates that held-out sequences did not confirm."""
    n_sequences: int
    """Sequences used: those given without the dropped ones."""
    n_held_out: int
    n_control: int
    dropped: dict[str, int]
    """Sequences not used, by reason."""
    background: Background
    config: DiscoveryConfig


def discover_motifs(
    sequences: SequenceSet, *, control: SequenceSet | None = None, config: DiscoveryConfig | None = None
) -> Discovery:
    """Find motifs that sequences share.

    A motif is sought on most of the sequences and tested on the rest, against control sequences of which the same
    part was held out. If it is significant it is refined once more on all sequences. Then its sites are masked with
    N, and the next one is sought.

    Parameters
    ----------
    sequences
        At least 10 of them, of any lengths. N is allowed; a place with an N is no place.
    control
        Sequences without the motifs sought, about as long. If not given, the sequences are shuffled so that the
        number of every dinucleotide stays.
    config
        Settings; the defaults if not given.

    Returns
    -------
    Discovery
        Without any motif where none is significant: so it is with random sequences.

    Raises
    ------
    EmptySetError
        If fewer than 10 sequences are left that are as long as the narrowest motif, known, and no duplicates.

    Warns
    -----
    CisgramWarning
        If sequences are left out, with their number by reason.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> rng = np.random.default_rng(1)
    >>> planted = encode("GATTACAGC")
    >>> parts = [rng.integers(0, 4, 60).astype(np.uint8) for _ in range(120)]
    >>> for part in parts:
    ...     part[20:29] = planted
    >>> found = discover_motifs(SequenceSet.from_codes(parts), config=DiscoveryConfig(n_motifs=1, n_starts=4))
    >>> [one.motif.consensus() for one in found.motifs][0] in ("GATTACAGC", "GCTGTAATC")
    True
    """
    config = DiscoveryConfig() if config is None else config
    kept, dropped = _usable_rows(sequences, config, what="sequences")
    sequences = sequences.take(kept)
    rng = np.random.default_rng(config.seed)
    held_out = _held_out_rows(len(sequences), config, rng)
    learnt = np.setdiff1d(np.arange(len(sequences)), held_out)
    if control is None:
        per_sequence = max(1, round(_ENOUGH_CONTROLS / max(len(held_out), 1))) if len(held_out) else 1
        control_learnt = sequences.take(learnt).shuffled(rng=rng)
        control_held_out = sequences.take(held_out).shuffled(n_shuffles=min(per_sequence, 10), rng=rng)
    else:
        control = control.take(_usable_rows(control, config, what="control sequences")[0])
        if config.match_gc:
            control = control.take(gc_matched(control, sequences, rng=rng))
        rows = _held_out_rows(len(control), config, rng)
        control_learnt = control.take(np.setdiff1d(np.arange(len(control)), rows))
        control_held_out = control.take(rows)
    background = estimate_background(
        np.concatenate([control_learnt.joined, control_held_out.joined]),
        order=config.markov_order,
        is_stranded=config.is_stranded,
    )
    search = _Search(sequences, (learnt, held_out), (control_learnt, control_held_out), background, config)
    found, rejected = (
        tuple(one._replace(sites=one.sites.assign(sequence=kept[one.sites["sequence"]])) for one in group)
        for group in search.run(rng)
    )
    n_control = len(control_learnt) + len(control_held_out)
    return Discovery(found, rejected, len(sequences), len(held_out), n_control, dropped, background, config)


class _Search:
    """Sequences from which sites disappear as motifs are found."""

    def __init__(
        self,
        sequences: SequenceSet,
        rows: tuple[Rows, Rows],
        control: tuple[SequenceSet, SequenceSet],
        background: Background,
        config: DiscoveryConfig,
    ) -> None:
        self.all, self.background, self.config = sequences, background, config
        self.learnt, self.held_out = (sequences.take(part) for part in rows)
        self.control_learnt, self.control_held_out = control

    def run(self, rng: np.random.Generator) -> tuple[list[FoundMotif], list[FoundMotif]]:
        """Find motif after motif; (significant, not significant)."""
        found: list[FoundMotif] = []
        rejected: list[FoundMotif] = []
        in_a_row = 0
        for _ in range(self.config.n_motifs):
            candidate = self._next(rng)
            if candidate is None:
                break
            tested = self._test(candidate)
            is_found = not tested.q_value > self.config.max_p_value  # NaN: nothing was held out
            name = f"motif_{len(found) + 1}" if is_found else f"rejected_{len(rejected) + 1}"
            described = self._described(candidate, tested, name)
            _LOG.info(
                "%s: %s, %d of %d held-out sequences, %d of %d controls, p = %.2g",
                name,
                described.motif.consensus(),
                tested.n_with,
                tested.n,
                tested.n_control_with,
                tested.n_control,
                tested.q_value,
            )
            (found if is_found else rejected).append(described)
            in_a_row = 0 if is_found else in_a_row + 1
            if in_a_row > self.config.patience:
                break
            self._mask(candidate)
        return found, rejected

    def _places(self, sequences: SequenceSet) -> Places:
        return Places(sequences, self.background, is_stranded=self.config.is_stranded)

    def _next(self, rng: np.random.Generator) -> Candidate | None:
        prior = self.background.bases * self.config.pseudocount
        starts = enriched_words(
            self.learnt,
            self.control_learnt,
            max_gap=self.config.max_gap,
            is_stranded=self.config.is_stranded,
            n_best=self.config.n_starts,
        )
        material = Material(self._places(self.learnt), self._places(self.control_learnt), prior)
        sample = material
        if self.learnt.joined.size > _SAMPLE_BP:
            parts = [_sample_of(one, rng) for one in (self.learnt, self.control_learnt)]
            sample = Material(self._places(parts[0]), self._places(parts[1]), prior)
        return find_candidate(material, sample, starts, self.config)

    def _test(self, candidate: Candidate) -> Enrichment:
        if not len(self.held_out):
            nothing = float("nan")
            return Enrichment(0, 0, 0, 0, nothing, nothing, "none", nothing)
        return compare_rates(
            best_sites(self._places(self.held_out), candidate.ppm).score,
            best_sites(self._places(self.control_held_out), candidate.ppm).score,
            threshold=candidate.threshold.score,
            n_tests=self.config.n_motifs,
            length_ratio=float(self.held_out.lengths.mean() / self.control_held_out.lengths.mean()),
        )

    def _described(self, candidate: Candidate, tested: Enrichment, name: str) -> FoundMotif:
        """Refine on all sequences, and place the sites."""
        places = self._places(self.all)
        config = self.config
        prior = self.background.bases * config.pseudocount
        given = {"occurrence": config.occurrence, "prior": prior, "is_palindrome": candidate.is_palindrome}
        final = refine_by_em(places, candidate.ppm, rate=candidate.rate, n_iterations=3, **given)
        sites = place_sites(places, final.ppm, rate=final.rate, occurrence=config.occurrence)
        motif = Motif(name, final.ppm, n_sites=max(final.n_sites, 1.0))
        bits = candidate.threshold.score / _LN2
        return FoundMotif(
            motif, candidate.start.letters, bits, tested, sites, _trace(candidate), candidate.is_palindrome
        )

    def _mask(self, candidate: Candidate) -> None:
        """Put N where the motif lies, in sequences and controls."""
        for name in ("all", "learnt", "held_out", "control_learnt", "control_held_out"):
            sequences = getattr(self, name)
            if len(sequences):
                marked = sites_from(self._places(sequences), candidate.ppm, candidate.threshold.score)
                setattr(self, name, sequences.masked(marked))


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


def _usable_rows(sequences: SequenceSet, config: DiscoveryConfig, *, what: str) -> tuple[Rows, dict[str, int]]:
    """Leave out what nothing can be learnt from, and what would be counted twice; say how many by reason."""
    n_known = np.add.reduceat((sequences.joined < N).astype(np.int64), sequences.starts[:-1]) if len(sequences) else []
    is_short = sequences.lengths < config.min_width
    is_unknown = ~is_short & (np.asarray(n_known) < config.min_width)
    is_duplicate = np.zeros(len(sequences), dtype=bool)
    is_duplicate[sequences.duplicates()] = True
    is_duplicate &= ~is_short & ~is_unknown
    dropped = {
        f"shorter than {config.min_width} bp": int(is_short.sum()),
        "without known bases": int(is_unknown.sum()),
        "duplicate": int(is_duplicate.sum()),
    }
    dropped = {reason: n for reason, n in dropped.items() if n}
    kept = np.flatnonzero(~(is_short | is_unknown | is_duplicate))
    if dropped:
        said = ", ".join(f"{n} {reason}" for reason, n in dropped.items())
        warnings.warn(
            f"{sum(dropped.values())} of {len(sequences)} {what} left out: {said}", CisgramWarning, stacklevel=3
        )
    if len(kept) < _MIN_SEQUENCES:
        raise EmptySetError(
            f"{what} for motif discovery, which needs {_MIN_SEQUENCES},",
            dropped=dropped,
        )
    return kept, dropped


def _held_out_rows(n: int, config: DiscoveryConfig, rng: np.random.Generator) -> Rows:
    """Random rows that only the test sees: the share asked for, but 100 where that is less, and at most half."""
    if config.held_out == 0:
        return np.zeros(0, dtype=np.int64)
    n_held_out = min(max(round(config.held_out * n), _ENOUGH_HELD_OUT), n // 2)
    return np.sort(rng.permutation(n)[:n_held_out])
