"""The run that goes with a simulated genome with distal enhancers: its tracks predicted from long sequences."""

from pathlib import Path

from cisgram.data.binned_split import BinnedSplitConfig
from cisgram.data.binned_tracks import BinnedTrack
from cisgram.data.binned_windows import BinnedWindowConfig
from cisgram.io.tables import read_table
from cisgram.models.basenji import BasenjiConfig
from cisgram.run.settings.binned import BinnedBatchConfig, BinnedEvaluationConfig, BinnedRunConfig
from cisgram.run.settings.distal import DistalRunConfig
from cisgram.run.settings.shared import GenomeConfig
from cisgram.simulate.expression_files import ExpressionFiles, read_expression_truth
from cisgram.training.config import FitConfig


def expression_run_config(files: ExpressionFiles, *, seed: int = 1) -> BinnedRunConfig:
    """Settings for the tracks of a simulation; paths are relative to its folder.

    Enhancers act over about 6 kb there; windows of 32 kb show a promoter most of those that it hears.
    """
    truth = read_expression_truth(files.truth)
    return BinnedRunConfig(
        name="simulated_expression",
        seed=seed,
        truth=_relative(files.truth, files),
        genome=GenomeConfig(fasta=_relative(files.genome, files)),
        split=BinnedSplitConfig(test=tuple(truth["split"]["test"]), valid=tuple(truth["split"]["valid"])),
        tracks=expression_tracks(files),
        model=expression_model(),
        windows=BinnedWindowConfig(jitter_bp=8),
        batches=BinnedBatchConfig(size=2),
        training=demo_training(),
        evaluation=BinnedEvaluationConfig(genes=_relative(files.genes, files), tss_flank_bp=64),
        distal=DistalRunConfig(n_genes=40, tracks=_cage(files), jitters_bp=(0,), n_draws=2),
    )


def expression_tracks(files: ExpressionFiles) -> tuple[BinnedTrack, ...]:
    """The tracks of a simulation, their replicates and partners on the other strand, out of its table."""
    table = read_table(files.track_table)
    names = table["identifier"].tolist()
    return tuple(
        BinnedTrack(
            row["identifier"],
            file=row["file"],
            replicates=tuple(row["replicates"].split(",")),
            sum_stat=row["sum_stat"],
            scale=float(row["scale"]),
            clip=float(row["clip"]),
            strand_pair="" if row["strand_pair"] == number else names[row["strand_pair"]],
            description=row["description"],
        )
        for number, row in enumerate(table.to_dict("records"))
    )


def expression_model() -> BasenjiConfig:
    """A Basenji of 256 bins of 128 bp that two cores train in minutes."""
    return BasenjiConfig(
        input_length=32_768,
        filters=(32, 48, 64),
        widths=(15, 5, 5),
        pools=(8, 4, 4),
        trunk_filters=64,
        n_trunk_blocks=7,
        dilation_rate=2.0,
        trunk_dropout=0.0,
        residual_gain=0.5,
        crop=32,
        head_filters=128,
    )


def demo_training() -> FitConfig:
    """A training that two cores finish in minutes."""
    return FitConfig(
        epochs=24,
        patience=12,
        learning_rate=6e-3,
        schedule="cosine",
        warmup_steps=200,
        clip_norm=2.0,
        precision="bf16-mixed",
    )


def _cage(files: ExpressionFiles) -> tuple[str, ...]:
    """Tracks of transcripts: what promoters are asked about."""
    return tuple(name for name in files.tracks if name.startswith("CAGE"))


def _relative(path: Path, files: ExpressionFiles) -> str:
    """A path as the settings write it."""
    return path.relative_to(files.folder).as_posix()
