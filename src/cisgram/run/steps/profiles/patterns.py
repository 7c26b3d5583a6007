"""Find motifs in the contributions, name them, and place them."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from cisgram.genomics.motif import Motif
from cisgram.genomics.pattern import PatternSearch, full_name
from cisgram.io.contributions import contribution_groups, read_contributions
from cisgram.io.files import sha256_of
from cisgram.io.meme import read_meme, write_meme
from cisgram.io.patterns import write_patterns
from cisgram.io.tables import write_bed, write_table
from cisgram.motifs.match import MATCH_COLUMNS, best_names, match_motifs
from cisgram.motifs.patterns import find_patterns
from cisgram.motifs.seqlets import seqlet_intervals
from cisgram.run.folder import ProfileRun

logger = logging.getLogger(__name__)


def patterns(run: ProfileRun) -> Mapping[str, Any]:
    """Do the step: patterns.h5, and in motifs/ the MEME file, the matches in the database and the hits."""
    searches: dict[tuple[str, str], PatternSearch] = {}
    hits = []
    for track, score in contribution_groups(run.contributions):
        explained = read_contributions(run.contributions, track, score)
        search = find_patterns(explained.one_hot, explained.hypothetical, config=run.config.patterns)
        logger.info(
            "%s, %s: %d patterns%s", track, score, len(search.patterns), f" ({search.reason})" if search.reason else ""
        )
        searches[track, score] = search
        placed = seqlet_intervals(
            [pattern.trimmed() for pattern in search.patterns], explained.windows, window_bp=search.window_bp
        )
        hits.append(placed.assign(track=track, kind=score))
    write_patterns(run.patterns, searches, attributes={"contributions_sha256": sha256_of(run.contributions)})
    motifs = {
        full_name(track, score, pattern.name): pattern.motif()
        for (track, score), search in searches.items()
        for pattern in search.patterns
    }
    matches = _matches(run, motifs)
    _write(run, motifs, matches, pd.concat(hits, ignore_index=True))
    return {
        "n_patterns": {f"{track} {score}": len(search.patterns) for (track, score), search in searches.items()},
        "reasons": {f"{track} {score}": search.reason for (track, score), search in searches.items() if search.reason},
    }


def _matches(run: ProfileRun, motifs: Mapping[str, Motif]) -> pd.DataFrame:
    """Matches of all patterns in the database, whose matched motifs are kept beside them; none without a database."""
    if not run.config.motifs.database or not motifs:
        return pd.DataFrame(columns=list(MATCH_COLUMNS))
    database = read_meme(run.input(run.config.motifs.database))
    matches = match_motifs([replace(motif, name=name) for name, motif in motifs.items()], database)
    matched = set(matches["motif"])
    write_meme(run.motifs / "matched.meme", [motif for motif in database if motif.name in matched])
    return matches


def _write(run: ProfileRun, motifs: Mapping[str, Motif], matches: pd.DataFrame, hits: pd.DataFrame) -> None:
    """Write the MEME file, the matches and the hits; these carry the names of the best matches."""
    names = best_names(matches, list(motifs), max_q_value=run.config.motifs.max_q_value)
    if motifs:
        named = [replace(motif, name=name, alternate_name=names[name]) for name, motif in motifs.items()]
        write_meme(run.motifs / "patterns.meme", named)
    write_table(run.motifs / "matches.tsv", matches)
    full = [full_name(*one) for one in zip(hits["track"], hits["kind"], hits["name"], strict=True)]
    hits = hits.assign(motif=[names[one] for one in full])
    write_table(run.motifs / "hits.tsv.gz", hits)
    write_bed(run.motifs / "hits.bed.gz", hits.assign(name=full)[["chrom", "start", "end", "name", "score", "strand"]])
