"""A run on tracks in bins: a genome and tracks along it in, a model that reads them off long sequences out."""

from dataclasses import dataclass, field

from cisgram.data.binned_split import BinnedSplitConfig
from cisgram.data.binned_targets import BinnedTargetConfig
from cisgram.data.binned_tracks import BinnedTrack, strand_pairs_of
from cisgram.data.binned_windows import BinnedWindowConfig
from cisgram.errors import ConfigError
from cisgram.models.basenji import BasenjiConfig
from cisgram.models.basenji_likelihood import Likelihood, require_likelihood
from cisgram.run.settings.distal import DistalRunConfig
from cisgram.run.settings.shared import CheckConfig, GenomeConfig, require_track_name, require_track_names
from cisgram.training.config import FitConfig


@dataclass(frozen=True)
class BinnedBatchConfig:
    """How training windows are put together."""

    size: int = 4
    """Windows per step and device; in Basenji 2 (2018) and 4 (2020)."""
    reverse_complement: bool = True
    """Turn half of the training windows to the other strand: sequence and bins, and tracks of strands exchanged."""

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ConfigError(f"batches.size must be at least 1; got {self.size}")


@dataclass(frozen=True)
class BinnedLikelihoodConfig:
    """What predictions are compared with targets by."""

    kind: Likelihood = "poisson"
    """``poisson``: every bin on its own; ``poisson_multinomial``: the sum of a window and, apart, how it is spread
    over its bins; ``mse``: squared differences."""
    total_weight: float = 1.0
    """Weight of the sum in ``poisson_multinomial``; 1 with the others, which have none."""

    def __post_init__(self) -> None:
        require_likelihood(self.kind, self.total_weight)


@dataclass(frozen=True)
class BinnedTransferConfig:
    """Begin with what another Basenji has learnt: all of its layers but the head, which must have the same sizes."""

    weights: str = ""
    """Run folder or checkpoint of a Basenji, such as ``runs/NAME``; empty for none."""
    freeze: bool = False
    """Keep the layers that are taken over as they are: weights, and the means and variances of their norms."""

    def __post_init__(self) -> None:
        if self.freeze and not self.weights:
            raise ConfigError("transfer.freeze needs transfer.weights: random layers must learn")


@dataclass(frozen=True)
class BinnedEvaluationConfig:
    """How windows are predicted and compared with what was measured."""

    average_strands: bool = True
    """Predict every window in both orientations; the mean is taken before the softplus."""
    jitters_bp: tuple[int, ...] = (0,)
    """Predict every window with its sequence moved by each of these; the mean of all is taken in the same way."""
    n_bootstrap: int = 1000
    """Resamples of the confidence intervals, blocks of the genome."""
    bin_multiples: tuple[int, ...] = (1, 2, 8)
    """Agreement is also measured with so many neighbouring bins taken together."""
    word_bp: int = 5
    """k of the k-mers of a bin and its surroundings that a linear model predicts it from, a floor; 0 for none."""
    context_bp: int = 150
    """How far that model sees beyond a bin on either side."""
    genes: str = ""
    """Annotation (GTF, GFF3, BED with strands, genePred): predictions are then also compared where genes begin."""
    tss_flank_bp: int = 0
    """Bins that reach within so many bp of where a gene begins are added up."""

    def __post_init__(self) -> None:
        if min(self.bin_multiples, default=0) < 1 or len(set(self.bin_multiples)) < len(self.bin_multiples):
            raise ConfigError(
                f"evaluation.bin_multiples are numbers of bins, each once, such as [1, 2, 8]; got {self.bin_multiples}"
            )
        if not 0 <= self.word_bp <= 6 or min(self.context_bp, self.tss_flank_bp) < 0:
            raise ConfigError(
                "evaluation.word_bp must be 0 to 6, context_bp and tss_flank_bp not negative; got "
                f"{self.word_bp}, {self.context_bp} and {self.tss_flank_bp}"
            )
        if not self.jitters_bp or len(set(self.jitters_bp)) < len(self.jitters_bp):
            raise ConfigError(f"evaluation.jitters_bp are numbers of bp, each once, such as [0]; got {self.jitters_bp}")
        if self.n_bootstrap < 1:
            raise ConfigError(f"evaluation.n_bootstrap must be at least 1; got {self.n_bootstrap}")


def binned_training() -> FitConfig:
    """The settings of a training on tracks in bins that are left out.

    Basenji trains with stochastic gradient descent and waits 16 epochs for an improvement; Adam with a learning rate
    that rises and falls reaches the same in fewer.
    """
    return FitConfig(epochs=30, learning_rate=1e-3, schedule="cosine", warmup_steps=100, clip_norm=2.0, patience=12)


@dataclass(frozen=True)
class BinnedRunConfig:
    """Everything a run on tracks in bins depends on."""

    name: str
    """Name of the run and of its folder."""
    genome: GenomeConfig
    split: BinnedSplitConfig
    tracks: tuple[BinnedTrack, ...] = ()
    track_table: str = ""
    """Table of tracks as Basenji's, in place of ``[[tracks]]``: tab-separated, with the columns identifier (or name),
    file, clip, clip_soft, scale, sum_stat, strand_pair (an index or a name), description, and replicates (files with
    commas between them) and family where there are any. Relative files begin at its folder."""
    model: BasenjiConfig = field(default_factory=BasenjiConfig)
    windows: BinnedWindowConfig = field(default_factory=BinnedWindowConfig)
    targets: BinnedTargetConfig = field(default_factory=BinnedTargetConfig)
    batches: BinnedBatchConfig = field(default_factory=BinnedBatchConfig)
    likelihood: BinnedLikelihoodConfig = field(default_factory=BinnedLikelihoodConfig)
    training: FitConfig = field(default_factory=binned_training)
    transfer: BinnedTransferConfig = field(default_factory=BinnedTransferConfig)
    evaluation: BinnedEvaluationConfig = field(default_factory=BinnedEvaluationConfig)
    distal: DistalRunConfig = field(default_factory=DistalRunConfig)
    check: CheckConfig = field(default_factory=CheckConfig)
    seed: int = 1
    """Seed of everything random in the run."""
    truth: str = ""
    """``truth.json`` of a simulation: the report then says how much of it came back."""

    def __post_init__(self) -> None:
        if bool(self.tracks) == bool(self.track_table):
            raise ConfigError("a run on tracks in bins needs [[tracks]] or track_table, and not both")
        for one in self.tracks:
            require_track_name(one.name)
        require_track_names([one.name for one in self.tracks])
        strand_pairs_of(self.tracks)
        farthest = max(map(abs, self.distal.jitters_bp))
        if self.evaluation.genes and self.distal.is_wanted and 2 * farthest >= max(self.model.bin_size, 2):
            raise ConfigError(
                f"distal.jitters_bp must be below half of [model] bin_size ({self.model.bin_size}); got "
                f"{self.distal.jitters_bp}"
            )
        if self.windows.jitter_bp * 2 > self.model.bin_size:
            raise ConfigError(
                f"windows.jitter_bp ({self.windows.jitter_bp}) must be a small part of a bin of the model "
                f"({self.model.bin_size} bp): the bins do not move with the sequence"
            )
        if max(map(abs, self.evaluation.jitters_bp)) > self.windows.jitter_bp:
            raise ConfigError(
                f"evaluation.jitters_bp must not be above windows.jitter_bp ({self.windows.jitter_bp}), the room "
                f"between the parts of the split; got {self.evaluation.jitters_bp}"
            )
