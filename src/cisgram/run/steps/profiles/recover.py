"""Compare what was found in a simulated cell with what was planted in it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisgram.genomics.motif import Motif
from cisgram.genomics.motif_alignment import motif_similarity
from cisgram.genomics.pattern import full_name
from cisgram.interpret.variants.config import VariantConfig
from cisgram.io.contributions import contribution_groups, read_contributions, read_explained_windows
from cisgram.io.files import write_json_atomic
from cisgram.io.meme import read_meme
from cisgram.io.tables import read_table
from cisgram.run.folder import ProfileRun
from cisgram.run.planted_variants import notes_of, planted_variant_figures
from cisgram.simulate.cell_files import CellFiles, read_truth
from cisgram.simulate.recovery import (
    bound_instances,
    contribution_recovery,
    grammar_recovery,
    grammar_summary,
    instance_recovery,
    motif_recovery,
    renamed,
)
from cisgram.simulate.truth import grammar_of

_ALIKE = 0.8
"""Least similarity of a pattern to a planted motif for its hits to carry that motif's name."""


def recover(run: ProfileRun) -> Mapping[str, Any]:
    """Do the step: recovery.json, with planted motifs, bound instances and bases that matter."""
    files = CellFiles.load(run.input(run.config.truth).parent)
    planted, found = read_meme(files.motifs), _found(run.motifs / "patterns.meme")
    instances = read_table(files.instances)
    rng = np.random.default_rng(run.config.seed)
    recovery = {
        "motifs": motif_recovery(planted, found, threshold=_ALIKE, rng=rng),
        "instances": instance_recovery(
            bound_instances(instances), _named_hits(run, planted, found), _explained_windows(run), rng=rng
        ),
        "bases": _bases(run, instances, rng),
    }
    grammar = _grammar(run, files, planted, found)
    if grammar is not None:
        recovery["grammar"] = grammar
    variants = planted_variant_figures(
        run.best,
        run.input(run.config.genome.fasta),
        {"variants": files.variants, "variant_effects": files.variant_effects, "motifs": files.motifs},
        held_out=(*run.config.split.test, *run.config.split.valid),
        config=VariantConfig(),
        seed=run.config.seed,
    )
    tables = {name: _records(table) for name, table in recovery.items()}
    write_json_atomic(run.recovery, {**tables, "variants": variants})
    motifs = recovery["motifs"]
    notes = {"n_planted": len(motifs), "n_found": int(motifs["is_found"].sum())}
    notes |= {"variants_pearson": notes_of(variants)}
    return notes if grammar is None else {**notes, "grammar": grammar_summary(grammar)}


def _grammar(run: ProfileRun, files: CellFiles, planted: list[Motif], found: list[Motif]) -> pd.DataFrame | None:
    """Planted rules against those found; None where the steps that look for them have not been done."""
    places = [run.folder / "interactions" / name for name in ("map.tsv", "periods.tsv")]
    held = run.folder / "grammar" / "held.tsv"
    if not all(path.is_file() for path in [*places, held]):
        return None
    names = _planted_names(planted, found)
    table, periods = (renamed(read_table(path), names, columns=["helper", "helped"]) for path in places)
    truth = read_truth(files.truth)
    return grammar_recovery(
        grammar_of(truth),
        table,
        periods,
        renamed(read_table(held), names, columns=["pattern"]),
        helical_share=truth["config"]["planting"]["helical_share"],
    )


def _planted_names(planted: list[Motif], found: list[Motif]) -> dict[str, str]:
    """The planted motif that each pattern resembles most, where it resembles one."""
    names = {}
    for motif in found:
        likeness = [motif_similarity(one, motif) for one in planted]
        if max(likeness) >= _ALIKE:
            names[motif.name] = planted[int(np.argmax(likeness))].name
    return names


def _found(path: Path) -> list[Motif]:
    """Motifs of the patterns that raise the score; none where no pattern was found."""
    return [motif for motif in read_meme(path) if ".pos_pattern_" in motif.name] if path.is_file() else []


def _named_hits(run: ProfileRun, planted: list[Motif], found: list[Motif]) -> pd.DataFrame:
    """Hits in the names of the planted motifs that their patterns resemble most; others keep their own."""
    names = _planted_names(planted, found)
    hits = read_table(run.motifs / "hits.tsv.gz")
    full = [full_name(*one) for one in zip(hits["track"], hits["kind"], hits["name"], strict=True)]
    hits = hits.assign(name=[names.get(one, one) for one in full])
    return hits[[".pos_pattern_" in one for one in full]].reset_index(drop=True)


def _explained_windows(run: ProfileRun) -> pd.DataFrame:
    """The windows whose contributions were searched, cut to the part that was looked at."""
    windows = read_explained_windows(run.contributions)
    middle = (windows["start"] + windows["end"]) // 2
    reach = np.minimum((windows["end"] - windows["start"]) // 2, run.config.patterns.window_bp // 2)
    return windows.assign(start=middle - reach, end=middle + reach)


def _bases(run: ProfileRun, instances: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Per track, whether bases inside sites that bring it reads have the largest contributions."""
    tables = []
    for track, score in contribution_groups(run.contributions):
        explained = read_contributions(run.contributions, track, score)
        values = explained.contributions.sum(axis=1)
        sites = bound_instances(instances, factor=track)
        found = contribution_recovery(values, explained.windows, sites, rng=rng)
        tables.append(found.assign(track=track, score=score))
    table = pd.concat(tables, ignore_index=True)
    return table[["track", "score", *(name for name in table if name not in ("track", "score"))]]


def _records(table: pd.DataFrame) -> list[dict[Any, Any]]:
    """Rows as plain values; None where a number is not defined."""
    plain = table.astype(object).where(table.notna(), None)
    return plain.to_dict("records")
