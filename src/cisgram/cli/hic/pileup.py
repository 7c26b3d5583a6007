"""``cisgram hic pileup``: the mean map around places, pairs of places or whole domains."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cisgram import __version__
from cisgram.cli.hic.options import Chroms, IgnoreDiagonals, Map, Out, Resolution, Weight
from cisgram.cli.session import Json, Quiet, Session, session

if TYPE_CHECKING:
    import pandas as pd

    from cisgram.genomics.contacts import ContactSource
    from cisgram.hic.pileup import Pileup, PileupConfig


def pileup(
    map_file: Map,
    sites: Annotated[Path, typer.Argument(help="BED of places (boundaries, peaks) or BEDPE of pairs (loops).")],
    out: Out,
    resolution: Resolution = None,
    chroms: Chroms = None,
    weight: Weight = "weight",
    flank: Annotated[int, typer.Option("--flank", min=0, help="How far to look around a site, in bp.")] = 100_000,
    pairs: Annotated[
        bool, typer.Option("--pairs", help="Pair all places of one contig at the distances that are asked for.")
    ] = False,
    rescale: Annotated[
        bool, typer.Option("--rescale", help="Places are domains: bring each, with its sides, to one size.")
    ] = False,
    min_distance: Annotated[int, typer.Option("--min-distance", min=0, help="Shortest distance of pairs in bp.")] = 0,
    max_distance: Annotated[
        int | None, typer.Option("--max-distance", min=0, help="Longest distance of pairs in bp.")
    ] = None,
    flip: Annotated[
        bool, typer.Option("--flip", help="Turn sites of the minus strand, so that all point right.")
    ] = False,
    controls: Annotated[int, typer.Option("--controls", min=0, help="Random places per site; 0 for none.")] = 5,
    observed: Annotated[
        bool, typer.Option("--observed", help="Contacts themselves, not divided by those expected at their distance.")
    ] = False,
    motifs: Annotated[
        Path | None, typer.Option("--motifs", help="BED6 of motif instances: which way do they point at the anchors?")
    ] = None,
    slack: Annotated[
        int, typer.Option("--slack", min=0, help="How far outside of an anchor a motif may lie, in bp.")
    ] = 0,
    ignore_diagonals: IgnoreDiagonals = 2,
    seed: Annotated[int, typer.Option("--seed", help="Of random places and shuffles.")] = 0,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Average a contact map around many sites and say how strong what stands in the middle is.

    Writes pileup.npz (the means), pileup.tsv (strength), sites.tsv (what was used), pileup.png; with --motifs also
    orientation.tsv and anchors.tsv.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.cli.hic.inputs import open_map
        from cisgram.cli.hic.sites import read_sites
        from cisgram.errors import ConfigError
        from cisgram.genomics.site_pairs import all_pairs, is_pair_table
        from cisgram.hic.pileup import PileupConfig

        source = open_map(map_file, resolution=resolution, chroms=chroms, weight=weight)
        table = read_sites(sites, source.bins)
        if is_pair_table(table) and (pairs or rescale):
            raise ConfigError(f"{sites} has pairs already; --pairs and --rescale take places (BED)")
        if pairs:
            table = all_pairs(table, min_distance_bp=min_distance, max_distance_bp=max_distance)
        notes = {"cisgram": __version__, "map": map_file, "sites": str(sites), "flank_bp": flank, "seed": seed}
        config = PileupConfig(
            flank_bp=flank,
            ignore_diagonals=ignore_diagonals,
            is_over_expected=not observed,
            is_balanced=source.weights is not None,
            is_flipped=flip,
            n_controls=controls,
            min_distance_bp=min_distance,
            max_distance_bp=max_distance,
            seed=seed,
        )
        if rescale:
            _domains(spoken, source, table, config, out, notes)
        else:
            _around(spoken, source, table, config, out, notes)
        if motifs is not None:
            if not is_pair_table(table):
                raise ConfigError("--motifs looks at the two anchors of pairs (BEDPE, or BED with --pairs)")
            _orientations(spoken, source, table, motifs, out, slack_bp=slack, seed=seed, notes=notes)


def _around(
    spoken: Session,
    source: "ContactSource",
    table: "pd.DataFrame",
    config: "PileupConfig",
    out: Path,
    notes: dict[str, Any],
) -> None:
    """Pile up around sites; write the means, the strength and the picture."""
    import pandas as pd

    from cisgram.hic.pileup import pileup as pile_up
    from cisgram.io.tables import write_table

    found = pile_up(source, table, config=config)
    strength = _strength(source, found, config)
    write_table(out / "sites.tsv", found.sites, provenance=notes)
    row = {"n_sites": found.n_sites, **found.dropped, **strength}
    write_table(out / "pileup.tsv", pd.DataFrame([row]), provenance=notes)
    _save(out, mean=found.mean, n_values=found.n_values, control=found.control)
    _draw(out, found, strength, is_ratio=config.is_over_expected)
    lost = {reason: n for reason, n in found.dropped.items() if n}
    spoken.say(f"{found.n_sites:,} sites" + "".join(f", without {n:,} {reason}" for reason, n in lost.items()))
    spoken.say("; ".join(f"{name} {value:.3f}" for name, value in strength.items()))
    spoken.say(f"picture: {out / 'pileup.png'}")
    spoken.result = {"out": str(out), "sites": found.n_sites, "dropped": dict(found.dropped), **strength}


def _strength(source: "ContactSource", found: "Pileup", config: "PileupConfig") -> dict[str, float]:
    """What the middle stands out by: of places, how much it insulates; of pairs, the middle over the corners."""
    from cisgram.hic.pileup import snippets_of_sites
    from cisgram.hic.pileup_strength import insulation_strength, loop_strength, loop_strength_interval

    n = len(found.mean)
    if n < 5:
        return {}
    if found.is_on_diagonal:
        strengths = {"insulation": insulation_strength(found.mean)}
        if found.control is not None:
            strengths["insulation_of_control"] = insulation_strength(found.control)
        return strengths
    center = 3 if n >= 7 else 1
    stacks = (part.stack for part in snippets_of_sites(source, found.sites, config=config))
    interval = loop_strength_interval(stacks, center_bins=center, seed=config.seed)
    of_mean = loop_strength(found.mean, center_bins=center)
    strengths = {"corner_score": of_mean.score, "low": interval.low, "high": interval.high}
    strengths["over_lower_left"] = of_mean.over_lower_left
    if found.control is not None:
        strengths["corner_score_of_control"] = loop_strength(found.control, center_bins=center).score
    return strengths


def _draw(out: Path, found: "Pileup", strength: dict[str, float], *, is_ratio: bool) -> None:
    """The means side by side."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    from cisgram.report.pileup_plots import draw_pileup
    from cisgram.report.png import write_png
    from cisgram.report.style import house_style

    means = {f"{found.n_sites:,} sites": found.mean}
    if found.control is not None:
        means["random places"] = found.control
        if is_ratio:
            means["sites over random"] = found.over_control
    names = {"insulation": "insulation {:.2f}", "corner_score": "middle / corners {:.2f}"}
    texts: dict[str, dict[str, str]] = {}
    for name, text in names.items():
        if name in strength:
            texts[f"{found.n_sites:,} sites"] = {"upper right": text.format(strength[name])}
            if f"{name}_of_control" in strength:
                texts["random places"] = {"upper right": text.format(strength[f"{name}_of_control"])}
    with house_style():
        figure = Figure(figsize=(2.6 * len(means) + 1.0, 3.1), layout=ConstrainedLayoutEngine(w_pad=0.07, h_pad=0.07))
        draw_pileup(figure, means, bin_size=found.bin_size, texts=texts, is_ratio=is_ratio)
        write_png(out / "pileup.png", figure)


