"""``cisgram gkmsvm cross-validate``: how well a gkm-SVM tells sequences apart that it did not see."""

from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.gkmsvm import settings
from cisgram.cli.gkmsvm.settings import Asked, Unknown, config_of
from cisgram.cli.judged import Folds, ResampleSeed, judged_folds, write_folds
from cisgram.cli.sequence_classes import GenomeFile, Negative, Places, Positive, Width, read_classes
from cisgram.cli.session import Json, Quiet, session


def cross_validate(
    positive: Positive,
    negative: Negative = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Table of names, classes, folds and scores.")] = Path(
        "folds.tsv"
    ),
    folds: Folds = 5,
    seed: ResampleSeed = 1,
    word: settings.WordBp = 11,
    informative: settings.InformativeBp = 7,
    mismatches: settings.Mismatches = 3,
    kernel: settings.Kernel = 2,
    penalty: settings.Penalty = 1.0,
    gamma: settings.Gamma = 1.0,
    epsilon: settings.Epsilon = 1e-3,
    positive_weight: settings.PositiveWeight = 1.0,
    center_weight: settings.CenterWeight = 50,
    half_life: settings.HalfLife = 50.0,
    one_strand: settings.OneStrand = False,
    unknown: settings.UnknownBases = Unknown.SKIP,
    genome: GenomeFile = None,
    width: Width = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Score every sequence by a gkm-SVM trained on the other folds; copies of a sequence stay in one fold."""
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.baselines.gkmsvm.train import cross_validate as validate

        machine = penalty, gamma, epsilon, positive_weight, center_weight, half_life, one_strand, unknown
        config = config_of(Asked(word, informative, mismatches, kernel, *machine))
        classes = read_classes(positive, negative, Places(genome, width))
        found = validate(classes.positive, classes.negative, config=config, n_folds=folds, seed=seed)
        judged = judged_folds(found, seed)
        write_folds(out, found, judged, settings=config, inputs=classes.remarks)
        spoken.result = {"folds": str(out), **judged.as_dict(), "inputs": classes.remarks}
        spoken.say(f"{judged}; folds: {out}")
