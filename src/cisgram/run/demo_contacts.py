"""The run that goes with a simulated genome that folds: contact maps predicted from its sequence."""

from pathlib import Path

from cisgram.data.contact_targets import ContactTargetConfig
from cisgram.models.akita import AkitaConfig
from cisgram.run.settings.contacts import (
    ContactBatchConfig,
    ContactRunConfig,
    ContactSitesConfig,
    ContactWindowConfig,
    MapConfig,
)
from cisgram.run.settings.shared import GenomeConfig, SplitConfig
from cisgram.simulate.contact_files import ContactFiles, read_contact_truth
from cisgram.training.config import FitConfig

_BINS = 64


def contacts_run_config(files: ContactFiles, *, seed: int = 1) -> ContactRunConfig:
    """Settings for the maps of a simulation; paths are relative to its folder.

    Windows of 64 bins every quarter of a window: a model of this size needs thousands of them. The floor scans for the
    motif of the sites; which of them are bound is for the step ``recover`` alone.
    """

    def relative(path: Path) -> str:
        return path.relative_to(files.folder).as_posix()

    truth = read_contact_truth(files.truth)
    bin_size = int(truth["config"]["folding"]["bin_size"])
    length = _BINS * bin_size
    replicates = tuple(relative(path) for path in files.replicates)
    return ContactRunConfig(
        name="simulated_contacts",
        seed=seed,
        truth=relative(files.truth),
        genome=GenomeConfig(fasta=relative(files.genome)),
        maps=(MapConfig("HiC", relative(files.contacts), replicates=replicates if len(replicates) == 2 else ()),),
        split=SplitConfig(test=tuple(truth["split"]["test"]), valid=tuple(truth["split"]["valid"])),
        model=AkitaConfig.tiny(input_length=length, bin_size=bin_size),
        windows=ContactWindowConfig(stride_train_bp=length // 4, stride_held_out_bp=length),
        targets=ContactTargetConfig(fill_gaps=False),
        batches=ContactBatchConfig(size=8, jitter_bp=bin_size // 16),
        training=demo_training(),
        sites=ContactSitesConfig(motifs=relative(files.motifs)),
    )


def demo_training() -> FitConfig:
    """A training that two cores finish in minutes."""
    return FitConfig(
        epochs=20,
        learning_rate=3e-3,
        schedule="cosine",
        warmup_steps=300,
        clip_norm=1.0,
        precision="bf16-mixed",
    )
