"""Candidates: matrices on trial, each refined and then judged by how well it tells sequences from control sequences."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cisgram.arrays import Matrix, PerBase, Totals
from cisgram.motifs.denovo.config import DiscoveryConfig
from cisgram.motifs.denovo.em import refine_by_em
from cisgram.motifs.denovo.gibbs import sample_sites
from cisgram.motifs.denovo.places import Places, best_sites
from cisgram.motifs.denovo.significance import Threshold, best_threshold
from cisgram.motifs.denovo.words import Start


@dataclass(frozen=True)
class Material:
    """What a motif is sought in, and what it is held against."""

    places: Places
    control: Places
    prior: PerBase
    """Sites added to every column, by base."""

    @property
    def bases(self) -> PerBase:
        """Shares of the bases in the background."""
        return self.prior / self.prior.sum()


class Stage(NamedTuple):
    """Some rounds of EM at one width on the same sequences; within them the posterior never falls."""

    name: str
    width: int
    log_likelihood: Totals
    """After every round, per sequence, natural log, relative to the background."""
    log_posterior: Totals
    """The same with the prior of the columns."""


class Candidate(NamedTuple):
    """A matrix on trial."""

    ppm: Matrix
    start: Start
    """The word that it grew from."""
    rate: float
    """Share of sequences with a site, or probability of a site at a free place."""
    n_sites: float = 0.0
    is_palindrome: bool = False
    """Whether it is kept equal to its reverse complement."""
    threshold: Threshold = Threshold(np.inf, 0.0)
    """Where it tells sequences from control sequences best, and how clearly."""
    stages: tuple[Stage, ...] = ()
    """How it came about."""

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.ppm.shape[1]

    @property
    def merit(self) -> float:
        """How clearly it tells sequences from control sequences."""
        return self.threshold.log_ratio


def refined(
    material: Material,
    candidate: Candidate,
    config: DiscoveryConfig,
    *,
    stage: str,
    n_iterations: int,
    polish: bool = False,
) -> Candidate:
    """Refine a candidate, and judge it anew.

    Parameters
    ----------
    material
        Sequences and control sequences.
    candidate
        Its matrix, rate and symmetry are where the refinement starts.
    config
        Settings.
    stage
        What the trace calls these rounds.
    n_iterations
        Most rounds of EM.
    polish
        Only EM, also where the method is Gibbs sampling.
    """
    ppm = candidate.ppm
    if config.method == "gibbs" and not polish:
        ppm = _sampled(material, ppm, config)
    found = refine_by_em(
        material.places,
        ppm,
        occurrence=config.occurrence,
        rate=candidate.rate,
        prior=material.prior,
        n_iterations=n_iterations,
        is_palindrome=candidate.is_palindrome,
    )
    n = max(len(material.places.sequences), 1)
    rounds = Stage(stage, ppm.shape[1], found.log_likelihood / n, found.log_posterior / n)
    stages = (*candidate.stages, rounds)
    return judged(material, candidate._replace(ppm=found.ppm, rate=found.rate, n_sites=found.n_sites, stages=stages))


def judged(material: Material, candidate: Candidate) -> Candidate:
    """Find the score at which a candidate tells sequences from control sequences best."""
    scores, control = (best_sites(places, candidate.ppm).score for places in (material.places, material.control))
    return candidate._replace(threshold=best_threshold(scores, control))


def _sampled(material: Material, ppm: Matrix, config: DiscoveryConfig) -> Matrix:
    """The matrix of the best alignment that the Gibbs sampler finds."""
    first = best_sites(material.places, ppm)
    alignment = sample_sites(
        material.places,
        first.start,
        first.is_reversed,
        width=ppm.shape[1],
        prior=material.prior,
        n_sweeps=config.n_sweeps,
        seed=config.seed,
    )
    counts = alignment.counts + material.prior[:, None]
    return counts / counts.sum(axis=0)
