"""What tracks of a simulated genome are expected to show: CAGE of both strands, open chromatin, active chromatin.

Everything follows from bound sites and rates of transcription, so that it can be worked out anew after any edit.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from cisgram.arrays import SequenceCodes, StepSignal
from cisgram.errors import ConfigError
from cisgram.simulate.expression_regulation import BoundSites, Regulation, bind_sites, regulate
from cisgram.simulate.expression_rules import ExpressionRules

STEP_BP = 16
"""Expected signal is worked out in steps of this length."""

ASSAYS = ("CAGE_plus", "CAGE_minus", "ATAC", "H3K27ac")
"""Tracks of every cell type, in their order; CAGE of both strands."""

_OPEN_SD_BP = 90.0
_NUCLEOSOME_BP, _NUCLEOSOME_SD_BP = 400, 260.0


@dataclass(frozen=True)
class ExpressionAssays:
    """How deep the experiments are, for one replicate.

    Parameters
    ----------
    n_replicates
        Replicates of every track, drawn apart from each other.
    tags_per_rate
        CAGE tags of a promoter per unit of its rate.
    cuts_per_site
        ATAC cuts around a site that is always bound and opens chromatin fully.
    marks_per_site
        H3K27ac fragments around an activator site of strength 1 that is always bound.
    marks_per_rate
        H3K27ac fragments around a promoter, per root of its rate.
    tags_per_kb, cuts_per_kb, marks_per_kb
        Background; tags are per strand.
    dispersion
        Variance beyond Poisson relative to the squared mean, of every promoter or 128 bp and replicate.
    """

    n_replicates: int = 2
    tags_per_rate: float = 24.0
    cuts_per_site: float = 30.0
    marks_per_site: float = 40.0
    marks_per_rate: float = 40.0
    tags_per_kb: float = 0.3
    cuts_per_kb: float = 6.0
    marks_per_kb: float = 12.0
    dispersion: float = 0.03

    def __post_init__(self) -> None:
        depths = (self.tags_per_rate, self.cuts_per_site, self.marks_per_site, self.marks_per_rate)
        noise = (self.tags_per_kb, self.cuts_per_kb, self.marks_per_kb, self.dispersion)
        if self.n_replicates < 1 or min(depths) <= 0 or min(noise) < 0:
            raise ConfigError(f"depths must be above 0, backgrounds and dispersion 0 or more; got {self}")


class StretchState(NamedTuple):
    """What happens on one stretch of sequence."""

    length_bp: int
    bound: BoundSites
    regulation: Regulation


def state_of(codes: SequenceCodes, rules: ExpressionRules) -> StretchState:
    """Bound sites and rates of one sequence."""
    bound = bind_sites(codes, rules)
    return StretchState(codes.size, bound, regulate(bound, rules))


def track_names(rules: ExpressionRules) -> tuple[str, ...]:
    """Names of all tracks: those of the first cell type, then those of the next.

    Examples
    --------
    >>> track_names(ExpressionRules())[:4]
    ('CAGE_plus_erythroid', 'CAGE_minus_erythroid', 'ATAC_erythroid', 'H3K27ac_erythroid')
    """
    return tuple(f"{assay}_{cell.name}" for cell in rules.cell_types for assay in ASSAYS)


def expected_signal(state: StretchState, rules: ExpressionRules, assays: ExpressionAssays) -> StepSignal:
    """Expected counts of one replicate per step of :data:`STEP_BP`, one row per track in the order of their names.

    The last step may reach beyond the sequence.
    """
    n_steps = -(-state.length_bp // STEP_BP)
    return np.concatenate([_of_cell(state, cell, rules, assays, n_steps) for cell in range(len(rules.cell_types))])


def _of_cell(
    state: StretchState, cell: int, rules: ExpressionRules, assays: ExpressionAssays, n_steps: int
) -> np.ndarray:
    """The four tracks of one cell type."""
    (sites, occupancy), found = state.bound, state.regulation
    per_step = np.array([assays.tags_per_kb, assays.tags_per_kb, assays.cuts_per_kb, assays.marks_per_kb])
    signal = np.repeat(per_step[:, None] * STEP_BP / 1_000, n_steps, axis=1)
    rates = found.rates[:, cell]
    spread = np.array([core.spread_bp for core in rules.cores])[found.core]
    for row, is_reverse in enumerate((False, True)):
        own = found.is_reverse == is_reverse
        _deposit(signal[row], found.tss[own], assays.tags_per_rate * rates[own], spread[own])
    opening, activity = site_strengths(rules)
    share = occupancy[:, cell]
    bump = np.full(share.size, _OPEN_SD_BP)
    _deposit(signal[2], sites.center, assays.cuts_per_site * opening[sites.motif] * share, bump)
    for side in (-_NUCLEOSOME_BP, _NUCLEOSOME_BP):
        wide = np.full(share.size, _NUCLEOSOME_SD_BP)
        _deposit(signal[3], sites.center + side, assays.marks_per_site / 2 * activity[sites.motif] * share, wide)
        marks = assays.marks_per_rate / 2 * np.sqrt(rates)
        _deposit(signal[3], found.tss + side, marks, np.full(rates.size, _NUCLEOSOME_SD_BP))
    return signal


def site_strengths(rules: ExpressionRules) -> tuple[np.ndarray, np.ndarray]:
    """How far a bound site of each motif opens chromatin, and its strength as a distal activator."""
    opening, activity = np.zeros(len(rules.grammar.motifs)), np.zeros(len(rules.grammar.motifs))
    for factor in rules.grammar.factors:
        for contact in factor.contacts:
            opening[rules.grammar.index(contact.motif)] += contact.efficiency
    for activator in rules.activators:
        if activator.decay_bp >= 1_000:
            activity[rules.grammar.index(activator.motif)] = activator.strength
    return opening, activity


def _deposit(signal: np.ndarray, center: np.ndarray, amount: np.ndarray, sd_bp: np.ndarray) -> None:
    """Add a normal curve around every centre, as much as its amount in all; what lies beyond the ends is lost."""
    used = amount > 1e-6
    for sd in np.unique(sd_bp[used]):
        own = used & (sd_bp == sd)
        reach = int(np.ceil(4 * sd / STEP_BP)) + 1
        first = np.floor(center[own] / STEP_BP).astype(np.int64) - reach
        steps = first[:, None] + np.arange(2 * reach + 2)
        edges = steps * STEP_BP - 0.5  # between two bases
        below = ndtr((edges - center[own][:, None]) / sd)
        mass = np.diff(below, axis=1) * amount[own][:, None]
        inside = (steps[:, :-1] >= 0) & (steps[:, :-1] < signal.size)
        np.add.at(signal, steps[:, :-1][inside], mass[inside])
