"""From segments to a run on labels, which asks what bases tell one chromatin state from the others."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from cisgram import __version__
from cisgram.baselines.tables import BaselineConfig
from cisgram.chromatin.state_sites import StateSiteConfig, state_sites
from cisgram.errors import ConfigError, EmptySetError, RunFolderError
from cisgram.genomics.segmentation import Segmentation
from cisgram.io.files import write_json_atomic, write_text_atomic
from cisgram.io.tables import write_bed
from cisgram.models.basset import BassetConfig
from cisgram.run.config import config_text
from cisgram.run.settings.labels import LabelLikelihoodConfig, LabelRunConfig, SitesConfig
from cisgram.run.settings.shared import BatchConfig, GenomeConfig, MotifConfig, SplitConfig
from cisgram.training.config import FitConfig

_RECORD = "sequences.json"
_KERNEL_BP = 2_000_000  # of the gkm-SVM's rows: a minute or two instead of ten


@dataclass(frozen=True)
class StateSequenceConfig:
    """What the run on labels is like.

    Raises
    ------
    ConfigError
        Where a number is out of its range.
    """

    name: str = "states"
    """Of the run."""
    test: tuple[str, ...] = ()
    """Contigs for the figures; left empty, about a tenth of the sites, from the contigs that come closest."""
    valid: tuple[str, ...] = ()
    """Contigs for early stopping; the same."""
    min_sites: int = 100
    """States with fewer sites are left out, and said."""
    database: str = ""
    """MEME file of known motifs that filters are named by; left empty, they keep their numbers."""
    epochs: int = 10
    """Of training."""
    sites: StateSiteConfig = field(default_factory=StateSiteConfig)
    """Which segments become sites."""

    def __post_init__(self) -> None:
        if self.min_sites < 1 or self.epochs < 1:
            raise ConfigError(f"min_sites and epochs must be at least 1; got {self.min_sites} and {self.epochs}")
        if bool(self.test) != bool(self.valid):
            raise ConfigError("give contigs for both parts, test and valid, or for none")


def write_state_sequences(
    folder: Path,
    segmentations: Sequence[Segmentation],
    labels: Sequence[str],
    *,
    genome: Path,
    config: StateSequenceConfig | None = None,
    about: Mapping[str, Any] | None = None,
) -> LabelRunConfig:
    """Write ``sites.bed``, ``sites.tsv`` (how many of each track) and ``config.toml`` of a run on labels.

    Every state is a track, in every cell type by itself. A site has the label of the state of each cell type at its
    middle; sites of all other states, quiescent ones among them, are a track's negatives.

    Parameters
    ----------
    folder
        New, empty, or written by this function before.
    segmentations
        Cell types with the states of one model.
    labels
        What to call the states, each once.
    genome
        FASTA; the config names it by its full path.
    config
        What the run is like.
    about
        What ``sequences.json`` says besides.

    Returns
    -------
    LabelRunConfig
        As written.

    Raises
    ------
    RunFolderError
        The folder holds something else.
    EmptySetError
        Fewer than two tracks have enough sites.
    ConfigError
        A contig for testing or validation has no sites, or there are fewer than three contigs to part.
    """
    config = config or StateSequenceConfig()
    _claim(folder)
    sites = state_sites(segmentations, labels, config.sites)
    counts = sites["name"].value_counts()
    kept = sites[sites["name"].isin(counts.index[counts >= config.min_sites])].reset_index(drop=True)
    if kept["name"].nunique() < 2:
        dropped = {f"with fewer than {config.min_sites} sites": len(counts)}
        raise EmptySetError("two states with sites", dropped=dropped, hint="take more contigs or a lower --min-sites")
    split = _split(kept, config)
    write_bed(folder / "sites.bed", kept)
    run = LabelRunConfig(
        name=config.name,
        seed=config.sites.seed,
        genome=GenomeConfig(fasta=str(genome.resolve())),
        sites=SitesConfig(
            by_name=("sites.bed",), width_bp=config.sites.width_bp, min_overlap_bp=config.sites.width_bp // 2
        ),
        split=split,
        model=_model(config.sites.width_bp),
        batches=BatchConfig(size=64),
        # States are rare in unlike degrees: else the frequent ones, which sequence may say nothing about, decide.
        likelihood=LabelLikelihoodConfig(positive_weight="natural"),
        training=FitConfig(
            epochs=config.epochs, learning_rate=6e-3, weight_decay=0.01, schedule="cosine", patience=5,
            precision="bf16-mixed",
        ),
        baselines=BaselineConfig(max_bp=_KERNEL_BP),
        motifs=MotifConfig(database=str(Path(config.database).resolve()) if config.database else ""),
    )  # fmt: skip
    write_text_atomic(folder / "config.toml", config_text(run))
    tracks = {str(name): int(n) for name, n in sorted(counts.items(), key=lambda item: str(item[0]))}
    left_out = sorted(name for name, n in tracks.items() if n < config.min_sites)
    record = {"cisgram": __version__, "settings": asdict(config), "sites": tracks, "left_out": left_out}
    write_json_atomic(folder / _RECORD, {**record, **(about or {})})
    return run


def _model(width_bp: int) -> BassetConfig:
    """A small Basset; a wide first pool lets a filter hold a whole motif, for where its parts lie is lost."""
    return replace(BassetConfig.short(input_length=width_bp), widths=(19, 7, 5), pools=(20, 2, 2))


def _split(sites: pd.DataFrame, config: StateSequenceConfig) -> SplitConfig:
    """Contigs for testing and validation: those that were named, or two with about a tenth of the sites."""
    shares = sites["chrom"].value_counts(normalize=True).sort_index(kind="stable")
    if config.test:
        if missing := [chrom for chrom in (*config.test, *config.valid) if chrom not in shares.index]:
            raise ConfigError(f"contig {missing[0]!r} has no sites; there are {', '.join(shares.index[:8])}")
        return SplitConfig(test=config.test, valid=config.valid)
    if len(shares) < 3:
        raise ConfigError(
            f"three contigs are needed to train, validate and test; the sites lie on {', '.join(shares.index)}"
        )
    nearest = (shares - 0.1).abs().sort_values(kind="stable").index
    return SplitConfig(test=(str(nearest[0]),), valid=(str(nearest[1]),))


def _claim(folder: Path) -> None:
    """Refuse a folder with something else in it."""
    found = [path.name for path in folder.iterdir() if not path.name.startswith(".")] if folder.is_dir() else []
    if not found:
        folder.mkdir(parents=True, exist_ok=True)
        return
    try:
        json.loads((folder / _RECORD).read_text(encoding="utf-8"))["sites"]
    except (OSError, ValueError, KeyError) as error:
        raise RunFolderError(
            f"{folder} holds {sorted(found)[0]}, which 'states sequences' did not make; choose a new folder or empty it"
        ) from error
