"""The run that goes with a simulated cell and its ChIP-nexus experiments."""

from pathlib import Path

from cisgram.models.bpnet import BPNetConfig
from cisgram.motifs.patterns import PatternConfig
from cisgram.run.settings.profiles import (
    ContributionConfig,
    InteractionConfig,
    ProfileRunConfig,
    TrackConfig,
    WindowConfig,
)
from cisgram.run.settings.shared import BatchConfig, GenomeConfig, MotifConfig, SplitConfig
from cisgram.simulate.cell_files import CellFiles, read_truth
from cisgram.training.config import FitConfig


def cell_run_config(files: CellFiles, *, seed: int = 1) -> ProfileRunConfig:
    """Settings for the ChIP-nexus tracks of a simulated cell; paths are relative to the cell's folder."""

    def relative(path: Path) -> str:
        return path.relative_to(files.folder).as_posix()

    def bigwigs(factor: str, strand: str) -> tuple[str, ...]:
        tracks = files.controls if factor == "control" else files.tracks
        return tuple(relative(track.path) for track in tracks if (track.factor, track.strand) == (factor, strand))

    split = read_truth(files.truth)["split"]
    return ProfileRunConfig(
        name="simulated_cell",
        seed=seed,
        truth=relative(files.truth),
        genome=GenomeConfig(fasta=relative(files.genome)),
        tracks=tuple(
            TrackConfig(factor, plus=bigwigs(factor, "+"), minus=bigwigs(factor, "-")) for factor in files.peaks
        ),
        control=TrackConfig("control", plus=bigwigs("control", "+"), minus=bigwigs("control", "-")),
        windows=WindowConfig(
            peaks=tuple(relative(path) for path in files.peaks.values()),
            exclude=(relative(files.unmappable),),
            jitter_bp=50,
        ),
        split=SplitConfig(test=tuple(split["test"]), valid=tuple(split["valid"])),
        model=BPNetConfig(
            input_length=696,
            output_length=400,
            n_filters=48,
            n_dilated_layers=6,
            profile_width=25,
            strands="joint",
            control="smoothed",
        ),
        batches=BatchConfig(size=64),
        training=FitConfig(epochs=50, learning_rate=4e-3, schedule="cosine", patience=10),
        contributions=ContributionConfig(scores=("profile",), max_windows=1200, n_references=10),
        patterns=PatternConfig(),
        interactions=InteractionConfig(n_backgrounds=16),
        motifs=MotifConfig(database=relative(files.known_database)),
    )
