"""``cisgram motifs scan``: every place of known motifs in a genome or other sequences."""

import logging
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cisgram import __version__
from cisgram.cli.session import Json, Quiet, session

if TYPE_CHECKING:
    from cisgram.genomics.background import Background
    from cisgram.genomics.genome import Genome
    from cisgram.motifs.scanning.scan import OpenScan

_LOG = logging.getLogger(__name__)

_SECONDS_BETWEEN_LINES = 10.0


class Strands(StrEnum):
    """Which strands are scored."""

    BOTH = "both"
    FORWARD = "+"
    REVERSE = "-"


def scan(
    motifs: Annotated[str, typer.Argument(help="MEME file, patterns.h5 of a run, or a database such as jaspar:fungi.")],
    sequences: Annotated[Path, typer.Argument(help="FASTA of a genome or other sequences, plain or gzip.")],
    out: Annotated[Path, typer.Option("--out", help="Hits: .bed, .narrowPeak or .tsv, with or without .gz.")],
    p_value: Annotated[
        float, typer.Option("--p-value", help="Largest chance that one window scores as high where nothing binds.")
    ] = 1e-4,
    q_value: Annotated[
        float | None, typer.Option("--q-value", help="Largest share of false hits, per motif (default: no threshold).")
    ] = None,
    strands: Annotated[Strands, typer.Option("--strands", help="Strands to score.")] = Strands.BOTH,
    background: Annotated[
        str, typer.Option("--background", help="sequences (as they are), uniform, or a background file of MEME.")
    ] = "sequences",
    order: Annotated[
        int, typer.Option("--order", help="Bases that the background of the sequences looks back, 0 to 5.")
    ] = 0,
    pseudocount: Annotated[float, typer.Option("--pseudocount", help="Sites added to each motif; above 0.")] = 0.1,
    regions: Annotated[Path | None, typer.Option("--regions", help="BED: scan inside these intervals only.")] = None,
    best_only: Annotated[
        bool, typer.Option("--best-only", help="Keep each motif's best hit per sequence (or per region) only.")
    ] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Find all places of motifs, with exact p-values.

    A window's score is log2 of how much likelier its bases are in a site than in the background. Memory does not grow
    with the genome or with the number of hits.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.io.fasta import read_genome
        from cisgram.io.hits import check_hits_path, write_hits
        from cisgram.io.motifs import read_motifs
        from cisgram.io.tables import check_within, read_intervals
        from cisgram.motifs.scanning.scan import ScanConfig, open_scan

        check_hits_path(out)
        config = ScanConfig(p_value, q_value, strands.value, pseudocount, best_only)
        vocabulary, genome = read_motifs(motifs), read_genome(sequences)
        intervals = None
        if regions is not None:
            intervals = read_intervals(regions)
            check_within(intervals, genome.sizes, regions)
        with open_scan(
            vocabulary,
            genome,
            background=_background(background, order, genome),
            regions=intervals,
            config=config,
            progress=_pace(),
        ) as found:
            notes = _provenance(motifs, genome, found, config)
            n_hits = write_hits(out, found.store.tables(), provenance=notes)
        spoken.result = _summary(found, n_hits, out)
        spoken.say(f"{n_hits:,} hits of {int((found.motifs['hits'] > 0).sum())} motifs: {out}")


def _background(named: str, order: int, genome: "Genome") -> "Background":
    """What is meant by the name of a background."""
    from cisgram.errors import ConfigError
    from cisgram.genomics.background import Background, estimate_background
    from cisgram.io.background import read_background

    if named == "sequences":
        return estimate_background(genome.joined, order=order)
    if order:
        raise ConfigError(f"--order is for the background of the sequences; it cannot go with --background {named}")
    return Background.from_bases() if named == "uniform" else read_background(named)


def _provenance(motifs: str, genome: "Genome", found: "OpenScan", config: object) -> dict[str, object]:
    """What the file says about itself."""
    return {
        "cisgram": __version__,
        "motifs": motifs,
        "sequences": genome.path,
        "sequences_sha256": genome.sha256,
        "background_order": found.background.order,
        "background_bases": " ".join(f"{share:.6g}" for share in found.background.bases),
        "settings": config,
    }


def _summary(found: "OpenScan", n_hits: int, out: Path) -> dict[str, Any]:
    """The result for programs; a threshold that nothing reaches is null."""
    rows = found.motifs.to_dict("records")
    for row in rows:
        if row["threshold_bits"] == float("inf"):
            row["threshold_bits"] = None
    return {
        "out": str(out),
        "hits": n_hits,
        "windows": sum(row["windows"] for row in rows),
        "windows_with_n": sum(row["windows_with_n"] for row in rows),
        "background": {"order": found.background.order, "bases": found.background.bases.tolist()},
        "motifs": rows,
    }


def _pace() -> Callable[[int, int], None]:
    """Make what logs a line every so often: how far, how fast, and how long still."""
    began = spoken = time.monotonic()

    def progress(n_done: int, n_total: int) -> None:
        nonlocal spoken
        now = time.monotonic()
        if now - spoken < _SECONDS_BETWEEN_LINES and n_done < n_total:
            return
        spoken = now
        rate = n_done / max(now - began, 1e-9)
        _LOG.info(
            "scanned %.1f of %.1f Mb, %.1f Mb per second, %.0f s left",
            n_done / 1e6,
            n_total / 1e6,
            rate / 1e6,
            (n_total - n_done) / max(rate, 1e-9),
        )

    return progress
