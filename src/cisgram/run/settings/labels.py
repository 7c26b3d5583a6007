"""A run on labels: in which cell types a site is open, which factors bind it, or any number per sequence."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from cisgram.baselines.tables import BaselineConfig
from cisgram.data.sites import SiteConfig
from cisgram.errors import ConfigError
from cisgram.genomics.poisson_peaks import PeakRule
from cisgram.models.basset import BassetConfig
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
class PeakTrackConfig:
    """One cell type or factor: its ``peaks``, or ``reads`` or a ``bigwig`` that they are called from."""

    name: str
    """Name in tables, figures and files; letters, digits, ``-``, ``_`` and ``.``."""
    peaks: tuple[str, ...] = ()
    """BED3+ or narrowPeak files; peaks of all files count."""
    reads: tuple[str, ...] = ()
    """BAM or fragment files, taken together; peaks are called from what ``count`` says."""
    bigwig: tuple[str, ...] = ()
    """bigWigs of counts per base, both strands or one each, added up; peaks are called from them."""
    count: Literal["five_prime", "cut_sites"] = "cut_sites"
    """What is counted of reads: both ends of fragments (ATAC, DNase), or 5' ends of reads."""

    def __post_init__(self) -> None:
        require_track_name(self.name)
        if sum(map(bool, (self.peaks, self.reads, self.bigwig))) != 1:
            raise ConfigError(f"track {self.name!r} needs one of peaks, reads and bigwig")


@dataclass(frozen=True)
class SitesConfig:
    """How peaks of all tracks become sites, and sites become what the model reads; the defaults are Basset's."""

    table: str = ""
    """Text file with a name and a peak file per line, a tab between them: more tracks. Relative paths begin where
    this file's own path does."""
    by_name: tuple[str, ...] = ()
    """BED files whose fourth column says whose peak each is: more tracks, one per name."""
    min_peaks: int = 1
    """Tracks with fewer peaks are left out, and listed in the report."""
    width_bp: int = 600
    """Length of a site; the model reads ``input_length`` bp around its centre."""
    min_overlap_bp: int = 200
    """Sites that overlap by so much or more are merged."""
    center: Literal["middle", "summit", "summit or middle"] = "middle"
    """What a peak is centred on."""
    jitter_bp: int = 0
    """Training sites are moved by up to this much, drawn anew in every epoch."""
    exclude: tuple[str, ...] = ()
    """Regions that no site may touch: BED files, or loci such as ``XII:451,000-469,000``."""
    like_held_out: Literal["drop", "keep"] = "drop"
    """What happens to training sites that share half of their 24-mers with a held-out one; they are counted."""

    def __post_init__(self) -> None:
        self.merging()  # checks width, overlap and centre
        if self.min_peaks < 1 or self.jitter_bp < 0:
            raise ConfigError(
                f"sites.min_peaks must be at least 1 and jitter_bp not negative; got {self.min_peaks}, {self.jitter_bp}"
            )

    def merging(self) -> SiteConfig:
        """How peaks are merged."""
        return SiteConfig(self.width_bp, self.min_overlap_bp, self.center)


@dataclass(frozen=True)
class SequencesConfig:
    """Sequences that come with their labels, instead of peaks on a genome.

    A file is a table (CSV or TSV, plain or gzip) with a column ``sequence`` and columns of labels, or a FASTA file
    whose records are named in ``labels``. Sequences have one length, that which the model reads.
    """

    train: tuple[str, ...]
    """Files of the training part; of all parts, where the others are not given."""
    valid: tuple[str, ...] = ()
    """Files of the validation part; left empty, ``valid_share`` of ``train`` is drawn for it."""
    test: tuple[str, ...] = ()
    """Files of the test part; left empty, ``test_share`` of ``train`` is drawn for it."""
    labels: str = ""
    """Table of labels of FASTA records: a name in the first column, a track in each of the others."""
    tracks: tuple[str, ...] = ()
    """Columns of labels to use; left empty, all columns of numbers."""
    where: tuple[str, ...] = ()
    """Only rows of the tables of which all of these hold: ``COLUMN=TEXT`` or ``COLUMN!=TEXT``."""
    valid_share: float = 0.1
    """Share of the sequences that is drawn for validation; copies of a sequence stay in one part."""
    test_share: float = 0.1
    """The same for the test part."""
    like_held_out: Literal["drop", "keep"] = "drop"
    """What happens to training sequences that are a copy of a held-out one, on either strand; they are counted."""

    def __post_init__(self) -> None:
        if not self.train:
            raise ConfigError("sequences.train needs at least one file")
        for name in ("valid_share", "test_share"):
            if not 0 < getattr(self, name) < 0.5:
                raise ConfigError(f"sequences.{name} must lie between 0 and 0.5; got {getattr(self, name)}")


@dataclass(frozen=True)
class LabelLikelihoodConfig:
    """How labels are distributed, and how classes are weighed."""

    kind: Literal["bernoulli", "gaussian"] = "bernoulli"
    """``bernoulli`` for labels that are 0 or 1, ``gaussian`` for measurements."""
    positive_weight: Literal["one", "natural"] = "one"
    """How often a positive label counts: once as in the paper, or so that both classes of a track count the same."""

    def __post_init__(self) -> None:
        if self.kind == "gaussian" and self.positive_weight != "one":
            raise ConfigError("likelihood.positive_weight is for labels that are 0 or 1; leave it out with gaussian")


