"""``cisgram hic digest``: fragments of a genome, and pairs of reads judged by them and counted in bins."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cisgram import __version__
from cisgram.cli.hic.options import Out
from cisgram.cli.session import Json, Quiet, Session, session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cisgram.genomics.genome import Genome
    from cisgram.genomics.read_pairs import ReadPairs
    from cisgram.genomics.restriction import Digest


def digest(
    genome: Annotated[Path, typer.Argument(help="FASTA of the genome.")],
    out: Out,
    enzyme: Annotated[
        list[str] | None,
        typer.Option("--enzyme", "-e", help="HindIII, DpnII, Arima, ... or a site such as A^AGCTT; commas between."),
    ] = None,
    pairs: Annotated[
        Path | None, typer.Option("--pairs", help="Pairs of reads (.pairs of 4DN, plain or gzip) to judge and count.")
    ] = None,
    bin_size: Annotated[
        int | None, typer.Option("--bin-size", "-b", min=1, help="With --pairs: width of a bin in bp of contacts.cool.")
    ] = None,
    min_distance: Annotated[
        int, typer.Option("--min-distance", min=0, help="Pairs of one contig that are nearer are left out, in bp.")
    ] = 0,
    valid_pairs: Annotated[bool, typer.Option("--valid-pairs", help="Write the contacts as valid.pairs.gz.")] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Cut a genome with restriction enzymes, and judge pairs of reads by the fragments they come from.

    Writes fragments.bed.gz and digest.tsv; with --pairs also pair_kinds.tsv, pair_summary.tsv, orientation.tsv,
    orientation.png, and with --bin-size the contacts as contacts.cool, balanced. Without --enzyme (DNase, MNase),
    distance alone decides.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.cli.experiment.options import split_words
        from cisgram.errors import ConfigError
        from cisgram.genomics.restriction import digest as cut
        from cisgram.io.fasta import read_genome

        names = split_words(enzyme)
        if not names and pairs is None:
            raise ConfigError("name an enzyme (--enzyme DpnII), or give pairs of reads to judge (--pairs)")
        if bin_size is not None and pairs is None:
            raise ConfigError("--bin-size counts pairs of reads in bins: give them with --pairs")
        whole = read_genome(genome)
        found = cut(whole, names) if names else None
        notes: dict[str, object] = {"cisgram": __version__, "genome": genome, "enzymes": ",".join(names) or "none"}
        spoken.result = {"out": str(out)}
        if found is not None:
            _write_digest(out, found, notes, spoken)
        if pairs is not None:
            notes |= {"pairs": pairs, "min_distance_bp": min_distance}
            valid = _judge(pairs, whole, found, out, notes, spoken, min_distance=min_distance)
            if valid_pairs:
                from cisgram.io.pairs import write_pairs

                write_pairs(out / "valid.pairs.gz", [valid], whole.sizes)
            if bin_size is not None:
                _bin(valid, whole, bin_size, out, spoken)


def _write_digest(out: Path, found: "Digest", notes: dict[str, object], spoken: Session) -> None:
    """The fragments, and how long they are."""
    import pandas as pd

    from cisgram.io.tables import write_bed, write_table

    write_bed(out / "fragments.bed.gz", found.fragments)
    lengths = found.fragments["end"] - found.fragments["start"]
    rows = {
        "fragments": float(len(lengths)),
        "mean_length_bp": float(lengths.mean()),
        "median_length_bp": float(lengths.median()),
        "expected_length_bp": found.expected_length,
        "expected_length_uniform_bp": found.expected_length_uniform,
    }
    table = pd.DataFrame({"measure": list(rows), "value": list(rows.values())})
    write_table(out / "digest.tsv", table, provenance=notes)
    spoken.result |= rows
    spoken.say(
        f"{len(lengths):,} fragments of {rows['mean_length_bp']:,.0f} bp on average; a random sequence of this "
        f"composition would give {found.expected_length:,.0f} bp"
    )


def _judge(
    path: Path,
    genome: "Genome",
    found: "Digest | None",
    out: Path,
    notes: dict[str, object],
    spoken: Session,
    *,
    min_distance: int,
) -> "ReadPairs":
    """Judge the pairs; write what they are."""
    from collections import Counter
    from dataclasses import replace

    from cisgram.genomics.contact_contigs import match_map_contigs
    from cisgram.hic.pairs import judge_pairs
    from cisgram.io.pairs import read_pairs, read_pairs_header
    from cisgram.io.tables import write_table

    own = read_pairs_header(path).sizes
    sizes = genome.sizes
    if own:
        matched = match_map_contigs(genome.sizes, own, bin_size=1, slack_bins=0, what=f"pairs {path}")
        sizes = {matched.to_other.get(name, name): size for name, size in genome.sizes.items()}
    dropped: Counter[str] = Counter()

    def kept() -> "Iterator[ReadPairs]":
        for chunk in read_pairs(path, sizes=sizes):
            dropped.update(chunk.dropped)
            yield chunk.pairs

    cuts = None if found is None else dict(zip(sizes, found.cuts.values(), strict=True))  # named as the pairs are
    judged = judge_pairs(kept(), cuts, min_distance_bp=min_distance, dropped=dropped)
    statistics = judged.statistics
    write_table(out / "pair_kinds.tsv", statistics.kinds, provenance=notes)
    write_table(out / "pair_summary.tsv", statistics.summary, provenance=notes)
    write_table(out / "orientation.tsv", statistics.by_distance, provenance=notes)
    if len(statistics.by_distance):
        from cisgram.report.distance_decay_plots import plot_orientations
        from cisgram.report.png import write_png
        from cisgram.report.style import house_style, new_figure

        with house_style():
            figure = new_figure(4.2, 3.0)
            plot_orientations(statistics.by_distance, ax=figure.subplots())
            write_png(out / "orientation.png", figure)
    for row in statistics.kinds[statistics.kinds["n"] > 0].to_dict("records"):
        spoken.say(f"{row['kind']}: {row['n']:,} ({row['share']:.1%})")
    spoken.result["kinds"] = statistics.kinds.to_dict("records")
    spoken.result["summary"] = dict(statistics.summary.itertuples(index=False, name=None))
    return replace(judged.valid, chroms=tuple(genome.sizes))


def _bin(valid: "ReadPairs", genome: "Genome", bin_size: int, out: Path, spoken: Session) -> None:
    """Count contacts in bins; balance them where there are enough."""
    from cisgram.hic.balance import balanced_levels
    from cisgram.hic.pairs import bin_pairs
    from cisgram.io.cool import write_cool

    counted = bin_pairs(valid, genome.sizes, bin_size)
    source, attributes = next(balanced_levels([counted]))
    write_cool(out / "contacts.cool", source.bins, source.pixels(), weights=source.weights, attributes=attributes)
    spoken.result["map"] = str(out / "contacts.cool")
    spoken.say(f"{int(counted.counts.sum()):,} contacts in bins of {bin_size:,} bp: {out / 'contacts.cool'}")
