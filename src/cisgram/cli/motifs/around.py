"""``cisgram motifs around``: where motifs and words lie around starts, dyads or other anchors."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cisgram import __version__
from cisgram.cli.session import Json, Quiet, session

if TYPE_CHECKING:
    import pandas as pd

    from cisgram.genomics.genome import Genome
    from cisgram.motifs.grammar.anchored_counts import PositionsConfig
    from cisgram.motifs.grammar.anchors import Anchors
    from cisgram.motifs.grammar.around import MotifPositions
    from cisgram.motifs.grammar.periodicity import Periodicity
    from cisgram.report.around import AroundResults


class At(StrEnum):
    """Which base of an interval is the anchor."""

    SUMMIT = "summit"
    MIDDLE = "middle"
    START = "start"
    END = "end"


def around(
    anchors: Annotated[Path, typer.Argument(help="BED or narrowPeak of transcription starts, dyads, summits, ...")],
    genome: Annotated[Path, typer.Option("--genome", "-g", help="FASTA of the genome they lie on.")],
    motif: Annotated[
        list[str] | None, typer.Option("--motif", "-m", help="Name in --motif-file, IUPAC letters, or NAME=LETTERS.")
    ] = None,
    motif_file: Annotated[
        str | None,
        typer.Option(
            "--motif-file", "-f", help="MEME file, patterns.h5, run folder, jaspar:fungi, ...: all, or --motif."
        ),
    ] = None,
    words: Annotated[
        list[str] | None, typer.Option("--words", "-w", help="AA,TT: each word; AA/TT/TA: counted together. IUPAC.")
    ] = None,
    at: Annotated[
        At, typer.Option("--at", help="Anchor: summit (else middle), middle, or start or end along the strand.")
    ] = At.SUMMIT,
    name: Annotated[str, typer.Option("--name", help="What the anchors are, for pictures: TSS, dyad, ...")] = "anchor",
    reach: Annotated[int, typer.Option("--reach", min=1, help="Distances up to this many bp.")] = 500,
    smooth: Annotated[int, typer.Option("--smooth", min=1, help="Running mean over motif positions, odd, in bp.")] = 21,
    word_smooth: Annotated[int, typer.Option("--word-smooth", min=1, help="The same for words.")] = 1,
    word_reach: Annotated[int, typer.Option("--word-reach", min=1, help="Reach in which a period is sought.")] = 73,
    span: Annotated[int, typer.Option("--span", min=2, help="Chance moves anchors by up to this many bp.")] = 3000,
    draws: Annotated[int, typer.Option("--draws", min=1, help="Draws of chance.")] = 1000,
    p_value: Annotated[float, typer.Option("--p-value", help="Threshold of motif hits, per window.")] = 1e-4,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same seed, same result.")] = 1,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.")] = Path("around"),
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Find where motifs and words lie around anchors, over what chance gives, and which come back with the helix.

    Distances are read along each anchor's strand; where anchors have none, both directions are averaged. Writes
    positions.tsv.gz, summary.tsv, periodicity.tsv and report.html.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from dataclasses import replace

        from cisgram.cli.experiment.options import split_words
        from cisgram.errors import ConfigError
        from cisgram.io.fasta import read_genome
        from cisgram.io.tables import read_intervals
        from cisgram.motifs.grammar.anchored_counts import PositionsConfig
        from cisgram.motifs.grammar.anchors import anchors_of, without_n
        from cisgram.motifs.grammar.periodicity import PeriodicityConfig
        from cisgram.motifs.grammar.words import needed_reach_bp, word_periodicity, words_of
        from cisgram.report.around import AroundResults

        wanted = [words_of(one) for one in split_words(words)]
        if not wanted and not motif and motif_file is None:
            raise ConfigError("name motifs or words to look for: --motif-file FILE, --motif LETTERS, --words AA,TT")
        config = PositionsConfig(reach_bp=reach, smooth_bp=smooth, span_bp=span, n_draws=draws, seed=seed)
        of_words = replace(config, smooth_bp=word_smooth)
        of_periods = PeriodicityConfig(n_draws=draws, seed=seed)
        bases = read_genome(genome)
        needed = [needed_reach_bp(one, reach_bp=word_reach, config=of_periods) for one in wanted]
        margin = max([config.margin_bp, of_words.margin_bp, *needed])
        found = anchors_of(read_intervals(anchors), bases, at=at.value, reach_bp=margin)
        found = without_n(found, bases, reach_bp=max([0, *needed])) if wanted else found
        results = AroundResults(
            motifs=_motifs(found, bases, split_words(motif), motif_file, p_value, config),
            words=_words(found, bases, wanted, of_words),
            periods={
                "/".join(one): word_periodicity(found, bases, one, reach_bp=word_reach, config=of_periods)
                for one in wanted
            },
            n_anchors=len(found.table),
            anchor=name,
        )
        notes: dict[str, object] = {
            "cisgram": __version__,
            "anchors": f"{anchors}: {len(found.table):,}, at {at.value}",
            "left_out": ", ".join(f"{n:,} {why}" for why, n in found.dropped.items()) or "none",
            "directions": "along the strand" if found.has_direction else "both, averaged: anchors without strand",
            "genome": genome,
            "genome_sha256": bases.sha256,
            "motifs": f"{motif_file or 'letters'}; hits with p of at most {p_value:g}",
            "settings": config,
            "words": of_words.smooth_bp,
        }
        spoken.result = _write(out, results, notes)
        spoken.say(f"{len(found.table):,} anchors, {notes['directions']}; left out: {notes['left_out']}")
        spoken.say(f"report: {out / 'report.html'}")


def _motifs(
    anchors: "Anchors",
    genome: "Genome",
    asked: tuple[str, ...],
    source: str | None,
    p_value: float,
    config: "PositionsConfig",
) -> "MotifPositions | None":
    """Scan around the anchors, and count."""
    if not asked and source is None:
        return None
    from cisgram.errors import EmptySetError
    from cisgram.motifs.grammar.around import motif_positions
    from cisgram.motifs.scanning.scan import ScanConfig, scan_genome
    from cisgram.run.experiments.motifs import motifs_asked

    motifs = motifs_asked(asked, source)
    longest = max(len(one) for one in motifs)
    regions = _regions(anchors, genome, config.margin_bp + config.span_bp + longest)
    hits = scan_genome(motifs, genome, regions=regions, config=ScanConfig(p_value=p_value)).hits
    if hits.empty:
        raise EmptySetError("hits of the motifs", dropped={}, hint="raise --p-value, or look for --words instead")
    order = {one.name: number for number, one in enumerate(motifs)}
    hits = hits.sort_values("name", key=lambda names: names.map(order), kind="stable")
    return motif_positions(hits, anchors.table, genome.sizes, config=config)


def _words(
    anchors: "Anchors", genome: "Genome", wanted: list[tuple[str, ...]], config: "PositionsConfig"
) -> "MotifPositions | None":
    """Find words around the anchors, and count; a word on the other strand is its reverse complement, so not shown."""
    if not wanted:
        return None
    import pandas as pd

    from cisgram.motifs.grammar.anchored_counts import SAME
    from cisgram.motifs.grammar.around import motif_positions
    from cisgram.motifs.grammar.words import word_hits

    regions = _regions(anchors, genome, config.margin_bp + config.span_bp + max(len(one[0]) for one in wanted))
    hits = pd.concat([word_hits(genome, one, regions=regions) for one in wanted], ignore_index=True)
    return motif_positions(hits, anchors.table, genome.sizes, strands=(SAME,), config=config)


def _regions(anchors: "Anchors", genome: "Genome", reach_bp: int) -> "pd.DataFrame":
    """Where an anchor may come to see, moved or not."""
    import pandas as pd

    table = anchors.table
    size = table["chrom"].map(dict(genome.sizes))
    start, end = (table["position"] - reach_bp).clip(lower=0), (table["position"] + reach_bp + 1).clip(upper=size)
    return pd.DataFrame({"chrom": table["chrom"], "start": start, "end": end})


def _write(out: Path, results: "AroundResults", notes: dict[str, object]) -> dict[str, Any]:
    """Write all files, and say where they are."""
    import pandas as pd

    from cisgram.io.tables import write_table
    from cisgram.report.around import write_around_report

    out.mkdir(parents=True, exist_ok=True)
    parts = {"motif": results.motifs, "word": results.words}
    there = {kind: one for kind, one in parts.items() if one is not None}
    curves = pd.concat([one.curves.assign(kind=kind) for kind, one in there.items()], ignore_index=True)
    summary = pd.concat([one.summary.assign(kind=kind) for kind, one in there.items()], ignore_index=True)
    periods = pd.DataFrame(
        [_period_row(word, found) for word, found in results.periods.items()], columns=list(PERIOD_COLUMNS)
    )
    write_table(out / "positions.tsv.gz", curves, provenance=notes)
    write_table(out / "summary.tsv", summary, provenance=notes)
    write_table(out / "periodicity.tsv", periods, provenance=notes)
    title = f"Motifs and words around the {results.anchor}"
    write_around_report(out / "report.html", results, title=title, settings=notes)
    return {
        "report": str(out / "report.html"),
        "n_anchors": results.n_anchors,
        "summary": summary.to_dict("records"),
        "periodicity": periods.to_dict("records"),
    }


PERIOD_COLUMNS = ("word", "peak_bp", "share", "null_share", "enrichment", "p_value", "crest_bp", "n_anchors")
"""Columns of periodicity.tsv: ``share`` is that of the power at 10 to 11 bp among 5 to 25 bp."""


def _period_row(word: str, found: "Periodicity") -> tuple[object, ...]:
    """One line of periodicity.tsv."""
    peak = round(found.peak_bp, 2)
    shares = found.share, found.null_share, found.enrichment
    return word, peak, *shares, found.p_value, found.crest_bp, found.n_observations
