"""A run on contact maps: a genome and its Hi-C maps in, a model that folds sequences out."""

from dataclasses import dataclass, field

from cisgram.data.contact_targets import ContactTargetConfig
from cisgram.data.contact_windows import ContactWindowConfig
from cisgram.errors import ConfigError
from cisgram.models.akita import AkitaConfig
from cisgram.run.settings.shared import CheckConfig, GenomeConfig, SplitConfig, require_track_name, require_track_names
from cisgram.training.config import FitConfig


@dataclass(frozen=True)
class MapConfig:
    """One contact map that the model predicts."""

    name: str
    """Name in tables, figures and files; letters, digits, ``-``, ``_`` and ``.``."""
    file: str
    """Balanced .cool, .mcool or .hic (extra ``hic``); of several resolutions the one of the model's ``bin_size``. Bins
    are those of the model: ``cisgram hic zoom`` makes wider ones."""
    replicates: tuple[str, ...] = ()
    """Two maps of the same kind, of the replicates that ``file`` adds up: what they reach is the ceiling. Left out,
    the contacts of ``file`` are dealt into two halves at random, which knows the noise of counting alone."""
    weight: str = "weight"
    """Column of the bins that holds the weights; of a .hic the normalisation (``KR``, ``SCALE``, ...), where ``weight``
    is the first that there is."""
    slack_bins: int = 1
    """By how many bins the ends of contigs may differ from the genome's besides rounding: some programs end a contig
    with its last contact. Further apart is another assembly, an error."""

    def __post_init__(self) -> None:
        require_track_name(self.name)
        if self.slack_bins < 0:
            raise ConfigError(f"map {self.name!r}: slack_bins must not be negative; got {self.slack_bins}")
        if len(self.replicates) not in (0, 2):
            raise ConfigError(f"map {self.name!r} needs two replicates or none; got {len(self.replicates)}")


@dataclass(frozen=True)
class ContactBatchConfig:
    """How training windows are put together."""

    size: int = 4
    """Windows per step and device; in Akita 2."""
    reverse_complement: bool = True
    """Turn half of the training windows to the other strand, sequence and map together."""
    jitter_bp: int = 11
    """The sequence of a training window is moved by up to this much, its map is not: a small part of a bin."""

    def __post_init__(self) -> None:
        if self.size < 1 or self.jitter_bp < 0:
            raise ConfigError(
                f"batches.size must be at least 1 and jitter_bp not negative; got {self.size} and {self.jitter_bp}"
            )


@dataclass(frozen=True)
class ContactTransferConfig:
    """Begin with what another model has learnt: an Akita of other maps, a Basenji of tracks, or a Basset of sites.

    Of an Akita, all layers along the sequence are taken over, up to the features of bins; they must have the same
    sizes. Of a Basenji with ``activation = "relu"``, convolutions and then dilated blocks are, as many as are the
    same from the first one on. Of a Basset with a ReLU, the first convolutions with their norms are, as many as have
    the sizes of those here: give ``[model]`` its ``stem_filters``, ``stem_width`` and, for more than the first,
    ``tower_filters`` and ``tower_width``. What makes pairs of bins and contacts of them always begins anew.
    """

    weights: str = ""
    """Run folder or checkpoint of an Akita, a Basenji or a Basset, such as ``runs/NAME``; empty for none."""
    freeze: bool = False
    """Keep the layers that are taken over as they are: weights, and the means and variances of their norms."""

    def __post_init__(self) -> None:
        if self.freeze and not self.weights:
            raise ConfigError("transfer.freeze needs transfer.weights: random layers must learn")


