"""Motif instances with the windows that hold them: those that a run found, or those of a BED file."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Codes, Positions
from cisgram.errors import ConfigError, EmptySetError, InputError
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.interval import midpoints, resize
from cisgram.genomics.sequence import N, codes_of
from cisgram.interpret.experiments.instances_in_windows import UNKNOWN, instances_in_windows
from cisgram.io.contributions import read_contributions, read_explained_windows
from cisgram.io.fasta import read_genome
from cisgram.io.tables import read_intervals, read_table
from cisgram.motifs.grammar.distinct import resolved_hits
from cisgram.run.experiments.trained import TrainedModel


class PlacedInstances(NamedTuple):
    """Instances in sequences as long as a model reads."""

    codes: Codes
    table: pd.DataFrame
    """:data:`cisgram.interpret.experiments.deletion.INSTANCE_COLUMNS`."""
    dropped: dict[str, int]
    """Instances that were left out, by reason."""
    remarks: dict[str, object]
    """What was read, for people."""


class _Taking(NamedTuple):
    """How many windows are taken, and what is known of the instances so far."""

    most: int
    seed: int
    dropped: dict[str, int]
    remarks: dict[str, object]


def instances_of_run(
    trained: TrainedModel, *, motifs: Sequence[str] = (), most: int = 1000, seed: int = 0
) -> PlacedInstances:
    """The instances that the step ``grammar`` of the model's run found, in the windows that were explained.

    Parameters
    ----------
    trained
        A model out of a run folder.
    motifs
        Names of the motifs wanted, in upper or lower case; all, if none is given.
    most
        Windows to take at most; where more have instances, some by chance.
    seed
        Of that chance.

    Raises
    ------
    InputError
        Where the run has no instances yet; the message says which command makes them.
    EmptySetError
        Where none is left.
    """
    folder = trained.path.parent.parent
    path = folder / "grammar" / "instances.tsv.gz"
    if not path.is_file():
        raise InputError(
            f"{folder} has no grammar/instances.tsv.gz: let the run find its motif instances first (cisgram grammar "
            f"{folder}), or give others (--instances BED --genome FASTA)"
        )
    explained = folder / "contributions.h5"
    windows = read_explained_windows(explained)
    length = int((windows["end"] - windows["start"]).iloc[0])
    if length != trained.input_length:
        raise InputError(
            f"{explained} explains windows of {length} bp, but the model reads {trained.input_length} bp: is it of "
            "another run? Give --instances BED --genome FASTA"
        )

    def read(rows: Positions) -> Codes:
        return codes_of(read_contributions(explained, rows=rows).one_hot)

    hits = read_table(path)
    resolved = resolved_hits(hits)
    chosen = _chosen(resolved, motifs, path)
    shared = {"better explained by another motif": len(hits) - len(resolved)} if len(hits) > len(resolved) else {}
    remarks: dict[str, object] = {"instances": f"{path}: {len(hits):,}"}
    return _placed(chosen, windows, read, trained, _Taking(most, seed, shared, remarks))


def instances_of_bed(
    path: Path,
    genome: Path | None,
    trained: TrainedModel,
    *,
    motifs: Sequence[str] = (),
    most: int = 1000,
    seed: int = 0,
) -> PlacedInstances:
    """Instances of a BED file (``chrom start end name``), in windows of a genome around them.

    Parameters
    ----------
    path
        BED; the name is the motif's.
    genome
        FASTA.
    trained, motifs, most, seed
        As in :func:`instances_of_run`.

    Raises
    ------
    ConfigError
        Where there is no genome.
    InputError, EmptySetError
        Where files cannot be read, or no instance is left.
    """
    if genome is None:
        raise ConfigError("--instances need the genome that they lie on: --genome FASTA")
    contigs = read_genome(genome)
    table = read_intervals(path)
    if table.empty:
        raise EmptySetError(f"motif instances in {path}", dropped={}, hint="it holds no interval")
    if "name" not in table or (table["name"] == ".").all():
        raise InputError(f"{path} names no motifs; each instance needs its motif's name in the fourth column")
    to_genome = match_contigs(contigs.sizes, table["chrom"], what=f"the instances in {path}").to_genome
    table = table.assign(chrom=[to_genome.get(name, name) for name in table["chrom"]])
    is_on_genome = table["chrom"].isin(list(contigs.sizes)).to_numpy()
    chosen = _chosen(table[is_on_genome].rename(columns={"name": "pattern"}), motifs, path)
    windows = resize(chosen, trained.input_length, center=midpoints(chosen).to_numpy())[["chrom", "start", "end"]]
    sizes = windows["chrom"].map(contigs.sizes).to_numpy()
    is_whole = (windows["start"].to_numpy() >= 0) & (windows["end"].to_numpy() <= sizes)
    windows = windows[is_whole].drop_duplicates(ignore_index=True)
    if windows.empty:
        raise EmptySetError("windows around the instances", dropped={"cut by an end of their contig": len(is_whole)})
    dropped = {"on contigs that the genome lacks": int((~is_on_genome).sum())}
    remarks: dict[str, object] = {"instances": f"{path}: {len(table):,}", "genome": genome}
    taking = _Taking(most, seed, dropped, remarks)
    return _placed(chosen, windows, lambda rows: contigs.windows(windows.iloc[rows]), trained, taking)


def _chosen(table: pd.DataFrame, motifs: Sequence[str], path: Path) -> pd.DataFrame:
    """The rows of the motifs that are asked for."""
    names = table["pattern"].astype(str)
    if not motifs:
        return table.reset_index(drop=True)
    known = {name.lower(): name for name in names.unique()}
    if missing := [name for name in motifs if name.lower() not in known]:
        some = ", ".join(sorted(known.values())[:12])
        raise InputError(f"{path} has no instances of {', '.join(missing)}; it has {some}")
    return table[names.str.lower().isin([name.lower() for name in motifs]).to_numpy()].reset_index(drop=True)


def _placed(
    chosen: pd.DataFrame,
    windows: pd.DataFrame,
    read: Callable[[Positions], Codes],
    trained: TrainedModel,
    taking: _Taking,
) -> PlacedInstances:
    """Instances in the windows that have some, at most so many of these; only their sequences are read."""
    found = instances_in_windows(chosen, windows, margin_bp=trained.margin_bp)
    rows = np.unique(found.table["row"].to_numpy())
    taken, remarks = rows, dict(taking.remarks)
    if len(rows) > taking.most:
        taken = np.sort(np.random.default_rng(taking.seed).permutation(rows)[: taking.most])
        remarks["windows taken by chance"] = f"{taking.most:,} of {len(rows):,} (--max)"
    codes = read(taken)
    table = found.table[found.table["row"].isin(taken).to_numpy()].reset_index(drop=True)
    table = table.assign(row=np.searchsorted(taken, table["row"].to_numpy()))
    is_known = np.array([not (codes[row, a:b] == N).any() for row, a, b, _ in table.itertuples(index=False)])
    dropped = {**taking.dropped, **found.dropped, UNKNOWN: int((~is_known).sum())}
    dropped = {why: n for why, n in dropped.items() if n}
    if not is_known.any():
        raise EmptySetError("motif instances in windows", dropped=dropped)
    table = table[is_known].reset_index(drop=True)
    remarks["deleted"] = f"{len(table):,} instances in {len(taken):,} windows of {codes.shape[-1]} bp"
    return PlacedInstances(codes, table, dropped, remarks)
