"""Variants through a trained model: scores beside a null, motif sites, measured effects, pages."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from cisgram import __version__
from cisgram.errors import ConfigError, FormatError
from cisgram.genomics.assembly_check import assembly_check
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.genome import Genome
from cisgram.genomics.motif import Motif
from cisgram.interpret.variants.model import VariantModel
from cisgram.interpret.variants.null import judge_by_null
from cisgram.interpret.variants.outputs import predicts_measurements
from cisgram.interpret.variants.pairs import PAIR_COLUMNS, score_pairs
from cisgram.interpret.variants.prediction import AllelePredictions, predict_alleles
from cisgram.interpret.variants.score_table import check_for_model
from cisgram.io.fasta import read_genome
from cisgram.io.files import sha256_of
from cisgram.io.genes import read_genes
from cisgram.io.motifs import read_motifs
from cisgram.io.tables import read_table
from cisgram.io.vcf import read_alleles
from cisgram.report.variants.overview import write_variants_report
from cisgram.report.variants.results import VariantResults
from cisgram.run.folder import Run
from cisgram.run.variants.agree import agreement_of
from cisgram.run.variants.files import summary, write_results, write_vcf_with
from cisgram.run.variants.null import NullScores, null_of_pairs, null_of_variants
from cisgram.run.variants.opening import open_variant_model
from cisgram.run.variants.pages import Shown, page_names, write_pages
from cisgram.run.variants.pictures import allele_pictures, predict_windows
from cisgram.run.variants.question import VariantQuestion
from cisgram.run.variants.scoring import ScoringInProcesses, forget_parts, score_in_parts
from cisgram.run.variants.sites import site_table
from cisgram.run.variants.table import all_scores, effect_names, meanings, ranking, status_rows, with_texts
from cisgram.run.variants.variant_set import VariantSet, set_of_pairs, set_of_variants


class Asked(NamedTuple):
    """What is asked, and of what."""

    model: VariantModel
    paths: tuple[Path, ...]
    question: VariantQuestion
    out: Path
    motifs: tuple[Motif, ...]

    @classmethod
    def open(cls, paths: Sequence[Path], question: VariantQuestion, out: Path) -> "Asked":
        """Open the model and the motifs, check what is asked, and make the folder."""
        model = open_variant_model(paths)
        names = tuple(score.name for score in all_scores(question.config, model))
        question = replace(question, config=replace(question.config, scores=names))
        question.config.tracks_of(model)
        question.null_of(model.input_length)
        motifs = tuple(read_motifs(question.motif_file)) if question.motif_file else ()
        out.mkdir(parents=True, exist_ok=True)
        return cls(model, tuple(map(Path, paths)), question, out, motifs)

    @property
    def notes(self) -> dict[str, object]:
        """Where results come from."""
        paths = " ".join(map(str, self.paths))
        return {"cisgram": __version__, "model": paths, "model_sha256": " ".join(self.model.sha256)}

    @property
    def unit(self) -> str:
        """Of the model's predictions."""
        is_label = self.model.name == "basset" and predicts_measurements(self.model.modules[0])
        return "expected measurement" if is_label else self.model.kind.unit

    def settings(self, **more: object) -> dict[str, object]:
        """What a page says about the call."""
        config, question = self.question.config, self.question
        return {
            "model": ", ".join(map(str, self.paths)),
            **more,
            "strands": "mean of both, of logits" if config.both_strands else "as given",
            "shifts (bp)": ", ".join(map(str, config.jitter_bp)),
            "region (bp)": config.region_bp or "all that is predicted",
            "null": question.null_of(self.model.input_length),
            "motifs": question.motif_file or "none",
            "seed": question.seed,
        }


def score_file(
    paths: Sequence[Path], source: Path, genome_path: Path | None, *, question: VariantQuestion, out: Path
) -> dict[str, Any]:
    """Score the variants of a VCF, BCF or plain table; write results, the VCF with scores, and pages.

    Parameters
    ----------
    paths
        Run folder or checkpoint; several are folds.
    source
        As of :func:`cisgram.io.vcf.read_alleles`.
    genome_path
        FASTA; that of the run, if not given.
    question
        What is asked.
    out
        Folder. A call that was stopped goes on where it was when it is made again.

    Returns
    -------
    dict
        A summary that JSON knows.

    Raises
    ------
    ConfigError
        Where there is no genome, or settings do not fit the model.
    EmptySetError
        Where no variant fits the genome.
    """
    asked = Asked.open(paths, question, out)
    config = asked.question.config
    genome_path = genome_path or _genome_of(asked.paths[0])
    genome = read_genome(genome_path)
    genes = None if question.genes is None else _on_genome(read_genes(question.genes), genome)
    table = read_alleles(source, carried_only=question.carried_only)
    checked = check_for_model(table, genome, asked.model, config=config)
    given = {"variants": sha256_of(source), "genome": genome.sha256, "model": asked.model.sha256, "config": config}
    given |= {"genes": question.genes and sha256_of(question.genes), "carried": question.carried_only}
    sharing = ScoringInProcesses(asked.question.processes, asked.paths, genome.path)
    found = score_in_parts(
        asked.model, checked, genome, config=config, genes=genes, folder=out, asked=given, sharing=sharing
    )
    null = null_of_variants(asked.model, checked, genome, question=asked.question, config=config)
    variants = set_of_variants(checked, genome, length_bp=asked.model.input_length, motifs=asked.motifs, genes=genes)
    results = _results(asked, with_texts(found.scores), null, variants)
    settings = asked.settings(variants=source, genome=genome_path)
    results = replace(results, settings=settings, warning=assembly_check(checked, genome).message)
    notes = {**asked.notes, "variants": source, "genome": genome_path, "genome_sha256": genome.sha256}
    write_results(out, results, genes=found.genes if genes is not None else None, notes=notes)
    write_vcf_with(out, source, results)
    predicted = predict_alleles(asked.model, checked, genome, rows=list(results.pages), config=config)
    _write_pages(asked, results, variants, predicted)
    forget_parts(out)
    return summary(out, results)


