"""The run that goes with the open chromatin of simulated cell types."""

from dataclasses import replace
from pathlib import Path

from cisgram.models.basset import BassetConfig
from cisgram.run.settings.labels import LabelRunConfig, PeakTrackConfig, SitesConfig
from cisgram.run.settings.shared import BatchConfig, GenomeConfig, MotifConfig, NegativeConfig, SplitConfig
from cisgram.simulate.accessibility_files import AccessibilityFiles, read_accessibility_truth
from cisgram.training.config import FitConfig


def cell_types_run_config(files: AccessibilityFiles, *, seed: int = 1) -> LabelRunConfig:
    """Settings for the peaks of simulated cell types; paths are relative to the folder of the simulation."""

    def relative(path: Path) -> str:
        return path.relative_to(files.folder).as_posix()

    split = read_accessibility_truth(files.truth)["split"]
    return LabelRunConfig(
        name="simulated_cell_types",
        seed=seed,
        truth=relative(files.truth),
        genome=GenomeConfig(fasta=relative(files.genome)),
        tracks=tuple(PeakTrackConfig(name, peaks=(relative(path),)) for name, path in files.peaks.items()),
        sites=SitesConfig(
            width_bp=300,
            min_overlap_bp=150,
            center="summit",
            jitter_bp=20,
            exclude=(relative(files.unmappable),),
        ),
        split=SplitConfig(test=tuple(split["test"]), valid=tuple(split["valid"])),
        negatives=NegativeConfig(ratio=1.0),
        # A wide first pool lets a filter hold a whole motif, for where its parts lie is lost.
        model=replace(BassetConfig.short(input_length=300), widths=(19, 7, 5), pools=(20, 2, 2)),
        batches=BatchConfig(size=64),
        training=FitConfig(
            epochs=12,
            learning_rate=6e-3,
            weight_decay=0.01,
            schedule="cosine",
            patience=6,
            precision="bf16-mixed",
        ),
        motifs=MotifConfig(database=relative(files.motifs)),
    )
