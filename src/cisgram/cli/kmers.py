"""``cisgram kmers``: how well counts of k-mers tell two classes of sequences apart, and by which k-mers."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cisgram import __version__
from cisgram.cli.judged import Folds, Judged, ResampleSeed, judged_folds
from cisgram.cli.sequence_classes import GenomeFile, Negative, Places, Positive, Width, read_classes
from cisgram.cli.session import Json, Quiet, session
from cisgram.errors import ConfigError

_SHOWN = 10


class Classifier(StrEnum):
    """What learns from the counts."""

    LOGISTIC = "logistic"
    SVM = "svm"
    FOREST = "forest"


def kmers(
    positive: Positive,
    negative: Negative = None,
    test_positive: Annotated[
        Path | None, typer.Option("--test-positive", help="Test on these (or on a CSV with labels) instead of folds.")
    ] = None,
    test_negative: Annotated[Path | None, typer.Option("--test-negative", help="And on these.")] = None,
    folds: Folds = 5,
    out: Annotated[Path, typer.Option("--out", "-o", help="Table of k-mers, the most telling first.")] = Path(
        "kmers.tsv"
    ),
    k: Annotated[int, typer.Option("-k", "--k", help="Length of a k-mer in bp, 1 to 10.")] = 6,
    max_gap: Annotated[int, typer.Option("--max-gap", help="Also halves of k-mers with gaps up to so many bp.")] = 0,
    one_strand: Annotated[bool, typer.Option("--one-strand", help="Tell a k-mer from its reverse complement.")] = False,
    classifier: Annotated[Classifier, typer.Option("--classifier", help="What learns.")] = Classifier.LOGISTIC,
    penalty: Annotated[float, typer.Option("-c", "--penalty", help="C of logistic regression and SVM.")] = 1.0,
    balanced: Annotated[bool, typer.Option("--balanced", help="Both classes weigh the same in total.")] = False,
    n_trees: Annotated[int, typer.Option("--trees", help="Trees of the forest.")] = 500,
    genome: GenomeFile = None,
    width: Width = None,
    seed: ResampleSeed = 1,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Train a classifier on k-mer counts; judge it by cross-validation, or on sequences of its own.

    The table holds what each k-mer adds to the score, trained on all given sequences.
    """
    with session(quiet=quiet, as_json=as_json) as spoken:
        import numpy as np

        from cisgram.baselines.judge import judge_scores
        from cisgram.baselines.kmers import KmerConfig, cross_validate_kmers, fit_kmers, kmer_scores, telling_kmers
        from cisgram.io.tables import write_table

        if test_negative is not None and test_positive is None:
            raise ConfigError("--test-negative goes with --test-positive")
        config = KmerConfig(
            word_bp=k,
            max_gap=max_gap,
            is_stranded=one_strand,
            classifier=classifier.value,
            penalty=penalty,
            is_balanced=balanced,
            n_trees=n_trees,
            seed=seed,
        )
        places = Places(genome, width)
        classes = read_classes(positive, negative, places)
        model = fit_kmers(classes.positive, classes.negative, config=config)
        if test_positive is None:
            judged = judged_folds(
                cross_validate_kmers(classes.positive, classes.negative, config=config, n_folds=folds, seed=seed), seed
            )
            way = f"{folds} folds"
        else:
            test = read_classes(test_positive, test_negative, places)
            scores = [kmer_scores(model, one) for one in (test.positive, test.negative)]
            is_positive = np.repeat([True, False], [len(one) for one in scores])
            judged, way = Judged(judge_scores(is_positive, np.concatenate(scores), seed=seed)), str(test_positive)
        table = telling_kmers(model)
        notes = {"cisgram": __version__, "settings": config, "inputs": classes.remarks, "test": way}
        write_table(out, table, provenance=notes | {"judged": str(judged)})
        best = table.head(_SHOWN)
        spoken.result = {
            "kmers": str(out),
            "test": way,
            **judged.as_dict(),
            "most_telling": best.to_dict("records"),
            "inputs": classes.remarks,
        }
        spoken.say(f"{judged}; {way}")
        spoken.say("most telling: " + ", ".join(f"{row.kmer} {row.weight:+.2f}" for row in best.itertuples()))
        spoken.say(f"k-mers: {out}")
