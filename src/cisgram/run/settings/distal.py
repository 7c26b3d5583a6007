"""Settings of the question which distal elements promoters use."""

from dataclasses import dataclass

from cisgram.errors import ConfigError


@dataclass(frozen=True)
class DistalRunConfig:
    """Genes of held-out stretches that the model is asked about; needs ``evaluation.genes``."""

    n_genes: int = 12
    """How many: those with most signal measured in the tracks that are asked about; 0 leaves the question out."""
    genes: tuple[str, ...] = ()
    """These instead, by name, wherever they lie."""
    tracks: tuple[str, ...] = ()
    """Tracks that are asked about; left empty, of each assay that of the gene's strand, if there are at most 12."""
    elements: str = ""
    """BED file of elements that are known, such as enhancers, to look at too; those of a simulation are its own."""
    flank_bins: int = 1
    """Bins beside that of the TSS whose signal counts."""
    promoter_bp: int = 1000
    """Elements within so many bp of the TSS are the promoter's own."""
    jitters_bp: tuple[int, ...] = (-3, 0, 3)
    """Windows are read moved by so many bp, on both strands."""
    min_z: float = 3.0
    """How far elements must stand out of their window, in robust standard deviations of its distal bins."""
    n_draws: int = 3
    """Shuffles of every element."""
    n_controls: int = 20
    """Stretches by chance of every window that are shuffled likewise."""

    def __post_init__(self) -> None:
        if min(self.n_genes, self.flank_bins, self.promoter_bp, self.n_controls) < 0 or self.n_draws < 1:
            raise ConfigError(
                "distal.n_genes, flank_bins, promoter_bp and n_controls must not be negative, n_draws at least 1; got "
                f"{self.n_genes}, {self.flank_bins}, {self.promoter_bp}, {self.n_controls} and {self.n_draws}"
            )
        if not self.jitters_bp or len(set(self.jitters_bp)) < len(self.jitters_bp) or self.min_z < 0:
            raise ConfigError(
                "distal.jitters_bp are numbers of bp, each once, such as [0], and min_z is not negative; got "
                f"{self.jitters_bp} and {self.min_z}"
            )

    @property
    def is_wanted(self) -> bool:
        """Whether there is a question."""
        return self.n_genes > 0 or bool(self.genes)
