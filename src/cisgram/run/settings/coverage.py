"""A run on coverage: shallow or few-cell ATAC-seq in, what deep data would show and where its peaks are out."""

from dataclasses import dataclass, field
from typing import Any, Literal

from cisgram.errors import ConfigError
from cisgram.models.atacworks import AtacWorksConfig, PearsonOver
from cisgram.run.settings.shared import CheckConfig, SplitConfig, require_track_name, require_track_names
from cisgram.training.config import FitConfig


@dataclass(frozen=True)
class ContigsConfig:
    """Which contigs there are, and what is known of them."""

    sizes: str = ""
    """Lengths of contigs (``chrom.sizes``); may be left out where files say them (bigWig, BAM) or ``regions`` do."""
    regions: tuple[str, ...] = ()
    """BED files or loci such as ``chr21:13,200,001-31,000,000``: outside of them nothing was measured. Left empty,
    whole contigs."""
    leave_out: tuple[str, ...] = ()
    """Contigs that are never used, e.g. the mitochondrion."""


@dataclass(frozen=True)
class CoverageConfig:
    """How reads become coverage."""

    read_shift: tuple[int, int] = (0, 0)
    """What is added to the position of plus-strand and minus-strand ends, in bp: [4, -4] for raw Tn5 reads, [0, 0]
    for centred ones (most fragment files), [0, 1] for BAM files shifted by +4 / -5 before."""
    extend_bp: int = 100
    """Every cut site covers so many bp on either side."""
    match_depth: bool = True
    """Bring all shallow tracks to one mean coverage before the model reads them, and deep ones to theirs, so that a
    sample of another depth than those of training has the same units; false: tracks are read as they are, as in
    AtacWorks, and a model is for one depth."""

    def __post_init__(self) -> None:
        if self.extend_bp < 0:
            raise ConfigError(f"coverage.extend_bp must not be negative; got {self.extend_bp}")


@dataclass(frozen=True)
class PairConfig:
    """One deep library and shallow ones of the same cells: one of ``noisy``, ``depths``, ``fractions`` and ``cells``.

    Reads are cut sites: a fragment has two.
    """

    name: str
    """Name in tables, figures and files; letters, digits, ``-``, ``_`` and ``.``."""
    clean: tuple[str, ...]
    """Files of the deep library, taken together: fragments, BAM or BED of reads, or one bigWig of coverage."""
    noisy: tuple[str, ...] = ()
    """Files of a shallow or poor library of the same cells."""
    depths: tuple[float, ...] = ()
    """Numbers of reads to draw from the deep library, one shallow track each."""
    fractions: tuple[float, ...] = ()
    """The same as shares of its reads."""
    cells: tuple[int, ...] = ()
    """Numbers of cells to draw from it; its fragments need barcodes."""
    peaks: str = "threshold"
    """Peaks of the deep library: a BED or narrowPeak file, ``macs3``, or ``threshold`` for [peaks] on its coverage."""
    barcodes: str = ""
    """Table of barcodes and groups (tab-separated): only cells of ``group`` are used."""
    group: str = ""
    """Group of the cells in ``barcodes``."""
    replicate: tuple[str, ...] = ()
    """Files of another library of the same kind of cells: what it reaches is the ceiling."""
    use: Literal["train", "test"] = "train"
    """``test``: cells that the model never sees, for the figures only."""
    protocol: str = ""
    """How the libraries were made, in words for the page, e.g. ``bulk`` or ``10x``: pairs of another protocol than the
    training pairs' are shown as such."""

    def __post_init__(self) -> None:
        require_track_name(self.name)
        if not self.clean:
            raise ConfigError(f"pair {self.name!r} needs files of the deep library in clean")
        ways = [name for name in ("noisy", "depths", "fractions", "cells") if getattr(self, name)]
        if len(ways) > 1 or (not ways and self.use == "train"):
            raise ConfigError(
                f"pair {self.name!r} needs exactly one of noisy, depths, fractions and cells; "
                f"got {', '.join(ways) or 'none'}"
            )
        require_levels(self.depths, self.fractions, self.cells, where=f"pair {self.name!r}")
        if bool(self.barcodes) != bool(self.group):
            raise ConfigError(f"pair {self.name!r}: barcodes and group go together")


