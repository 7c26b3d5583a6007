"""The run that goes with simulated cell types: settings that a small machine finishes in minutes."""

from pathlib import Path

from cisgram.io.files import write_text_atomic
from cisgram.models.basset import BassetConfig
from cisgram.run.config import config_text
from cisgram.run.folder import LabelRun, Run
from cisgram.run.settings.labels import LabelRunConfig, PeakTrackConfig, SitesConfig
from cisgram.run.settings.shared import BatchConfig, GenomeConfig, MotifConfig, NegativeConfig, SplitConfig
from cisgram.simulate.accessibility import AccessibilityConfig, simulate_accessibility
from cisgram.simulate.accessibility_files import AccessibilityFiles, read_accessibility_truth
from cisgram.training.config import FitConfig


def start_cell_types_demo(folder: Path, *, size: str = "demo", seed: int = 1) -> LabelRun:
    """Simulate open chromatin in ``folder/cell_types`` and start a run on it in ``folder/run``."""
    cells = folder / "cell_types"
    files = simulate_accessibility(AccessibilityConfig.preset(size, seed=seed), cells)
    return Run.start(write_cell_types_config(files, seed=seed), folder=folder / "run", data_folder=cells)


def write_cell_types_config(files: AccessibilityFiles, *, seed: int = 1) -> Path:
    """Write ``config.toml`` beside the simulated files: the run of :func:`cell_types_run_config`."""
    path = files.folder / "config.toml"
    write_text_atomic(path, config_text(cell_types_run_config(files, seed=seed)))
    return path


def cell_types_run_config(files: AccessibilityFiles, *, seed: int = 1) -> LabelRunConfig:
    """Settings for the peaks of simulated cell types; paths are relative to the folder of the simulation."""

    def relative(path: Path) -> str:
        return str(path.relative_to(files.folder))

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
        model=BassetConfig.small(input_length=300),
        batches=BatchConfig(size=64),
        training=FitConfig(epochs=20, learning_rate=3e-3, schedule="cosine", patience=6, precision="bf16-mixed"),
        motifs=MotifConfig(database=relative(files.motifs)),
    )