def score_sequence_pairs(
    paths: Sequence[Path], source: Path, *, question: VariantQuestion, out: Path
) -> dict[str, Any]:
    """Score pairs of sequences, such as the two alleles of constructs; write results and pages.

    Parameters
    ----------
    paths, question, out
        As in :func:`score_file`.
    source
        Tab-separated table: ``name``, ``ref_sequence``, ``alt_sequence``. Sequences that are shorter than what the
        model reads have N on both sides.
    """
    asked = Asked.open(paths, question, out)
    config = asked.question.config
    pairs = _read_pairs(source)
    variants = set_of_pairs(pairs, length_bp=asked.model.input_length, motifs=asked.motifs)
    scores = score_pairs(asked.model, pairs, config=config)
    alleles = variants.keys.set_index("index")[["ref", "alt"]]
    table = scores.drop(columns=[name for name in ("ref", "alt") if name in scores]).join(alleles, on="index")
    table["variant"] = table["name"]
    totals = {"reference": "ref_sum", "alternative": "alt_sum"}
    table = table.assign(**{name: table.get(total, float("nan")) for name, total in totals.items()})
    null = null_of_pairs(asked.model, pairs, question=asked.question, config=config)
    results = _results(asked, table, null, variants)
    results = replace(results, settings=asked.settings(pairs=source))
    write_results(out, results, genes=None, notes={**asked.notes, "pairs": source})
    chosen = {index: variants.windows(index) for index in results.pages}
    predicted = [predict_windows(asked.model, chosen, config)] if chosen else []
    _write_pages(asked, results, variants, predicted)
    return summary(out, results)


def _results(asked: Asked, table: pd.DataFrame, null: NullScores, variants: VariantSet) -> VariantResults:
    """Judge scores by the null, look for motif sites, and compare with measured effects."""
    question, model = asked.question, asked.model
    scores = all_scores(question.config, model)
    effects = effect_names(scores)
    judged = judge_by_null(table, null.table if null.table is not None else table.head(0),
                           scores=effects if null.table is not None else [])  # fmt: skip
    firsts = judged.drop_duplicates("index")
    sites = site_table(asked.motifs, variants.stretches, firsts, p_value=question.site_p) if asked.motifs else None
    ranked = ranking(judged, effects[0])
    agreement = agreement_of(judged, variants, sites, run_folder=asked.paths[0], scores=effects, question=question)
    n = len(model.modules)
    return VariantResults(
        table=judged,
        main=effects[0],
        scores=meanings(scores, asked.unit),
        ranked=ranked,
        statuses=status_rows(firsts["status"].tolist(), are_pairs="chrom" not in variants.keys),
        null=null.table,
        null_text=null.text,
        sites=sites,
        agreement=None if agreement is None else agreement.table,
        measured=None if agreement is None else agreement.measured,
        predictors={} if agreement is None else agreement.predictors,
        pages=page_names(judged, ranked[: question.top]),
        model_text=f"{model.name}{f', {n} networks' if n > 1 else ''}",
    )


def _write_pages(
    asked: Asked, results: VariantResults, variants: VariantSet, predicted: Iterable[AllelePredictions]
) -> None:
    """The pages of single variants, and then that of all."""
    config, model = asked.question.config, asked.model
    tracks = config.tracks_of(model)
    pictures = {}
    for part in predicted if results.pages else ():
        for row, index in enumerate(part.rows.tolist()):
            pictures[index] = allele_pictures(model, part, row, tracks)
    shown = [Shown(index, pictures[index], variants.windows(index)) for index in results.pages if index in pictures]
    map_bp = asked.question.map_bp
    write_pages(asked.out, shown, results, model, config=config, map_bp=map_bp, motifs=asked.motifs)
    write_variants_report(asked.out / "report.html", results)


def _read_pairs(source: Path) -> pd.DataFrame:
    """A table of pairs; upper case, numbered where they have no names."""
    pairs = read_table(source)
    pairs = pairs if "name" in pairs else pairs.assign(name=[f"pair_{row + 1}" for row in range(len(pairs))])
    if missing := [one for one in PAIR_COLUMNS if one not in pairs]:
        raise FormatError(source, f"pairs have the columns {', '.join(PAIR_COLUMNS)}; it lacks {', '.join(missing)}")
    return pairs.assign(**{one: pairs[one].astype(str).str.upper() for one in PAIR_COLUMNS[1:]})


def _genome_of(path: Path) -> Path:
    """Genome of a run."""
    if (path / "manifest.json").is_file():
        run = Run.open(path)
        genome = getattr(run.config, "genome", None)
        if genome is not None:
            return run.input(genome.fasta)
    raise ConfigError(f"{path} does not say which genome it learnt from: give --genome FASTA")


def _on_genome(genes: pd.DataFrame, genome: Genome) -> pd.DataFrame:
    """Genes with the genome's names of contigs; those on others stay as they are."""
    names = [str(one) for one in genes["chrom"].drop_duplicates()]
    to_genome = match_contigs(genome.sizes, names, what="the genes").to_genome
    return genes.assign(chrom=[to_genome.get(str(one), str(one)) for one in genes["chrom"]])
