"""A run on profiles: where reads fall, base by base, and how many there are."""

from dataclasses import dataclass, field
from typing import Literal

from cisgram.errors import ConfigError
from cisgram.models.bpnet import BPNetConfig
from cisgram.motifs.patterns import PatternConfig
from cisgram.run.settings.shared import (
    BatchConfig,
    CheckConfig,
    GenomeConfig,
    MotifConfig,
    NegativeConfig,
    SplitConfig,
    require_track_name,
    require_track_names,
)
from cisgram.training.config import FitConfig


@dataclass(frozen=True)
class TrackConfig:
    """One signal that the model predicts; paths are given per replicate, in the same order."""

    name: str
    """Name in tables, figures and files; letters, digits, ``-``, ``_`` and ``.``."""
    plus: tuple[str, ...] = ()
    """bigWig of counts per base, one per replicate: the plus strand, or both strands of an unstranded signal."""
    minus: tuple[str, ...] = ()
    """bigWig of the minus strand, one per replicate; leave out for an unstranded signal."""
    reads: tuple[str, ...] = ()
    """BAM or fragment files, one per replicate, instead of ``plus`` and ``minus``."""
    count: Literal["five_prime", "cut_sites"] = "five_prime"
    """What is counted of reads: 5' ends (ChIP-exo, nexus, seq, CAGE) or both ends of fragments (ATAC, DNase)."""
    read_shift: tuple[int, int] | None = None
    """Cut sites: moves plus and minus ends of reads, in bp; (4, -4) centres raw Tn5 cuts, (0, 1) those that were
    shifted by +4 / -5 before, (0, 0) centred ones. Left out, it is estimated from the sequence around the cuts."""

    def __post_init__(self) -> None:
        require_track_name(self.name)
        if bool(self.plus) == bool(self.reads):
            raise ConfigError(
                f"track {self.name!r} needs either plus (and minus) bigWigs or reads, one file per replicate"
            )
        if self.minus and len(self.minus) != len(self.plus):
            raise ConfigError(
                f"track {self.name!r} has {len(self.plus)} replicates on the plus strand "
                f"and {len(self.minus)} on the minus strand"
            )

    @property
    def n_strands(self) -> int:
        """2 where the strands are told apart, else 1."""
        return 2 if self.minus or (self.reads and self.count == "five_prime") else 1


@dataclass(frozen=True)
class WindowConfig:
    """Where the model looks."""

    peaks: tuple[str, ...] = ()
    """BED3+ or narrowPeak files; left empty, windows are put on local maxima of the counts."""
    center: Literal["summit", "dominant", "middle"] = "summit"
    """Centre of a window: the peak's summit, the position with most counts inside it, or its middle."""
    jitter_bp: int = 128
    """Training windows are moved by up to this much, drawn anew in every epoch."""
    edge: Literal["drop", "pad", "error"] = "drop"
    """What happens to windows that reach past the end of a contig; padding is N and no counts."""
    exclude: tuple[str, ...] = ()
    """Regions that no window may touch: BED files, or loci such as ``XII:451,000-469,000``."""
    min_counts: int = 0
    """Windows with fewer counts (all tracks, pooled replicates) are left out."""
    maxima: Literal["bases", "spans"] = "bases"
    """Local maxima: centred on a base with counts, or on the span with most counts, wherever its middle lies."""
    maxima_tracks: tuple[str, ...] = ()
    """Local maxima: names of the tracks whose counts are taken; left empty, all of them."""
    span_bp: int = 100
    """Local maxima: counts are summed over this many bp."""
    min_span_counts: int = 40
    """Local maxima: a maximum needs this many counts in its span."""
    min_distance_bp: int = 100
    """Local maxima: the lower of two that lie closer is left out."""
    tile_stride_bp: int = 0
    """Train also on windows laid every so many bp over the training contigs; 0 for none."""
    tile_min_counts: int = 1
    """A tile needs this many counts (all tracks, pooled replicates) in its output."""
    max_counts_quantile: float = 1.0
    """Windows whose counts lie above this quantile of their split are left out as artefacts; 1 keeps all."""

    def __post_init__(self) -> None:
        if self.jitter_bp < 0:
            raise ConfigError(f"windows.jitter_bp must not be negative; got {self.jitter_bp}")
        if not 0 < self.max_counts_quantile <= 1:
            raise ConfigError(f"windows.max_counts_quantile must lie in (0, 1]; got {self.max_counts_quantile}")


@dataclass(frozen=True)
class LikelihoodConfig:
    """How the terms of the loss are weighed."""

    counts_weight: float = 0.0
    """Weight of the squared error of log counts against the shape; 0 takes what follows from the data, N / 2."""
    max_profile_counts: float = 0.0
    """Windows with more reads weigh in the shape term as if they had this many, so that a few strong ones do not
    rule; 0 for no limit."""

    def __post_init__(self) -> None:
        if self.counts_weight < 0 or self.max_profile_counts < 0:
            raise ConfigError(
                "likelihood.counts_weight and max_profile_counts must not be negative; "
                f"got {self.counts_weight} and {self.max_profile_counts}"
            )


@dataclass(frozen=True)
class EvaluationConfig:
    """How predictions are compared with what was measured on contigs held out."""

    bins_bp: tuple[int, ...] = (1, 2, 5, 10)
    """Bin sizes of the profile metrics."""
    crop_bp: int = 0
    """Judge only this many bp in the middle of the output; 0 for all of it."""
    average_strands: bool = True
    """Predict every window in both orientations and average the logits."""
    n_bootstrap: int = 1000
    """Resamples of the confidence intervals."""


