"""Scores of a table of variants: every allele keeps its row, whatever becomes of it."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import AllelePositions
from cisgram.errors import CisgramWarning, ConfigError, EmptySetError, InputError
from cisgram.genomics.allele_alignment import Change
from cisgram.genomics.assembly_check import assembly_check
from cisgram.genomics.contact_pairs import pair_bins
from cisgram.genomics.genome import Genome
from cisgram.genomics.variant_table import FAILED, SCORED, CheckedAlleles, check_alleles, count_statuses
from cisgram.interpret.experiments.responses import Progress
from cisgram.interpret.variants.config import AS_USUAL, VariantConfig
from cisgram.interpret.variants.formulas import ComparedAlleles
from cisgram.interpret.variants.gene_scores import GENE_SCORE_COLUMNS, gene_score, genes_near
from cisgram.interpret.variants.model import VariantModel
from cisgram.interpret.variants.outputs import OutputGeometry
from cisgram.interpret.variants.prediction import AllelePredictions, predict_alleles, with_window_statuses
from cisgram.interpret.variants.scores import GENE_SCORES, VariantScore, scored, scores_of

SCORE_KEY_COLUMNS = ("index", "chrom", "pos", "ref", "alt", "name", "status", "track")
"""What the first columns of a table of scores say: the allele as in the file (``pos`` 1-based), and the track."""


class ScoredAlleles(NamedTuple):
    """Scores of some rows of a table of alleles."""

    rows: range
    """Which rows."""
    scores: pd.DataFrame
    """:data:`SCORE_KEY_COLUMNS` and one column per score: every allele times every track, in the order of both; NaN
    where an allele is not scored."""
    genes: pd.DataFrame
    """:data:`SCORE_KEY_COLUMNS`, then those of genes, and one column per score of genes: scored alleles times tracks
    times genes near them."""
    failure: str = ""
    """What went wrong first, where rows were to be predicted and none could be."""


def check_for_model(
    table: pd.DataFrame, genome: Genome, model: VariantModel, *, config: VariantConfig = AS_USUAL
) -> CheckedAlleles:
    """Compare alleles with the genome and with what a model can read, and warn where the assembly looks wrong.

    Parameters
    ----------
    table
        :data:`cisgram.genomics.variant_table.ALLELE_COLUMNS`.
    genome, model, config
        As in :func:`score_variants`.

    Raises
    ------
    EmptySetError
        Where no allele can be scored; it counts the reasons.

    Warns
    -----
    CisgramWarning
        Where few reference alleles are what the genome has.
    """
    checked = check_alleles(table, genome)
    suspicion = assembly_check(checked, genome).message
    checked = with_window_statuses(checked, genome, model, config=config)
    if not checked.table["status"].isin(SCORED).any():
        raise EmptySetError(
            "variants that can be scored",
            dropped=count_statuses(checked.table),
            hint=suspicion or _contigs_of(table, genome),
        )
    if suspicion:
        warnings.warn(suspicion, CisgramWarning, stacklevel=2)
    return checked


def _contigs_of(table: pd.DataFrame, genome: Genome) -> str:
    """Names of contigs on either side, where none fits."""
    theirs, ours = ([str(name) for name in names] for names in (table["chrom"].drop_duplicates(), genome.sizes))
    if set(theirs) & set(ours):
        return ""
    shown = ["{}{}".format(", ".join(names[:5]), ", ..." if len(names) > 5 else "") for names in (theirs, ours)]
    return f"the variants lie on {shown[0]}; the genome has {shown[1]}"


def score_variants(
    model: VariantModel,
    table: pd.DataFrame,
    genome: Genome,
    *,
    config: VariantConfig = AS_USUAL,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Score what each variant does to each track.

    Parameters
    ----------
    model
        To ask.
    table
        Alleles, of :func:`cisgram.io.vcf.read_alleles`; any order, any number of times.
    genome
        The reference, in whose contigs the variants lie; names may differ as in chr1 and 1.
    config
        Scores, tracks, windows, strands.
    progress
        Told about rows done and to do.

    Returns
    -------
    pandas.DataFrame
        :data:`SCORE_KEY_COLUMNS`, then one column per score; one row per allele and track, in the order of the table.

    Raises
    ------
    ConfigError
        Where a score or track is not known.
    EmptySetError
        Where no allele can be scored; it counts the reasons.
    """
    parts = iterate_scores(
        model, check_for_model(table, genome, model, config=config), genome, config=config, progress=progress
    )
    return pd.concat([part.scores for part in parts], ignore_index=True)


