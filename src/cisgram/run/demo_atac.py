"""The run that goes with simulated ATAC-seq of single cells: few cells made to look like many."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cisgram.models.atacworks import AtacWorksConfig
from cisgram.run.settings.coverage import (
    ContigsConfig,
    CoverageBatchConfig,
    CoverageEvaluationConfig,
    CoverageRunConfig,
    PairConfig,
    PeaksConfig,
    steady_training,
)
from cisgram.run.settings.shared import SplitConfig
from cisgram.simulate.atac_files import AtacFiles, read_atac_truth
from cisgram.simulate.atac_libraries import USUAL_PROTOCOL


def atac_run_config(files: AtacFiles, *, seed: int = 1) -> CoverageRunConfig:
    """Settings for the cell types of a simulation; paths are relative to its folder.

    The model learns from a twentieth, or a fifth, of the cells of every type but the last, which it never sees, and is
    judged on that one, with a replicate where there is one, and on libraries by other protocols. Peaks to learn from
    are called from deep coverage, as they are of real cells: the planted ones are for the step ``recover`` alone.
    """
    truth = read_atac_truth(files.truth)
    n_cells, types = int(truth["config"]["experiment"]["n_cells"]), list(files.peaks)
    few = max(1, n_cells // 20)
    levels = (few, *sorted({max(2, n_cells // k) for k in (5, 2)} - {few}))
    learnt = {name: levels[number % 2] for number, name in enumerate(types[:-1])}
    return CoverageRunConfig(
        name="simulated_atac",
        seed=seed,
        truth=files.truth.name,
        pairs=(*(_pair(files, truth, name, learnt.get(name, 0)) for name in types), *_others(files, truth)),
        contigs=ContigsConfig(sizes=files.chrom_sizes.relative_to(files.folder).as_posix()),
        split=SplitConfig(test=tuple(truth["split"]["test"]), valid=tuple(truth["split"]["valid"])),
        # Two fifths of the fragments lie in peaks: coverage there is a few times the mean, not tens of times.
        peaks=PeaksConfig(fold=2.0),
        # Half the channels of the usual form take a quarter of its time.
        model=AtacWorksConfig(output_length=20_000, n_filters=8),
        batches=CoverageBatchConfig(size=4),
        training=replace(steady_training(), epochs=4, learning_rate=2e-3),
        evaluation=CoverageEvaluationConfig(cells=levels),
    )


def _pair(files: AtacFiles, truth: Mapping[str, Any], name: str, few: int) -> PairConfig:
    """One cell type: to learn from if there is a number of cells, else to judge, beside its replicate."""
    libraries = truth["config"]["libraries"]
    replicates = [one for one in libraries if not libraries[one]["protocol"] and libraries[one]["cell_type"] == name]
    return PairConfig(
        name=name,
        clean=(files.fragments.relative_to(files.folder).as_posix(),),
        barcodes=files.barcodes.relative_to(files.folder).as_posix(),
        group=name,
        cells=(few,) if few else (),
        use="train" if few else "test",
        replicate=tuple(files.libraries[one].relative_to(files.folder).as_posix() for one in replicates if not few),
        protocol=USUAL_PROTOCOL,
    )


def _others(files: AtacFiles, truth: Mapping[str, Any]) -> list[PairConfig]:
    """Libraries by other protocols, to judge."""
    libraries = truth["config"]["libraries"]
    return [
        PairConfig(
            name=name,
            clean=(files.libraries[name].relative_to(files.folder).as_posix(),),
            use="test",
            protocol=libraries[name]["protocol"],
        )
        for name in libraries
        if libraries[name]["protocol"]
    ]