@dataclass(frozen=True)
class ContactSitesConfig:
    """Sites such as those of CTCF, for the floor that knows them and nothing else: one of the three, or none."""

    bed: str = ""
    """BED file: strand in the sixth column, strength in the fifth; where all are 0, each counts 1."""
    motifs: str = ""
    """Motifs in any format that ``cisgram motifs scan`` reads: the genome is scanned for them."""
    track: str = ""
    """bigWig, such as of ChIP-seq; it says nothing of strands."""
    names: tuple[str, ...] = ()
    """Only these motifs; left empty, all of the file."""
    p_value: float = 1e-5
    """Largest p-value of a site that is found by its motif."""

    def __post_init__(self) -> None:
        given = [name for name in ("bed", "motifs", "track") if getattr(self, name)]
        if len(given) > 1:
            raise ConfigError(f"sites: give one of bed, motifs and track; got {', '.join(given)}")
        if self.names and not self.motifs:
            raise ConfigError("sites.names goes with sites.motifs")
        if not 0 < self.p_value <= 1:
            raise ConfigError(f"sites.p_value must lie in (0, 1]; got {self.p_value}")

    @property
    def is_given(self) -> bool:
        """Whether there are any."""
        return bool(self.bed or self.motifs or self.track)


@dataclass(frozen=True)
class ContactEvaluationConfig:
    """How predictions are compared with maps of contigs held out."""

    average_strands: bool = True
    """Predict every window in both orientations and take the mean."""
    n_bootstrap: int = 1000
    """Resamples of the confidence intervals, blocks of the genome."""

    def __post_init__(self) -> None:
        if self.n_bootstrap < 1:
            raise ConfigError(f"evaluation.n_bootstrap must be at least 1; got {self.n_bootstrap}")


@dataclass(frozen=True)
class ContactFoldingConfig:
    """What the model is asked about the sites of ``[sites]``, where these have places (a BED file, or motifs)."""

    n_windows: int = 8
    """Held-out windows whose sites are edited; 0 leaves the questions out."""
    n_draws: int = 3
    """Random fillings, or shuffles, whose mean is taken."""
    n_backgrounds: int = 16
    """Random sequences that sites are put into."""

    def __post_init__(self) -> None:
        if self.n_windows < 0 or min(self.n_draws, self.n_backgrounds) < 1:
            raise ConfigError(
                "folding.n_windows must not be negative, n_draws and n_backgrounds at least 1; got "
                f"{self.n_windows}, {self.n_draws} and {self.n_backgrounds}"
            )


def contact_training() -> FitConfig:
    """The settings of a training on contact maps that are left out.

    Akita trains with stochastic gradient descent and waits 12 epochs for an improvement; Adam with a learning rate that
    rises and falls reaches the same in fewer.
    """
    return FitConfig(epochs=30, learning_rate=1e-3, schedule="cosine", warmup_steps=100, clip_norm=10.0, patience=12)


@dataclass(frozen=True)
class ContactRunConfig:
    """Everything a run on contact maps depends on."""

    name: str
    """Name of the run and of its folder."""
    genome: GenomeConfig
    maps: tuple[MapConfig, ...]
    split: SplitConfig
    model: AkitaConfig = field(default_factory=AkitaConfig)
    windows: ContactWindowConfig = field(default_factory=ContactWindowConfig)
    targets: ContactTargetConfig = field(default_factory=ContactTargetConfig)
    batches: ContactBatchConfig = field(default_factory=ContactBatchConfig)
    training: FitConfig = field(default_factory=contact_training)
    transfer: ContactTransferConfig = field(default_factory=ContactTransferConfig)
    sites: ContactSitesConfig = field(default_factory=ContactSitesConfig)
    evaluation: ContactEvaluationConfig = field(default_factory=ContactEvaluationConfig)
    folding: ContactFoldingConfig = field(default_factory=ContactFoldingConfig)
    check: CheckConfig = field(default_factory=CheckConfig)
    seed: int = 1
    """Seed of everything random in the run."""
    truth: str = ""
    """``truth.json`` of a simulation: the report then says how much of it came back."""

    def __post_init__(self) -> None:
        if not self.maps:
            raise ConfigError("a run on contact maps needs at least one [[maps]]")
        names = [one.name for one in self.maps]
        require_track_names(names, "map")
        if self.batches.jitter_bp * 2 > self.model.bin_size:
            raise ConfigError(
                f"batches.jitter_bp ({self.batches.jitter_bp}) must be a small part of [model] bin_size "
                f"({self.model.bin_size}): the map does not move with the sequence"
            )