@dataclass(frozen=True)
class ContributionConfig:
    """Which bases make the model predict what it predicts."""

    method: Literal["deeplift", "ism", "gradient"] = "deeplift"
    """Attribution method."""
    scores: tuple[Literal["profile", "counts"], ...] = ("profile", "counts")
    """What is explained, for every track."""
    n_references: int = 20
    """Dinucleotide-shuffled references per sequence (deeplift)."""
    max_windows: int = 0
    """At most this many windows, those with most counts first; 0 takes all."""
    splits: tuple[Literal["train", "valid", "test"], ...] = ("train", "valid", "test")
    """Which windows are explained."""


@dataclass(frozen=True)
class GrammarConfig:
    """How motifs lie to each other, and whose reads lie at whose motif."""

    max_motifs: int = 8
    """So many motifs, those with most instances, are compared with each other."""
    min_hits: int = 30
    """Motifs (and pairs, for a period) with fewer instances are left out."""
    max_distance_bp: int = 150
    """Pairs are counted up to this distance."""
    min_bits: float = 4.0
    """Patterns whose best 10 bp say less than this about the sequence are blurs, and left out."""
    min_strength: float = 0.1
    """So are patterns that contribute less than this share of what the strongest one of their track contributes."""

    def __post_init__(self) -> None:
        if self.max_motifs < 1 or self.min_hits < 2 or self.max_distance_bp < 20:
            raise ConfigError(f"grammar: max_motifs from 1, min_hits from 2, max_distance_bp from 20 on; got {self}")


@dataclass(frozen=True)
class InteractionConfig:
    """What the model is asked about motifs, and from when on one is said to help another."""

    max_motifs: int = 8
    """So many motifs, those with most instances, are put beside each other."""
    n_backgrounds: int = 32
    """Random sequences that motifs are put into, with the GC content of the explained windows."""
    longest_bp: int = 150
    """Greatest distance between two motifs."""
    step_bp: int = 14
    """Distances are tried in such steps, and pairs that interact then at every distance. With 14, all sides of the
    helix are met in turn."""
    max_curves: int = 8
    """So many pairs, those with the greatest folds, are tried at every distance."""
    max_windows: int = 300
    """So many windows with instances of several motifs have them deleted."""
    n_draws: int = 3
    """Random bases are written over an instance so many times."""
    n_loci: int = 3
    """So many held-out windows, those with instances of most different motifs, are looked at one by one."""
    min_fold: float = 1.2
    """A motif helps another that gives at least this many times as much beside it, in backgrounds; it hinders below
    the inverse."""
    min_genomic_fold: float = 1.1
    """And in windows of the genome, when it is there as against deleted."""
    min_windows: int = 15
    """With fewer windows that have both, it is unsure."""

    def __post_init__(self) -> None:
        least = {"max_motifs": 1, "n_backgrounds": 2, "longest_bp": 30, "step_bp": 1, "max_windows": 1, "n_draws": 1}
        for name, limit in {**least, "min_windows": 1}.items():
            if getattr(self, name) < limit:
                raise ConfigError(f"interactions.{name} must be at least {limit}; got {getattr(self, name)}")
        folds = (self.min_fold, self.min_genomic_fold)
        if min(folds) <= 1:
            raise ConfigError(f"interactions: folds must be above 1; got {', '.join(map(str, folds))}")


@dataclass(frozen=True)
class ProfileRunConfig:
    """Everything a run depends on."""

    name: str
    """Name of the run and of its folder."""
    genome: GenomeConfig
    tracks: tuple[TrackConfig, ...]
    split: SplitConfig
    model: BPNetConfig = field(default_factory=BPNetConfig)
    control: TrackConfig | None = None
    windows: WindowConfig = field(default_factory=WindowConfig)
    negatives: NegativeConfig = field(default_factory=NegativeConfig)
    batches: BatchConfig = field(default_factory=BatchConfig)
    likelihood: LikelihoodConfig = field(default_factory=LikelihoodConfig)
    training: FitConfig = field(default_factory=FitConfig)
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)
    contributions: ContributionConfig = field(default_factory=ContributionConfig)
    patterns: PatternConfig = field(default_factory=PatternConfig)
    motifs: MotifConfig = field(default_factory=MotifConfig)
    grammar: GrammarConfig = field(default_factory=GrammarConfig)
    interactions: InteractionConfig = field(default_factory=InteractionConfig)
    check: CheckConfig = field(default_factory=CheckConfig)
    seed: int = 1
    """Seed of everything random in the run."""
    truth: str = ""
    """``truth.json`` of a simulated cell: the report then says how much of it came back."""

    def __post_init__(self) -> None:
        if not self.tracks:
            raise ConfigError("a run needs at least one [[tracks]]")
        names = [track.name for track in self.tracks]
        require_track_names(names)
        if strangers := sorted(set(self.windows.maxima_tracks) - set(names)):
            raise ConfigError(f"windows.maxima_tracks names {', '.join(strangers)}; the tracks are {', '.join(names)}")
        strands = {track.n_strands for track in self.tracks}
        if len(strands) > 1:
            raise ConfigError(
                "stranded and unstranded tracks cannot share a model; give all of them both strands, or none"
            )
        if strands != {self.model.n_strands}:
            raise ConfigError(
                f"the tracks have {strands.pop()} strand(s) and [model] n_strands is {self.model.n_strands}: "
                "make them agree"
            )
        if (self.control is None) != (self.model.control == "none"):
            raise ConfigError(
                "[control] and [model] control belong together: give both, or neither; [model] control is "
                f"{self.model.control!r} and [control] is {'missing' if self.control is None else 'given'}"
            )
