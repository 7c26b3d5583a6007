"""The run that goes with simulated ATAC-seq of single cells: few cells made to look like many."""

from cisgram.models.atacworks import AtacWorksConfig
from cisgram.run.settings.coverage import (
    ContigsConfig,
    CoverageBatchConfig,
    CoverageEvaluationConfig,
    CoverageLikelihoodConfig,
    CoverageRunConfig,
    PairConfig,
)
from cisgram.run.settings.shared import SplitConfig
from cisgram.simulate.atac_files import AtacFiles, read_atac_truth
from cisgram.training.config import FitConfig


def atac_run_config(files: AtacFiles, *, seed: int = 1) -> CoverageRunConfig:
    """Settings for the cell types of a simulation; paths are relative to its folder.

    The model learns from a twentieth of the cells of every type but the last, which it never sees.
    """
    truth = read_atac_truth(files.truth)
    n_cells = int(truth["config"]["experiment"]["n_cells"])
    fragments, barcodes = (str(path.relative_to(files.folder)) for path in (files.fragments, files.barcodes))
    types, few = list(files.peaks), max(1, n_cells // 20)
    pairs = [
        PairConfig(
            name=name,
            clean=(fragments,),
            barcodes=barcodes,
            group=name,
            peaks=str(files.peaks[name].relative_to(files.folder)),
            cells=(few,) if name != types[-1] else (),
            use="train" if name != types[-1] else "test",
        )
        for name in types
    ]
    return CoverageRunConfig(
        name="simulated_atac",
        seed=seed,
        pairs=tuple(pairs),
        contigs=ContigsConfig(sizes=str(files.chrom_sizes.relative_to(files.folder))),
        split=SplitConfig(test=tuple(truth["split"]["test"]), valid=tuple(truth["split"]["valid"])),
        model=AtacWorksConfig(output_length=20_000),
        batches=CoverageBatchConfig(size=4),
        likelihood=CoverageLikelihoodConfig(mse_unit="mean", mse_weight=0.02),
        training=FitConfig(epochs=2, learning_rate=1e-3, warmup_steps=20, clip_norm=1.0, average_decay=0.95),
        evaluation=CoverageEvaluationConfig(cells=(few, *sorted({max(2, n_cells // k) for k in (8, 4, 2)}))),
    )
