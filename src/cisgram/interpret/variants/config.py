"""How variants are scored: windows, strands, tracks, scores."""

from dataclasses import dataclass

from cisgram.errors import ConfigError
from cisgram.interpret.variants.model import VariantAsking, VariantModel

_PARTS = 8
"""Variants that share a window lie within such a part of what is predicted."""


@dataclass(frozen=True)
class VariantConfig:
    """How variants are scored.

    Raises
    ------
    ConfigError
        Where a number is out of range.
    """

    scores: tuple[str, ...] = ()
    """Names (or aliases) of :data:`cisgram.interpret.variants.scores.VARIANT_SCORES`; if none is given, those of
    :data:`cisgram.interpret.variants.scores.DEFAULT_SCORES` for the model."""
    tracks: tuple[str, ...] = ()
    """Names of tracks; all, if none is given."""
    region_bp: int = 0
    """Only predictions within a stretch of this length around the variant count (pairs of bins: with one bin in it);
    0: all that is predicted."""
    both_strands: bool = True
    """Whether predictions are those of both strands, averaged on logits."""
    jitter_bp: tuple[int, ...] = (0,)
    """Shifts of the window whose predictions are averaged on logits."""
    snap_bp: int = 0
    """Variants in the same part of the genome's grid of this width share a window around the middle of that part, so
    that its reference is predicted once; a result does not depend on which variants are asked for. 1: every variant
    in the middle of its own window. 0: an eighth of what is predicted."""
    longest_bp: int = 0
    """Alleles with more bases, less what both have in common, are not scored; 0: a quarter of what is predicted."""
    gene_flank_bp: int = -1
    """Scores of genes sum the bins that lie within so many bp of the start of transcription; 0: the bin of the start
    alone; -1: 0 for bins, 100 for predictions per base."""
    batch_size: int = 0
    """Sequences that go through the model at a time; 0: about 260,000 bases, 1 to 128 sequences."""
    local: bool = True
    """Whether only what a variant changes is computed, where that is exact."""
    rows_at_once: int = 4096
    """Rows of the table of alleles that are planned, scored and handed on together."""

    def __post_init__(self) -> None:
        for name, least in (("region_bp", 0), ("snap_bp", 0), ("longest_bp", 0), ("gene_flank_bp", -1)):
            if getattr(self, name) < least:
                raise ConfigError(f"{name} must be at least {least}; got {getattr(self, name)}")
        if self.rows_at_once < 1:
            raise ConfigError(f"rows_at_once must be at least 1; got {self.rows_at_once}")
        self.asking_of(())

    def asking_of(self, tracks: tuple[int, ...]) -> VariantAsking:
        """How the model is asked about tracks, by number; none means all."""
        return VariantAsking(self.both_strands, self.jitter_bp, self.batch_size, self.local, tracks)

    def snap_of(self, model: VariantModel) -> int:
        """Width of the grid for a model: whole bins."""
        geometry = model.geometry
        width = geometry.bin_size if geometry.n_bins > 1 else 1
        wanted = self.snap_bp or geometry.output_length // _PARTS
        return max(wanted // width * width, 1)

    def longest_of(self, model: VariantModel) -> int:
        """Bases of the longest allele that is scored."""
        return self.longest_bp or max(model.output_length // 4, 1)

    def gene_flank_of(self, model: VariantModel) -> int:
        """Bp around a start of transcription."""
        if self.gene_flank_bp >= 0:
            return self.gene_flank_bp
        return 100 if model.geometry.bin_size == 1 else 0

    def tracks_of(self, model: VariantModel) -> tuple[int, ...]:
        """Numbers of the tracks that are asked for, in that order.

        Raises
        ------
        ConfigError
            Where a name is not one of the model's, or comes twice.
        """
        names = self.tracks or model.track_names
        if unknown := [name for name in names if name not in model.track_names]:
            raise ConfigError(
                f"the model has no tracks {', '.join(unknown)}; it has {', '.join(model.track_names[:12])}"
            )
        if len(set(names)) < len(names):
            raise ConfigError(f"name every track once; got {', '.join(names)}")
        number = {name: at for at, name in enumerate(model.track_names)}
        return tuple(number[name] for name in names)


AS_USUAL = VariantConfig()
"""Both strands, everything that is predicted, the scores that fit the model."""
