"""The tables and tracks beside the page of a map."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from cisgram.report.map_results import MapResults


def write_map_tables(out: Path, results: "MapResults") -> None:
    """Write everything that was found, each file complete or not at all."""
    from cisgram import __version__
    from cisgram.io.tables import write_table

    features = results.features
    notes = {"cisgram": __version__, "map": results.title, "bin_size": features.bins.bin_size}
    tables: dict[str, pd.DataFrame | None] = {
        "expected_cis.tsv.gz": features.expected,
        "decay.tsv": results.decay,
        "insulation.tsv.gz": features.insulation,
        "domains.tsv": features.domains,
        "loops.tsv": features.loops,
        "eigenvectors.tsv": features.eigenvectors,
        "strengths.tsv": results.strengths.table,
        "strengths_elsewhere.tsv": results.held_out,
        "agreement.tsv": results.agreement,
        "orientation.tsv": results.orientation,
        "known.tsv": results.known,
        "recovered.tsv": results.truth,
    }
    if results.territories is not None:
        tables |= {"territories.tsv": results.territories.contigs, "territory_pairs.tsv": results.territories.pairs}
    for name, table in tables.items():
        if table is not None:
            write_table(out / name, table, provenance=notes)
    _write_intervals(out, results)


def _write_intervals(out: Path, results: "MapResults") -> None:
    """Boundaries, domains, loops and compartments for browsers."""
    from cisgram.cli.hic.tracks import write_bin_track
    from cisgram.genomics.contacts import ContactBins
    from cisgram.hic.compartments import compartment_segments
    from cisgram.io.tables import write_bed
    from cisgram.io.tables.bedpe import write_bedpe

    features = results.features
    for window in features.windows_bp:
        column = f"log2_insulation_score_{window}"
        write_bin_track(out / f"insulation_{window}.bw", features.insulation, column, features.bins)
        called = features.boundaries(window)
        names = [f"boundary_{number}" for number in range(1, len(called) + 1)]
        write_bed(out / f"boundaries_{window}.bed", called.assign(name=names, score=called["strength"]))
    if features.domains is not None:
        own = features.domains
        write_bed(out / "domains.bed", own[["chrom", "start", "end", "name"]].assign(score=own["contrast"]))
    if features.loops is not None:
        score = features.loops["count"] / features.loops["la_exp.donut.value"]
        names = [f"loop_{number}" for number in range(1, len(features.loops) + 1)]
        write_bedpe(out / "loops.bedpe", features.loops.assign(name=names, score=score))
    if features.eigenvectors is not None and results.eigen_bin_size is not None:
        bins = ContactBins(features.bins.sizes, results.eigen_bin_size)
        write_bin_track(out / "E1.bw", features.eigenvectors, "E1", bins)
        write_bed(out / "compartments.bed", compartment_segments(features.eigenvectors))
