"""Scores of null changes: drawn, or read from a file, and put through the same model."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from cisgram.errors import ConfigError
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import decode
from cisgram.genomics.variant import Variant
from cisgram.genomics.variant_table import CheckedAlleles, allele_table
from cisgram.interpret.variants.config import VariantConfig
from cisgram.interpret.variants.model import VariantModel
from cisgram.interpret.variants.null_draws import random_changes, shuffled_changes, shuffled_pairs
from cisgram.interpret.variants.pairs import score_pairs
from cisgram.interpret.variants.score_table import score_variants
from cisgram.io.vcf import read_alleles
from cisgram.run.variants.question import VariantQuestion


class NullScores(NamedTuple):
    """Scores of null changes."""

    table: pd.DataFrame | None
    """``ref``, ``alt``, ``track`` and the scores; None without a null."""
    text: str
    """What they are, in a sentence without its full stop."""


def null_of_variants(
    model: VariantModel, checked: CheckedAlleles, genome: Genome, *, question: VariantQuestion, config: VariantConfig
) -> NullScores:
    """Score null changes like the variants of a table.

    Raises
    ------
    ConfigError
        Where the null is neither a word that is known nor a file.
    """
    kind = question.null_of(model.input_length)
    variants = [change for change in checked.changes if change is not None]
    if kind == "none":
        return NullScores(None, "")
    if kind == "file":
        table = score_variants(model, read_alleles(Path(question.null)), genome, config=config)
        n = table["index"].nunique()
        return NullScores(table, f"null changes are the {n:,} variants of {question.null}")
    if kind == "shuffled":
        drawn = shuffled_changes(
            variants,
            genome,
            length_bp=model.input_length,
            n=question.n_null,
            seed=question.seed,
        )
        sequences = [[decode(one) for one in codes] for codes in (drawn.ref, drawn.alt)]
        return NullScores(
            _scored_pairs(model, drawn.variants, sequences, config),
            f"null changes are {len(drawn.variants):,} changes of the same kinds, put into dinucleotide shuffles of "
            "the variants' own windows",
        )
    margin = model.input_length // 2
    drawn_at = random_changes(variants, genome, n=question.n_null, seed=question.seed, margin_bp=margin)
    rows: list[tuple[object, ...]] = [(one.chrom, one.start + 1, one.ref, one.alt, one.name) for one in drawn_at]
    return NullScores(
        score_variants(model, allele_table(rows), genome, config=config),
        f"null changes are {len(rows):,} changes of the same kinds at random places of the genome",
    )


def null_of_pairs(
    model: VariantModel, pairs: pd.DataFrame, *, question: VariantQuestion, config: VariantConfig
) -> NullScores:
    """The same for pairs of sequences: their changes, put into shuffles of the reference sequence.

    Raises
    ------
    ConfigError
        Where the null needs a genome.
    """
    kind = question.null_of(model.input_length)
    if kind == "none":
        return NullScores(None, "")
    if kind != "shuffled":
        raise ConfigError(f"pairs of sequences have the null shuffled, or none; got {question.null or kind!r}")
    shuffled = shuffled_pairs(pairs, n=question.n_null, seed=question.seed)
    sequences = [shuffled[side].tolist() for side in ("ref_sequence", "alt_sequence")]
    changes = [Variant("pair", 0, ref, alt) for ref, alt in zip(shuffled["ref"], shuffled["alt"], strict=True)]
    return NullScores(
        _scored_pairs(model, changes, sequences, config),
        f"null changes are those of {len(shuffled):,} pairs, put into dinucleotide shuffles of the reference sequence",
    )


def _scored_pairs(
    model: VariantModel, changes: list[Variant], sequences: list[list[str]], config: VariantConfig
) -> pd.DataFrame:
    """Scores of pairs, with the alleles that they differ by."""
    names = [f"null_{number + 1}" for number in range(len(changes))]
    pairs = pd.DataFrame({"name": names, "ref_sequence": sequences[0], "alt_sequence": sequences[1]})
    table = score_pairs(model, pairs, config=config)
    alleles = pd.DataFrame({"ref": [one.ref for one in changes], "alt": [one.alt for one in changes]})
    keys = [name for name in ("ref", "alt") if name in table]
    return table.drop(columns=keys).join(alleles, on="index")