def iterate_scores(
    model: VariantModel,
    checked: CheckedAlleles,
    genome: Genome,
    *,
    config: VariantConfig = AS_USUAL,
    genes: pd.DataFrame | None = None,
    first_row: int = 0,
    progress: Progress | None = None,
) -> Iterator[ScoredAlleles]:
    """Score variants, some rows at a time, so that results can be written and a stopped work can go on.

    A variant with which the prediction fails is given the status ``failed:`` and the reason, and the others go on.

    Parameters
    ----------
    model, genome, config, progress
        As in :func:`score_variants`.
    checked
        Of :func:`check_for_model`.
    genes
        Gene table for scores of genes, on the genome's contigs.
    first_row
        Row to begin with.

    Yields
    ------
    ScoredAlleles
        Of ``config.rows_at_once`` rows, in the order of the table.
    """
    score = open_scoring(model, checked, genome, config=config, genes=genes)
    n = len(checked.table)
    tasks = [range(at, min(at + config.rows_at_once, n)) for at in range(first_row, n, config.rows_at_once)]
    for part in unless_all_fail(map(score, tasks)):
        yield part
        if progress is not None:
            progress(part.rows.stop, n)


def open_scoring(
    model: VariantModel,
    checked: CheckedAlleles,
    genome: Genome,
    *,
    config: VariantConfig = AS_USUAL,
    genes: pd.DataFrame | None = None,
) -> Callable[[range], ScoredAlleles]:
    """Make the function that scores some rows; what it gives depends on these rows alone.

    Parameters
    ----------
    model, checked, genome, config, genes
        As in :func:`iterate_scores`.

    Raises
    ------
    ConfigError
        Where scores of genes are asked for, and there are none.
    """
    scores = scores_of(config.scores, model.name)
    if genes is None and any(score.name in GENE_SCORES for score in scores):
        raise ConfigError("scores of genes need genes; give a GTF or BED file of them")
    return _Work(model, checked, genome, config, scores, genes).score


def unless_all_fail(parts: Iterable[ScoredAlleles]) -> Iterator[ScoredAlleles]:
    """Hand parts on, but for those at the beginning of which nothing could be predicted.

    Parameters
    ----------
    parts
        In the order of the table.

    Raises
    ------
    InputError
        Where a part fails as a whole and none before it had a prediction: then it is not for the variants.
    """
    has_succeeded = False
    for part in parts:
        has_succeeded = has_succeeded or bool(part.scores["status"].isin(SCORED).any())
        if part.failure and not has_succeeded:
            raise InputError(f"no variant could be predicted; the first failure: {part.failure}")
        yield part


