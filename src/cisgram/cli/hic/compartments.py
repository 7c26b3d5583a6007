"""``cisgram hic compartments``: A and B, and how much each prefers its own kind."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cisgram import __version__
from cisgram.cli.hic.options import Chroms, IgnoreDiagonals, Map, Out, Resolution, Weight
from cisgram.cli.session import Json, Quiet, session

if TYPE_CHECKING:
    import numpy as np

    from cisgram.hic.saddle import SaddleTable


def compartments(
    map_file: Map,
    out: Out,
    phase: Annotated[
        Path | None,
        typer.Option(
            "--phase", help="FASTA (its GC content) or bigWig that is high in A; without it A and B may be swapped."
        ),
    ] = None,
    resolution: Resolution = None,
    chroms: Chroms = None,
    weight: Weight = "weight",
    ignore_diagonals: IgnoreDiagonals = 2,
    n_vectors: Annotated[int, typer.Option("--vectors", min=1, help="Eigenvectors per contig.")] = 3,
    by_phase: Annotated[
        bool, typer.Option("--sort-by-phase", help="Put first the eigenvector that goes with --phase most.")
    ] = False,
    trans: Annotated[
        bool, typer.Option("--trans", help="Eigenvectors of the contacts between contigs instead.")
    ] = False,
    groups: Annotated[int, typer.Option("--groups", min=2, help="Groups of bins in the saddle.")] = 38,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Find the eigenvectors of observed over expected, split the genome into A and B, and draw the saddle.

    Writes eigenvectors.tsv, eigenvalues.tsv, E1.bw, compartments.bed, saddle.tsv (sums and pairs by groups),
    saddle_strength.tsv and compartments.png. Bins of 50 to 250 kb suit large genomes.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.cli.hic.inputs import open_map
        from cisgram.cli.hic.tracks import read_phase, write_bin_track
        from cisgram.hic.compartments import CompartmentConfig, compartment_segments
        from cisgram.hic.compartments import compartments as find_compartments
        from cisgram.hic.expected import expected_cis
        from cisgram.hic.saddle import SaddleConfig, saddle, saddle_strength
        from cisgram.hic.trans_eigenvectors import trans_compartments
        from cisgram.io.tables import write_bed, write_table

        source = open_map(map_file, resolution=resolution, chroms=chroms, weight=weight, is_balanced=True)
        bins = source.bins
        config = CompartmentConfig(n_vectors=n_vectors, ignore_diagonals=ignore_diagonals, is_sorted=by_phase)
        track = None if phase is None else read_phase(phase, bins)
        found = (trans_compartments if trans else find_compartments)(source, config, phase=track)
        notes = {"cisgram": __version__, "map": map_file, "bin_size": bins.bin_size, "phase": phase or "none"}
        write_table(out / "eigenvectors.tsv", found.vectors, provenance=notes)
        write_table(out / "eigenvalues.tsv", found.values, provenance=notes)
        write_bin_track(out / "E1.bw", found.vectors, "E1", bins)
        segments = compartment_segments(found.vectors)
        write_bed(out / "compartments.bed", segments)
        expected = expected_cis(source, ignore_diagonals=ignore_diagonals)
        pairs = saddle(source, expected, found.vectors["E1"].to_numpy(), SaddleConfig(n_groups=groups))
        strength = saddle_strength(pairs)
        _write_saddle(out, pairs, strength, notes)
        _draw(out / "compartments.png", pairs, strength)
        fifth = float(strength[max(1, groups // 5)])
        spoken.result = {
            "out": str(out),
            "stretches": len(segments),
            "strength_20_percent": fifth,
            "phased": phase is not None,
        }
        spoken.say(f"{len(segments):,} stretches of A or B; like over unlike contacts {fifth:.2f} (extreme 20 %)")
        if phase is None:
            spoken.say("without --phase the sign of an eigenvector says nothing: A may be B, contig by contig")
        spoken.say(f"tables, a track and a picture in {out}")


def _write_saddle(out: Path, pairs: "SaddleTable", strength: "np.ndarray", notes: dict[str, object]) -> None:
    """Sums and pairs by groups, and the strength by size of the corner."""
    import numpy as np
    import pandas as pd

    from cisgram.io.tables import write_table

    one, other = np.indices(pairs.sums.shape)
    columns = {"group1": one.ravel(), "group2": other.ravel(), "sum": pairs.sums.ravel(), "pairs": pairs.counts.ravel()}
    write_table(out / "saddle.tsv", pd.DataFrame(columns), provenance=notes)
    by_size = pd.DataFrame({"groups": np.arange(strength.size), "strength": strength})
    write_table(out / "saddle_strength.tsv", by_size, provenance=notes)


def _draw(path: Path, pairs: "SaddleTable", strength: "np.ndarray") -> None:
    """The saddle, and its strength."""
    from cisgram.report.map_feature_plots import plot_saddle, plot_saddle_strength
    from cisgram.report.png import write_png
    from cisgram.report.style import house_style, new_figure

    with house_style():
        figure = new_figure(6.4, 2.8)
        left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
        image = plot_saddle(pairs.mean, ax=left)
        bar = figure.colorbar(image, ax=left, shrink=0.85, ticks=[0.5, 1, 2])
        bar.ax.set_yticklabels(["1/2", "1", "2"])
        bar.minorticks_off()
        bar.set_label("observed / expected")
        plot_saddle_strength(strength, ax=right)
        write_png(path, figure)
