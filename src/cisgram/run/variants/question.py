"""What is asked about variants, beyond how the model is asked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cisgram.errors import ConfigError
from cisgram.interpret.variants.config import VariantConfig

LONG_BP = 20_000
"""Models that read more have their null at random places of the genome, and their maps from gradients."""

NULLS = ("shuffled", "random", "none")


@dataclass(frozen=True)
class VariantQuestion:
    """What is asked about variants.

    Raises
    ------
    ConfigError
        Where a number is out of range.
    """

    config: VariantConfig = field(default_factory=VariantConfig)
    """Scores, tracks, windows, strands, shifts."""
    null: str = ""
    """What scores are compared with: ``shuffled`` (the same changes in dinucleotide shuffles of their windows),
    ``random`` (such changes at random places of the genome), a file of neutral variants, or ``none``. Empty:
    ``random`` for models that read more than 20 kb, whose shuffled windows have no signal at all, else ``shuffled``."""
    n_null: int = 1000
    """Null changes; the smallest p-value is one over that number plus one."""
    motif_file: str = ""
    """Known motifs whose sites are looked for in both alleles; empty for none."""
    site_p: float = 1e-4
    """A window that scores so high by chance with this probability is a site."""
    genes: Path | None = None
    """GTF, GFF or BED of genes, for scores of genes and distances to them."""
    measured: Path | None = None
    """Table of effects that were measured, or are known."""
    measured_column: str = ""
    """Its column of effects, or what the names of such columns, one per track, begin with; empty for the first of
    ``measured``, ``effect`` and ``log2_fold`` that is there, else for all that are called as scores of the model."""
    beside: tuple[str, ...] = ()
    """Columns of that table with the effects that others predict."""
    top: int = 10
    """Variants that get a page of their own."""
    map_bp: int = 60
    """Bases around such a variant that are mapped by saturation mutagenesis; 0 for no maps."""
    carried_only: bool = False
    """Whether only alleles that a sample of the VCF has are scored."""
    seed: int = 0
    """Of null changes and intervals."""
    processes: int = 1
    """How many share the variants; results do not depend on it."""

    def __post_init__(self) -> None:
        if self.n_null < 1 or self.top < 0 or self.map_bp < 0:
            raise ConfigError(
                f"n_null must be at least 1, top and map_bp not negative; got {self.n_null}, {self.top}, {self.map_bp}"
            )
        if self.processes < 1:
            raise ConfigError(f"processes must be at least 1; got {self.processes}")
        if self.beside and self.measured is None:
            raise ConfigError("beside names columns of the table of measured effects: give --measured too")

    def null_of(self, input_length: int) -> Literal["shuffled", "random", "none", "file"]:
        """The kind of null for a model that reads so many bp.

        Raises
        ------
        ConfigError
            Where the null is neither a word that is known nor a file.
        """
        if not self.null:
            return "random" if input_length > LONG_BP else "shuffled"
        if self.null == "shuffled" or self.null == "random" or self.null == "none":
            return self.null
        if not Path(self.null).is_file():
            raise ConfigError(f"null must be {', '.join(NULLS)} or a file of neutral variants; got {self.null!r}")
        return "file"


def shifts_of(words: Sequence[str]) -> tuple[int, ...]:
    """Shifts in bp from words of the command line; 0 alone if there are none.

    Raises
    ------
    ConfigError
        Where a word is no whole number.

    Examples
    --------
    >>> shifts_of(["0", "-3", "3"]), shifts_of([])
    ((0, -3, 3), (0,))
    """
    try:
        return tuple(int(word) for word in words) or (0,)
    except ValueError as error:
        raise ConfigError(f"shifts are whole numbers of bp, such as 0,-3,3; got {','.join(words)}") from error
