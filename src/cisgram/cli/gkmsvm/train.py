"""``cisgram gkmsvm train``: from two classes of sequences to a model file of LS-GKM."""

from pathlib import Path
from typing import Annotated

import typer

from cisgram.cli.gkmsvm import settings
from cisgram.cli.gkmsvm.settings import Asked, Unknown, check_writable, config_of
from cisgram.cli.sequence_classes import GenomeFile, Negative, Places, Positive, Width, read_classes
from cisgram.cli.session import Json, Quiet, session


def train(
    positive: Positive,
    negative: Negative = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Model file, as LS-GKM reads and writes it.")] = Path(
        "gkm.model.txt"
    ),
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
    large: Annotated[
        bool,
        typer.Option("--large", help="Without a kernel matrix: time linear in the number of sequences, approximate."),
    ] = False,
    genome: GenomeFile = None,
    width: Width = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Train a gkm-SVM; options have the letters and defaults of LS-GKM's gkmtrain (but the kernel, -t 2)."""
    with session(quiet=quiet, as_json=as_json) as spoken:
        from cisgram.baselines.gkmsvm.large import fit_gkmsvm_large
        from cisgram.baselines.gkmsvm.train import fit_gkmsvm
        from cisgram.io.gkm_model import write_gkm_model

        machine = penalty, gamma, epsilon, positive_weight, center_weight, half_life, one_strand, unknown
        config = config_of(Asked(word, informative, mismatches, kernel, *machine))
        check_writable(config, out)
        classes = read_classes(positive, negative, Places(genome, width))
        fit = fit_gkmsvm_large if large else fit_gkmsvm
        model = fit(classes.positive, classes.negative, config=config)
        write_gkm_model(out, model)
        spoken.result = {
            "model": str(out),
            "n_positive": len(classes.positive),
            "n_negative": len(classes.negative),
            "n_support": len(model.support),
            "trainer": "large" if large else "exact",
            "inputs": classes.remarks,
        }
        spoken.say(
            f"{len(model.support):,} support vectors of {len(classes.positive):,} positive and "
            f"{len(classes.negative):,} negative sequences: {out}"
        )
