"""What states are compared with: sets of intervals, anchors, other cell types, stretches to draw, a known truth."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

    from cisgram.genomics.interval import Interval
    from cisgram.genomics.segmentation import Segmentation
    from cisgram.genomics.state_model import StateModel
    from cisgram.simulate.recovery.states import StateRecovery

_MOST_REGIONS = 100_000
_BESIDE_BP = 30_000


class Asked(NamedTuple):
    """What the options name."""

    sets: Sequence[Path] = ()
    anchors: Sequence[Path] = ()
    locus: Sequence[str] = ()
    genes: Path | None = None
    truth: Path | None = None

    @property
    def files(self) -> list[Path]:
        """Files that the result depends on, besides marks."""
        given = [*self.sets, *self.anchors, *(path for path in (self.genes, self.truth) if path is not None)]
        within = [sorted(path.iterdir()) if path.is_dir() else [path] for path in given]
        return [path for part in within for path in part if path.is_file() and not path.name.startswith(".")]


def comparisons(model: "StateModel", cells: "Sequence[Segmentation]", asked: Asked) -> dict[str, Any]:
    """Fields of StateResults: enrichments, surroundings, switches, stretches to draw, agreement with a truth."""
    from cisgram.chromatin.enrichment import overlap_enrichment
    from cisgram.chromatin.neighborhood import neighborhood_enrichment
    from cisgram.chromatin.switches import count_switches, differential_regions, mark_distance
    from cisgram.cli.states.inputs import read_sets
    from cisgram.genomics.interval import Interval
    from cisgram.io.anchors import read_anchors
    from cisgram.io.genes import read_genes

    known = read_sets(asked.sets)
    places = {path.name.partition(".")[0]: read_anchors(path) for path in asked.anchors}
    found: dict[str, Any] = {
        "enrichments": [overlap_enrichment(one, known) for one in cells] if known else [],
        "neighborhoods": [
            neighborhood_enrichment(one, table, name=name) for one in cells for name, table in places.items()
        ],
        "genes": None if asked.genes is None else read_genes(asked.genes),
        "loci": [Interval.parse(one) for one in asked.locus],
    }
    if len(cells) > 1:
        regions = differential_regions(cells, mark_distance(model), max_rows=_MOST_REGIONS)
        found |= {"switches": count_switches(cells), "regions": regions}
        found["loci"] = found["loci"] or _around_best(regions, cells[0])
    if asked.truth is not None:
        found["agreements"] = _agreements(planted_cells(asked.truth), cells)
    return found


def planted_cells(truth: Path) -> "Mapping[str, Segmentation]":
    """The planted states of every cell type of a simulation."""
    from cisgram.simulate.chromatin_cells import planted_segmentation
    from cisgram.simulate.chromatin_files import ChromatinFiles

    files = ChromatinFiles.load(truth.parent)
    return {cell: planted_segmentation(files, cell) for cell in files.segments}


def recovered(truth: Path, cells: "Sequence[Segmentation]") -> "StateRecovery":
    """Planted states beside those that were found."""
    from cisgram.simulate.recovery.states import state_recovery

    return state_recovery(planted_cells(truth), {one.cell: one for one in cells})


def _agreements(planted: "Mapping[str, Segmentation]", cells: "Sequence[Segmentation]") -> list[Any]:
    """Planted states against found ones, cell type by cell type."""
    from cisgram.chromatin.agreement import compare_segmentations

    known = [one for one in cells if one.cell in planted]
    return [compare_segmentations(_numbered_alike(planted[one.cell], one), one) for one in known]


def _numbered_alike(planted: "Segmentation", found: "Segmentation") -> "Segmentation":
    """Planted states, where there are as many as found ones, with the numbers of their partners among these."""
    from dataclasses import replace

    from cisgram.chromatin.agreement import compare_segmentations

    named = replace(planted, cell=f"{planted.cell} (planted)")
    if planted.n_states != found.n_states:
        return named
    partner = compare_segmentations(planted, found).partner
    segments = planted.segments.assign(state=partner[planted.segments["state"].to_numpy()])
    names = sorted(planted.names, key=lambda name: partner[planted.names.index(name)])
    return replace(named, segments=segments, names=tuple(names))


def _around_best(regions: "pd.DataFrame", cell: "Segmentation") -> "list[Interval]":
    """The stretch around the region that differs most, to be drawn where none was asked for."""
    from cisgram.genomics.interval import Interval

    if regions.empty:
        return []
    best = regions.iloc[0]
    ends = cell.segments.loc[cell.segments["chrom"] == best["chrom"], "end"]
    start, end = int(best["start"]) - _BESIDE_BP, int(best["end"]) + _BESIDE_BP
    return [Interval(str(best["chrom"]), max(0, start), min(int(ends.max()), end))]
