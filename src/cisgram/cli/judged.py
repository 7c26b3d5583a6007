"""What the verbs of classifiers say about scores: AUROC and auPRC with their intervals."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from cisgram import __version__

if TYPE_CHECKING:
    from cisgram.baselines.classes import CrossValidation
    from cisgram.baselines.judge import Judgement

Folds = Annotated[int, typer.Option("--folds", "-x", min=2, help="Parts that are held out in turn.")]
ResampleSeed = Annotated[int, typer.Option("--seed", "-r", help="Of the folds and of the intervals.")]


class Judged(NamedTuple):
    """A judgement, for people and for programs."""

    judgement: "Judgement"

    def __str__(self) -> str:
        """One line."""
        found = self.judgement
        share = found.n_positive / (found.n_positive + found.n_negative)
        return (
            f"AUROC {found.auroc} (0.5 by chance), auPRC {found.auprc} ({share:.3f} by chance); "
            f"{found.n_positive:,} positive, {found.n_negative:,} negative"
        )

    def as_dict(self) -> dict[str, Any]:
        """The same for programs."""
        found = self.judgement
        estimates = {name: getattr(found, name)._asdict() for name in ("auroc", "auprc")}
        counts = ("n_positive", "n_negative", "n_without_score")
        return estimates | {name: getattr(found, name) for name in counts}


def judged_folds(found: "CrossValidation", seed: int) -> Judged:
    """Judge the scores of all folds together."""
    from cisgram.baselines.judge import judge_scores

    return Judged(judge_scores(found.is_positive, found.scores, seed=seed))


def write_folds(
    out: Path, found: "CrossValidation", judged: Judged, *, settings: object, inputs: dict[str, str]
) -> None:
    """Write a row per sequence: name, class, fold and score."""
    import pandas as pd

    from cisgram.io.tables import write_table

    table = pd.DataFrame(
        {"name": found.names, "is_positive": found.is_positive, "fold": found.fold, "score": found.scores}
    )
    notes = {"cisgram": __version__, "settings": settings, "inputs": inputs, "dropped": found.dropped}
    write_table(out, table, provenance=notes | {"judged": str(judged)})