class _Work:
    """What stays the same while rows are scored."""

    def __init__(
        self,
        model: VariantModel,
        checked: CheckedAlleles,
        genome: Genome,
        config: VariantConfig,
        scores: tuple[VariantScore, ...],
        genes: pd.DataFrame | None,
    ) -> None:
        self.model, self.checked, self.genome, self.config, self.genes = model, checked, genome, config, genes
        self.scores = [score for score in scores if score.name not in GENE_SCORES]
        self.gene_scores = [score.name for score in scores if score.name in GENE_SCORES]
        if genes is not None and not self.gene_scores and model.name in ("bpnet", "basenji"):
            self.gene_scores = list(GENE_SCORES)
        self.track_names = [model.track_names[number] for number in config.tracks_of(model)]

    def score(self, rows: range) -> ScoredAlleles:
        """Score some rows."""
        shape = (len(rows), len(self.track_names))
        values = {score.name: np.full(shape, np.nan) for score in self.scores}
        statuses = self.checked.table["status"].tolist()[rows.start : rows.stop]
        of_genes: list[tuple[object, ...]] = []
        failures: list[str] = []
        n_predicted = 0
        for found in self._predictions(list(rows), statuses, rows.start, failures):
            n_predicted += len(found.rows)
            both, logits = (found.reference, found.alternative), (found.reference_logits, found.alternative_logits)
            alleles = compared(both, logits, found.changes, self.model.geometry, self.config.region_bp)
            at = found.rows - rows.start
            for score in self.scores:
                values[score.name][at] = scored(score, alleles)
            of_genes += self._of_genes(found, alleles)
        part = self.checked.table.iloc[rows.start : rows.stop].assign(status=statuses)
        keys = part.loc[part.index.repeat(shape[1]), list(SCORE_KEY_COLUMNS[:-1])].reset_index(drop=True)
        keys["track"] = np.tile(np.array(self.track_names, dtype=object), len(rows))
        table = keys.assign(**{name: one.reshape(-1) for name, one in values.items()})
        failure = failures[0] if failures and not n_predicted else ""
        return ScoredAlleles(rows, table, self._gene_table(of_genes, part), failure)

    def _predictions(
        self, rows: list[int], statuses: list[str], first: int, failures: list[str]
    ) -> Iterator[AllelePredictions]:
        """Predictions of rows; where these fail together, each alone, and those that fail alone are marked."""
        done: set[int] = set()
        asked = {"genome": self.genome, "config": self.config}
        try:
            for found in predict_alleles(self.model, self.checked, rows=rows, **asked):
                done.update(found.rows.tolist())
                yield found
            return
        except Exception as error:
            failures.append(str(error))
        left = [row for row in rows if row not in done and statuses[row - first] in SCORED]
        for row in left:
            try:
                yield from predict_alleles(self.model, self.checked, rows=[row], **asked)
            except Exception as error:
                statuses[row - first] = f"{FAILED}{type(error).__name__}: {error}"

    def _of_genes(self, found: AllelePredictions, alleles: ComparedAlleles) -> list[tuple[object, ...]]:
        """Row of the table, row of the gene, and scores per track."""
        if self.genes is None or not self.gene_scores:
            return []
        flank = self.config.gene_flank_of(self.model)
        rows: list[tuple[object, ...]] = []
        for number, row in enumerate(found.rows.tolist()):
            both = found.reference[number : number + 1], found.alternative[number : number + 1]
            near = genes_near(found.places[number], both, self.genes, alleles.geometry, flank_bp=flank)
            start = found.places[number].start + found.changes[number].start
            rows += [(row, one.row, start, *(gene_score(name, one) for name in self.gene_scores)) for one in near]
        return rows

    def _gene_table(self, found: list[tuple[object, ...]], part: pd.DataFrame) -> pd.DataFrame:
        """One row per allele, track and gene."""
        names = [*SCORE_KEY_COLUMNS, *GENE_SCORE_COLUMNS, *self.gene_scores]
        if self.genes is None or not found:
            return pd.DataFrame({name: [] for name in names})
        lines: list[tuple[object, ...]] = []
        for row, gene, start, *values in sorted(found, key=lambda one: (one[0], one[1])):
            key = part.iloc[int(str(row)) - int(part["index"].iloc[0])]
            about = self.genes.iloc[int(str(gene))]
            way = int(str(start)) - int(about["tss"])
            told = (about["gene"], about["name"], about["strand"], way if about["strand"] == "+" else -way)
            lines += [
                (*key[list(SCORE_KEY_COLUMNS[:-1])], track, *told, *(float(one[number]) for one in _arrays(values)))
                for number, track in enumerate(self.track_names)
            ]
        return pd.DataFrame(lines, columns=names)


def _arrays(values: Sequence[object]) -> list[np.ndarray]:
    return [np.asarray(one) for one in values]


def compared(
    both: tuple[AllelePositions, AllelePositions],
    logits: tuple[AllelePositions, AllelePositions],
    changes: Sequence[Change],
    geometry: OutputGeometry,
    region_bp: int = 0,
) -> ComparedAlleles:
    """Both alleles of variants, of the region that is asked for.

    Parameters
    ----------
    both
        Of REF and ALT, ``variant track position``.
    logits
        What they were made of.
    changes
        In bp of the window.
    geometry
        Of the predictions.
    region_bp
        Width around the start of each change; 0: everything.
    """
    middles = np.array([change.start for change in changes])
    if region_bp:
        outside = ~_in_region(geometry, middles, region_bp)[:, None]
        both = (np.where(outside, np.float32(np.nan), both[0]), np.where(outside, np.float32(np.nan), both[1]))
    return ComparedAlleles(*both, *logits, geometry, (middles - geometry.first_bp) // geometry.bin_size)


def _in_region(geometry: OutputGeometry, middles: np.ndarray, region_bp: int) -> np.ndarray:
    """Positions that overlap a stretch around each variant, ``variant position``; pairs of which one bin does."""
    starts = geometry.first_bp + np.arange(geometry.n_bins) * geometry.bin_size
    low, high = middles[:, None] - region_bp // 2, middles[:, None] + (region_bp + 1) // 2
    near = (starts < high) & (starts + geometry.bin_size > low)
    if geometry.is_pairs:
        row, column = pair_bins(geometry.n_bins, geometry.diagonal_offset)
        return near[:, row] | near[:, column]
    return np.tile(near, geometry.n_strands)