@dataclass(frozen=True)
class PeaksConfig:
    """How peaks are found where no file gives them."""

    fold: float = 8.0
    """``threshold``: bases with so many times the mean coverage."""
    min_length_bp: int = 100
    """Shorter peaks are left out."""
    max_gap_bp: int = 100
    """Peaks that are not farther apart are one."""
    q_value: float = 0.01
    """``macs3``: largest q-value of a peak."""
    genome_size: float = 0.0
    """``macs3``: size of the genome that reads can come from; 0: that of the regions."""
    program: str = ""
    """Where the program ``macs3`` is, if it is not on the path."""

    def __post_init__(self) -> None:
        if self.fold <= 0 or self.min_length_bp < 1 or self.max_gap_bp < 0 or not 0 < self.q_value <= 1:
            raise ConfigError(
                "peaks: fold must be above 0, min_length_bp at least 1, max_gap_bp not negative and q_value in (0, 1]; "
                f"got {self}"
            )


@dataclass(frozen=True)
class CoverageBatchConfig:
    """How training windows are put together."""

    size: int = 8
    """Windows per step and device."""
    flip: bool = True
    """Turn half of the training windows around: coverage has no strand."""

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ConfigError(f"batches.size must be at least 1; got {self.size}")


@dataclass(frozen=True)
class CoverageLikelihoodConfig:
    """How much each part of the loss weighs.

    The defaults keep the balance of AtacWorks, whose weights are 5e-4 (in reads), 1 and 1, at any depth: 0.02 in units
    of the mean is what 5e-4 is at a mean coverage of 6 reads. In reads, the squared error of a deep library is the
    whole of the loss, and a flat track soon the way out of it. The error of logarithms is not in AtacWorks.
    """

    mse_weight: float = 0.02
    """Weight of the mean squared error of the track; in AtacWorks 5e-4, in reads."""
    pearson_weight: float = 1.0
    """Weight of 1 - Pearson's r of the track."""
    peak_weight: float = 1.0
    """Weight of the cross-entropy of peaks."""
    log_weight: float = 1.0
    """Weight of the mean squared error of ln(1 + track), the track in units of ``mse_unit``: with it, the order of
    quiet places is learnt, too; 0 in AtacWorks."""
    mse_unit: Literal["reads", "mean"] = "mean"
    """Unit of the track in the squared error: ``mean``, that of the deep coverage, so that the weight means the same
    at any depth; or ``reads``, as in AtacWorks."""
    pearson_over: PearsonOver = "batch"
    """Pearson's r of all bases of a batch together, or the mean of one r per window."""

    def __post_init__(self) -> None:
        if min(self.mse_weight, self.pearson_weight, self.peak_weight, self.log_weight) < 0:
            raise ConfigError(f"weights of the likelihood must not be negative; got {self}")


@dataclass(frozen=True)
class CoverageEvaluationConfig:
    """How denoised tracks are compared with deep ones, beside raw coverage and MACS3 at the same depths."""

    depths: tuple[float, ...] = ()
    """Numbers of reads at which pairs are judged; left empty with ``fractions`` and ``cells``, those of the pair."""
    fractions: tuple[float, ...] = ()
    """The same as shares of the deep library."""
    cells: tuple[int, ...] = ()
    """The same as numbers of cells."""
    macs3: bool = False
    """Call peaks with MACS3 from the same reads, for comparison (needs the program)."""
    contigs: tuple[str, ...] = ()
    """Only with ``trained``, in place of [split]: contigs of the figures, which you know that the model was not trained
    on; left empty, all but those of the same name that its checkpoint says it was trained on."""
    genes: str = ""
    """Annotation (GTF, GFF3, BED, genePred) for the enrichment at transcription starts."""
    examples: tuple[str, ...] = ()
    """Loci that the page shows; left empty, three test windows are chosen: most, middle and fewest peaks."""
    window_bp: int = 50_000
    """Stretch that is denoised at a time."""
    n_bootstrap: int = 200
    """Resamples of the confidence intervals, blocks of the genome."""

    def __post_init__(self) -> None:
        require_levels(self.depths, self.fractions, self.cells, where="evaluation")
        if self.n_bootstrap < 1 or self.window_bp < 1000:
            raise ConfigError(
                "evaluation.n_bootstrap must be at least 1 and window_bp at least 1000; "
                f"got {self.n_bootstrap} and {self.window_bp}"
            )