@dataclass(frozen=True)
class LabelEvaluationConfig:
    """How predictions are compared with the labels of sequences held out."""

    average_strands: bool = True
    """Predict every sequence in both orientations and average the logits."""
    n_bootstrap: int = 1000
    """Resamples of the confidence intervals."""
    block_bp: int = 100_000
    """Sites are resampled in blocks of this length, since neighbours are not independent."""

    def __post_init__(self) -> None:
        if self.n_bootstrap < 1 or self.block_bp < 1:
            raise ConfigError(
                f"evaluation.n_bootstrap and block_bp must be at least 1; got {self.n_bootstrap}, {self.block_bp}"
            )


@dataclass(frozen=True)
class FilterConfig:
    """What the first layer's filters look for, and how much the model needs them."""

    n_sequences: int = 1000
    """At most this many held-out sequences are looked at, drawn at random."""
    threshold: float = 0.5
    """A filter is active above this share of the way from its mean to its maximum."""
    min_sites: int = 10
    """Filters that are active at fewer places have no motif."""
    min_similarity: float = 0.7
    """Filters whose motifs are on average this similar count as one cluster."""
    n_stretches: int = 100
    """Units of deeper layers are shown by so many stretches that activate them most, one per sequence."""
    n_deep_units: int = 20
    """Units of every deeper layer that are shown: those that vary most between sequences; 0 for none."""

    def __post_init__(self) -> None:
        if self.n_sequences < 1 or self.min_sites < 1 or not 0 <= self.threshold < 1 or not 0 < self.min_similarity < 1:
            raise ConfigError(
                "filters: n_sequences and min_sites must be at least 1, threshold in [0, 1), min_similarity in (0, 1); "
                f"got {self}"
            )
        if self.n_stretches < 1 or self.n_deep_units < 0:
            raise ConfigError(
                "filters: n_stretches must be at least 1 and n_deep_units not negative; "
                f"got {self.n_stretches} and {self.n_deep_units}"
            )


@dataclass(frozen=True)
class TransferConfig:
    """Begin with what another Basset has learnt, of other tracks; only the last layer is new."""

    weights: str = ""
    """Run folder or checkpoint of a Basset of the same form, such as ``runs/NAME``; empty for none."""
    freeze: bool = False
    """Keep all layers but the last as they are."""

    def __post_init__(self) -> None:
        if self.freeze and not self.weights:
            raise ConfigError("transfer.freeze needs transfer.weights: random layers must learn")


@dataclass(frozen=True)
class SingleTaskConfig:
    """Models of one track each, trained like the model of all tracks, to see what tracks gain from each other."""

    tracks: tuple[str, ...] = ()
    """Tracks that get a model of their own; left empty, the step is left out."""


class SitePlan(NamedTuple):
    """What a run on sites always has."""

    genome: GenomeConfig
    sites: SitesConfig
    split: SplitConfig


@dataclass(frozen=True)
class LabelRunConfig:
    """Everything a run on labels depends on."""

    name: str
    """Name of the run and of its folder."""
    genome: GenomeConfig | None = None
    tracks: tuple[PeakTrackConfig, ...] = ()
    sites: SitesConfig | None = None
    sequences: SequencesConfig | None = None
    split: SplitConfig | None = None
    calling: PeakRule = field(default_factory=PeakRule)
    negatives: NegativeConfig = field(default_factory=NegativeConfig)
    model: BassetConfig = field(default_factory=BassetConfig.small)
    batches: BatchConfig = field(default_factory=BatchConfig)
    likelihood: LabelLikelihoodConfig = field(default_factory=LabelLikelihoodConfig)
    training: FitConfig = field(default_factory=FitConfig)
    transfer: TransferConfig = field(default_factory=TransferConfig)
    evaluation: LabelEvaluationConfig = field(default_factory=LabelEvaluationConfig)
    baselines: BaselineConfig = field(default_factory=BaselineConfig)
    filters: FilterConfig = field(default_factory=FilterConfig)
    motifs: MotifConfig = field(default_factory=MotifConfig)
    single_task: SingleTaskConfig = field(default_factory=SingleTaskConfig)
    check: CheckConfig = field(default_factory=CheckConfig)
    seed: int = 1
    """Seed of everything random in the run."""
    truth: str = ""
    """``truth.json`` of a simulation: the report then says how much of it came back."""

    def __post_init__(self) -> None:
        if (self.sites is None) == (self.sequences is None):
            raise ConfigError("a run on labels needs either [sites] or [sequences]")
        names = [track.name for track in self.tracks]
        require_track_names(names)
        if self.sequences is not None and (self.tracks or self.split or self.negatives.ratio):
            raise ConfigError("[sequences] come with labels and parts: leave out [[tracks]], [split] and [negatives]")
        if self.sites is not None:
            self._check_sites()

    @property
    def site_plan(self) -> SitePlan:
        """Genome, sites and split of a run on sites.

        Raises
        ------
        ConfigError
            Where one of them is missing.
        """
        if self.sites is None or self.genome is None or self.split is None:
            lacking = next(name for name in ("sites", "genome", "split") if getattr(self, name) is None)
            raise ConfigError(f"a run on sites needs [{lacking}]")
        return SitePlan(self.genome, self.sites, self.split)

    def _check_sites(self) -> None:
        """Refuse sites without a genome, a split or tracks, and labels that are measurements."""
        sites = self.site_plan.sites
        if not (self.tracks or sites.table or sites.by_name):
            raise ConfigError("[sites] needs tracks: [[tracks]], sites.table or sites.by_name")
        if self.likelihood.kind != "bernoulli":
            raise ConfigError(f"labels of sites are 0 and 1: [likelihood] kind is {self.likelihood.kind!r}")
