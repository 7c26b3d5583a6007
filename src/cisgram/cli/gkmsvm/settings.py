"""Options of training, with the letters that LS-GKM gives them."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import typer

from cisgram.errors import ConfigError

if TYPE_CHECKING:
    from cisgram.baselines.gkmsvm.train import GkmConfig


class Unknown(StrEnum):
    """What an unknown base is."""

    SKIP = "skip"
    A = "A"


WordBp = Annotated[int, typer.Option("-l", "--word", help="Length of a word in bp, 3 to 12.")]
InformativeBp = Annotated[int, typer.Option("-k", "--informative", help="Positions of a word looked at together.")]
Mismatches = Annotated[int, typer.Option("-d", "--mismatches", help="Most mismatches of two words that count.")]
Kernel = Annotated[
    int,
    typer.Option(
        "-t",
        "--kernel",
        min=0,
        max=5,
        help="0 gapped k-mers; 1 full filter; 2 truncated filter; 3 RBF; 4 weighted by the centre; 5 both.",
    ),
]
Penalty = Annotated[float, typer.Option("-c", "--penalty", help="C: what a sequence on the wrong side costs.")]
Gamma = Annotated[float, typer.Option("-g", "--gamma", help="Of the RBF (kernels 3 and 5).")]
Epsilon = Annotated[float, typer.Option("-e", "--epsilon", help="By how much the optimum may be missed.")]
PositiveWeight = Annotated[
    float, typer.Option("-w", "--positive-weight", help="C of positive ones is so many times C.")
]
CenterWeight = Annotated[int, typer.Option("-M", "--center-weight", help="Weight at the centre (kernels 4 and 5).")]
HalfLife = Annotated[float, typer.Option("-H", "--half-life", help="bp in which that weight halves.")]
OneStrand = Annotated[bool, typer.Option("-R", "--one-strand", help="Leave out the reverse complement.")]
UnknownBases = Annotated[
    Unknown, typer.Option("--unknown", help="Words with unknown bases: skip them, or read the base as A.")
]


class Asked(NamedTuple):
    """What the command line says about the kernel and the machine."""

    word_bp: int
    informative_bp: int
    max_mismatches: int
    kernel: int
    penalty: float
    gamma: float
    epsilon: float
    positive_weight: float
    center_weight: int
    half_life_bp: float
    is_stranded: bool
    unknown: Unknown


def config_of(asked: Asked) -> "GkmConfig":
    """The config that is meant.

    Raises
    ------
    ConfigError
        If a setting is out of range.
    """
    from cisgram.baselines.gkmsvm.train import GkmConfig
    from cisgram.genomics.gkm_model import GkmKernel

    filters: dict[int, Literal["gapped", "full", "truncated"]] = {0: "gapped", 1: "full"}
    kernel = GkmKernel(
        word_bp=asked.word_bp,
        informative_bp=asked.informative_bp,
        max_mismatches=asked.max_mismatches,
        filter=filters.get(asked.kernel, "truncated"),
        gamma=asked.gamma if asked.kernel in (3, 5) else None,
        center_weight=asked.center_weight if asked.kernel in (4, 5) else None,
        half_life_bp=asked.half_life_bp,
        is_stranded=asked.is_stranded,
        unknown="A" if asked.unknown is Unknown.A else "skip",
    )
    return GkmConfig(kernel, asked.penalty, positive_weight=asked.positive_weight, tolerance=asked.epsilon)


def check_writable(config: "GkmConfig", out: Any) -> None:
    """Refuse, before hours of training, what the format of model files cannot hold."""
    if config.kernel.max_mismatches > 4:
        raise ConfigError(
            f"{out}: model files of LS-GKM hold at most 4 mismatches; got -d {config.kernel.max_mismatches}"
        )
