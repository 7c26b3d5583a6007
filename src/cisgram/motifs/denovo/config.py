"""How motifs are sought in sequences."""

from dataclasses import dataclass
from typing import Literal

from cisgram.errors import ConfigError
from cisgram.genomics.background import MAX_ORDER

Occurrence = Literal["oops", "zoops", "anr"]
"""How often a motif occurs in a sequence: exactly once, at most once, or any number of times."""


@dataclass(frozen=True)
class DiscoveryConfig:
    """Settings of :func:`cisgram.motifs.denovo.discover.discover_motifs`."""

    n_motifs: int = 5
    """How many motifs to seek at most; each of them is one test to correct for."""
    occurrence: Occurrence = "zoops"
    """How often a motif occurs in a sequence: ``oops`` (exactly once), ``zoops`` (at most once), ``anr`` (any
    number)."""
    method: Literal["em", "gibbs"] = "em"
    """What refines the starts: EM, or a Gibbs sampler whose best alignment is then polished by EM."""
    min_width: int = 6
    """Fewest columns of a motif."""
    max_width: int = 30
    """Most columns of a motif."""
    is_stranded: bool = False
    """Whether sites lie on the given strand only, as in RNA; otherwise both strands are searched."""
    palindrome: Literal["auto", "always", "never"] = "auto"
    """Whether a motif must equal its reverse complement: never, always, or where that explains the data as well."""
    markov_order: int = 2
    """How many bases back the background looks, 0 to 5; it is estimated from the control sequences."""
    match_gc: bool = True
    """Whether control sequences that are given are chosen so that they are as rich in G and C as the sequences."""
    held_out: float = 0.1
    """Share of the sequences that only the test sees, at least 100; where there are fewer than 200, each fold of them
    tests a motif that was sought without it. With 0 nothing is held out: motifs come without a p-value."""
    n_folds: int = 5
    """How many folds few sequences are divided into."""
    max_p_value: float = 0.01
    """Highest corrected p-value of a motif that is reported as found."""
    patience: int = 1
    """After how many more candidates without significance the search ends."""
    n_starts: int = 12
    """How many enriched words are tried as starts, per motif."""
    max_gap: int = 16
    """Longest gap of the two triplets of a gapped word."""
    pseudocount: float = 1.0
    """Sites added to every column in the proportions of the background."""
    n_iterations: int = 50
    """Most rounds of EM."""
    n_sweeps: int = 60
    """Sweeps of the Gibbs sampler, per start."""
    seed: int = 0
    """Of the shuffles, of what is held out, and of the Gibbs sampler."""

    def __post_init__(self) -> None:
        if not 3 <= self.min_width <= self.max_width <= 60:
            raise ConfigError(f"widths need 3 <= min_width <= max_width <= 60; got {self.min_width}, {self.max_width}")
        if not 0 <= self.held_out <= 0.5:
            raise ConfigError(f"held_out is a share from 0 to 0.5; got {self.held_out}")
        if not 0 < self.max_p_value <= 1:
            raise ConfigError(f"max_p_value must be above 0 and at most 1; got {self.max_p_value}")
        if not 0 <= self.markov_order <= MAX_ORDER:
            raise ConfigError(f"markov_order must be 0 to {MAX_ORDER}; got {self.markov_order}")
        if self.pseudocount <= 0:
            raise ConfigError(f"pseudocount must be above 0; got {self.pseudocount}")
        if not 0 <= self.max_gap <= 30:
            raise ConfigError(f"max_gap must be 0 to 30; got {self.max_gap}")
        if self.n_folds < 2:
            raise ConfigError(f"n_folds must be at least 2; got {self.n_folds}")
        for name in ("n_motifs", "n_starts", "n_iterations", "n_sweeps"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1; got {getattr(self, name)}")
        if self.patience < 0:
            raise ConfigError(f"patience must be 0 or more; got {self.patience}")
        if self.occurrence not in ("oops", "zoops", "anr"):
            raise ConfigError(f"occurrence must be oops, zoops or anr; got {self.occurrence!r}")
        if self.method not in ("em", "gibbs"):
            raise ConfigError(f"method must be em or gibbs; got {self.method!r}")
        if self.palindrome not in ("auto", "always", "never"):
            raise ConfigError(f"palindrome must be auto, always or never; got {self.palindrome!r}")
        if self.is_stranded and self.palindrome == "always":
            raise ConfigError("a palindrome reads the same on both strands: it cannot be sought on one of them only")