def steady_training() -> FitConfig:
    """The settings of a training on coverage that are left out.

    AtacWorks has 10 epochs with a learning rate of 2e-4 and batches of 64 windows. Batches are smaller here, and a
    single one says less: the learning rate rises slowly and falls to the end, no step follows a steep gradient far,
    weights are averaged.
    """
    return FitConfig(
        epochs=10, learning_rate=1e-3, schedule="cosine", warmup_steps=30, clip_norm=0.5, average_decay=0.98
    )


@dataclass(frozen=True)
class CoverageRunConfig:
    """Everything a run on coverage depends on."""

    name: str
    """Name of the run and of its folder."""
    pairs: tuple[PairConfig, ...]
    split: SplitConfig | None = None
    """Needed for training; with ``trained``, none."""
    trained: str = ""
    """Run folder or checkpoint of an AtacWorks that is judged as it is, on pairs with
    ``use = "test"``; nothing is trained, so that ``[split]``, ``[model]``, ``[batches]``, ``[likelihood]`` and
    ``[training]`` are left out."""
    contigs: ContigsConfig = field(default_factory=ContigsConfig)
    coverage: CoverageConfig = field(default_factory=CoverageConfig)
    peaks: PeaksConfig = field(default_factory=PeaksConfig)
    model: AtacWorksConfig = field(default_factory=AtacWorksConfig)
    batches: CoverageBatchConfig = field(default_factory=CoverageBatchConfig)
    likelihood: CoverageLikelihoodConfig = field(default_factory=CoverageLikelihoodConfig)
    training: FitConfig = field(default_factory=steady_training)
    evaluation: CoverageEvaluationConfig = field(default_factory=CoverageEvaluationConfig)
    check: CheckConfig = field(default_factory=CheckConfig)
    truth: str = ""
    """``truth.json`` of a simulation: the report then says how much of it came back."""
    seed: int = 1
    """Seed of everything random in the run."""

    def __post_init__(self) -> None:
        names = [pair.name for pair in self.pairs]
        require_track_names(names, "pair")
        if self.trained:
            self._require_nothing_to_train()
            return
        if not any(pair.use == "train" for pair in self.pairs):
            raise ConfigError(
                'a run on coverage needs a pair to learn from: [[pairs]] with use = "train"; or, at the top, '
                "trained = RUN, a model to judge"
            )
        if self.split is None:
            raise ConfigError("a run on coverage needs [split], with contigs for test and valid")
        if self.evaluation.contigs:
            raise ConfigError("evaluation.contigs goes with trained; here, [split] test says it")

    def _require_nothing_to_train(self) -> None:
        """Refuse settings of a training where a trained model is given: they would be without effect."""
        if learnt := [pair.name for pair in self.pairs if pair.use == "train"]:
            raise ConfigError(
                f'trained = {self.trained!r}: nothing is trained, so that every pair has use = "test"; '
                f"{', '.join(learnt)} would be learnt from"
            )
        idle: dict[str, Any] = {
            "split": None,
            "model": AtacWorksConfig(),
            "batches": CoverageBatchConfig(),
            "likelihood": CoverageLikelihoodConfig(),
            "training": steady_training(),
        }
        if given := [f"[{name}]" for name, default in idle.items() if getattr(self, name) != default]:
            raise ConfigError(
                f"trained = {self.trained!r}: nothing is trained; leave {', '.join(given)} out, the model is that of "
                "the checkpoint"
            )


def require_levels(
    depths: tuple[float, ...], fractions: tuple[float, ...], cells: tuple[int, ...], *, where: str
) -> None:
    """Refuse numbers of reads or cells below 1, and shares outside of 0 to 1.

    Raises
    ------
    ConfigError
        Naming the section and what is wrong.
    """
    if any(one < 1 for one in (*depths, *cells)):
        raise ConfigError(f"{where}: depths and cells must be at least 1; got {[*depths, *cells]}")
    if any(not 0 < one <= 1 for one in fractions):
        raise ConfigError(f"{where}: fractions lie between 0 and 1; got {list(fractions)}")