def _domains(
    spoken: Session,
    source: "ContactSource",
    table: "pd.DataFrame",
    config: "PileupConfig",
    out: Path,
    notes: dict[str, Any],
) -> None:
    """Pile up whole domains of one size."""
    import pandas as pd

    from cisgram.hic.pileup_domains import DomainPileupConfig, pileup_domains
    from cisgram.io.tables import write_table
    from cisgram.report.pileup_plots import draw_domain_pileup
    from cisgram.report.png import write_png
    from cisgram.report.style import house_style

    own = DomainPileupConfig(ignore_diagonals=config.ignore_diagonals, is_balanced=config.is_balanced)
    found = pileup_domains(source, table, config=own)
    write_table(out / "sites.tsv", found.domains, provenance=notes)
    row = {"n_sites": len(found.domains), **found.dropped, "strength": found.strength}
    write_table(out / "pileup.tsv", pd.DataFrame([row]), provenance=notes)
    _save(out, mean=found.mean, n_values=None, control=None)
    with house_style():
        figure = draw_domain_pileup(found)
        write_png(out / "pileup.png", figure)
    spoken.say(f"{len(found.domains):,} domains, within over between {found.strength:.3f}: {out / 'pileup.png'}")
    spoken.result = {"out": str(out), "domains": len(found.domains), **found.dropped, "strength": found.strength}


def _orientations(
    spoken: Session,
    source: "ContactSource",
    pairs: "pd.DataFrame",
    motifs: Path,
    out: Path,
    *,
    slack_bp: int,
    seed: int,
    notes: dict[str, Any],
) -> None:
    """Which way motifs point at the anchors of the pairs."""
    from cisgram.cli.hic.sites import read_places
    from cisgram.hic.anchors import anchor_orientations, orientation_enrichment
    from cisgram.io.tables import write_table

    sites = read_places(motifs, source.bins)
    table = orientation_enrichment(pairs, sites, slack_bp=slack_bp, seed=seed)
    write_table(out / "anchors.tsv", anchor_orientations(pairs, sites, slack_bp=slack_bp), provenance=notes)
    write_table(out / "orientation.tsv", table, provenance={**notes, "motifs": str(motifs), "slack_bp": slack_bp})
    for row in table.to_dict("records"):
        spoken.say(
            f"{row['orientation']}: {row['n']} ({row['share']:.1%}; by chance {row['expected_share']:.1%}, "
            f"p {row['p_more']:.2g})"
        )
    spoken.result["orientation"] = table.to_dict("records")


def _save(out: Path, **arrays: object) -> None:
    """The means as arrays; those that there are not are left out."""
    import numpy as np

    from cisgram.io.files import atomic_path

    with atomic_path(out / "pileup.npz") as path:
        np.savez_compressed(path, allow_pickle=False, **{k: np.asarray(v) for k, v in arrays.items() if v is not None})
