"""ATAC-seq of several cell types, cell by cell, on one simulated genome, with what is expected at every base."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

import cisgram
from cisgram.arrays import ContigValues
from cisgram.errors import ConfigError, EmptySetError
from cisgram.genomics.interval import interval_table, merge
from cisgram.io.bigwig import write_bigwig
from cisgram.io.fasta import write_fasta
from cisgram.io.files import write_json_atomic
from cisgram.io.meme import write_meme
from cisgram.io.packing import write_chunks
from cisgram.io.tables import write_bed, write_chrom_sizes, write_narrowpeak, write_table
from cisgram.simulate.accessibility import AccessibilityConfig, by_contig, in_cell_type, opening_table
from cisgram.simulate.assays.atac import (
    COMPONENTS,
    AtacDensity,
    AtacExperiment,
    Backdrop,
    Component,
    atac_backdrop,
    atac_densities,
)
from cisgram.simulate.atac_files import ATAC_FORMAT, ATAC_VERSION, AtacFiles, read_atac_truth
from cisgram.simulate.atac_libraries import AtacLibrary, default_libraries
from cisgram.simulate.build import build_contigs
from cisgram.simulate.cell import MORE_READS, contig_sizes
from cisgram.simulate.contig import CellContig
from cisgram.simulate.folder import TEMPORARY, claim_folder, earlier_simulation
from cisgram.simulate.streams import named_stream
from cisgram.simulate.truth import describe_grammar, suggested_split

EXTEND_BP = 100
"""How far a cut reaches in the expected coverage."""

_STEP_BP = 10
_SHORTEST_PEAK_BP = 100
_BARCODE_BP = 16


@dataclass(frozen=True)
class AtacConfig:
    """What to simulate.

    Parameters
    ----------
    cells
        Genome, grammar and cell types; its own experiments (``cuts``, ``peak_rule``) are not used.
    experiment
        Depth and noise.
    libraries
        Further libraries of some of the cell types.

    Raises
    ------
    ConfigError
        Where a library is of no cell type that there is, or has the name of another or of a cell type.
    """

    cells: AccessibilityConfig = field(default_factory=AccessibilityConfig)
    experiment: AtacExperiment = field(default_factory=AtacExperiment)
    libraries: tuple[AtacLibrary, ...] = ()

    def __post_init__(self) -> None:
        types = [one.name for one in self.cells.cell_types]
        if unknown := [one for one in self.libraries if one.cell_type not in types]:
            raise ConfigError(
                f"library {unknown[0].name!r} is of {unknown[0].cell_type!r}; there are {', '.join(types)}"
            )
        names = [*types, *(one.name for one in self.libraries)]
        if len(set(names)) < len(names):
            raise ConfigError(f"cell types and libraries need names of their own; got {', '.join(names)}")

    @classmethod
    def preset(cls, name: str, *, seed: int = 1) -> "AtacConfig":
        """Named sizes: ``tiny`` (300,000 bp, tests), ``small`` (1.5 million), ``demo`` (6 million), ``large`` (40)."""
        cells = AccessibilityConfig.preset(name, seed=seed)
        depths = {"tiny": (10_000, 20), "small": (75_000, 60), "demo": (300_000, 200), "large": (2_000_000, 1_000)}
        return cls(cells, AtacExperiment(*depths[name]), default_libraries())

    def settings(self) -> dict[str, Any]:
        """All settings as plain values, without the grammar."""
        libraries = {one.name: asdict(one) for one in self.libraries}
        return {"cells": self.cells.settings(), "experiment": asdict(self.experiment), "libraries": libraries}

    def assays(self) -> dict[str, tuple[str, AtacExperiment]]:
        """Cell type and experiment of everything that is measured, by name: cell types first, then libraries."""
        own = {one.name: (one.name, self.experiment) for one in self.cells.cell_types}
        return own | {one.name: (one.cell_type, one.experiment(self.experiment)) for one in self.libraries}


def simulate_atac(config: AtacConfig, folder: Path) -> AtacFiles:
    """Simulate ATAC-seq of every cell of several types and write all files.

    The genome and the open chromatin are those that :func:`cisgram.simulate.accessibility.simulate_accessibility`
    makes of ``config.cells``. The same config gives the same files, byte for byte; another cell type changes no
    fragment of the others.

    Parameters
    ----------
    config
        What to simulate.
    folder
        Where to; made if it is missing. An earlier simulation in it is replaced.

    Returns
    -------
    AtacFiles
        Where everything is.

    Raises
    ------
    RunFolderError
        Where the folder holds something else.
    EmptySetError
        Where a cell type has no open site: the genome is too small.
    OutputError
        Where a file cannot be written.
    """
    folder, cells = Path(folder), config.cells
    types, libraries = [one.name for one in cells.cell_types], [one.name for one in config.libraries]
    files = AtacFiles.in_folder(folder, cell_types=types, libraries=libraries)
    claim_folder(folder, paths=list(files.paths()), truth=files.truth)
    sizes = contig_sizes(cells.genome_bp, cells.n_contigs)
    with TemporaryDirectory(dir=folder, prefix=TEMPORARY) as temporary:
        contigs, _ = build_contigs(
            sizes,
            grammar=cells.grammar,
            background=cells.background,
            planting=cells.planting,
            chance_sites_kept=cells.chance_sites_kept,
            seed=cells.seed,
            codes_path=Path(temporary) / "codes.npy",
        )
        write_fasta(files.genome, {contig.name: contig.codes for contig in contigs})
        in_types = {
            one.name: [in_cell_type(contig, one, cells.grammar) for contig in contigs] for one in cells.cell_types
        }
        assay = _Assay.on(list(by_contig(in_types)), config)
        write_chunks(files.fragments, assay.fragment_lines(types))
        for name, path in files.libraries.items():
            write_chunks(path, assay.fragment_lines([name]))
        for name in config.assays():
            _write_expected(name, assay, sizes, files)
        n_peaks = {name: _write_peaks(name, assay, sizes, files) for name in types}
        provenance = {"seed": cells.seed, "cisgram": cisgram.__version__}
        instances = pd.concat([opening_table(cells.grammar, of_contig) for of_contig in by_contig(in_types)])
        write_table(files.instances, instances, provenance=provenance)
        blocks = [interval_table([contig.name] * len(contig.unmappable), *contig.unmappable.T) for contig in contigs]
    groups = {barcode: name for name in types for barcode in assay.cells[name].barcodes}
    write_table(files.barcodes, pd.DataFrame({"barcode": list(groups), "group": list(groups.values())}))
    write_chrom_sizes(files.chrom_sizes, sizes)
    write_bed(files.unmappable, merge(pd.concat(blocks, ignore_index=True)))
    write_meme(files.motifs, [motif.motif for motif in cells.grammar.motifs])
    write_json_atomic(files.truth, _truth(config, sizes, {"n_fragments": assay.n_fragments, "n_peaks": n_peaks}, files))
    return files


def find_atac(config: AtacConfig, folder: Path) -> AtacFiles | None:
    """The files that :func:`simulate_atac` would write, if they lie there already, complete and of these settings."""
    described = {"config": config.settings(), **describe_grammar(config.cells.grammar)}
    return earlier_simulation(AtacFiles.load, read_atac_truth, folder, described=described)


@dataclass(frozen=True, eq=False)
class _Cells:
    """The cells of one type."""

    barcodes: tuple[str, ...]
    depths: np.ndarray
    """Share of the fragments of each; they sum to 1."""

    @classmethod
    def of(cls, name: str, config: AtacConfig) -> "_Cells":
        """Draw barcodes and depths."""
        experiment = config.experiment
        rng = named_stream(config.cells.seed, "atac cells", name)
        depths = np.exp(rng.normal(0, experiment.cell_spread, experiment.n_cells))
        letters = rng.integers(0, 4, (experiment.n_cells, _BARCODE_BP))
        barcodes = tuple("".join("ACGT"[base] for base in row) + "-1" for row in letters.tolist())
        return cls(barcodes, depths / depths.sum())


@dataclass(frozen=True, eq=False)
class _Assay:
    """The experiment on all cell types: contigs by cell type, cells, and fragments per unit of mass.

    The contigs are gone through twice, for their masses and for the fragments; what the second time brings besides
    is kept: numbers of fragments, expected coverage in steps, and peaks.
    """

    contigs: Sequence[Mapping[str, CellContig]]
    config: AtacConfig
    cells: Mapping[str, _Cells]
    rates: Mapping[tuple[str, Component], float]
    n_fragments: dict[str, int]
    expected: dict[tuple[str, str], ContigValues] = field(default_factory=dict)
    peaks: dict[tuple[str, str], pd.DataFrame] = field(default_factory=dict)

    @classmethod
    def on(cls, contigs: Sequence[Mapping[str, CellContig]], config: AtacConfig) -> "_Assay":
        """Weigh the contigs, so that every cell type gets the fragments that it should."""
        names = list(config.assays())
        masses: dict[tuple[str, Component], float] = {(name, one): 0.0 for name in names for one in COMPONENTS}
        for of_contig in contigs:
            for name, densities in _densities(of_contig, config, names):
                for one in COMPONENTS:
                    masses[name, one] += densities[one].mass
        for (name, one), mass in masses.items():
            if mass == 0:
                raise EmptySetError(f"{one} places in {name}", dropped={}, hint=MORE_READS)
        expected = {name: _fragments_by_component(experiment) for name, (_, experiment) in config.assays().items()}
        rates = {key: expected[key[0]][key[1]] / mass for key, mass in masses.items()}
        cells = {name: _Cells.of(name, config) for name in names}
        return cls(contigs, config, cells, rates, dict.fromkeys(names, 0))

    def fragment_lines(self, names: Sequence[str]) -> Iterator[bytes]:
        """Lines of the fragments of all cells of some cell types or libraries, contig by contig, sorted."""
        for of_contig in self.contigs:
            chrom = next(iter(of_contig.values())).name
            parts = []
            for name, densities in _densities(of_contig, self.config, names):
                parts.append(self._draw(name, chrom, densities))
                self.n_fragments[name] += len(parts[-1])
                self._expect(name, chrom, densities)
            rows = pd.concat(parts).sort_values(["start", "end", "barcode"], kind="stable")
            cells = zip(rows["start"].tolist(), rows["end"].tolist(), rows["barcode"].tolist(), strict=True)
            yield "".join(f"{chrom}\t{start}\t{end}\t{barcode}\t1\n" for start, end, barcode in cells).encode()

    def _draw(self, name: str, chrom: str, densities: Mapping[Component, AtacDensity]) -> pd.DataFrame:
        """Start, end and barcode of every fragment of a cell type on a contig."""
        names, drawn = ("atac fragments", chrom, name), []
        for one, density in densities.items():
            rng = named_stream(self.config.cells.seed, *names, one)
            drawn.append(density.draw(int(rng.poisson(density.mass * self.rates[name, one])), rng))
        start, end = (np.concatenate(ends) for ends in zip(*drawn, strict=True))
        rng, own = named_stream(self.config.cells.seed, *names, "cells"), self.cells[name]
        cell = rng.choice(len(own.barcodes), start.size, p=own.depths)
        return pd.DataFrame({"start": start, "end": end, "barcode": np.array(own.barcodes)[cell]})

    def _expect(self, name: str, chrom: str, densities: Mapping[Component, AtacDensity]) -> None:
        """Keep what is expected of a cell type on a contig."""
        parts = {one: _boxes(densities[one].expected_cuts() * self.rates[name, one]) for one in COMPONENTS}
        n_background = _fragments_by_component(self.config.assays()[name][1])["background"]
        mean_background = 2 * n_background * (2 * EXTEND_BP + 1) / self.config.cells.genome_bp
        self.expected[name, chrom] = _in_steps(parts["open"] + parts["background"])
        self.peaks[name, chrom] = _true_peaks(chrom, parts["open"] / mean_background)


def _fragments_by_component(experiment: AtacExperiment) -> dict[Component, float]:
    """Expected fragments of open chromatin and of the background."""
    n, share = experiment.n_fragments, experiment.share_in_peaks
    return {"open": n * share, "background": n * (1 - share)}


def _densities(
    of_contig: Mapping[str, CellContig], config: AtacConfig, names: Sequence[str]
) -> Iterator[tuple[str, dict[Component, AtacDensity]]]:
    """Open chromatin and background of one contig in some cell types and libraries."""
    seed, assays = config.cells.seed, config.assays()
    backdrops: dict[AtacExperiment, Backdrop] = {}
    for name in names:
        cell_type, experiment = assays[name]
        contig = of_contig[cell_type]
        if experiment not in backdrops:
            backdrops[experiment] = atac_backdrop(contig, experiment, seed=seed)
        backdrop = backdrops[experiment]
        yield name, atac_densities(contig, config.cells.grammar, experiment, backdrop=backdrop, seed=seed)


def _write_expected(name: str, assay: _Assay, sizes: Mapping[str, int], files: AtacFiles) -> None:
    """Write the expected coverage of a cell type or library."""
    steps = ((chrom, np.repeat(assay.expected[name, chrom], _STEP_BP)[:size]) for chrom, size in sizes.items())
    write_bigwig(files.expected[name], sizes, steps)


def _write_peaks(name: str, assay: _Assay, sizes: Mapping[str, int], files: AtacFiles) -> int:
    """Write the true peaks of a cell type; returns how many there are."""
    table = pd.concat([assay.peaks[name, chrom] for chrom in sizes], ignore_index=True)
    write_narrowpeak(files.peaks[name], table.assign(name=[f"{name}_{number + 1}" for number in range(len(table))]))
    return len(table)


def _true_peaks(chrom: str, fold: np.ndarray) -> pd.DataFrame:
    """Stretches where open chromatin brings at least as much as an average background; summits where it is most."""
    edges = np.diff(np.concatenate([[0], (fold >= 1).astype(np.int8), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    wide = ends - starts >= _SHORTEST_PEAK_BP
    starts, ends = starts[wide], ends[wide]
    summits = [start + int(fold[start:end].argmax()) for start, end in zip(starts, ends, strict=True)]
    highest = fold[np.array(summits, dtype=np.int64)].round(3)
    score = np.minimum(1000, np.round(100 * highest)).astype(np.int64)
    return interval_table(
        [chrom] * len(starts), starts, ends, score=score, signal=highest, summit=np.array(summits, np.int64)
    )


def _boxes(cuts: np.ndarray) -> np.ndarray:
    """Every cut extended on both sides."""
    cumulative = np.concatenate([[0.0], cuts.cumsum()])
    at = np.arange(cuts.size)
    return cumulative[np.minimum(at + EXTEND_BP + 1, cuts.size)] - cumulative[np.maximum(at - EXTEND_BP, 0)]


def _in_steps(values: np.ndarray) -> np.ndarray:
    """Means of steps, which keep files and memory small; the last step may be shorter."""
    starts = np.arange(0, values.size, _STEP_BP)
    lengths = np.diff(np.append(starts, values.size))
    return (np.add.reduceat(values, starts) / lengths).round(3).astype(np.float32)


def _truth(
    config: AtacConfig, sizes: Mapping[str, int], found: Mapping[str, Mapping[str, int]], files: AtacFiles
) -> dict[str, Any]:
    """What ``truth.json`` says."""
    relative = {path.relative_to(files.folder).as_posix() for path in files.paths()}
    return {
        "format": ATAC_FORMAT,
        "version": ATAC_VERSION,
        "cisgram": cisgram.__version__,
        "seed": config.cells.seed,
        "config": config.settings(),
        "contigs": dict(sizes),
        "split": suggested_split(list(sizes)),
        "read_shift": [0, 0],
        **describe_grammar(config.cells.grammar),
        **found,
        "files": sorted(relative),
    }
